package material

import (
	"bytes"
	"crypto/sha3"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"filippo.io/mldsa"
)

func TestWycheproofKeyWrap(t *testing.T) {
	for _, g := range readWycheproof(t, "aes_kwp_test.json").TestGroups {
		for _, v := range g.Tests {
			got, ok := unwrapKWP(unhex(t, v.Key), unhex(t, v.Ct))
			if ok != (v.Result == "valid") {
				t.Errorf("test %d (%s): accepted %t, result is %s", v.TcID, v.Comment, ok, v.Result)
			} else if ok && hex.EncodeToString(got) != v.Msg {
				t.Errorf("test %d: %x, want %s", v.TcID, got, v.Msg)
			}
		}
	}
}

func TestWycheproofOAEP(t *testing.T) {
	for _, f := range []struct {
		spec Spec
		alg  Algorithm
		name string
	}{
		{RSA2048, OAEPSHA1, "rsa_oaep_2048_sha1_mgf1sha1_test.json"},
		{RSA2048, OAEPSHA256, "rsa_oaep_2048_sha256_mgf1sha256_test.json"},
		{RSA3072, OAEPSHA256, "rsa_oaep_3072_sha256_mgf1sha256_test.json"},
		{RSA4096, OAEPSHA256, "rsa_oaep_4096_sha256_mgf1sha256_test.json"},
	} {
		for _, g := range readWycheproof(t, f.name).TestGroups {
			m, err := Import(f.spec, unhex(t, g.PrivateKeyPkcs8))
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			for _, v := range g.Tests {
				// KMS has no labels, so what carries one must be refused.
				valid := v.Result == "valid" && v.Label == ""
				got, err := m.Decrypt(f.alg, unhex(t, v.Ct))
				if valid != (err == nil) || valid && hex.EncodeToString(got) != v.Msg {
					t.Errorf("%s test %d (%s): %x, %v, result is %s", f.name, v.TcID, v.Comment, got, err, v.Result)
				}
				if !valid {
					wantError(t, err, InvalidCiphertext, "")
				}
			}
		}
	}
}

func TestWycheproofSignatures(t *testing.T) {
	files := []struct {
		spec Spec
		alg  Algorithm
		name string
	}{
		{P256, ECDSASHA256, "ecdsa_secp256r1_sha256_test.json"},
		{P384, ECDSASHA384, "ecdsa_secp384r1_sha384_test.json"},
		{P521, ECDSASHA512, "ecdsa_secp521r1_sha512_test.json"},
		{Ed25519, Ed25519SHA512, "ed25519_test.json"},
		{RSA2048, PKCS1SHA256, "rsa_signature_2048_sha256_test.json"},
		{RSA2048, PKCS1SHA384, "rsa_signature_2048_sha384_test.json"},
		{RSA2048, PKCS1SHA512, "rsa_signature_2048_sha512_test.json"},
		{RSA3072, PKCS1SHA256, "rsa_signature_3072_sha256_test.json"},
		{RSA3072, PKCS1SHA384, "rsa_signature_3072_sha384_test.json"},
		{RSA3072, PKCS1SHA512, "rsa_signature_3072_sha512_test.json"},
		{RSA4096, PKCS1SHA256, "rsa_signature_4096_sha256_test.json"},
		{RSA4096, PKCS1SHA384, "rsa_signature_4096_sha384_test.json"},
		{RSA4096, PKCS1SHA512, "rsa_signature_4096_sha512_test.json"},
		{RSA2048, PSSSHA256, "rsa_pss_2048_sha256_mgf1_32_test.json"},
		{RSA2048, PSSSHA384, "rsa_pss_2048_sha384_mgf1_48_test.json"},
		{RSA3072, PSSSHA256, "rsa_pss_3072_sha256_mgf1_32_test.json"},
		{RSA4096, PSSSHA256, "rsa_pss_4096_sha256_mgf1_32_test.json"},
		{RSA4096, PSSSHA384, "rsa_pss_4096_sha384_mgf1_48_test.json"},
		{RSA4096, PSSSHA512, "rsa_pss_4096_sha512_mgf1_64_test.json"},
	}
	for _, f := range files {
		for _, g := range readWycheproof(t, f.name).TestGroups {
			public, err := x509.ParsePKIXPublicKey(unhex(t, g.PublicKeyDer))
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			// digest needs a material of the spec; verify takes the vector's key.
			m := newMaterial(f.spec, nil, nil)
			for _, v := range g.Tests {
				d, err := m.digest(f.alg, Raw, unhex(t, v.Msg))
				if err != nil {
					t.Fatal(err)
				}
				if got := verify(public, f.alg, Raw, d, unhex(t, v.Sig)); v.Result != "acceptable" && got != (v.Result == "valid") {
					t.Errorf("%s test %d (%s): verified %t, result is %s", f.name, v.TcID, v.Comment, got, v.Result)
				}
			}
		}
	}
	t.Run("a salt of another length than the hash", func(t *testing.T) {
		for _, name := range []string{"rsa_pss_2048_sha256_mgf1_0_test.json", "rsa_pss_4096_sha512_mgf1_32_test.json"} {
			valid := 0
			for _, g := range readWycheproof(t, name).TestGroups {
				public, err := x509.ParsePKIXPublicKey(unhex(t, g.PublicKeyDer))
				if err != nil {
					t.Fatal(err)
				}
				alg := map[string]Algorithm{"SHA-256": PSSSHA256, "SHA-512": PSSSHA512}[g.Sha]
				m := newMaterial(RSA2048, nil, nil)
				for _, v := range g.Tests {
					d, err := m.digest(alg, Raw, unhex(t, v.Msg))
					if err != nil {
						t.Fatal(err)
					}
					if v.Result != "valid" {
						continue // among them salts changed to the hash's length
					}
					valid++
					if verify(public, alg, Raw, d, unhex(t, v.Sig)) {
						t.Errorf("%s test %d (%s) is accepted", name, v.TcID, v.Comment)
					}
				}
			}
			if valid == 0 {
				t.Errorf("%s has no valid signature that could be accepted wrongly", name)
			}
		}
	})
}

