package cloudtrail

import "iter"

// ring has the last records. Every record has a number that never changes.
type ring struct {
	size  int
	slots []slot // of the record n at n modulo size
	next  uint64 // number of the next record; the first is 0
}

// slot is one record.
type slot struct {
	event  Event
	record []byte
}

// reusable is how big the memory of a record may be to be used again for another.
const reusable = 4 << 10

// add puts a record in the place of the oldest one. encoded is copied.
func (r *ring) add(e *Event, encoded []byte) {
	if len(r.slots) < r.size {
		r.slots = append(r.slots, slot{})
	}
	s := &r.slots[r.next%uint64(r.size)]
	s.event = *e
	if cap(s.record) > reusable {
		s.record = nil
	}
	s.record = append(s.record[:0], encoded...)
	r.next++
}

// before yields the records with smaller numbers than n, the newest first, with their
// numbers.
func (r *ring) before(n uint64) iter.Seq2[*slot, uint64] {
	return func(yield func(*slot, uint64) bool) {
		oldest := r.next - uint64(len(r.slots))
		for n = min(n, r.next); n > oldest; {
			n--
			if !yield(&r.slots[n%uint64(r.size)], n) {
				return
			}
		}
	}
}
