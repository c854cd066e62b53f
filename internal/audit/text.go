package audit

import (
	"regexp"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
)

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// plain returns the text, or nothing when it holds a token: then it is not known.
func plain(s string) string {
	if arn.IsToken(s) {
		return ""
	}
	return s
}

func orAt(at, other bedlock.Position) bedlock.Position {
	if at.IsZero() {
		return other
	}
	return at
}

// list joins words as people do: "a", "a and b", "a, b and c".
func list(words []string) string { return join(words, "and") }

func join(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

const (
	tokenUnknown = "${bedlock:unknown:"
	tokenRef     = "${bedlock:ref:"
	tokenAccount = "${bedlock:account}"
)

// unknownPart returns why a text is not fully known: the reason of its first
// unknown part, or the attribute that it refers to; "" when only the account,
// Region or partition of the deployment are left open.
func unknownPart(s string) string {
	if _, rest, ok := strings.Cut(s, tokenUnknown); ok {
		reason, _, _ := strings.Cut(rest, "}")
		return reason
	}
	if target, attribute, ok := reference(s); ok {
		return attribute + " of " + target + " is known only after deployment"
	}
	return ""
}

// reference returns the first ${bedlock:ref:…} of a text: the resource's address
// within its file, and the attribute.
func reference(s string) (target, attribute string, ok bool) {
	_, rest, ok := strings.Cut(s, tokenRef)
	if !ok {
		return "", "", false
	}
	rest, _, _ = strings.Cut(rest, "}")
	id, attribute := cutLast(rest, "#")
	if _, address, ok := strings.Cut(id, "#"); ok {
		id = address
	}
	return id, attribute, true
}

func cutLast(s, sep string) (before, after string) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):]
	}
	return s, ""
}

// clip shortens a text from an input for a message.
func clip(s string) string {
	const longest = 120
	s = readable(s)
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

const liftUnread = "make it readable to the audit, or include the source that holds it"

var (
	parameterReason = regexp.MustCompile(`(?i)\bparameter "?([A-Za-z0-9_]+)`)
	variableReason  = regexp.MustCompile(`\bvar(?:iable "|iable |\.)([A-Za-z0-9_-]+)`)
	branchReason    = regexp.MustCompile(`\bdepends on whether (\S+) is (?:true|false)$`)
	applyReason     = regexp.MustCompile(`(?i)known (only )?after (apply|deployment)`)
)

// lifts are what settles a value, by a part of the reason why it is not known.
var lifts = []struct{ reason, lift string }{
	{"is read from SSM", "audit what is deployed: the value comes from SSM"},
	{"is NoEcho", "audit what is deployed: the values of NoEcho parameters are not read"},
	{"dynamic reference", "audit what is deployed: the value is known only there"},
	{"AWS::Region is not given", "give the Region: --region …"},
	{"AWS::AccountId is not given", "give the account: --account …"},
	{"no template among the inputs exports", "include the template that exports it"},
}

// liftUnknown says what would settle a value that the code does not determine.
func liftUnknown(reason string) string {
	for _, l := range lifts {
		if strings.Contains(reason, l.reason) {
			return l.lift
		}
	}
	if m := parameterReason.FindStringSubmatch(reason); m != nil {
		return "give the parameter: --parameters " + m[1] + "=…"
	}
	if m := variableReason.FindStringSubmatch(reason); m != nil {
		return "give the variable in a tfvars file, or --parameters " + m[1] + "=…, or audit the plan"
	}
	if m := branchReason.FindStringSubmatch(reason); m != nil {
		return "give the parameters that decide " + m[1] + ", or audit what is deployed"
	}
	if applyReason.MatchString(reason) {
		return "audit what is deployed, or a state after the next apply"
	}
	return "audit the plan or what is deployed instead of the source code"
}
