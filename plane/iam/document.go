package iam

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// The messages of MalformedPolicyDocument, in the order in which IAM looks for faults:
// https://github.com/getmoto/moto (moto/iam/policy_validation.py), which was compared with
// AWS, and for trust policies the tests of LocalStack. Faults that neither has are syntax
// errors; that is not confirmed.
const (
	syntaxErrors   = "Syntax errors in policy."
	invalidJSON    = "This policy contains invalid Json"
	wrongVersion   = "Policy document must be version 2012-10-17 or greater."
	sameSid        = "Statement IDs (SID) in a single policy must be unique."
	badSid         = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	noActions      = "Policy statement must contain actions."
	noResources    = "Policy statement must contain resources."
	noVendor       = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	twoColons      = "Actions/Condition can contain only one colon."
	hasPrincipal   = "Policy document should not specify a principal."
	onlyAssumeRole = "AssumeRole policy may only specify STS AssumeRole actions."
)

var (
	sidPattern    = regexp.MustCompile(`^[0-9A-Za-z]*$`)
	vendorPattern = regexp.MustCompile(`^[a-zA-Z0-9.-]+$`)
)

// identityDocument checks the document of an identity-based policy and compiles it.
func identityDocument(name, text string) (*authz.Policy, error) {
	d, err := policy.Parse(text)
	if err != nil {
		return nil, malformedDocument(syntaxErrors)
	}
	if broken(d) {
		return nil, malformedDocument(syntaxErrors)
	}
	if d.Version != "2012-10-17" {
		return nil, malformedDocument(wrongVersion)
	}
	if err := checkSids(d); err != nil {
		return nil, err
	}
	for i := range d.Statements {
		if err := checkIdentity(&d.Statements[i]); err != nil {
			return nil, err
		}
	}
	return authz.Compile(name, d), nil
}

// broken reports faults other than elements that are missing, which have messages of their
// own.
func broken(d *policy.Document) bool {
	for _, p := range d.Problems {
		if p.Kind != policy.Incomplete {
			return true
		}
	}
	for i := range d.Statements {
		if d.Statements[i].Effect == 0 {
			return true
		}
	}
	return len(d.Statements) == 0
}

func checkSids(d *policy.Document) error {
	seen := map[string]bool{}
	for _, s := range d.Statements {
		switch {
		case !sidPattern.MatchString(s.Sid):
			return malformedDocument(badSid)
		case s.Sid != "" && seen[s.Sid]:
			return malformedDocument(sameSid)
		}
		seen[s.Sid] = true
	}
	return nil
}

func checkIdentity(s *policy.Statement) error {
	switch {
	case s.Principals != nil || s.NotPrincipals != nil:
		return malformedDocument(hasPrincipal)
	case len(s.Actions)+len(s.NotActions) == 0:
		return malformedDocument(noActions)
	case len(s.Resources)+len(s.NotResources) == 0:
		return malformedDocument(noResources)
	}
	for _, r := range slices.Concat(s.Resources, s.NotResources) {
		if err := checkResource(r); err != nil {
			return err
		}
	}
	for _, action := range slices.Concat(s.Actions, s.NotActions) {
		if err := checkAction(action); err != nil {
			return err
		}
	}
	return nil
}

func checkResource(r string) error {
	if r == "*" {
		return nil
	}
	parts := strings.SplitN(r, ":", 6)
	switch {
	case len(parts) == 1:
		return malformedDocument(`Resource %s must be in ARN format or "*".`, r)
	case len(parts) < 6 || parts[0] != "arn":
		return malformedDocument("The policy failed legacy parsing")
	}
	return nil
}

func checkAction(action string) error {
	vendor, _, colon := strings.Cut(action, ":")
	switch {
	case action == "*":
		return nil
	case !colon:
		return malformedDocument(noVendor)
	case strings.Count(action, ":") > 1:
		return malformedDocument(twoColons)
	case !vendorPattern.MatchString(vendor):
		return malformedDocument("Vendor %s is not valid", vendor)
	}
	return nil
}

// trustDocument checks a trust policy and compiles it. Whether its principals exist is for
// the caller, who knows the accounts.
func trustDocument(text string) (*authz.Policy, error) {
	d, err := policy.Parse(text)
	if err != nil {
		return nil, malformedDocument(invalidJSON)
	}
	if broken(d) {
		return nil, malformedDocument(syntaxErrors)
	}
	if err := checkSids(d); err != nil {
		return nil, err
	}
	for i := range d.Statements {
		if err := checkTrust(&d.Statements[i]); err != nil {
			return nil, err
		}
	}
	return authz.Compile("trust", d), nil
}

func checkTrust(s *policy.Statement) error {
	switch {
	case s.Resources != nil || s.NotResources != nil:
		return malformedDocument("Has prohibited field Resource")
	case s.Principals == nil && s.NotPrincipals == nil:
		return malformedDocument("Missing required field Principal") // not confirmed
	case len(s.Actions)+len(s.NotActions) == 0:
		return malformedDocument("Missing required field Action") // not confirmed
	}
	for _, action := range slices.Concat(s.Actions, s.NotActions) {
		if !strings.HasPrefix(strings.ToLower(action), "sts:") {
			return malformedDocument(onlyAssumeRole)
		}
	}
	return nil
}

// size is that of a document as quotas count it, without white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
func size(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// escaped is a document as IAM answers with it, encoded as RFC 3986 says.
func escaped(document string) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, 2*len(document))
	for i := range len(document) {
		switch c := document[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			out = append(out, c)
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}
