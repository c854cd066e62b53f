package kms

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

func (w *world) lastUse(t testing.TB, key string) *GetKeyLastUsageOutput {
	t.Helper()
	return ok[*GetKeyLastUsageOutput](t)(w.GetKeyLastUsage(t.Context(), user("a"), &GetKeyLastUsageInput{KeyId: key}))
}

// Every operation of the enumeration is noted with its time, event and request, and no
// other is, nor one that failed.
func TestGetKeyLastUsage(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	if got, want := inJSON(t, w.lastUse(t, k.KeyId)), `{"KeyId":"`+k.Arn+`","KeyLastUsage":{},"TrackingStartDate":"2026-11-25T12:00:00Z","KeyCreationDate":"2026-11-25T12:00:00Z"}`; got != want {
		t.Errorf("unused:\ngot  %s\nwant %s", got, want)
	}
	mac := w.keyOf(t, material.HMAC256, material.GenerateVerifyMac)
	signer := w.keyOf(t, material.P256, material.SignVerify)
	agree := w.keyOf(t, material.P256, material.KeyAgreement)
	kem := w.keyOf(t, material.MLKEM768, material.EncapsulateDecapsulate)
	second := w.create(t, nil)
	ctx, n := t.Context(), 0
	call := func() *Call {
		n++
		w.clock.add(time.Minute)
		c := user("a")
		c.EventID, c.RequestID = fmt.Sprint("event-", n), fmt.Sprint("request-", n)
		return c
	}
	check := func(op string, err error, keys ...*KeyMetadata) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		for _, k := range keys {
			want := KeyLastUsageData{op, w.clock.Now(), fmt.Sprint("event-", n), fmt.Sprint("request-", n)}
			if got := *w.lastUse(t, k.KeyId).KeyLastUsage; got != want {
				t.Errorf("%s: %+v, want %+v", op, got, want)
			}
		}
	}
	enc, err := w.Encrypt(ctx, call(), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	check("Encrypt", err, k)
	_, err = w.Decrypt(ctx, call(), &DecryptInput{CiphertextBlob: enc.CiphertextBlob})
	check("Decrypt", err, k)
	_, err = w.ReEncrypt(ctx, call(), &ReEncryptInput{CiphertextBlob: enc.CiphertextBlob, DestinationKeyId: second.KeyId})
	check("ReEncrypt", err, k, second)
	_, err = w.GenerateDataKey(ctx, call(), &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256"})
	check("GenerateDataKey", err, k)
	_, err = w.GenerateDataKeyWithoutPlaintext(ctx, call(), &GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: "AES_256"})
	check("GenerateDataKeyWithoutPlaintext", err, k)
	_, err = w.GenerateDataKeyPair(ctx, call(), &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: material.P256})
	check("GenerateDataKeyPair", err, k)
	_, err = w.GenerateDataKeyPairWithoutPlaintext(ctx, call(), &GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: material.P256})
	check("GenerateDataKeyPairWithoutPlaintext", err, k)
	tag, err := w.GenerateMac(ctx, call(), &GenerateMacInput{KeyId: mac.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})
	check("GenerateMac", err, mac)
	_, err = w.VerifyMac(ctx, call(), &VerifyMacInput{KeyId: mac.KeyId, Message: []byte("m"), Mac: tag.Mac, MacAlgorithm: "HMAC_SHA_256"})
	check("VerifyMac", err, mac)
	signature, err := w.Sign(ctx, call(), &SignInput{KeyId: signer.KeyId, Message: []byte("m"), SigningAlgorithm: "ECDSA_SHA_256"})
	check("Sign", err, signer)
	_, err = w.Verify(ctx, call(), &VerifyInput{KeyId: signer.KeyId, Message: []byte("m"), Signature: signature.Signature, SigningAlgorithm: "ECDSA_SHA_256"})
	check("Verify", err, signer)
	public := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(ctx, user("a"), &GetPublicKeyInput{KeyId: agree.KeyId}))
	if got := *w.lastUse(t, agree.KeyId).KeyLastUsage; got != (KeyLastUsageData{}) {
		t.Errorf("GetPublicKey counts: %+v", got)
	}
	_, err = w.DeriveSharedSecret(ctx, call(), &DeriveSharedSecretInput{KeyId: agree.KeyId, PublicKey: public.PublicKey, KeyAgreementAlgorithm: "ECDH"})
	check("DeriveSharedSecret", err, agree)
	sent, err := w.Encapsulate(ctx, call(), &EncapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM"})
	check("Encapsulate", err, kem)
	_, err = w.Decapsulate(ctx, call(), &DecapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: sent.SharedSecretCiphertextBlob})
	check("Decapsulate", err, kem)

	before := *w.lastUse(t, signer.KeyId).KeyLastUsage
	_, err = w.Verify(ctx, call(), &VerifyInput{KeyId: signer.KeyId, Message: []byte("M"), Signature: signature.Signature, SigningAlgorithm: "ECDSA_SHA_256"})
	wantError(t, err, InvalidSignature, "")
	if got := *w.lastUse(t, signer.KeyId).KeyLastUsage; got != before {
		t.Errorf("a failure counts: %+v", got)
	}
	_, err = w.GetKeyLastUsage(ctx, user("a"), &GetKeyLastUsageInput{KeyId: "alias/x"})
	wantError(t, err, InvalidArn, "Key Aliases are not supported for this operation.")
}

