package kms

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

const aliasAt = "arn:aws:kms:us-east-1:111122223333:"

// TestCreateAlias: T29 and the other refusals.
func TestCreateAlias(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	id := w.create(t, nil).KeyId
	dying := w.create(t, nil).KeyId
	w.schedule(t, dying, 7)
	create := func(name, target string) error { return w.CreateAlias(t.Context(), c, &CreateAliasInput{name, target}) }
	if err := create("alias/a", id); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		alias, target string
		code          Code
		message       string
	}{
		"T29":          {"a", id, Validation, `Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`},
		"AWS's":        {"alias/aws/mine", id, NotAuthorized, ""},
		"a colon":      {"alias/my:alias", id, Validation, aliasAt + "alias/my:alias contains invalid characters for an alias"},
		"there":        {"alias/a", id, AlreadyExists, "An alias with the name " + aliasAt + "alias/a already exists"},
		"of an alias":  {"alias/b", "alias/a", Validation, "Aliases must refer to keys. Not aliases"},
		"by its ARN":   {"alias/b", aliasAt + "alias/a", Validation, "Aliases must refer to keys. Not aliases"},
		"of no key":    {"alias/b", unknownID, NotFound, "Key '" + arnOf(unknownID) + "' does not exist"},
		"of a bad key": {"alias/b", "x", NotFound, "Invalid keyId 'x'"},
		"of a Region":  {"alias/b", "arn:aws:kms:us-west-2:111122223333:key/" + id, NotFound, "Invalid arn us-west-2"},
		"of the dying": {"alias/b", dying, InvalidState, arnOf(dying) + " is pending deletion."},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, create(x.alias, x.target), x.code, x.message) })
	}
	// The same name elsewhere is another alias.
	there := ok[*CreateKeyOutput](t)(w.CreateKey(t.Context(), c.in(otherRegion), &CreateKeyInput{})).KeyMetadata.KeyId
	if err := w.CreateAlias(t.Context(), c.in(otherRegion), &CreateAliasInput{"alias/a", there}); err != nil {
		t.Error(err)
	}
	if got := w.describe(t, "alias/a").KeyId; got != id {
		t.Errorf("alias/a is %s", got)
	}
	for i := range 49 {
		if err := create(fmt.Sprintf("alias/%d", i), id); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, create("alias/50", id), LimitExceeded, "")
	full := w.create(t, nil).KeyId
	if err := create("alias/50", full); err != nil {
		t.Error(err)
	}
	wantError(t, w.UpdateAlias(t.Context(), c, &UpdateAliasInput{"alias/50", id}), LimitExceeded, "")
	if err := w.UpdateAlias(t.Context(), c, &UpdateAliasInput{"alias/a", id}); err != nil {
		t.Errorf("to the key that it has: %v", err)
	}
}

