package fix

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/least"
)

// Caller is a user or role that calls the services whose resources a plan is about. What is under
// the plan's keys it can use afterwards: an identity policy with the least of the catalogue's
// needs of callers is attached to it.
type Caller struct {
	ARN string
	// Uses are the types of the resources that it uses, Creates those of the resources that it
	// creates or configures as well. Without both: all of all types.
	Uses, Creates []string
}

// needs says whether it has needs of a purpose (see [catalog.Need]) on resources of a type.
func (c *Caller) needs(typ, purpose string) bool {
	switch {
	case len(c.Uses)+len(c.Creates) == 0, slices.Contains(c.Creates, typ):
		return true
	}
	return slices.Contains(c.Uses, typ) && purpose != "create"
}

// Service is a service that uses the plan's keys by itself, in the name of nobody: CloudWatch for
// the messages of alarms to a topic under a key.
type Service struct {
	Principal string   // cloudwatch.amazonaws.com
	Actions   []string // kms:Decrypt
	// Types are those of the resources for which it needs the key; only keys of such have a
	// statement for it.
	Types []string
	// SourceARN is the pattern of what it acts for, with {partition}, {region} and {account}.
	// Statements have the account as aws:SourceAccount in any case.
	SourceARN string
}

// maxInline are the longest inline policies of a user and of a role, without spaces.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var maxInline = map[inventory.PrincipalKind]int{inventory.User: 2048, inventory.Role: 10240}

// callers plans the identity policies of those who call the services.
func (m *maker) callers(ctx context.Context) error {
	parts := m.planned.Parts()
	e, policies := estate.New(m.planned, m.Catalog), map[string][]inventory.NamedPolicy{}
	for _, c := range m.Callers {
		i := slices.IndexFunc(parts.Principals, func(p inventory.Principal) bool { return p.ARN.Or("") == c.ARN })
		if i < 0 || maxInline[parts.Principals[i].Kind] == 0 {
			return fmt.Errorf("caller %s is no user or role of the source", c.ARN)
		}
		for _, g := range m.groups {
			added, err := m.caller(ctx, e, g, &c, &parts.Principals[i])
			if err != nil {
				return err
			}
			policies[parts.Principals[i].ID] = append(policies[parts.Principals[i].ID], added...)
		}
	}
	parts.Principals = slices.Clone(parts.Principals)
	for i := range parts.Principals {
		p := &parts.Principals[i]
		p.Policies = slices.Concat(p.Policies, policies[p.ID])
	}
	var err error
	m.planned, err = inventory.New(parts)
	return err
}

// caller plans the identity policy of a caller for one key; it returns what it will have.
func (m *maker) caller(ctx context.Context, e *estate.Estate, g *group, c *Caller, p *inventory.Principal) ([]inventory.NamedPolicy, error) {
	if g.key == "" || p.Account.Or("") != g.Account {
		return nil, nil
	}
	text, err := m.callerPolicy(e, g, c, p)
	if err != nil || text == "" {
		return nil, err
	}
	if n, most := len(canonical(text)), maxInline[p.Kind]; n > most {
		return nil, fmt.Errorf("the policy of %s for %s would have %d bytes, and IAM takes %d: name fewer types of resources for it, or a key for fewer resources", c.ARN, cmp.Or(g.alias, g.key), n, most)
	}
	kind := string(p.Kind) // IAM's operations are PutRolePolicy and PutUserPolicy
	kind = strings.ToUpper(kind[:1]) + kind[1:]
	name := "bedlock-use-" + slug(cmp.Or(g.alias, keyName(m.Inventory, g.key)))
	in := wire.Object{kind + "Name": p.Name.Or(""), "PolicyName": name}
	call := func(operation string, in wire.Object) Call {
		return Call{Service: "iam", Operation: operation, Input: in}
	}
	state := &State{Read: call("Get"+kind+"Policy", in), Only: []string{"PolicyDocument"}, JSON: []string{"PolicyDocument"}, Absent: "NoSuchEntity"}
	before, err := state.Observe(ctx, m.Estate, g.Place)
	if err != nil {
		return nil, fmt.Errorf("the policy %s of %s: %w", name, c.ARN, err)
	}
	after := wire.Object{"PolicyDocument": canonical(text)}
	if Equal(before, after) {
		return nil, nil
	}
	put := func(text string) []Call {
		return []Call{call("Put"+kind+"Policy", in.With(wire.Object{"PolicyDocument": text}))}
	}
	s := Step{
		Kind: IdentityPolicy, Place: g.Place, Title: fmt.Sprintf("let %s %s use the key through the services that it calls", p.Kind, p.Name.Or("")), Subject: c.ARN,
		State: state, Before: before, After: after, Do: put(text),
	}
	if before == nil {
		s.Undo = []Call{call("Delete"+kind+"Policy", in)}
		s.Undo[0].Already = []string{"NoSuchEntity"}
	} else {
		s.Undo = put(before.Text("PolicyDocument"))
	}
	m.add(s, p.Name.Or(""))
	return []inventory.NamedPolicy{{Name: name, Policy: known(inventory.Policy{Text: text})}}, nil
}

