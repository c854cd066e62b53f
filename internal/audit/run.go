package audit

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// DefaultIsolationTag is the tag key that declares which group a resource belongs
// to, when [Options.IsolationTag] names no other.
const DefaultIsolationTag = "bedlock:isolation-group"

// Options are the settings of [Run]. The zero value audits with the embedded
// catalogue and all rules.
type Options struct {
	// Catalog; nil: the embedded one.
	Catalog *catalog.Catalog
	// IsolationTag is the key of the tag whose value names a resource's isolation
	// group; empty: [DefaultIsolationTag].
	IsolationTag string
	// Now decides which exceptions have expired, and how old the last use of a key is; zero:
	// the clock's time.
	Now time.Time
	// Window is how old the last use of a key may be to prove a slot; zero: [DefaultWindow].
	Window time.Duration
	// Exceptions, Baseline and Custom are nil when there are none.
	Exceptions *Exceptions
	Baseline   *Baseline
	Custom     *CustomRules
}

// Run audits an inventory and hands every message but Config, Progress and Summary
// to emit, in an order that depends on the inventory and the options only. The
// Summary is returned with its exit code and reason left to the caller. It returns
// early with an error when ctx ends or emit fails.
func Run(ctx context.Context, inv *inventory.Inventory, opts Options, emit func(bedlock.Message) error) (bedlock.Summary, error) {
	if opts.Catalog == nil {
		c, err := catalog.Embedded()
		if err != nil {
			return bedlock.Summary{}, fmt.Errorf("audit: %w", err)
		}
		opts.Catalog = c
	}
	opts.IsolationTag = firstText(opts.IsolationTag, DefaultIsolationTag)
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	parts := inv.Parts()
	r := &run{
		judge: judge{inv: inv, catalog: opts.Catalog, keys: make(map[string]*keyVerdict, len(parts.Keys)), estate: estate.New(inv, opts.Catalog), now: opts.Now, window: cmp.Or(opts.Window, DefaultWindow)},
		opts:  opts, parts: parts, ids: identities(parts),
		out: newOutput(opts, parts, emit),
	}
	for i := range parts.Inputs {
		if err := r.out.emit(bedlock.Message{Input: &parts.Inputs[i]}); err != nil {
			return r.out.summary(), err
		}
	}
	r.judgeKeys()
	for _, step := range []func(context.Context) error{r.askEngine, r.slots, r.keyFindings} {
		if err := step(ctx); err != nil {
			return r.out.summary(), err
		}
	}
	for _, step := range []func() error{r.logging, r.alarms, r.out.undecided, r.out.exceptions, r.out.baseline} {
		if err := step(); err != nil {
			return r.out.summary(), err
		}
	}
	return r.out.summary(), nil
}

type run struct {
	judge
	opts  Options
	parts inventory.Parts
	ids   map[uint64]int32
	out   *output
	// used says what uses each key, workers which roles work for which isolation groups.
	used    map[string]*use
	workers map[string][]string
}

func (r *run) judgeKeys() {
	used := uses(r.inv, r.opts.IsolationTag)
	r.used, r.workers = used, workers(r.opts.Catalog, &r.parts, r.opts.IsolationTag)
	aliased, open := map[string]bool{}, false
	for i := range r.parts.Aliases {
		a := &r.parts.Aliases[i]
		aliased[a.Key] = true
		if s := a.Target.State(); a.Key == "" && (s == inventory.StateUnknown || s == inventory.StateUnread) {
			open = true // it may be the alias of any key
		}
	}
	lints := linter{}
	for i := range r.parts.Keys {
		k := &r.parts.Keys[i]
		r.keys[k.ID] = judgeKey(r.inv, k, used[k.ID], open || aliased[k.ID], lints)
	}
}

// askEngine adds what the policy engine says about each key as a whole.
func (r *run) askEngine(ctx context.Context) error {
	keys := r.parts.Keys
	return ordered(ctx, len(keys), runtime.GOMAXPROCS(0), func(i int) struct{} {
		v := r.keys[keys[i].ID]
		v.intruders(r.estate, r.used[keys[i].ID], r.workers)
		v.engine(r.estate)
		return struct{}{}
	}, func(struct{}) error { return nil })
}

// chunk is how many resources one worker judges at a time.
const chunk = 256

// result is one message with its findings, ready to be emitted.
type result struct {
	slot     *bedlock.Slot
	findings []pending
}

// pending is a finding whose fingerprint may still need an ordinal.
type pending struct {
	finding *bedlock.Finding
	unique  bool
	// undecided is the custom rule that could not be decided; the finding then
	// only says where and why.
	undecided string
}

