package records

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
)

// Key names a record. Region is empty for resources of a whole account, and Account for what
// belongs to the plane.
type Key struct{ Service, Kind, Account, Region, ID string }

// Record is one resource, or a part of one.
type Record struct {
	Key
	// Number counts the records of the plane in the order in which they were first put.
	Number           uint64
	Created, Updated time.Time
	// Doc is what the service knows of it, in members that are the service's own affair.
	Doc wire.Object
	// Sealed is its content, by the name of the slot in the catalogue.
	Sealed map[string]*Sealed `json:",omitempty"`
	// Next is what becomes of it by itself; nil: nothing.
	Next *Next `json:",omitempty"`
}

// Next is a change that happens by itself, such as that of a status.
type Next struct {
	At time.Time
	// Set are members of the document that then have other values; one that is nil is taken
	// away.
	Set wire.Object
	// Gone: the record is deleted.
	Gone bool
}

// storedNext is a [Next] as it is stored: an object has no members that are nil.
type storedNext struct {
	At   time.Time
	Set  wire.Object `json:",omitempty"`
	Drop []string    `json:",omitempty"`
	Gone bool        `json:",omitempty"`
}

// MarshalJSON writes the stored form.
func (n Next) MarshalJSON() ([]byte, error) {
	out := storedNext{At: n.At, Set: wire.Object{}, Gone: n.Gone}
	for name, v := range n.Set {
		if v == nil {
			out.Drop = append(out.Drop, name)
			continue
		}
		out.Set[name] = v
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the stored form.
func (n *Next) UnmarshalJSON(b []byte) error {
	var in storedNext
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*n = Next{At: in.At, Set: in.Set, Gone: in.Gone}
	for _, name := range in.Drop {
		if n.Set == nil {
			n.Set = wire.Object{}
		}
		n.Set[name] = nil
	}
	return nil
}

// Sealed is content as ciphertext.
type Sealed struct {
	// Key is the ARN of the KMS key; empty: a key that AWS owns.
	Key string `json:",omitempty"`
	// DataKey is the data key as KMS encrypted it under Context.
	DataKey []byte            `json:",omitempty"`
	Context map[string]string `json:",omitempty"`
	// Grant is the id of the grant that the service has for the content.
	Grant string `json:",omitempty"`
	// Ciphertext is AES-256-GCM under the data key, with the nonce before it.
	Ciphertext []byte
}

// Change returns a record with other values for members of the document. A member that is
// nil is taken away.
func (r *Record) Change(now time.Time, set wire.Object) *Record {
	n := *r
	n.Updated, n.Doc, n.Next = now, r.Doc.With(set), nil
	maps.DeleteFunc(n.Doc, func(_ string, v any) bool { return v == nil })
	n.Sealed = maps.Clone(r.Sealed)
	return &n
}

// at is the record as it is at a time; nil: it is gone.
func (r *Record) at(now time.Time) *Record {
	switch {
	case r.Next == nil || now.Before(r.Next.At):
		return r
	case r.Next.Gone:
		return nil
	}
	return r.Change(r.Next.At, r.Next.Set)
}
