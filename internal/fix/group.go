package fix

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// group is what gets one key.
type group struct {
	Place
	name    string // what tells the groups of a place apart; empty: there is one
	key     string // the key's ID in the planned inventory, its ARN; empty: one of AWS
	alias   string // of the key, also of one that AWS manages
	made    string // the step that creates the key; empty: it is there
	choices []*choice
}

// groupKey tells groups apart.
type groupKey struct {
	Place
	name string
}

// aims says for each slot what its key is to be, or why nothing is done about it.
func (m *maker) aims() error {
	var errs []error
	m.grouped, m.awsKeys = map[groupKey]*group{}, map[managedAt]string{}
	for _, c := range m.chosen {
		if c.subject.Why = cmp.Or(m.obstacle(c), m.unchangeable(c)); c.subject.Why != "" {
			continue
		}
		if m.Target.Aim == Existing {
			if err := m.accepts(c, m.Inventory.Key(m.Target.Key)); err != nil {
				c.subject.Why = err.Error()
				if !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
					errs = append(errs, err)
				}
				continue
			}
		}
		g := m.groupOf(c)
		g.choices = append(g.choices, c)
		c.group = g
	}
	if len(m.groups) > 0 {
		errs = nil // those that the key does not fit are listed
	}
	if m.Target.Aim != New {
		return errors.Join(errs...)
	}
	taken := map[groupKey]bool{}
	for _, a := range m.Inventory.Parts().Aliases {
		taken[groupKey{Place{a.Account.Or(""), a.Region.Or("")}, a.Name.Or("")}] = true
	}
	for _, g := range m.groups {
		g.alias = strings.ReplaceAll(m.Target.Alias, "{group}", slug(g.name))
		if taken[groupKey{g.Place, g.alias}] {
			errs = append(errs, fmt.Errorf("%s is there already in account %s, %s: name another alias, or its key as the target", g.alias, g.Account, g.Region))
		}
	}
	return errors.Join(errs...)
}

// obstacle is why no step can change a slot's key; empty: one can.
func (m *maker) obstacle(c *choice) string {
	if why := cmp.Or(c.unoffered(), c.there()); why != "" {
		return why
	}
	switch c.slot.Change {
	case catalog.InPlace, catalog.Once:
		r, reason := recipeOf(c.entry.Type, c.slot.Name), reasonAgainst(c.entry.Type, c.slot.Name)
		switch {
		case c.slot.Change == catalog.Once && m.Target.Aim.OfAWS():
			return "a key that was set once cannot be taken away"
		case c.slot.Change == catalog.Once && c.subject.From != "" && c.subject.Rung != bedlock.AWSManaged:
			return "its key was set once and cannot be changed"
		case r != nil && r.Keeps && m.Target.Aim.OfAWS():
			return errNoWayBack.Error()
		case r == nil && reason != "":
			return reason
		case r == nil:
			return "Bedlock does not know yet how to change it in place"
		case c.resource.Account.Or("") == "" || c.resource.Region.Or("") == "":
			return "its account or Region is not known"
		}
		return ""
	case catalog.Elsewhere:
		return "its key is that of another resource, and follows it"
	case catalog.NewVersion:
		return "a version keeps its key: publish a new one after the draft has the new key"
	case catalog.History:
		return "it is finished and keeps its key"
	}
	return "the key is chosen when it is created"
}

// groupOf returns the group of a slot.
func (m *maker) groupOf(c *choice) *group {
	place, name := Place{c.subject.Account, c.subject.Region}, ""
	switch m.Target.Per {
	case PerIsolation:
		name = cmp.Or(c.resource.Tags.Known[m.IsolationTag], "shared")
	case PerResource:
		name = cmp.Or(c.resource.Name.Or(""), c.resource.ID)
	}
	if m.Target.Aim.OfAWS() {
		name = c.offer.Alias
	}
	if g := m.grouped[groupKey{place, name}]; g != nil {
		return g
	}
	g := &group{Place: place, name: name}
	switch m.Target.Aim {
	case Default, AWSOwned, AWSManaged:
		g.alias = name
	case Existing:
		g.key = m.Target.Key
	case New:
		g.key = imagined(place, name)
	}
	m.groups, m.grouped[groupKey{place, name}] = append(m.groups, g), g
	return g
}

