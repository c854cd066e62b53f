package material

import "testing"

func BenchmarkSeal1KiB(b *testing.B) {
	m := keyOf(b, Symmetric)
	id, err := MaterialID(keyID, m)
	if err != nil {
		b.Fatal(err)
	}
	plaintext := make([]byte, 1024)
	context := map[string]string{"aws:s3:arn": "arn:aws:s3:::bucket", "tenant": "a"}
	b.ReportAllocs()
	b.SetBytes(1024)
	for b.Loop() {
		if _, err := Seal(keyID, id, m, context, plaintext); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen1KiB(b *testing.B) {
	m := keyOf(b, Symmetric)
	context := map[string]string{"aws:s3:arn": "arn:aws:s3:::bucket", "tenant": "a"}
	blob := sealed(b, keyID, m, context, make([]byte, 1024))
	b.ReportAllocs()
	b.SetBytes(1024)
	for b.Loop() {
		if _, err := Open(m, context, blob); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeader(b *testing.B) {
	blob := sealed(b, keyID, keyOf(b, Symmetric), nil, make([]byte, 32))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Header(blob); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	for _, i := range Specs() {
		algs := i.Algorithms(SignVerify)
		if len(algs) == 0 || i.Spec == RSA3072 || i.Spec == RSA4096 {
			continue
		}
		b.Run(string(i.Spec), func(b *testing.B) {
			m := keyOf(b, i.Spec)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Sign(algs[0], Raw, []byte("a message")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyMLDSA65(b *testing.B) {
	m := keyOf(b, MLDSA65)
	s, err := m.Sign(MLDSASHAKE256, ExternalMu, make([]byte, 64))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Verify(MLDSASHAKE256, ExternalMu, make([]byte, 64), s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, s := range []Spec{Symmetric, RSA2048, RSA4096, P256, Secp256k1, Ed25519, MLDSA65, MLKEM768} {
		b.Run(string(s), func(b *testing.B) {
			stored := keyOf(b, s).Bytes()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(s, stored); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMac256(b *testing.B) {
	m := keyOf(b, HMAC256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Mac(HMACSHA256, []byte("a message")); err != nil {
			b.Fatal(err)
		}
	}
}
