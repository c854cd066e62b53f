package kms

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// sealedWith opens a service under a root key.
func sealedWith(key []byte) func(*Options) {
	return func(o *Options) { o.Root, _ = NewRoot(key) }
}

// otherRoot is another root key.
func otherRoot() []byte { return []byte("another root key of tests, 32 by") }

// records are all records of a store, by kind and id.
func (w *world) records(t *testing.T) []Record {
	t.Helper()
	var all []Record
	if err := w.store.Load(t.Context(), func(r Record) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b Record) int { return strings.Compare(string(a.Kind)+a.ID, string(b.Kind)+b.ID) })
	return all
}

// only is the single record of a kind.
func (w *world) only(t *testing.T, k Kind) Record {
	t.Helper()
	var found []Record
	for _, r := range w.records(t) {
		if r.Kind == k {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d records of kind %s", len(found), k)
	}
	return found[0]
}

// with is the store of w with other records on top.
func (w *world) with(t *testing.T, changed ...Record) *Memory {
	t.Helper()
	m := &Memory{}
	for _, records := range [][]Record{w.records(t), changed} {
		if err := m.Commit(t.Context(), records); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// opening is the error of opening a store under a root key.
func opening(t *testing.T, m Store, root []byte) error {
	t.Helper()
	s, err := Open(t.Context(), Options{Store: m, Root: newRoot(t, root)})
	if err == nil {
		s.Close()
	}
	return err
}

func wantText(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("error is\n%v\nwant\n%s", err, want)
	}
}

// TestMaterialIsSealed looks for key bytes in what the store gets. The material of every
// kind of key is looked for, the store's own key and the root key.
func TestMaterialIsSealed(t *testing.T) {
	w := newWorld(t, sealedWith(rootBytes()))
	for _, in := range []CreateKeyInput{
		{}, {KeySpec: material.P256, KeyUsage: material.SignVerify}, {KeySpec: material.HMAC256, KeyUsage: material.GenerateVerifyMac},
		{KeySpec: material.Ed25519, KeyUsage: material.SignVerify}, {KeySpec: material.MLDSA44, KeyUsage: material.SignVerify}, {MultiRegion: true},
	} {
		w.create(t, &in)
	}
	secrets := [][]byte{rootBytes(), w.seal.key}
	for _, e := range w.keys {
		for _, m := range e.now.Load().materials {
			secrets = append(secrets, m.Bytes())
		}
	}
	if len(secrets) != 8 {
		t.Fatalf("there are %d secrets to look for", len(secrets))
	}
	sealed := 0
	for _, r := range w.records(t) {
		for i, secret := range secrets {
			if form := shown(string(r.Value), secret); form != "" {
				t.Errorf("record %s %s shows secret %d, %s", r.Kind, r.ID, i, form)
			}
		}
		if r.Kind == KindMaterial || r.Kind == KindSeal {
			sealed++
		}
	}
	if sealed != 7 {
		t.Errorf("%d records are sealed, want 7", sealed)
	}
	if form := shown(fmt.Sprintf("%v %+v %#v %d %x", w.seal, w.seal, w.Service, w.seal, *w.seal), w.seal.key); form != "" {
		t.Errorf("printing the sealer shows the store's key, %s", form)
	}
}

// TestSealsDiffer: the same material sealed twice gives different bytes, and opens in its
// own place only.
func TestSealsDiffer(t *testing.T) {
	w := newWorld(t, sealedWith(rootBytes()))
	a, b := w.seal.seal(KindMaterial, "a", []byte("text")), w.seal.seal(KindMaterial, "a", []byte("text"))
	if bytes.Equal(a, b) {
		t.Error("two seals of one text are equal")
	}
	for id, want := range map[string]bool{"a": true, "b": false, "": false} {
		if got, err := w.seal.open(KindMaterial, id, a); (err == nil) != want || want && string(got) != "text" {
			t.Errorf("in place %q it opens as %q, %v", id, got, err)
		}
	}
	if _, err := w.seal.open(KindKeyStore, "a", a); err == nil {
		t.Error("it opens as another kind")
	}
}

func TestWrongRootKey(t *testing.T) {
	w := newWorld(t, sealedWith(rootBytes()))
	w.create(t, nil)
	if err := opening(t, w.store, rootBytes()); err != nil {
		t.Fatal(err)
	}
	const wrong = "open kms: the root key is not that of the store, or the record of the store's key is damaged"
	before := w.records(t)
	wantText(t, opening(t, w.store, otherRoot()), wrong)
	_, err := Open(t.Context(), Options{Store: w.store})
	wantText(t, err, wrong)
	if fmt.Sprint(before) != fmt.Sprint(w.records(t)) {
		t.Error("the attempt has changed the store")
	}
	_, err = Open(t.Context(), Options{Store: &refusing{Memory: w.store}})
	wantText(t, err, "open kms: the store holds sealed key material, and there is no root key")
}

func TestDamagedSeal(t *testing.T) {
	w := newWorld(t, sealedWith(rootBytes()))
	w.create(t, nil)
	const missing = "open kms: the record of the store's key is missing, so that its key material cannot be opened"
	seal := w.only(t, KindSeal)
	wantText(t, opening(t, w.with(t, Record{Kind: KindSeal, ID: seal.ID}), rootBytes()), missing)
	const wrong = "open kms: the root key is not that of the store, or the record of the store's key is damaged"
	for i := range seal.Value {
		damaged := slices.Clone(seal.Value)
		damaged[i] ^= 1
		wantText(t, opening(t, w.with(t, Record{KindSeal, seal.ID, damaged}), rootBytes()), wrong)
		wantText(t, opening(t, w.with(t, Record{KindSeal, seal.ID, seal.Value[:i]}), rootBytes()), wrong)
	}
}

// TestDamagedRecordsAreNamed changes one record at a time.
func TestDamagedRecordsAreNamed(t *testing.T) {
	w := newWorld(t, sealedWith(rootBytes()))
	key := w.create(t, nil).KeyId
	if _, err := w.CreateGrant(t.Context(), user("admin"), &CreateGrantInput{KeyId: key, GranteePrincipal: "arn:aws:iam::111122223333:role/r", Operations: []string{"Decrypt"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.CreateAlias(t.Context(), user("admin"), &CreateAliasInput{AliasName: "alias/a", TargetKeyId: key}); err != nil {
		t.Fatal(err)
	}
	m, g, a, k := w.only(t, KindMaterial), w.only(t, KindGrant), w.only(t, KindAlias), w.only(t, KindKey)
	flipped := slices.Clone(m.Value)
	flipped[len(flipped)/2] ^= 0x10
	place := "111122223333/us-east-1/"
	for name, c := range map[string]struct {
		records []Record
		text    string
	}{
		"flipped material":     {[]Record{{KindMaterial, m.ID, flipped}}, "record material " + m.ID + ": it was not sealed with this store's key, or is damaged"},
		"cut material":         {[]Record{{KindMaterial, m.ID, m.Value[:9]}}, "record material " + m.ID + ": it was not sealed with this store's key, or is damaged"},
		"moved material":       {[]Record{{KindMaterial, m.ID, nil}, {KindMaterial, place + key + "/x", m.Value}}, "record material " + place + key + "/x: it was not sealed with this store's key, or is damaged"},
		"sealed other length":  {[]Record{{KindMaterial, m.ID, w.seal.seal(KindMaterial, m.ID, []byte("short"))}}, "record material " + m.ID + ": SYMMETRIC_DEFAULT: 5 bytes, not 32"},
		"material of no key":   {[]Record{{KindMaterial, place + "none/x", m.Value}}, "record material " + place + "none/x: its key is missing"},
		"material of no place": {[]Record{{KindMaterial, "x", m.Value}}, "record material x: its key is missing"},
		"missing key":          {[]Record{{KindKey, k.ID, nil}, {KindAlias, a.ID, nil}, {KindGrant, g.ID, nil}}, "record material " + m.ID + ": its key is missing"},
		"cut key":              {[]Record{{KindKey, k.ID, k.Value[:len(k.Value)-1]}}, "record key " + k.ID + ": unexpected end of JSON input"},
		"cut alias":            {[]Record{{KindAlias, a.ID, a.Value[:5]}}, "record alias " + a.ID + ": unexpected end of JSON input"},
		"cut grant":            {[]Record{{KindGrant, g.ID, g.Value[:5]}}, "record grant " + g.ID + ": unexpected end of JSON input"},
		"grant of no key":      {[]Record{{KindGrant, "x", []byte(`{"key":"none"}`)}}, "record grant x: its key is missing"},
		"unknown kind":         {[]Record{{"later", "x", []byte("{}")}}, "record later x: this version does not know its kind"},
	} {
		t.Run(name, func(t *testing.T) {
			err := opening(t, w.with(t, c.records...), rootBytes())
			wantText(t, err, "open kms: "+c.text)
			if form := shown(fmt.Sprint(err), w.seal.key); form != "" {
				t.Errorf("the error shows the store's key, %s", form)
			}
		})
	}
	if err := opening(t, w.with(t), rootBytes()); err != nil {
		t.Errorf("the unchanged copy: %v", err)
	}
}

// TestRewrap: the old root key opens the store no longer, the new one does, and what was
// encrypted before is decrypted after.
func TestRewrap(t *testing.T) {
	w := newWorld(t, sealedWith(rootBytes()))
	key := w.create(t, nil).KeyId
	encrypted, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: key, Plaintext: []byte("text")})
	if err != nil {
		t.Fatal(err)
	}
	before := w.records(t)
	if err := w.Rewrap(t.Context(), newRoot(t, otherRoot())); err != nil {
		t.Fatal(err)
	}
	after := w.records(t)
	for i, r := range after {
		if changed := !bytes.Equal(r.Value, before[i].Value); changed != (r.Kind == KindSeal) {
			t.Errorf("record %s %s: changed is %v", r.Kind, r.ID, changed)
		}
	}
	later := w.create(t, nil).KeyId // the running service goes on
	wantText(t, opening(t, w.store, rootBytes()), "open kms: the root key is not that of the store, or the record of the store's key is damaged")
	w.open(t, sealedWith(otherRoot()))
	w.describe(t, later)
	out, err := w.Decrypt(t.Context(), user("admin"), &DecryptInput{CiphertextBlob: encrypted.CiphertextBlob})
	if err != nil || string(out.Plaintext) != "text" {
		t.Errorf("decrypted %v, %v", out, err)
	}
}

// dying is a store whose process dies at a commit: before or after it is on disk, nobody
// hears of it.
type dying struct {
	*Memory
	after bool
}

var errDied = errors.New("died")

func (d *dying) Commit(ctx context.Context, records []Record) error {
	if d.after {
		if err := d.Memory.Commit(ctx, records); err != nil {
			return err
		}
	}
	return errDied
}

// TestRewrapThatDies: whenever the process dies, exactly one of the two root keys opens the
// store. Rewrap is one commit of one record; there is no moment in between.
func TestRewrapThatDies(t *testing.T) {
	for _, after := range []bool{false, true} {
		w := newWorld(t, sealedWith(rootBytes()))
		key := w.create(t, nil).KeyId
		w.Service.store = &dying{w.store, after}
		if err := w.Rewrap(t.Context(), newRoot(t, otherRoot())); !errors.Is(err, errDied) {
			t.Fatalf("error is %v", err)
		}
		old, next := opening(t, w.store, rootBytes()), opening(t, w.store, otherRoot())
		if (old == nil) != !after || (next == nil) != after {
			t.Errorf("after %v: the old root key says %v, the new one %v", after, old, next)
		}
		root := rootBytes()
		if after {
			root = otherRoot()
		}
		w.open(t, sealedWith(root))
		w.describe(t, key)
	}
}
