package fix

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// pin is a version that a consumer names: of a guardrail or a prompt, by its ARN.
type pin struct{ of, version string }

// consumer is an agent or a flow whose draft names versions.
type consumer struct {
	// choice is its slot, one that the plan is about or, with no group, one that stays.
	*choice
	pins []pin
	// step is that which names other versions in it; empty: there is none.
	step string
}

// consuming are the types whose drafts name versions of guardrails and prompts, with the operation
// that lists them. Those are all in the API models that an update can change, but for the guardrail
// that an account enforces, which has a version and no draft.
var consuming = []struct {
	Type, Slot                 string
	List, Items, ID, Name, ARN string
}{
	{"AWS::Bedrock::Agent", "content", "ListAgents", "agentSummaries", "agentId", "agentName", "agent/"},
	{"AWS::Bedrock::Flow", "content", "ListFlows", "flowSummaries", "id", "name", "flow/"},
}

// free are members with documents of the customer, in which names mean nothing.
const free = "additionalModelRequestFields"

// repin returns a value in which each version that is named is the one that to says.
func repin(v any, at Place, to func(pin) string) any {
	switch v := v.(type) {
	case wire.Object:
		out := make(wire.Object, len(v))
		for name, inner := range v {
			if name == free {
				out[name] = inner
				continue
			}
			out[name] = repin(inner, at, to)
		}
		if id, version := cmp.Or(v.Text("guardrailIdentifier"), v.Text("guardrailId")), v.Text("guardrailVersion"); id != "" && version != "" {
			out["guardrailVersion"] = to(pin{whole(id, "guardrail", at), version})
		}
		if of, version, ok := promptVersion(v.Text("promptArn")); ok {
			out["promptArn"] = of + ":" + to(pin{of, version})
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = repin(v[i], at, to)
		}
		return out
	}
	return v
}

// whole is the ARN of an identifier, which may be one.
func whole(id, kind string, at Place) string {
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	return fmt.Sprintf("arn:%s:bedrock:%s:%s:%s/%s", arn.PartitionOf(at.Region), at.Region, at.Account, kind, id)
}

// promptVersion splits the ARN of a prompt's version.
func promptVersion(full string) (of, version string, ok bool) {
	i := strings.LastIndexByte(full, ':')
	if i < 0 || !strings.Contains(full[:i], ":prompt/") {
		return "", "", false
	}
	return full[:i], full[i+1:], true
}

// Renamed is a state of the step's resource in which those versions are named that the step names and
// that steps before it publish. Nothing else is of the state that the step leads to.
func (s *Step) Renamed(state wire.Object) wire.Object {
	out, _ := renamed(state, s.After).(wire.Object)
	return out
}

func renamed(state, after any) any {
	switch v := state.(type) {
	case wire.Object:
		a, _ := after.(wire.Object)
		out := make(wire.Object, len(v))
		for name, inner := range v {
			text, _ := a[name].(string)
			if (name == "guardrailVersion" || name == "promptArn") && len(referencesIn(text)) > 0 {
				out[name] = text
				continue
			}
			out[name] = renamed(inner, a[name])
		}
		return out
	case []any:
		a, _ := after.([]any)
		out := make([]any, len(v))
		for i := range v {
			var of any
			if i < len(a) {
				of = a[i]
			}
			out[i] = renamed(v[i], of)
		}
		return out
	}
	return state
}

// pinsIn are the versions that a value names.
func pinsIn(v any, at Place) (out []pin) {
	repin(v, at, func(p pin) string {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
		return p.version
	})
	return out
}

// consumers finds who names versions of what the plan puts under a key, and what is published for
// them. Without Publish they are those of the inventory, and are listed.
func (m *maker) consumers(ctx context.Context) error {
	m.consumed, m.released = map[string][]*consumer{}, map[string]*release{}
	var pinned []*choice
	for _, c := range m.chosen {
		if c.group != nil && (c.entry.Type == "AWS::Bedrock::Guardrail" || c.entry.Type == "AWS::Bedrock::Prompt") {
			pinned = append(pinned, c)
		}
	}
	if len(pinned) == 0 {
		return nil
	}
	if err := m.consumersOf(ctx, pinned); err != nil {
		return err
	}
	for _, c := range pinned {
		if !m.Publish {
			m.unpublished(c)
			continue
		}
		r, err := m.release(ctx, c, m.namedVersions(c.resource.ID))
		if err != nil {
			return err
		}
		m.released[c.resource.ID] = r
		if r != nil {
			m.admitConsumers(c, r)
		}
	}
	return nil
}

