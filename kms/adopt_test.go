package kms

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// TestAdopt: a key that is somewhere else is there under its own id, with all that belongs to it.
func TestAdopt(t *testing.T) {
	s, err := Open(t.Context(), Options{Authorizer: &policies{all: true}, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
	policy := `{"Version":"2012-10-17","Statement":[]}`
	k := Key{ID: id, Account: testAccount, Region: testRegion, Description: "records", Policy: policy, Rotation: true, RotationPeriod: 90, Tags: []Pair{{"team", "ml"}}}
	grant := Grant{ID: "g1", Grantee: "arn:aws:iam::111122223333:role/app", Operations: []string{"Decrypt"}}
	if err := s.Adopt(t.Context(), k, []string{"alias/b", "alias/a"}, []Grant{grant}); err != nil {
		t.Fatal(err)
	}
	v := s.View(testAccount, testRegion, id)
	if v.ARN() != "arn:aws:kms:us-east-1:111122223333:key/"+id || v.Now != Enabled || v.Policy != policy || v.RotationPeriod != 90 || v.Description != "records" {
		t.Errorf("%+v", v.Key)
	}
	if !slices.Equal(v.Aliases, []string{"alias/a", "alias/b"}) || len(v.Grants) != 1 || v.Grants[0].Key != id || v.Grants[0].ID != "g1" {
		t.Errorf("aliases %v, grants %+v", v.Aliases, v.Grants)
	}
	c := &Call{Account: testAccount, Region: testRegion}
	sealed, err := s.Encrypt(t.Context(), c, &EncryptInput{KeyId: "alias/a", Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.Decrypt(t.Context(), c, &DecryptInput{CiphertextBlob: sealed.CiphertextBlob}); err != nil || string(out.Plaintext) != "x" {
		t.Errorf("%v %v", out, err)
	}
	for name, again := range map[string]func(context.Context) error{
		"id": func(ctx context.Context) error { return s.Adopt(ctx, k, nil, nil) },
		"alias": func(ctx context.Context) error {
			other := k
			other.ID = "00000000-0000-4000-8000-000000000000"
			return s.Adopt(ctx, other, []string{"alias/a"}, nil)
		},
	} {
		if again(t.Context()) == nil {
			t.Errorf("%s: it was adopted twice", name)
		}
	}
}

// TestAdoptStates: a key is in the state that it is in, and of its spec.
func TestAdoptStates(t *testing.T) {
	s, err := Open(t.Context(), Options{Authorizer: &policies{all: true}, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	for id, k := range map[string]Key{
		"00000000-0000-4000-8000-000000000000": {State: DisabledState}, "10000000-0000-4000-8000-000000000000": {State: PendingImport, Origin: OriginExternal}, "20000000-0000-4000-8000-000000000000": {State: PendingDeletion, Until: start.Add(time.Hour)},
		"30000000-0000-4000-8000-000000000000": {State: Enabled, Spec: "ECC_NIST_P256", Usage: material.SignVerify}, "40000000-0000-4000-8000-000000000000": {State: Enabled, Origin: OriginCloudHSM, KeyStore: "cks-1"},
	} {
		k.ID, k.Account, k.Region = id, testAccount, testRegion
		if err := s.Adopt(t.Context(), k, nil, nil); err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if v := s.View(testAccount, testRegion, id); v.Now != k.State || k.Spec != "" && v.Spec != k.Spec || v.KeyStore != "" {
			t.Errorf("%s: %s %+v", id, v.Now, v.Key)
		}
	}
}
