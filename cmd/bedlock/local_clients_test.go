//go:build unix

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestLocalManyClients: 500 clients at once, each with a connection, a key and plaintexts of
// its own. Every call is answered, and with its own answer. Beside them another 500 have
// sent half a request and hold nobody up.
func TestLocalManyClients(t *testing.T) {
	const clients, rounds = 500, 4
	data := filepath.Join(t.TempDir(), "data")
	p := launch(t, nil, "--data", data)
	for range clients {
		half := p.dial(t)
		if _, err := io.WriteString(half, "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: TrentService.ListKeys\r\nContent-Le"); err != nil {
			t.Fatal(err)
		}
	}
	o := p.reader(t).Options()
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	t.Cleanup(transport.CloseIdleConnections)
	o.HTTPClient = &http.Client{Transport: transport, Timeout: time.Minute}
	client := awskms.New(o)
	var all, ready sync.WaitGroup
	start := make(chan struct{})
	blobs := make([][]byte, clients)
	for i := range clients {
		ready.Add(1)
		all.Go(func() {
			ready.Done()
			<-start
			blobs[i] = roundTrips(t, client, fmt.Sprint("client ", i), rounds)
		})
	}
	ready.Wait()
	began := time.Now()
	close(start)
	all.Wait()
	if t.Failed() {
		t.Fatal(p.stderr.String())
	}
	t.Logf("%d calls of %d clients at once in %v", clients*(1+2*rounds), clients, time.Since(began).Round(time.Millisecond))
	p.kill()
	p = launch(t, nil, "--data", data)
	client = p.reader(t)
	for i, blob := range blobs {
		out, err := client.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob})
		if want := fmt.Sprint("client ", i, ", ", rounds-1); err != nil || string(out.Plaintext) != want {
			t.Errorf("%v %v, want %s", out, err, want)
		}
	}
}

// roundTrips makes a key, encrypts and decrypts with it, and returns the last ciphertext.
func roundTrips(t *testing.T, client *awskms.Client, name string, n int) (blob []byte) {
	ctx := t.Context()
	made, err := client.CreateKey(ctx, &awskms.CreateKeyInput{Description: &name})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	if *made.KeyMetadata.Description != name {
		t.Errorf("%s has the answer of %s", name, *made.KeyMetadata.Description)
	}
	for i := range n {
		plain := fmt.Sprint(name, ", ", i)
		sealed, err := client.Encrypt(ctx, &awskms.EncryptInput{KeyId: made.KeyMetadata.KeyId, Plaintext: []byte(plain)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		blob = sealed.CiphertextBlob
		opened, err := client.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: blob})
		if err != nil || string(opened.Plaintext) != plain || *opened.KeyId != *made.KeyMetadata.Arn {
			t.Errorf("%s: %v %v", plain, opened, err)
		}
	}
	return blob
}

// dial opens a connection of a test's own.
func (p *process) dial(t *testing.T) net.Conn {
	t.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestLocalSmallWrites: requests in two small writes on one connection, with small answers
// and with large ones. An answer that waited for a delayed acknowledgement would take 40 ms.
func TestLocalSmallWrites(t *testing.T) {
	p := launch(t, nil)
	client := p.kms(t)
	made, err := client.CreateKey(t.Context(), &awskms.CreateKeyInput{Policy: aws.String(fmt.Sprintf(delegating, strings.Repeat("-", 20_000)))})
	if err != nil {
		t.Fatal(err)
	}
	connection := p.dial(t)
	answers := bufio.NewReader(connection)
	for operation, input := range map[string]string{
		"GenerateRandom": `{"NumberOfBytes":16}`,
		"GetKeyPolicy":   fmt.Sprintf(`{"KeyId":%q}`, *made.KeyMetadata.KeyId),
		"DisableKey":     `{"KeyId":"none"}`, // an error
	} {
		var took time.Duration
		const times = 20
		for range times {
			head := p.head(t, operation, input)
			began := time.Now()
			for _, part := range []string{head, input} {
				if _, err := io.WriteString(connection, part); err != nil {
					t.Fatal(err)
				}
			}
			answer, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, answer.Body); err != nil || n == 0 {
				t.Fatalf("%s: %d bytes, %v", operation, n, err)
			}
			took += time.Since(began)
		}
		if took > times*20*time.Millisecond {
			t.Errorf("%s takes %v", operation, took/times)
		}
	}
}

// head is the signed head of a request.
func (p *process) head(t *testing.T, operation, input string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/", strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256([]byte(input))
	credentials := aws.Credentials{AccessKeyID: localKeyID, SecretAccessKey: localSecret}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), "kms", localRegion, time.Now()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.URL.Host, len(input))
	if err := r.Header.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\r\n"
}
