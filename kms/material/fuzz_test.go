package material

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"
)

func FuzzBlob(f *testing.F) {
	m := newMaterial(Symmetric, []byte("0123456789abcdef0123456789abcdef"), nil)
	for _, digits := range oldBlobs {
		b, _ := hex.DecodeString(digits)
		f.Add(b)
		f.Add(b[:len(b)-1])
	}
	f.Add(sealed(f, keyID, m, nil, []byte("x")))
	f.Add(sealed(f, mrkID, m, nil, make([]byte, 300)))
	f.Fuzz(func(t *testing.T, blob []byte) {
		key, id, err := Header(blob)
		if err != nil {
			wantError(t, err, InvalidCiphertext, "")
		} else if _, _, bad := parseKeyID(key); bad != nil || len(id) != 64 {
			t.Errorf("header %q, %q", key, id)
		}
		plaintext, openErr := Open(m, nil, blob)
		if openErr == nil && (err != nil || blobSize(len(plaintext)) != len(blob)) {
			t.Errorf("%d bytes open to %d; header: %v", len(blob), len(plaintext), err)
		}
		if openErr != nil {
			wantError(t, openErr, InvalidCiphertext, "")
		}
	})
}

func FuzzImport(f *testing.F) {
	for n, i := range Specs() {
		if i.Spec != RSA3072 && i.Spec != RSA4096 {
			f.Add(byte(n), keyOf(f, i.Spec).Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, n byte, b []byte) {
		s := specs[int(n)%len(specs)].Spec
		m, err := Import(s, b)
		if err != nil {
			if m != nil {
				t.Error("a key and an error")
			}
			return
		}
		again, err := Parse(s, m.Bytes())
		if err != nil || !again.Equal(m) || !bytes.Equal(again.Bytes(), m.Bytes()) {
			t.Errorf("%s: what was imported does not read back: %v", s, err)
		}
		m.PublicKey()
	})
}

func FuzzToken(f *testing.F) {
	secret := make([]byte, 32)
	now := time.Unix(1, 0)
	token, err := SealToken(secret, ImportToken{KeyID: "key", Algorithm: OAEPSHA256, Wrapping: keyOf(f, RSA2048), Expires: time.Unix(2, 0)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token[:60])
	f.Add([]byte(tokenPrefix))
	f.Fuzz(func(t *testing.T, b []byte) {
		// Every process of a fuzzing run makes a token of its own; all of them are good.
		got, err := OpenToken(secret, "key", now, b)
		if err != nil {
			wantError(t, err, InvalidToken, "")
		} else if got.KeyID != "key" || got.Algorithm != OAEPSHA256 || got.Wrapping.Spec() != RSA2048 || got.Expires.Unix() != 2 {
			t.Errorf("%x opens as %+v", b, got)
		}
	})
}

// FuzzUnwrap: what unwraps is the wrapping of what comes out.
func FuzzUnwrap(f *testing.F) {
	key := make([]byte, 32)
	f.Add(wrapKWP(f, key, []byte("seven b")))
	f.Add(wrapKWP(f, key, make([]byte, 33)))
	f.Add(make([]byte, 24))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := unwrapKWP(key, b); ok && !bytes.Equal(wrapKWP(t, key, p), b) {
			t.Errorf("%x unwraps to %x, which wraps otherwise", b, p)
		}
	})
}

func FuzzAttestation(f *testing.F) {
	n := testNitro()
	pairs := documentOf(f, n)
	f.Add(sign1(f, n.key, cborPairs(pairs)), cborPairs(pairs))
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40}, []byte{0xbf, 0x61, 'a', 0x9f, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, document, b []byte) {
		if _, err := OpenAttestation(document, n.roots, attested); err != nil {
			var e *Error
			if e, _ = err.(*Error); e == nil || e.Kind != Validation {
				t.Errorf("error is %v", err)
			}
		}
		// What is signed is read before its signature can be checked.
		if p, err := parsePayload(b); err == nil {
			p.attestation()
			verifyChain(p.certificate, p.bundle, n.roots, attested)
		}
		r := &cborReader{b: b}
		r.skip(0)
		if r.err == nil && r.at > len(b) {
			t.Error("read past the end")
		}
	})
}

func FuzzVerify(f *testing.F) {
	message := []byte("a message")
	type signed struct {
		m *Material
		a Algorithm
		t MessageType
	}
	var all []signed
	for _, i := range Specs() {
		if i.Spec == RSA3072 || i.Spec == RSA4096 {
			continue
		}
		for _, a := range i.Algorithms(SignVerify) {
			all = append(all, signed{keyOf(f, i.Spec), a, Raw})
		}
	}
	for n, s := range all {
		if sig, err := s.m.Sign(s.a, s.t, message); err == nil {
			f.Add(byte(n), sig)
		}
	}
	u := mu(nil, nil, message)
	f.Fuzz(func(t *testing.T, n byte, signature []byte) {
		s := all[int(n)%len(all)]
		s.m.Verify(s.a, s.t, message, signature)
		if s.a == MLDSASHAKE256 {
			s.m.Verify(s.a, ExternalMu, u, signature)
		}
	})
}

func FuzzDerive(f *testing.F) {
	for _, s := range []Spec{P256, P384, Secp256k1, Ed25519, RSA2048} {
		b, err := keyOf(f, s).PublicKey()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	m := keyOf(f, P256)
	f.Fuzz(func(t *testing.T, peer []byte) {
		if secret, err := m.Derive(ECDH, peer); err != nil {
			wantError(t, err, Validation, "")
		} else if len(secret) != 32 {
			t.Errorf("a secret of %d bytes", len(secret))
		}
	})
}
