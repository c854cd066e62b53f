package apply

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// refusal is an error of a service.
type refusal string

func (r refusal) Error() string     { return string(r) + ": made up by the test" }
func (r refusal) ErrorCode() string { return string(r) }

// fault is a way in which a call can go wrong.
type fault struct {
	name string
	// forGood: every call of that operation goes wrong from then on; fatal: a run cannot go on.
	forGood, fatal bool
	// does may make the call.
	does func(make func() (wire.Object, error)) (wire.Object, error)
	// status is what a read says whose answer is waited for; empty: not such a fault.
	status func(*fix.Wait) string
}

func refuse(code string) func(func() (wire.Object, error)) (wire.Object, error) {
	return func(func() (wire.Object, error)) (wire.Object, error) { return nil, refusal(code) }
}

func lose(call func() (wire.Object, error)) (wire.Object, error) {
	if _, err := call(); err != nil {
		return nil, err
	}
	return nil, errors.New("read: connection timed out")
}

func drop(func() (wire.Object, error)) (wire.Object, error) {
	return nil, errors.New("dial: connection refused")
}

var faults = []fault{
	{name: "throttled", does: refuse("ThrottlingException")},
	{name: "throttled for good", forGood: true, fatal: true, does: refuse("ThrottlingException")},
	{name: "denied", forGood: true, fatal: true, does: refuse("AccessDeniedException")},
	{name: "lost", does: lose},
	{name: "lost for good", forGood: true, does: lose},
	{name: "not sent", does: drop},
	{name: "not sent for good", forGood: true, fatal: true, does: drop},
	{name: "server error", does: refuse("InternalServerException")},
	{name: "server error for good", forGood: true, fatal: true, does: refuse("InternalServerException")},
	{name: "still busy", status: func(*fix.Wait) string { return "BUSY" }},
	{name: "came to nothing", status: func(w *fix.Wait) string { return append(slices.Clone(w.Failed), "BUSY")[0] }},
}

// faulty is an estate in which one call goes wrong.
type faulty struct {
	fix.Estate
	fault
	waits []*fix.Wait
	n, at int
	hit   string // its operation; empty: it was not reached
}

func (f *faulty) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	f.n++
	call := func() (wire.Object, error) { return f.Estate.Call(ctx, at, c) }
	if f.n != f.at && (f.n < f.at || f.at == 0 || !f.forGood || c.Operation != f.hit) {
		return call()
	}
	f.hit = c.Operation
	if f.status == nil {
		return f.does(call)
	}
	out, err := call()
	for _, w := range f.waits {
		if err == nil && w.Read.Operation == c.Operation && out.At(w.At) != nil {
			out = out.Clone()
			inner, path := out, w.At
			for name, rest, more := strings.Cut(path, "."); more; name, rest, more = strings.Cut(rest, ".") {
				inner, path = inner.Object(name), rest
			}
			inner[path] = f.status(w)
			return out, nil
		}
	}
	return out, err
}

// waits are what the steps of a plan wait for.
func waits(p *fix.Plan) (out []*fix.Wait) {
	for i := range p.Steps {
		if w := p.Steps[i].Wait; w != nil {
			out = append(out, w)
		}
	}
	return out
}

// denied is an estate in which one call of one step is refused.
type denied struct {
	fix.Estate
	operation, step string
	j               *Journal
}

func (d denied) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation == d.operation && d.j.of(d.step).called > 0 {
		return nil, refusal("AccessDeniedException")
	}
	return d.Estate.Call(ctx, at, c)
}
