package localtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
)

// API is a client of an API by its model, for tests of services that have no SDK and for tests
// that are tables of JSON. Inputs are JSON in the members of the model.
type API struct {
	plane *Plane
	api   *wire.API
	admin string
}

// API returns a client. admin is the access key of [API.Do].
func (p *Plane) API(model, admin string) *API {
	p.t.Helper()
	api, err := wire.Load(model, wire.Observed{})
	if err != nil {
		p.t.Fatal(err)
	}
	return &API{p, api, admin}
}

// As makes a call with an access key. The error is a [*wire.Error] when it is refused.
func (a *API) As(t testing.TB, accessKey, operation, input string) (wire.Object, error) {
	t.Helper()
	in, err := a.api.Read(operation, []byte(input))
	if err != nil {
		t.Fatalf("%s %s: %v", operation, input, err)
	}
	r, err := a.api.Request(operation, in)
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(a.plane.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Scheme, r.URL.Host = to.Scheme, to.Host
	res, err := a.plane.Client(accessKey, a.api.Model().SigningName).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.api.Answer(operation, res.StatusCode, res.Header, body)
}

// Do makes a call that must work.
func (a *API) Do(t testing.TB, operation, input string) wire.Object {
	t.Helper()
	out, err := a.As(t, a.admin, operation, input)
	if err != nil {
		t.Fatalf("%s %s: %v", operation, input, err)
	}
	return out
}

// Refused makes a call that must be refused with a code, and returns the message.
func (a *API) Refused(t testing.TB, accessKey, operation, input, code string) string {
	t.Helper()
	out, err := a.As(t, accessKey, operation, input)
	var refused *wire.Error
	if !errors.As(err, &refused) || refused.Code != code {
		t.Fatalf("%s %s = %v, %v; want %s", operation, input, out, err, code)
	}
	return refused.Message
}

// Same compares the members of an answer at the paths that want has with its values; null is a
// member that the answer does not have.
func Same(t testing.TB, what string, got wire.Object, want string) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(want), &members); err != nil {
		t.Fatal(err)
	}
	for path, v := range members {
		is, _ := json.Marshal(got.At(path))
		if wanted, _ := json.Marshal(v); string(is) != string(wanted) {
			t.Errorf("%s: %s = %s, want %s", what, path, is, wanted)
		}
	}
}