// consumersOf reads the drafts of the places and keeps those that name versions of what is pinned.
func (m *maker) consumersOf(ctx context.Context, pinned []*choice) error {
	owners := map[string]*choice{}
	var places []Place
	for _, c := range pinned {
		owners[c.resource.ID] = c
		if at := c.place(); !slices.Contains(places, at) {
			places = append(places, at)
		}
	}
	seen := map[string]bool{}
	for _, c := range m.drafts(ctx, places) {
		if seen[c.resource.ID] {
			continue
		}
		seen[c.resource.ID] = true
		if err := ctx.Err(); err != nil {
			return err
		}
		if m.readings[c.target()] == nil {
			read, err := m.readAll(ctx, c)
			if err != nil {
				m.open("%s could not be read, so whether it names a version that keeps its key is not known: %v", c.subject.Title, err)
				continue
			}
			m.readings[c.target()] = read
		}
		k := &consumer{choice: c}
		for _, x := range m.readings[c.target()] {
			k.pins = append(k.pins, pinsIn(x.before, c.place())...)
		}
		var of []string
		for _, p := range k.pins {
			if owners[p.of] == nil || slices.Contains(of, p.of) {
				continue
			}
			if of = append(of, p.of); owners[p.of].place() != c.place() {
				m.elsewhere(k, owners[p.of], p)
				continue
			}
			m.consumed[p.of] = append(m.consumed[p.of], k)
		}
		if m.Publish && len(of) == 0 {
			m.consumedInUse(ctx, c, owners)
		}
	}
	m.enforced(ctx, places, owners)
	return nil
}

// consumedInUse lists the versions in use of a draft that name versions of what is pinned, although the
// draft names none: nothing can take their place.
func (m *maker) consumedInUse(ctx context.Context, c *choice, owners map[string]*choice) {
	p := publicationOf(c.entry.Type)
	for i := range m.readings[c.target()] {
		r := &release{publication: p, choice: c, read: &m.readings[c.target()][i]}
		aliases, err := m.aliases(ctx, r)
		if err != nil {
			m.open("%s: %v: whether a version of it that is in use names one that keeps its key is not known", c.subject.Title, err)
			return
		}
		for _, v := range p.Alias.routed(aliases) {
			published, err := m.Estate.Call(ctx, c.place(), r.get(v))
			if err != nil {
				m.open("%s, version %s: %v: whether it names a version that keeps its key is not known", c.subject.Title, v, err)
				continue
			}
			for _, named := range pinsIn(published, c.place()) {
				if owner := owners[named.of]; owner != nil && isNumber(named.version) {
					m.people(r, []string{v}, fmt.Sprintf("version %s, which is in use, names version %s of %s, and its draft does not", v, named.version, owner.subject.Title))
				}
			}
		}
	}
}

