package audit

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
)

// rolesByText judges the roles that a statement of code names by the text of their ARNs. Where a
// reference stands, the role is created first; by its text nothing says so. What is live has its
// roles already.
func (j *policyJudge) rolesByText(s *policy.Statement, p *policy.Principals) {
	if j.v.key.At.IsZero() {
		return
	}
	var made, nowhere []string
	for _, text := range p.AWS {
		name, ok := j.roleName(text)
		if !ok {
			continue
		}
		if j.created(name) {
			made = append(made, name)
		} else {
			nowhere = append(nowhere, name)
		}
	}
	if len(made) == 0 {
		return
	}
	at := j.place(s.Index)
	j.v.faults.add(ruleRoleBeside, j.label(s.Index)+" names "+list(shortened(made))+" by text, which the same input creates: the policy is refused unless the key depends on it", at)
	if len(nowhere) > 0 {
		j.v.faults.add(ruleRoleNowhere, j.label(s.Index)+" names "+list(shortened(nowhere))+", which no input creates, beside "+list(shortened(made)), at)
	}
}

// roleName is the name of the role of a literal ARN of the key's account, as far as that is known.
func (j *policyJudge) roleName(text string) (string, bool) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "iam" || unknownPart(text) != "" || accountID.MatchString(j.v.account) && accountID.MatchString(a.Account) && a.Account != j.v.account {
		return "", false
	}
	path, ok := strings.CutPrefix(a.Resource, "role/")
	return path[strings.LastIndexByte(path, '/')+1:], ok
}

// created says whether an identity of the key's own file has the name of a role.
func (j *policyJudge) created(name string) bool {
	return slices.ContainsFunc(j.inv.Parts().Principals, func(p inventory.Principal) bool {
		return p.Kind == inventory.Role && p.Name.Or("") == name && !p.At.IsZero() && p.At.File == j.v.key.At.File
	})
}