// The related keys of a multi-Region key are used independently.
func TestUsageOfReplicas(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.replica(t, k.KeyId, otherRegion)
	ok[*EncryptOutput](t)(w.Encrypt(t.Context(), user("a").in(otherRegion), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")}))
	if got := *w.lastUse(t, k.KeyId).KeyLastUsage; got != (KeyLastUsageData{}) {
		t.Errorf("the primary was used: %+v", got)
	}
}

// Close and Run write the uses down; a process that is killed forgets what is younger than
// UsageDelay, and nothing that is older.
func TestUsageIsWrittenBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		k := w.create(t, nil)
		use := func() { w.encrypted(t, k.KeyId, nil, "x") }
		kept := func() bool { // as a process sees it that starts now
			other := &world{store: w.store, clock: w.clock, auth: w.auth}
			other.open(t)
			return *other.lastUse(t, k.KeyId).KeyLastUsage == *w.lastUse(t, k.KeyId).KeyLastUsage
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		use()
		if kept() {
			t.Error("a use is written at once")
		}
		time.Sleep(UsageDelay)
		synctest.Wait()
		if !kept() {
			t.Error("a use is not written after UsageDelay")
		}
		w.clock.add(time.Minute)
		use()
		stop()
		if err := <-done; err != nil || !kept() {
			t.Errorf("Run ends with %v, the last use is written: %v", err, kept())
		}
		w.clock.add(time.Minute)
		use()
		if err := w.Close(); err != nil || !kept() {
			t.Errorf("Close says %v, the last use is written: %v", err, kept())
		}
	})
}

// broken is a store that cannot write for now.
type broken struct {
	*Memory
	now bool
}

func (b *broken) Commit(ctx context.Context, records []Record) error {
	if b.now {
		return errors.New("disk full")
	}
	return b.Memory.Commit(ctx, records)
}

// A use that could not be written is written later, and no operation fails for it.
func TestUsageOfBrokenStore(t *testing.T) {
	store := &broken{Memory: &Memory{}}
	w := newWorld(t, func(o *Options) { o.Store, o.Root = store, testRoot(t) })
	k := w.create(t, nil)
	store.now = true
	w.encrypted(t, k.KeyId, nil, "x")
	if err := w.writeUsage(t.Context()); err == nil {
		t.Error("writing to a broken store succeeds")
	}
	want := *w.lastUse(t, k.KeyId).KeyLastUsage
	store.now = false
	if err := w.writeUsage(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.open(t, func(o *Options) { o.Store, o.Root = store, testRoot(t) })
	if got := *w.lastUse(t, k.KeyId).KeyLastUsage; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func testRoot(t testing.TB) *Root {
	t.Helper()
	root, err := NewRoot(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestTrailingDays(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	days := func() string {
		found, err := w.resolve(user("a"), k.KeyId, idOrARN)
		if err != nil {
			t.Fatal(err)
		}
		return w.trailingDays(found)
	}
	w.clock.add(48*time.Hour - time.Second)
	if got := days(); got != "1" {
		t.Errorf("since creation: %s", got)
	}
	w.encrypted(t, k.KeyId, nil, "x")
	w.clock.add(3 * 24 * time.Hour)
	if got := days(); got != "3" {
		t.Errorf("since the last use: %s", got)
	}
	w.clock.add(-10 * 24 * time.Hour)
	if got := days(); got != "0" {
		t.Errorf("with a clock that went back: %s", got)
	}
}
