package fix

import (
	"context"
	"fmt"
	"maps"
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
	// Key is the member of a version that is its key, At where it stands in the answer of Get.
	Key, At       string
	Most          int
	Quota         string // where AWS says how many versions there may be
	Differ        []string
	Wait          string // the path of the status in the answer of Get; empty: it is there at once
	Until, Failed []string
	// Needs is the type of the versions where publishing needs more of the key than a change of
	// the draft does; its slot has the name of the draft's.
	Needs     string
	Consumers string // who goes on with a version, %s
	// Status and Prepared are the path of the draft's status, and the one in which it can be
	// published; empty: it always can.
	Status, Prepared string
	// Alias says how aliases point at versions; nil: there are none. Cut: a version is made by
	// moving an alias, and by nothing else.
	Alias *aliasing
	Cut   bool
	// Parts are what a version has besides, with operations of its own.
	Parts []attached
}

// publications are the types whose drafts are published. The key and the description of a version are
// its own.
var publications = []publication{
	{
		Type: "AWS::Bedrock::Guardrail", List: "ListGuardrails", Items: "guardrails", Version: "version",
		Get: "GetGuardrail", With: "guardrailIdentifier={id} guardrailVersion={version}",
		Key: "kmsKeyArn", Create: "CreateGuardrailVersion", Token: "clientRequestToken", Delete: "DeleteGuardrail", Deleted: "guardrailVersion",
		Most: 20, Quota: "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
		Differ: []string{"createdAt", "updatedAt", "version", "description", "kmsKeyArn", "status", "statusReasons", "failureRecommendations"},
		Needs:  "AWS::Bedrock::GuardrailVersion",
		Wait:   "status", Until: []string{"READY"}, Failed: []string{"FAILED", "DELETING"},
		Consumers: "agents, flows, prompts and applications that name version %s of the guardrail go on with it",
	},
	{
		Type: "AWS::Bedrock::Flow", List: "ListFlowVersions", Items: "flowVersionSummaries", Version: "version",
		Get: "GetFlowVersion", With: "flowIdentifier={id} flowVersion={version}",
		Key: "customerEncryptionKeyArn", Create: "CreateFlowVersion", Token: "clientToken", Delete: "DeleteFlowVersion", Deleted: "flowVersion",
		Most: 10, Quota: "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
		Differ:    []string{"arn", "createdAt", "updatedAt", "version", "description", "customerEncryptionKeyArn", "status", "validations"},
		Consumers: "whatever names version %s of the flow and no alias goes on with it",
		Status:    "status", Prepared: "Prepared", Alias: &flowAliases,
	},
	{
		Type: "AWS::Bedrock::Prompt", List: "ListPrompts", Items: "promptSummaries", Version: "version",
		Get: "GetPrompt", With: "promptIdentifier={id} promptVersion={version}",
		Key: "customerEncryptionKeyArn", Create: "CreatePromptVersion", Token: "clientToken", Delete: "DeletePrompt", Deleted: "promptVersion",
		Most: 10, Quota: "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
		Differ:    []string{"arn", "createdAt", "updatedAt", "version", "description", "customerEncryptionKeyArn"},
		Consumers: "flows and applications that name version %s of the prompt go on with it",
	},
	agentPublication,
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
	if m.released[c.resource.ID] == nil {
		return ""
	}
	return publicationOf(c.entry.Type).Needs
}

// PublishedType is the type of the versions of a type that need more of the key than the draft does;
// empty: there are none. Their slots have the names of the draft's.
func PublishedType(typ string) string {
	if p := publicationOf(typ); p != nil {
		return p.Needs
	}
	return ""
}

// release is what is published of a draft.
type release struct {
	*publication
	choice *choice
	read   *reading
	// versions are all that there are, moves those in use that are the draft but for the key,
	// aliases those that point at one of these, whole.
	versions, moves []string
	aliases         []wire.Object
	// key is the draft's when it is published.
	key string
	// step publishes it; empty: none was planned yet.
	step string
}

