package kms

import (
	"maps"
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

// contextConditions are the condition keys of an encryption context. Names that differ in
// case alone share a condition key, which then has several values and matches nothing.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
func contextConditions(out authz.Context, pairs map[string]string) {
	if len(pairs) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(pairs))
	for _, name := range names {
		key := "kms:encryptioncontext:" + strings.ToLower(name)
		out[key] = authz.Value{Values: append(out[key].Values, pairs[name])}
	}
	out["kms:encryptioncontextkeys"] = authz.Value{Values: names}
}
