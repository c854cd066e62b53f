package symbolic

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bedlock/bedlock/policy/authz"
)

// Reached is a party that can do an action on a target.
type Reached struct {
	// Party is its index in [Universe.Parties].
	Party int32
	// Verdict is Exists, or Unknown when neither could be shown.
	Verdict Verdict
	// Always: it is proved that every request of the party is allowed, whatever its
	// context.
	Always bool
}

// Reach asks which of the universe's parties can do an action on each of the
// targets: the question of [Universe.WhoCan], for thousands of parties and keys at
// once, without witnesses and without principals that are no parties. The result
// has, for each target, the parties that can or of which it is not known, in their
// order; of all others it is proved that they never can. The verdicts are those of
// WhoCan, but that a likely request may show what WhoCan leaves Unknown.
//
// Not every pair is looked at, and none is left out that could be allowed. A key
// lets nobody in but by a statement of its policy, or a grant, that names the party
// by its own name, by its role's or by that of the user who made its session, or
// names everybody, or its account. Where it is the account alone, and where a key
// policy lets in a party of another account, a policy of the party's own must cover
// the action and the key's ARN too. Denies, boundaries and control policies only
// take away. So an index of names, and one of the key ARNs and patterns in the
// policies of each account, find all candidates, and some others. Each of them is
// decided by [authz.OutcomeOf]: first its open request, which settles most, and
// where that depends on the context some likely requests. What is then still open
// is searched as in WhoCan, within [Universe.Work] for each question, and within a
// share of what a call may do, or a hundredth of Work, for each target.
//
// A party that stands for all sessions of a role stands here also for those that a
// target names, unless they are parties: it can if one of them can, and always can if
// all of them can.
//
// Reach works in as many goroutines as GOMAXPROCS says. The errors are those of
// WhoCan.
func (u *Universe) Reach(action string, targets []*Target) ([][]Reached, error) {
	return u.reach(action, targets, false)
}

// Always is Reach without searches: for each target the parties whose every request is
// allowed, as far as one open decision of the engine shows it. Those of whom only a
// search could show it are left out.
func (u *Universe) Always(action string, targets []*Target) ([][]int32, error) {
	found, err := u.reach(action, targets, true)
	if err != nil {
		return nil, err
	}
	out := make([][]int32, len(found))
	for i, list := range found {
		for _, r := range list {
			if r.Always {
				out[i] = append(out[i], r.Party)
			}
		}
	}
	return out, nil
}

// Finder finds the parties of a universe that may be able to do an action on a key. It is safe for
// concurrent use.
type Finder struct{ x *index }

// Finder prepares the question for an action. The errors are those of Reach.
func (u *Universe) Finder(action string) (*Finder, error) {
	if err := checkAction(action); err != nil {
		return nil, err
	}
	return &Finder{u.index(action, nil)}, nil
}

// Candidates returns the parties that may be able to do the action on a target, in their order: those
// that Reach decides about. Of all others it is proved that they never can.
func (f *Finder) Candidates(t *Target) ([]int32, error) {
	if _, err := parseTarget(t); err != nil {
		return nil, err
	}
	list := found{last: make([]int32, len(f.x.parties))}
	f.x.candidates(t, &list)
	return list.list, nil
}

func (u *Universe) reach(action string, targets []*Target, quick bool) ([][]Reached, error) {
	if err := checkAction(action); err != nil {
		return nil, err
	}
	for _, t := range targets {
		if _, err := parseTarget(t); err != nil {
			return nil, err
		}
	}
	x := u.index(action, targets)
	out := make([][]Reached, len(targets))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(targets)) {
		workers.Go(func() {
			w := newWalk(x)
			w.quick = quick
			for i := next.Add(1) - 1; i < int64(len(targets)); i = next.Add(1) - 1 {
				out[i] = w.visit(targets[i])
			}
		})
	}
	workers.Wait()
	return out, nil
}

// walk visits targets one after another.
type walk struct {
	x *index
	found
	guesses
	// site is the target that is visited, groups what is the same for all parties of
	// one organization there.
	site    *Target
	groups  [3][3]*group
	tokens  []string
	applies func(string) bool
	// named are the sessions that the target names.
	named map[string][]authz.Principal
	left  budget
	// quick: what an open decision leaves open is left out.
	quick bool
}

// group is what all requests of some parties for a target have in common.
type group struct {
	// open is the context of an open request, plain that of a request with nothing in
	// it that need not be there.
	open, plain authz.Context
	// limits are what values must satisfy.
	limits map[string][]clause
}