// enforced lists the guardrails that accounts enforce: everybody who invokes a model needs their key,
// and who that is no source says.
// https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-enforcements.html
func (m *maker) enforced(ctx context.Context, places []Place, owners map[string]*choice) {
	const typ = "AWS::Bedrock::EnforcedGuardrailConfiguration"
	for _, at := range places {
		inSource := slices.ContainsFunc(m.Inventory.Parts().Resources, func(r inventory.Resource) bool {
			return r.Type == typ && r.Account.Or("") == at.Account && r.Region.Or("") == at.Region
		})
		if !m.Publish && !inSource {
			continue
		}
		listed, err := m.Estate.Call(ctx, at, Call{Service: "bedrock", Operation: "ListEnforcedGuardrailsConfiguration", Input: wire.Object{}})
		if err != nil {
			m.open("account %s, %s: ListEnforcedGuardrailsConfiguration: %v: whether it enforces a version that keeps its key is not known", at.Account, at.Region, err)
			continue
		}
		for _, e := range listed.Objects("guardrailsConfig") {
			owner := owners[cmp.Or(e.Text("guardrailArn"), whole(e.Text("guardrailId"), "guardrail", at))]
			if owner == nil {
				continue
			}
			m.plan.Manual = append(m.plan.Manual, Manual{
				Resource: owner.resource.ID, Title: fmt.Sprintf("the guardrail that account %s enforces", at.Account),
				Why:    fmt.Sprintf("it is version %s of %s, and everybody who invokes a model needs its key: who that is no source says", e.Text("guardrailVersion"), owner.subject.Title),
				What:   "it goes on with that version, under the old key; with another version, a caller who may not use the new key could invoke no model",
				Source: "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-enforcements.html",
				Steps: []string{
					"let everybody who invokes models in the account and Region use the new key",
					fmt.Sprintf("name the new version with PutEnforcedGuardrailConfiguration, configId %s, with selectiveContentGuarding and modelEnforcement as they are", e.Text("configId")),
					"only then delete the old version",
				},
			})
		}
	}
}

func isNumber(version string) bool {
	_, err := strconv.Atoi(version)
	return err == nil
}

// drafts are the agents and flows that may name versions of what is in places: those of the
// inventory in these Regions and, when versions are published, all that are there now.
func (m *maker) drafts(ctx context.Context, places []Place) (out []*choice) {
	for _, c := range m.chosen {
		if c.group != nil && consumes(c.entry.Type) >= 0 {
			out = append(out, c)
		}
	}
	region := func(name string) bool {
		return slices.ContainsFunc(places, func(p Place) bool { return p.Region == name })
	}
	parts := m.Inventory.Parts()
	for i := range parts.Resources {
		r := &parts.Resources[i]
		if consumes(r.Type) >= 0 && region(r.Region.Or("")) {
			out = append(out, m.stays(r))
		}
	}
	if !m.Publish {
		return out
	}
	for _, at := range places {
		for _, k := range consuming {
			listed, err := m.Estate.Call(ctx, at, Call{Service: "bedrock-agent", Operation: k.List, Input: wire.Object{}})
			if err != nil {
				m.open("account %s, %s: %s: %v: whether one of them names a version that keeps its key is not known", at.Account, at.Region, k.List, err)
				continue
			}
			for _, entry := range listed.Objects(k.Items) {
				out = append(out, m.stays(&inventory.Resource{
					ID: whole(entry.Text(k.ID), strings.TrimSuffix(k.ARN, "/"), at), Type: k.Type, Name: known(entry.Text(k.Name)),
					Place: inventory.Place{Account: known(at.Account), Region: known(at.Region)},
				}))
			}
		}
	}
	return out
}

// consumes is the index of a type in consuming; -1: it names no versions.
func consumes(typ string) int {
	for i := range consuming {
		if consuming[i].Type == typ {
			return i
		}
	}
	return -1
}

// stays is a draft whose key the plan does not change.
func (m *maker) stays(r *inventory.Resource) *choice {
	entry := m.Catalog.Type(r.Type)
	return &choice{resource: r, entry: entry, slot: entry.Slot(consuming[consumes(r.Type)].Slot), subject: Subject{
		Resource: r.ID, Type: r.Type, Title: title(entry, r), Account: r.Account.Or(""), Region: r.Region.Or(""),
	}}
}

func (c *choice) place() Place { return Place{c.subject.Account, c.subject.Region} }

func (m *maker) open(format string, args ...any) {
	m.plan.Open = append(m.plan.Open, bedlock.Evidence{Text: fmt.Sprintf(format, args...)})
}

// namedVersions are the versions of something that drafts name, the lowest first.
func (m *maker) namedVersions(of string) []string {
	var list []wire.Object
	for _, k := range m.consumed[of] {
		for _, p := range k.pins {
			if p.of == of {
				list = append(list, wire.Object{"v": p.version})
			}
		}
	}
	return slices.Compact(numbered(list, "v"))
}

