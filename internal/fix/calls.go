package fix

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// Calls are all calls that the step may make, each in the form that the plan has: those that read,
// those there and those back.
func (s *Step) Calls() []Call {
	var out []Call
	if s.State != nil {
		out = append(out, s.State.Read)
	}
	for i := range s.Given {
		out = append(out, s.Given[i].State.Read)
	}
	if s.Wait != nil {
		out = append(out, s.Wait.Read)
	}
	if s.Find != nil {
		id := Ref(s.ID, "KeyMetadata.KeyId")
		for _, operation := range []string{"ListResourceTags", "DescribeKey"} {
			out = append(out, kms(operation, wire.Object{"KeyId": id}))
		}
		out = append(out, kms("ListKeys", wire.Object{}))
	}
	if s.Learn != nil {
		out = append(out, s.Learn.List)
	}
	if s.Take != nil {
		out = append(out, *s.Take)
	}
	out = append(out, s.Do...)
	return append(out, s.Undo...)
}

// References are the paths that the plan's steps name of answers, by the step that answers.
func (p *Plan) References() map[string][]string {
	out := map[string][]string{}
	for i := range p.Steps {
		for _, ref := range references(&p.Steps[i]) {
			if !slices.Contains(out[ref[1]], ref[2]) {
				out[ref[1]] = append(out[ref[1]], ref[2])
			}
		}
	}
	return out
}

// Parts returns an object with the values at paths alone.
func Parts(o wire.Object, paths []string) wire.Object {
	out := wire.Object{}
	for _, path := range paths {
		if v := o.At(path); v != nil {
			put(out, path, v)
		}
	}
	return out
}

// Without returns an object without the values at paths. Lists are entered.
func Without(o wire.Object, paths []string) wire.Object {
	if o == nil {
		return nil
	}
	out := o.Clone()
	for _, path := range paths {
		drop(out, strings.Split(path, "."))
	}
	return out
}
