package xks

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/bedlock/bedlock/kms"
)

// suites are those of TLS 1.2 in the specification, section "API content type". The suites
// of TLS 1.3 are not for us to choose; two of the three are in the specification.
var suites = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
}

// dial connects without TLS.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.opts.Dial(ctx, network, address)
	if err != nil {
		return nil, fault(kms.FaultUnreachable, err.Error())
	}
	return conn, nil
}

// dialLimit is how long a connection may take to be made. The call that wanted it is over
// after kms.XksTimeout; a later one finds it ready.
const dialLimit = time.Second

// dialTLS connects with TLS.
func (c *Client) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fault(kms.FaultUnreachable, err.Error())
	}
	raw, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, &tls.Config{ServerName: host, RootCAs: c.opts.Roots, MinVersion: tls.VersionTLS12, CipherSuites: suites})
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fault(kms.FaultTLS, err.Error())
	}
	return conn, nil
}

// failed says why there is no answer.
func failed(ctx context.Context, err error) *kms.XksError {
	var known *kms.XksError
	var network *net.OpError
	switch {
	case ctx.Err() != nil:
		return fault(kms.FaultTimedOut, "no answer in time")
	case errors.As(err, &known):
		return known
	case errors.As(err, &network) && strings.HasSuffix(network.Op, " error"):
		// An alert of TLS: with TLS 1.3, that a client certificate is missing comes after the
		// handshake.
		return fault(kms.FaultTLS, err.Error())
	case network != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault(kms.FaultUnreachable, err.Error())
	}
	return fault(kms.FaultMalformed, "no HTTP")
}

func fault(f kms.XksFault, detail string) *kms.XksError {
	return &kms.XksError{Fault: f, Detail: detail}
}