// namers are the titles of those who name one of some versions of something.
func (m *maker) namers(of string, versions []string) (out []string) {
	for _, k := range m.consumed[of] {
		for _, p := range k.pins {
			if p.of == of && slices.Contains(versions, p.version) {
				out = append(out, fmt.Sprintf("%s (version %s)", k.subject.Title, p.version))
			}
		}
	}
	return out
}

// unpublished lists those who go on with versions that keep their key.
func (m *maker) unpublished(c *choice) {
	names := m.namers(c.resource.ID, m.namedVersions(c.resource.ID))
	if len(names) == 0 {
		return
	}
	p := publicationOf(c.entry.Type)
	m.plan.Manual = append(m.plan.Manual, Manual{
		Resource: c.resource.ID, Title: c.subject.Title + ": its versions", Source: p.Quota,
		Why:  "a version keeps its key, and these name one: " + strings.Join(names, ", "),
		What: "they go on with it, under the old key",
		Steps: []string{
			"plan with --publish, which publishes the draft and names the new version in them; or publish it when it has its key",
			"name the new version in the drafts, prepare them, publish them, and point their aliases at what was published",
			"delete the old version; its key must stay until then",
		},
	})
}

// elsewhere lists a consumer in another account, which is changed from there.
func (m *maker) elsewhere(k *consumer, owner *choice, p pin) {
	if !isNumber(p.version) {
		return // it follows the draft
	}
	m.plan.Manual = append(m.plan.Manual, Manual{
		Resource: k.resource.ID, Title: k.subject.Title, Why: fmt.Sprintf("it is in another account and names version %s of %s", p.version, owner.subject.Title),
		What:  "it goes on with that version, under the old key",
		Steps: []string{"let its roles use the new key, in its policy and in theirs", "name the new version in it, prepare it and publish it", "only then delete the old version"},
	})
}

// admitConsumers has the roles of those who are to name the new version use its key: they call the
// guardrail or the prompt.
func (m *maker) admitConsumers(c *choice, r *release) {
	if c.group.key == "" {
		return
	}
	for _, k := range m.consumed[c.resource.ID] {
		if !slices.ContainsFunc(k.pins, func(p pin) bool { return p.of == c.resource.ID && slices.Contains(r.moves, p.version) }) {
			continue
		}
		for _, x := range m.readings[k.target()] {
			role := cmp.Or(x.before.Text("agentResourceRoleArn"), x.before.Text("executionRoleArn"))
			i := slices.IndexFunc(m.Callers, func(have Caller) bool { return have.ARN == role })
			switch {
			case role == "":
			case !m.principal(role):
				m.open("%s: role %s is not in the source; it needs the key of %s, whose new version it calls", k.subject.Title, role, c.subject.Title)
			case i < 0:
				m.Callers = append(slices.Clip(m.Callers), Caller{ARN: role, Uses: []string{c.entry.Type}})
			case len(m.Callers[i].Uses)+len(m.Callers[i].Creates) > 0 && !slices.Contains(m.Callers[i].Uses, c.entry.Type):
				m.Callers = slices.Clone(m.Callers)
				m.Callers[i].Uses = append(slices.Clip(m.Callers[i].Uses), c.entry.Type)
			}
		}
	}
}

// principal says whether the source has a role.
func (m *maker) principal(full string) bool {
	return slices.ContainsFunc(m.Inventory.Parts().Principals, func(p inventory.Principal) bool { return p.ARN.Or("") == full })
}

// moved is the version that takes the place of one that is named: a new one, if what is named is
// published and the version is the draft but for its key.
func (m *maker) moved(p pin) string {
	if r := m.released[p.of]; r != nil && r.step != "" && slices.Contains(r.moves, p.version) {
		return Ref(r.step, "version")
	}
	return p.version
}

// repins says whether one of the versions that a draft names is to be another.
func (m *maker) repins(c *choice) bool {
	for _, x := range m.readings[c.target()] {
		if slices.ContainsFunc(pinsIn(x.before, c.place()), func(p pin) bool { return m.moved(p) != p.version }) {
			return true
		}
	}
	return false
}
