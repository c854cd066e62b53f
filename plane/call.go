package plane

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/policy/authz"
)

// Call is one request to an operation, and what came of it.
type Call struct {
	Service   *Service
	Operation string
	Caller    *Caller
	// Account is the caller's, Region that of the credential scope.
	Account, Region    string
	RequestID, EventID string
	AccessKeyID        string
	// Context are the context keys of the request, by name in lower case.
	Context authz.Context

	// Began is when the request was read, Took how long it took to answer.
	Began time.Time
	Took  time.Duration
	// Remote is the address of the client without its port.
	Remote, UserAgent, Host string
	TLS                     *tls.ConnectionState
	// Request is the request as it came, nil for a call that no request carries. Its body
	// was read.
	Request *http.Request
	// InvokedBy is the service that makes the call for its caller, such as
	// bedrock.amazonaws.com; empty: the caller makes it.
	InvokedBy string

	// Input is the decoded input and Output the output, pointers to the structs of the
	// operation; nil: it did not come that far. They hold plaintexts and must not be kept.
	Input, Output any
	// Decisions are what was asked of the policy engine, in order.
	Decisions []Decision
	// KMS is the call of package kms, with the keys that it touched; nil for other services.
	KMS *kms.Call
	// Status is the HTTP status of the answer, Code and Message those of its error; an
	// empty Code: there is none.
	Status        int
	Code, Message string
	// Members are those of the error beside its message; nil: there are none.
	Members wire.Object
	// Header are headers of the answer beyond those of its output, also of a refusal; nil:
	// there are none.
	Header http.Header
	// Body is that of the request, without the framing of chunks, of services that are driven
	// by their models. It must not be kept.
	Body []byte
	// Answer is the answer with its headers, of services that are driven by their models.
	Answer *wire.Message

	throttle *Throttle
	own      bool // made by the plane itself
}

// ReadOnly says whether CloudTrail marks the call as one that changes nothing.
func (c *Call) ReadOnly() bool {
	if c.Service.ReadOnly != nil {
		return c.Service.ReadOnly(c.Operation)
	}
	return readsByName(c.Operation)
}

func readsByName(operation string) bool {
	for _, prefix := range []string{"Describe", "Get", "List", "Lookup"} {
		if len(operation) > len(prefix) && operation[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}

// Observer is shown every call to a known operation by a caller whose signature is good,
// before its answer is sent. It is called by several goroutines and must not keep the call
// or what hangs on it.
type Observer interface{ Observe(c *Call) }

type callKey struct{}

// CallOf returns the call of a context; nil: there is none.
func CallOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// As makes a call by somebody that no request carries, such as the start of a plane. It is
// allowed, whatever policies say.
func As(ctx context.Context, who *Caller, region string) (context.Context, *kms.Call) {
	one := func(s string) authz.Value { return authz.Value{Values: []string{s}} }
	c := &Call{
		Caller: who, Account: who.Principal.Account, Region: region, RequestID: newID(), EventID: newID(), own: true,
		Context: authz.Context{"aws:requestedregion": one(region), "aws:securetransport": one("true"), "aws:viaawsservice": one("false")},
	}
	return context.WithValue(ctx, callKey{}, c), c.kms()
}

// Start is a call before [OnBehalf] for somebody that no request carries. Unlike that of [As]
// it is authorized.
func Start(who *Caller, region string, now time.Time) *Call {
	one := func(s string) authz.Value { return authz.Value{Values: []string{s}} }
	return &Call{
		Caller: who, Account: who.Principal.Account, Region: region, Began: now,
		Context: authz.Context{"aws:currenttime": one(now.UTC().Format(time.RFC3339)), "aws:epochtime": one(strconv.FormatInt(now.Unix(), 10))},
	}
}

// kms makes the call of package kms.
func (c *Call) kms() *kms.Call {
	c.KMS = &kms.Call{Account: c.Account, Region: c.Region, Principal: c.Caller.Principal, RequestID: c.RequestID, EventID: c.EventID, Context: c.Context}
	return c.KMS
}

// requestContext are the context keys that every request has.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func requestContext(r *http.Request, c *Caller, region string, now time.Time) authz.Context {
	one := func(s string) authz.Value { return authz.Value{Values: []string{s}} }
	out := authz.Context{
		"aws:currenttime": one(now.UTC().Format(time.RFC3339)), "aws:epochtime": one(strconv.FormatInt(now.Unix(), 10)),
		"aws:securetransport": one(strconv.FormatBool(r.TLS != nil)), "aws:requestedregion": one(region),
		"aws:viaawsservice": one("false"), "aws:principalisawsservice": one("false"),
	}
	if host := remote(r); host != "" {
		out["aws:sourceip"] = one(host)
	}
	if agent := r.UserAgent(); agent != "" {
		out["aws:useragent"] = one(agent)
	}
	for key, v := range c.Context {
		out[key] = v
	}
	return out
}

func remote(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

// newID is a random id in the form of a UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var s [36]byte
	hex.Encode(s[:8], b[:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// OnBehalf makes a call of a service to another: by a caller, a role that the service
// assumed, or itself. by is the service, such as bedrock.amazonaws.com. Of the context of
// the call before it nothing is kept but what follows from it: more are the keys that the
// service sends. It is authorized as every call is.
func OnBehalf(ctx context.Context, before *Call, who *Caller, to *Service, operation, by string, more authz.Context) (context.Context, *Call) {
	one := func(s string) authz.Value { return authz.Value{Values: []string{s}} }
	c := &Call{
		Service: to, Operation: operation, Caller: who, Account: before.Account, Region: before.Region,
		RequestID: newID(), EventID: newID(), Began: before.Began, Remote: by, UserAgent: by, InvokedBy: by, own: before.own,
		Context: authz.Context{
			"aws:currenttime": before.Context["aws:currenttime"], "aws:epochtime": before.Context["aws:epochtime"],
			"aws:requestedregion": one(before.Region), "aws:securetransport": one("true"), "aws:viaawsservice": one("false"), "aws:principalisawsservice": one("false"),
		},
	}
	if who.Principal.Kind == authz.Service {
		c.Context["aws:principalisawsservice"] = one("true")
		c.Context["aws:principalservicename"] = one(who.Principal.ARN)
	}
	maps.Copy(c.Context, who.Context)
	maps.Copy(c.Context, more)
	c.kms()
	return context.WithValue(ctx, callKey{}, c), c
}