func (r *run) slots(ctx context.Context) error {
	resources := r.parts.Resources
	chunks := (len(resources) + chunk - 1) / chunk
	return ordered(ctx, chunks, runtime.GOMAXPROCS(0), func(i int) []result {
		part := resources[i*chunk : min((i+1)*chunk, len(resources))]
		out := make([]result, 0, len(part))
		for n := range part {
			out = r.resource(out, &part[n])
		}
		return out
	}, r.out.results)
}

func (r *run) resource(out []result, res *inventory.Resource) []result {
	id := resourceIdentity(res)
	unique := r.ids[id.hash()] == 1
	entry := r.catalog.Type(res.Type)
	subject := bedlock.Subject{ID: res.ID, Type: res.Type, Name: resourceName(res), Account: plain(res.Account.Or("")), Region: plain(res.Region.Or("")), At: res.At}
	order := make([]int, len(res.Slots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(res.Slots[a].Name, res.Slots[b].Name) })
	for _, i := range order {
		s := &res.Slots[i]
		at := s.Named[0].Text.At()
		c := r.slotCase(res, s.Name, 0)
		st := r.stand(res, s, 0, "")
		if res.When != "" {
			st.evidence = append(slices.Clone(st.evidence), evidence(res.At, r.title(res)+" exists only when "+res.When))
		}
		m := &bedlock.Slot{Subject: subject, Rung: st.rung, Key: st.key, Evidence: st.evidence, Lift: st.lift, Unjudged: st.unjudged}
		m.Subject.Slot = s.Name
		m.Subject.At = orAt(at, res.At)
		if entry != nil {
			m.Service = entry.Service
		}
		if c.slot != nil {
			m.Change = string(c.slot.Change)
		}
		one := result{slot: m}
		if st.rule != "" {
			f := r.finding(fault{rule: st.rule, message: r.sentence(res, c, st), evidence: st.evidence, fix: st.lift}, m.Subject, st.rung)
			f.Fingerprint = id.fingerprint(st.rule, s.Name, unique)
			one.findings = append(one.findings, pending{finding: f, unique: unique})
		}
		if r.opts.Custom != nil {
			one.findings = r.custom(one.findings, CustomSubject{Scope: ScopeSlot, Resource: res, Slot: m, Key: r.inv.Key(st.key)}, m.Subject, id, unique)
		}
		out = append(out, one)
	}
	if r.opts.Custom != nil {
		if found := r.custom(nil, CustomSubject{Scope: ScopeResource, Resource: res}, subject, id, unique); len(found) > 0 {
			out = append(out, result{findings: found})
		}
	}
	return out
}

// sentence is a slot finding's message: "guardrail support: no key is named: …".
func (r *run) sentence(res *inventory.Resource, c slotCase, st standing) string {
	s := r.title(res)
	if c.slot != nil && len(c.entry.Slots) > 1 {
		s += " (" + c.slot.Title + ")"
	}
	return s + ": " + st.evidence[0].Text
}

func (r *run) finding(f fault, s bedlock.Subject, rung bedlock.Rung) *bedlock.Finding {
	rule := table().byID[f.rule]
	return &bedlock.Finding{
		Rule: f.rule, Severity: rule.Severity, Status: bedlock.FindingOpen, Subject: s, Rung: rung,
		Message: f.message, Evidence: f.evidence, Remediation: firstText(f.fix, rule.Remediation),
	}
}

func (r *run) keyFindings(ctx context.Context) error {
	keys := r.parts.Keys
	return ordered(ctx, len(keys), runtime.GOMAXPROCS(0), func(i int) []result {
		k := &keys[i]
		v, id := r.keys[k.ID], keyIdentity(k)
		unique := r.ids[id.hash()] == 1
		s := bedlock.Subject{ID: k.ID, Type: id.typ, Name: v.name, Account: v.account, Region: v.region, At: k.At}
		var found []pending
		slices.SortFunc(v.faults, func(a, b fault) int { return strings.Compare(a.rule, b.rule) })
		for _, f := range v.faults {
			m := r.finding(f, s, 0)
			m.Fingerprint = id.fingerprint(f.rule, "", unique)
			found = append(found, pending{finding: m, unique: unique})
		}
		if r.opts.Custom != nil {
			found = r.custom(found, CustomSubject{Scope: ScopeKey, Key: k}, s, id, unique)
		}
		return []result{{findings: found}}
	}, r.out.results)
}
