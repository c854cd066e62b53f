package audit

import (
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/lint"
)

// lintCodes are the findings of the lint that no rule of the audit reports by itself.
var lintCodes = map[string]bool{
	"arn-pattern": true, "bool-both": true, "called-via-form": true, "context-key-case": true, "foreign-action": true, "foreign-character": true,
	"key-not-of-action": true, "key-policy-resource": true, "keyless-action": true, "never-matches": true, "null-if-exists": true,
	"null-set-operator": true, "operator-type": true, "owner-only-action": true, "resource-aliases-in-key-policy": true, "retire-grant": true,
	"set-operator-missing": true, "tag-key-missing": true, "unknown-action": true, "unknown-condition-key": true, "unreadable-value": true,
	"variable-element": true, "variable-form": true, "variable-operator": true, "variable-version": true, "via-service-form": true, "void-allow": true,
	"wildcard-without-like": true,
}

// linter lints each key policy once: many keys have the same. It is not safe for
// concurrent use.
type linter map[string][]lint.Finding

func (l linter) check(text string, doc *policy.Document) []lint.Finding {
	found, done := l[text]
	if !done {
		for _, f := range lint.Check(doc, lint.Options{Kind: lint.Key}) {
			if lintCodes[f.Code] {
				found = append(found, f)
			}
		}
		l[text] = found
	}
	return found
}

// lint reports what the lint finds in the key policy.
func (j *policyJudge) lint(l linter) {
	for _, f := range l.check(j.policy.Text, j.doc) {
		subject := "the policy of key " + j.v.name
		if f.Statement >= 0 {
			subject = j.label(f.Statement)
		}
		j.v.faults.add(rulePolicyLint, subject+": "+clip(f.Text)+" ("+f.Code+")", j.place(f.Statement))
	}
}
