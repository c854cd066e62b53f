package workload

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
)

// stackTag is the tag that CloudFormation puts on what it makes, where the service has tags.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
const stackTag = "aws:cloudformation:stack-name"

// Workload is a profile whose variables have values.
type Workload struct {
	Profile
	values map[string]string
}

// With gives variables values, those of the profile where none is given. The error is about a
// variable that the profile does not have, or that has no value.
func (p *Profile) With(values map[string]string) (*Workload, error) {
	w := &Workload{Profile: *p, values: maps.Clone(p.Variables)}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if _, ok := p.Variables[name]; !ok {
			errs = append(errs, fmt.Errorf("workload %s has no variable %q: it has %s", p.Name, name, strings.Join(slices.Sorted(maps.Keys(p.Variables)), ", ")))
			continue
		}
		w.values[name] = values[name]
	}
	for _, name := range slices.Sorted(maps.Keys(w.values)) {
		switch v := w.values[name]; {
		case v == "":
			errs = append(errs, fmt.Errorf("workload %s: the variable %s has no value", p.Name, name))
		case !literal(v) || strings.ContainsAny(v, "{}"):
			errs = append(errs, fmt.Errorf("workload %s: the variable %s is %q: a value has none of * ? { }", p.Name, name, v))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *Workload) fill(s string) string { return filled(s, w.values) }

// Target is what the profile says of a new key.
func (w *Workload) Target() fix.Target {
	k := &w.Key
	t := fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: w.fill(k.Alias), RotationDays: k.RotationDays, DeletionDays: k.DeletionDays}
	for name, v := range k.Tags {
		if t.Tags == nil {
			t.Tags = map[string]string{}
		}
		t.Tags[name] = w.fill(v)
	}
	if t.Alias == "" {
		t.Alias = "alias/" + w.Name
	}
	return t
}

// Types are the types of the stores, those that a collection needs.
func (w *Workload) Types() []string {
	var out []string
	for i := range w.Stores {
		out = append(out, w.Stores[i].Type)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Match says whether a slot of a resource is of the workload.
func (w *Workload) Match(r *inventory.Resource, slot string) bool {
	return slices.ContainsFunc(w.Stores, func(s Store) bool {
		return s.Type == r.Type && (len(s.Slots) == 0 || slices.Contains(s.Slots, slot)) && w.is(&s, r)
	})
}

// is says whether a resource is one of the stores.
func (w *Workload) is(s *Store, r *inventory.Resource) bool {
	if len(s.Names) > 0 && !w.named(s.Names, r.Name.Or(""), r.ID) {
		return false
	}
	if s.Stack != "" && !policy.Match(w.fill(s.Stack), r.Tags.Known[stackTag]) {
		return false
	}
	for name, v := range s.Tags {
		if have, ok := r.Tags.Known[name]; !ok || !policy.Match(w.fill(v), have) {
			return false
		}
	}
	return true
}

// named says whether a name fits one of the patterns. What has no name of its own is called by the
// last part of its ARN.
func (w *Workload) named(patterns []string, name, arn string) bool {
	if name == "" {
		if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 {
			name = fields[5][strings.LastIndexAny(fields[5], ":/")+1:]
		}
	}
	return slices.ContainsFunc(patterns, func(p string) bool { return policy.Match(w.fill(p), name) })
}

// Extend adds to a request what the profile names: which slots are selected, who gets identity
// policies, which services get statements, and alarms. It returns what the profile names and the
// inventory does not have.
func (w *Workload) Extend(q *fix.Request) (missing []bedlock.Evidence) {
	q.Only.Match = w.Match
	parts := q.Inventory.Parts()
	for i := range w.Stores {
		s := &w.Stores[i]
		for _, pattern := range s.Names {
			one := Store{Type: s.Type, Names: []string{pattern}, Tags: s.Tags, Stack: s.Stack}
			if !slices.ContainsFunc(parts.Resources, func(r inventory.Resource) bool { return r.Type == s.Type && w.is(&one, &r) }) {
				missing = append(missing, bedlock.Evidence{Text: fmt.Sprintf("no %s of the source is called %s", s.Type, w.fill(pattern))})
			}
		}
	}
	if !q.Target.Aim.OfAWS() {
		missing = append(missing, w.callers(q)...)
		for _, s := range w.Services {
			q.Services = append(q.Services, fix.Service{Principal: s.Principal, Actions: s.Actions, Types: s.Uses, SourceARN: w.fill(s.SourceARN)})
		}
		if len(w.Alarms.List) > 0 {
			q.More = func(ctx context.Context, keys []fix.Key) (*fix.More, error) { return w.alarms(ctx, q, keys) }
		}
	}
	return missing
}

// callers adds the roles and users that the profile names.
func (w *Workload) callers(q *fix.Request) (missing []bedlock.Evidence) {
	callers := map[string]*fix.Caller{}
	for _, c := range w.Callers {
		for _, pattern := range c.Names {
			found := false
			for _, p := range q.Inventory.Parts().Principals {
				arn := p.ARN.Or("")
				if p.Kind == inventory.Group || arn == "" || !policy.Match(w.fill(pattern), p.Name.Or("")) {
					continue
				}
				found = true
				if callers[arn] == nil {
					callers[arn] = &fix.Caller{ARN: arn}
				}
				callers[arn].Uses = append(callers[arn].Uses, c.Uses...)
				callers[arn].Creates = append(callers[arn].Creates, c.Creates...)
			}
			if !found {
				missing = append(missing, bedlock.Evidence{Text: "no role or user of the source is called " + w.fill(pattern) + ": what it needs of the key is not given to it"})
			}
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(callers)) {
		q.Callers = append(q.Callers, *callers[arn])
	}
	return missing
}
