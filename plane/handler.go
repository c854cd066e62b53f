package plane

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/awsjson"
	"github.com/bedlock/bedlock/plane/awsquery"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// homeRegion is the Region in which the calls of services without Regions are recorded, of whoever
// calls.
func homeRegion(caller string) string {
	a, err := arn.Parse(caller)
	if err != nil {
		return arn.HomeOf("aws")
	}
	return cmp.Or(arn.HomeOf(a.Partition), arn.HomeOf("aws"))
}

// HealthPath answers GET with 200 while the plane is ready.
const HealthPath = "/_bedlock/health"

// MetricsPath answers GET with [Options.Metrics].
const MetricsPath = "/_bedlock/metrics"

// Options are the settings of a [Handler].
type Options struct {
	Services   []*Service
	Identities Identities
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Log gets what went wrong on this side; nil: nothing is logged. No secrets, keys or
	// plaintexts are ever in it.
	Log *slog.Logger
	// Observers are shown the calls, in this order.
	Observers []Observer
	// Throttle refuses calls over their quotas; nil: none is.
	Throttle *Throttle
	// Other answers requests that are no call of a service: those without credentials
	// that are not POST /. Nil: they are refused.
	Other http.Handler
	// Metrics answers scrapes of Prometheus; nil: there are none.
	Metrics http.Handler
}

// Handler answers requests to the local AWS.
type Handler struct {
	opts     Options
	verifier *sigv4.Verifier
	// storage takes the larger bodies of S3.
	storage  *sigv4.Verifier
	services map[string][]*Service
}

// maxObject is the largest body of a request to S3, in bytes. AWS takes 5 GiB.
const maxObject = 64 << 20

// New makes a handler. The error is a defect of the options.
func New(o Options) (*Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{opts: o, services: make(map[string][]*Service, len(o.Services))}
	for _, s := range o.Services {
		if slices.ContainsFunc(h.services[s.Name], s.overlaps) {
			return nil, fmt.Errorf("plane: two services are %s", s.api())
		}
		h.services[s.Name] = append(h.services[s.Name], s)
	}
	h.verifier, h.storage = h.verifying(0), h.verifying(maxObject)
	return h, nil
}