// mu is μ of FIPS 204 section 6.2.
func mu(public, context, message []byte) []byte {
	tr := make([]byte, 64)
	h := sha3.NewSHAKE256()
	h.Write(public)
	h.Read(tr)
	h = sha3.NewSHAKE256()
	h.Write(tr)
	h.Write([]byte{0, byte(len(context))})
	h.Write(context)
	h.Write(message)
	out := make([]byte, 64)
	h.Read(out)
	return out
}

func TestWycheproofMLDSAVerify(t *testing.T) {
	for _, s := range []Spec{MLDSA44, MLDSA65, MLDSA87} {
		name := fmt.Sprintf("mldsa_%s_verify_test.json", string(s)[len("ML_DSA_"):])
		for _, g := range readWycheproof(t, name).TestGroups {
			var digits string
			if err := json.Unmarshal(g.PublicKey, &digits); err != nil {
				t.Fatal(err)
			}
			public, err := mldsa.NewPublicKey(parameters(s), unhex(t, digits))
			for _, v := range g.Tests {
				valid := v.Result == "valid"
				if err != nil {
					if valid {
						t.Errorf("%s test %d: the key is refused: %v", name, v.TcID, err)
					}
					continue
				}
				var context []byte
				if v.Ctx != nil {
					context = unhex(t, *v.Ctx)
				} else if got := verify(public, MLDSASHAKE256, Raw, unhex(t, v.Msg), unhex(t, v.Sig)); got != valid {
					t.Errorf("%s test %d (%s): verified %t, result is %s", name, v.TcID, v.Comment, got, v.Result)
				}
				if len(context) > 255 {
					continue // there is no μ
				}
				if got := verify(public, MLDSASHAKE256, ExternalMu, mu(public.Bytes(), context, unhex(t, v.Msg)), unhex(t, v.Sig)); got != valid {
					t.Errorf("%s test %d (%s) by μ: verified %t, result is %s", name, v.TcID, v.Comment, got, v.Result)
				}
			}
		}
	}
}