// TestUpdateAlias: T31, T32.
func TestUpdateAlias(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	kind := func(spec material.Spec, usage material.Usage) string {
		return w.create(t, &CreateKeyInput{KeySpec: spec, KeyUsage: usage}).KeyId
	}
	signs, larger, encrypts, symmetric, other := kind("RSA_2048", "SIGN_VERIFY"), kind("RSA_3072", "SIGN_VERIFY"), kind("RSA_2048", "ENCRYPT_DECRYPT"), kind("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), kind("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
	update := func(name, target string) error { return w.UpdateAlias(t.Context(), c, &UpdateAliasInput{name, target}) }
	for name, id := range map[string]string{"alias/s": signs, "alias/x": symmetric} {
		if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{name, id}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.add(time.Hour)
	wantError(t, update("alias/s", encrypts), Validation, "Alias alias/s cannot be changed from a CMK with key usage SIGN_VERIFY to a CMK with key usage ENCRYPT_DECRYPT. The key usage of the current CMK and the new CMK must be the same.") // T31
	wantError(t, update("alias/x", encrypts), Validation, "Alias alias/x cannot be changed from a CMK with key spec SYMMETRIC_DEFAULT to a CMK with key spec RSA_2048. The current CMK and the new CMK must be of the same type.")
	wantError(t, update("alias/none", signs), NotFound, "Alias "+aliasAt+"alias/none is not found.")
	wantError(t, update("alias/aws/s3", signs), NotAuthorized, "")
	if err := update("alias/s", larger); err != nil { // T32
		t.Fatal(err)
	}
	if got := w.describe(t, "alias/s").KeyId; got != larger {
		t.Errorf("alias/s is %s", got)
	}
	list := func(id string) string {
		return inJSON(t, ok[*ListAliasesOutput](t)(w.ListAliases(t.Context(), c, &ListAliasesInput{KeyId: id})))
	}
	want := `{"Aliases":[{"AliasName":"alias/s","AliasArn":"` + aliasAt + `alias/s","TargetKeyId":"` + larger +
		`","CreationDate":"2026-11-25T12:00:00Z","LastUpdatedDate":"2026-11-25T13:00:00Z"}],"Truncated":false}`
	if got := list(larger); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	if got := list(signs); got != `{"Aliases":[],"Truncated":false}` {
		t.Errorf("got %s", got)
	}
	// From a key whose deletion is pending an alias can go, to one it cannot.
	w.schedule(t, symmetric, 7)
	if err := update("alias/x", other); err != nil {
		t.Fatal(err)
	}
	wantError(t, update("alias/x", symmetric), InvalidState, arnOf(symmetric)+" is pending deletion.")
}

// TestDeleteAlias: the name is gone at once, and free.
func TestDeleteAlias(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	id := w.create(t, nil).KeyId
	for range 2 {
		if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/a", id}); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/a"}); err != nil {
			t.Fatal(err)
		}
		wantError(t, w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/a"}), NotFound, "Alias "+aliasAt+"alias/a is not found.")
		_, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: "alias/a"})
		wantError(t, err, NotFound, "Alias "+aliasAt+"alias/a is not found.")
	}
	if len(w.entry(t, id).now.Load().aliases) != 0 {
		t.Error("the key still has the alias")
	}
	wantError(t, w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/aws/s3"}), NotAuthorized, "")
	w.open(t)
	wantError(t, w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/a"}), NotFound, "Alias "+aliasAt+"alias/a is not found.")
}

// TestAliasAuthorization: the alias by identity-based policies, and every key concerned.
func TestAliasAuthorization(t *testing.T) {
	w := newWorld(t)
	one, two := w.create(t, nil), w.create(t, nil)
	w.auth.all = false
	c := user("alias-admin")
	denied := func(action, resource, layer string) string {
		return "User: arn:aws:iam::111122223333:user/alias-admin is not authorized to perform: " + action + " on resource: " + resource +
			" because no " + layer + " policy allows the " + action + " action"
	}
	create := func() error { return w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/x", one.KeyId}) }
	update := func() error { return w.UpdateAlias(t.Context(), c, &UpdateAliasInput{"alias/x", two.KeyId}) }
	remove := func() error { return w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/x"}) }
	grant := func(actions, resource string) {
		w.auth.allow(t, c, `[{"Effect":"Allow","Action":[`+actions+`],"Resource":"`+resource+`"}]`)
	}
	wantError(t, create(), AccessDenied, denied("kms:CreateAlias", aliasAt+"alias/x", "identity-based"))
	grant(`"kms:CreateAlias","kms:UpdateAlias","kms:DeleteAlias"`, aliasAt+"alias/*")
	wantError(t, create(), AccessDenied, denied("kms:CreateAlias", one.Arn, "identity-based"))
	grant(`"kms:CreateAlias"`, one.Arn)
	if err := create(); err != nil {
		t.Fatal(err)
	}
	wantError(t, update(), AccessDenied, denied("kms:UpdateAlias", one.Arn, "identity-based"))
	grant(`"kms:UpdateAlias"`, one.Arn)
	wantError(t, update(), AccessDenied, denied("kms:UpdateAlias", two.Arn, "identity-based"))
	grant(`"kms:UpdateAlias"`, two.Arn)
	if err := update(); err != nil {
		t.Fatal(err)
	}
	wantError(t, remove(), AccessDenied, denied("kms:DeleteAlias", two.Arn, "identity-based"))
	grant(`"kms:DeleteAlias"`, two.Arn)
	if err := remove(); err != nil {
		t.Fatal(err)
	}
}

// T83: ListAliases has the aliases of AWS managed keys before there are keys; DescribeKey
// makes one.
func TestManagedAliases(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	entry := func(name string) AliasListEntry {
		t.Helper()
		for _, a := range ok[*ListAliasesOutput](t)(w.ListAliases(t.Context(), c, &ListAliasesInput{})).Aliases {
			if a.AliasName == name {
				return a
			}
		}
		t.Fatalf("no %s", name)
		return AliasListEntry{}
	}
	if got := inJSON(t, entry("alias/aws/s3")); got != `{"AliasName":"alias/aws/s3","AliasArn":"`+aliasAt+`alias/aws/s3"}` {
		t.Errorf("got %s", got)
	}
	_, err := w.Encrypt(t.Context(), c, &EncryptInput{KeyId: "alias/aws/s3", Plaintext: []byte("x")})
	wantError(t, err, NotFound, "Alias "+aliasAt+"alias/aws/s3 is not found.")
	_, err = w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: "alias/aws/nothing"})
	wantError(t, err, NotFound, "Alias "+aliasAt+"alias/aws/nothing is not found.")
	_, err = w.Managed(t.Context(), testAccount, testRegion, "nothing")
	if err == nil || !strings.Contains(err.Error(), "aws managed key nothing: there is no such service") {
		t.Errorf("got %v", err)
	}

	m := w.describe(t, aliasAt+"alias/aws/s3")
	if m.KeyManager != "AWS" || m.Description != "Default key that protects my S3 objects when no other key is defined" || m.CurrentKeyMaterialId == "" || m.KeyState != Enabled {
		t.Errorf("%+v", m)
	}
	if again := w.describe(t, "alias/aws/s3"); again.KeyId != m.KeyId {
		t.Errorf("another key: %+v", again)
	}
	if a := entry("alias/aws/s3"); a.TargetKeyId != m.KeyId || !a.CreationDate.Equal(start) {
		t.Errorf("%+v", a)
	}
	all := ok[*ListAliasesOutput](t)(w.ListAliases(t.Context(), c, &ListAliasesInput{}))
	if len(all.Aliases) != len(managedKeys) {
		t.Errorf("%d aliases", len(all.Aliases))
	}
	_, err = w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: "arn:aws:kms:us-east-1:444455556666:alias/aws/ebs"})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: kms:DescribeKey on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access")
	if n := len(w.keys); n != 1 {
		t.Errorf("%d keys", n)
	}
	w.open(t)
	if again := w.describe(t, "alias/aws/s3"); inJSON(t, again) != inJSON(t, m) {
		t.Errorf("after a restart: %+v", again)
	}
	if k, err := w.Managed(t.Context(), otherAccount, testRegion, "s3"); err != nil || k.ID == m.KeyId || k.Account != otherAccount {
		t.Errorf("%+v %v", k, err)
	}
}

