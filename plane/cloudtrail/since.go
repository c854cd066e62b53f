package cloudtrail

import "iter"

// Next is the number of the record that comes next.
func (t *Trail) Next() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ring.next
}

// Since yields the records from number n on that are still in memory, the oldest first, with
// copies of their JSON.
func (t *Trail) Since(n uint64) iter.Seq2[Event, []byte] {
	t.mu.Lock()
	defer t.mu.Unlock()
	type pair struct {
		event  Event
		record []byte
	}
	var all []pair
	for s, at := range t.ring.before(t.ring.next) {
		if at < n {
			break
		}
		all = append(all, pair{s.event, append([]byte(nil), s.record...)})
	}
	return func(yield func(Event, []byte) bool) {
		for i := len(all) - 1; i >= 0; i-- {
			if !yield(all[i].event, all[i].record) {
				return
			}
		}
	}
}