func TestWycheproofMLDSASign(t *testing.T) {
	for _, s := range []Spec{MLDSA44, MLDSA65, MLDSA87} {
		name := fmt.Sprintf("mldsa_%s_sign_seed_test.json", string(s)[len("ML_DSA_"):])
		for _, g := range readWycheproof(t, name).TestGroups {
			if len(g.PrivateSeed) != 64 {
				continue // keys of a wrong length
			}
			encoded := unhex(t, g.PrivateKeyPkcs8)
			if len(encoded) == 0 {
				encoded, _ = marshalSeed(s, unhex(t, g.PrivateSeed))
			}
			m, err := Import(s, encoded)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var digits string
			if err := json.Unmarshal(g.PublicKey, &digits); err != nil {
				t.Fatal(err)
			}
			if got := m.hidden().key.(*mldsa.PrivateKey).PublicKey().Bytes(); hex.EncodeToString(got) != digits {
				t.Errorf("%s: the public key of seed %s is another", name, g.PrivateSeed)
			}
			for _, v := range g.Tests {
				if v.Result != "valid" || v.Mu == nil {
					continue
				}
				if err := m.Verify(MLDSASHAKE256, ExternalMu, unhex(t, *v.Mu), unhex(t, v.Sig)); err != nil {
					t.Errorf("%s test %d (%s): %v", name, v.TcID, v.Comment, err)
				}
			}
		}
	}
}

func TestWycheproofMLKEM(t *testing.T) {
	for _, s := range []Spec{MLKEM512, MLKEM768, MLKEM1024} {
		size := string(s)[len("ML_KEM_"):]
		for _, g := range readWycheproof(t, "mlkem_"+size+"_test.json").TestGroups {
			for _, v := range g.Tests {
				key, err := newDecapsulator(s, unhexOr(v.Seed))
				if err != nil {
					if v.Result == "valid" {
						t.Errorf("%s test %d: %v", s, v.TcID, err)
					}
					continue
				}
				m, err := fromKey(s, key)
				if err != nil {
					t.Fatal(err)
				}
				secret, err := m.Decapsulate(MLKEM, unhex(t, v.C))
				if got := err == nil && hex.EncodeToString(secret) == v.K && hex.EncodeToString(key.public()) == v.Ek; got != (v.Result == "valid") {
					t.Errorf("%s test %d (%s): agreed %t (%v), result is %s", s, v.TcID, v.Comment, got, err, v.Result)
				}
			}
		}
		for _, g := range readWycheproof(t, "mlkem_"+size+"_keygen_seed_test.json").TestGroups {
			for _, v := range g.Tests {
				key, err := newDecapsulator(s, unhex(t, v.Seed))
				if err != nil || hex.EncodeToString(key.public()) != v.Ek {
					t.Errorf("%s key generation %d: another public key (%v)", s, v.TcID, err)
				}
			}
		}
	}
}

// unhexOr lets lengths pass that the constructors must refuse.
func unhexOr(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

func TestWycheproofECDH(t *testing.T) {
	for _, f := range []struct {
		spec Spec
		name string
	}{{P256, "ecdh_secp256r1_test.json"}, {P384, "ecdh_secp384r1_test.json"}, {P521, "ecdh_secp521r1_test.json"}} {
		for _, g := range readWycheproof(t, f.name).TestGroups {
			for _, v := range g.Tests {
				scalar := bytes.TrimLeft(unhex(t, v.Private), "\x00")
				size := scalarSize(f.spec)
				key, _, err := newEC(f.spec, append(make([]byte, size-len(scalar)), scalar...))
				if err != nil {
					t.Fatalf("%s test %d: %v", f.name, v.TcID, err)
				}
				secret, err := newMaterial(f.spec, nil, key).Derive(ECDH, unhex(t, v.Public))
				// Acceptable are unusual encodings of good keys: refused or right.
				good := err == nil && hex.EncodeToString(secret) == v.Shared
				if v.Result == "valid" && !good || v.Result == "invalid" && err == nil || v.Result == "acceptable" && err == nil && !good {
					t.Errorf("%s test %d (%s): %x, %v, result is %s", f.name, v.TcID, v.Comment, secret, err, v.Result)
				}
				if err != nil {
					wantError(t, err, Validation, "")
				}
			}
		}
	}
}
