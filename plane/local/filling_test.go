package local_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
)

// TestFilling: what a seed makes has the same ids and times in each plane that is filled in from the
// same source; what is made later has neither, and no key is made of the source.
func TestFilling(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	keys := map[string]int{}
	var later []string
	var sealed []byte
	for range 2 {
		s, err := seed.Read("seed.yaml", []byte(`accounts: {"111122223333": {roles: [{name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}}], keys: [{region: eu-west-1, alias: alias/a}]}}`), os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		p, err := local.Open(t.Context(), local.Options{Seed: s, NoPage: true, Filling: &local.Filling{IDs: rand.NewChaCha8([32]byte{1}), At: at}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		ctx, call := plane.As(t.Context(), p.IAM.Root("111122223333"), "eu-west-1")
		seeded, err := p.KMS.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: "alias/a"})
		if err != nil {
			t.Fatal(err)
		}
		if made := seeded.KeyMetadata.CreationDate; !made.Equal(at) {
			t.Errorf("it was made at %s", made)
		}
		keys[seeded.KeyMetadata.KeyId]++
		if sealed != nil {
			if _, err := p.KMS.Decrypt(ctx, call, &kms.DecryptInput{CiphertextBlob: sealed}); err == nil {
				t.Error("the keys of two planes are the same")
			}
		}
		out, err := p.KMS.Encrypt(ctx, call, &kms.EncryptInput{KeyId: "alias/a", Plaintext: []byte("text")})
		if err != nil {
			t.Fatal(err)
		}
		sealed = out.CiphertextBlob
		made, err := p.KMS.CreateKey(ctx, call, &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		if when := made.KeyMetadata.CreationDate; time.Since(when) > time.Hour {
			t.Errorf("what is made later was made at %s", when)
		}
		later = append(later, made.KeyMetadata.KeyId)
	}
	if len(keys) != 1 {
		t.Errorf("the keys of the seed are %v", keys)
	}
	if later[0] == later[1] {
		t.Error("keys that are made later are the same")
	}
}