// release looks what of a draft's versions is in use: those that are named, those at which aliases
// point, else the last one. It is nil when nothing is published, because nothing is in use or people
// decide.
func (m *maker) release(ctx context.Context, c *choice, named []string) (*release, error) {
	p := publicationOf(c.entry.Type)
	if p == nil || len(m.readings[c.target()]) != 1 {
		return nil, nil
	}
	r := &release{publication: p, choice: c, read: &m.readings[c.target()][0], key: c.subject.To}
	if c.group == nil {
		r.key = r.draft().Text(p.Key)
	}
	listed, err := m.Estate.Call(ctx, c.place(), r.list())
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", c.subject.Title, p.List, err)
	}
	if r.versions = numbered(listed.Objects(p.Items), p.Version); len(r.versions) == 0 {
		return nil, nil // nothing was ever published
	}
	used, aliases := named, []wire.Object(nil)
	if p.Alias != nil {
		if aliases, err = m.aliases(ctx, r); err != nil {
			return nil, fmt.Errorf("%s: %w", c.subject.Title, err)
		}
		used = p.Alias.routed(aliases)
	}
	if len(used) == 0 && p.Cut {
		return nil, nil // no alias points at a version, and nothing else can
	}
	if len(used) == 0 {
		used = r.versions[len(r.versions)-1:]
	}
	if len(r.versions) >= p.Most {
		m.people(r, used, fmt.Sprintf("there are %d versions already, and no more can be: delete one first", len(r.versions)))
		return nil, nil
	}
	if p.Prepared != "" && r.read.answer.Text(p.Status) != p.Prepared {
		m.people(r, used, "its draft is not prepared: what would be published is not what runs")
		return nil, nil
	}
	for _, v := range used {
		key, why, err := m.differs(ctx, r, v)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s, version %s: %w", c.subject.Title, v, err)
		case why != "":
			m.people(r, []string{v}, why)
		case key != r.key || m.repins(c):
			r.moves = append(r.moves, v)
		}
	}
	for _, a := range aliases {
		to := p.Alias.routed([]wire.Object{a})
		switch {
		case len(to) != 1 || !slices.Contains(r.moves, to[0]):
		case slices.ContainsFunc(a.Objects("routingConfiguration"), func(to wire.Object) bool { return to.Has("provisionedThroughput") }):
			m.people(r, to, fmt.Sprintf("alias %s has provisioned throughput, which it would be without for a while", a.Text(p.Alias.Name)))
		default:
			r.aliases = append(r.aliases, a)
		}
	}
	if len(r.moves) == 0 || p.Cut && len(r.aliases) == 0 {
		return nil, nil
	}
	return r, nil
}

// people leaves versions to people.
func (m *maker) people(r *release, used []string, why string) {
	what := fmt.Sprintf(r.Consumers, strings.Join(used, ", ")) + ", under the old key"
	if names := m.namers(r.choice.resource.ID, used); len(names) > 0 {
		what += ": " + strings.Join(names, ", ")
	}
	m.plan.Manual = append(m.plan.Manual, Manual{
		Resource: r.choice.resource.ID, Title: r.choice.subject.Title + ": its versions", Why: why, Source: r.Quota, What: what,
		Steps: []string{"publish the draft as a new version", "point at it what names the old one, and check that it works", "delete the old version; its key must stay until then"},
	})
}

// draft is the configuration of a draft, as it was read.
func (r *release) draft() wire.Object {
	if at := r.read.recipe.State.At; at != "" {
		return r.read.answer.Object(at)
	}
	return r.read.answer
}

// id are the arguments that name the draft.
func (r *release) id() wire.Object {
	id, _, _ := strings.Cut(r.With, " ")
	return r.read.arguments(id)
}

func (r *release) list() Call { return r.read.call(r.List, r.id()) }

// get reads a version.
func (r *release) get(version string) Call {
	r.read.names["version"] = version
	return r.read.call(r.Get, r.read.arguments(r.With))
}

// differs says in what a version is not what the draft is, but for its key; empty: in nothing.
func (m *maker) differs(ctx context.Context, r *release, version string) (key, why string, err error) {
	published, err := m.Estate.Call(ctx, r.choice.place(), r.get(version))
	if err != nil {
		return "", "", err
	}
	draft := r.draft()
	if r.At != "" {
		published = published.Object(r.At)
	}
	d := Compare(published.Without(r.Differ...), draft.Without(r.Differ...))
	if len(d) == 0 && r.Parts != nil {
		if draft.Has("customOrchestration") {
			return "", "the API does not tell how a version is orchestrated, so it cannot be compared with the draft", nil
		}
		if d, err = m.partsDiffer(ctx, r, version); err != nil {
			return "", "", err
		}
	}
	if len(d) > 0 {
		why = fmt.Sprintf("the draft has more than another key: %s between version %s and the draft", inOne(d), version)
	}
	return published.Text(r.Key), why, nil
}

