package custom

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/inventory"
)

// input is the variable of one subject, and which of its parts are not known.
type input struct {
	value   map[string]any
	unknown []unknown
}

// unknown is a path of field names, the variable's first, and why.
type unknown struct {
	path []string
	why  string
}

func (in *input) open(why string, path ...string) {
	in.unknown = append(in.unknown, unknown{path, why})
}

// activation binds the variable; unknown parts are unknown to CEL.
func (in *input) activation(variable string) (cel.PartialActivation, error) {
	patterns := make([]*cel.AttributePatternType, len(in.unknown))
	for i, u := range in.unknown {
		patterns[i] = cel.AttributePattern(u.path[0])
		for _, name := range u.path[1:] {
			patterns[i].QualString(name)
		}
	}
	return cel.PartialVars(map[string]any{variable: in.value}, patterns...)
}

// why explains an unknown by the longest path that it begins with.
func (in *input) why(attribute string) string {
	for _, u := range in.unknown {
		path := strings.Join(u.path, ".")
		if attribute == path || strings.HasPrefix(attribute, path+".") || strings.HasPrefix(attribute, path+"[") {
			return path + " is not known: " + u.why
		}
	}
	return attribute + " is not known"
}

func subjectInput(s audit.CustomSubject) *input {
	in := &input{}
	switch s.Scope {
	case audit.ScopeResource:
		in.value = in.resource(s.Resource, "resource")
	case audit.ScopeKey:
		in.value = in.key(s.Key, "key")
	default:
		m := s.Slot
		texts := make([]any, len(m.Evidence))
		for i, e := range m.Evidence {
			texts[i] = e.Text
		}
		in.value = map[string]any{
			"name": m.Subject.Slot, "rung": m.Rung.String(), "keyText": m.Key, "service": m.Service, "change": m.Change,
			"evidence": texts, "resource": in.resource(s.Resource, "slot", "resource"), "key": nil,
		}
		if s.Key != nil {
			in.value["key"] = in.key(s.Key, "slot", "key")
		}
	}
	return in
}

func (in *input) resource(r *inventory.Resource, at ...string) map[string]any {
	return map[string]any{
		"id": r.ID, "type": r.Type, "address": r.Address,
		"name": fact(in, r.Name, at, "name"), "account": fact(in, r.Account, at, "account"), "region": fact(in, r.Region, at, "region"),
		"tags": in.tags(r.Tags, at),
	}
}

func (in *input) key(k *inventory.Key, at ...string) map[string]any {
	m := map[string]any{
		"id": k.ID, "name": k.Name, "replica": k.Replica,
		"account": fact(in, k.Account, at, "account"), "region": fact(in, k.Region, at, "region"),
		"manager": fact(in, k.Manager, at, "manager"), "state": fact(in, k.State, at, "state"), "spec": fact(in, k.Spec, at, "spec"),
		"usage": fact(in, k.Usage, at, "usage"), "origin": fact(in, k.Origin, at, "origin"), "multiRegion": fact(in, k.MultiRegion, at, "multiRegion"),
		"rotation": fact(in, k.Rotation, at, "rotation"), "rotationDays": fact(in, k.RotationDays, at, "rotationDays"),
		"deletionDays": fact(in, k.DeletionDays, at, "deletionDays"), "description": fact(in, k.Description, at, "description"),
		"policy": nil, "tags": in.tags(k.Tags, at),
	}
	if owner, ok := k.Manager.Get(); ok {
		m["manager"] = string(owner)
	}
	if p, ok := k.Policy.Get(); ok {
		m["policy"] = p.Text
	} else {
		fact(in, k.Policy, at, "policy")
	}
	return m
}

// fact is a value of the inventory: null when absent, unknown unless it is known.
func fact[T any](in *input, v inventory.Value[T], at []string, name string) any {
	switch v.State() {
	case inventory.StateKnown:
		value, _ := v.Get()
		if text, ok := any(value).(string); ok && strings.Contains(text, "${bedlock:") {
			in.open("it is "+text, append(slices.Clone(at), name)...)
			return nil
		}
		return value
	case inventory.StateAbsent:
		return nil
	case inventory.Unrecorded:
		in.open("the source does not record it", append(slices.Clone(at), name)...)
	default:
		in.open(v.Why(), append(slices.Clone(at), name)...)
	}
	return nil
}

func (in *input) tags(t inventory.Tags, at []string) map[string]any {
	m := make(map[string]any, len(t.Known))
	for k, v := range t.Known {
		m[k] = v
	}
	if t.Open != "" {
		in.open(t.Open, append(slices.Clone(at), "tags")...)
	}
	return m
}
