package awsapi

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/inventory"
)

// Kind is that of an inventory's inputs from AWS.
const Kind = "aws"

// assembly collects the records of a journal by account and Region.
type assembly struct {
	partition string
	modules   map[string]*graph.Module
	failures  map[string][]failure
	accounts  map[string]*inventory.Account
	policies  []inventory.ControlPolicy
	// seen is where a resource is, by ID: pages of a list overlap when it changes meanwhile, and
	// every account lists AWS's managed policies.
	seen map[string]place
}

// place is the path of a resource's account and Region, and its type.
type place struct{ path, typ string }

func (c *collection) assemble(accounts []string) (*inventory.Inventory, error) {
	a := &assembly{
		partition: c.partition, modules: map[string]*graph.Module{}, failures: map[string][]failure{},
		accounts: map[string]*inventory.Account{}, seen: map[string]place{},
	}
	for _, account := range accounts {
		a.module(account, "")
		for _, region := range c.regionsOf[account] {
			a.module(account, region)
		}
	}
	if err := c.journal.records(a.add); err != nil {
		return nil, err
	}
	var modules []graph.Module
	for _, path := range slices.Sorted(maps.Keys(a.modules)) {
		m := a.modules[path]
		m.Input = a.input(path)
		modules = append(modules, *m)
	}
	if len(modules) > 0 {
		for _, id := range slices.Sorted(maps.Keys(a.accounts)) {
			modules[0].Accounts = append(modules[0].Accounts, *a.accounts[id])
		}
		modules[0].ControlPolicies = a.policies
		if !c.Organization {
			modules[0].Input.Notes = append(modules[0].Input.Notes, bedlock.Note{Text: "service and resource control policies were not read; --organization reads them"})
		}
	}
	inv, err := graph.Assemble(c.Catalog, modules)
	if err != nil {
		return nil, fmt.Errorf("assemble what was collected: %w", err)
	}
	return inv, nil
}

// path is what a person is told of an account and Region.
func path(account, region string) string {
	return strings.TrimSuffix("aws/"+account+"/"+region, "/")
}

func (a *assembly) module(account, region string) *graph.Module {
	p := path(account, region)
	if a.modules[p] == nil {
		a.modules[p] = &graph.Module{}
	}
	return a.modules[p]
}

// input says how the reading of an account and Region went.
func (a *assembly) input(path string) bedlock.Input {
	in := bedlock.Input{Path: path, Kind: Kind, Status: bedlock.InputAudited}
	all := a.failures[path]
	slices.SortFunc(all, func(x, y failure) int {
		return cmp.Or(strings.Compare(x.Service, y.Service), strings.Compare(x.Operation, y.Operation), strings.Compare(x.Subject, y.Subject), strings.Compare(x.Error, y.Error))
	})
	failed := 0
	for _, f := range slices.Compact(all) { // of a call for each of many keys, one tells it
		in.Notes = append(in.Notes, bedlock.Note{Text: f.String()})
		if f.Unoffered {
			continue
		}
		if failed++; failed == 1 {
			in.Status, in.Reason = bedlock.InputFailed, f.String()
			in.Hint = "`bedlock audit aws --print-policy` prints the permissions that a complete collection needs"
		}
	}
	if failed > 1 {
		in.Reason += fmt.Sprintf(" (and %d more)", failed-1)
	}
	return in
}

func (f failure) String() string {
	switch s := f.Service + " " + f.Operation + ": " + f.Error; {
	case f.Unoffered:
		return f.Subject + " is not offered here: " + s
	case f.Subject != "":
		return f.Subject + " could not be listed: " + s
	default:
		return s
	}
}

// add adds a record of the journal.
func (a *assembly) add(r record) error {
	switch {
	case r.Failed != nil:
		p := path(r.Failed.Account, r.Failed.Region)
		a.module(r.Failed.Account, r.Failed.Region)
		a.failures[p] = append(a.failures[p], *r.Failed)
	case r.Policy != nil:
		a.policies = append(a.policies, *r.Policy)
	case r.Account != nil:
		a.account(r.Account)
	case r.Resource != nil:
		a.resource(r.Resource)
	}
	return nil
}

// account joins what IAM and Organizations tell of one.
func (a *assembly) account(r *inventory.Account) {
	known := a.accounts[r.ID]
	if known == nil {
		a.accounts[r.ID] = r
		return
	}
	if r.Complete {
		known.Complete = true
		return
	}
	complete := known.Complete
	*known = *r
	known.Complete = complete
}

// resource adds one. Of several with an ID the first of the first path counts, whichever was
// read first.
func (a *assembly) resource(r *resource) {
	p := path(r.Account, r.Region)
	switch before, again := a.seen[r.ID]; {
	case again && before.typ != r.Type:
		a.failures[p] = append(a.failures[p], failure{
			Subject: r.Type, Operation: "read", Error: "the ID " + r.ID + " is already that of a resource of type " + before.typ,
		})
		return
	case again && before.path <= p:
		return
	case again:
		m := a.modules[before.path]
		m.Resources = slices.DeleteFunc(m.Resources, func(x graph.Resource) bool { return x.ID == r.ID })
	}
	a.seen[r.ID] = place{p, r.Type}
	m := a.module(r.Account, r.Region)
	m.Resources = append(m.Resources, graph.Resource{
		ID: r.ID, Dialect: graph.API, Type: r.Type, Account: r.Account, Region: r.Region, Partition: a.partition, Attributes: r.attributes(),
	})
}

// attributes are the answers by operation, the errors in the place of those that are missing,
// and the tags.
func (r *resource) attributes() graph.Value {
	all := map[string]graph.Value{}
	for operation, answer := range r.Answers {
		all[operation] = valueOf(answer)
	}
	if len(r.Tags) > 0 {
		tags := map[string]any{}
		for key, value := range r.Tags {
			tags[key] = value
		}
		all["Tags"] = valueOf(tags)
	}
	for operation, err := range r.Errors {
		all[operation] = graph.Failed(err)
	}
	v := graph.Value{Kind: graph.Map}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v.Members = append(v.Members, graph.Member{Name: name, Value: all[name]})
	}
	return v
}

// valueOf returns the value of a document that was read from the journal.
func valueOf(v any) graph.Value {
	switch v := v.(type) {
	case string:
		return graph.Value{Kind: graph.String, Text: v}
	case bool:
		return graph.Value{Kind: graph.Bool, Text: strconv.FormatBool(v)}
	case float64:
		return graph.Value{Kind: graph.Number, Text: strconv.FormatFloat(v, 'f', -1, 64)}
	case []any:
		list := graph.Value{Kind: graph.List}
		for _, inner := range v {
			list.Items = append(list.Items, valueOf(inner))
		}
		return list
	case map[string]any:
		m := graph.Value{Kind: graph.Map}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			m.Members = append(m.Members, graph.Member{Name: name, Value: valueOf(v[name])})
		}
		return m
	}
	return graph.Value{}
}
