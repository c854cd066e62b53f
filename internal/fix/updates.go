package fix

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// target is what one step changes: a resource, as far as a recipe goes.
type target struct {
	resource string
	recipe   *recipe
}

func (c *choice) target() target {
	return target{c.resource.ID, recipeOf(c.entry.Type, c.slot.Name)}
}

// stuck is why a resource stays as it is.
type stuck struct {
	why    string
	unread bool // it could not be read
}

// updates plans the resources, each once for all of its slots that change together. Those that
// cannot be carried over are stuck.
func (m *maker) updates(ctx context.Context) error {
	together := map[target][]*choice{}
	var order []target
	for _, c := range m.chosen {
		if c.group == nil {
			if !m.stuck[c.target()].unread {
				m.manual(c)
			}
			continue
		}
		at := c.target()
		if together[at] == nil {
			order = append(order, at)
		}
		together[at] = append(together[at], c)
	}
	if m.Publish {
		return m.publishAll(ctx, order, together)
	}
	for _, at := range order {
		m.carry(at, together[at])
	}
	return nil
}

// reading is a resource, or a copy of it, as it was read.
type reading struct {
	*parts
	state  *State
	before wire.Object
	rest   wire.Object
}

// look reads what may be changed, before anything is planned: what is read can say that it stays.
func (m *maker) look(ctx context.Context) error {
	m.readings = map[target][]reading{}
	var order []*choice
	for _, c := range m.chosen {
		if _, seen := m.readings[c.target()]; !seen && m.obstacle(c) == "" {
			m.readings[c.target()] = nil
			order = append(order, c)
		}
	}
	for i, c := range order {
		read, err := m.readAll(ctx, c)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			m.unreadable(c, err)
		}
		m.readings[c.target()] = read
		if m.Progress != nil {
			m.Progress(i+1, len(order))
		}
	}
	return nil
}

// readAll reads a resource with its copies.
func (m *maker) readAll(ctx context.Context, c *choice) (out []reading, err error) {
	r := recipeOf(c.entry.Type, c.slot.Name)
	copies := r.Copies
	if len(copies) == 0 {
		copies = []string{""}
	}
	for _, copied := range copies {
		p, err := r.of(c.entry, c.resource.ID)
		if err != nil {
			return nil, err
		}
		p.copy, p.names["title"] = copied, c.resource.Name.Or("")
		p.managed = m.managed
		x := reading{parts: p, state: p.state()}
		if p.answer, x.before, err = x.state.observe(ctx, m.Estate, Place{c.subject.Account, c.subject.Region}); err != nil {
			return nil, err
		}
		if p.answer == nil && copied != "" {
			continue
		}
		if refs := referencesIn(x.before); len(refs) > 0 {
			return nil, fmt.Errorf("its configuration has a text like %s, which plans have a meaning for: it cannot be carried over", refs[0][0])
		}
		if x.rest, err = m.readRest(ctx, &x, Place{c.subject.Account, c.subject.Region}); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		err = errors.New("it is not there any more")
	}
	return out, err
}

// unchangeable is why a resource that was read stays as it is; empty: it need not.
func (m *maker) unchangeable(c *choice) string {
	if s, ok := m.stuck[c.target()]; ok {
		return s.why
	}
	for _, x := range m.readings[c.target()] {
		if x.recipe.Stays == nil {
			continue
		}
		if why := x.recipe.Stays(x.parts, c.slot.Name, m.Target.Aim); why != "" {
			return why
		}
	}
	return ""
}

// carry is update; false: the resource cannot be carried over, and is stuck.
func (m *maker) carry(at target, slots []*choice) bool {
	err := m.update(slots)
	if err != nil {
		m.stuck[at] = stuck{why: "its configuration cannot be carried over: " + err.Error()}
	}
	return err == nil
}

// update plans a resource, each of its copies with a step of its own.
func (m *maker) update(slots []*choice) error {
	c := slots[0]
	for _, c := range slots {
		if c.owner == catalog.OwnerAWSManaged && c.target().recipe.Tells {
			c.subject.To = m.managedKey(c.group)
		}
	}
	changed := false
	for _, x := range m.readings[c.target()] {
		done, err := m.updateCopy(&x, slots)
		if err != nil {
			return err
		}
		changed = changed || done
	}
	if !changed && c.group != nil {
		for _, c := range slots {
			c.subject.Why = "it has this key already"
		}
	}
	return nil
}

