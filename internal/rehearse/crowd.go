package rehearse

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// many is how many uses by callers are made one by one. Of more, the policy engine says who can make
// them, by the policies that the twin has then, and KMS is called for one who can and one who cannot.
// Where it disagrees, and for those of whom the engine does not know, it is called for each.
const many = 20_000

// crowd is a need of callers on a slot, when there are many.
type crowd struct {
	need *catalog.Need
	// said are what the callers can before and after the plan, in the order of the use's callers.
	before, after *said
	keys          [2]string
}

// said is who can make a use, with what KMS says of some that cannot.
type said struct {
	once     sync.Once
	able     []bool
	refusals map[int]string
}

// crowds are what was said of uses that are alike, by the key, the need and what tells them apart.
type crowds struct {
	estate *estate.Estate
	mu     sync.Mutex
	said   map[string]*said
}

// class returns what is said of all uses that are like one, to be found out once.
func (c *crowds) class(u *use, need *catalog.Need, key string) *said {
	alike := ""
	switch k := c.estate.One(key); {
	case k != nil:
		alike = k.Alike(u.subject.Account, u.callers, u.resource, need)
	case strings.HasPrefix(key, awsManaged): // whose policy asks for account and service alone
		alike = u.subject.Account + " " + u.subject.Region + " " + u.subject.Type
	}
	if alike == "" {
		return &said{}
	}
	id := fmt.Sprintf("%p %s %s", need, key, alike)
	for _, p := range u.abroad {
		id += " " + p.ID
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said[id] == nil {
		c.said[id] = &said{}
	}
	return c.said[id]
}

// crowded finds out who of many callers can make the uses of a slot.
func (r *rehearsal) crowded(ctx context.Context, all *crowds, u *use, key string, at when) {
	for _, c := range u.crowds {
		s := all.class(u, c.need, key)
		s.once.Do(func() { r.say(ctx, all.estate, s, u, c.need, key) })
		if at == before {
			c.before, c.keys[0] = s, key
		} else {
			c.after, c.keys[1] = s, key
		}
	}
}

// say decides for each caller, and lets KMS say the same of one who can and one who cannot.
func (r *rehearsal) say(ctx context.Context, e *estate.Estate, s *said, u *use, need *catalog.Need, key string) {
	s.able, s.refusals = make([]bool, len(u.callers)), map[int]string{}
	ask := func(i int) bool {
		refusal := r.call(ctx, u, &asked{need: need, caller: u.callers[i]}, u.key, u.sealed)
		if s.able[i] = refusal == ""; !s.able[i] {
			s.refusals[i] = refusal
		}
		return s.able[i]
	}
	verdicts := make([]estate.Verdict, len(u.callers))
	if k := e.One(key); k != nil {
		verdicts = k.Crowd(u.subject.Account, u.callers, u.resource, need)
	}
	last := map[estate.Verdict]int{}
	for i, v := range verdicts {
		switch v {
		case estate.Able, estate.Unable:
			s.able[i], last[v] = v == estate.Able, i
		default:
			ask(i)
		}
	}
	agreed := true
	for v, i := range last {
		agreed = agreed && ask(i) == (v == estate.Able)
	}
	for i := 0; i < len(verdicts) && !agreed; i++ {
		ask(i)
	}
}

// listed are the uses of a crowd by a purpose as if they were made one by one.
func (r *rehearsal) listed(u *use, purpose string) (out []*asked) {
	for _, c := range u.crowds {
		if c.need.For != purpose {
			continue
		}
		for i, p := range u.callers {
			a := &asked{need: c.need, caller: p, Use: r.use(u, c.need)}
			a.Who, a.Caller, a.KeyBefore, a.KeyAfter = who(p), true, c.keys[0], c.keys[1]
			a.Before, a.After = c.before.outcome(i), c.after.outcome(i)
			if a.After == Denied {
				a.Refusal = c.after.refusals[i]
			}
			out = append(out, a)
		}
	}
	return out
}

func (s *said) outcome(i int) Outcome {
	switch {
	case s == nil:
		return NotAsked
	case s.able[i]:
		return Works
	}
	return Denied
}

// count is how many can.
func (s *said) count() (n int) {
	if s == nil {
		return 0
	}
	for _, able := range s.able {
		if able {
			n++
		}
	}
	return n
}

// judgeCrowds says of the uses by many callers which are not as they should be.
func (r *rehearsal) judgeCrowds(ctx context.Context, u *use) {
	var purposes []string
	for _, c := range u.crowds {
		r.report.Crowds = append(r.report.Crowds, Crowd{
			Resource: u.resource.ID, Title: u.title, Slot: u.name, For: c.need.For, KeyBefore: c.keys[0], KeyAfter: c.keys[1],
			Callers: len(u.callers), Before: c.before.count(), After: c.after.count(), Optional: c.need.Optional,
		})
		purposes = append(purposes, c.need.For)
	}
	slices.Sort(purposes)
	for _, purpose := range slices.Compact(purposes) {
		r.judgeCallers(ctx, u, r.listed(u, purpose))
	}
}

// inParallel calls f for each index below n, as many at once as there are processors.
func inParallel(ctx context.Context, n int, f func(i int)) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// who is what a report calls a user or role.
func who(p *inventory.Principal) string {
	if full := p.ARN.Or(""); full != "" {
		return full
	}
	return p.ID
}

// why is what KMS says of a use that it refuses, asked now where nobody has asked it.
func (r *rehearsal) why(ctx context.Context, u *use, a *asked) string {
	if a.Refusal == "" {
		a.Refusal = strings.TrimSpace(r.call(ctx, u, a, u.key, u.sealed))
	}
	return a.Refusal
}
