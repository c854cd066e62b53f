package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/iam"
)

// resources makes those that the plan changes, as it has read them: first made with what the
// operation that creates them takes, then brought to the state before the plan by the plan's own
// calls back. A resource that is another then is said, and not held.
func (r *rehearsal) resources(ctx context.Context) {
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		if !r.changes(s) {
			continue
		}
		err := r.twin.allowed(func() error { return r.resource(ctx, s) })
		r.twin.World.Expect()
		if err != nil {
			r.left("%s cannot be held: %v", r.title(s), err)
			r.twin.missing = append(r.twin.missing, s.ID)
		}
	}
	r.versions(ctx)
}

// title is what a person calls the subject of a step.
func (r *rehearsal) title(s *fix.Step) string {
	if sub := r.subject(s); sub != nil {
		return sub.Title
	}
	if title, _, ok := strings.Cut(s.Title, ": "); ok {
		return title
	}
	return s.Subject
}

// subject is one of the slots of a step's resource; nil: the plan names none.
func (r *rehearsal) subject(s *fix.Step) *fix.Subject {
	if list := r.places.subjects[s.Subject]; len(list) > 0 {
		return list[0]
	}
	return nil
}

// resource makes one resource.
func (r *rehearsal) resource(ctx context.Context, s *fix.Step) error {
	e := r.entryOf(s)
	if e == nil || s.State == nil {
		return errors.New("nothing says what it is")
	}
	m := &making{rehearsal: r, step: s, entry: e, names: map[string]string{}}
	if res := r.Inventory.Resource(s.Subject); res != nil {
		m.resource = res
	}
	if err := m.name(); err != nil {
		return err
	}
	if made := makings[e.Type]; made.before != nil {
		if err := made.before(ctx, m); err != nil {
			return err
		}
	}
	r.twin.World.Expect(m.ids...)
	there, err := m.there(ctx)
	if err != nil {
		return err
	}
	if !there {
		if err := m.create(ctx); err != nil {
			return err
		}
	}
	now, err := r.observe(ctx, s)
	if err != nil {
		return err
	}
	for i := 0; i < len(s.Undo) && !fix.Equal(now, s.Before); i++ {
		if err := m.back(ctx, &s.Undo[i]); err != nil {
			return fmt.Errorf("%s: %w", s.Undo[i].Operation, err)
		}
		if now, err = r.observe(ctx, s); err != nil {
			return err
		}
	}
	if d := fix.Compare(s.Before, now); len(d) > 0 {
		return fmt.Errorf("the twin's is another: %s", differences(d))
	}
	return nil
}

// observe reads the state of a step's subject with the client of whoever applies the plan.
func (r *rehearsal) observe(ctx context.Context, s *fix.Step) (wire.Object, error) {
	return s.State.Observe(ctx, r.twin.estate, s.Place)
}

// there says whether another step of the same resource has made it.
func (m *making) there(ctx context.Context) (bool, error) {
	for i := range m.Plan.Steps {
		s := &m.Plan.Steps[i]
		if s == m.step {
			return false, nil
		}
		if s.Kind == fix.Update && s.Subject == m.step.Subject && !slices.Contains(m.twin.missing, s.ID) {
			now, err := m.observe(ctx, m.step)
			return now != nil, err
		}
	}
	return false, nil
}

// back makes one of the calls back.
func (m *making) back(ctx context.Context, c *fix.Call) error {
	answers := fix.Answers{fix.Run: wire.Object{"id": standIn}}
	if take := m.step.Take; take != nil {
		out, err := builder{m.twin}.Call(ctx, m.step.Place, *take)
		if err != nil {
			return err
		}
		answers[fix.Taken] = out
	}
	call, err := answers.Call(*c)
	if err != nil {
		return err
	}
	_, err = builder{m.twin}.Call(ctx, m.step.Place, call)
	return err
}

