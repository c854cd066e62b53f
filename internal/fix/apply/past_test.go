package apply

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/local"
)

// scene is an estate and a plan for it.
type scene struct {
	declared string               // the seed
	made     func(*fixtest.Plane) // what is made besides; nil: nothing
	plan     func(*fixtest.Plane) *fix.Plan
}

// past is what planes of one scene have answered. Their clocks stand still and their dice are the
// same, so what has been written alone decides what is answered: one plane is asked, and thousands
// of runs that have written the same are answered alike. So a run of its own costs each case next
// to nothing, and no case sees what another has left.
type past struct {
	scene
	t     *testing.T // of which the planes are
	fixed *fix.Plan
	root  *moment
	noon  time.Time // what all clocks show
	first *Journal  // of which all begin
	line  []byte

	mu     sync.Mutex
	planes map[*moment][]*fixtest.Plane // that nobody uses
	dice   map[*fixtest.Plane]*dice
	opened int // planes
	asked  int // calls that they have answered
}

// moment is an estate after some writes.
type moment struct {
	before *moment
	call   asked // that led here
	reply  reply
	reads  map[string]reply
	writes map[string]*moment
	seen   []string // by look; nil: not yet
}

type asked struct {
	key string
	at  fix.Place
	fix.Call
}

type reply struct {
	out wire.Object
	err error
}

// dice are a source of ids that begins anew with each write.
type dice struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

func (d *dice) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.Read(b)
}

func (d *dice) begin(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.r = rand.NewChaCha8(sha256.Sum256([]byte(text)))
}

// remember opens the first plane of a scene and makes its plan.
func remember(t *testing.T, s scene) *past {
	t.Helper()
	// A signature counts five minutes before its time and after it, so this is enough for nine.
	noon := time.Now().UTC().Truncate(time.Second).Add(4 * time.Minute)
	w := &past{scene: s, t: t, noon: noon, root: &moment{}, planes: map[*moment][]*fixtest.Plane{}, dice: map[*fixtest.Plane]*dice{}}
	p := w.open()
	w.opened++
	w.fixed = s.plan(p)
	f := &paper{}
	j, err := start(f, w.fixed, theRun, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	w.first, w.line = j, f.text
	w.planes[w.root] = append(w.planes[w.root], p)
	return w
}

func (w *past) open() *fixtest.Plane {
	w.t.Helper()
	d := &dice{}
	d.begin("seed")
	p := fixtest.OpenWith(w.t, w.declared, local.Options{Random: d, KMS: kms.Options{Random: d}, Now: func() time.Time { return w.noon }})
	if w.made != nil {
		w.made(p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dice[p] = d
	return p
}

// take returns a plane as it was at a moment or before it.
func (w *past) take(m *moment) (*fixtest.Plane, *moment) {
	w.mu.Lock()
	for at := m; at != nil; at = at.before {
		if list := w.planes[at]; len(list) > 0 {
			w.planes[at] = list[:len(list)-1]
			w.mu.Unlock()
			return list[len(list)-1], at
		}
	}
	w.opened++
	w.mu.Unlock()
	return w.open(), w.root
}

// estate is one run's view of a scene: the beginning, and what this run has written since.
type estate struct {
	*past
	at    *moment
	plane *fixtest.Plane // nil: nothing had to be asked yet
	stood *moment        // where the plane is
}

// begin is an estate as it was at a moment; nil: at the beginning.
func (w *past) begin(m *moment) *estate {
	if m == nil {
		m = w.root
	}
	return &estate{past: w, at: m}
}

// end gives the plane to others.
func (e *estate) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.plane != nil {
		e.planes[e.stood] = append(e.planes[e.stood], e.plane)
		e.plane = nil
	}
}

// reads says whether an operation changes nothing.
func reads(operation string) bool {
	for _, verb := range []string{"Get", "List", "Describe"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}

// Call answers as a plane of this past does.
func (e *estate) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	a := asked{at.Account + " " + at.Region + " " + string(b), at, c}
	if reads(c.Operation) {
		e.mu.Lock()
		r, ok := e.at.reads[a.key]
		e.mu.Unlock()
		if !ok {
			r = e.ask(ctx, a)
			e.mu.Lock()
			if e.at.reads == nil {
				e.at.reads = map[string]reply{}
			}
			e.at.reads[a.key] = r
			e.mu.Unlock()
		}
		return r.out, r.err
	}
	e.mu.Lock()
	next := e.at.writes[a.key]
	e.mu.Unlock()
	if next == nil {
		r := e.ask(ctx, a)
		e.mu.Lock()
		if next = e.at.writes[a.key]; next == nil {
			next = &moment{before: e.at, call: a, reply: r}
			if e.at.writes == nil {
				e.at.writes = map[string]*moment{}
			}
			e.at.writes[a.key] = next
		}
		e.mu.Unlock()
		e.stood = next
	}
	e.at = next
	return next.reply.out, next.reply.err
}

// ask asks a plane, after it has caught up with what was written.
func (e *estate) ask(ctx context.Context, a asked) reply {
	if e.plane == nil {
		e.plane, e.stood = e.take(e.at)
	}
	var behind []*moment
	for m := e.at; m != e.stood; m = m.before {
		behind = append(behind, m)
	}
	for _, m := range slices.Backward(behind) {
		now := e.send(ctx, m.before, m.call)
		if d := cmp.Diff(still(m.reply.out, random), still(now.out, random)); d != "" || fix.Code(m.reply.err) != fix.Code(now.err) {
			e.t.Errorf("%s answers otherwise when it is asked again, so nothing here can be relied on: %s", m.call.Operation, d)
		}
		e.stood = m
	}
	return e.send(ctx, e.at, a)
}

// send makes a call. What it creates has the same id whatever was written before.
func (e *estate) send(ctx context.Context, at *moment, a asked) reply {
	times := 0
	for m := at; m.before != nil; m = m.before {
		if m.call.key == a.key {
			times++
		}
	}
	e.mu.Lock()
	e.asked++
	d := e.dice[e.plane]
	e.mu.Unlock()
	d.begin(a.key + strings.Repeat("+", times))
	out, err := e.plane.Estate().Call(ctx, a.at, a.Call)
	return reply{out, err}
}
