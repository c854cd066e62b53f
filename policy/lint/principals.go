package lint

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
)

// principals judges the entries of Principal and NotPrincipal.
func (c *checker) principals() {
	for _, l := range []*policy.Principals{c.s.Principals, c.s.NotPrincipals} {
		if l == nil {
			continue
		}
		for i, entry := range l.AWS {
			c.principal(entry, c.s.Place("AWS", i))
		}
		for i, entry := range l.Service {
			switch at := c.s.Place("Service", i); {
			case token(entry) || hasVariable(entry):
			case strings.ContainsAny(entry, "*?"):
				c.add("principal-wildcard", at, "name the services", "%q has a wildcard", entry)
			case !serviceForm(entry):
				c.add("service-principal-form", at, "", "%q is not the name of a service, such as bedrock.amazonaws.com", entry)
			case l == c.s.Principals && c.openDoor():
				c.add("open-service", at, "add a condition on aws:SourceArn or aws:SourceAccount, or on the encryption context", "%s may use the key for resources of any account", entry)
			}
		}
		for i, entry := range l.Federated {
			if !c.is(Trust) {
				c.add("federated-refused", c.s.Place("Federated", i), "name the role that federated users assume", "only trust policies have federated principals, such as %q", entry)
			}
		}
		for i, entry := range l.CanonicalUser {
			if c.is(Trust, Key) {
				c.add("canonical-user-refused", c.s.Place("CanonicalUser", i), "name the account", "%q is a user of S3's own kind", entry)
			}
		}
	}
}

// sourceKeys say for whom a service acts, or that it cannot be it that asks. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html,
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
var sourceKeys = []string{
	"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths",
	"aws:principalarn", "kms:calleraccount", "kms:viaservice", "kms:grantisforawsresource",
}

// openDoor reports a statement of a key policy that gives a service use of the key, whoever's
// resources it acts for: there is no condition that could say so. Whether the values of one do
// is for the audit.
func (c *checker) openDoor() bool {
	if !c.is(Key) || c.s.Effect != policy.Allow || len(c.s.Undetermined) > 0 || c.s.Resources == nil && c.s.NotResources == nil {
		return false
	}
	for i := range c.s.Conditions {
		key := strings.ToLower(c.s.Conditions[i].Key)
		if slices.Contains(sourceKeys, key) || strings.HasPrefix(key, "kms:encryptioncontext:") {
			return false
		}
	}
	return slices.ContainsFunc(useActions, c.s.Covers)
}

// useActions are the actions by which a key is used, or given away.
var useActions = []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:CreateGrant"}

// uniqueIDs are the beginnings of the unique ids of principals. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
var uniqueIDs = []string{"AIDA", "AROA"}

// principal judges an entry of AWS.
func (c *checker) principal(entry string, at policy.Place) {
	if entry == "*" || token(entry) || hasVariable(entry) { // which has a rule of its own
		return
	}
	for _, prefix := range uniqueIDs {
		if strings.HasPrefix(entry, prefix) && len(entry) >= 16 && !strings.ContainsFunc(entry, func(r rune) bool { return !alphanumeric(r) }) {
			c.add("principal-unique-id", at, "name the principal's ARN, if there still is one", "%s is the id of a principal that is gone", entry)
			return
		}
	}
	if strings.ContainsAny(entry, "*?") {
		c.add("principal-wildcard", at, `use "*" with a condition on aws:PrincipalArn`, "%q has a wildcard", entry)
		return
	}
	if account(entry) {
		return
	}
	a, err := arn.Parse(entry)
	switch {
	case err != nil && strings.HasSuffix(strings.ToLower(entry), ".amazonaws.com"):
		c.add("principal-form", at, "put it under Service", "%q is a service", entry)
	case err != nil:
		c.add("principal-form", at, "", "%q is neither an account nor the ARN of a principal", entry)
	case a.Service == "iam" && strings.HasPrefix(a.Resource, "group/"):
		c.add("principal-group", at, "name its users, or the account with a condition", "%q is a group", entry)
	case !principalForm(a):
		c.add("principal-form", at, "", "%q is not the ARN of a root, user, role, role session or federated user", entry)
	}
}

// principalForm reports whether an ARN names a principal. Identities of CloudFront
// have its name for an account.
func principalForm(a arn.ARN) bool {
	if a.Region != "" || !account(a.Account) && a.Account != "cloudfront" {
		return false
	}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	switch a.Service + ":" + kind {
	case "iam:root":
		return a.Resource == "root"
	case "iam:user", "iam:role", "sts:federated-user", "sts:self":
		return rest != "" || kind == "self"
	case "sts:assumed-role":
		role, session, ok := strings.Cut(rest, "/")
		return ok && role != "" && session != ""
	}
	return false
}

// account reports whether a text is an account.
func account(s string) bool {
	return len(s) == 12 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// serviceSuffixes are the ends of service principals. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
var serviceSuffixes = []string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".amazon.com", ".aws.internal", ".c2s.ic.gov", ".sc2s.sgov.gov"}

// serviceForm reports whether a text has the form of a service principal.
func serviceForm(s string) bool {
	for _, suffix := range serviceSuffixes {
		if name, ok := strings.CutSuffix(s, suffix); ok {
			return hostName(name)
		}
	}
	return false
}

// hostName reports whether a text has labels of small letters, digits and hyphens
// between dots.
func hostName(s string) bool {
	for _, label := range strings.Split(s, ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool { return !alphanumeric(r) && r != '-' || r >= 'A' && r <= 'Z' }) {
			return false
		}
	}
	return true
}
