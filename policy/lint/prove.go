package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Bounds of the proofs. A question that is answered costs a tenth of one that is
// not, which is about what it takes.
const (
	questionWork = 200_000
	answerCost   = questionWork / 10
	// maxPairs is the number of statements up to which each is compared with each.
	maxPairs = 60
	// maxEntries bounds what a statement may list to be asked about.
	maxEntries = 250
	maxDenies  = 20
	maxHomes   = 5
)

// prover asks package symbolic about the statements of a document.
type prover struct {
	c         *checker
	left      int
	partition string
	askable   []bool
	// void are the statements without an effect.
	void []bool
}

// prove looks for statements without an effect.
func (c *checker) prove() {
	work := c.options.Work
	if work == 0 {
		work = DefaultWork
	}
	partition, ok := c.partition()
	if work < 0 || !ok {
		return
	}
	n := len(c.doc.Statements)
	p := &prover{c: c, left: work, partition: partition, askable: make([]bool, n), void: make([]bool, n)}
	for i := range p.askable {
		p.askable[i] = p.asks(i)
	}
	for _, f := range c.out {
		if f.Statement >= 0 && slices.Contains(undefined, f.Code) {
			p.askable[f.Statement] = false
		}
	}
	for i := range p.askable {
		p.never(i)
	}
	for i := range p.askable {
		p.denied(i)
	}
	p.covered()
	p.lockOut()
	c.s = nil
}

// undefined are the findings after which a statement is not asked about: what AWS
// makes of it is not documented, so a proof would rest on a choice.
var undefined = []string{
	"bad-form", "bad-value", "bad-element", "bad-operator", "null-if-exists", "duplicate", "conflict", "bare-principal", "incomplete", "not-known",
	"set-operator-missing", "unreadable-value", "arn-pattern", "short-arn", "resource-form", "action-form", "variable-form", "variable-element", "variable-head",
	"operator-type", "null-set-operator", "principal-not-allowed", "principal-missing", "not-principal-refused", "principal-wildcard", "principal-form", "principal-group",
	"service-principal-form", "federated-refused", "canonical-user-refused", "not-principal-allow", "foreign-character", "unknown-condition-key",
}

// asks reports whether a statement is one to ask about: known in full and not too
// long.
func (p *prover) asks(i int) bool {
	s := &p.c.doc.Statements[i]
	size := len(s.Actions) + len(s.NotActions) + len(s.Resources) + len(s.NotResources)
	text := []string{}
	for _, l := range []*policy.Principals{s.Principals, s.NotPrincipals} {
		if l != nil {
			size += 4 * (len(l.AWS) + len(l.Service) + len(l.Federated) + len(l.CanonicalUser))
			text = slices.Concat(text, l.AWS, l.Service)
		}
	}
	for j := range s.Conditions {
		cond := &s.Conditions[j]
		size += len(cond.Values)
		if len(cond.Values) == 0 && (!needs(cond) || cond.Operator.Negated()) {
			return false // AWS tells only what the others do without values
		}
	}
	if blank(s) || s.Effect == 0 || len(s.Undetermined) > 0 || size > maxEntries || len(s.Conditions) > 30 {
		return false
	}
	text = slices.Concat(text, s.Actions, s.NotActions, s.Resources, s.NotResources)
	for j := range s.Conditions {
		text = append(text, s.Conditions[j].Key)
		text = append(text, s.Conditions[j].Values...)
	}
	return !slices.ContainsFunc(text, func(t string) bool { return token(t) || len(t) > 512 })
}

// partition returns the partition that the document is about; ok is false when it
// names several.
func (c *checker) partition() (name string, ok bool) {
	text := c.doc.Text()
	if text == "" {
		text = c.doc.Print()
	}
	found := map[string]bool{}
	for rest := text; ; {
		i := strings.Index(rest, `"arn:`)
		if i < 0 {
			break
		}
		rest = rest[i+5:]
		name, _, _ := strings.Cut(rest[:min(len(rest), 40)], ":")
		if !strings.ContainsAny(name, `*?$"`) {
			found[name] = true
		}
	}
	for name := range found {
		return name, len(found) == 1
	}
	return "aws", true
}

// question is two documents, of which the first may allow no more than the second.
type question struct {
	// statements are those that either has, to find what they are about.
	statements []int
	new, old   []policy.Statement
}

// proved reports whether it is proved that the first document allows nothing that the
// second does not.
func (p *prover) proved(q *question) bool {
	homes := p.homes(q)
	for _, home := range homes {
		if p.left < questionWork {
			return false
		}
		u := &symbolic.Universe{Partition: p.partition, Work: questionWork}
		kind := symbolic.Identity
		if p.c.kind == Key {
			kind = symbolic.KeyPolicy
		}
		a := u.NoMorePermissive(p.document(q.new), p.document(q.old), kind, home)
		if a.Verdict == symbolic.Unknown {
			p.left -= questionWork
		} else {
			p.left -= answerCost
		}
		if a.Verdict != symbolic.Never {
			return false
		}
	}
	return len(homes) > 0
}

func (p *prover) document(statements []policy.Statement) *policy.Document {
	d := &policy.Document{Version: p.c.doc.Version, Statements: slices.Clone(statements)}
	for i := range d.Statements {
		d.Statements[i].Index = i
	}
	return d
}

