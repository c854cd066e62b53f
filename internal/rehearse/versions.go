package rehearse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// entryOf is the catalogue's entry of what a step changes; nil: nothing says what it is. What only
// names other versions is no subject of the plan, and perhaps not in the inventory.
func (r *rehearsal) entryOf(s *fix.Step) *catalog.Entry {
	if sub := r.subject(s); sub != nil {
		return r.Catalog.Type(sub.Type)
	}
	if s.State == nil {
		return nil
	}
	for _, e := range r.Catalog.Entries() {
		if e.Service == s.State.Read.Service && slices.Contains(e.Operations.Get, s.State.Read.Operation) {
			return r.Catalog.Type(e.Type)
		}
	}
	return nil
}

// changes says whether a step changes a resource, and not an alias of one.
func (r *rehearsal) changes(s *fix.Step) bool {
	if s.Kind != fix.Switch {
		return s.Kind == fix.Update
	}
	e := r.entryOf(s)
	return e != nil && versioning[e.Type] == nil
}

// published adds the versions that the plan publishes and that need more of their key than the draft.
func (r *rehearsal) published(parts *inventory.Parts) {
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		if s.Kind != fix.Publish {
			continue
		}
		n := slices.IndexFunc(parts.Resources, func(res inventory.Resource) bool { return res.ID == s.Subject })
		if n < 0 || fix.PublishedType(parts.Resources[n].Type) == "" {
			continue
		}
		version := parts.Resources[n]
		version.ID, version.Type, version.Slots = s.Subject+":0", fix.PublishedType(version.Type), slices.Clone(version.Slots)
		parts.Resources = append(parts.Resources, version)
	}
}

// versioned are the versions and aliases of a draft of the twin.
type versioned struct {
	of    string // its ID, the last part of its ARN
	place fix.Place
	// last is the highest number that was given, keep are the versions that aliases point at.
	last int
	keep []string
}

// versioning are the types of aliases: how versions are made as far as one is needed, and an alias.
var versioning = map[string]*struct {
	of       string // the kind of what they are of, in ARNs
	version  string // the member of a routing
	versions func(ctx context.Context, r *rehearsal, v *versioned) error
	alias    func(ctx context.Context, r *rehearsal, v *versioned, alias wire.Object) error
}{
	"AWS::Bedrock::FlowAlias":  {"flow", "flowVersion", flowVersions, flowAlias},
	"AWS::Bedrock::AgentAlias": {"agent", "agentVersion", agentVersions, agentAlias},
}

// versions makes the versions and aliases that the plan publishes and moves. What is in a version of
// the twin is what is in the draft: only such are moved.
func (r *rehearsal) versions(ctx context.Context) {
	made := map[string]*versioned{}
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		var err error
		switch e := r.entryOf(s); {
		case s.Kind != fix.Publish && s.Kind != fix.Switch || r.changes(s):
			continue
		case s.State == nil:
			err = r.held(s.Subject)
		case e == nil || versioning[e.Type] == nil:
			err = errors.New("nothing says what it is")
		default:
			err = r.twin.allowed(func() error { return r.aliased(ctx, s, e.Type, made) })
			r.twin.World.Expect()
		}
		if err != nil {
			title, _, _ := strings.Cut(s.Title, ": ")
			r.left("the versions of %s cannot be held: %v", title, err)
			r.twin.missing = append(r.twin.missing, s.ID)
		}
	}
}

// held is why the twin does not have the draft of an ARN; nil: it has it.
func (r *rehearsal) held(arn string) error {
	for _, s := range r.places.steps[arn] {
		if r.changes(s) && !slices.Contains(r.twin.missing, s.ID) {
			return nil
		}
	}
	return errors.New("the draft is not in the twin")
}

