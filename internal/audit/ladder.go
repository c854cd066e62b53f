package audit

import (
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// standing is where one slot, or one branch of it, stands.
type standing struct {
	rung     bedlock.Rung
	rule     string // the rule that it breaks; empty when none
	key      string
	evidence []bedlock.Evidence
	lift     string
	unjudged []string
}

// judge holds what all slots need; it is read-only while slots are judged.
type judge struct {
	inv     *inventory.Inventory
	catalog *catalog.Catalog
	keys    map[string]*keyVerdict
	estate  *estate.Estate
	// now and window say which use of a key still proves a slot.
	now    time.Time
	window time.Duration
}

// slotCase is one slot in its surroundings.
type slotCase struct {
	resource *inventory.Resource
	entry    *catalog.Entry // nil: a type that the catalogue does not have
	slot     *catalog.Slot  // nil: likewise
	depth    int            // how many stores led here
	when     string         // the condition under which they do; empty: always
}

func (j *judge) slotCase(r *inventory.Resource, slot string, depth int) slotCase {
	c := slotCase{resource: r, entry: j.catalog.Type(r.Type), depth: depth}
	if c.entry != nil {
		c.slot = c.entry.Slot(baseName(slot))
	}
	return c
}

// baseName is a slot's name without the index of one that occurs several times.
func baseName(slot string) string {
	if i := strings.IndexByte(slot, '['); i > 0 {
		return slot[:i]
	}
	return slot
}

// stand judges one slot under a condition: each branch that can hold with it on its
// own, then all together.
func (j *judge) stand(r *inventory.Resource, s *inventory.Slot, depth int, condition string) standing {
	c := j.slotCase(r, s.Name, depth)
	c.when = estate.Both(condition, r.When)
	if len(s.Named) == 1 {
		return j.branch(c, &s.Named[0])
	}
	all := make([]standing, 0, len(s.Named))
	whens := make([]string, 0, len(s.Named))
	for i := range s.Named {
		if n := &s.Named[i]; estate.Compatible(c.when, n.When) {
			all, whens = append(all, j.branch(c, n)), append(whens, n.When)
		}
	}
	switch len(all) {
	case 0: // the conditions contradict each other: nothing holds, so nothing is left out
		return j.branch(c, &s.Named[0])
	case 1:
		return all[0]
	}
	return combine(all, func(i int) string { return when(whens[i]) })
}

func when(condition string) string {
	if condition == "" {
		return ""
	}
	return "when " + condition + ": "
}

// combine makes one standing of several branches of which one will hold. A branch
// that is judged and certainly bad decides; a good one cannot vouch for another
// that is not known.
func combine(all []standing, prefix func(int) string) standing {
	decides := 0
	for i := range all {
		if rank(all[i].rung) < rank(all[decides].rung) {
			decides = i
		}
	}
	out := all[decides]
	out.evidence, out.unjudged = nil, nil
	out.lift = ""
	if all[decides].lift != "" {
		out.lift = prefix(decides) + all[decides].lift
	}
	add := func(i int) {
		for n, e := range all[i].evidence {
			if n == 0 || i == decides {
				e.Text = prefix(i) + e.Text
				out.evidence = append(out.evidence, e)
			}
		}
		for _, q := range all[i].unjudged {
			if !contains(out.unjudged, q) {
				out.unjudged = append(out.unjudged, q)
			}
		}
	}
	add(decides)
	for i := range all {
		if i != decides {
			add(i)
		}
	}
	return out
}

// rank orders rungs by which of two branches decides: bad verdicts first, then
// what is not known, then exposed and better.
func rank(r bedlock.Rung) int {
	switch {
	case r == bedlock.Unread:
		return int(bedlock.Unusable)*2 + 1
	case r == bedlock.Unresolved:
		return int(bedlock.Unusable)*2 + 2
	case r >= bedlock.Exposed:
		return int(r)*2 + 2
	}
	return int(r) * 2
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

func (j *judge) branch(c slotCase, n *inventory.Named) standing {
	switch {
	case n.Key != "":
		if v := j.keys[n.Key]; v != nil {
			return j.keyed(c, n, v)
		}
	case n.Store != "":
		return j.throughStore(c, n)
	}
	at := orAt(n.Text.At(), c.resource.At)
	switch n.Text.State() {
	case inventory.StateUnread:
		return unread("could not be read: "+n.Text.Why(), liftUnread, at)
	case inventory.StateUnknown:
		return unresolved(n.Text.Why(), at)
	case inventory.StateAbsent:
		return c.unnamed(n, at)
	case inventory.Unrecorded:
		return unread("the source does not record what is named here", liftUnread, at)
	}
	text, _ := n.Text.Get()
	if text == "" {
		return c.empty(n, at)
	}
	if c.through() && n.Form == "" {
		return c.namedStore(text, at)
	}
	return c.named(n, text, at)
}

// empty judges an empty string, which names nothing, as nothing.
func (c slotCase) empty(n *inventory.Named, at bedlock.Position) standing {
	s := c.unnamed(n, at)
	text := "the value is an empty string, which names no key"
	switch s.rung {
	case bedlock.AWSManaged:
		text += ": " + firstText(n.Default, "the AWS-managed key of the account")
	case bedlock.Unkeyed:
	default:
		return c.unkeyed(text, at)
	}
	s.evidence = []bedlock.Evidence{evidence(at, text)}
	return s
}

func (c slotCase) through() bool { return c.slot != nil && len(c.slot.Through) > 0 }

func unread(reason, lift string, at bedlock.Position) standing {
	return standing{rung: bedlock.Unread, rule: ruleUnread, evidence: []bedlock.Evidence{evidence(at, reason)}, lift: lift}
}

func unresolved(reason string, at bedlock.Position) standing {
	return standing{rung: bedlock.Unresolved, rule: ruleUnresolved, evidence: []bedlock.Evidence{evidence(at, reason)}, lift: liftUnknown(reason)}
}

// unnamed judges a slot in which nothing is named.
func (c slotCase) unnamed(n *inventory.Named, at bedlock.Position) standing {
	owner, phrase := n.Owner, n.Default
	if owner == "" && c.slot != nil && !c.through() {
		owner, phrase = c.slot.Default.Owner, firstText(phrase, c.slot.Default.Text)
	}
	switch owner {
	case catalog.OwnerAWSManaged:
		s := standing{rung: bedlock.AWSManaged, rule: ruleAWSManaged, lift: c.setting()}
		s.evidence = []bedlock.Evidence{evidence(at, "no key is named: "+firstText(phrase, "the AWS-managed key of the account"))}
		return s
	case catalog.OwnerAWSOwned:
		return c.unkeyed("no key is named: "+firstText(phrase, "a key owned by the service"), at)
	case catalog.OwnerNone:
		return c.unkeyed("no key is named: "+firstText(phrase, "stored without encryption"), at)
	case catalog.OwnerCustomer:
		return unread("a customer-managed key is asked for, but which one is not written", liftUnread, at)
	}
	if c.through() {
		return unread("the store is not written, so its key is not known", "include the source that names the store", at)
	}
	return unread("what protects the slot when no key is named is not known to this version", liftUnread, at)
}

func (c slotCase) unkeyed(text string, at bedlock.Position) standing {
	rule := ruleUnkeyed
	if c.entry != nil && c.entry.Family == catalog.FamilyStore {
		rule = ruleStoreUnkeyed
	}
	return standing{rung: bedlock.Unkeyed, rule: rule, evidence: []bedlock.Evidence{evidence(at, text)}, lift: c.setting()}
}

func broken(rule, text, lift string, at bedlock.Position) standing {
	return standing{rung: bedlock.Broken, rule: rule, evidence: []bedlock.Evidence{evidence(at, text)}, lift: lift}
}

// named judges a key that is named and not in the inventory: only what its text
// alone shows.
func (c slotCase) named(n *inventory.Named, text string, at bedlock.Position) standing {
	if reason := unknownPart(text); reason != "" {
		return unresolved(reason, at)
	}
	k, ok := arn.ParseKey(text)
	if !ok {
		lift := "write the ARN of a customer-managed key"
		if strings.HasPrefix(text, "$") || strings.Contains(text, "aws_kms") || strings.HasPrefix(text, "!") {
			lift = "write the reference itself, not its text in quotes"
		}
		what := "is neither a key ARN, a key id nor an alias; the service refuses it"
		if a, err := arn.Parse(text); err == nil && a.Service == "kms" && strings.HasPrefix(a.Resource, "key/") {
			what = "has a key id that is neither a UUID nor mrk- with 32 hexadecimal digits; KMS has no such key"
		}
		s := broken(ruleNoKey, "the value "+quote(text)+" "+what, lift, at)
		s.key = text
		return s
	}
	if k.IsAWSManaged() {
		s := standing{rung: bedlock.AWSManaged, rule: ruleAWSManaged, key: text, lift: c.setting()}
		s.evidence = []bedlock.Evidence{evidence(at, "names "+text+", a key that AWS manages")}
		if c.slot != nil && c.slot.Key.AWSManaged == catalog.No {
			s.evidence = append(s.evidence, evidence(at, "the service does not accept AWS-managed keys here"))
		}
		return s
	}
	if f := c.misplaced(plain(k.ARN.Partition), plain(k.ARN.Region), plain(k.ARN.Account), text); f != nil {
		return brokenBy(f, text, at)
	}
	if f := c.refused(formOf(n, k), k.IsMultiRegion(), text); f != nil {
		return brokenBy(f, text, at)
	}
	s := unread("names "+text+", which is not among the inputs; its owner, state and policy could not be read", "include the source that creates the key, or audit what is deployed", at)
	s.key = text
	return s
}

func brokenBy(f *fault, key string, at bedlock.Position) standing {
	s := broken(f.rule, f.message, firstText(f.fix, table().byID[f.rule].Remediation), at)
	s.key = key
	return s
}

func quote(s string) string { return "\"" + clip(s) + "\"" }

func formOf(n *inventory.Named, k arn.Key) catalog.Form {
	if n.Form != "" {
		return n.Form
	}
	return catalog.FormOf(k)
}
