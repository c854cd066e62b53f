package fix

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// owner is whose key a slot is to have.
func (m *maker) owner(s *catalog.Slot) catalog.Owner {
	switch m.Target.Aim {
	case Default:
		return s.Back()
	case AWSOwned:
		return catalog.OwnerAWSOwned
	case AWSManaged:
		return catalog.OwnerAWSManaged
	}
	return catalog.OwnerCustomer
}

// unoffered is why a slot cannot have the key of AWS that is wanted; empty: it can, or it is to
// have none of AWS, or the key of another slot.
func (c *choice) unoffered() string {
	if c.owner == catalog.OwnerCustomer || c.slot.Change == catalog.Elsewhere || c.offer.None == "" {
		return ""
	}
	return fmt.Sprintf("no %s key: %s (%s)", c.owner, c.offer.None, c.offer.Source)
}

// there says of a slot that has the key that AWS manages that it is to have that one.
func (c *choice) there() string {
	if c.owner == catalog.OwnerAWSManaged && c.subject.Rung == bedlock.AWSManaged {
		return "it is under " + c.offer.Alias + " already"
	}
	return ""
}

// Named is what a slot names when it has the key of a subject after the plan; to is that key, with
// answers in the place of their names.
func (s *Subject) Named(slot *catalog.Slot, to string) inventory.Named {
	switch {
	case s.Owner == catalog.OwnerAWSManaged:
		return inventory.Named{Text: known(slot.Offered(s.Owner).Alias), How: "by the plan", Form: catalog.FormAlias}
	case to != "":
		return inventory.Named{Text: known(to), Key: to, How: "by the plan", Form: catalog.FormKeyARN}
	}
	n := inventory.Named{Text: inventory.Absent[string](bedlock.Position{}), Owner: s.Owner, Default: slot.Default.Text}
	if o := slot.Offered(s.Owner); o.Text != "" {
		n.Default = o.Text
	}
	return n
}

// managed says whether a key is one that AWS manages in the account.
func (m *maker) managed(key string) bool {
	for id := range m.awsKeys {
		if m.awsKeys[id] == key {
			return true
		}
	}
	k := m.Inventory.Key(key)
	return k != nil && k.Manager.Or("") == catalog.OwnerAWSManaged
}

// managedKey is the ARN of the key that AWS manages for the resources of a group. One that the
// source does not have is made by a step: AWS makes it when somebody describes it.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
func (m *maker) managedKey(g *group) string {
	at := managedAt{g.Place, g.alias}
	if m.awsKeys[at] != "" {
		return m.awsKeys[at]
	}
	for _, a := range m.Inventory.Parts().Aliases {
		if k := m.Inventory.Key(a.Key); k != nil && a.Name.Or("") == g.alias && a.Account.Or("") == g.Account && a.Region.Or("") == g.Region {
			m.awsKeys[at] = k.ARN.Or(k.ID)
			return m.awsKeys[at]
		}
	}
	s := m.add(Step{
		Kind: ManagedKey, Place: g.Place, Title: "have AWS make " + g.alias + ", if it is not there",
		Subject: fmt.Sprintf("arn:%s:kms:%s:%s:%s", arn.PartitionOf(g.Region), g.Region, g.Account, g.alias),
		Do:      []Call{kms("DescribeKey", wire.Object{"KeyId": g.alias})},
	}, strings.TrimPrefix(g.alias, "alias/"))
	m.awsKeys[at] = Ref(s.ID, "KeyMetadata.Arn")
	return m.awsKeys[at]
}

// managedAt is a key that AWS manages somewhere.
type managedAt struct {
	Place
	alias string
}
