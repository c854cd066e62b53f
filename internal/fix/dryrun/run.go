package dryrun

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
)

// Patience is how long a refusal may last that comes of what was written not long ago: KMS takes up
// to five minutes until tags count in policies.
// https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
const Patience = 6 * time.Minute

// mostPause is the longest pause before a call is made again.
const mostPause = 30 * time.Second

// Options say what is asked, and as whom.
type Options struct {
	Plan *fix.Plan
	// Answers are those of the run, which name the keys that it has created.
	Answers fix.Answers
	// Inventory is of the plan's accounts, Regions and types as they are now, with the keys.
	Inventory *inventory.Inventory
	Catalog   *catalog.Catalog
	// Estate is what whoever applies the plan reaches.
	Estate fix.Estate
	// Assume begins a session of a role; nil: no role is assumed. An error with ErrorCode() string
	// is a refusal.
	Assume func(ctx context.Context, at fix.Place, role string) (fix.Estate, error)
	// Patience is how long refusals are asked again, Pause how long after the first; it doubles.
	// Zero: [Patience] and four seconds.
	Patience, Pause time.Duration
	// Now is the time, Wait waits; nil: the machine's.
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error
	// Told is told how many calls are refused and are asked again, and for how long at most; nil:
	// nobody is.
	Told func(refused int, left time.Duration)
}

