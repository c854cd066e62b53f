package lint

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/policy"
)

// values judges the values of a condition by its operator.
func (c *checker) values(i int, cond *policy.Condition) {
	f := familyOf(cond.Operator)
	for j, v := range cond.Values {
		if token(v) || hasVariable(v) {
			continue
		}
		at := c.s.Place("Condition", i, j)
		switch {
		case !readable(f, v):
			c.add("unreadable-value", at, wanted[f], "%s cannot read %q", cond.Operator, v)
		case f == textFamily && strings.ContainsAny(v, "*?"):
			c.add("wildcard-without-like", at, "use StringLike, if a pattern is meant", "%s takes %q as it is", cond.Operator, v)
		case f == arnFamily && v != "*" && strings.Count(v, ":") < 5:
			c.add("arn-pattern", at, "write all six parts", "%q is not an ARN", v)
		}
	}
	if f == boolFamily || f == nullFamily {
		both := map[string]bool{}
		for _, v := range cond.Values {
			both[strings.ToLower(v)] = true
		}
		if both["true"] && both["false"] {
			c.add("bool-both", cond.At, "", "%s %s takes both true and false", cond.Operator, cond.Key)
		}
	}
}

var wanted = map[family]string{
	numericFamily: "write a number", dateFamily: "write YYYY-MM-DDThh:mm:ssZ", boolFamily: "write true or false", nullFamily: "write true or false",
	addressFamily: "write an address, or a range such as 203.0.113.0/24", binaryFamily: "write base64",
}

var (
	number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)
	epoch  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
)

// dateForms are those of the W3C's profile of ISO 8601, from the year on.
var dateForms = [...]string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05Z0700"}

// readable reports whether operators of a family can read a value.
func readable(f family, v string) bool {
	switch f {
	case numericFamily:
		return number.MatchString(v)
	case dateFamily:
		return epoch.MatchString(v) || slices.ContainsFunc(dateForms[:], func(form string) bool { _, err := time.Parse(form, v); return err == nil })
	case boolFamily, nullFamily:
		return strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
	case addressFamily:
		_, ok := addresses(v)
		return ok
	case binaryFamily:
		_, err := base64.StdEncoding.DecodeString(v)
		return err == nil
	}
	return true
}

// addresses reads an address or a range of them.
func addresses(v string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(v); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(v)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

var privateRanges = [...]netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

func private(v string) bool {
	p, ok := addresses(v)
	return ok && slices.ContainsFunc(privateRanges[:], func(r netip.Prefix) bool { return r.Bits() <= p.Bits() && r.Contains(p.Addr()) })
}

// sensitive are the keys in which a wildcard lets strangers in. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sensitive
var sensitive = map[string]bool{
	"aws:principalaccount": true, "aws:principalorgid": true, "aws:resourceaccount": true, "aws:resourceorgid": true, "aws:sourceaccount": true,
	"aws:sourceorgid": true, "aws:sourcevpc": true, "aws:sourcevpce": true, "aws:vpceaccount": true, "aws:vpceorgid": true,
}

// wellKnown judges the values of keys whose values have a form.
func (c *checker) wellKnown(i int, cond *policy.Condition, f family) {
	key := strings.ToLower(cond.Key)
	if f == nullFamily || f == 0 {
		return
	}
	switch {
	case key == "aws:sourceip":
		if f == addressFamily && len(cond.Values) > 0 && !slices.ContainsFunc(cond.Values, func(v string) bool { return !private(v) }) {
			c.add("private-address", cond.At, "use aws:VpcSourceIp", "all addresses of %s are private, and it is a public one", cond.Key)
		}
		for j, v := range cond.Values {
			if (f == textFamily || f == likeFamily) && strings.Contains(v, "/") {
				c.add("operator-type", c.s.Place("Condition", i, j), "use IpAddress", "%s compares the range %q as text", cond.Operator, v)
			}
		}
		return
	case key == "kms:resourcealiases" && c.kind == Key:
		c.add("resource-aliases-in-key-policy", cond.At, "use kms:RequestAlias, or an identity-based policy", "%s is of no use in a key policy", cond.Key)
	}
	for j, v := range cond.Values {
		if token(v) {
			continue
		}
		at := c.s.Place("Condition", i, j)
		wild := f == likeFamily && strings.ContainsAny(v, "*?")
		switch {
		case sensitive[key] && wild && !hasVariable(v):
			c.add("sensitive-wildcard", at, "name it exactly", "%q in %s lets others match", v, cond.Key)
		case key == "kms:viaservice" && !viaService(v, f == likeFamily, strings.HasSuffix(strings.ToLower(cond.Operator.Base), "ignorecase")):
			c.add("via-service-form", at, "write SERVICE.REGION.amazonaws.com", "%q is no value of %s", v, cond.Key)
		case (key == "aws:calledvia" || key == "aws:calledviafirst" || key == "aws:calledvialast") && !wild && !hasVariable(v) && !calledVia(v):
			c.add("called-via-form", at, "write SERVICE.amazonaws.com", "%q is no value of %s", v, cond.Key)
		}
	}
}

// region has the form of Regions.
var region = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// viaService reports whether a value can be one of kms:ViaService.
func viaService(v string, like, anyCase bool) bool {
	if anyCase {
		v = strings.ToLower(v)
	}
	if hasVariable(v) || like && strings.ContainsAny(v, "*?") {
		return (hasVariable(v) || strings.ToLower(v) == v) && overlap(pattern(v), "*.*.amazonaws.com")
	}
	name, ok := strings.CutSuffix(v, ".amazonaws.com")
	service, where, _ := strings.Cut(name, ".")
	return ok && hostName(service) && region.MatchString(where)
}

// calledVia reports whether a value can be one of aws:CalledVia.
func calledVia(v string) bool {
	name, ok := strings.CutSuffix(v, ".amazonaws.com")
	return ok && hostName(name) && !slices.ContainsFunc(strings.Split(name, "."), region.MatchString)
}

// contextNames are the keys of encryption contexts that services use, as they write
// them. Source: the pages of the services on encryption, such as
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
var contextNames = [...]string{
	"aws:s3:arn", "aws:lambda:FunctionArn", "PARAMETER_ARN", "SecretARN", "SecretVersionId", "aws:logs:arn", "aws:cloudtrail:arn", "aws:ebs:id",
	"aws:dynamodb:tableName", "aws:dynamodb:subscriberId", "aws:kinesis:arn", "aws:states:stateMachineArn", "aws:states:activityArn",
	"aws:bedrock:arn", "aws:bedrock-flows:arn", "aws:bedrock:guardrail-id", "aws:s3vectors:arn", "aws:s3vectors:resource-id", "aws:rds:db-id",
}

// contextKeys judges the names in kms:EncryptionContextKeys, which are compared with
// case.
func (c *checker) contextKeys() {
	for i := range c.s.Conditions {
		cond := &c.s.Conditions[i]
		if !strings.EqualFold(cond.Key, "kms:EncryptionContextKeys") || strings.HasSuffix(strings.ToLower(cond.Operator.Base), "ignorecase") {
			continue
		}
		for j, v := range cond.Values {
			for _, name := range contextNames {
				if v != name && strings.EqualFold(v, name) {
					c.add("context-key-case", c.s.Place("Condition", i, j), "write "+name, "services write the key %s, and %q is another one", name, v)
				}
			}
		}
	}
}
