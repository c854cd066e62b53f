package fix

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// publication says how the versions of a type are listed, read, made and deleted. Texts are as in
// recipes; {version} is the number of a version.
type publication struct {
	Type           string
	List, Items    string // lists the draft and the versions, or the versions
	Get, With      string
	Version        string // the member that is the number
	Create, Delete string
	Token, Deleted string // the members for the token, and for the version that is deleted
	Most           int
	Quota          string // where AWS says how many versions there may be
	Differ         []string
	Wait           string // the path of the status in the answer of Get; empty: it is there at once
	Until, Failed  []string
	// Needs is the type of the versions where publishing needs more of the key than a change of
	// the draft does; its slot has the name of the draft's.
	Needs     string
	Consumers string // who goes on with a version, %s
}

// publications are the types whose drafts are published by an operation of their own. The key and
// the description of a version are its own.
//
// Agents are not among them: their versions are cut when an alias moves, and which number comes of
// it is known only afterwards.
// https://docs.aws.amazon.com/bedrock/latest/userguide/deploy-agent.html
var publications = []publication{
	{
		Type: "AWS::Bedrock::Guardrail", List: "ListGuardrails", Items: "guardrails", Version: "version",
		Get: "GetGuardrail", With: "guardrailIdentifier={id} guardrailVersion={version}",
		Create: "CreateGuardrailVersion", Token: "clientRequestToken", Delete: "DeleteGuardrail", Deleted: "guardrailVersion",
		Most: 20, Quota: "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
		Differ: []string{"createdAt", "updatedAt", "version", "description", "kmsKeyArn", "status", "statusReasons", "failureRecommendations"},
		Needs:  "AWS::Bedrock::GuardrailVersion",
		Wait:   "status", Until: []string{"READY"}, Failed: []string{"FAILED", "DELETING"},
		Consumers: "agents, flows, prompts and applications that name version %s of the guardrail go on with it",
	},
	{
		Type: "AWS::Bedrock::Flow", List: "ListFlowVersions", Items: "flowVersionSummaries", Version: "version",
		Get: "GetFlowVersion", With: "flowIdentifier={id} flowVersion={version}",
		Create: "CreateFlowVersion", Token: "clientToken", Delete: "DeleteFlowVersion", Deleted: "flowVersion",
		Most: 10, Quota: "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
		Differ:    []string{"arn", "createdAt", "updatedAt", "version", "description", "customerEncryptionKeyArn", "status", "validations"},
		Consumers: "whatever names version %s of the flow and no alias goes on with it",
	},
	{
		Type: "AWS::Bedrock::Prompt", List: "ListPrompts", Items: "promptSummaries", Version: "version",
		Get: "GetPrompt", With: "promptIdentifier={id} promptVersion={version}",
		Create: "CreatePromptVersion", Token: "clientToken", Delete: "DeletePrompt", Deleted: "promptVersion",
		Most: 10, Quota: "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
		Differ:    []string{"arn", "createdAt", "updatedAt", "version", "description", "customerEncryptionKeyArn"},
		Consumers: "flows and applications that name version %s of the prompt go on with it",
	},
}

func publicationOf(typ string) *publication {
	for i := range publications {
		if publications[i].Type == typ {
			return &publications[i]
		}
	}
	return nil
}

// publishes is the type of a version that has needs of its own on the key, so that the key's policy
// is made for it too; empty: none is published, or it needs no more.
func (m *maker) publishes(c *choice) string {
	if p := publicationOf(c.entry.Type); m.Publish && p != nil {
		return p.Needs
	}
	return ""
}

// publish plans a new version of a draft that has its key, and points the aliases at it that name
// a version which is the same but for the key. Where that is not so, people decide.
func (m *maker) publish(ctx context.Context, c *choice) error {
	p := publicationOf(c.entry.Type)
	if p == nil || len(m.readings[c.target()]) != 1 {
		return nil
	}
	x := m.readings[c.target()][0]
	place := Place{c.subject.Account, c.subject.Region}
	id, _, _ := strings.Cut(p.With, " ")
	listed, err := m.Estate.Call(ctx, place, x.call(p.List, x.arguments(id)))
	if err != nil {
		return fmt.Errorf("%s: %s: %w", c.subject.Title, p.List, err)
	}
	versions := numbered(listed.Objects(p.Items), p.Version)
	if len(versions) == 0 {
		return nil // nothing was ever published
	}
	used, aliases := versions[len(versions)-1:], []wire.Object(nil)
	if p.Type == "AWS::Bedrock::Flow" {
		if aliases, err = m.flowAliases(ctx, x.parts, place); err != nil {
			return fmt.Errorf("%s: %w", c.subject.Title, err)
		}
		if in := routed(aliases); len(in) > 0 {
			used = in
		}
	}
	people := func(why string) {
		m.plan.Manual = append(m.plan.Manual, Manual{
			Resource: c.resource.ID, Title: c.subject.Title + ": its versions", Why: why, Source: p.Quota,
			What:  fmt.Sprintf(p.Consumers, strings.Join(used, ", ")) + ", under the old key",
			Steps: []string{"publish the draft as a new version", "point at it what names the old one, and check that it works", "delete the old version; its key must stay until then"},
		})
	}
	if len(versions) >= p.Most {
		people(fmt.Sprintf("there are %d versions already, and no more can be: delete one first", len(versions)))
		return nil
	}
	if p.Type == "AWS::Bedrock::Flow" && x.answer.Text("status") != "Prepared" {
		people("its draft is not prepared: what would be published is not what runs")
		return nil
	}
	for _, v := range used {
		x.names["version"] = v
		published, err := m.Estate.Call(ctx, place, x.call(p.Get, x.arguments(p.With)))
		if err != nil {
			return fmt.Errorf("%s, version %s: %w", c.subject.Title, v, err)
		}
		if d := Compare(published.Without(p.Differ...), x.answer.Without(p.Differ...)); len(d) > 0 {
			people(fmt.Sprintf("the draft has more than another key: %s between version %s and the draft", inOne(d), v))
			return nil
		}
	}
	step := m.publishStep(p, &x, c, id, place)
	for _, a := range aliases {
		if err := m.switchStep(x.parts, a, step, c, place); err != nil {
			return fmt.Errorf("%s: %w", c.subject.Title, err)
		}
	}
	m.plan.Manual = append(m.plan.Manual, Manual{
		Resource: c.resource.ID, Title: c.subject.Title + ": its versions",
		Why:   "a version keeps its key, and only its consumers know whether they may change to another",
		What:  fmt.Sprintf(p.Consumers, strings.Join(used, ", ")) + ", under the old key",
		Steps: []string{"point at the new version what names the old one, and check that it works", "delete the old version; its key must stay until then"},
	})
	return nil
}

