package material

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

func TestEverySpecIsMadeStoredAndReadBack(t *testing.T) {
	for _, i := range Specs() {
		m := keyOf(t, i.Spec)
		if m.Spec() != i.Spec {
			t.Errorf("%s: spec is %s", i.Spec, m.Spec())
		}
		stored := m.Bytes()
		if i.Material > 0 && len(stored) != i.Material {
			t.Errorf("%s: %d bytes, want %d", i.Spec, len(stored), i.Material)
		}
		again := parse(t, i.Spec, stored)
		if !again.Equal(m) || !bytes.Equal(again.Bytes(), stored) {
			t.Errorf("%s: not the same after reading back", i.Spec)
		}
		clear(stored)
		if !again.Equal(m) || bytes.Equal(m.Bytes(), stored) {
			t.Errorf("%s: the bytes that were returned are the key's own", i.Spec)
		}
		other, err := Generate(i.Spec)
		if i.Spec == RSA4096 || i.Spec == RSA3072 {
			other, err = keyOf(t, RSA2048), nil // for the time they take
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.Equal(other) || m.Equal(nil) {
			t.Errorf("%s: equals another key", i.Spec)
		}
	}
	raw := bytes.Repeat([]byte{7}, 32)
	if parse(t, Symmetric, raw).Equal(parse(t, HMAC256, raw)) {
		t.Error("keys of two specs are equal")
	}
}

func TestParseKeepsItsOwnBytes(t *testing.T) {
	raw := bytes.Repeat([]byte{7}, 32)
	m := parse(t, Symmetric, raw)
	clear(raw)
	if m.Bytes()[0] != 7 {
		t.Error("the key changed with its caller's bytes")
	}
}

// TestNothingPrintsAKey looks for the bytes of a key, raw, in hexadecimal digits, base64
// and decimal, in whatever can print.
func TestNothingPrintsAKey(t *testing.T) {
	raw := []byte("the 32 secret bytes of some key!")
	for _, m := range []*Material{parse(t, Symmetric, raw), keyOf(t, Ed25519), keyOf(t, RSA2048), keyOf(t, MLKEM512), keyOf(t, MLKEM768), keyOf(t, Secp256k1), keyOf(t, P256), keyOf(t, MLDSA44)} {
		var out strings.Builder
		inside := struct {
			M *Material
			V Material
			u Material
			p *Material
		}{m, *m, *m, m}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%t", "%w"} {
			fmt.Fprintf(&out, verb+"\n", m)
			fmt.Fprintf(&out, verb+"\n", *m)
			fmt.Fprintf(&out, verb+"\n", inside)
			fmt.Fprintf(&out, verb+"\n", []*Material{m})
		}
		fmt.Fprintln(&out, m, *m, fmt.Errorf("about %v", m))
		b, err := json.Marshal(inside)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("made", "key", m, "in", inside)
		slog.New(slog.NewTextHandler(&out, nil)).Info("made", "key", m, "in", inside)
		text := strings.ToLower(out.String())
		secret := m.Bytes()
		secret = secret[len(secret)/2-8:][:16]
		decimal := strings.Trim(fmt.Sprint(secret), "[]")
		for _, form := range []string{string(secret), hex.EncodeToString(secret), decimal, strings.ReplaceAll(decimal, " ", ", ")} {
			if strings.Contains(text, strings.ToLower(form)) {
				t.Errorf("%s: the key is in the output", m.Spec())
			}
		}
		if m.String() != "key material of "+string(m.Spec()) || fmt.Sprintf("%#v", m) != m.String() {
			t.Errorf("prints as %q", fmt.Sprintf("%#v", m))
		}
	}
}