// updateCopy plans one copy of a resource, unless it has its key already.
func (m *maker) updateCopy(x *reading, slots []*choice) (changed bool, err error) {
	c, r := slots[0], x.recipe
	name := strings.TrimSpace(c.entry.Title + "-" + c.resource.Name.Or("") + " " + cmp.Or(x.copy, r.Part))
	x.step, x.back = m.nextID(Update, name), false
	s := Step{
		Kind: Update, Place: Place{c.subject.Account, c.subject.Region}, Subject: c.resource.ID,
		State: x.state, Wait: x.wait(), Before: x.before, After: x.before, Rest: x.rest, Take: x.take(),
	}
	for _, c := range slots {
		if c.group == nil {
			continue // only what it names changes
		}
		c.subject.Data = r.Data
		if s.After, err = r.Key(s.After, c.slot.Name, c.subject.To); err != nil {
			return false, err
		}
	}
	keyed, repinned := !Equal(s.Before, s.After), m.repins(c)
	if !keyed && !repinned {
		return false, nil
	}
	if s.Do, err = r.Write(x.parts, s.Before, s.After); err != nil {
		return false, err
	}
	x.back = true
	s.Undo, err = r.Write(x.parts, s.After, s.Before)
	switch {
	case errors.Is(err, errNoWayBack):
		s.Lasting = err.Error()
	case err != nil:
		return false, fmt.Errorf("back: %w", err)
	}
	if repinned {
		m.repin(&s, c)
	}
	g := c.group
	switch {
	case !keyed:
		s.Kind, s.Title = Switch, c.subject.Title+": name what is published"
	case c.owner == catalog.OwnerAWSManaged:
		s.Title = c.subject.Title + ": under " + g.alias + ", which AWS manages"
	case g.key == "":
		s.Title = c.subject.Title + ": without a key of yours (" + c.offer.Text + ")"
	case g.made != "":
		s.Title = c.subject.Title + ": under " + g.alias
	default:
		s.Title = c.subject.Title + ": under " + keyName(m.Inventory, g.key)
		s.Given = []Fact{m.usable(g)}
	}
	if part := cmp.Or(x.copy, r.Part); part != "" {
		s.Title += ", " + part
	}
	if keyed && repinned {
		s.Title += ", and with the versions that are published"
	}
	m.add(s, name)
	return keyed, nil
}

// usable is the fact that an existing key is enabled and what it was.
func (m *maker) usable(g *group) Fact {
	state := State{Read: kms("DescribeKey", wire.Object{"KeyId": g.key}), At: "KeyMetadata", Only: []string{"Arn", "KeyState", "KeySpec", "KeyUsage"}}
	k := m.Inventory.Key(g.key)
	want := wire.Object{"Arn": g.key, "KeyState": k.State.Or("Enabled"), "KeySpec": k.Spec.Or("SYMMETRIC_DEFAULT"), "KeyUsage": k.Usage.Or("ENCRYPT_DECRYPT")}
	return Fact{State: state, Digest: Digest(want), Want: want, Title: "state of key " + keyName(m.Inventory, g.key)}
}

// judge audits the inventory as it is to be.
func (m *maker) judge(ctx context.Context) error {
	reaches := map[[2]string]*bedlock.Slot{}
	_, err := audit.Run(ctx, m.planned, audit.Options{Catalog: m.Catalog, IsolationTag: m.IsolationTag, Now: m.Now}, func(msg bedlock.Message) error {
		if msg.Slot != nil {
			reaches[[2]string{msg.Slot.Subject.ID, msg.Slot.Subject.Slot}] = msg.Slot
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.losers = losers{}
	now, e := estate.New(m.Inventory, m.Catalog), estate.New(m.planned, m.Catalog)
	for _, c := range m.chosen {
		c.subject.Because, c.subject.Lift, c.subject.Callers = nil, "", false
		if s := reaches[[2]string{c.subject.Resource, c.subject.Slot}]; s != nil {
			c.subject.Reaches = s.Rung
			if s.Rung < bedlock.Sound {
				c.subject.Because, c.subject.Lift = s.Evidence, s.Lift
			}
			c.subject.Callers = s.Rung == bedlock.Unusable && c.group != nil && m.uncalled(e, c)
		}
		c.subject.Users = m.users(c)
		m.losing(now, e, c)
		m.plan.Subjects = append(m.plan.Subjects, c.subject)
	}
	return nil
}

// uncalled says whether nobody can do with the key what callers of the service need.
func (m *maker) uncalled(e *estate.Estate, c *choice) bool {
	resources := m.planned.Parts().Resources
	i, _ := slices.BinarySearchFunc(resources, c.resource.ID, func(r inventory.Resource, id string) int { return strings.Compare(r.ID, id) })
	for _, ref := range e.SlotsOf(&resources[i]) {
		if ref.Name != c.name || ref.Slot == nil {
			continue
		}
		if slices.ContainsFunc(e.Uses(ref.Resource, ref.Slot, ref.Key, ref.When), func(u estate.Use) bool {
			return u.Need.Who == "caller" && u.Verdict == estate.Unable
		}) {
			return true
		}
	}
	return false
}

// settle puts the names of steps in the place of the keys that they create.
func (m *maker) settle() error {
	b, err := json.Marshal(m.plan)
	if err != nil {
		return err
	}
	var names []string
	for _, g := range m.groups {
		if g.made != "" {
			names = append(names, g.key, Ref(g.made, "KeyMetadata.Arn"))
		}
	}
	plan := &Plan{}
	if err := json.Unmarshal([]byte(strings.NewReplacer(names...).Replace(string(b))), plan); err != nil {
		return err
	}
	m.plan = plan
	return nil
}
