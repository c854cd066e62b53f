package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	typeName  = regexp.MustCompile(`^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$`)
	slotName  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	tfName    = regexp.MustCompile(`^(aws|awscc)_[a-z0-9_]+$`)
	iamAction = regexp.MustCompile(`^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$`)
	field     = regexp.MustCompile(`^[A-Z][A-Za-z0-9]+\.[A-Za-z0-9_.\[\]]+$`)
)

// check validates what strict decoding cannot: names, references and sources.
func (c *Catalog) check() (errs []error) {
	for _, e := range c.entries {
		k := checker{entry: e, catalog: c}
		k.entryFacts()
		for i := range e.Slots {
			k.slot(&e.Slots[i])
		}
		errs = append(errs, k.errs...)
	}
	return errs
}

type checker struct {
	catalog *Catalog
	entry   *Entry
	errs    []error
}

func (k *checker) fail(format string, args ...any) {
	k.errs = append(k.errs, fmt.Errorf("catalogue %s: %s", k.entry.Type, fmt.Sprintf(format, args...)))
}

func oneOf[T comparable](k *checker, what string, v T, allowed ...T) {
	if !slices.Contains(allowed, v) {
		k.fail("%s is %v, want one of %v", what, v, allowed)
	}
}

func (k *checker) entryFacts() {
	e := k.entry
	if !typeName.MatchString(e.Type) {
		k.fail("type is not of the form AWS::Service::Name")
	}
	if e.Title == "" || e.Service == "" {
		k.fail("title and service are required")
	}
	oneOf(k, "family", e.Family, FamilyBedrock, FamilyAgentCore, FamilyStore, FamilyKMS)
	oneOf(k, "kind", e.Kind, KindResource, KindKey, KindReplica, KindAlias, KindGrant)
	oneOf(k, "cloudformation", e.CloudFormation, Registered, Missing)
	for _, tf := range e.Terraform {
		if !tfName.MatchString(tf) {
			k.fail("terraform type %q", tf)
		}
	}
	if e.Kind == KindResource && len(e.Slots) == 0 && e.NoSlot == "" {
		k.fail("neither slots nor noSlot")
	}
	if len(e.Slots) > 0 && e.NoSlot != "" {
		k.fail("both slots and noSlot")
	}
	k.at("name", e.Name)
	k.at("tags", e.Tags)
	k.at("policy", e.Policy)
	for _, r := range e.Roles {
		k.at("role "+r.Name, r.At)
	}
	for name, at := range e.Attributes {
		k.at("attribute "+name, at)
	}
	needed := []string{"type"}
	if e.NoSlot != "" {
		needed = append(needed, "noSlot")
	}
	if len(e.Policy) > 0 {
		needed = append(needed, "policy")
	}
	if e.Update != nil {
		needed = append(needed, "update")
	}
	if len(e.Events) > 0 {
		needed = append(needed, "events")
	}
	if len(e.Operations.Get)+len(e.Operations.List)+len(e.Operations.Create) > 0 {
		needed = append(needed, "operations")
	}
	k.sources("entry", e.Sources, needed)
}

// at checks that every dialect of an attribute is one of the entry's.
func (k *checker) at(what string, at At) {
	for dialect, path := range at {
		switch dialect {
		case Dialect:
			if k.entry.CloudFormation == Missing {
				k.fail("%s: has a cloudformation path, but CloudFormation lacks the type", what)
			}
			continue
		case API:
			if o := k.entry.Operations; path.IsZero() || !slices.Contains(o.Get, path.steps[0].Name) && !slices.Contains(o.List, path.steps[0].Name) {
				k.fail("%s: the api path %s does not begin with an operation that gets or lists the type", what, path)
			}
			continue
		}
		_, companion := k.catalog.companions[dialect]
		if !companion && !slices.Contains(k.entry.Terraform, dialect) {
			k.fail("%s: %s is no dialect of this type", what, dialect)
		}
	}
}

