package lint

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
)

// accountIn returns the account in an ARN, empty when there is none.
func accountIn(s string) string {
	a, err := arn.Parse(s)
	if err != nil {
		return ""
	}
	return a.Account
}

// resources judges the entries of Resource and NotResource.
func (c *checker) resources() {
	for _, l := range [...]list{{"Resource", c.s.Resources}, {"NotResource", c.s.NotResources}} {
		for i, entry := range l.entries {
			if entry == "*" || token(entry) || c.kind == Trust {
				continue
			}
			at := c.s.Place(l.element, i)
			if c.kind == Key {
				c.ownKey(entry, at)
				continue
			}
			c.resource(entry, at)
		}
	}
	if c.kind != Key && c.kind != Trust && len(c.s.Resources) > 0 && !c.open("Resource", "Action", "NotAction") {
		c.aliases()
		c.coverage()
	}
}

// ownKey judges a resource of a key policy: it is the key, or nothing.
func (c *checker) ownKey(entry string, at policy.Place) {
	own := c.options.Key
	if own == "" || token(own) {
		own = keyPattern
	}
	if !overlap(pattern(entry), own) {
		c.add("key-policy-resource", at, `use "*", which means this key`, "%q is not the key that the policy belongs to", entry)
	}
}

// resource judges the form of one entry.
func (c *checker) resource(entry string, at policy.Place) {
	if !strings.HasPrefix(entry, "arn:") {
		if c.kind == Resource && strings.HasPrefix(entry, "execute-api:/") {
			return // API Gateway completes it
		}
		c.add("resource-form", at, `write an ARN, or "*"`, "%q is not an ARN", entry)
		return
	}
	a, err := arn.Parse(entry)
	if err != nil {
		c.add("short-arn", at, "write all six parts", "%q lacks parts of an ARN", entry)
		return
	}
	head := a.Partition + a.Service + a.Region + a.Account
	switch {
	case strings.Contains(head, "${") && c.doc.Version == "2012-10-17":
		c.add("variable-head", at, "", "%q has a variable before its resource part, where none is read", entry)
	case strings.ToLower(a.Service) != a.Service:
		c.add("arn-service-case", at, "", "the service in %q is written in capitals", entry)
	case !accountForm(a.Account):
		c.add("arn-account", at, "", "%q is not an account", a.Account)
	}
}

// accountForm reports whether a text can stand for the account of an ARN. Resources
// of AWS itself have names there.
func accountForm(s string) bool {
	return s == "" || account(s) || strings.ContainsAny(s, "*?$") || s == "cloudfront" || s == "amazon" || s == "aws" || strings.HasPrefix(s, "aws-")
}

// pattern returns an entry with its variables replaced by what stands for any text.
func pattern(entry string) string {
	for {
		start := strings.Index(entry, "${")
		if start < 0 {
			return entry
		}
		end := strings.IndexByte(entry[start:], '}')
		if end < 0 {
			return entry
		}
		entry = entry[:start] + "*" + entry[start+end+1:]
	}
}

// maxCoverage bounds the comparison of actions with resources of one statement, in
// bytes of patterns compared.
const maxCoverage = 1 << 22

// coverage looks for actions that none of the statement's resources can be for.
func (c *checker) coverage() {
	patterns := make([]string, len(c.s.Resources))
	size := 0
	for i, entry := range c.s.Resources {
		if entry == "*" || token(entry) {
			return
		}
		patterns[i] = pattern(entry)
		size += len(patterns[i])
	}
	budget := maxCoverage
	for i, entry := range c.s.Actions {
		prefix, name, _ := strings.Cut(strings.ToLower(entry), ":")
		s := c.table.of[prefix]
		if s == nil || token(entry) {
			continue
		}
		matching := s.matching(name)
		if len(matching) == 0 || c.onAliases(s, matching) {
			continue
		}
		if budget -= size * len(matching) * 40; budget < 0 {
			return
		}
		if !slices.ContainsFunc(matching, func(j int) bool { return s.covers(&s.actions[j], patterns) }) {
			what := "no Resource is one that %s can have"
			if len(s.actions[matching[0]].resources) == 0 {
				what = `%s is on no resource, so its Resource must be "*"`
			}
			c.add("resource-mismatch", c.s.Place("Action", i), "", what, entry)
		}
	}
}

// covers reports whether some of the patterns can match a resource of the action.
func (s *service) covers(a *action, patterns []string) bool {
	if len(a.resources) == 0 {
		// A pattern of the same service may be meant for everything, in the old way;
		// logs:DescribeLogGroups is authorized against one, whatever its page says.
		return s.prefix != "kms" && slices.ContainsFunc(patterns, func(p string) bool {
			return strings.HasSuffix(p, "*") && overlap(p, "arn:#:"+s.prefix+":#:#:*")
		})
	}
	return slices.ContainsFunc(a.resources, func(i int) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return overlap(p, s.resources[i].pattern) })
	})
}

const (
	aliasPattern = "arn:#:kms:#:#:alias/#"
	keyPattern   = "arn:#:kms:#:#:key/#"
)

func isAlias(entry string) bool {
	p := pattern(entry)
	return !token(entry) && overlap(p, aliasPattern) && !overlap(p, keyPattern)
}

// aliases looks for aliases among the resources of actions on keys.
func (c *checker) aliases() {
	touches := false
	for _, entry := range c.s.Actions {
		prefix, name, _ := strings.Cut(strings.ToLower(entry), ":")
		if entry == "*" || prefix != "kms" || token(entry) {
			continue
		}
		touches = true
		for _, own := range []string{"createalias", "deletealias", "updatealias"} {
			if policy.Match(name, own) {
				return
			}
		}
	}
	for i, entry := range c.s.Resources {
		if touches && isAlias(entry) {
			c.add("alias-resource", c.s.Place("Resource", i), "name the key's ARN, or use a condition on kms:ResourceAliases",
				"%q matches no request: actions on keys are authorized against the key, not the alias", entry)
		}
	}
}

// onAliases reports whether actions of KMS fail for aliases only, of which there is
// a rule of its own.
func (c *checker) onAliases(s *service, matching []int) bool {
	return s.prefix == "kms" && slices.ContainsFunc(matching, func(j int) bool { return len(s.actions[j].resources) > 0 }) &&
		slices.ContainsFunc(c.s.Resources, isAlias)
}
