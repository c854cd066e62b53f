package rehearse

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
)

// adopt puts the keys of the inventory into the twin. RSA keys that the plan does not name are left
// out: making one takes seconds, and nothing asks for it.
func (r *rehearsal) adopt(ctx context.Context) {
	text, _ := json.Marshal(r.Plan) // it was read from JSON
	parts := r.Inventory.Parts()
	for i := range parts.Keys {
		k := &parts.Keys[i]
		full := cmp.Or(k.ARN.Or(""), k.ID)
		a, err := arn.Parse(full)
		if err != nil {
			r.left("key %s has no ARN", cmp.Or(k.Name, k.ID))
			continue
		}
		if strings.HasPrefix(k.Spec.Or(""), "RSA_") && !strings.Contains(string(text), full) {
			continue
		}
		if err := r.twin.KMS.Adopt(ctx, r.key(k, a), r.aliases(k), r.grants(k, a)); err != nil {
			r.left("key %s cannot be held: %v", cmp.Or(k.Name, full), err)
		}
	}
}

// key is a key as the plane has it.
func (r *rehearsal) key(k *inventory.Key, a arn.ARN) kms.Key {
	out := kms.Key{
		ID: strings.TrimPrefix(a.Resource, "key/"), Account: a.Account, Region: a.Region, Description: k.Description.Or(""),
		Spec: material.Spec(k.Spec.Or("")), Usage: material.Usage(k.Usage.Or("")), Origin: kms.Origin(k.Origin.Or("")), State: kms.State(k.State.Or("")),
		Rotation: k.Rotation.Or(false), RotationPeriod: k.RotationDays.Or(0), MultiRegion: k.MultiRegion.Or(false),
	}
	for name, v := range k.Tags.Known {
		out.Tags = append(out.Tags, kms.Pair{Key: name, Value: v})
	}
	if primary, err := arn.Parse(k.Primary.Or("")); err == nil && k.Replica {
		out.Primary = primary.Region
	}
	ours := k.Manager.Or(catalog.OwnerCustomer) == catalog.OwnerCustomer
	if text, ok := k.Policy.Get(); ok {
		out.Policy = text.Text
	} else if ours {
		out.Policy = `{"Version":"2012-10-17","Statement":[]}`
		r.left("the policy of key %s is not known: %s", cmp.Or(k.Name, k.ID), cmp.Or(k.Policy.Why(), "it was not read"))
	}
	if !ours {
		out.Manager = "AWS"
		for _, name := range r.aliases(k) {
			out.Service = strings.TrimPrefix(name, "alias/aws/")
		}
	}
	if out.State == kms.PendingDeletion {
		out.Until = time.Now().Add(30 * 24 * time.Hour)
		if at, err := time.Parse(time.RFC3339, k.DeletionDate.Or("")); err == nil && at.After(time.Now()) {
			out.Until = at
		}
	}
	return out
}

func (r *rehearsal) aliases(k *inventory.Key) []string {
	return r.places.aliases[k.ID]
}

func (r *rehearsal) grants(k *inventory.Key, a arn.ARN) (out []kms.Grant) {
	for _, g := range r.places.grants[k.ID] {
		grantee, known := g.Grantee.Get()
		operations, listed := g.Operations.Get()
		if !known || !listed {
			r.left("grant %s of key %s is not known", g.ID, cmp.Or(k.Name, k.ID))
			continue
		}
		made := kms.Grant{
			ID: g.ID[strings.LastIndexAny(g.ID, "/#:")+1:], Issuer: "arn:" + a.Partition + ":iam::" + a.Account + ":root", Operations: operations,
			ContextEquals: g.ContextEquals, ContextSubset: g.ContextSubset, SourceARN: g.SourceARN.Or(""),
		}
		made.Grantee, made.GranteeService = split(grantee)
		made.Retiring, made.RetiringService = split(g.Retiring.Or(""))
		out = append(out, made)
	}
	return out
}

// split tells a principal from a service: logs.eu-west-1.amazonaws.com, in China with another ending.
func split(who string) (principal, service string) {
	if !strings.HasPrefix(who, "arn:") && strings.Contains(who, ".") {
		return "", who
	}
	return who, ""
}
