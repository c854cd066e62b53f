//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// The load benchmarks drive a server over loopback TCP in a closed loop, with clients that
// write requests they have signed before and cost next to nothing. Ceilings run beside the
// plane: what Go's HTTP server takes for a constant answer, then with signatures checked,
// then with JSON and AES-GCM as well.

const workers = 32

// wire is a signed request as bytes, good for the minutes that its date is.
func wire(tb testing.TB, url, target, body string) []byte {
	tb.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/", nil)
	if err != nil {
		tb.Fatal(err)
	}
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService."+target)
	sum := sha256.Sum256([]byte(body))
	who := aws.Credentials{AccessKeyID: localKeyID, SecretAccessKey: localSecret}
	if err := v4.NewSigner().SignHTTP(context.Background(), who, r, hex.EncodeToString(sum[:]), "kms", localRegion, time.Now()); err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.URL.Host, len(body))
	_ = r.Header.Write(&b)
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

// connection is one client's.
type connection struct {
	net.Conn
	answers *bufio.Reader
}

func dial(tb testing.TB, url string) *connection {
	tb.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return &connection{c, bufio.NewReaderSize(c, 16<<10)}
}

// exchange sends a request and reads its answer, which must be a 200.
func (c *connection) exchange(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.answers.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		rest, _ := c.answers.Peek(c.answers.Buffered())
		return fmt.Errorf("%s%s", status, rest)
	}
	length := -1
	for {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line = textproto.TrimBytes(line); len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("an answer without Content-Length")
	}
	_, err = c.answers.Discard(length)
	return err
}

// drive sends b.N requests by the workers and reports what they waited.
func drive(b *testing.B, url string, request []byte) {
	b.Helper()
	clients := make([]*connection, workers)
	for i := range clients {
		clients[i] = dial(b, url)
		if err := clients[i].exchange(request); err != nil {
			b.Fatal(err)
		}
	}
	waited := make([][]time.Duration, workers)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	before := processCPU(b)
	b.ResetTimer()
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				began := time.Now()
				if err := c.exchange(request); err != nil {
					b.Error(err)
					return
				}
				waited[i] = append(waited[i], time.Since(began))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64((processCPU(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
	waits(b, slices.Concat(waited...))
}

func waits(b *testing.B, waited []time.Duration) {
	slices.Sort(waited)
	at := func(q float64) float64 { return float64(waited[int(q*float64(len(waited)-1))].Nanoseconds()) / 1e3 }
	b.ReportMetric(at(.5), "p50-µs")
	b.ReportMetric(at(.99), "p99-µs")
}

// processCPU is the time that this process has had, client and server.
func processCPU(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ceiling is a server that does less than a KMS must.
func ceiling(b *testing.B, verified, encrypts bool) (url string) {
	b.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	block, err := aes.NewCipher(secret)
	if err != nil {
		b.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		b.Fatal(err)
	}
	verifier := &sigv4.Verifier{Secret: func(context.Context, string, string) (sigv4.Identity, error) {
		return sigv4.Identity{Secret: localSecret}, nil
	}}
	answer := func(r *http.Request) ([]byte, error) {
		if !verified {
			_, err := io.Copy(io.Discard, r.Body)
			return []byte(`{"KeyId":"arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000"}`), err
		}
		v, err := verifier.Verify(r)
		if err != nil || !encrypts {
			return []byte("{}"), err
		}
		var in kms.EncryptInput
		if err := json.Unmarshal(v.Body, &in); err != nil {
			return nil, err
		}
		var aad []byte
		for _, key := range slices.Sorted(maps.Keys(in.EncryptionContext)) {
			aad = append(append(append(append(aad, key...), 0), in.EncryptionContext[key]...), 0)
		}
		return json.Marshal(kms.EncryptOutput{CiphertextBlob: gcm.Seal(nil, nil, in.Plaintext, aad), KeyId: in.KeyId, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"})
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := answer(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(out)))
		_, _ = w.Write(out)
	}))
	b.Cleanup(s.Close)
	return s.URL
}

// encryptBody is a request to encrypt 1 KiB with a context of two pairs.
func encryptBody(keyID string) string {
	plain, _ := json.Marshal(bytes.Repeat([]byte("x"), 1024))
	return `{"KeyId":"` + keyID + `","Plaintext":` + string(plain) + `,"EncryptionContext":{"key0":"value-0-abcdefgh","key1":"value-1-abcdefgh"}}`
}

// BenchmarkLoad is `bedlock local` with everything that it does for a call: signature,
// validation, authorization, record, metrics, page; keys are in SQLite.
func BenchmarkLoad(b *testing.B) {
	const none = "00000000-0000-0000-0000-000000000000"
	for _, c := range []struct {
		name               string
		verified, encrypts bool
	}{{"ceiling-constant", false, false}, {"ceiling-sigv4", true, false}, {"ceiling-sigv4-json-gcm", true, true}} {
		b.Run(c.name, func(b *testing.B) {
			url := ceiling(b, c.verified, c.encrypts)
			drive(b, url, wire(b, url, "Encrypt", encryptBody(none)))
		})
	}
	r := startLocal(b, nil, "--data", b.TempDir())
	symmetric := r.key(types.KeySpecSymmetricDefault)
	sealed, err := r.kms().Encrypt(b.Context(), &awskms.EncryptInput{KeyId: &symmetric, Plaintext: make([]byte, 1024)})
	if err != nil {
		b.Fatal(err)
	}
	blob, _ := json.Marshal(sealed.CiphertextBlob)
	for _, c := range []struct{ name, target, body string }{
		{"Encrypt", "Encrypt", encryptBody(symmetric)},
		{"Decrypt", "Decrypt", `{"CiphertextBlob":` + string(blob) + `}`},
		{"GenerateDataKey", "GenerateDataKey", `{"KeyId":"` + symmetric + `","KeySpec":"AES_256"}`},
		{"DescribeKey", "DescribeKey", `{"KeyId":"` + symmetric + `"}`},
		{"SignP256", "Sign", `{"KeyId":"` + r.key(types.KeySpecEccNistP256) + `","Message":"eHh4eA==","SigningAlgorithm":"ECDSA_SHA_256"}`},
		{"SignRSA2048", "Sign", `{"KeyId":"` + r.key(types.KeySpecRsa2048) + `","Message":"eHh4eA==","SigningAlgorithm":"RSASSA_PSS_SHA_256"}`},
		{"CreateKey", "CreateKey", `{}`},
	} {
		b.Run(c.name, func(b *testing.B) { drive(b, r.url, wire(b, r.url, c.target, c.body)) })
	}
}

// BenchmarkMixed: what those who encrypt wait while others sign with RSA as fast as they
// are answered.
func BenchmarkMixed(b *testing.B) {
	r := startLocal(b, nil)
	sign := wire(b, r.url, "Sign", `{"KeyId":"`+r.key(types.KeySpecRsa2048)+`","Message":"eHh4eA==","SigningAlgorithm":"RSASSA_PSS_SHA_256"}`)
	encrypt := wire(b, r.url, "Encrypt", encryptBody(r.key(types.KeySpecSymmetricDefault)))
	for _, signers := range []int{0, 8} {
		b.Run(fmt.Sprintf("signers=%d", signers), func(b *testing.B) {
			var done atomic.Bool
			var all sync.WaitGroup
			for range signers {
				c := dial(b, r.url)
				all.Go(func() {
					for !done.Load() {
						if err := c.exchange(sign); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			drive(b, r.url, encrypt)
			done.Store(true)
			all.Wait()
		})
	}
}
