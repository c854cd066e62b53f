package plane

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/awsjson"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// HealthPath answers GET with 200 while the plane is ready.
const HealthPath = "/_bedlock/health"

// Options are the settings of a [Handler].
type Options struct {
	KMS        *kms.Service
	Identities Identities
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Log gets what went wrong on this side; nil: nothing is logged. No secrets, keys or
	// plaintexts are ever in it.
	Log *slog.Logger
}

// Handler answers requests to the local AWS.
type Handler struct {
	opts     Options
	verifier *sigv4.Verifier
	service  *awsjson.Service
	routes   map[string]route
}

// New makes a handler. The error is a defect of the build: an operation whose types do
// not fit the API model.
func New(o Options) (*Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	service, err := awsjson.KMS()
	if err != nil {
		return nil, fmt.Errorf("plane: %w", err)
	}
	h := &Handler{opts: o, service: service}
	h.verifier = &sigv4.Verifier{Now: o.Now, Secret: secret(o.Identities), Scope: func(*http.Request) (string, string) { return "", "kms" }}
	if h.routes, err = kmsRoutes(o.KMS, service); err != nil {
		return nil, fmt.Errorf("plane: %w", err)
	}
	return h, nil
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	h.service.SetHeader(w.Header(), id)
	if r.Method == http.MethodGet && r.URL.Path == HealthPath {
		_, _ = w.Write([]byte(`{"status":"ok"}`))
		return
	}
	if r.Method != http.MethodPost || r.URL.Path != "/" {
		h.refuse(w, http.StatusNotFound, awsjson.UnknownOperationException, "the local plane answers POST / of AWS JSON services; it has KMS")
		return
	}
	operation, known := h.service.Target(r.Header.Get("X-Amz-Target"))
	route := h.routes[operation]
	if !known || route == nil {
		// A service may be known to AWS and not to this plane; both are said alike.
		h.refuse(w, http.StatusBadRequest, awsjson.UnknownOperationException, "not implemented by the local plane: "+printable(r.Header.Get("X-Amz-Target")))
		return
	}
	signed, err := h.verifier.Verify(r)
	if err != nil {
		h.unsigned(w, err)
		return
	}
	caller := signed.Identity.Any.(*Caller)
	call := &kms.Call{
		Account: caller.Principal.Account, Region: signed.Region, Principal: caller.Principal, RequestID: id, EventID: requestID(),
		Context: requestContext(r, caller, signed.Region, h.opts.Now()),
	}
	body, err := route(context.WithValue(r.Context(), callerKey{}, caller), call, signed.Body)
	if err != nil {
		h.fail(w, operation, err)
		return
	}
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write(body)
}

// unsigned answers a request whose signature is not good.
func (h *Handler) unsigned(w http.ResponseWriter, err error) {
	var e *sigv4.Error
	if !errors.As(err, &e) {
		h.internal(w, "verify", err)
		return
	}
	status, code, message := e.Wire(sigv4.JSON)
	h.refuse(w, status, code, message)
}

// fail answers an operation that refuses.
func (h *Handler) fail(w http.ResponseWriter, operation string, err error) {
	var wire *awsjson.Error
	var e *kms.Error
	switch {
	case errors.As(err, &wire):
		h.refuse(w, wire.Status(), wire.Code, wire.Message)
	case errors.As(err, &e) && e.Code == kms.Internal:
		h.internal(w, operation, err)
	case errors.As(err, &e):
		// Every refusal of KMS is 400 on the wire, whatever its model says.
		status := http.StatusBadRequest
		if e.Code == kms.KeyUnavailable {
			status = http.StatusInternalServerError
		}
		h.refuse(w, status, string(e.Code), e.Message)
	default:
		h.internal(w, operation, err)
	}
}

func (h *Handler) internal(w http.ResponseWriter, operation string, err error) {
	h.opts.Log.Error("internal error", "operation", operation, "error", err)
	h.refuse(w, http.StatusInternalServerError, string(kms.Internal), "")
}

func (h *Handler) refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_, _ = w.Write(awsjson.AppendError(nil, code, message))
}

// requestID is a random id in the form of a UUID.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
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