// callerPolicy is the least identity policy for what a caller needs of a key; empty: nothing.
func (m *maker) callerPolicy(e *estate.Estate, g *group, c *Caller, p *inventory.Principal) (string, error) {
	cases, ok := e.Cases(g.key, "")
	if !ok || len(cases) != 1 {
		return "", fmt.Errorf("who may use %s depends on where the source is deployed", cmp.Or(g.alias, g.key))
	}
	as := authz.Principal{Kind: authz.User, ARN: c.ARN, Account: g.Account}
	if p.Kind == inventory.Role {
		as = authz.Principal{Kind: authz.Session, Role: c.ARN, Account: g.Account}
	}
	needs := cases[0].CallerNeeds(as, c.needs)
	if len(needs) == 0 {
		return "", nil
	}
	r, err := least.For(cases[0].Target.Key, needs, least.Options{Delegated: true})
	if err != nil {
		return "", fmt.Errorf("the policy of %s for %s: %w", c.ARN, cmp.Or(g.alias, g.key), err)
	}
	if r.Identity[c.ARN] == nil {
		return "", fmt.Errorf("the policy of %s for %s: policies are for %v", c.ARN, cmp.Or(g.alias, g.key), slices.Sorted(maps.Keys(r.Identity)))
	}
	return r.Identity[c.ARN].Print(), nil
}

// serviceStatements are those of the key policy for services that act by themselves.
func (m *maker) serviceStatements(g *group) (out []json.RawMessage, err error) {
	for _, s := range m.Services {
		if !slices.ContainsFunc(g.choices, func(c *choice) bool { return len(s.Types) == 0 || slices.Contains(s.Types, c.entry.Type) }) {
			continue
		}
		condition := map[string]any{"StringEquals": map[string]string{"aws:SourceAccount": g.Account}}
		if s.SourceARN != "" {
			pattern := strings.NewReplacer("{partition}", arn.PartitionOf(g.Region), "{region}", g.Region, "{account}", g.Account).Replace(s.SourceARN)
			if _, err := arn.Parse(pattern); err != nil {
				return nil, fmt.Errorf("service %s: source %s: %w", s.Principal, s.SourceARN, err)
			}
			condition["ArnLike"] = map[string]string{"aws:SourceArn": pattern}
		}
		b, err := json.Marshal(map[string]any{
			"Sid": sid(s.Principal), "Effect": "Allow", "Principal": map[string]string{"Service": s.Principal},
			"Action": s.Actions, "Resource": "*", "Condition": condition,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// sid is the name of a service's statement, in the letters that a key policy takes.
func sid(service string) string { return "By " + strings.ReplaceAll(service, ".", " ") }

// without are the statements that a policy does not have word for word, under whatever Sid.
func without(policy string, more []json.RawMessage) (lacking []json.RawMessage, err error) {
	have, err := statements(policy)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, s := range have {
		if s, err = withSid(s, ""); err != nil {
			return nil, err
		}
		there[canonical(string(s))] = true
	}
	for _, s := range more {
		nameless, err := withSid(s, "")
		if err != nil {
			return nil, err
		}
		if !there[canonical(string(nameless))] {
			lacking = append(lacking, s)
		}
	}
	return lacking, nil
}
