package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	other   = "444455556666"
	region  = localtest.Region
	alias   = "alias/data"
)

const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: writer
        access-keys: [{id: AKIAWRITER000000, secret: secret}]
        policies:
          s3: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
      - name: nobody
        access-keys: [{id: AKIANOBODY000000, secret: secret}]
    keys:
      - {region: eu-west-1, alias: alias/data}
      - {region: us-east-1, alias: alias/elsewhere}
  "444455556666":
    users:
      - name: admin
        access-keys: [{id: AKIAOTHER0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

const (
	admin    = "AKIAADMIN0000000"
	writer   = "AKIAWRITER000000"
	nobody   = "AKIANOBODY000000"
	stranger = "AKIAOTHER0000000"
)

// client is the SDK's, as it is but for the endpoint.
func client(p *localtest.Plane, key string, change ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String(p.URL), UsePathStyle: true,
		Credentials:      credentials.NewStaticCredentialsProvider(key, localtest.Secret, ""),
		RetryMaxAttempts: 1,
	}, change...)
}

// later signs at the time of the plane's clock.
func later(p *localtest.Plane, key string) func(*s3.Options) {
	return func(o *s3.Options) { o.HTTPClient = signing(p, key) }
}

// signing is a client that signs, or signs again, with the hash that a request declares.
func signing(p *localtest.Plane, key string) *http.Client {
	return &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		hash := r.Header.Get("X-Amz-Content-Sha256")
		if hash == "" {
			hash = "UNSIGNED-PAYLOAD"
			r.Header.Set("X-Amz-Content-Sha256", hash)
		}
		r.Header.Del("Authorization")
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		if err := signer.SignHTTP(r.Context(), aws.Credentials{AccessKeyID: key, SecretAccessKey: localtest.Secret}, r, hash, "s3", region, p.Now()); err != nil {
			return nil, err
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func makeBucket(t *testing.T, c *s3.Client, name string) {
	t.Helper()
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, c *s3.Client, bucket, key, body string, change ...func(*s3.PutObjectInput)) *s3.PutObjectOutput {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(body))}
	for _, f := range change {
		f(in)
	}
	out, err := c.PutObject(t.Context(), in)
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return out
}

func read(ctx context.Context, c *s3.Client, bucket, key string) (string, error) {
	out, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	return string(b), err
}

// refused checks the status, the code and the message of a refusal; an empty message is not
// compared, as answers to HEAD have none.
func refused(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		t.Errorf("%v, want %d %s", err, status, code)
		return
	}
	if got := response.HTTPStatusCode(); got != status || api.ErrorCode() != code || message != "" && api.ErrorMessage() != message {
		t.Errorf("%d %s: %s\nwant %d %s: %s", got, api.ErrorCode(), api.ErrorMessage(), status, code, message)
	}
}

// raw sends a request that no SDK makes.
func raw(t *testing.T, p *localtest.Plane, key, method, path, body string, header ...string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := signing(p, key).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

// fetch gets a URL as it is.
func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}
