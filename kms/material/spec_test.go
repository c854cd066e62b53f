package material

import (
	"slices"
	"strings"
	"testing"
)

// TestSpecs is the table of AWS's documentation once more, as text.
func TestSpecs(t *testing.T) {
	rsaUse := "ENCRYPT_DECRYPT: RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256; SIGN_VERIFY: RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PKCS1_V1_5_SHA_384 RSASSA_PKCS1_V1_5_SHA_512 RSASSA_PSS_SHA_256 RSASSA_PSS_SHA_384 RSASSA_PSS_SHA_512"
	want := map[Spec]string{
		"SYMMETRIC_DEFAULT":     "ENCRYPT_DECRYPT: SYMMETRIC_DEFAULT",
		"HMAC_224":              "GENERATE_VERIFY_MAC: HMAC_SHA_224",
		"HMAC_256":              "GENERATE_VERIFY_MAC: HMAC_SHA_256",
		"HMAC_384":              "GENERATE_VERIFY_MAC: HMAC_SHA_384",
		"HMAC_512":              "GENERATE_VERIFY_MAC: HMAC_SHA_512",
		"RSA_2048":              rsaUse,
		"RSA_3072":              rsaUse,
		"RSA_4096":              rsaUse,
		"ECC_NIST_P256":         "SIGN_VERIFY: ECDSA_SHA_256; KEY_AGREEMENT: ECDH",
		"ECC_NIST_P384":         "SIGN_VERIFY: ECDSA_SHA_384; KEY_AGREEMENT: ECDH",
		"ECC_NIST_P521":         "SIGN_VERIFY: ECDSA_SHA_512; KEY_AGREEMENT: ECDH",
		"ECC_SECG_P256K1":       "SIGN_VERIFY: ECDSA_SHA_256",
		"ECC_NIST_EDWARDS25519": "SIGN_VERIFY: ED25519_SHA_512 ED25519_PH_SHA_512",
		"ML_DSA_44":             "SIGN_VERIFY: ML_DSA_SHAKE_256",
		"ML_DSA_65":             "SIGN_VERIFY: ML_DSA_SHAKE_256",
		"ML_DSA_87":             "SIGN_VERIFY: ML_DSA_SHAKE_256",
		"ML_KEM_512":            "ENCAPSULATE_DECAPSULATE: ML_KEM",
		"ML_KEM_768":            "ENCAPSULATE_DECAPSULATE: ML_KEM",
		"ML_KEM_1024":           "ENCAPSULATE_DECAPSULATE: ML_KEM",
	}
	if len(Specs()) != len(want) {
		t.Errorf("%d specs, want %d", len(Specs()), len(want))
	}
	var pairs, unconfirmed []Spec
	for _, i := range Specs() {
		var parts []string
		for _, u := range i.Usages() {
			part := string(u) + ":"
			for _, a := range i.Algorithms(u) {
				part += " " + string(a)
			}
			parts = append(parts, part)
		}
		if got := strings.Join(parts, "; "); got != want[i.Spec] {
			t.Errorf("%s has %q, want %q", i.Spec, got, want[i.Spec])
		}
		if (i.Default != "") != (i.Spec == Symmetric) {
			t.Errorf("%s has the default usage %q", i.Spec, i.Default)
		}
		if i.KeyPair {
			pairs = append(pairs, i.Spec)
		}
		if i.ImportUnconfirmed {
			unconfirmed = append(unconfirmed, i.Spec)
		}
	}
	if w := []Spec{RSA2048, RSA3072, RSA4096, P256, P384, P521, Secp256k1, Ed25519, MLKEM512, MLKEM768, MLKEM1024}; !slices.Equal(pairs, w) {
		t.Errorf("key pairs of %v, want %v", pairs, w)
	}
	if w := []Spec{Ed25519, MLDSA44, MLDSA65, MLDSA87, MLKEM512, MLKEM768, MLKEM1024}; !slices.Equal(unconfirmed, w) {
		t.Errorf("import is unconfirmed of %v, want %v", unconfirmed, w)
	}
}

func TestTheTableCannotBeChanged(t *testing.T) {
	i, _ := Lookup(RSA2048)
	i.Algorithms(SignVerify)[0] = "changed"
	Specs()[0].Spec = "changed"
	if j, ok := Lookup(RSA2048); !ok || j.Algorithms(SignVerify)[0] != PKCS1SHA256 {
		t.Error("the table of algorithms was changed")
	}
	if _, ok := Lookup(Symmetric); !ok {
		t.Error("the table of specs was changed")
	}
}

// TestMaxPlaintext: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
func TestMaxPlaintext(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		alg  Algorithm
		want int
	}{
		{Symmetric, SymmetricDefault, 4096},
		{RSA2048, OAEPSHA1, 214}, {RSA2048, OAEPSHA256, 190},
		{RSA3072, OAEPSHA1, 342}, {RSA3072, OAEPSHA256, 318},
		{RSA4096, OAEPSHA1, 470}, {RSA4096, OAEPSHA256, 446},
		{RSA2048, PSSSHA256, 0}, {P256, OAEPSHA1, 0}, {SM2, OAEPSHA1, 0},
	} {
		if got := MaxPlaintext(c.spec, c.alg); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.spec, c.alg, got, c.want)
		}
	}
}

func TestSM2IsRefused(t *testing.T) {
	if _, ok := Lookup(SM2); ok {
		t.Error("SM2 is in the table")
	}
	const message = "Key spec SM2, which AWS offers in China Regions only, is not implemented here."
	wantError(t, not(Generate(SM2)), Unsupported, message)
	wantError(t, not(Import(SM2, []byte{0})), Unsupported, message)
	wantError(t, not(Parse(SM2, []byte{0})), Unsupported, message)
	_, _, err := DataKeyPair(SM2)
	wantError(t, err, Unsupported, message)
	wantError(t, not(Generate("RSA_1024")), Unsupported, "Key spec RSA_1024 is not implemented here.")
}