func (k *checker) slot(s *Slot) {
	where := "slot " + s.Name
	if !slotName.MatchString(s.Name) {
		k.fail("%s: bad name", where)
	}
	if k.entry.Slot(s.Name) != s {
		k.fail("%s: defined twice", where)
	}
	if s.Title == "" {
		k.fail("%s: no title", where)
	}
	k.at(where, s.At)
	needed := []string{"change"}
	if len(s.Through) == 0 {
		oneOf(k, where+": default owner", s.Default.Owner, OwnerNone, OwnerAWSOwned, OwnerAWSManaged)
		needed = append(needed, "default", "fields")
	} else {
		needed = append(needed, "through")
	}
	if len(s.Key.Forms) > 0 {
		needed = append(needed, "key")
	}
	oneOf(k, where+": change", s.Change, InPlace, Once, Recreate, NewVersion, Elsewhere, History)
	if s.Default.Owner == OwnerAWSManaged && !strings.HasPrefix(s.Default.Alias, "alias/aws/") {
		k.fail("%s: default alias %q", where, s.Default.Alias)
	}
	k.offer(where+": owned", s.Owned, false)
	k.offer(where+": managed", s.Managed, true)
	if m := s.Mode; m != nil {
		k.at(where+" mode", m.At)
		for v, d := range m.Values {
			oneOf(k, where+": mode "+v, d.Owner, OwnerNone, OwnerAWSOwned, OwnerAWSManaged, OwnerCustomer)
		}
	}
	for _, cond := range s.Applies {
		k.at(where+" applies", cond.At)
		if len(cond.In) == 0 && !cond.Present && !cond.Absent {
			k.fail("%s: a condition that says nothing", where)
		}
	}
	for _, t := range s.Through {
		k.at(where+" through", t.At)
		other := k.catalog.byType[t.Type]
		if other == nil || other.Slot(t.Slot) == nil {
			k.fail("%s: through %s slot %s does not exist", where, t.Type, t.Slot)
		}
	}
	k.keyRules(where, s)
	for i, n := range s.Needs {
		k.need(fmt.Sprintf("%s: need %d", where, i+1), n)
	}
	for _, f := range slices.Concat(s.Fields.Read, s.Fields.Create, s.Fields.Update) {
		if !field.MatchString(f) {
			k.fail("%s: field %q is not Operation.path", where, f)
		}
	}
	k.sources(where, s.Sources, needed)
}

func (k *checker) keyRules(where string, s *Slot) {
	declared := At{}
	forms := slices.Clone(s.Key.Forms)
	for dialect, stricter := range s.Key.Declared {
		declared[dialect] = Path{}
		forms = append(forms, stricter...)
	}
	k.at(where+" declared", declared)
	for _, f := range forms {
		oneOf(k, where+": form", f, FormKeyARN, FormAliasARN, FormKeyID, FormAlias)
	}
	for _, a := range []Answer{s.Key.MultiRegion, s.Key.CrossAccount, s.Key.AWSManaged} {
		oneOf(k, where+": key rule", a, "", Yes, No, Unconfirmed)
	}
}

func (k *checker) need(where string, n Need) {
	role, isRole := strings.CutPrefix(n.Who, "role:")
	switch {
	case n.Who == "caller", strings.HasPrefix(n.Who, "service:"):
	case isRole:
		if !slices.ContainsFunc(k.entry.Roles, func(r Role) bool { return r.Name == role }) {
			k.fail("%s: no role %q", where, role)
		}
	default:
		k.fail("%s: who %q", where, n.Who)
	}
	if n.For == "" || len(n.Actions) == 0 {
		k.fail("%s: for and actions are required", where)
	}
	for _, a := range n.Actions {
		if strings.Contains(a, ":") {
			k.fail("%s: action %q has a prefix", where, a)
		}
	}
	if len(n.Calls) > 0 && n.Who != "caller" || n.On != "" && len(n.Calls) == 0 {
		k.fail("%s: calls are of callers, and on is of calls", where)
	}
	for _, a := range n.Calls {
		if !iamAction.MatchString(a) {
			k.fail("%s: call %q is not of the form service:Action", where, a)
		}
	}
	k.source(where, n.Source)
}

func (k *checker) sources(where string, s Sources, needed []string) {
	for _, group := range needed {
		if len(s[group]) == 0 {
			k.fail("%s: no source for %q", where, group)
		}
	}
	for group, list := range s {
		for _, src := range list {
			k.source(where+": "+group, src)
		}
	}
}

func (k *checker) source(where, s string) {
	reason, unconfirmed := strings.CutPrefix(s, "unconfirmed: ")
	if !strings.HasPrefix(s, "https://") && (!unconfirmed || reason == "") {
		k.fail("%s: source %q is neither an https URL nor \"unconfirmed: reason\"", where, s)
	}
}