// homes are the keys to ask about: the document's own, when it is known; else one in
// each account that the statements name, as any of them may be the key's. There are
// none when they are too many.
func (p *prover) homes(q *question) []string {
	if p.c.kind != Key {
		return []string{"*"}
	}
	if a, err := arn.Parse(p.c.options.Key); err == nil && !token(p.c.options.Key) {
		return []string{a.String()}
	}
	var accounts []string
	note := func(id string) {
		if account(id) && !slices.Contains(accounts, id) {
			accounts = append(accounts, id)
		}
	}
	for _, i := range q.statements {
		for _, l := range []*policy.Principals{p.c.doc.Statements[i].Principals, p.c.doc.Statements[i].NotPrincipals} {
			if l == nil {
				continue
			}
			for _, entry := range l.AWS {
				note(entry)
				note(accountIn(entry))
			}
		}
	}
	switch {
	case len(accounts) == 0:
		accounts = []string{"111122223333"}
	case len(accounts) > maxHomes:
		return nil
	}
	var out []string
	for _, id := range accounts {
		out = append(out, "arn:"+p.partition+":kms:us-east-1:"+id+":key/1234abcd-12ab-34cd-56ef-1234567890ab")
	}
	return out
}

// everything allows everything.
func (p *prover) everything() policy.Statement {
	s := policy.Statement{Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}}
	if p.c.kind == Key {
		s.Principals = &policy.Principals{Any: true}
	}
	return s
}

// never looks whether any request matches a statement.
func (p *prover) never(i int) {
	s := &p.c.doc.Statements[i]
	if !p.askable[i] || p.c.kind != Key && len(s.Conditions) == 0 {
		return
	}
	q := &question{statements: []int{i}}
	own, ok := p.plain(q, i)
	if !ok {
		return
	}
	if s.Effect == policy.Allow {
		q.new = own
	} else { // a Deny that takes nothing away
		q.new, q.old = []policy.Statement{p.everything()}, append(own, p.everything())
	}
	if p.proved(q) {
		p.void[i] = true
		p.c.s = s
		p.c.add("never-matches", s.At, "", "no request can match this statement")
	}
}

// denied looks whether the document's Denies leave anything of an Allow.
func (p *prover) denied(i int) {
	s := &p.c.doc.Statements[i]
	if !p.askable[i] || p.void[i] || s.Effect != policy.Allow {
		return
	}
	var denies []int
	for j := range p.c.doc.Statements {
		d := &p.c.doc.Statements[j]
		if d.Effect != policy.Deny || !p.askable[j] || p.void[j] {
			continue
		}
		if p.left -= 10 * product(s, d); p.left < 0 {
			return
		}
		if meet(s, d) {
			denies = append(denies, j)
		}
	}
	if len(denies) == 0 || len(denies) > maxDenies {
		return
	}
	ways := [][]int{}
	for _, j := range denies {
		ways = append(ways, []int{j})
	}
	if len(denies) > 1 {
		ways = append(ways, denies)
	}
	for _, by := range ways {
		q := &question{statements: append([]int{i}, by...)}
		var ok bool
		if q.new, ok = p.plain(q, q.statements...); ok && p.proved(q) {
			p.void[i] = true
			p.c.s = s
			p.c.add("void-allow", s.At, "", "everything that it allows is denied by %s", p.names(by))
			return
		}
	}
}

// names lists statements by Sid or number.
func (p *prover) names(list []int) string {
	var out []string
	for _, i := range list {
		if sid := p.c.doc.Statements[i].Sid; sid != "" {
			out = append(out, fmt.Sprintf("%q", sid))
		} else {
			out = append(out, fmt.Sprintf("statement %d", i))
		}
	}
	return strings.Join(out, " and ")
}

// covered looks for statements that another one covers. Of two that cover each
// other the later is named.
func (p *prover) covered() {
	statements := p.c.doc.Statements
	if len(statements) > maxPairs {
		return
	}
	gone := make([]bool, len(statements))
	for i := len(statements) - 1; i >= 0; i-- {
		s := &statements[i]
		if !p.askable[i] || p.void[i] {
			continue
		}
		for j := range statements {
			by := &statements[j]
			if j == i || gone[j] || p.void[j] || !p.askable[j] || by.Effect != s.Effect {
				continue
			}
			if p.left -= product(s, by); p.left < 0 {
				return
			}
			if mayCover(by, s) && p.within(i, j) {
				gone[i] = true
				p.c.s = s
				p.c.add("redundant", s.At, "", "%s covers everything that it covers", p.names([]int{j}))
				break
			}
		}
	}
}

// within reports whether it is proved that statement j covers statement i.
func (p *prover) within(i, j int) bool {
	q := &question{statements: []int{i, j}}
	both, ok := p.plain(q, i, j)
	if !ok {
		return false
	}
	if p.c.doc.Statements[i].Effect == policy.Allow {
		q.new, q.old = both[:1], both[1:]
	} else {
		q.new, q.old = []policy.Statement{both[1], p.everything()}, []policy.Statement{both[0], p.everything()}
	}
	return p.proved(q)
}

// lockOut asks whether anybody can change the key policy.
func (p *prover) lockOut() {
	c := p.c
	if c.kind != Key || len(c.doc.Statements) == 0 || slices.Contains(p.askable, false) || p.left < 10*questionWork {
		return
	}
	q := &question{}
	for i := range c.doc.Statements {
		if !p.ownResources(&c.doc.Statements[i]) {
			return
		}
		q.statements = append(q.statements, i)
	}
	homes := p.homes(q)
	if len(homes) != 1 {
		return // it is not known which account is the key's
	}
	u := &symbolic.Universe{Partition: p.partition, Work: 10 * questionWork}
	a, err := u.LocksOut(&symbolic.Target{Key: homes[0], Policy: authz.Compile("key policy", c.doc)})
	if err == nil && a.Verdict == symbolic.Never {
		c.s = nil
		c.add("locks-out", c.start(), "allow kms:PutKeyPolicy to the account or an administrator", "nobody of the key's account can change the key policy")
	}
}
