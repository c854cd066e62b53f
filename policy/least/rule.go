package least

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// limitKind says how a limit is written. The zero value is invalid.
type limitKind uint8

const (
	text    limitKind = iota + 1 // StringEquals, or StringLike with a wildcard
	asARN                        // ArnEquals, or ArnLike
	among                        // ForAllValues:StringEquals
	truth                        // Bool
	absence                      // Null
)

// limit is one condition of a statement.
type limit struct {
	kind   limitKind
	key    string
	values []string // sorted; any of them will do
}

// joins reports whether values of two limits can stand in one: a request keeps the
// limit with both lists when it keeps one of the two.
func (l *limit) joins() bool { return l.kind == text || l.kind == asARN }

func (l *limit) condition() policy.Condition {
	wild := slices.ContainsFunc(l.values, func(s string) bool { return strings.ContainsAny(s, "*?") })
	op := ""
	switch l.kind {
	case text:
		op = map[bool]string{false: "StringEquals", true: "StringLike"}[wild]
	case asARN:
		op = map[bool]string{false: "ArnEquals", true: "ArnLike"}[wild]
	case among:
		op = "ForAllValues:StringEquals"
	case truth:
		op = "Bool"
	case absence:
		op = "Null"
	}
	return policy.Condition{Operator: policy.ParseOperator(op), Key: l.key, Values: l.values}
}

const (
	viaService   = "kms:ViaService"
	principalARN = "aws:PrincipalArn"
)

// limitsOf are the limits of a need of one action, sorted.
func limitsOf(n *symbolic.Need) []limit {
	var out []limit
	add := func(is bool, kind limitKind, key string, values ...string) {
		if is {
			slices.Sort(values)
			out = append(out, limit{kind, key, slices.Compact(values)})
		}
	}
	for name, value := range n.Context {
		add(true, text, "kms:EncryptionContext:"+name, value)
	}
	add(n.Via != "", text, viaService, n.Via)
	add(n.Direct, absence, viaService, "true")
	add(n.SourceARN != "", asARN, "aws:SourceArn", n.SourceARN)
	add(n.SourceAccount != "", text, "aws:SourceAccount", n.SourceAccount)
	add(n.GrantOperations != nil, among, "kms:GrantOperations", slices.Clone(n.GrantOperations)...)
	add(n.GrantForAWSResource, truth, "kms:GrantIsForAWSResource", "true")
	slices.SortFunc(out, func(a, b limit) int { return strings.Compare(strings.ToLower(a.key), strings.ToLower(b.key)) })
	return out
}

// rule is a statement to be: each of who, each of actions, under all limits.
type rule struct {
	admin   bool
	service bool     // who are services
	who     []string // sorted; empty in identity-based policies
	actions []string // sorted
	limits  []limit
}

// except describes all of a rule but one part: "who", "actions" or the values of a
// limit, by its key. Rules with equal descriptions differ in that part at most.
func (r *rule) except(part string) string {
	var b strings.Builder
	write := func(name string, kind byte, values []string) {
		b.WriteByte(kind)
		b.WriteString(name)
		b.WriteByte(0)
		if name != part {
			for _, s := range values {
				b.WriteString(s)
				b.WriteByte(1)
			}
		}
		b.WriteByte(2)
	}
	if r.admin {
		b.WriteByte('a')
	}
	if r.service {
		b.WriteByte('s')
	}
	write("who", 0, r.who)
	write("actions", 0, r.actions)
	for i := range r.limits {
		l := &r.limits[i]
		write(strings.ToLower(l.key), byte(l.kind), l.values)
	}
	return b.String()
}

// absorb adds a rule that differs in a part at most.
func (r *rule) absorb(s *rule, part string) {
	union := func(a, b []string) []string {
		out := append(slices.Clone(a), b...)
		slices.Sort(out)
		return slices.Compact(out)
	}
	switch part {
	case "who":
		r.who = union(r.who, s.who)
	case "actions":
		r.actions = union(r.actions, s.actions)
	default:
		r.limits = slices.Clone(r.limits)
		for i := range r.limits {
			if strings.EqualFold(r.limits[i].key, part) {
				r.limits[i].values = union(r.limits[i].values, s.limits[i].values)
			}
		}
	}
}

// fold joins rules that differ in one part at most. What the rules allow together
// stays the same: they are products, and equal in all factors but one.
func fold(rules []rule, part string) []rule {
	var out []rule
	at := map[string]int{}
	for i := range rules {
		r := &rules[i]
		k := r.except(part)
		j, ok := at[k]
		if !ok {
			at[k] = len(out)
			out = append(out, *r)
			continue
		}
		out[j].absorb(r, part)
	}
	return out
}

// folded joins rules as long as some differ in one part only, and sorts them.
func folded(rules []rule) []rule {
	for before := -1; before != len(rules); {
		before = len(rules)
		rules = fold(rules, "actions")
		for _, key := range joinable(rules) {
			rules = fold(rules, key)
		}
		rules = fold(rules, "who")
	}
	slices.SortStableFunc(rules, func(a, b rule) int {
		for _, less := range [...][2]bool{{a.admin, b.admin}, {!a.service, !b.service}} {
			switch less {
			case [2]bool{true, false}:
				return -1
			case [2]bool{false, true}:
				return 1
			}
		}
		return strings.Compare(a.except(""), b.except(""))
	})
	return rules
}

// joinable lists the keys, in lower case, of limits whose values can be joined.
func joinable(rules []rule) []string {
	var out []string
	for i := range rules {
		for j := range rules[i].limits {
			if l := &rules[i].limits[j]; l.joins() {
				out = append(out, strings.ToLower(l.key))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isOwn reports whether a principal is a user or all sessions of a role.
func isOwn(p *authz.Principal) bool {
	return p.Kind == authz.User || p.Kind == authz.Session && p.ARN == ""
}