// imagined is the ARN by which the key of a group goes until a step has created it.
func imagined(p Place, name string) string {
	sum := sha256.Sum256([]byte(p.Account + " " + p.Region + " " + name))
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/%x-%x-%x-%x-%x", arn.PartitionOf(p.Region), p.Region, p.Account, sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// accepts says whether a slot takes an existing key.
func (m *maker) accepts(c *choice, k *inventory.Key) error {
	if k == nil {
		return fmt.Errorf("key %s is not in the source: it must be read for its policy to be known", m.Target.Key)
	}
	a, err := arn.Parse(m.Target.Key)
	if err != nil {
		return err
	}
	no := func(format string, args ...any) error {
		return fmt.Errorf("%s cannot be put under %s: %s", c.subject.Title, m.Target.Key, fmt.Sprintf(format, args...))
	}
	rules := &c.slot.Key
	spec, usage := k.Spec.Or("SYMMETRIC_DEFAULT"), k.Usage.Or("ENCRYPT_DECRYPT")
	specs := rules.Specs
	if len(specs) == 0 {
		specs = []string{"SYMMETRIC_DEFAULT"}
	}
	switch {
	case a.Region != c.subject.Region:
		return no("it is in %s and the key in %s", c.subject.Region, a.Region)
	case a.Account != c.subject.Account && rules.CrossAccount != catalog.Yes:
		return no("the service does not take keys of other accounts, or nothing confirms that it does")
	case !slices.Contains(specs, spec):
		return no("the key's spec is %s, and the service takes %s", spec, strings.Join(specs, ", "))
	case usage != cmp.Or(rules.Usage, "ENCRYPT_DECRYPT"):
		return no("the key is for %s", usage)
	case k.State.Or("Enabled") != "Enabled":
		return no("the key is %s", k.State.Or(""))
	case k.MultiRegion.Or(false) && rules.MultiRegion == catalog.No:
		return no("the service does not take multi-Region keys")
	}
	return nil
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a name in the letters of IDs and aliases.
func slug(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 && strings.HasPrefix(name, "arn:") {
		name = name[i+1:]
	}
	s := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	return cmp.Or(s[:min(len(s), 40)], "x")
}

// head says of each slot that changes what its key is to be.
func (m *maker) head() {
	for _, g := range m.groups {
		for _, c := range g.choices {
			c.subject.To, c.subject.Owner = g.key, ""
			if g.key == "" {
				c.subject.To, c.subject.Owner = g.alias, c.owner
			}
		}
	}
}

// imagine makes the inventory as it is to be: slots under their keys, and the keys that are to be
// created, without policies yet.
func (m *maker) imagine() error {
	var b bytes.Buffer
	if err := inventory.Write(&b, m.Inventory); err != nil {
		return err
	}
	copied, err := inventory.Read(b.Bytes())
	if err != nil {
		return err
	}
	parts := copied.Parts()
	var versions []inventory.Resource
	for _, g := range m.groups {
		if m.Target.Aim == New {
			parts.Keys = append(parts.Keys, m.newKey(g))
		}
		for _, c := range g.choices {
			i, _ := slices.BinarySearchFunc(parts.Resources, c.resource.ID, func(r inventory.Resource, id string) int { return strings.Compare(r.ID, id) })
			slot := parts.Resources[i].Slot(c.name)
			slot.Named = []inventory.Named{c.subject.Named(c.slot, c.subject.To)}
			if v := m.publishes(c); v != "" && g.key != "" {
				r := parts.Resources[i]
				r.ID, r.Type, r.Slots = r.ID+":0", v, []inventory.Slot{*slot}
				versions = append(versions, r)
			}
		}
	}
	parts.Resources = append(parts.Resources, versions...)
	m.planned, err = inventory.New(parts)
	return err
}

func known[T any](v T) inventory.Value[T] { return inventory.Known(v, bedlock.Position{}) }

func (m *maker) newKey(g *group) inventory.Key {
	absent := inventory.Absent[string](bedlock.Position{})
	return inventory.Key{
		ID: g.key, ARN: known(g.key), Name: g.alias, Place: inventory.Place{Account: known(g.Account), Region: known(g.Region)},
		Manager: known(catalog.OwnerCustomer), State: known("Enabled"), Spec: known("SYMMETRIC_DEFAULT"), Usage: known("ENCRYPT_DECRYPT"), Origin: known("AWS_KMS"),
		MultiRegion: known(false), Rotation: known(true), RotationDays: known(cmp.Or(m.Target.RotationDays, defaultRotation)),
		DeletionDate: absent, ValidTo: absent, Tags: inventory.Tags{Known: m.Target.Tags},
	}
}

// defaultRotation is a year, as KMS has it. DefaultDeletion days is the longest window: it is the
// time in which a key that was taken back can be saved.
const (
	defaultRotation = 365
	defaultDeletion = 30
)