// Roles are those that have a need of the plan: the ones that [Options.Assume] is asked for.
func Roles(p *fix.Plan) (out []string) {
	for i := range p.Subjects {
		if s := &p.Subjects[i]; s.Why == "" {
			for _, who := range s.Users {
				if strings.Contains(who, ":role/") {
					out = append(out, who)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Run asks KMS about the needs of all slots that the plan puts under keys. Refusals are in the
// results, see [Refusals]; an error is about the options, or that of the context.
func Run(ctx context.Context, o Options) ([]Result, error) {
	o.Patience, o.Pause = cmp.Or(o.Patience, Patience), cmp.Or(o.Pause, 4*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Told == nil {
		o.Told = func(int, time.Duration) {}
	}
	r := &runner{
		Options: o, estate: estate.New(o.Inventory, o.Catalog), roles: Roles(o.Plan), index: map[string]*ask{},
		operators: map[string]string{}, sessions: map[string]*session{},
	}
	for i := range o.Plan.Subjects {
		if err := r.subject(ctx, &o.Plan.Subjects[i]); err != nil {
			return nil, fmt.Errorf("dry runs: %w", err)
		}
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	results := make([]Result, len(r.asks))
	for i, a := range r.asks {
		results[i] = a.Result
	}
	return results, nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// runner makes the calls of one run.
type runner struct {
	Options
	estate *estate.Estate
	roles  []string
	asks   []*ask
	index  map[string]*ask
	// operators are the ARNs of whoever applies, by account.
	operators map[string]string
	sessions  map[string]*session
	// earnest: an answer has shown that dry runs are not known there.
	earnest bool
}

// ask is a call with what decides about it.
type ask struct {
	Result
	at        fix.Place
	operation string
	grant     []string // the operations of the grant that CreateGrant makes
	verdict   estate.Verdict
	party     *estate.Party
	on        *estate.Case
	refused   bool
	done      bool
}

// session is one of a role, or why there is none.
type session struct {
	estate fix.Estate
	why    string
}

// run asks until nothing is refused that the engine allows, or the patience is over.
func (r *runner) run(ctx context.Context) error {
	// A call that would leave something behind where dry runs are not known comes last.
	order := slices.Clone(r.asks)
	slices.SortStableFunc(order, func(a, b *ask) int { return cmp.Compare(rank(a), rank(b)) })
	until, pause := r.Now().Add(r.Patience), r.Pause
	for {
		refused := 0
		for _, a := range order {
			if a.done {
				continue
			}
			if err := r.ask(ctx, a); err != nil {
				return err
			}
			if !a.done {
				refused++
			}
		}
		left := until.Sub(r.Now())
		if refused == 0 || left <= 0 {
			break
		}
		r.Told(refused, left)
		if err := r.Wait(ctx, min(pause, left)); err != nil {
			return err
		}
		pause = min(2*pause, mostPause)
	}
	for _, a := range order {
		if !a.done && a.refused {
			a.Outcome = Refused
		} else if !a.done {
			a.leave("KMS could not be asked: %s", a.AWS)
		}
	}
	return nil
}

func rank(a *ask) int {
	return slices.Index([]string{describe, "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "Decrypt", "ReEncrypt", "CreateGrant"}, a.operation)
}

// refusals are the codes by which KMS refuses the use of a key.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
var refusals = []string{"AccessDeniedException", "NotFoundException", "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException"}

// again are the codes after which a call may succeed. Of errors without a code it is not known.
var again = []string{"", "ThrottlingException", "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException", "InternalFailure", "ServiceUnavailable"}

// ask makes a call once.
func (r *runner) ask(ctx context.Context, a *ask) error {
	e, why, err := r.as(ctx, a)
	if err != nil {
		return err
	}
	if why == "" && r.earnest && a.operation != describe {
		why = "dry runs are not known where the calls are made"
	}
	if why != "" {
		a.leave("%s", why)
		return nil
	}
	_, err = e.Call(ctx, a.at, fix.Call{Service: "kms", Operation: a.operation, Input: a.input()})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.Asked++
	a.Time, a.AWS = r.Now().UTC(), ""
	if err != nil {
		a.AWS = err.Error()
	}
	switch code := fix.Code(err); {
	case err == nil && a.operation == describe, code == "DryRunOperationException":
		a.Outcome, a.Why, a.done = Proved, "", true
	case err == nil:
		r.earnest = true
		a.leave("%s", "the call was made in earnest: dry runs are not known where the calls are made")
	case slices.Contains(refusals, code):
		a.refused = true
		switch {
		case a.verdict != estate.Able:
			a.leave("the policy engine cannot say (%s), and KMS refuses it: %s", a.Engine, a.AWS)
		case a.party.Identity == nil:
			a.leave("the policies of %s are not in the inventory, and KMS refuses it: %s", a.Who, a.AWS)
		}
	case slices.Contains(again, code):
		a.refused = false
	default: // the call is at fault, or KMS does not know it
		a.leave("KMS does not take the call: %s", a.AWS)
	}
	return nil
}

// leave says why nothing is said about a call.
func (a *ask) leave(format string, args ...any) {
	a.Outcome, a.Why, a.done = NotPossible, fmt.Sprintf(format, args...), true
}

// as is what the caller of a call reaches.
func (r *runner) as(ctx context.Context, a *ask) (e fix.Estate, why string, err error) {
	if operator := r.operators[a.at.Account]; a.Who == operator || a.party.Identity != nil && a.party.Identity == a.on.Who(operator).Identity {
		return r.Estate, "", nil
	}
	id := a.Who + " " + a.at.Account + " " + a.at.Region
	s := r.sessions[id]
	if s == nil {
		s = &session{}
		s.estate, s.why = r.session(ctx, a)
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		r.sessions[id] = s
	}
	return s.estate, s.why, nil
}

// session assumes a role, if that is possible.
func (r *runner) session(ctx context.Context, a *ask) (fix.Estate, string) {
	if why := r.closed(a); why != "" {
		return nil, why
	}
	e, err := r.Assume(ctx, a.at, a.Who)
	switch {
	case fix.Code(err) != "":
		return nil, fmt.Sprintf("whoever applies the plan may not assume %s: %s", a.Who, fix.Code(err))
	case err != nil:
		return nil, fmt.Sprintf("%s could not be assumed: %v", a.Who, err)
	}
	return e, ""
}

// closed says why nobody can be who makes a call; empty: it can be tried.
func (r *runner) closed(a *ask) string {
	switch {
	case !strings.Contains(a.Who, ":role/"):
		return "nobody can make calls as a user without its credentials"
	case r.Assume == nil:
		return "no roles are assumed: --try-as-roles does"
	case !slices.Contains(r.roles, a.Who):
		return "the plan does not name the role"
	}
	trust := a.on.Trust(a.party)
	if trust == nil {
		return "the role is not in the inventory"
	}
	operator := a.on.Who(r.operators[a.at.Account])
	if d := a.on.Ask(operator, "sts:AssumeRole", a.Who, trust); d.Outcome == authz.ExplicitDeny || d.Outcome == authz.ImplicitDeny {
		return fmt.Sprintf("neither its trust policy nor the policies of whoever applies the plan let that one assume %s", a.Who)
	}
	return ""
}

// operator is whose the calls of an account are.
func (r *runner) operator(ctx context.Context, at fix.Place) (string, error) {
	if who, ok := r.operators[at.Account]; ok {
		return who, nil
	}
	out, err := r.Estate.Call(ctx, at, fix.Call{Service: "sts", Operation: "GetCallerIdentity", Input: wire.Object{}})
	if err != nil {
		return "", fmt.Errorf("GetCallerIdentity in account %s: %w", at.Account, err)
	}
	who := out.Text("Arn")
	if who == "" {
		return "", errors.New("GetCallerIdentity has no ARN in its answer")
	}
	r.operators[at.Account] = who
	return who, nil
}