func differences(list []fix.Difference) string {
	texts := make([]string, 0, len(list))
	for i, d := range list {
		if i == 5 {
			texts = append(texts, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		texts = append(texts, d.String())
	}
	return strings.Join(texts, ", ")
}

// making is a resource that is being made.
type making struct {
	*rehearsal
	step     *fix.Step
	entry    *catalog.Entry
	resource *inventory.Resource // nil: the inventory does not have it
	// names are the parts of its ARN: region, account, name, id.
	names map[string]string
	// ids are those that the plane is to give it.
	ids []string
}

// name takes the ARN apart.
func (m *making) name() error {
	a, err := arn.Parse(m.step.Subject)
	if err != nil {
		return err
	}
	last := a.Resource[strings.LastIndexAny(a.Resource, "/:")+1:]
	m.names = map[string]string{"arn": m.step.Subject, "account": m.step.Account, "region": m.step.Region, "name": last, "id": last}
	ids := strings.FieldsFunc(a.Resource, func(c rune) bool { return c == '/' || c == ':' })
	for i := len(ids) - 1; i >= 0; i-- {
		m.ids = append(m.ids, ids[i])
		if dash := strings.LastIndexByte(ids[i], '-'); dash >= 0 {
			m.ids = append(m.ids, ids[i][dash+1:])
		}
	}
	text, _ := json.Marshal(m.step.Do) // it was read from JSON
	for _, id := range uuid.FindAllString(string(text), -1) {
		if !strings.Contains(string(text), ":key/"+id) {
			m.ids = append(m.ids, id)
		}
	}
	return nil
}

// uuid is an id of a part of a resource, such as its version, that calls name.
var uuid = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// create creates it: with what was read and what the way back sends, as far as the operation has
// members of these names, and what it needs besides.
func (m *making) create(ctx context.Context) error {
	made := makings[m.entry.Type]
	if made.there || len(m.entry.Operations.Create) == 0 {
		return nil // every account has it
	}
	operation, _, _ := strings.Cut(m.entry.Operations.Create[0], ".")
	api := m.step.State.Read.Service
	service, err := model.Load(api)
	if err != nil {
		return err
	}
	op := service.Operations[operation]
	if op == nil {
		return fmt.Errorf("%s has no operation %s", api, operation)
	}
	shape := service.Shapes[op.Input]
	in := wire.Object{}
	take := func(from wire.Object) {
		for name, v := range from {
			if shape.Member(name) != nil {
				in[name] = v
			}
		}
	}
	take(m.step.Before)
	for i := range m.step.Undo {
		back := &m.step.Undo[i]
		if len(m.step.State.Only) == 0 { // what it would send and does not is none of it
			for _, member := range service.Shapes[service.Operations[back.Operation].Input].Members {
				delete(in, member.Name)
			}
		}
		take(back.Input)
	}
	if made.more != nil {
		take(made.more(m))
	}
	delete(in, "Overwrite") // it is not there yet
	if made.only != nil {
		in = in.Pick(made.only...)
	}
	if m.resource != nil && len(m.resource.Tags.Known) > 0 {
		for _, name := range []string{"tags", "Tags"} {
			if member := shape.Member(name); member != nil {
				in[name] = tags(service, member, m.resource.Tags.Known)
			}
		}
	}
	_, err = builder{m.twin}.Call(ctx, m.step.Place, fix.Call{Service: api, Operation: operation, Input: in})
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return nil
}

// tags are in the form of a member of the model: a map, or a list of names and values.
func tags(service *model.Service, member *model.Member, known map[string]string) any {
	shape := service.Shapes[member.Shape]
	if shape.Type == model.TypeMap {
		return wire.Of(known)
	}
	key, value := "Key", "Value"
	if entry := service.Shapes[shape.Element.Shape]; entry.Member(key) == nil {
		key, value = "key", "value"
	}
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		list = append(list, wire.Object{key: name, value: known[name]})
	}
	return list
}

// builder makes calls as the root users of accounts, of whom nobody asks what they may.
type builder struct{ *twin }

// Call makes a call.
func (b builder) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	root := b.IAM.Root(at.Account)
	out, err := b.World.Invoke(ctx, plane.Start(root, at.Region, b.World.Now()), root, "", nil, c.Service, c.Operation, c.Input.Clone())
	var refused *wire.Error
	if errors.As(err, &refused) {
		return nil, refusal{refused}
	}
	return out, err
}

// refusal has the error code as an [fix.Estate] has it.
type refusal struct{ refused *wire.Error }

func (r refusal) Error() string     { return r.refused.Error() }
func (r refusal) ErrorCode() string { return r.refused.Code }

// serviceRole is the ARN of the role of [making.standInRole].
func (m *making) serviceRole() string {
	return m.twin.arn(m.step.Account, "iam::"+m.step.Account+":role/"+service)
}

// standInRole is the ARN of a role that services may assume, for resources whose own role is
// not known.
func (m *making) standInRole(ctx context.Context) (string, error) {
	if m.twin.IAM.Role(m.step.Account, service) == nil {
		err := m.twin.IAM.EnsureRole(ctx, m.step.Account, iam.RoleSeed{Name: service, Policies: map[string]string{"all": everything}, Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["bedrock.amazonaws.com","bedrock-agentcore.amazonaws.com","lambda.amazonaws.com","states.amazonaws.com","firehose.amazonaws.com"]}}]}`})
		if err != nil {
			return "", err
		}
	}
	return m.serviceRole(), nil
}
