package fix

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/inventory"
)

// Request is what a plan is made for.
type Request struct {
	Inventory *inventory.Inventory
	Catalog   *catalog.Catalog
	Target    Target
	Only      Selection
	// Estate is where the configuration of what changes is read.
	Estate Estate
	// Source is what the inventory was made of, for people.
	Source string
	// Callers get identity policies for what is put under the plan's keys, Services statements
	// in their policies.
	Callers  []Caller
	Services []Service
	// FindCallers adds those who would lose the use of what is planned to Callers.
	FindCallers bool
	// Without are the ARNs of users and roles that may lose it: they are to do without.
	Without []string
	// More plans further steps, when the keys are known by what they will be called; nil: there
	// are none.
	More func(ctx context.Context, keys []Key) (*More, error)
	// Publish plans new versions of what has its key, where they are what is in use but for the
	// key, and points aliases at them.
	Publish bool
	// IsolationTag is as in the audit; empty: its default.
	IsolationTag string
	Now          time.Time
	// Progress is told of each resource that was read; nil: nobody is.
	Progress func(done, total int)
}

// Selection says which slots a plan is about. What is empty selects all.
type Selection struct {
	// Resources are IDs of the inventory or names, Types types of the catalogue.
	Resources []string
	Types     []string
	// Rungs are where a slot stands; empty with Resources empty too: unkeyed and aws-managed when
	// the target is a key of the customer, all others when it is one of AWS.
	Rungs    []bedlock.Rung
	Accounts []string
	Regions  []string
	// Match says of a resource and the name of its slot in the catalogue whether it is selected;
	// nil: all are. It narrows what the others select.
	Match func(r *inventory.Resource, slot string) bool
}

// Make makes a plan. The error is about the request. A resource whose configuration cannot be read or
// carried over stays as it is, and its [Subject] says why: one of them does not stop the others.
func Make(ctx context.Context, q Request) (*Plan, error) {
	if err := q.Target.validate(); err != nil {
		return nil, err
	}
	if q.IsolationTag == "" {
		q.IsolationTag = audit.DefaultIsolationTag
	}
	m := &maker{Request: q, plan: &Plan{}, stuck: map[target]stuck{}}
	if err := m.choose(ctx); err != nil {
		return nil, err
	}
	if len(m.chosen) == 0 {
		return nil, m.nothing()
	}
	if err := m.knowWithout(); err != nil {
		return nil, err
	}
	if err := m.look(ctx); err != nil {
		return nil, err
	}
	for {
		if err := m.whole(ctx); err != nil {
			return nil, err
		}
		found := m.foundCallers()
		if !m.FindCallers || len(found) == 0 {
			break
		}
		m.Callers = append(slices.Clip(m.Callers), found...)
	}
	m.addCost()
	m.leaving()
	if err := m.settle(); err != nil {
		return nil, err
	}
	return m.plan, m.plan.Seal()
}

// whole plans everything but what it costs.
func (m *maker) whole(ctx context.Context) error {
	// What turns out to be stuck stays: the keys are planned again without it.
	for before := -1; before < len(m.stuck); {
		before = len(m.stuck)
		if err := m.steps(ctx); err != nil {
			return err
		}
	}
	return m.judge(ctx)
}

