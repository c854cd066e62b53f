package sigv4

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-examples.html
// (the derived key of 20120215, us-east-1, iam).
func TestDocumentedKey(t *testing.T) {
	k := deriveKey(suiteSecret, "20120215", "us-east-1", "iam")
	if got := hex.EncodeToString(k[:]); got != "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d" {
		t.Errorf("key %s", got)
	}
}

// A key with a new secret is not verified with the old one from the cache.
func TestSecretChanges(t *testing.T) {
	v := kmsVerifier(t)
	secret := docSecret
	v.Secret = func(context.Context, string, string) (Identity, error) { return Identity{Secret: secret}, nil }
	old := func() *http.Request { return signed(t, nil) }
	for range 2 {
		if _, err := v.Verify(old()); err != nil {
			t.Fatal(err)
		}
	}
	secret = "another"
	refused(t, errOf(v.Verify(old())), Mismatch, mismatch)
	if _, err := v.Verify(signed(t, func(s *signer, _ *http.Request) { s.secret = secret })); err != nil {
		t.Fatal(err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	var k keyCache
	name := func(i int) keyName { return keyName{fmt.Sprint(i), "d", "r", "s"} }
	for i := range 10 * cachedKeys {
		k.put(name(i), cachedKey{secret: fmt.Sprint(i), key: signingKey{byte(i), byte(i >> 8)}})
		if _, ok := k.get(name(0), "0"); !ok {
			t.Fatalf("what is in use was dropped after %d", i)
		}
	}
	if n := len(k.young) + len(k.old); n > 2*cachedKeys {
		t.Errorf("%d entries", n)
	}
	if key, ok := k.get(name(10*cachedKeys-1), fmt.Sprint(10*cachedKeys-1)); !ok || key != (signingKey{0xff, 0x13}) {
		t.Errorf("the last: %v %v", key[:2], ok)
	}
	if _, ok := k.get(name(1), "1"); ok {
		t.Error("the oldest unused is still there")
	}
}

// Refused requests leave nothing in the cache.
func TestOnlyGoodSignaturesAreCached(t *testing.T) {
	v := kmsVerifier(t)
	r := signed(t, nil)
	replaceAuthorization("Signature=", "Signature=0")(r)
	refused(t, errOf(v.Verify(r)), Mismatch, mismatch)
	if n := len(v.keys.young); n != 0 {
		t.Errorf("%d keys", n)
	}
	if _, err := v.Verify(signed(t, nil)); err != nil {
		t.Fatal(err)
	}
	if n := len(v.keys.young); n != 1 {
		t.Errorf("%d keys", n)
	}
}

// To be run with -race.
func TestConcurrent(t *testing.T) {
	v := kmsVerifier(t)
	var wg sync.WaitGroup
	for range 8 {
		good, bad := signed(t, nil), signed(t, nil)
		replaceAuthorization("Signature=", "Signature=0")(bad)
		wg.Go(func() {
			for range 50 {
				good.Body, bad.Body = io.NopCloser(strings.NewReader(kmsBody)), io.NopCloser(strings.NewReader(kmsBody))
				if res, err := v.Verify(good); err != nil || string(res.Body) != kmsBody {
					t.Errorf("%v", err)
				}
				if _, err := v.Verify(bad); err == nil {
					t.Error("a wrong signature verifies")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkVerify(b *testing.B) {
	for _, size := range []int{44, 1 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			body := strings.Repeat("x", size)
			r, s := kmsRequest(body), kmsSigner(b)
			r.Header.Set("Amz-Sdk-Invocation-Id", "2f1e5d9a-6f0c-4b0e-9d4b-8c1f0a2b3c4d")
			r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
			r.Header.Set("Content-Length", fmt.Sprint(size))
			s.sign(r, []byte(body))
			benchmark(b, kmsVerifier(b), r, body)
		})
	}
	b.Run("presigned", func(b *testing.B) {
		r, s := kmsRequest(""), kmsSigner(b)
		r.Header = http.Header{}
		s.expires = "300"
		s.presign(r, nil)
		benchmark(b, kmsVerifier(b), r, "")
	})
	b.Run("key not cached", func(b *testing.B) {
		r, s := kmsRequest(kmsBody), kmsSigner(b)
		s.sign(r, []byte(kmsBody))
		v := kmsVerifier(b)
		body := strings.NewReader("")
		r.Body = io.NopCloser(body)
		b.ReportAllocs()
		for b.Loop() {
			v.keys.young = nil
			body.Reset(kmsBody)
			if _, err := v.Verify(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchmark(b *testing.B, v *Verifier, r *http.Request, content string) {
	body := strings.NewReader("")
	r.Body = io.NopCloser(body)
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(content)
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChunks(b *testing.B) {
	v := known(b, "20130524T000000Z", docID, docSecret)
	raw := documentedChunks(documentedBody)
	b.SetBytes(66560)
	b.ReportAllocs()
	for b.Loop() {
		res, err := v.Verify(parse(b, raw))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Stream); err != nil {
			b.Fatal(err)
		}
	}
}
