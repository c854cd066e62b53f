package graph

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// keyManagers are the values of KeyManager.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
var keyManagers = map[string]catalog.Owner{"AWS": catalog.OwnerAWSManaged, "CUSTOMER": catalog.OwnerCustomer}

// deployedKeys collects keys as KMS describes them.
func (a *assembly) deployedKeys(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		if e := a.entry(r); e != nil && e.Kind == catalog.KindKey {
			a.keyIDs[r.ID] = true
			a.parts.Keys = append(a.parts.Keys, deployedKey(facts{a, r, e}))
		}
	}
}

func deployedKey(f facts) inventory.Key {
	r := f.r
	k := inventory.Key{
		ID: r.ID, ARN: inventory.Known(r.ID, r.At), Name: r.ID[strings.LastIndexByte(r.ID, '/')+1:], Place: r.place(), At: r.At,
		Manager: f.manager(),
		State:   text(f.value("state")), Spec: text(f.value("spec")), Usage: text(f.value("usage")), Origin: text(f.value("origin")),
		MultiRegion: f.bool("multiRegion", false),
		Description: text(f.value("description")),
	}
	k.DeletionDate, k.ValidTo = text(f.value("deletionDate")), text(f.value("validTo"))
	if f.value("multiRegionType").Text == "REPLICA" {
		k.Replica, k.Primary = true, text(f.value("primary"))
	}
	if k.Manager.Or(catalog.OwnerCustomer) == catalog.OwnerAWSManaged {
		k.Tags.Open = "not asked for, as AWS manages the key"
		return k
	}
	k.Tags = tagsOf(f.list("tags"))
	k.Policy = policyOf(f.value("policy"))
	if k.Policy.State() == inventory.StateAbsent { // every key has one
		k.Policy = inventory.Unread[inventory.Policy]("GetKeyPolicy gave no policy", r.At)
	}
	if rotation := f.value("rotation"); rotation.Kind != Absent {
		k.Rotation, k.RotationDays = f.bool("rotation", false), f.int("rotationDays", defaultRotationDays)
	}
	k.UseTracked = text(f.value("useTracked"))
	k.LastUse = f.lastUse()
	return k
}

// manager says who manages a deployed key.
func (f facts) manager() inventory.Value[catalog.Owner] {
	v := f.value("manager")
	if v.isGap() {
		return gap[catalog.Owner](v)
	}
	if owner, ok := keyManagers[v.Text]; ok {
		return inventory.Known(owner, v.At)
	}
	return inventory.Unknown[catalog.Owner]("KeyManager is "+strconv.Quote(v.Text)+", which this version does not know", v.At)
}

// list is an attribute that is a list as one value.
func (f facts) list(name string) Value {
	p, ok := f.e.Attributes[name].Path(f.r.dialect())
	if !ok {
		return Value{At: f.r.At}
	}
	return whole(f.r.Attributes, p)
}

// lastUse reads GetKeyLastUsage. Without an answer nothing is recorded; an answer
// without a use says that there was none since tracking began.
func (f facts) lastUse() inventory.Value[inventory.KeyUse] {
	v := f.value("lastUse")
	switch {
	case v.isGap():
		return gap[inventory.KeyUse](v)
	case v.Kind == Map && v.Get("Timestamp").Kind == String:
		use := inventory.KeyUse{Time: v.Get("Timestamp").Text, Operation: v.Get("Operation").Text, EventID: v.Get("CloudTrailEventId").Text}
		use.Context = f.usedFor(use.EventID)
		return inventory.Known(use, v.At)
	case f.value("useTracked").Kind == Absent:
		return inventory.Value[inventory.KeyUse]{}
	}
	return inventory.Absent[inventory.KeyUse](v.At)
}

// usedFor is the encryption context in the record of CloudTrail with that id, when it
// was looked up.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html
func (f facts) usedFor(eventID string) (context map[string]string) {
	record := parseText(f.r.Attributes.Get("LookupEvents").Get("CloudTrailEvent"))
	if eventID == "" || record.Get("eventID").Text != eventID {
		return nil
	}
	for _, m := range record.Get("requestParameters").Get("encryptionContext").Members {
		if m.Value.Kind == String {
			if context == nil {
				context = map[string]string{}
			}
			context[m.Name] = m.Value.Text
		}
	}
	return context
}

// nameDeployedKeys calls keys by the first of their aliases.
func (a *assembly) nameDeployedKeys() {
	names := map[string]string{}
	for i := range a.parts.Aliases {
		alias := &a.parts.Aliases[i]
		name, ok := alias.Name.Get()
		if best := names[alias.Key]; ok && a.resources[alias.ID].Dialect == API && (best == "" || name < best) {
			names[alias.Key] = name
		}
	}
	for i := range a.parts.Keys {
		if name := names[a.parts.Keys[i].ID]; name != "" {
			a.parts.Keys[i].Name = name
		}
	}
}
