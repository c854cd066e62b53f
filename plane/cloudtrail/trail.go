package cloudtrail

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bedlock/bedlock/plane"
)

// Options are the settings of a [Trail].
type Options struct {
	// Dir is where log files are written, below AWSLogs; empty: nowhere.
	Dir string
	// Every is how often files are closed; 0: every 5 seconds.
	Every time.Duration
	// Keep is how many records are kept in memory; 0: 20,000.
	Keep int
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Log gets what keeps calls from being recorded; nil: nothing is logged.
	Log *slog.Logger
	// Authorizer decides who may look events up.
	Authorizer plane.Authorizer
}

// Trail records the calls of a plane. It is safe for concurrent use.
type Trail struct {
	opts    Options
	formats formats
	buffers sync.Pool // of *[]byte, to encode into

	mu   sync.Mutex
	ring ring

	files *files // nil: none are written
}

var _ plane.Observer = (*Trail)(nil)

// New makes a trail and begins to write files, if there is a folder for them. The error is
// a folder that cannot be used.
func New(o Options) (*Trail, error) {
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	if o.Keep <= 0 {
		o.Keep = 20_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &Trail{opts: o, ring: ring{size: o.Keep}, buffers: sync.Pool{New: func() any { return new([]byte) }}}
	t.formats.log = o.Log
	if o.Dir != "" {
		var err error
		if t.files, err = newFiles(o); err != nil {
			return nil, fmt.Errorf("cloudtrail: %w", err)
		}
	}
	return t, nil
}

// Event is a record as it is listed.
type Event struct {
	ID   string
	Time time.Time
	// Account is the one that the record is of, which is not always the caller's.
	Account, Region string
	// Who is the ARN of the caller, or the name of an AWS service; Username what CloudTrail
	// shows of it: a user's name, a session's, or root.
	Who, Username, AccessKeyID string
	// Source is kms.amazonaws.com and the like.
	Source, Operation string
	ReadOnly          bool
	// Data: it is a data event, which LookupEvents does not have.
	Data      bool
	Resources []Resource
	// Code and Message are those of the error; an empty Code: there is none.
	Code, Message string
}

// Resource is what a call was about.
type Resource struct{ Type, ARN string }

// Observe records a call: once, or twice when it was about a resource of another account
// and was not denied, which gives the two records a sharedEventID, or when it was done in
// two Regions.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/shared-event-ID.html
func (t *Trail) Observe(c *plane.Call) {
	e := t.event(c)
	owner := ""
	if e.Code != accessDenied {
		owner = ownerOf(&e)
	}
	r := record{call: c, event: &e, invokedBy: c.InvokedBy}
	if owner != "" {
		r.shared = newID()
	}
	t.add(&r)
	if owner != "" {
		e.ID, e.Account = newID(), owner
		t.add(&r)
	}
	if there := elsewhere(c); there != nil {
		e := t.event(there)
		t.add(&record{call: there, event: &e, invokedBy: "kms.amazonaws.com"})
	}
}

// add encodes a record and keeps it.
func (t *Trail) add(r *record) {
	buffer := t.buffers.Get().(*[]byte)
	*buffer = t.append((*buffer)[:0], r)
	t.keep(r.event, *buffer)
	t.buffers.Put(buffer)
}

// keep keeps copies of a record; of a data event in files only, as of a trail with all data
// events.
func (t *Trail) keep(e *Event, encoded []byte) {
	if !e.Data {
		t.mu.Lock()
		t.ring.add(e, encoded)
		t.mu.Unlock()
	}
	if t.files != nil {
		t.files.add(e, encoded)
	}
}

// Recent returns the last n records, the newest first, of all accounts and Regions.
// Data events are not among them.
func (t *Trail) Recent(n int) []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Event
	for s := range t.ring.before(t.ring.next) {
		if len(out) >= n {
			break
		}
		out = append(out, s.event)
	}
	return out
}

// Close writes what was recorded and not written yet. What is observed after it is in
// memory only. The error says what could not be written. Close is idempotent.
func (t *Trail) Close() error {
	if t.files == nil {
		return nil
	}
	if err := t.files.close(); err != nil {
		return fmt.Errorf("cloudtrail: %w", err)
	}
	return nil
}

// newID is a random id in the form of a UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
