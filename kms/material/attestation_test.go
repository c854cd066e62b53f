package material

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var attested = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// nitro is a PKI like that of Nitro enclaves: a root, one between, a leaf.
type nitro struct {
	roots  *x509.CertPool
	bundle [][]byte
	leaf   []byte
	key    *ecdsa.PrivateKey
}

var testNitro = sync.OnceValue(func() *nitro { return newNitro(elliptic.P384()) })

func newNitro(leafCurve elliptic.Curve) *nitro {
	n := &nitro{roots: x509.NewCertPool()}
	var parent *x509.Certificate
	var parentKey *ecdsa.PrivateKey
	for i, name := range []string{"aws.nitro-enclaves", "between", "i-123.example"} {
		curve := elliptic.P384()
		if i == 2 {
			curve = leafCurve
		}
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}},
			NotBefore: attested.Add(-time.Hour), NotAfter: attested.Add(3 * time.Hour), BasicConstraintsValid: true,
			IsCA: i < 2, KeyUsage: x509.KeyUsageCertSign,
		}
		if i == 2 {
			c.KeyUsage = x509.KeyUsageDigitalSignature
		}
		if parent == nil {
			parent, parentKey = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), parentKey)
		if err != nil {
			panic(err)
		}
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		parent, parentKey = parsed, key
		if i == 0 {
			n.roots.AddCert(parsed)
		}
		if i < 2 {
			n.bundle = append(n.bundle, der)
		} else {
			n.leaf, n.key = der, key
		}
	}
	return n
}

// The rest encodes CBOR for tests.

func cborHead(major byte, n int) []byte { return appendCBOR(nil, major, make([]byte, n))[:headSize(n)] }

func headSize(n int) int { return len(appendCBOR(nil, cborBytes, make([]byte, n))) - n }

func cborBstr(b []byte) []byte { return appendCBOR(nil, cborBytes, b) }
func cborTstr(s string) []byte { return appendCBOR(nil, cborText, []byte(s)) }

type pair struct {
	name  string
	value []byte
}

func cborPairs(pairs []pair) []byte {
	b := cborHead(cborMap, len(pairs))
	for _, p := range pairs {
		b = append(append(b, cborTstr(p.name)...), p.value...)
	}
	return b
}

func pcrMap(values ...[]byte) []byte {
	b := cborHead(cborMap, len(values))
	for i, v := range values {
		b = append(append(b, cborHead(cborUint, i)...), cborBstr(v)...)
	}
	return b
}

var pcr0 = bytes.Repeat([]byte{0xab}, 48)

func recipientKey(t testing.TB) *rsa.PrivateKey {
	return keyOf(t, RSA2048).hidden().key.(*rsa.PrivateKey)
}

