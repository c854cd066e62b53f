package graph

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// What the KMS API assumes for what is left out.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html,
// https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html,
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
const (
	defaultSpec         = "SYMMETRIC_DEFAULT"
	defaultUsage        = "ENCRYPT_DECRYPT"
	defaultOrigin       = "AWS_KMS"
	defaultRotationDays = 365
	defaultDeletionDays = 30
)

func (a *assembly) keys(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		e := a.entry(r)
		if e == nil || (e.Kind != catalog.KindKey && e.Kind != catalog.KindReplica) {
			continue
		}
		k := a.key(r, e)
		a.keyIDs[r.ID] = true
		for _, attribute := range []string{"arn", "key_id", "id"} {
			if v := r.Attributes.Get(attribute); v.Kind == String && v.Text != "" {
				a.keyByARN[v.Text] = r.ID
			}
		}
		a.parts.Keys = append(a.parts.Keys, k)
	}
}

// facts reads the attributes of one resource by the catalogue's names.
type facts struct {
	a *assembly
	r *Resource
	e *catalog.Entry
}

// get returns the attribute, from a companion when one sets it. ok is false when
// neither dialect has it.
func (f facts) get(name string) (Value, bool) {
	elements, _, ok := f.a.elements(f.r, f.e.Attributes[name])
	if !ok {
		return Value{At: f.r.At}, false
	}
	return single(elements[0].branches), true
}

func (f facts) text(name, def string) inventory.Value[string] {
	v, _ := f.get(name)
	if (v.Kind == Absent || v.Kind == String && v.Text == "") && def != "" {
		return inventory.Known(def, f.r.At)
	}
	return text(v)
}

func (f facts) bool(name string, def bool) inventory.Value[bool] {
	v, _ := f.get(name)
	switch {
	case v.Kind == Absent:
		return inventory.Known(def, f.r.At)
	case v.isGap():
		return gap[bool](v)
	case v.IsScalar() && strings.EqualFold(v.Text, "true"):
		return inventory.Known(true, v.At)
	case v.IsScalar() && strings.EqualFold(v.Text, "false"):
		return inventory.Known(false, v.At)
	}
	return inventory.Unknown[bool](name+" is not true or false", v.At)
}

func (f facts) int(name string, def int) inventory.Value[int] {
	v, _ := f.get(name)
	switch {
	case v.Kind == Absent:
		return inventory.Known(def, f.r.At)
	case v.isGap():
		return gap[int](v)
	case v.IsScalar():
		if n, err := strconv.Atoi(v.Text); err == nil {
			return inventory.Known(n, v.At)
		}
	}
	return inventory.Unknown[int](name+" is not a whole number", v.At)
}

func (a *assembly) key(r *Resource, e *catalog.Entry) inventory.Key {
	f := facts{a, r, e}
	k := inventory.Key{
		ID: r.ID, Address: r.Address, Name: r.Address, Place: r.place(), When: r.When, At: r.At,
		ARN:         text(r.Attributes.Get("arn")),
		Manager:     inventory.Known(catalog.OwnerCustomer, r.At),
		Spec:        f.text("spec", defaultSpec),
		Usage:       f.text("usage", defaultUsage),
		Origin:      f.text("origin", defaultOrigin),
		MultiRegion: f.bool("multiRegion", false),
		Description: f.text("description", ""),
	}
	if k.ARN.State() != inventory.StateKnown {
		k.ARN = inventory.Unknown[string]("known only after deployment", r.At)
	}
	k.Tags = r.tags(e.Attributes["tags"])
	if _, ok := f.get("rotation"); ok {
		k.Rotation = f.bool("rotation", false)
		k.RotationDays = f.int("rotationDays", defaultRotationDays)
	}
	k.DeletionDays = f.int("deletionDays", defaultDeletionDays)
	policy, _ := f.get("policy")
	if elements, _, ok := a.elements(r, e.Attributes["policy"]); ok && len(elements[0].branches) > 1 {
		policy = Value{Kind: Choice, Choices: elements[0].branches, At: elements[0].branches[0].Value.At}
	}
	k.Policy = policyOf(policy)
	if e.Kind == catalog.KindReplica || strings.Contains(r.Type, "_replica_") {
		a.replica(r, f, &k)
	}
	a.origin(r, &k)
	a.state(r, f, &k)
	return k
}