// TestPublicKeys checks encodings as far as this package has its own.
func TestPublicKeys(t *testing.T) {
	for s, want := range map[Spec]string{
		// SEQUENCE { SEQUENCE { algorithm, parameters }, BIT STRING, up to the key.
		P256:      "3059301306072a8648ce3d020106082a8648ce3d030107034200" + "04",
		Secp256k1: "3056301006072a8648ce3d020106052b8104000a034200" + "04",
		Ed25519:   "302a300506032b6570032100",
		MLDSA44:   "30820532300b0609608648016503040311" + "0382052100",
		MLDSA65:   "308207b2300b0609608648016503040312" + "038207a100",
		MLDSA87:   "30820a32300b0609608648016503040313" + "03820a2100",
		MLKEM512:  "30820332300b0609608648016503040401" + "0382032100",
		MLKEM768:  "308204b2300b0609608648016503040402" + "038204a100",
		MLKEM1024: "30820632300b0609608648016503040403" + "0382062100",
		RSA2048:   "30820122300d06092a864886f70d01010105000382010f00",
	} {
		der, err := keyOf(t, s).PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(hex.EncodeToString(der), want) {
			t.Errorf("%s: public key is %x, want it to begin with %s", s, der[:40], want)
		}
	}
	for _, s := range []Spec{Symmetric, HMAC256} {
		wantError(t, not(keyOf(t, s).PublicKey()), Unsupported, "A key of spec "+string(s)+" has no public key.")
	}
}