// verifying makes a verifier of signatures for bodies of at most that many bytes.
func (h *Handler) verifying(maxBody int64) *sigv4.Verifier {
	return &sigv4.Verifier{Now: h.opts.Now, Secret: secret(h.opts.Identities), MaxBody: maxBody, Scope: func(r *http.Request) (string, string) {
		if s, _, _ := h.target(r); s != nil {
			return "", s.Name
		}
		return "", ""
	}}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == HealthPath {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"ok"}`))
		return
	}
	if h.opts.Metrics != nil && r.Method == http.MethodGet && r.URL.Path == MetricsPath {
		h.opts.Metrics.ServeHTTP(w, r)
		return
	}
	r = pathStyle(r)
	c := &Call{RequestID: newID(), EventID: newID(), Began: h.opts.Now(), Remote: remote(r), UserAgent: r.UserAgent(), Host: r.Host, TLS: r.TLS, Request: r, throttle: h.opts.Throttle}
	s, operation, ok := h.target(r)
	switch {
	case s == nil && signedTheOldWay(r):
		refuseOld(w, c.RequestID)
		return
	case s == nil && h.opts.Other != nil && r.Method != http.MethodPost && sigv4.ClaimedService(r) == "":
		h.opts.Other.ServeHTTP(w, r)
		return
	case s == nil && (r.URL.Path != "/" || r.Method != http.MethodPost):
		h.unknown(w, r, c, http.StatusNotFound)
		return
	case s == nil || !ok:
		h.unknown(w, r, c, http.StatusBadRequest)
		return
	}
	s.Protocol.SetHeader(w.Header(), c.RequestID)
	c.Service, c.Operation = s, operation
	signed, err := h.verify(s, r)
	if err != nil {
		h.unsigned(w, c, err)
		return
	}
	c.Caller = signed.Identity.Any.(*Caller)
	c.Account, c.Region, c.AccessKeyID = c.Caller.Principal.Account, signed.Region, signed.AccessKeyID
	if s.Global {
		c.Region = homeRegion(c.Caller.Principal.ARN)
	}
	c.Context = requestContext(r, c.Caller, c.Region, c.Began)
	body := signed.Body
	if operation == "" {
		if r.Method == http.MethodGet {
			body = []byte(r.URL.RawQuery)
		}
		if c.Operation, err = s.Protocol.Operation(body); err != nil {
			status, code, message := h.wire(c, err)
			h.refuse(w, c, status, code, message)
			return
		}
	}
	c.Service, c.Operation = h.among(c, body)
	h.answer(w, r.Context(), c, body)
}

// among finds, of the services that a request could be of, the one whose model it fits:
// several APIs of Bedrock have the same paths, which AWS tells apart by the host.
func (h *Handler) among(c *Call, body []byte) (*Service, string) {
	p, driven := c.Service.Protocol.(wireProtocol)
	if !driven || len(h.services[c.Service.Name]) == 1 || p.fits(c.Request, c.Operation, body) {
		return c.Service, c.Operation
	}
	for _, s := range h.services[c.Service.Name] {
		other, driven := s.Protocol.(wireProtocol)
		if !driven || s == c.Service {
			continue
		}
		if operation, ok := other.Target(c.Request); ok && other.fits(c.Request, operation, body) {
			return s, operation
		}
	}
	return c.Service, c.Operation
}

// verify checks the signature of a request and reads its body.
func (h *Handler) verify(s *Service, r *http.Request) (*sigv4.Result, error) {
	if s.Name != "s3" {
		return h.verifier.Verify(r)
	}
	signed, err := h.storage.Verify(r)
	if err != nil || signed.Stream == nil {
		return signed, err
	}
	if signed.Body, err = io.ReadAll(signed.Stream); err == nil {
		checked(r.Header, signed.Stream.Trailer())
	}
	return signed, err
}

// answer does a call whose signature is good.
func (h *Handler) answer(w http.ResponseWriter, ctx context.Context, c *Call, body []byte) {
	do := c.Service.Operations[c.Operation]
	var err error
	if do == nil {
		err = unimplemented(c)
	} else {
		body, err = do(context.WithValue(ctx, callKey{}, c), c, body)
	}
	c.Status = http.StatusOK
	switch {
	case err != nil:
		c.Status, c.Code, c.Message = h.wire(c, err)
	case c.Answer != nil:
		c.Status = c.Answer.Status
	}
	c.Took = h.opts.Now().Sub(c.Began)
	for _, o := range h.opts.Observers {
		o.Observe(c)
	}
	if err != nil {
		h.refuse(w, c, c.Status, c.Code, c.Message)
		return
	}
	if c.Answer != nil {
		maps.Copy(w.Header(), c.Answer.Header)
	}
	if c.Answer == nil || c.Answer.Header.Get("Content-Length") == "" {
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	if c.Status != http.StatusOK {
		w.WriteHeader(c.Status)
	}
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write(body)
}

// target finds the service of a request, and the operation where it is named outside of
// the body. ok is false for an operation that AWS does not have.
func (h *Handler) target(r *http.Request) (s *Service, operation string, ok bool) {
	among, named := h.services[sigv4.ClaimedService(r)], r.Header.Get("X-Amz-Target") != ""
	if named {
		among = h.opts.Services // also without credentials it is clear whose it is
	}
	for _, s := range among {
		if operation, ok := s.Protocol.Target(r); ok && (operation != "" || !named) {
			return s, operation, true
		}
	}
	return nil, "", false
}

// unsigned answers a request whose signature is not good, or whose body does not come.
// Source: https://docs.aws.amazon.com/mgn/latest/APIReference/CommonErrors.html, which
// names the errors "common to the API actions of all AWS services".
func (h *Handler) unsigned(w http.ResponseWriter, c *Call, err error) {
	if errors.Is(err, sigv4.ErrBody) {
		status, code := http.StatusBadRequest, "RequestAbortedException"
		if errors.Is(err, os.ErrDeadlineExceeded) {
			status, code = http.StatusRequestTimeout, "RequestTimeoutException"
		}
		h.refuse(w, c, status, code, "")
		return
	}
	var e *sigv4.Error
	if !errors.As(err, &e) {
		status, code, message := h.internal(c, err)
		h.refuse(w, c, status, code, message)
		return
	}
	status, code, message := e.Wire(c.Service.Protocol.Dialect())
	if c.Service.Name == "s3" {
		status, code, message = storageSays(c.Request, e)
	}
	h.refuse(w, c, status, code, message)
}

// wire says how an error of an operation is answered.
func (h *Handler) wire(c *Call, err error) (status int, code, message string) {
	if e, ok := wireStatus(c, err); ok {
		return e.Status, e.Code, e.Message
	}
	var own *Error
	var json *awsjson.Error
	var query *awsquery.Error
	var e *kms.Error
	switch {
	case errors.As(err, &own):
		return own.Status, own.Code, own.Message
	case errors.As(err, &json):
		return json.Status(), json.Code, json.Message
	case errors.As(err, &query):
		return query.Status(), query.Code, query.Message
	case errors.As(err, &e) && e.Code != kms.Internal:
		// Every refusal of KMS is 400 on the wire, whatever its model says.
		status = http.StatusBadRequest
		if e.Code == kms.KeyUnavailable {
			status = http.StatusInternalServerError
		}
		return status, string(e.Code), e.Message
	}
	return h.internal(c, err)
}

func (h *Handler) internal(c *Call, err error) (status int, code, message string) {
	h.opts.Log.Error("internal error", "service", c.Service.Name, "operation", c.Operation, "request", c.RequestID, "error", err)
	if c.Service.Name == "kms" {
		return http.StatusInternalServerError, string(kms.Internal), ""
	}
	return http.StatusInternalServerError, "InternalFailure", ""
}

func (h *Handler) refuse(w http.ResponseWriter, c *Call, status int, code, message string) {
	if p, driven := c.Service.Protocol.(wireProtocol); driven {
		c.Status, c.Code, c.Message = status, code, message
		m := p.refusal(c)
		maps.Copy(w.Header(), m.Header)
		w.WriteHeader(m.Status)
		_, _ = w.Write(m.Body)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(c.Service.Protocol.AppendError(nil, c.RequestID, code, message))
}

func printable(s string) string {
	const longest = 128
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), longest)])
}