// T90: an AWS managed key works through its service only, and nobody administers it.
func TestManagedKeyPolicy(t *testing.T) {
	w := newWorld(t)
	w.auth.all = false
	c := user("admin")
	w.auth.allow(t, c, "["+allowAll+"]")
	m := w.describeAs(t, c, "alias/aws/ebs")
	denied := func(action string) string {
		return "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: " + action + " on resource: " + m.Arn +
			" because no resource-based policy allows the " + action + " action"
	}
	encrypt := func(c *Call) error {
		_, err := w.Encrypt(t.Context(), c, &EncryptInput{KeyId: m.KeyId, Plaintext: []byte("x")})
		return err
	}
	wantError(t, encrypt(c), AccessDenied, denied("kms:Encrypt"))
	via := *c
	via.Context = conditionsOf("kms:viaservice", "ec2.us-east-1.amazonaws.com")
	if err := encrypt(&via); err != nil {
		t.Error(err)
	}
	via.Context = conditionsOf("kms:viaservice", "s3.us-east-1.amazonaws.com")
	wantError(t, encrypt(&via), AccessDenied, denied("kms:Encrypt"))
	for _, all := range []bool{false, true} { // not even where everything is allowed
		w.auth.all = all
		wantError(t, w.DisableKey(t.Context(), c, &DisableKeyInput{m.KeyId}), AccessDenied, denied("kms:DisableKey"))
		wantError(t, w.EnableKey(t.Context(), c, &EnableKeyInput{m.KeyId}), AccessDenied, denied("kms:EnableKey"))
		wantError(t, w.TagResource(t.Context(), c, &TagResourceInput{m.KeyId, []Tag{{"a", "b"}}}), AccessDenied, denied("kms:TagResource"))
		wantError(t, w.UntagResource(t.Context(), c, &UntagResourceInput{m.KeyId, []string{"a"}}), AccessDenied, denied("kms:UntagResource"))
		wantError(t, w.UpdateKeyDescription(t.Context(), c, &UpdateKeyDescriptionInput{m.KeyId, "x"}), AccessDenied, denied("kms:UpdateKeyDescription"))
		wantError(t, w.PutKeyPolicy(t.Context(), c, &PutKeyPolicyInput{KeyId: m.KeyId, Policy: sharedPolicy}), AccessDenied, denied("kms:PutKeyPolicy"))
		wantError(t, w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/mine", m.KeyId}), AccessDenied, denied("kms:CreateAlias"))
		_, err := w.ScheduleKeyDeletion(t.Context(), c, &ScheduleKeyDeletionInput{KeyId: m.KeyId})
		wantError(t, err, AccessDenied, denied("kms:ScheduleKeyDeletion"))
		ok[*GetKeyPolicyOutput](t)(w.GetKeyPolicy(t.Context(), c, &GetKeyPolicyInput{KeyId: m.KeyId}))
	}
}

// An alias that is deleted while another request is under way stays deleted.
func TestAliasDeletedMeanwhile(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	one, two := w.create(t, nil).KeyId, w.create(t, nil).KeyId
	for _, do := range []func() error{
		func() error { return w.UpdateAlias(t.Context(), c, &UpdateAliasInput{"alias/a", two}) },
		func() error { return w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/a"}) },
	} {
		if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/a", one}); err != nil {
			t.Fatal(err)
		}
		w.auth.meanwhile = func() { // once the alias is authorized, comes the key
			w.auth.meanwhile = func() {
				if err := w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/a"}); err != nil {
					t.Error(err)
				}
			}
		}
		wantError(t, do(), NotFound, "Alias "+aliasAt+"alias/a is not found.")
		if n := len(w.aliases); n != 0 {
			t.Errorf("%d aliases", n)
		}
	}
}
