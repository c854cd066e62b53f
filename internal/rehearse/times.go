package rehearse

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/model"
)

// timeless is a plan without the times that services note of their resources, such as when one
// was created: those of the twin are others, and they are no configuration. A time that a step
// sends is one, and stays.
func timeless(p *fix.Plan) (*fix.Plan, error) {
	out := *p
	out.Steps = slices.Clone(p.Steps)
	for i := range out.Steps {
		s := &out.Steps[i]
		if s.State == nil || len(s.State.Only) > 0 {
			continue
		}
		paths, err := noted(s)
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			continue
		}
		state := *s.State
		state.Drop = slices.Concat(state.Drop, paths)
		s.State, s.Before, s.After = &state, fix.Without(s.Before, paths), fix.Without(s.After, paths)
	}
	return &out, nil
}

// noted are the paths of the times in a step's state that none of its calls sends.
func noted(s *fix.Step) ([]string, error) {
	service, err := model.Load(s.State.Read.Service)
	if err != nil {
		return nil, err
	}
	sent := map[string]bool{}
	for _, c := range slices.Concat(s.Do, s.Undo) {
		api, err := model.Load(c.Service)
		if err != nil {
			return nil, err
		}
		if op := api.Operations[c.Operation]; op != nil && op.Input != "" {
			times(api, op.Input, "", nil, func(path string) { sent[last(path)] = true })
		}
	}
	op := service.Operations[s.State.Read.Operation]
	if op == nil {
		return nil, nil // the step fails by it, and says so
	}
	var out []string
	times(service, op.Output, "", nil, func(path string) {
		if path, below := below(s.State.At, path); below && !sent[last(path)] {
			out = append(out, path)
		}
	})
	return out, nil
}

// below is a path from another one on.
func below(at, path string) (string, bool) {
	if at == "" {
		return path, true
	}
	return strings.CutPrefix(path, at+".")
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// times finds the timestamps in a shape; lists are entered, as [fix.State] enters them.
func times(service *model.Service, name, at string, within []string, found func(path string)) {
	shape := service.Shapes[name]
	switch {
	case slices.Contains(within, name):
		return // a shape that contains itself
	case shape.Type == model.TypeTimestamp:
		found(at)
	case shape.Type == model.TypeList:
		times(service, shape.Element.Shape, at, append(within, name), found)
	case shape.Type == model.TypeStructure:
		for i := range shape.Members {
			m := &shape.Members[i]
			path := m.Name
			if at != "" {
				path = at + "." + m.Name
			}
			times(service, m.Shape, path, append(within, name), found)
		}
	}
}
