package verify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// Estate is what is verified, read by calls. Pages gives a long answer page by page, until more
// says that it is enough.
type Estate interface {
	fix.Estate
	Pages(ctx context.Context, at fix.Place, c fix.Call, more func(page wire.Object) bool) error
}

// Options say what is verified.
type Options struct {
	Plan *fix.Plan
	// Answers are those of the run. Without them keys that the plan creates are found by their
	// aliases, for others may have made them of the plan.
	Answers fix.Answers
	Run     string
	// Since is when the run began; zero: when the plan was made.
	Since time.Time
	// Back: the run was taken back.
	Back bool
	// Inventory is of the plan's accounts, Regions and types, as they are now.
	Inventory *inventory.Inventory
	Catalog   *catalog.Catalog
	Estate    Estate
	// DryRun says as whom KMS is asked about the needs of the plan; its plan, answers, inventory
	// and catalogue are those here. Nil: it is not asked, as it is not of a run that was taken back.
	DryRun       *dryrun.Options
	IsolationTag string // as in the audit
	Tool         string
	// Now is when the verification began, before the inventory was read.
	Now time.Time
}

// verifier makes one record.
type verifier struct {
	Options
	record *Record
	found  map[[2]string]*bedlock.Slot
	// resources and slots are those of the inventory and of the catalogue.
	resources map[string]*inventory.Resource
}

