package kms

import (
	"testing"
	"time"
)

const (
	unknownID  = "134f2428-cec1-4b25-a1ae-9048164dba47"
	unknownMRK = "mrk-134f2428cec14b25a1ae9048164dba47"
)

// TestKeyNames: T01 to T06, T30 and the other texts of key resolution.
func TestKeyNames(t *testing.T) {
	w := newWorld(t)
	w.create(t, nil)
	const at = "arn:aws:kms:us-east-1:111122223333:"
	for name, c := range map[string]struct {
		id      string
		code    Code
		message string
	}{
		"T01":             {"fake-key-id", NotFound, "Invalid keyId 'fake-key-id'"},
		"T02":             {"134f2428cec14b25a1ae9048164dba47", NotFound, "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"},
		"T03":             {"mrk-fake-key-id", NotFound, "Invalid keyId 'mrk-fake-key-id'"},
		"T04":             {unknownID, NotFound, "Key '" + at + "key/" + unknownID + "' does not exist"},
		"T04 by ARN":      {at + "key/" + unknownID, NotFound, "Key '" + at + "key/" + unknownID + "' does not exist"},
		"T05":             {unknownMRK, NotFound, "Key '" + at + "key/" + unknownMRK + "' does not exist"},
		"T06":             {"arn:aws:kms:us-west-2:111122223333:key/" + unknownID, NotFound, "Invalid arn us-west-2"},
		"unknown alias":   {"alias/none", NotFound, "Alias " + at + "alias/none is not found."},
		"by alias ARN":    {at + "alias/none", NotFound, "Alias " + at + "alias/none is not found."},
		"upper case UUID": {"134F2428-CEC1-4B25-A1AE-9048164DBA47", NotFound, "Invalid keyId '134F2428-CEC1-4B25-A1AE-9048164DBA47'"},
	} {
		_, err := w.DescribeKey(t.Context(), user("admin"), &DescribeKeyInput{KeyId: c.id})
		t.Run(name, func(t *testing.T) { wantError(t, err, c.code, c.message) })
	}
}

// A key id of another Region is looked for in the Region that is asked.
func TestKeyOfAnotherRegion(t *testing.T) {
	w := newWorld(t)
	m := w.create(t, nil)
	_, err := w.DescribeKey(t.Context(), user("admin").in(otherRegion), &DescribeKeyInput{KeyId: m.KeyId})
	wantError(t, err, NotFound, "Key 'arn:aws:kms:eu-west-1:111122223333:key/"+m.KeyId+"' does not exist")
	_, err = w.DescribeKey(t.Context(), user("admin").in(otherRegion), &DescribeKeyInput{KeyId: m.Arn})
	wantError(t, err, NotFound, "Invalid arn us-east-1")
}

// T30: operations that take ids and ARNs only say so.
func TestAliasWhereThereIsNone(t *testing.T) {
	w := newWorld(t)
	m := w.create(t, nil)
	c := user("admin")
	if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{AliasName: "alias/a", TargetKeyId: m.KeyId}); err != nil {
		t.Fatal(err)
	}
	const message = "Key Aliases are not supported for this operation."
	for _, name := range []string{"alias/a", "arn:aws:kms:us-east-1:111122223333:alias/a", "alias/none"} {
		wantError(t, w.DisableKey(t.Context(), c, &DisableKeyInput{KeyId: name}), InvalidArn, message)
		_, err := w.GetKeyPolicy(t.Context(), c, &GetKeyPolicyInput{KeyId: name})
		wantError(t, err, InvalidArn, message)
		_, err = w.ListResourceTags(t.Context(), c, &ListResourceTagsInput{KeyId: name})
		wantError(t, err, InvalidArn, message)
		_, err = w.ListAliases(t.Context(), c, &ListAliasesInput{KeyId: name})
		wantError(t, err, InvalidArn, message)
	}
}