// inOne says differences in a few words.
func inOne(list []Difference) string {
	text := list[0].String()
	if len(list) > 1 {
		text += fmt.Sprintf(" and %d more", len(list)-1)
	}
	return text
}

// numbered are the numbers of versions, the lowest first, without the draft.
func numbered(list []wire.Object, member string) []string {
	var out []string
	for _, v := range list {
		if _, err := strconv.Atoi(v.Text(member)); err == nil {
			out = append(out, v.Text(member))
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return out
}

// publishStep plans the version. A second call with the same token makes no second one.
func (m *maker) publishStep(p *publication, x *reading, c *choice, id string, place Place) string {
	name := c.entry.Title + "-" + c.resource.Name.Or("")
	step := m.nextID(Publish, name)
	in := x.arguments(id)
	in[p.Token] = Ref(Run, "id") + "-" + step
	s := Step{
		Kind: Publish, Place: place, Subject: c.resource.ID, Title: c.subject.Title + ": publish the draft as a new version",
		Do: []Call{x.call(p.Create, in)},
		Undo: []Call{{
			Service: x.service(), Operation: p.Delete, Already: []string{"ResourceNotFoundException"},
			Input: x.arguments(id).With(wire.Object{p.Deleted: Ref(step, "version")}),
		}},
	}
	if p.Wait != "" {
		x.names["version"] = Ref(step, "version")
		s.Wait = &Wait{Read: x.call(p.Get, x.arguments(p.With)), At: p.Wait, Until: p.Until, Failed: p.Failed}
	}
	m.add(s, name)
	return step
}

// flowAliases are the aliases of a flow, whole.
func (m *maker) flowAliases(ctx context.Context, x *parts, place Place) (out []wire.Object, err error) {
	list, err := m.Estate.Call(ctx, place, x.call("ListFlowAliases", x.arguments("flowIdentifier={id}")))
	if err != nil {
		return nil, fmt.Errorf("ListFlowAliases: %w", err)
	}
	for _, a := range list.Objects("flowAliasSummaries") {
		read, err := m.Estate.Call(ctx, place, aliasRead(x, a.Text("id")))
		if err != nil {
			return nil, fmt.Errorf("GetFlowAlias: %w", err)
		}
		out = append(out, read)
	}
	return out, nil
}

func aliasRead(x *parts, id string) Call {
	return Call{Service: x.service(), Operation: "GetFlowAlias", Input: x.arguments("flowIdentifier={id}").With(wire.Object{"aliasIdentifier": id}), Whole: true}
}

// routed are the versions that aliases point at, without the draft.
func routed(aliases []wire.Object) []string {
	var out []wire.Object
	for _, a := range aliases {
		out = append(out, a.Objects("routingConfiguration")...)
	}
	return slices.Compact(numbered(out, "flowVersion"))
}

// switchStep plans that an alias of a flow which points at a version points at the new one;
// everything else of it stays, its concurrency too.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateFlowAlias.html
func (m *maker) switchStep(x *parts, alias wire.Object, published string, c *choice, place Place) error {
	if len(routed([]wire.Object{alias})) == 0 {
		return nil // it follows the draft
	}
	entry := m.Catalog.Type("AWS::Bedrock::FlowAlias")
	before := alias.Without("updatedAt")
	to := func(version string) wire.Object {
		return before.With(wire.Object{"routingConfiguration": []any{wire.Object{"flowVersion": version}}})
	}
	there, err := updateInput(entry, "UpdateFlowAlias", to("1")) // checked with a number in the place of a name
	if err != nil {
		return err
	}
	there["routingConfiguration"] = to(Ref(published, "version"))["routingConfiguration"]
	back, err := updateInput(entry, "UpdateFlowAlias", before)
	if err != nil {
		return err
	}
	name := alias.Text("name")
	m.add(Step{
		Kind: Switch, Place: place, Subject: alias.Text("arn"), Title: c.subject.Title + ": point alias " + name + " at the new version",
		State: &State{Read: aliasRead(x, alias.Text("id")), Drop: []string{"updatedAt"}}, Before: before, After: to(Ref(published, "version")),
		Do: []Call{x.call("UpdateFlowAlias", there)}, Undo: []Call{x.call("UpdateFlowAlias", back)},
	}, "alias-"+name)
	return nil
}
