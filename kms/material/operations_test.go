package material

import (
	"bytes"
	"crypto"
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"strings"
	"testing"
)

// digestOf hashes as a caller does who sends a digest.
func digestOf(a Algorithm, message []byte) []byte {
	switch {
	case strings.HasSuffix(string(a), "256") && a != MLDSASHAKE256:
		d := sha256.Sum256(message)
		return d[:]
	case strings.HasSuffix(string(a), "384"):
		d := sha512.Sum384(message)
		return d[:]
	}
	d := sha512.Sum512(message)
	return d[:]
}

// TestSignAndVerify goes through every spec and algorithm, in every message type.
func TestSignAndVerify(t *testing.T) {
	message := []byte("a message")
	sizes := map[Spec]int{RSA2048: 256, RSA3072: 384, RSA4096: 512, Ed25519: 64, MLDSA44: 2420, MLDSA65: 3309, MLDSA87: 4627}
	for _, i := range Specs() {
		m := keyOf(t, i.Spec)
		for _, a := range i.Algorithms(SignVerify) {
			raw, digest := message, digestOf(a, message)
			pairs := []struct {
				name           string
				sign, verify   MessageType
				signed, tested []byte
			}{{"raw", Raw, Raw, raw, raw}, {"digest", Digest, Digest, digest, digest}, {"raw, verified as digest", Raw, Digest, raw, digest}, {"digest, verified as raw", Digest, Raw, digest, raw}}
			switch a {
			case MLDSASHAKE256:
				public, err := m.PublicKey()
				if err != nil {
					t.Fatal(err)
				}
				size := map[Spec]int{MLDSA44: 1312, MLDSA65: 1952, MLDSA87: 2592}[i.Spec]
				u := mu(public[len(public)-size:], nil, message)
				pairs = pairs[:1]
				pairs = append(pairs, pairs[0], pairs[0], pairs[0])
				pairs[1].sign, pairs[1].verify, pairs[1].signed, pairs[1].tested = ExternalMu, ExternalMu, u, u
				pairs[2].verify, pairs[2].tested = ExternalMu, u
				pairs[3].sign, pairs[3].signed = ExternalMu, u
			case Ed25519SHA512:
				pairs = pairs[:1]
			case Ed25519PHSHA512:
				pairs = pairs[1:2]
			}
			for _, p := range pairs {
				s, err := m.Sign(a, p.sign, p.signed)
				if err != nil {
					t.Errorf("%s %s %s: %v", i.Spec, a, p.name, err)
					continue
				}
				if want := sizes[i.Spec]; want != 0 && len(s) != want {
					t.Errorf("%s %s: signature of %d bytes, want %d", i.Spec, a, len(s), want)
				}
				if err := m.Verify(a, p.verify, p.tested, s); err != nil {
					t.Errorf("%s %s %s: %v", i.Spec, a, p.name, err)
				}
				for _, n := range []int{0, len(s) / 3, len(s) - 1} {
					bad := bytes.Clone(s)
					bad[n] ^= 4
					wantError(t, m.Verify(a, p.verify, p.tested, bad), InvalidSignature, "")
				}
				other := bytes.Clone(p.tested)
				other[0] ^= 1
				wantError(t, m.Verify(a, p.verify, other, s), InvalidSignature, "")
				for _, bad := range [][]byte{nil, s[:len(s)-1], append(bytes.Clone(s), 0), make([]byte, len(s))} {
					wantError(t, m.Verify(a, p.verify, p.tested, bad), InvalidSignature, "")
				}
			}
		}
	}
}

// TestDigestLengths is trap 17: a digest must be as long as the algorithm's hash.
func TestDigestLengths(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		alg  Algorithm
		size int
		kind MessageType
	}{
		{RSA2048, PSSSHA256, 32, Digest}, {RSA2048, PSSSHA384, 48, Digest}, {RSA2048, PKCS1SHA512, 64, Digest},
		{P256, ECDSASHA256, 32, Digest}, {P384, ECDSASHA384, 48, Digest}, {P521, ECDSASHA512, 64, Digest},
		{Secp256k1, ECDSASHA256, 32, Digest}, {Ed25519, Ed25519PHSHA512, 64, Digest}, {MLDSA44, MLDSASHAKE256, 64, ExternalMu},
	} {
		m := keyOf(t, c.spec)
		for _, n := range []int{0, 20, c.size - 1, c.size + 1, 4096} {
			want := fmt.Sprintf("Digest is invalid length for algorithm %s.", c.alg)
			wantError(t, not(m.Sign(c.alg, c.kind, make([]byte, n))), Validation, want)
			wantError(t, m.Verify(c.alg, c.kind, make([]byte, n), []byte("x")), Validation, want)
		}
		if _, err := m.Sign(c.alg, c.kind, make([]byte, c.size)); err != nil {
			t.Errorf("%s %s: %v", c.spec, c.alg, err)
		}
	}
}

