package rehearse

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
)

// places are where the plan and the inventory speak of a thing: a plan of thousands of steps is not
// looked through for each of them.
type places struct {
	subjects   map[string][]*fix.Subject         // by resource
	steps      map[string][]*fix.Step            // by subject
	aliases    map[string][]string               // names, by key
	grants     map[string][]*inventory.Grant     // by key
	callers    map[string][]*inventory.Principal // users and roles who may call services, by account
	principals map[string]*inventory.Principal   // by ARN
}

func (r *rehearsal) place() *places {
	p := &places{
		subjects: map[string][]*fix.Subject{}, steps: map[string][]*fix.Step{}, aliases: map[string][]string{},
		grants: map[string][]*inventory.Grant{}, callers: map[string][]*inventory.Principal{}, principals: map[string]*inventory.Principal{},
	}
	for i := range r.Plan.Subjects {
		s := &r.Plan.Subjects[i]
		p.subjects[s.Resource] = append(p.subjects[s.Resource], s)
	}
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		p.steps[s.Subject] = append(p.steps[s.Subject], s)
	}
	parts := r.Inventory.Parts()
	for i := range parts.Aliases {
		a := &parts.Aliases[i]
		if name, ok := a.Name.Get(); ok {
			p.aliases[a.Key] = append(p.aliases[a.Key], name)
		}
	}
	for i := range parts.Grants {
		g := &parts.Grants[i]
		p.grants[g.Key] = append(p.grants[g.Key], g)
	}
	for i := range parts.Principals {
		who := &parts.Principals[i]
		p.principals[who.ARN.Or("")] = who
		if who.Kind != inventory.Group && !strings.HasPrefix(who.Path.Or(""), "/aws-service-role/") {
			account := accountOf(who)
			p.callers[account] = append(p.callers[account], who)
		}
	}
	return p
}

// slot is what the plan says of a slot; nil: nothing.
func (p *places) slot(resource, slot string) *fix.Subject {
	for _, s := range p.subjects[resource] {
		if s.Slot == slot {
			return s
		}
	}
	return nil
}

// placeOf is the place of an ID in a list that is sorted by them, -1 when it is not there.
func placeOf[T any](list []T, id string, of func(*T) string) int {
	i, found := slices.BinarySearchFunc(list, id, func(t T, id string) int { return strings.Compare(of(&t), id) })
	if !found {
		return -1
	}
	return i
}
