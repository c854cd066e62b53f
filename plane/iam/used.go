package iam

import (
	"sync"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

// usage is what was used last: access keys by their id, roles by theirs.
type usage struct {
	mu   sync.Mutex
	last map[string]use
	// changed since it was written.
	changed bool
}

// Observe notes which access key and which role were used.
func (s *Service) Observe(c *plane.Call) {
	id := c.AccessKeyID
	if c.Caller.Session != nil {
		id = c.Caller.Session.IssuerID
	}
	u := &s.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[id] = use{At: c.Began, Service: c.Service.Name, Region: c.Region}
	u.changed = true
}

// lastUse is the last use of an access key or role by its id.
func (s *Service) lastUse(id string) (use, bool) {
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	u, ok := s.usage.last[id]
	return u, ok
}

func (u *usage) written() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.changed = false
}

// usageRecords are the last uses of what there still is, a record for each account.
func (s *Service) usageRecords() ([]kms.Record, error) {
	u := &s.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.changed {
		return nil, nil
	}
	var records []kms.Record
	var failed error
	s.accounts.Range(func(id, c any) bool {
		a, used := c.(*current).Load(), map[string]use{}
		note := func(id string) {
			if last, ok := u.last[id]; ok {
				used[id] = last
			}
		}
		for key := range a.keys {
			note(key)
		}
		for _, e := range a.entities[kindRole] {
			note(e.ID)
		}
		if len(used) == 0 {
			return true
		}
		r, err := record(recordUsed, id.(string), used)
		records, failed = append(records, r), err
		return err == nil
	})
	return records, failed
}