func pkcs8Of(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestImportIsStrict(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p256, ed := keyOf(t, P256).Bytes(), keyOf(t, Ed25519).Bytes()
	spki, err := keyOf(t, P256).PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	inner := func(k ecPrivateKey, curve []byte) []byte {
		b, err := asn1.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		id := identifier(P256)
		id.Parameters.FullBytes = curve
		b, err = asn1.Marshal(pkcs8{Algorithm: id, PrivateKey: b})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	secp := func(scalar []byte) []byte {
		b, err := asn1.Marshal(ecPrivateKey{Version: 1, Scalar: scalar})
		if err != nil {
			t.Fatal(err)
		}
		if b, err = asn1.Marshal(pkcs8{Algorithm: identifier(Secp256k1), PrivateKey: b}); err != nil {
			t.Fatal(err)
		}
		return b
	}
	id := identifier(MLDSA44)
	id.Parameters = asn1.NullRawValue
	withParameters, err := asn1.Marshal(pkcs8{Algorithm: id, PrivateKey: append([]byte{0x80, 32}, make([]byte, 32)...)})
	if err != nil {
		t.Fatal(err)
	}
	multi, err := rsa.GenerateMultiPrimeKey(rand.Reader, 3, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p256OID, _ := asn1.Marshal(oidP256)
	one := append(make([]byte, 31), 1)
	order, _ := hex.DecodeString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
	for _, c := range []struct {
		name string
		spec Spec
		in   []byte
		want string
	}{
		{"symmetric, short", Symmetric, make([]byte, 31), "SYMMETRIC_DEFAULT: 31 bytes, not 32"},
		{"symmetric, long", Symmetric, make([]byte, 33), "SYMMETRIC_DEFAULT: 33 bytes, not 32"},
		{"symmetric, empty", Symmetric, nil, "SYMMETRIC_DEFAULT: 0 bytes, not 32"},
		{"HMAC of another size", HMAC384, make([]byte, 32), "HMAC_384: 32 bytes, not 48"},
		{"an unknown version", P256, bytes.Replace(p256, []byte{2, 1, 0}, []byte{2, 1, 2}, 1), "ECC_NIST_P256: PKCS#8 version 2 is unknown"},
		{"three primes", RSA2048, pkcs8Of(t, multi), "RSA_2048: the modulus is of 3 primes, not 2"},
		{"ML-DSA with parameters", MLDSA44, withParameters, "ML_DSA_44: the algorithm has parameters"},
		{"raw bytes", P256, make([]byte, 32), "ECC_NIST_P256: not an unencrypted PKCS#8 private key in DER"},
		{"a public key", P256, spki, "ECC_NIST_P256: not an unencrypted PKCS#8 private key in DER"},
		{"PEM", P256, []byte("-----BEGIN PRIVATE KEY-----"), "ECC_NIST_P256: not an unencrypted PKCS#8 private key in DER"},
		{"something after it", P256, append(bytes.Clone(p256), 0), "ECC_NIST_P256: 1 bytes follow the PKCS#8 private key"},
		{"truncated", P256, p256[:len(p256)-1], "ECC_NIST_P256: not an unencrypted PKCS#8 private key in DER"},
		{"too long", RSA4096, make([]byte, 6145), "RSA_4096: 6145 bytes, more than 6144"},
		{"another curve", P384, p256, "ECC_NIST_P384: the curve is 1.2.840.10045.3.1.7, not 1.3.132.0.34"},
		{"secp256k1 for P-256", P256, keyOf(t, Secp256k1).Bytes(), "ECC_NIST_P256: the curve is 1.3.132.0.10, not 1.2.840.10045.3.1.7"},
		{"another algorithm", RSA2048, ed, "RSA_2048: the private key is of algorithm 1.3.101.112, not 1.2.840.113549.1.1.1"},
		{"RSA of another size", RSA2048, pkcs8Of(t, small), "RSA_2048: the modulus has 1024 bits"},
		{"RSA of another spec", RSA3072, keyOf(t, RSA2048).Bytes(), "RSA_3072: the modulus has 2048 bits"},
		{"RSA of a longer spec", RSA2048, keyOf(t, RSA3072).Bytes(), "RSA_2048: the modulus has 3072 bits"},
		{"secp256k1, zero", Secp256k1, secp(make([]byte, 32)), "ECC_SECG_P256K1: the private scalar is out of range"},
		{"secp256k1, the order", Secp256k1, secp(secp256k1.S256().N.Bytes()), "ECC_SECG_P256K1: the private scalar is out of range"},
		{"secp256k1, the order and 1", Secp256k1, secp(new(big.Int).Add(secp256k1.S256().N, big.NewInt(1)).Bytes()), "ECC_SECG_P256K1: the private scalar is out of range"},
		{"ML-DSA of another size", MLDSA65, keyOf(t, MLDSA44).Bytes(), "ML_DSA_65: the private key is of algorithm 2.16.840.1.101.3.4.3.17, not 2.16.840.1.101.3.4.3.18"},
		{"no named curve", P256, inner(ecPrivateKey{Version: 1, Scalar: one}, nil), "ECC_NIST_P256: the curve is not a named one"},
		{"another version", P256, inner(ecPrivateKey{Version: 2, Scalar: one}, p256OID), "ECC_NIST_P256: not a valid EC private key"},
		{"two curves", P256, inner(ecPrivateKey{Version: 1, Scalar: one, Curve: oidP384}, p256OID), "ECC_NIST_P256: the EC private key names two curves"},
		{"zero", P256, inner(ecPrivateKey{Version: 1, Scalar: make([]byte, 32)}, p256OID), "ECC_NIST_P256: the private scalar is out of range"},
		{"the order", P256, inner(ecPrivateKey{Version: 1, Scalar: order}, p256OID), "ECC_NIST_P256: the private scalar is out of range"},
		{"a long scalar", P256, inner(ecPrivateKey{Version: 1, Scalar: append([]byte{0}, one...)}, p256OID), "ECC_NIST_P256: the private scalar has 33 bytes, more than 32"},
		{"another public key", P256, inner(ecPrivateKey{Version: 1, Scalar: one, Public: asn1.BitString{Bytes: make([]byte, 65), BitLength: 520}}, p256OID), "ECC_NIST_P256: the public key is not that of the private key"},
	} {
		m, err := Import(c.spec, c.in)
		if m != nil {
			t.Errorf("%s: imported", c.name)
		}
		wantError(t, err, InvalidMaterial, c.want)
	}
}

// TestImportTakesWhatToolsWrite: forms of one key become the same material.
func TestImportTakesWhatToolsWrite(t *testing.T) {
	m := keyOf(t, P256)
	k := pkcs8{}
	if _, err := asn1.Unmarshal(m.Bytes(), &k); err != nil {
		t.Fatal(err)
	}
	var ec ecPrivateKey
	if _, err := asn1.Unmarshal(k.PrivateKey, &ec); err != nil {
		t.Fatal(err)
	}
	again := func(e ecPrivateKey) *Material {
		k := k
		var err error
		if k.PrivateKey, err = asn1.Marshal(e); err != nil {
			t.Fatal(err)
		}
		der, err := asn1.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		n, err := Import(P256, der)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if !again(ecPrivateKey{Version: 1, Scalar: ec.Scalar}).Equal(m) {
		t.Error("without the public key it is another key")
	}
	if !again(ecPrivateKey{Version: 1, Scalar: ec.Scalar, Curve: oidP256, Public: ec.Public}).Equal(m) {
		t.Error("with the curve inside it is another key")
	}
	one, padded := again(ecPrivateKey{Version: 1, Scalar: []byte{1}}), again(ecPrivateKey{Version: 1, Scalar: append(make([]byte, 31), 1)})
	if !one.Equal(padded) {
		t.Error("leading zeros make another key")
	}
}

func TestDataKeys(t *testing.T) {
	for _, n := range []int{1, 16, 32, 1024} {
		b, err := Random(n)
		if err != nil || len(b) != n {
			t.Errorf("Random(%d) has %d bytes, %v", n, len(b), err)
		}
	}
	a, _ := Random(32)
	b, _ := Random(32)
	if bytes.Equal(a, b) {
		t.Error("two data keys are the same")
	}
	for _, n := range []int{-1, 0, 1025} {
		wantError(t, not(Random(n)), Validation, "NumberOfBytes must be between 1 and 1024.")
	}
	for _, s := range []Spec{P256, Secp256k1, Ed25519, MLKEM512, MLKEM1024, RSA2048} {
		private, public, err := DataKeyPair(s)
		if err != nil {
			t.Fatal(err)
		}
		m := parse(t, s, private)
		if want, _ := m.PublicKey(); !bytes.Equal(public, want) {
			t.Errorf("%s: the public key is not that of the private key", s)
		}
	}
	for _, s := range []Spec{MLDSA44, Symmetric, HMAC256} {
		_, _, err := DataKeyPair(s)
		wantError(t, err, Validation, string(s)+" is not a key pair spec.")
	}
	var sizes []int // "the same length for all three specs"
	for _, s := range []Spec{MLKEM512, MLKEM768, MLKEM1024} {
		sizes = append(sizes, len(keyOf(t, s).Bytes()))
	}
	if fmt.Sprint(sizes) != "[86 86 86]" {
		t.Errorf("ML-KEM private keys have %d bytes", sizes)
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
	m := keyOf(t, Symmetric)
	materialID, err := MaterialID(id, m)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, kem, ml := keyOf(t, RSA2048), keyOf(t, MLKEM512), keyOf(t, MLDSA44)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			blob, err := Seal(id, materialID, m, nil, []byte("x"))
			if err != nil {
				t.Error(err)
				return
			}
			if p, err := Open(m, nil, blob); err != nil || string(p) != "x" {
				t.Errorf("%q, %v", p, err)
			}
			if s, err := rsaKey.Sign(PSSSHA256, Raw, []byte("x")); err != nil || rsaKey.Verify(PSSSHA256, Raw, []byte("x"), s) != nil {
				t.Error("signature")
			}
			if s, c, err := kem.Encapsulate(MLKEM); err != nil {
				t.Error(err)
			} else if again, err := kem.Decapsulate(MLKEM, c); err != nil || !bytes.Equal(s, again) {
				t.Error("secret")
			}
			if s, err := ml.Sign(MLDSASHAKE256, Raw, []byte("x")); err != nil || ml.Verify(MLDSASHAKE256, Raw, []byte("x"), s) != nil {
				t.Error("signature")
			}
		})
	}
	wg.Wait()
}
