package material

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const enforcedVariable = "BEDLOCK_TEST_FIPS_ENFORCED"

// TestFIPSEnforced runs TestEnforced in a process that may use nothing but the FIPS 140-3
// module.
func TestFIPSEnforced(t *testing.T) {
	if fips140.Enforced() {
		t.Skip("this process is that already")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestEnforced$", "-test.v")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=only", enforcedVariable+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestEnforced") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestEnforced(t *testing.T) {
	if !fips140.Enforced() {
		if os.Getenv(enforcedVariable) != "" {
			t.Fatal("GODEBUG=fips140=only has no effect")
		}
		t.Skip("runs within TestFIPSEnforced")
	}
	for _, s := range []Spec{Secp256k1, MLDSA44, MLDSA65, MLDSA87, MLKEM512} {
		want := "Key spec " + string(s) + " is not in the FIPS 140-3 module, and this process may use nothing else."
		wantError(t, not(Generate(s)), Unsupported, want)
		wantError(t, not(Import(s, nil)), Unsupported, want)
	}
	// Keys that were made before can be loaded, so that their store opens, but not used.
	var old, kem *Material
	fips140.WithoutEnforcement(func() { old, kem = keyOf(t, Secp256k1), keyOf(t, MLKEM512) })
	again := parse(t, Secp256k1, old.Bytes())
	refused := "Key spec ECC_SECG_P256K1 is not in the FIPS 140-3 module, and this process may use nothing else."
	wantError(t, not(again.Sign(ECDSASHA256, Raw, []byte("x"))), Unsupported, refused)
	wantError(t, again.Verify(ECDSASHA256, Raw, []byte("x"), nil), Unsupported, refused)
	wantError(t, not(kem.Decapsulate(MLKEM, nil)), Unsupported, strings.Replace(refused, "ECC_SECG_P256K1", "ML_KEM_512", 1))
	sha1 := "SHA-1 is not approved by FIPS 140-3, and this process may use nothing else."
	rsa := keyOf(t, RSA2048)
	wantError(t, not(rsa.Encrypt(OAEPSHA1, []byte("x"))), Unsupported, sha1)
	wantError(t, not(rsa.Decrypt(OAEPSHA1, []byte("x"))), Unsupported, sha1)
	wantError(t, not(rsa.Unwrap(OAEPSHA1, []byte("x"))), Unsupported, sha1)
	wantError(t, not(rsa.Unwrap(AESKeyWrapSHA1, make([]byte, 300))), Unsupported, sha1)

	// Everything else works.
	m := keyOf(t, Symmetric)
	if p, err := Open(m, nil, sealed(t, keyID, m, nil, []byte("x"))); err != nil || string(p) != "x" {
		t.Errorf("%q, %v", p, err)
	}
	for _, i := range Specs() {
		if enforced(i.Spec) != nil || i.Spec == RSA3072 || i.Spec == RSA4096 {
			continue
		}
		m := keyOf(t, i.Spec)
		for _, a := range i.Algorithms(SignVerify) {
			kind, message := Raw, []byte("a message")
			if a == Ed25519PHSHA512 {
				kind, message = Digest, make([]byte, 64)
			}
			if s, err := m.Sign(a, kind, message); err != nil {
				t.Errorf("%s %s: %v", i.Spec, a, err)
			} else if err := m.Verify(a, kind, message, s); err != nil {
				t.Errorf("%s %s: %v", i.Spec, a, err)
			}
		}
		for _, a := range i.Algorithms(GenerateVerifyMac) {
			if _, err := m.Mac(a, []byte("x")); err != nil {
				t.Errorf("%s %s: %v", i.Spec, a, err)
			}
		}
		if i.Has(ECDH) {
			public, _ := m.PublicKey()
			if _, err := m.Derive(ECDH, public); err != nil {
				t.Errorf("%s: %v", i.Spec, err)
			}
		}
		if i.Has(MLKEM) {
			if _, c, err := m.Encapsulate(MLKEM); err != nil {
				t.Errorf("%s: %v", i.Spec, err)
			} else if _, err := m.Decapsulate(MLKEM, c); err != nil {
				t.Errorf("%s: %v", i.Spec, err)
			}
		}
	}
	if p, err := rsa.Unwrap(AESKeyWrapSHA256, wrap(t, rsa, AESKeyWrapSHA256, []byte("material"))); err != nil || string(p) != "material" {
		t.Errorf("%q, %v", p, err)
	}
	n := testNitro()
	if a, err := OpenAttestation(sign1(t, n.key, cborPairs(documentOf(t, n))), n.roots, attested); err != nil {
		t.Error(err)
	} else if _, err := a.Envelope([]byte("x")); err != nil {
		t.Error(err)
	}
	secret := make([]byte, 32)
	if token, err := SealToken(secret, ImportToken{KeyID: "key", Algorithm: AESKeyWrapSHA256, Wrapping: rsa, Expires: attested}); err != nil {
		t.Error(err)
	} else if _, err := OpenToken(secret, "key", attested.Add(-1), token); err != nil {
		t.Error(err)
	}
}
