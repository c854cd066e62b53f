package material

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"

	"filippo.io/mldsa"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// Material is the key material of one KMS key, or one generation of it.
type Material struct {
	spec Spec
	// A function, which fmt cannot look into: it prints what unexported fields hold and
	// point to, past all methods.
	hidden func() *hidden
}

func newMaterial(s Spec, b []byte, key any) *Material {
	h := &hidden{b, key}
	return &Material{s, func() *hidden { return h }}
}

type hidden struct {
	bytes []byte // the canonical form, see Bytes
	// key is what bytes mean: nil for symmetric and HMAC keys, else *rsa.PrivateKey,
	// *ecdsa.PrivateKey, *secp256k1.PrivateKey, ed25519.PrivateKey, *mldsa.PrivateKey or
	// a decapsulator.
	key any
}

// Generate makes new material from the system's randomness. RSA_4096 takes seconds.
func Generate(s Spec) (*Material, error) {
	if err := available(s); err != nil {
		return nil, err
	}
	info, _ := Lookup(s)
	if info.Material > 0 {
		b, err := random(info.Material)
		if err != nil {
			return nil, err
		}
		return newMaterial(s, b, nil), nil
	}
	key, err := generate(s)
	if err != nil {
		return nil, fmt.Errorf("generate key material of %s: %w", s, err)
	}
	return fromKey(s, key)
}

func generate(s Spec) (any, error) {
	switch s {
	case RSA2048, RSA3072, RSA4096:
		return rsa.GenerateKey(rand.Reader, modulusBits(s))
	case P256, P384, P521:
		return ecdsa.GenerateKey(curve(s), rand.Reader)
	case Secp256k1:
		return secp256k1.GeneratePrivateKey()
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case MLDSA44, MLDSA65, MLDSA87:
		return mldsa.GenerateKey(parameters(s))
	case MLKEM512, MLKEM768, MLKEM1024:
		seed, err := random(kemSeed)
		if err != nil {
			return nil, err
		}
		return newDecapsulator(s, seed)
	}
	return nil, unavailable(s)
}

func fromKey(s Spec, key any) (*Material, error) {
	b, err := marshalPKCS8(s, key)
	if err != nil {
		return nil, fmt.Errorf("encode key material of %s: %w", s, err)
	}
	return newMaterial(s, b, key), nil
}

// Import takes key material from outside: 32 raw bytes for SYMMETRIC_DEFAULT, as many raw
// bytes as the spec says for HMAC, an unencrypted PKCS#8 private key (DER) of exactly the
// spec for all others. ML-DSA and ML-KEM keys must be in seed form. Errors are
// InvalidMaterial.
func Import(s Spec, plaintext []byte) (*Material, error) {
	if err := available(s); err != nil {
		return nil, err
	}
	m, err := Parse(s, plaintext)
	if err != nil {
		return nil, &Error{InvalidMaterial, err.Error()}
	}
	return m, nil
}

// Parse is the inverse of [Material.Bytes].
func Parse(s Spec, b []byte) (*Material, error) {
	info, ok := Lookup(s)
	if !ok {
		return nil, unavailable(s)
	}
	if info.Material > 0 {
		if len(b) != info.Material {
			return nil, fmt.Errorf("%s: %d bytes, not %d", s, len(b), info.Material)
		}
		return newMaterial(s, slices.Clone(b), nil), nil
	}
	key, err := parsePKCS8(s, b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s, err)
	}
	return fromKey(s, key)
}

// Spec returns the key spec.
func (m *Material) Spec() Spec { return m.spec }

// Bytes returns a copy of the key bytes, for sealing at rest only: raw bytes of symmetric
// and HMAC keys, PKCS#8 (DER) of all others.
func (m *Material) Bytes() []byte { return slices.Clone(m.hidden().bytes) }

// Equal reports in constant time whether other is the same key of the same spec.
func (m *Material) Equal(other *Material) bool {
	return other != nil && m.spec == other.spec && subtle.ConstantTimeCompare(m.hidden().bytes, other.hidden().bytes) == 1
}

// String returns the spec and nothing of the key.
func (m Material) String() string { return "key material of " + string(m.spec) }

// Format writes what String returns, whatever the verb.
func (m Material) Format(f fmt.State, _ rune) { fmt.Fprint(f, m.String()) }

// MarshalJSON returns what String returns as a JSON string.
func (m Material) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }

// available says why no new material of the spec can be had.
func available(s Spec) error {
	if _, ok := Lookup(s); !ok {
		return unavailable(s)
	}
	return enforced(s)
}

func unavailable(s Spec) error {
	if s == SM2 {
		return fail(Unsupported, "Key spec SM2, which AWS offers in China Regions only, is not implemented here.")
	}
	return fail(Unsupported, "Key spec %s is not implemented here.", s)
}

// enforced refuses what the FIPS 140-3 module does not have while nothing else may run.
func enforced(s Spec) error {
	switch s {
	case Secp256k1, MLDSA44, MLDSA65, MLDSA87, MLKEM512:
		if fips140.Enforced() {
			return fail(Unsupported, "Key spec %s is not in the FIPS 140-3 module, and this process may use nothing else.", s)
		}
	}
	return nil
}

// check refuses an algorithm that the spec does not have, or that may not run here.
func (m *Material) check(a Algorithm) error {
	if info, _ := Lookup(m.spec); !info.Has(a) {
		return incompatible(a, m.spec)
	}
	if a == OAEPSHA1 && fips140.Enforced() {
		return fail(Unsupported, "SHA-1 is not approved by FIPS 140-3, and this process may use nothing else.")
	}
	return enforced(m.spec)
}

func random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}
