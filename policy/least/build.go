package least

import (
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// version of every document: with 2012-10-17, what looks like a variable is one;
// needs hold none.
const version = "2012-10-17"

// builder collects the rules of the documents.
type builder struct {
	key   arn.ARN
	text  string             // the key's ARN
	rules []rule             // of the key policy
	own   map[string][]piece // of identity-based policies, by who has them
}

// place decides which documents say a piece. Which need what:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
func (b *builder) place(p *piece) {
	q := &p.need.Principal
	r := rule{admin: p.admin, actions: p.need.Actions, limits: limitsOf(&p.need)}
	retire := p.action() == retireGrant // which a key policy cannot give, and an account can always give itself
	if p.weak || retire && !p.delegates() {
		name := entityOf(q)
		b.own[name] = append(b.own[name], piece{need: lifted(p.need, name)})
	}
	if retire || p.left {
		return
	}
	switch {
	case q.Kind == authz.Service:
		r.service, r.who = true, []string{q.ARN}
	case q.Kind == authz.Root:
		r.forOnly(rootOf(b.key, q.Account), rootOf(b.key, q.Account))
	case p.delegates():
		r.who = []string{rootOf(b.key, q.Account)}
	case p.weak && q.Account == b.key.Account:
		r.forOnly(rootOf(b.key, q.Account), entityOf(q))
	default:
		r.who = []string{nameOf(q)}
	}
	b.rules = append(b.rules, r)
}

// forOnly makes the rule delegate to an account for one of its principals.
func (r *rule) forOnly(account, name string) {
	r.who = []string{account}
	r.limits = append([]limit{{asARN, principalARN, []string{name}}}, r.limits...)
}

// lifted is the need of a session as one of its role: an identity-based policy has
// all sessions of its role.
func lifted(n symbolic.Need, entity string) symbolic.Need {
	if n.Principal.Kind == authz.Session {
		n.Principal = authz.Principal{Kind: authz.Session, Role: entity, Account: n.Principal.Account}
	}
	return n
}

// nameOf is the principal as a policy names it.
func nameOf(q *authz.Principal) string {
	if q.ARN != "" {
		return q.ARN
	}
	return q.Role
}

// entityOf is the user or role that has the identity-based policies of a principal.
func entityOf(q *authz.Principal) string {
	switch {
	case q.Kind != authz.Session:
		return q.ARN
	case q.Role != "":
		return q.Role
	}
	a, _ := arn.Parse(q.ARN)
	return arn.ARN{Partition: a.Partition, Service: "iam", Account: a.Account, Resource: "role/" + roleName(q)}.String()
}

func (b *builder) keyPolicy() *policy.Document {
	return document(folded(b.rules), func(s *policy.Statement, r *rule) string {
		s.Resources = []string{"*"}
		if s.Principals = (&policy.Principals{AWS: r.who}); r.service {
			s.Principals = &policy.Principals{Service: r.who}
		}
		return r.words()
	})
}

// identityPolicy says the pieces of one user or role. Sessions may have needed what
// their role needs too.
func (b *builder) identityPolicy(u *symbolic.Universe, pieces []piece) (*policy.Document, error) {
	groups := map[string][]piece{}
	for _, p := range pieces {
		groups[p.action()] = append(groups[p.action()], p)
	}
	var rules []rule
	for _, action := range slices.Sorted(maps.Keys(groups)) {
		kept, err := irredundant(u, b.text, groups[action])
		if err != nil {
			return nil, err
		}
		for i := range kept {
			rules = append(rules, rule{actions: kept[i].need.Actions, limits: limitsOf(&kept[i].need)})
		}
	}
	return document(folded(rules), func(s *policy.Statement, r *rule) string {
		s.Resources = []string{b.text}
		return camel(r.words())
	}), nil
}

// document writes rules down; complete adds what the kind of document has, and
// returns the statement's Sid.
func document(rules []rule, complete func(*policy.Statement, *rule) string) *policy.Document {
	d := &policy.Document{Version: version}
	seen := map[string]int{}
	for i := range rules {
		r := &rules[i]
		s := policy.Statement{Index: i, Effect: policy.Allow, Actions: r.actions}
		for j := range r.limits {
			s.Conditions = append(s.Conditions, r.limits[j].condition())
		}
		slices.SortStableFunc(s.Conditions, func(a, b policy.Condition) int {
			return strings.Compare(a.Operator.String(), b.Operator.String())
		})
		s.Sid = numbered(complete(&s, r), seen)
		d.Statements = append(d.Statements, s)
	}
	return d
}
