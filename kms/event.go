package kms

import "time"

// The names of an [Event].
const (
	EventDeleteKey         = "DeleteKey"
	EventRotateKey         = "RotateKey"
	EventExpiredMaterial   = "DeleteExpiredKeyMaterial"
	EventSynchronizeRegion = "SynchronizeMultiRegionKey"
)

// Event is something that KMS does by itself, which CloudTrail records. A rotation on
// demand is one too, besides the call that asked for it.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html and the
// pages of the others
type Event struct {
	Name string
	Time time.Time
	// ARN, KeyID, Account and Region are those of the key, of related keys of the primary
	// one. That a rotation is recorded where the primary key is alone is unconfirmed.
	ARN, KeyID, Account, Region string
	// Material is the id of the key material that is current now, or that expired; Previous
	// that of the one before a rotation, RotationType AUTOMATIC or ON_DEMAND.
	Material, Previous, RotationType string
	Origin                           Origin
}

// tell tells of an event of a key; e has what is not the key's.
func (s *Service) tell(k *Key, e Event) {
	if s.opts.Events == nil {
		return
	}
	e.Time, e.ARN, e.KeyID, e.Account, e.Region, e.Origin = s.now(), k.ARN(), k.ID, k.Account, k.Region, k.Origin
	s.opts.Events(e)
}

// tellChange tells of what a change did to related keys; before is the id of the key
// material that was current. Related keys are synchronized whenever they change, in AWS
// from time to time.
func (s *Service) tellChange(before string, r *relatives) {
	for _, v := range r.all {
		if !v.isPrimary() {
			continue
		}
		for _, g := range v.Materials {
			if g.ID == v.Current && g.ID != before && g.RotationType != "" {
				s.tell(&v.Key, Event{Name: EventRotateKey, Material: g.ID, Previous: before, RotationType: g.RotationType})
			}
		}
		if len(v.Replicas) > 0 {
			s.tell(&v.Key, Event{Name: EventSynchronizeRegion})
		}
	}
}

// settleDue does to all keys what time does to them.
func (s *Service) settleDue() {
	var due []*entry
	s.mu.RLock()
	for _, e := range s.keys {
		if v := e.now.Load(); !v.deadline.IsZero() && !s.now().Before(v.deadline) {
			due = append(due, e)
		}
	}
	s.mu.RUnlock()
	for _, e := range due {
		s.settled(e)
	}
}