// replica fills in what a replica shares with its primary.
func (a *assembly) replica(r *Resource, f facts, k *inventory.Key) {
	k.Replica = true
	k.MultiRegion = inventory.Known(true, r.At)
	k.Rotation, k.RotationDays = inventory.Value[bool]{}, inventory.Value[int]{}
	v, _ := f.get("primary")
	k.Primary = text(v)
	primary := a.resources[v.Target]
	if v.Kind != Ref || primary == nil {
		why := "the primary key is not among the inputs"
		k.Spec = inventory.Unknown[string](why, r.At)
		k.Usage = inventory.Unknown[string](why, r.At)
		k.Origin = inventory.Unknown[string](why, r.At)
		return
	}
	k.Primary = inventory.Known(v.Target, v.At)
	if e := a.entry(primary); e != nil {
		p := facts{a, primary, e}
		k.Spec, k.Usage, k.Origin = p.text("spec", defaultSpec), p.text("usage", defaultUsage), p.text("origin", defaultOrigin)
	}
}

// origin knows the Terraform types and attributes that imply an origin.
// Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key
func (a *assembly) origin(r *Resource, k *inventory.Key) {
	switch {
	case strings.Contains(r.Type, "_external_key"):
		k.Origin = inventory.Known("EXTERNAL", r.At)
	case r.Attributes.Get("xks_key_id").Kind != Absent && r.Attributes.Get("xks_key_id").Text != "":
		k.Origin = inventory.Known("EXTERNAL_KEY_STORE", r.At)
	case r.Attributes.Get("custom_key_store_id").Kind != Absent && r.Attributes.Get("custom_key_store_id").Text != "":
		k.Origin = inventory.Known("AWS_CLOUDHSM", r.At)
	}
}

// state says what the declared key will be in.
func (a *assembly) state(r *Resource, f facts, k *inventory.Key) {
	enabled := f.bool("enabled", true)
	on, known := enabled.Get()
	origin, _ := k.Origin.Get()
	material := r.Attributes.Get("key_material_base64")
	switch {
	case !known:
		k.State = inventory.Unknown[string](enabled.Why(), enabled.At())
	case !on:
		k.State = inventory.Known("Disabled", enabled.At())
	case origin == "EXTERNAL" && material.Kind == Absent:
		k.State = inventory.Unknown[string]("key material is imported outside the code", r.At)
	default:
		k.State = inventory.Known("Enabled", enabled.At())
	}
}

func (a *assembly) aliasNames(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		if e := a.entry(r); e != nil && e.Kind == catalog.KindAlias {
			v := (facts{a, r, e}).value("name")
			if name := r.substitute(v.Text); v.Kind == String {
				a.file(a.aliases, name, r.ID)
			} else if name, ok := a.localAlias(r, v, v.Print()); ok {
				a.file(a.aliases, name, r.ID)
			}
		}
	}
}

func (f facts) value(name string) Value { v, _ := f.get(name); return v }

func (a *assembly) aliasesAndGrants(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		e := a.entry(r)
		if e == nil {
			continue
		}
		f := facts{a, r, e}
		switch e.Kind {
		case catalog.KindAlias:
			target := f.value("target")
			n := a.nameKey(r, target)
			a.parts.Aliases = append(a.parts.Aliases, inventory.Alias{
				ID: r.ID, Name: text(f.value("name")), Place: r.place(), Target: n.Text, Key: n.Key, At: r.At,
			})
		case catalog.KindGrant:
			a.parts.Grants = append(a.parts.Grants, a.grant(f))
		}
	}
}