// aliased makes the alias of a step with the version that it points at.
func (r *rehearsal) aliased(ctx context.Context, s *fix.Step, typ string, made map[string]*versioned) error {
	kind := versioning[typ]
	before, _, _ := strings.Cut(s.Subject, ":"+kind.of)
	_, rest, _ := strings.Cut(s.Subject, "/")
	id, _, _ := strings.Cut(rest, "/")
	draft := before + ":" + kind.of + "/" + id
	if err := r.held(draft); err != nil {
		return err
	}
	v := made[draft]
	if v == nil {
		v = &versioned{of: id, place: s.Place}
		for i := range r.Plan.Steps {
			other := &r.Plan.Steps[i]
			if !strings.HasPrefix(other.Subject, s.Subject[:strings.LastIndexByte(s.Subject, '/')+1]) || other.Before == nil {
				continue
			}
			numbers := []string(nil)
			for _, to := range other.Before.Objects("routingConfiguration") {
				v.keep = append(v.keep, to.Text(kind.version))
			}
			numbers = append(numbers, v.keep...)
			if other.Learn != nil {
				numbers = append(numbers, other.Learn.But...)
			}
			for _, text := range numbers {
				if n, err := strconv.Atoi(text); err == nil {
					v.last = max(v.last, n)
				}
			}
		}
		if err := kind.versions(ctx, r, v); err != nil {
			return err
		}
		made[draft] = v
	}
	r.twin.World.Expect(s.Subject[strings.LastIndexByte(s.Subject, '/')+1:])
	if err := kind.alias(ctx, r, v, s.Before); err != nil {
		return err
	}
	now, err := r.observe(ctx, s)
	if err != nil {
		return err
	}
	if d := fix.Compare(s.Before, now); len(d) > 0 {
		return fmt.Errorf("the alias of the twin is another: %s", differences(d))
	}
	return nil
}

// bedrockAgent makes a call for something versioned.
func (r *rehearsal) bedrockAgent(ctx context.Context, v *versioned, operation string, in wire.Object) (wire.Object, error) {
	out, err := builder{r.twin}.Call(ctx, v.place, fix.Call{Service: "bedrock-agent", Operation: operation, Input: in})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	return out, nil
}

// flowVersions makes the versions of a flow up to the last one, and leaves those that are used: there
// is a quota.
func flowVersions(ctx context.Context, r *rehearsal, v *versioned) error {
	flow := wire.Object{"flowIdentifier": v.of}
	if _, err := r.bedrockAgent(ctx, v, "PrepareFlow", flow); err != nil {
		return err
	}
	for n := 1; n <= v.last; n++ {
		if _, err := r.bedrockAgent(ctx, v, "CreateFlowVersion", flow); err != nil {
			return err
		}
		if number := strconv.Itoa(n); !slices.Contains(v.keep, number) {
			if _, err := r.bedrockAgent(ctx, v, "DeleteFlowVersion", flow.With(wire.Object{"flowVersion": number})); err != nil {
				return err
			}
		}
	}
	return nil
}

func flowAlias(ctx context.Context, r *rehearsal, v *versioned, alias wire.Object) error {
	_, err := r.bedrockAgent(ctx, v, "CreateFlowAlias", alias.Pick("name", "description", "routingConfiguration", "concurrencyConfiguration").With(wire.Object{"flowIdentifier": v.of}))
	return err
}

// agentVersions does so for an agent, whose versions are cut by an alias that goes afterwards.
func agentVersions(ctx context.Context, r *rehearsal, v *versioned) error {
	agent := wire.Object{"agentId": v.of}
	if _, err := r.bedrockAgent(ctx, v, "PrepareAgent", agent); err != nil {
		return err
	}
	drop := func(number string) error {
		if number == "" || slices.Contains(v.keep, number) {
			return nil
		}
		_, err := r.bedrockAgent(ctx, v, "DeleteAgentVersion", agent.With(wire.Object{"agentVersion": number}))
		return err
	}
	named := agent.With(wire.Object{"agentAliasName": standIn})
	before := ""
	for n := 1; n <= v.last; n++ {
		operation := "UpdateAgentAlias"
		if n == 1 {
			operation = "CreateAgentAlias"
		}
		out, err := r.bedrockAgent(ctx, v, operation, named)
		if err != nil {
			return err
		}
		named["agentAliasId"] = out.Text("agentAlias.agentAliasId")
		if err := drop(before); err != nil {
			return err
		}
		before = strconv.Itoa(n)
	}
	if v.last == 0 {
		return nil
	}
	if _, err := r.bedrockAgent(ctx, v, "DeleteAgentAlias", named.Pick("agentId", "agentAliasId")); err != nil {
		return err
	}
	return drop(before)
}

func agentAlias(ctx context.Context, r *rehearsal, v *versioned, alias wire.Object) error {
	in := alias.Pick("agentAliasName", "description", "routingConfiguration").With(wire.Object{"agentId": v.of})
	out, err := r.bedrockAgent(ctx, v, "CreateAgentAlias", in)
	if err != nil {
		return err
	}
	if state := alias.Text("aliasInvocationState"); state != "" && state != out.Text("agentAlias.aliasInvocationState") {
		_, err = r.bedrockAgent(ctx, v, "UpdateAgentAlias", in.With(wire.Object{"agentAliasId": out.Text("agentAlias.agentAliasId"), "aliasInvocationState": state}))
	}
	return err
}