// T60, its half here: DescribeKey tells the bare id whatever was asked, and works by
// alias.
func TestDescribeKeyByAlias(t *testing.T) {
	w := newWorld(t)
	m := w.create(t, nil)
	c := user("admin")
	if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{AliasName: "alias/a/b_c-1", TargetKeyId: m.Arn}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{m.KeyId, m.Arn, "alias/a/b_c-1", "arn:aws:kms:us-east-1:111122223333:alias/a/b_c-1"} {
		if got := w.describe(t, name); got.KeyId != m.KeyId || got.Arn != m.Arn {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// T81: across accounts a key that is missing and one that is forbidden are told alike; T82:
// most operations do not work there at all.
func TestForeignKeys(t *testing.T) {
	w := newWorld(t)
	w.auth.all = false
	w.auth.allow(t, user("admin"), "["+allowAll+"]")
	stranger := userOf(otherAccount, "stranger")
	w.auth.allow(t, stranger, "["+allowAll+"]")
	m := w.create(t, nil)
	refused := func(action string) string {
		return "User: arn:aws:iam::444455556666:user/stranger is not authorized to perform: " + action +
			" on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
	}
	missing := "arn:aws:kms:us-east-1:111122223333:key/" + unknownID
	for _, id := range []string{m.Arn, missing, "arn:aws:kms:us-east-1:111122223333:alias/none"} {
		_, err := w.DescribeKey(t.Context(), stranger, &DescribeKeyInput{KeyId: id})
		wantError(t, err, AccessDenied, refused("kms:DescribeKey"))
	}
	for _, id := range []string{m.Arn, missing} {
		wantError(t, w.DisableKey(t.Context(), stranger, &DisableKeyInput{KeyId: id}), AccessDenied, refused("kms:DisableKey"))
		_, err := w.ListAliases(t.Context(), stranger, &ListAliasesInput{KeyId: id})
		wantError(t, err, AccessDenied, refused("kms:ListAliases"))
	}
	if err := w.PutKeyPolicy(t.Context(), user("admin"), &PutKeyPolicyInput{KeyId: m.KeyId, Policy: sharedPolicy}); err != nil {
		t.Fatal(err)
	}
	out := ok[*DescribeKeyOutput](t)(w.DescribeKey(t.Context(), stranger, &DescribeKeyInput{KeyId: m.Arn}))
	if out.KeyMetadata.AWSAccountId != testAccount {
		t.Errorf("%+v", out.KeyMetadata)
	}
	for _, all := range []bool{false, true} { // not even where everything is allowed
		w.auth.all = all
		wantError(t, w.DisableKey(t.Context(), stranger, &DisableKeyInput{KeyId: m.Arn}), AccessDenied, refused("kms:DisableKey"))
		wantError(t, w.PutKeyPolicy(t.Context(), stranger, &PutKeyPolicyInput{KeyId: m.Arn, Policy: sharedPolicy}), AccessDenied, refused("kms:PutKeyPolicy"))
	}
	if got := w.describeAs(t, user("admin"), m.KeyId).KeyState; got != Enabled {
		t.Errorf("state %s", got)
	}
}

func (w *world) describeAs(t testing.TB, c *Call, id string) *KeyMetadata {
	t.Helper()
	out, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: id})
	if err != nil {
		t.Fatal(err)
	}
	return out.KeyMetadata
}

// T92: ValidTo is the earliest expiry of all materials; none of it is shown while some
// material is missing, but CurrentKeyMaterialId is (T47).
func TestImportedMetadata(t *testing.T) {
	w := newWorld(t)
	m := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	early, late := start.Add(time.Hour), start.Add(2*time.Hour)
	set := func(gs ...Generation) *KeyMetadata {
		w.force(t, m.KeyId, func(k *Key) {
			k.Materials, k.Current = gs, "22"
			k.State = k.usable()
		})
		return w.describe(t, m.KeyId)
	}
	got := set(Generation{ID: "11", State: "NON_CURRENT", Imported: true, ValidTo: late}, Generation{ID: "22", State: "CURRENT", Imported: true, ValidTo: early})
	if got.ExpirationModel != "KEY_MATERIAL_EXPIRES" || !got.ValidTo.Equal(early) || got.KeyState != Enabled || got.CurrentKeyMaterialId != "22" {
		t.Errorf("%+v", got)
	}
	got = set(Generation{ID: "11", State: "NON_CURRENT", Imported: true}, Generation{ID: "22", State: "CURRENT", Imported: true})
	if got.ExpirationModel != "KEY_MATERIAL_DOES_NOT_EXPIRE" || !got.ValidTo.IsZero() {
		t.Errorf("%+v", got)
	}
	got = set(Generation{ID: "11", State: "NON_CURRENT"}, Generation{ID: "22", State: "CURRENT", Imported: true})
	if got.ExpirationModel != "" || !got.ValidTo.IsZero() || got.KeyState != PendingImport || got.Enabled || got.CurrentKeyMaterialId != "22" {
		t.Errorf("%+v", got)
	}
	got = set(Generation{ID: "22", State: "CURRENT", Imported: true}, Generation{ID: "33", State: "PENDING_ROTATION"})
	if got.KeyState != Enabled || got.ExpirationModel != "KEY_MATERIAL_DOES_NOT_EXPIRE" {
		t.Errorf("%+v", got)
	}
}