// Run verifies. An error is about the options, or that of the context; what could not be read is
// in the record.
func Run(ctx context.Context, o Options) (*Record, error) {
	if o.Since.IsZero() {
		o.Since = o.Plan.Made
	}
	if o.Answers == nil {
		o.Answers = byAlias(o.Plan, o.Inventory)
		latest(ctx, &o)
	}
	var b bytes.Buffer
	if err := fix.Write(&b, o.Plan); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Bytes())
	v := &verifier{Options: o, found: map[[2]string]*bedlock.Slot{}, resources: map[string]*inventory.Resource{}, record: &Record{
		Version: Version, Time: o.Now.UTC(), Tool: o.Tool, Callers: map[string]string{},
		Plan: o.Plan.ID, Digest: hex.EncodeToString(sum[:]), Run: o.Run, Back: o.Back,
		Subjects: []Subject{}, Steps: []Step{},
	}}
	parts := o.Inventory.Parts()
	for i := range parts.Resources {
		v.resources[parts.Resources[i].ID] = &parts.Resources[i]
	}
	_, err := audit.Run(ctx, o.Inventory, audit.Options{Catalog: o.Catalog, IsolationTag: cmp.Or(o.IsolationTag, audit.DefaultIsolationTag), Now: o.Now}, func(m bedlock.Message) error {
		if m.Slot != nil {
			v.found[[2]string{m.Slot.Subject.ID, m.Slot.Subject.Slot}] = m.Slot
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.callers(ctx)
	for i := range o.Plan.Subjects {
		v.record.Subjects = append(v.record.Subjects, v.subject(&o.Plan.Subjects[i]))
	}
	for i := range o.Plan.Steps {
		v.record.Steps = append(v.record.Steps, v.step(ctx, &o.Plan.Steps[i]))
	}
	if !o.Back {
		v.uses(ctx)
		v.dryRuns(ctx)
	}
	v.record.decide()
	return v.record, ctx.Err()
}

// dryRuns asks KMS about the needs. Keys that are not there are told by their subjects.
func (v *verifier) dryRuns(ctx context.Context) {
	if v.DryRun == nil {
		return
	}
	o := *v.DryRun
	o.Plan, o.Answers, o.Inventory, o.Catalog = v.Plan, v.Answers, v.Inventory, v.Catalog
	var err error
	if v.record.DryRuns, err = dryrun.Run(ctx, o); err != nil {
		v.record.Unread = append(v.record.Unread, err.Error())
	}
}

// callers says as whom each account is read.
func (v *verifier) callers(ctx context.Context) {
	for i := range v.Plan.Subjects {
		s := &v.Plan.Subjects[i]
		if _, ok := v.record.Callers[s.Account]; ok {
			continue
		}
		out, err := v.Estate.Call(ctx, fix.Place{Account: s.Account, Region: s.Region}, fix.Call{Service: "sts", Operation: "GetCallerIdentity", Input: wire.Object{}})
		v.record.Callers[s.Account] = out.Text("Arn")
		if err != nil {
			v.record.Unread = append(v.record.Unread, fmt.Sprintf("GetCallerIdentity in account %s: %v", s.Account, err))
		}
	}
}

// subject says where a slot stands.
func (v *verifier) subject(p *fix.Subject) Subject {
	out := Subject{
		Resource: p.Resource, Type: p.Type, Slot: p.Slot, Title: p.Title, Account: p.Account, Region: p.Region, Planned: p.Reaches, Verdict: AsPlanned,
	}
	not := func(verdict Verdict, format string, args ...any) Subject {
		out.Verdict, out.Why = verdict, fmt.Sprintf(format, args...)
		return out
	}
	key := p.To
	slot := v.slot(&out)
	follows := slot != nil && slot.Change == catalog.Elsewhere // the key is that of the store
	switch {
	case v.Back:
		key, out.Planned = p.From, p.Rung
	case p.Why != "":
		key = p.From
	}
	if follows {
		key = ""
	}
	var err error
	if out.Key, err = v.Answers.Text(key); err != nil {
		return not(NotPlanned, "its key is not there: no journal names it and no alias of the plan leads to it")
	}
	s := v.found[[2]string{p.Resource, p.Slot}]
	if s == nil {
		if why := v.failed(p); why != "" {
			return not(Unread, "%s", why)
		}
		if !v.Back && p.Owner != "" && v.resources[p.Resource] != nil { // it is there while it has a key
			out.Rung = out.Planned
			return out
		}
		return not(NotPlanned, "it is not there any more")
	}
	out.Found, out.Rung, out.Evidence = s.Key, s.Rung, s.Evidence
	// Some services tell of the key that AWS manages by naming none.
	byAlias := strings.HasPrefix(out.Key, "alias/aws/")
	switch {
	case !out.Planned.Judged():
		return out
	case !s.Rung.Judged():
		return not(Unread, "it could not be judged")
	case out.Key != "" && !byAlias && s.Key != out.Key:
		return not(NotPlanned, "it is not under the key")
	case (out.Key == "" && !follows || byAlias) && s.Rung != out.Planned:
		return not(NotPlanned, "it stands on %s", s.Rung)
	case s.Rung < min(out.Planned, bedlock.Sound): // what proves it is a use, of which the last one counts
		return not(NotPlanned, "it stands on %s, below %s", s.Rung, out.Planned)
	}
	return out
}

// failed is why a subject may not have been read.
func (v *verifier) failed(p *fix.Subject) string {
	for _, in := range v.Inventory.Parts().Inputs {
		if in.Status == bedlock.InputFailed && (in.Path == "aws/"+p.Account || strings.HasPrefix(in.Path, "aws/"+p.Account+"/"+p.Region)) {
			return in.Path + ": " + in.Reason
		}
	}
	return ""
}

// step compares what a step is about with what it should be.
func (v *verifier) step(ctx context.Context, s *fix.Step) Step {
	out := Step{ID: s.ID, Title: s.Title, Verdict: AsPlanned}
	state, want := s.State, s.After
	if v.Back {
		want = s.Before
	}
	if s.Makes != nil {
		v.version(ctx, s, &out)
	}
	if state == nil && s.Makes == nil && !v.Back {
		state, want = s.Made()
	}
	if state == nil || out.Verdict != AsPlanned {
		return out
	}
	v.compare(ctx, s, state, want, &out)
	return out
}

// compare reads a state and compares it with what it should be.
func (v *verifier) compare(ctx context.Context, s *fix.Step, state *fix.State, want wire.Object, out *Step) {
	resolved, err := v.Answers.State(*state)
	if err == nil {
		want, err = v.Answers.Object(want)
	}
	if err != nil {
		if v.Back { // it was never done, and what it would have made is not there
			return
		}
		out.Verdict, out.Why = NotPlanned, v.missing(s, err)
		return
	}
	now, err := resolved.Observe(ctx, v.Estate, s.Place)
	if err != nil {
		out.Verdict, out.Why = Unread, err.Error()
		return
	}
	if !fix.Equal(now, want) {
		out.Verdict = NotPlanned
		for _, d := range fix.Compare(want, now) {
			out.Differences = append(out.Differences, d.String())
		}
	}
}

// missing says what a step names that is not there.
func (v *verifier) missing(s *fix.Step, err error) string {
	var e *fix.UnansweredError
	if !errors.As(err, &e) {
		return err.Error()
	}
	made := v.Plan.Step(e.Step)
	switch {
	case e.Step == s.ID:
		return "it was not done"
	case made == nil:
		return err.Error()
	}
	return fmt.Sprintf("what it is about is not there: %q was not done", made.Title)
}

// byAlias are the answers of the steps that create keys, as far as their aliases lead to keys.
func byAlias(p *fix.Plan, inv *inventory.Inventory) fix.Answers {
	out := fix.Answers{}
	aliases := inv.Parts().Aliases
	for i := range p.Steps {
		s := &p.Steps[i]
		name := s.After.Text("AliasName")
		if s.Kind == fix.ManagedKey {
			name = s.Do[0].Input.Text("KeyId")
		} else if s.Kind != fix.Alias {
			continue
		}
		n := slices.IndexFunc(aliases, func(a inventory.Alias) bool {
			return a.Name.Or("") == name && a.Account.Or("") == s.Account && a.Region.Or("") == s.Region
		})
		if n < 0 {
			continue
		}
		if k := inv.Key(aliases[n].Key); k != nil {
			arn := k.ARN.Or(k.ID)
			if s.Kind == fix.ManagedKey {
				out[s.ID] = wire.Object{"KeyMetadata": wire.Object{"Arn": arn}}
				continue
			}
			for j := range p.Steps {
				made := &p.Steps[j]
				if made.Kind == fix.CreateKey && s.After.Text("TargetKeyId") == fix.Ref(made.ID, "KeyMetadata.KeyId") {
					out[made.ID] = wire.Object{"KeyMetadata": wire.Object{"Arn": arn, "KeyId": arn[strings.LastIndexByte(arn, '/')+1:]}}
				}
			}
		}
	}
	return out
}