func newWalk(x *index) *walk {
	return &walk{x: x, found: found{last: make([]int32, len(x.parties))}, guesses: newGuesses(x.action), applies: applicability(x.action)}
}

func (w *walk) visit(t *Target) []Reached {
	w.site, w.groups, w.tokens = t, [3][3]*group{}, tokens(&authz.Layers{Grants: t.Grants})
	w.named, w.left = w.x.sessions(t), budget{w.x.share}
	w.target(t)
	w.x.candidates(t, &w.found)
	var out []Reached
	for _, i := range w.list {
		if verdict, always := w.party(&w.x.parties[i]); verdict != Never {
			out = append(out, Reached{i, verdict, always})
		}
	}
	return out
}

// party answers for one party: for all sessions of a role, of those that the target
// names one by one.
func (w *walk) party(c *class) (verdict Verdict, always bool) {
	if len(w.named) == 0 || c.who.Kind != authz.Session || c.who.ARN != "" {
		return w.decide(c)
	}
	key := roleKey(&c.who)
	named := w.named[key]
	if len(named) == 0 {
		return w.decide(c)
	}
	r := *w.x.roles[key]
	r.sessions = slices.Clone(r.sessions)
	for i := range named {
		r.sessions = append(r.sessions, lastPart(named[i].ARN))
	}
	rest := *c
	rest.unnamed(&r)
	verdict, always = w.decide(&rest)
	for i := range named {
		one := *c
		one.who.ARN = named[i].ARN
		one.what, one.stand = one.who.ARN, one.who
		v, a := w.decide(&one)
		always = always && a
		if v == Exists || v == Unknown && verdict == Never {
			verdict = v
		}
	}
	return verdict, always
}

// decide answers for one class.
func (w *walk) decide(c *class) (verdict Verdict, always bool) {
	g := w.group(c)
	l := w.site.layers(c.layers)
	r := authz.Request{Principal: c.somebody(), Action: w.x.action, Resource: w.site.Key, Context: g.open, Open: true, GrantTokens: w.tokens}
	switch authz.OutcomeOf(&r, &l) {
	case authz.Allow:
		return Exists, true
	case authz.ExplicitDeny, authz.ImplicitDeny:
		return Never, false
	}
	if w.quick {
		return Never, false
	}
	r.Open = false
	allowed, denied := w.guess(c, &r, &l, g)
	if allowed && denied {
		return Exists, false
	}
	full := *c // as WhoCan has it
	full.layers = l
	if verdict = Exists; !allowed {
		verdict = w.x.u.onKey(w.x.action, w.site, &full, w.applies, &w.left).ask().Verdict
	}
	if verdict == Exists && !denied {
		always = w.x.u.refused(w.x.action, w.site, &full, w.applies, &w.left).ask().Verdict == Never
	}
	return verdict, always
}

// refused is the question whether a request of a class for an action on a key is
// not allowed.
func (u *Universe) refused(action string, t *Target, c *class, applies func(string) bool, left *budget) *question {
	q := u.onKey(action, t, c, applies, left)
	allowed := q.encode
	q.encode = func(e *encoder) *formula { return not(allowed(e)) }
	q.check = func(r *authz.Request) *Witness {
		d := authz.Decide(r, &c.layers)
		if d.Outcome != authz.ExplicitDeny && d.Outcome != authz.ImplicitDeny {
			return nil
		}
		return &Witness{Request: *r, Layers: c.layers, Decision: d}
	}
	return q
}

// group returns what requests of the class have in common with those of others that
// are as it is in all but their names and policies. The ids of users and of single
// sessions, which are part of names, are left to the engine.
func (w *walk) group(c *class) *group {
	const one, service, sessions = 0, 1, 2
	kind := one
	switch {
	case c.who.Kind == authz.Service:
		kind = service
	case c.who.Kind == authz.Session && c.who.ARN == "":
		kind = sessions
	}
	at := &w.groups[kind][c.organization+1]
	if *at == nil {
		e := newEncoder()
		w.x.u.fixOnKey(e, w.x.action, w.site, c)
		open := e.openRequest(c).Context
		if kind == one {
			delete(open, userIDKey)
		}
		delete(e.limits, userIDKey)
		*at = &group{open: open, plain: plain(open), limits: map[string][]clause{}}
		for key, limit := range e.limits {
			(*at).limits[key] = limit()
		}
	}
	return *at
}