func TestMessageTypes(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		alg  Algorithm
		kind MessageType
	}{
		{Ed25519, Ed25519SHA512, Digest}, {Ed25519, Ed25519SHA512, ExternalMu}, {Ed25519, Ed25519PHSHA512, Raw}, {Ed25519, Ed25519PHSHA512, ExternalMu},
		{MLDSA44, MLDSASHAKE256, Digest}, {RSA2048, PSSSHA256, ExternalMu}, {P256, ECDSASHA256, ExternalMu},
	} {
		want := fmt.Sprintf("Message type %s is incompatible with algorithm %s.", c.kind, c.alg)
		if c.spec == MLDSA44 {
			want = fmt.Sprintf("Message type %s is incompatible with key spec %s.", c.kind, c.spec)
		}
		wantError(t, not(keyOf(t, c.spec).Sign(c.alg, c.kind, make([]byte, 64))), Validation, want)
		wantError(t, keyOf(t, c.spec).Verify(c.alg, c.kind, make([]byte, 64), nil), Validation, want)
	}
	wantError(t, not(keyOf(t, P256).Sign(ECDSASHA256, "raw", nil)), Validation, "MessageType raw is unknown.")
}

// TestAlgorithmsOfOtherSpecs is traps 15 and 16, for every spec and algorithm.
func TestAlgorithmsOfOtherSpecs(t *testing.T) {
	all := []Algorithm{"", "NONE", AESKeyWrapSHA1}
	for _, i := range Specs() {
		for _, u := range i.Usages() {
			all = append(all, i.Algorithms(u)...)
		}
	}
	for _, i := range Specs() {
		m := keyOf(t, i.Spec)
		for _, a := range all {
			want := fmt.Sprintf("Algorithm %s is incompatible with key spec %s.", a, i.Spec)
			if i.Has(a) {
				continue
			}
			_, _, kem := m.Encapsulate(a)
			for _, err := range []error{
				not(m.Encrypt(a, []byte("x"))), not(m.Decrypt(a, []byte("x"))), not(m.Sign(a, Raw, []byte("x"))), m.Verify(a, Raw, []byte("x"), []byte("x")),
				not(m.Mac(a, []byte("x"))), m.VerifyMac(a, []byte("x"), []byte("x")), not(m.Derive(a, []byte("x"))), not(m.Decapsulate(a, []byte("x"))), kem,
			} {
				wantError(t, err, InvalidKeyUsage, want)
			}
		}
	}
	// Algorithms of the spec in an operation of another usage.
	for _, err := range []error{
		not(keyOf(t, RSA2048).Encrypt(PSSSHA256, nil)), not(keyOf(t, RSA2048).Decrypt(PSSSHA256, nil)), not(keyOf(t, RSA2048).Mac(PSSSHA256, nil)),
		not(keyOf(t, RSA2048).Derive(PSSSHA256, nil)), not(keyOf(t, RSA2048).Decapsulate(PSSSHA256, nil)),
	} {
		wantError(t, err, InvalidKeyUsage, "Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec RSA_2048.")
	}
	wantError(t, not(keyOf(t, RSA2048).Sign(OAEPSHA256, Raw, nil)), InvalidKeyUsage, "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec RSA_2048.")
	wantError(t, not(keyOf(t, P256).Sign(ECDH, Raw, nil)), InvalidKeyUsage, "Algorithm ECDH is incompatible with key spec ECC_NIST_P256.")
	wantError(t, not(keyOf(t, P256).Derive(ECDSASHA256, nil)), InvalidKeyUsage, "Algorithm ECDSA_SHA_256 is incompatible with key spec ECC_NIST_P256.")
	if _, err := keyOf(t, Symmetric).Encrypt(SymmetricDefault, nil); err != errUseSeal {
		t.Error(err)
	}
	if _, err := keyOf(t, Symmetric).Decrypt(SymmetricDefault, nil); err != errUseSeal {
		t.Error(err)
	}
}

func TestRSAEncryption(t *testing.T) {
	for _, s := range []Spec{RSA2048, RSA3072, RSA4096} {
		m := keyOf(t, s)
		for _, a := range []Algorithm{OAEPSHA1, OAEPSHA256} {
			most := MaxPlaintext(s, a)
			for _, n := range []int{0, 1, most} {
				plaintext := bytes.Repeat([]byte{9}, n)
				c, err := m.Encrypt(a, plaintext)
				if err != nil {
					t.Fatal(err)
				}
				if info, _ := Lookup(s); len(c) != info.Ciphertext {
					t.Errorf("%s: %d bytes of ciphertext", s, len(c))
				}
				if p, err := m.Decrypt(a, c); err != nil || !bytes.Equal(p, plaintext) {
					t.Errorf("%s %s: %x, %v", s, a, p, err)
				}
				other := map[Algorithm]Algorithm{OAEPSHA1: OAEPSHA256, OAEPSHA256: OAEPSHA1}[a]
				wantError(t, not(m.Decrypt(other, c)), InvalidCiphertext, "")
				c[len(c)-1] ^= 1
				wantError(t, not(m.Decrypt(a, c)), InvalidCiphertext, "")
			}
			wantError(t, not(m.Encrypt(a, make([]byte, most+1))), Validation,
				fmt.Sprintf("Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", a, s, most))
			for _, bad := range [][]byte{nil, {1}, make([]byte, 255), make([]byte, 513), bytes.Repeat([]byte{0xff}, m.hidden().key.(*rsa.PrivateKey).Size())} {
				wantError(t, not(m.Decrypt(a, bad)), InvalidCiphertext, "")
			}
		}
	}
	// Trap 23 to the letter.
	wantError(t, not(keyOf(t, RSA2048).Encrypt(OAEPSHA1, make([]byte, 500))), Validation,
		"Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes.")
}

