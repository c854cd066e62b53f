package kms

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// given adds a condition key that the request gives a value.
func given(out authz.Context, key, value string) {
	if value != "" {
		out[key] = authz.Value{Values: []string{value}}
	}
}

// ownConditions are the condition keys that follow from a key alone, and its ARN. They are
// worked out once for all requests, and again when what they follow from has changed.
type ownConditions struct {
	arn     string
	pairs   []conditionPair
	primary string
	aliases []string
	tags    []Pair
}

type conditionPair struct {
	key   string
	value authz.Value
}

// ownConditions returns those of the key that was found.
func (k *found) ownConditions() *ownConditions {
	if k.e == nil { // a key to be
		return newOwnConditions(k.v)
	}
	own := k.e.own.Load()
	// Neither slice is ever changed, so the same one has the same contents.
	if own == nil || own.primary != k.v.Primary || !sameSlice(own.aliases, k.v.aliases) || !sameSlice(own.tags, k.v.Tags) {
		own = newOwnConditions(k.v)
		k.e.own.Store(own)
	}
	return own
}

func newOwnConditions(v *version) *ownConditions {
	own := &ownConditions{arn: v.ARN(), primary: v.Primary, aliases: v.aliases, tags: v.Tags}
	all := authz.Context{"aws:resourceaccount": one(v.Account)}
	keyConditions(&v.Key, all)
	if len(v.aliases) > 0 {
		all["kms:resourcealiases"] = authz.Value{Values: v.aliases}
	}
	for _, t := range v.Tags {
		all["aws:resourcetag/"+strings.ToLower(t.Key)] = one(t.Value)
	}
	for key, value := range all {
		own.pairs = append(own.pairs, conditionPair{key, value})
	}
	return own
}

func sameSlice[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// contextConditions are the condition keys of an encryption context. Names that differ in
// case alone share a condition key, which then has several values and matches nothing.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
func contextConditions(out authz.Context, pairs map[string]string) {
	if len(pairs) == 0 {
		return
	}
	texts := make([]string, 2*len(pairs))
	names, values := texts[:0:len(pairs)], texts[len(pairs):]
	for name := range pairs {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		key := "kms:encryptioncontext:" + strings.ToLower(name)
		values[i] = pairs[name]
		if before := out[key].Values; before != nil {
			out[key] = authz.Value{Values: append(before, values[i])}
		} else {
			out[key] = authz.Value{Values: values[i : i+1 : i+1]}
		}
	}
	out["kms:encryptioncontextkeys"] = authz.Value{Values: names}
}