// publishAll plans the resources and what is published of them, in the order in which they name each
// other: guardrails and prompts, agents, flows. Those that are not to be under another key are
// changed when they name what is published.
func (m *maker) publishAll(ctx context.Context, order []target, together map[target][]*choice) error {
	for _, of := range slices.Sorted(maps.Keys(m.consumed)) {
		for _, k := range m.consumed[of] {
			if at := k.target(); together[at] == nil {
				order, together[at] = append(order, at), []*choice{k.choice}
			}
		}
	}
	rank := func(at target) int { return slices.Index(publishedLast, at.recipe.Type) }
	slices.SortStableFunc(order, func(a, b target) int { return rank(a) - rank(b) })
	for _, at := range order {
		c := together[at][0]
		if c.group == nil && !m.repins(c) {
			continue
		}
		if !m.carry(at, together[at]) {
			continue
		}
		r, early := m.released[c.resource.ID]
		if !early {
			var err error
			if r, err = m.release(ctx, c, nil); err != nil {
				return err
			}
		}
		if r == nil {
			continue
		}
		if err := m.publish(r); err != nil {
			return fmt.Errorf("%s: %w", c.subject.Title, err)
		}
	}
	return nil
}

// publishedLast are the types that name what others publish, after all others.
var publishedLast = []string{"AWS::Bedrock::Agent", "AWS::Bedrock::Flow"}

// publish plans a new version and points at it the aliases of the old one.
func (m *maker) publish(r *release) error {
	aliases := r.aliases
	if r.Cut {
		if err := m.cutStep(r, aliases[0]); err != nil {
			return err
		}
		aliases = aliases[1:]
	} else {
		m.publishStep(r)
	}
	for _, a := range aliases {
		if err := m.switchStep(r, a); err != nil {
			return err
		}
	}
	c := r.choice
	m.plan.Manual = append(m.plan.Manual, Manual{
		Resource: c.resource.ID, Title: c.subject.Title + ": its versions",
		Why:   "a version keeps its key, and only those who name it know whether they may change to another; the code of applications is not read",
		What:  fmt.Sprintf(r.Consumers, strings.Join(r.moves, ", ")) + ", under the old key, but for what this plan changes",
		Steps: []string{"point at the new version what else names the old one, and check that it works", "delete the old version; its key must stay until then"},
	})
	return nil
}

// repin names in a step that updates a draft the versions that are published before it.
func (m *maker) repin(s *Step, c *choice) {
	var what []string
	to := func(p pin) string {
		v := m.moved(p)
		if v != p.version {
			if title := m.released[p.of].choice.subject.Title; !slices.Contains(what, title) {
				what = append(what, title)
			}
		}
		return v
	}
	s.After = repin(s.After, c.place(), to).(wire.Object)
	for i := range s.Do {
		s.Do[i].Input = repin(s.Do[i].Input, c.place(), to).(wire.Object)
	}
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
func (m *maker) publishStep(r *release) {
	name := r.choice.entry.Title + "-" + r.choice.resource.Name.Or("")
	r.step = m.nextID(Publish, name)
	version := Ref(r.step, "version")
	in := r.id().With(wire.Object{r.Token: Ref(Run, "id") + "-" + r.step})
	s := Step{
		Kind: Publish, Place: r.choice.place(), Subject: r.choice.resource.ID, Title: r.choice.subject.Title + ": publish the draft as a new version",
		Do: []Call{r.read.call(r.Create, in)},
		Undo: []Call{{
			Service: r.read.service(), Operation: r.Delete, Already: []string{"ResourceNotFoundException"},
			Input: r.id().With(wire.Object{r.Deleted: version}),
		}},
		Makes: &Makes{State: State{Read: r.get(version), Only: []string{r.Key}}, Want: wire.Object{}, Versions: r.listing()},
	}
	if r.key != "" {
		s.Makes.Want[r.Key] = r.key
	}
	if r.Wait != "" {
		s.Wait = &Wait{Read: r.get(version), At: r.Wait, Until: r.Until, Failed: r.Failed}
	}
	m.add(s, name)
}

// listing is how the versions are listed.
func (r *release) listing() Versions {
	return Versions{List: r.list(), Items: r.Items, Name: r.Version}
}