// TestPSSSalts is trap 20: a salt of another length than the hash is refused.
func TestPSSSalts(t *testing.T) {
	m := keyOf(t, RSA2048)
	d := sha256.Sum256([]byte("a message"))
	salts := []int{20, 31, 33, 64, rsa.PSSSaltLengthAuto}
	if fips140.Enabled() {
		salts = salts[:2] // longer ones are made as long as the hash
	}
	for _, salt := range salts {
		s, err := rsa.SignPSS(rand.Reader, m.hidden().key.(*rsa.PrivateKey), crypto.SHA256, d[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, m.Verify(PSSSHA256, Digest, d[:], s), InvalidSignature, "")
	}
}

func TestMacs(t *testing.T) {
	for _, s := range []Spec{HMAC224, HMAC256, HMAC384, HMAC512} {
		info, _ := Lookup(s)
		a := info.Algorithms(GenerateVerifyMac)[0]
		m := keyOf(t, s)
		mac, err := m.Mac(a, []byte("a message"))
		if err != nil || len(mac) != info.Material {
			t.Errorf("%s: %x, %v", s, mac, err)
		}
		if err := m.VerifyMac(a, []byte("a message"), mac); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		for _, bad := range [][]byte{nil, mac[:len(mac)-1], append(bytes.Clone(mac), 0), make([]byte, len(mac))} {
			wantError(t, m.VerifyMac(a, []byte("a message"), bad), InvalidMac, "")
		}
		wantError(t, m.VerifyMac(a, []byte("another message"), mac), InvalidMac, "")
	}
}

func TestDerive(t *testing.T) {
	for s, size := range map[Spec]int{P256: 32, P384: 48, P521: 66} {
		ours := keyOf(t, s)
		theirs, err := Generate(s)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := ours.PublicKey()
		b, _ := theirs.PublicKey()
		one, err := ours.Derive(ECDH, b)
		if err != nil {
			t.Fatal(err)
		}
		two, err := theirs.Derive(ECDH, a)
		if err != nil || !bytes.Equal(one, two) || len(one) != size {
			t.Errorf("%s: %x and %x, %v", s, one, two, err)
		}
		// Traps 63 and 64: whatever is wrong with the peer's key, the message is empty.
		otherCurve, _ := keyOf(t, map[Spec]Spec{P256: P384, P384: P521, P521: P256}[s]).PublicKey()
		noCurve, _ := keyOf(t, RSA2048).PublicKey()
		unknown, _ := keyOf(t, Secp256k1).PublicKey()
		offCurve := bytes.Clone(b)
		offCurve[len(offCurve)-1] ^= 1
		for _, bad := range [][]byte{nil, []byte("junk"), otherCurve, noCurve, unknown, offCurve, b[:len(b)-1], append(bytes.Clone(b), 0), make([]byte, 8193), theirs.Bytes()} {
			wantError(t, not(ours.Derive(ECDH, bad)), Validation, "")
		}
	}
}

func TestEncapsulation(t *testing.T) {
	for s, size := range map[Spec]int{MLKEM512: 768, MLKEM768: 1088, MLKEM1024: 1568} {
		m := keyOf(t, s)
		secret, c, err := m.Encapsulate(MLKEM)
		if err != nil || len(c) != size || len(secret) != 32 {
			t.Fatalf("%s: %d and %d bytes, %v", s, len(secret), len(c), err)
		}
		if got, err := m.Decapsulate(MLKEM, c); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%s: %x, %v, want %x", s, got, err, secret)
		}
		again, d, _ := m.Encapsulate(MLKEM)
		if bytes.Equal(again, secret) || bytes.Equal(c, d) {
			t.Errorf("%s: the same secret twice", s)
		}
		// Trap 66: implicit rejection.
		c[0] ^= 1
		one, err := m.Decapsulate(MLKEM, c)
		two, _ := m.Decapsulate(MLKEM, c)
		if err != nil || len(one) != 32 || bytes.Equal(one, secret) || !bytes.Equal(one, two) {
			t.Errorf("%s: a forged ciphertext gives %x and %x, %v", s, one, two, err)
		}
		for _, bad := range [][]byte{nil, c[:size-1], append(bytes.Clone(c), 0)} {
			wantError(t, not(m.Decapsulate(MLKEM, bad)), InvalidCiphertext, "")
		}
	}
}
