package model

import (
	"errors"
	"fmt"
)

// SkipMembers is returned by a visitor to leave out what is below the member.
var SkipMembers = errors.New("skip members")

// Walk calls visit for every member reachable from a shape, parents before
// children, in the model's order, which does not change between calls. The
// path joins member names with dots; list elements and map values are visited
// too and add "[]" and "{}": "collaborators[].roleArn". Map keys are not
// visited.
//
// A shape that contains itself is visited again inside itself, but not entered
// again, so a walk always ends. Shapes that share parts in many ways can still
// make it long; return SkipMembers to prune it. Any other error stops the walk
// and is returned as it is.
func (s *Service) Walk(shape string, visit func(path string, m *Member, sh *Shape) error) error {
	root := s.Shapes[shape]
	if root == nil {
		return fmt.Errorf("walk %s: no shape %q", s.Name, shape)
	}
	w := walker{service: s, open: map[*Shape]bool{}}
	w.visit = func(path string, _ *Shape, m *Member, sh *Shape) error { return visit(path, m, sh) }
	return w.enter("", root)
}

// walker is one walk; open holds the shapes on the way from the root. The
// visitor is also told the shape that the member belongs to.
type walker struct {
	service *Service
	visit   func(path string, parent *Shape, m *Member, sh *Shape) error
	open    map[*Shape]bool
}

func (w *walker) enter(path string, sh *Shape) error {
	if w.open[sh] {
		return nil
	}
	w.open[sh] = true
	defer delete(w.open, sh)
	for i := range sh.Members {
		m := &sh.Members[i]
		below := m.Name
		if path != "" {
			below = path + "." + m.Name
		}
		if err := w.step(below, sh, m); err != nil {
			return err
		}
	}
	if sh.Element != nil {
		return w.step(path+"[]", sh, sh.Element)
	}
	if sh.Value != nil {
		return w.step(path+"{}", sh, sh.Value)
	}
	return nil
}

func (w *walker) step(path string, parent *Shape, m *Member) error {
	sh := w.service.Shapes[m.Shape]
	switch err := w.visit(path, parent, m, sh); {
	case err == SkipMembers:
		return nil
	case err != nil:
		return err
	}
	return w.enter(path, sh)
}
