package xks

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// Options are the settings of a [Client]; the zero value has them all.
type Options struct {
	// Roots are what the certificates of proxies chain to; nil: the roots of the machine.
	Roots *x509.CertPool
	// AllowLoopbackHTTP allows endpoints of plain http on this machine: localhost and
	// loopback addresses. The model of the KMS API has https endpoints without a port only.
	AllowLoopbackHTTP bool
	// Dial connects to a host and port; nil: a [net.Dialer]. It leads to proxies that have
	// no public name, on this machine or behind a VPC endpoint service. TLS is spoken, and
	// the certificate checked, over what it returns.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock that signatures are dated by; nil: the machine's.
	Now func() time.Time
}

// Client calls proxies. It is safe for concurrent use, and keeps connections open between
// calls.
type Client struct {
	opts      Options
	transport *http.Transport
}

var _ kms.XksProxy = (*Client)(nil)

// New makes a client.
func New(o Options) *Client {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{opts: o}
	// dialTLS does not negotiate a protocol, so it is HTTP/1.1.
	c.transport = &http.Transport{
		DialContext:            c.dial,
		DialTLSContext:         c.dialTLS,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 16 << 10,
	}
	return c
}

// Close closes the connections that no call uses. The client stays usable.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Health calls GetHealthStatus.
func (c *Client) Health(ctx context.Context, at *kms.XksEndpoint, in *kms.XksHealthInput) (*kms.XksHealthOutput, error) {
	out := new(kms.XksHealthOutput)
	return answered(out, c.call(ctx, at, "/health", in, out))
}

// Metadata calls GetKeyMetadata.
func (c *Client) Metadata(ctx context.Context, at *kms.XksEndpoint, keyID string, in *kms.XksMetadataInput) (*kms.XksMetadataOutput, error) {
	out := new(kms.XksMetadataOutput)
	return answered(out, c.callKey(ctx, at, keyID, "/metadata", in, out))
}

// Encrypt calls Encrypt.
func (c *Client) Encrypt(ctx context.Context, at *kms.XksEndpoint, keyID string, in *kms.XksEncryptInput) (*kms.XksEncryptOutput, error) {
	out := new(kms.XksEncryptOutput)
	return answered(out, c.callKey(ctx, at, keyID, "/encrypt", in, out))
}

// Decrypt calls Decrypt.
func (c *Client) Decrypt(ctx context.Context, at *kms.XksEndpoint, keyID string, in *kms.XksDecryptInput) (*kms.XksDecryptOutput, error) {
	out := new(kms.XksDecryptOutput)
	return answered(out, c.callKey(ctx, at, keyID, "/decrypt", in, out))
}

// answered drops an output that an error came with.
func answered[O any](out *O, err error) (*O, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

// callKey calls an operation on an external key.
func (c *Client) callKey(ctx context.Context, at *kms.XksEndpoint, keyID, operation string, in, out any) error {
	if !isSegment(keyID) {
		return fault(kms.FaultKeyNotFound, "the id of an external key has letters, digits, '-', '_' and '.', and is not dots only")
	}
	return c.call(ctx, at, "/keys/"+keyID+operation, in, out)
}

// isSegment reports whether an id can stand in a path as it is.
func isSegment(id string) bool {
	for i := range len(id) {
		switch b := id[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_', b == '.':
		default:
			return false
		}
	}
	return strings.Trim(id, ".") != ""
}

// call posts in and decodes the answer into out. The error is a [*kms.XksError].
func (c *Client) call(ctx context.Context, at *kms.XksEndpoint, operation string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, kms.XksTimeout)
	defer cancel()
	r, err := c.request(ctx, at, operation, in)
	if err != nil {
		return err
	}
	// Not a http.Client, which would follow redirects.
	answer, err := c.transport.RoundTrip(r)
	if err != nil {
		return failed(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil || ctx.Err() != nil { // what ends with the time is not whole
		return failed(ctx, err)
	}
	return decode(answer.StatusCode, answer.Header.Get("Content-Type"), body, out)
}

// request makes a signed request.
func (c *Client) request(ctx context.Context, at *kms.XksEndpoint, operation string, in any) (*http.Request, error) {
	u, err := c.locate(at, operation)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fault(kms.FaultValidation, "the request is no JSON")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u, bytes.NewReader(body))
	if err != nil {
		return nil, fault(kms.FaultInvalidURIPath, "the URI of the proxy is none")
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", "bedlock")
	s := sigv4.Signer{AccessKeyID: at.AccessKeyID, Secret: at.Secret.Reveal(), Region: at.Region, Service: "kms-xks-proxy"}
	if err := s.Sign(r, body, c.opts.Now()); err != nil {
		return nil, fault(kms.FaultInvalidURIPath, err.Error())
	}
	return r, nil
}

// locate is the URI of an operation.
func (c *Client) locate(at *kms.XksEndpoint, operation string) (string, error) {
	text := at.URI + at.Path + operation
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Path != at.Path+operation:
		return "", fault(kms.FaultInvalidURIPath, fmt.Sprintf("%q with the path %q is not https://HOST with /PREFIX/kms/xks/v1", at.URI, at.Path))
	case u.Scheme == "https", u.Scheme == "http" && c.opts.AllowLoopbackHTTP && isLoopback(u.Hostname()):
		return text, nil
	}
	return "", fault(kms.FaultUnreachable, fmt.Sprintf("the scheme of %q is not https; plain http has to be allowed, and is for loopback addresses only", at.URI))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