// steps plans the steps anew.
func (m *maker) steps(ctx context.Context) error {
	m.plan, m.groups = &Plan{Made: m.Now.UTC(), Source: m.Source, Target: m.Target, Without: m.Without, Unread: m.plan.Unread}, nil
	for _, c := range m.chosen {
		c.group, c.subject.To, c.subject.Owner, c.subject.Data = nil, "", "", ""
	}
	if err := m.aims(); err != nil {
		return err
	}
	m.head()
	if err := m.consumers(ctx); err != nil {
		return err
	}
	if err := m.imagine(); err != nil {
		return err
	}
	steps := []func(context.Context) error{m.keySteps, m.callers}
	if m.Target.Aim == Existing {
		// What the policy of the key lacks is seen with what the callers will have.
		slices.Reverse(steps)
	}
	for _, plan := range append(steps, m.updates, m.more) {
		if err := plan(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ErrNothing says that no slot is selected.
var ErrNothing = errors.New("nothing to plan: no slot of the source is selected, or all stand where they should")

// maker makes one plan.
type maker struct {
	Request
	plan   *Plan
	extra  *More
	chosen []*choice
	// named are the selected IDs and names.
	named map[string]bool
	// readings are what was read of the resources that may change, by what changes together.
	readings map[target][]reading
	// consumed are those who name versions of what is planned, released what is published of it;
	// both by its ARN.
	consumed map[string][]*consumer
	released map[string]*release
	// stuck are those that cannot be read or carried over.
	stuck  map[target]stuck
	groups []*group
	// grouped are the groups by place and name, roles those of the source by what they are called.
	grouped map[groupKey]*group
	roles   map[string]*inventory.Principal
	// principals are those of the source by their ARNs, losers those who lose by theirs.
	principals map[string]*inventory.Principal
	losers     losers
	// awsKeys are the ARNs of keys that AWS manages, as steps name them.
	awsKeys map[managedAt]string
	// planned is the inventory as it is to be.
	planned *inventory.Inventory
	// found are the slots as they stand, by resource and slot.
	found map[[2]string]*bedlock.Slot
}

// choice is a slot that the plan is about.
type choice struct {
	resource *inventory.Resource
	entry    *catalog.Entry
	slot     *catalog.Slot
	name     string // of the slot in the inventory, with its index
	subject  Subject
	group    *group
	// owner is whose key the slot is to have, offer that of AWS.
	owner catalog.Owner
	offer catalog.Offer
}

// choose takes the selected slots, as the audit sees them.
func (m *maker) choose(ctx context.Context) error {
	m.found = map[[2]string]*bedlock.Slot{}
	_, err := audit.Run(ctx, m.Inventory, audit.Options{Catalog: m.Catalog, IsolationTag: m.IsolationTag, Now: m.Now}, func(msg bedlock.Message) error {
		if msg.Slot != nil {
			m.found[[2]string{msg.Slot.Subject.ID, msg.Slot.Subject.Slot}] = msg.Slot
		}
		m.unreadInput(msg.Input)
		return nil
	})
	if err != nil {
		return err
	}
	m.named = map[string]bool{}
	for _, name := range m.Only.Resources {
		m.named[name] = true
	}
	parts, unmet := m.Inventory.Parts(), maps.Clone(m.named)
	for i := range parts.Resources {
		r := &parts.Resources[i]
		delete(unmet, r.ID)
		delete(unmet, r.Name.Or(""))
		entry := m.Catalog.Type(r.Type)
		if entry == nil {
			continue
		}
		for j := range r.Slots {
			s := m.found[[2]string{r.ID, r.Slots[j].Name}]
			slot := entry.Slot(bare(r.Slots[j].Name))
			if s == nil || slot == nil || !m.inScope(r, s) {
				continue
			}
			if !m.selected(s) {
				m.unreadSlot(r, entry, s)
				continue
			}
			m.chosen = append(m.chosen, m.choiceOf(r, entry, slot, s))
		}
	}
	for _, name := range m.Only.Resources {
		if unmet[name] {
			return fmt.Errorf("no resource of the source has the ARN or name %q", name)
		}
	}
	m.follow()
	slices.SortStableFunc(m.chosen, func(a, b *choice) int { return strings.Compare(a.resource.ID, b.resource.ID) })
	return nil
}

func (m *maker) choiceOf(r *inventory.Resource, entry *catalog.Entry, slot *catalog.Slot, s *bedlock.Slot) *choice {
	owner := m.owner(slot)
	return &choice{owner: owner, offer: slot.Offered(owner), resource: r, entry: entry, slot: slot, name: s.Subject.Slot, subject: Subject{
		Resource: r.ID, Type: r.Type, Slot: s.Subject.Slot, Title: title(entry, r),
		Account: r.Account.Or(""), Region: r.Region.Or(""), From: s.Key, Rung: s.Rung, Reaches: s.Rung,
	}}
}

// follow chooses the stores too whose keys count for what is chosen: the bucket and the log group
// of invocation logging, the secret of a data source.
func (m *maker) follow() {
	seen := map[[2]string]bool{}
	for _, c := range m.chosen {
		seen[[2]string{c.resource.ID, c.name}] = true
	}
	for i := 0; i < len(m.chosen); i++ { // it grows: a store may lead to another
		c := m.chosen[i]
		if c.slot.Change != catalog.Elsewhere {
			continue
		}
		for _, n := range c.resource.Slot(c.name).Named {
			store := m.Inventory.Resource(n.Store)
			if store == nil || m.Catalog.Type(store.Type) == nil {
				continue
			}
			entry := m.Catalog.Type(store.Type)
			for j := range store.Slots {
				at := [2]string{store.ID, store.Slots[j].Name}
				slot, s := entry.Slot(bare(at[1])), m.found[at]
				switch {
				case slot == nil || s == nil || seen[at] || slot.Name != n.StoreSlot || !m.moves(s.Rung):
					continue
				case m.Only.Match != nil && !m.Only.Match(store, slot.Name):
					continue
				}
				seen[at] = true
				m.chosen = append(m.chosen, m.choiceOf(store, entry, slot, s))
			}
		}
	}
}

// bare is a slot's name in the catalogue.
func bare(name string) string {
	if i := slices.Index([]byte(name), '['); i >= 0 {
		return name[:i]
	}
	return name
}

// title is what a person calls a resource.
func title(e *catalog.Entry, r *inventory.Resource) string {
	return fmt.Sprintf("%s %q", e.Title, cmp.Or(r.Name.Or(""), r.ID))
}

// inScope says whether a slot is one of those asked for, on whatever rung it stands.
func (m *maker) inScope(r *inventory.Resource, s *bedlock.Slot) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	o := &m.Only
	switch {
	case len(m.named) > 0 && !m.named[r.ID] && !m.named[r.Name.Or("")]:
		return false
	case o.Match != nil && !o.Match(r, bare(s.Subject.Slot)):
		return false
	case !in(o.Types, r.Type), !in(o.Accounts, r.Account.Or("")), !in(o.Regions, r.Region.Or("")):
		return false
	}
	return true
}

// selected says whether a slot in scope is planned.
func (m *maker) selected(s *bedlock.Slot) bool {
	switch {
	case len(m.Only.Rungs) > 0:
		return slices.Contains(m.Only.Rungs, s.Rung)
	case len(m.Only.Resources) > 0:
		return true
	}
	return m.moves(s.Rung)
}

// moves says whether the target is for slots on a rung: a key for those without one, one of AWS for
// those with one.
func (m *maker) moves(r bedlock.Rung) bool {
	without := r == bedlock.Unkeyed || r == bedlock.AWSManaged
	if m.Target.Aim.OfAWS() {
		return !without && r.Judged()
	}
	return without
}
