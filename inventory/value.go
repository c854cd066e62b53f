package inventory

import (
	"encoding/json"
	"fmt"

	"github.com/bedlock/bedlock"
)

// State says what is known of a [Value]. The zero value means that the source
// does not record this fact at all.
type State uint8

// The states.
const (
	Unrecorded State = iota
	// StateKnown: the value is there.
	StateKnown
	// StateAbsent: the source says that there is none.
	StateAbsent
	// StateUnknown: the source cannot tell, for the reason given.
	StateUnknown
	// StateUnread: reading failed, with the error given.
	StateUnread
)

// String returns the state's name in the JSON form.
func (s State) String() string {
	return [...]string{"unrecorded", "known", "absent", "unknown", "unread"}[min(s, StateUnread)]
}

// Value is one fact. It is immutable; the zero Value is unrecorded.
type Value[T any] struct {
	v     T
	why   string
	at    bedlock.Position
	state State
}

// Known returns a value that is there.
func Known[T any](v T, at bedlock.Position) Value[T] {
	return Value[T]{v: v, at: at, state: StateKnown}
}

// Absent returns a value that is not there; at is where it would stand.
func Absent[T any](at bedlock.Position) Value[T] { return Value[T]{at: at, state: StateAbsent} }

// Unknown returns a value that the source cannot tell. why is a phrase such as
// "known only after apply".
func Unknown[T any](why string, at bedlock.Position) Value[T] {
	return Value[T]{why: why, at: at, state: StateUnknown}
}

// Unread returns a value whose reading failed; err is the error's text.
func Unread[T any](err string, at bedlock.Position) Value[T] {
	return Value[T]{why: err, at: at, state: StateUnread}
}

// State says what is known.
func (v Value[T]) State() State { return v.state }

// Get returns the value; ok is false unless it is known.
func (v Value[T]) Get() (value T, ok bool) { return v.v, v.state == StateKnown }

// Or returns the value when known, else def.
func (v Value[T]) Or(def T) T {
	if v.state == StateKnown {
		return v.v
	}
	return def
}

// Why is the reason of an unknown or the error of an unread value, else "".
func (v Value[T]) Why() string { return v.why }

// At is where the value stands; zero when it does not come from a file.
func (v Value[T]) At() bedlock.Position { return v.at }

// IsZero reports whether the fact is unrecorded; JSON leaves such facts out.
func (v Value[T]) IsZero() bool { return v.state == Unrecorded }

// wire is the JSON form: exactly one of the first four fields is set.
type wire[T any] struct {
	Known   *T                `json:"known,omitempty"`
	Absent  bool              `json:"absent,omitempty"`
	Unknown string            `json:"unknown,omitempty"`
	Unread  string            `json:"unread,omitempty"`
	At      *bedlock.Position `json:"at,omitempty"`
}

// MarshalJSON writes the value's JSON form.
func (v Value[T]) MarshalJSON() ([]byte, error) {
	var w wire[T]
	switch v.state {
	case StateKnown:
		w.Known = &v.v
	case StateAbsent:
		w.Absent = true
	case StateUnknown:
		w.Unknown = v.why
	case StateUnread:
		w.Unread = v.why
	default:
		return []byte("null"), nil
	}
	if !v.at.IsZero() {
		w.At = &v.at
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the value's JSON form and refuses any other.
func (v *Value[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = Value[T]{}
		return nil
	}
	var w wire[T]
	if err := strict(b, &w); err != nil {
		return err
	}
	n := Value[T]{}
	set := 0
	if w.Known != nil {
		n.state, n.v = StateKnown, *w.Known
		set++
	}
	if w.Absent {
		n.state = StateAbsent
		set++
	}
	if w.Unknown != "" {
		n.state, n.why = StateUnknown, w.Unknown
		set++
	}
	if w.Unread != "" {
		n.state, n.why = StateUnread, w.Unread
		set++
	}
	if set != 1 {
		return fmt.Errorf("read value: exactly one of known, absent, unknown and unread must be set, %d are", set)
	}
	if w.At != nil {
		n.at = *w.At
	}
	*v = n
	return nil
}