// document holds the fields of an attestation document in order.
func documentOf(t testing.TB, n *nitro) []pair {
	public, err := x509.MarshalPKIXPublicKey(&recipientKey(t).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	bundle := cborHead(cborArray, len(n.bundle))
	for _, c := range n.bundle {
		bundle = append(bundle, cborBstr(c)...)
	}
	return []pair{
		{"module_id", cborTstr("i-123456789abcde123-enc123456789abcde12")},
		{"digest", cborTstr("SHA384")},
		{"timestamp", append([]byte{0x1b}, 0, 0, 1, 0x9a, 0xb9, 0x5a, 0x6c, 0x00)},
		{"pcrs", pcrMap(pcr0, make([]byte, 48), make([]byte, 48))},
		{"certificate", cborBstr(n.leaf)},
		{"cabundle", bundle},
		{"public_key", cborBstr(public)},
		{"user_data", cborBstr([]byte("user data"))},
		{"nonce", []byte{0xf6}},
	}
}

func replaced(pairs []pair, name string, value []byte) []pair {
	out := slices.Clone(pairs)
	for i := range out {
		if out[i].name == name {
			if value == nil {
				return slices.Delete(out, i, i+1)
			}
			out[i].value = value
		}
	}
	return out
}

// sign1 signs a payload as COSE_Sign1.
func sign1(t testing.TB, key *ecdsa.PrivateKey, payload []byte) []byte {
	t.Helper()
	signed := append([]byte("\x84\x6aSignature1"), cborBstr([]byte(es384))...)
	signed = append(append(signed, 0x40), cborBstr(payload)...)
	d := sha512.Sum384(signed)
	r, s, err := ecdsa.Sign(rand.Reader, key, d[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
	return slices.Concat([]byte{0x84}, cborBstr([]byte(es384)), []byte{0xa0}, cborBstr(payload), cborBstr(signature))
}

func TestAttestation(t *testing.T) {
	n := testNitro()
	pairs := documentOf(t, n)
	indefinite := append([]byte{0xbf}, cborPairs(pairs)[1:]...)
	plain := sign1(t, n.key, cborPairs(pairs))
	for name, document := range map[string][]byte{
		"plain": plain, "tagged": append([]byte{0xd2}, plain...), "indefinite map": sign1(t, n.key, append(indefinite, 0xff)),
		"an unknown field": sign1(t, n.key, cborPairs(append(slices.Clone(pairs), pair{"new", []byte{0x82, 0x01, 0xa1, 0x61, 'a', 0xc1, 0xf5}}))),
	} {
		a, err := OpenAttestation(document, n.roots, attested)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.ModuleID != "i-123456789abcde123-enc123456789abcde12" || a.ImageDigest() != strings.Repeat("ab", 48) || len(a.PCRs) != 3 || a.TPMPCRs != nil ||
			string(a.UserData) != "user data" || a.Nonce != nil || !a.PublicKey.Equal(&recipientKey(t).PublicKey) || a.Time.UnixMilli() != 0x19ab95a6c00 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	tpm := replaced(pairs, "pcrs", nil)
	tpm = append(tpm, pair{"nitrotpm_pcrs", pcrMap(pcr0)})
	a, err := OpenAttestation(sign1(t, n.key, cborPairs(tpm)), n.roots, attested)
	if err != nil || a.PCRs != nil || !bytes.Equal(a.TPMPCRs[0], pcr0) || a.ImageDigest() != "" {
		t.Errorf("NitroTPM: %+v, %v", a, err)
	}
}

func TestAttestationRefuses(t *testing.T) {
	n := testNitro()
	pairs := documentOf(t, n)
	good := sign1(t, n.key, cborPairs(pairs))
	with := func(name string, value []byte) []byte {
		return sign1(t, n.key, cborPairs(replaced(pairs, name, value)))
	}
	other := newNitro(elliptic.P384())
	p256 := newNitro(elliptic.P256())
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	smallDER, _ := x509.MarshalPKIXPublicKey(&small.PublicKey)
	longDER, _ := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 4096), E: 65537})
	ecDER, _ := keyOf(t, P256).PublicKey()
	withAlgorithm := bytes.Replace(good, []byte("\x44\xa1\x01\x38\x22"), []byte("\x44\xa1\x01\x38\x23"), 1)
	unprotected := bytes.Replace(good, []byte("\x38\x22\xa0"), []byte("\x38\x22\xa1\x01\x01"), 1)
	for _, c := range []struct {
		name     string
		document []byte
		want     string // in the message
	}{
		{"nothing", nil, "at byte 0: the document ends too soon"},
		{"too much", make([]byte, 262145), "262145 bytes, more than 262144"},
		{"text", []byte("hello"), "at byte 0: COSE_Sign1 is of type 3, not 4"},
		{"another tag", append([]byte{0xd8, 0x62}, good[1:]...), "tag 98 is not that of COSE_Sign1, 18"},
		{"three items", append([]byte{0x83}, good[1:len(good)-98]...), "COSE_Sign1 has 3 items, not 4"},
		{"five items", append(append([]byte{0x85}, good[1:]...), 0x00), "COSE_Sign1 has more than 4 items"},
		{"something after it", append(slices.Clone(good), 0), "1 bytes follow the document"},
		{"truncated", good[:len(good)-1], "the signature ends too soon"},
		{"another algorithm", withAlgorithm, "the signature algorithm is not ES384"},
		{"an unprotected header", unprotected, "the unprotected header is not empty"},
		{"another signature", append(slices.Clone(good[:len(good)-96]), make([]byte, 96)...), "the signature is not that of its certificate"},
		{"signed by another key", sign1(t, other.key, cborPairs(pairs)), "the signature is not that of its certificate"},
		{"another root", sign1(t, other.key, cborPairs(documentOf(t, other))), "certificate: x509: certificate signed by unknown authority"},
		{"a key on P-256", sign1(t, p256.key, cborPairs(documentOf(t, p256))), "certificate: x509: certificate signed by unknown authority"},
		{"no certificate", with("certificate", nil), "payload: certificate is missing"},
		{"no bundle", with("cabundle", nil), "payload: cabundle is missing"},
		{"an empty bundle", with("cabundle", []byte{0x80}), "cabundle is empty"},
		{"a bundle without the one between", with("cabundle", slices.Concat([]byte{0x81}, cborBstr(n.bundle[0]))), "certificate: x509: certificate signed by unknown authority"},
		{"a broken certificate", with("certificate", cborBstr([]byte("x"))), "certificate: x509: malformed certificate"},
		{"a broken bundle", with("cabundle", append([]byte{0x81}, cborBstr([]byte("x"))...)), "cabundle 0: x509: malformed certificate"},
		{"a long certificate", with("certificate", cborBstr(make([]byte, 1025))), "certificate has 1025 bytes, not 1 to 1024"},
		{"no module", with("module_id", nil), "payload: module_id is missing"},
		{"an empty module", with("module_id", []byte{0x60}), "module_id has 0 bytes, not 1 to 1024"},
		{"a module that is not UTF-8", with("module_id", []byte{0x61, 0xff}), "module_id is not UTF-8"},
		{"another digest", with("digest", cborTstr("SHA256")), "digest is \"SHA256\", not SHA384"},
		{"no time", with("timestamp", []byte{0x00}), "timestamp is out of range"},
		{"a negative time", with("timestamp", []byte{0x20}), "timestamp is of type 1, not 0"},
		{"no registers", with("pcrs", []byte{0xa0}), "payload: pcrs and nitrotpm_pcrs are missing"},
		{"a short register", with("pcrs", pcrMap(make([]byte, 33))), "a value of pcrs has 33 bytes"},
		{"register 32", with("pcrs", append([]byte{0xa1, 0x18, 32}, cborBstr(pcr0)...)), "pcrs has number 32 twice or above 31"},
		{"a register twice", with("pcrs", slices.Concat([]byte{0xa2, 0}, cborBstr(pcr0), []byte{0}, cborBstr(pcr0))), "pcrs has number 0 twice or above 31"},
		{"a field twice", sign1(t, n.key, cborPairs(append(slices.Clone(pairs), pairs[1]))), "\"digest\" is there twice"},
		{"no public key", with("public_key", []byte{0xf6}), "public_key is missing"},
		{"an EC public key", with("public_key", cborBstr(ecDER)), "public_key is not RSA of 2048 to 4096 bits"},
		{"a short public key", with("public_key", cborBstr(smallDER)), "public_key is not RSA of 2048 to 4096 bits"},
		{"a long public key", with("public_key", cborBstr(longDER)), "public_key is not RSA of 2048 to 4096 bits"},
		{"no public key at all", with("public_key", cborBstr([]byte("x"))), "public_key: "},
		{"user data too long", with("user_data", cborBstr(make([]byte, 1025))), "user_data has 1025 bytes, not 0 to 1024"},
		{"not the shortest form", with("timestamp", []byte{0x18, 0x01}), "1 is not in its shortest form"},
		{"a float", sign1(t, n.key, cborPairs(append(slices.Clone(pairs), pair{"new", []byte{0xf9, 0x3c, 0x00}}))), "floats and long simple values are not read"},
		{"bytes after the payload", sign1(t, n.key, append(cborPairs(pairs), 0)), "payload: at byte"},
	} {
		_, err := OpenAttestation(c.document, n.roots, attested)
		if err == nil || !strings.HasPrefix(err.Error(), "key material: validation: The attestation document is not valid: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.want)
		}
	}
	for _, at := range []time.Time{attested.Add(-2 * time.Hour), attested.Add(4 * time.Hour)} {
		if _, err := OpenAttestation(good, n.roots, at); err == nil || !strings.Contains(err.Error(), "certificate has expired or is not yet valid") {
			t.Errorf("at %s: %v", at, err)
		}
	}
	if _, err := OpenAttestation(good, nil, attested); err == nil || !strings.Contains(err.Error(), "no root certificate is configured") {
		t.Error(err)
	}
	if _, err := OpenAttestation(sign1(t, p256.key, cborPairs(documentOf(t, p256))), p256.roots, attested); err == nil || !strings.Contains(err.Error(), "not on P-384") {
		t.Error(err)
	}
	for i := 0; i < len(good); i += 5 { // a changed byte, anywhere
		bad := slices.Clone(good)
		bad[i] ^= 1
		if _, err := OpenAttestation(bad, n.roots, attested); err == nil {
			t.Errorf("with byte %d changed it is accepted", i)
		}
	}
}

func TestCBORIsStrict(t *testing.T) {
	for digits, want := range map[string]string{
		"1800":                                 "at byte 2: 0 is not in its shortest form",
		"1900ff":                               "at byte 3: 255 is not in its shortest form",
		"1a0000ffff":                           "at byte 5: 65535 is not in its shortest form",
		"1b00000000ffffffff":                   "at byte 9: 4294967295 is not in its shortest form",
		"1c":                                   "at byte 1: additional information 28",
		"1f":                                   "at byte 1: additional information 31",
		"5f4101ff":                             "at byte 1: additional information 31",
		"fb3ff0000000000000":                   "at byte 9: floats and long simple values are not read",
		"ff":                                   "at byte 1: a break without a beginning",
		"81818181818100":                       "at byte 5: nested deeper than 4",
		"9841":                                 "at byte 2: an array has 65 items, more than 64",
		"9f" + strings.Repeat("00", 65) + "ff": "at byte 65: an array has more than 64 items",
		"c1":                                   "at byte 1: the document ends too soon",
		"8201":                                 "at byte 2: the document ends too soon",
		"9bffffffffffffffff":                   "at byte 9: an array has 18446744073709551615 items, more than 64",
		"5bffffffffffffffff":                   "at byte 9: a string has 18446744073709551615 bytes, not 0 to 9",
		"4201":                                 "at byte 1: a string ends too soon",
	} {
		r := &cborReader{b: unhex(t, digits)}
		r.skip(0)
		if r.err == nil || r.err.Error() != want {
			t.Errorf("%s: %v, want %s", digits, r.err, want)
		}
	}
	for _, digits := range []string{"00", "1818", "1903e8", "3863", "f6", "f5", "4401020304", "6161", "8301820203820405", "bf61610161629f0203ffff", "c074323031332d30332d32315432303a30343a30305a", "8181818100"} {
		r := &cborReader{b: unhex(t, digits)}
		r.skip(0)
		if r.err != nil || r.at != len(r.b) {
			t.Errorf("%s: %v at %d", digits, r.err, r.at)
		}
	}
}

// TestEnvelopeIsBER: the layout that aws_cms_parse_enveloped_data walks through, in order.
func TestEnvelopeIsBER(t *testing.T) {
	n := testNitro()
	a, err := OpenAttestation(sign1(t, n.key, cborPairs(documentOf(t, n))), n.roots, attested)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 15, 16, 32, 4096} {
		plaintext := bytes.Repeat([]byte{5}, size)
		b, err := a.Envelope(plaintext)
		if err != nil || len(b) > 6144 {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		text := hex.EncodeToString(b)
		const head = "3080" + "06092a864886f70d010703" + "a080" + "3080" + "020102" + "318201"
		if !strings.HasPrefix(text, head) || !strings.HasSuffix(text, strings.Repeat("0000", 5)) {
			t.Fatalf("envelope is %s…", text[:60])
		}
		key, rest, ok := strings.Cut(text, "04820100")
		encryptedKey, rest := unhex(t, rest[:512]), rest[512:]
		const content = "3080" + "06092a864886f70d010701" + "301d06096086480165030401" + "2a0410"
		if !ok || !strings.Contains(key, "0201028020") || !strings.HasPrefix(rest, content) { // version 2, subjectKeyIdentifier
			t.Fatalf("content is %s…", rest[:60])
		}
		iv, rest := unhex(t, rest[len(content):][:32]), rest[len(content)+32:]
		if !strings.HasPrefix(rest, "a08004") {
			t.Fatalf("ciphertext is %s…", rest[:20])
		}
		cek, err := recipientKey(t).Decrypt(nil, encryptedKey, &rsa.OAEPOptions{Hash: crypto.SHA256})
		if err != nil || len(cek) != 32 || len(iv) != 16 {
			t.Fatalf("content encryption key of %d bytes, %v", len(cek), err)
		}
		body := (size/16 + 1) * 16
		if rest != "a080"+hex.EncodeToString(appendElement(nil, 4, unhex(t, rest[len(rest)-20-2*body:][:2*body])))+strings.Repeat("0000", 5) {
			t.Errorf("%d bytes: ciphertext is %s", size, rest[:20])
		}
	}
	if _, err := a.Envelope(make([]byte, 4097)); err == nil || err.Error() != "envelope for a recipient: 4097 bytes, more than 4096" {
		t.Error(err)
	}
}
