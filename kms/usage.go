package kms

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// UsageDelay is how old what the store says of the last use of a key is at most, while
// [Service.Run] runs: a process that is killed forgets the uses of its last 5 seconds, and
// nothing else. How long AWS takes is unconfirmed.
const UsageDelay = 5 * time.Second

// use is one successful cryptographic operation with a key.
type use struct {
	Operation string    `json:"operation"`
	Time      time.Time `json:"time"`
	Event     string    `json:"event,omitempty"`   // of CloudTrail
	Request   string    `json:"request,omitempty"` // id
}

// lastUse is the last use of a key, which operations note without waiting for anything.
type lastUse struct {
	last atomic.Pointer[use]
	// noted: the use is on the list of those to be written.
	noted atomic.Bool
}

// usage lists the keys whose last use is to be written.
type usage struct {
	mu   sync.Mutex
	keys []*entry
}

// used notes a successful operation.
func (s *Service) used(c *Call, k *found, operation string) {
	u := &k.e.used
	u.last.Store(&use{operation, s.instant(), c.EventID, c.RequestID})
	s.note(k.e)
}

// note puts a key on the list of those whose last use is to be written.
func (s *Service) note(e *entry) {
	if e.used.noted.Load() || !e.used.noted.CompareAndSwap(false, true) {
		return
	}
	s.usage.mu.Lock()
	s.usage.keys = append(s.usage.keys, e)
	s.usage.mu.Unlock()
}

// Run does every [UsageDelay] what is due, such as to delete keys, and writes down which
// keys were used last, until ctx is done, and the latter then once more.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(UsageDelay)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.settleDue()
			// A failure is tried again at the next tick; what else the store refuses, its
			// own operations tell.
			_ = s.writeUsage(ctx)
		case <-ctx.Done():
			return s.writeUsage(context.WithoutCancel(ctx))
		}
	}
}

// writeUsage writes the uses that were noted.
func (s *Service) writeUsage(ctx context.Context) error {
	s.usage.mu.Lock()
	keys := s.usage.keys
	s.usage.keys = nil
	s.usage.mu.Unlock()
	records := make([]Record, 0, len(keys))
	for _, e := range keys {
		e.used.noted.Store(false) // before the use is read, so that a later one is noted again
		k := e.now.Load()
		b, err := encode(e.used.last.Load())
		if err != nil {
			return internal(err)
		}
		if !k.gone {
			records = append(records, Record{KindUsage, k.place(), b})
		}
	}
	if len(records) == 0 {
		return nil
	}
	if err := s.commit(ctx, records...); err != nil {
		for _, e := range keys {
			s.note(e)
		}
		return err
	}
	return nil
}

// usageGone is the record that deletes what is known of a key's use.
func usageGone(k *Key) Record { return Record{Kind: KindUsage, ID: k.place()} }

// loadUsage loads the last use of a key. The use of a key that was deleted meanwhile may
// have been written after it.
func (l *loading) loadUsage(r Record) error {
	var u use
	if err := decode(r, &u); err != nil {
		return err
	}
	account, region, id, _ := splitID(r.ID)
	if e := l.s.keys[keyID{account, region, id}]; e != nil {
		e.used.last.Store(&u)
	}
	return nil
}

// GetKeyLastUsage tells the last successful cryptographic operation with a key.
//
// Uses are counted from the creation of the key on, as this program has recorded them
// from its beginning.
func (s *Service) GetKeyLastUsage(ctx context.Context, c *Call, in *GetKeyLastUsageInput) (*GetKeyLastUsageOutput, error) {
	k, err := s.open(ctx, c, "kms:GetKeyLastUsage", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := check("GetKeyLastUsage", k.v); err != nil {
		return nil, err
	}
	out := &GetKeyLastUsageOutput{KeyId: k.arn, KeyLastUsage: &KeyLastUsageData{}, TrackingStartDate: k.v.Created, KeyCreationDate: k.v.Created}
	if u := k.e.used.last.Load(); u != nil {
		*out.KeyLastUsage = KeyLastUsageData{u.Operation, u.Time, u.Event, u.Request}
	}
	return out, nil
}

// trailingDays is the condition key kms:TrailingDaysWithoutKeyUsage: whole days since the
// key was used, or else since it was created.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func (s *Service) trailingDays(k *found) string {
	since := k.v.Created
	if u := k.e.used.last.Load(); u != nil {
		since = u.Time
	}
	return strconv.Itoa(max(0, int(s.now().Sub(since).Hours()/24)))
}
