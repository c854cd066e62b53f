package emit

import (
	"cmp"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// key is what a plan says of a key that it creates, over several steps.
type key struct {
	step         *fix.Step
	alias        string
	rotation     int64 // days; 0: none
	deletion     int64
	tags         [][2]string
	policy, text string
}

// keyOf gathers what a plan says of the key that a step creates. The tag by which a run of
// Bedlock finds its keys is left out: a language has its own state.
func keyOf(p *fix.Plan, s *fix.Step) key {
	in := s.Do[0].Input
	k := key{step: s, policy: in.Text("Policy"), text: in.Text("Description")}
	for _, t := range in.Objects("Tags") {
		if t.Text("TagKey") != fix.RunTag {
			k.tags = append(k.tags, [2]string{t.Text("TagKey"), t.Text("TagValue")})
		}
	}
	for _, c := range s.Undo {
		if c.Operation == "ScheduleKeyDeletion" {
			k.deletion = c.Input.Int("PendingWindowInDays")
		}
	}
	for i := range p.Steps {
		x := &p.Steps[i]
		if x.Subject != s.Subject {
			continue
		}
		switch in := x.Do[0].Input; x.Do[0].Operation {
		case "EnableKeyRotation":
			k.rotation = in.Int("RotationPeriodInDays")
		case "CreateAlias":
			k.alias = in.Text("AliasName")
		}
	}
	return k
}

// ofKey says whether a step is part of the key of another step, and written with it.
func ofKey(p *fix.Plan, s *fix.Step) bool {
	if s.Do[0].Operation != "EnableKeyRotation" {
		return false
	}
	for i := range p.Steps {
		if x := &p.Steps[i]; x.Kind == fix.CreateKey && x.Subject == s.Subject {
			return true
		}
	}
	return false
}

// set says what to set where by hand, in the words of a language: the paths of the slots of a
// step's subject, for the types of the language among names.
func set(p *fix.Plan, c *catalog.Catalog, s *fix.Step, names func(e *catalog.Entry) []string) (out []string) {
	for i := range p.Subjects {
		sub := &p.Subjects[i]
		e := c.Type(sub.Type)
		if sub.Resource != s.Subject || sub.Why != "" || e == nil {
			continue
		}
		name, _, _ := strings.Cut(sub.Slot, "[")
		slot := e.Slot(name)
		if slot == nil {
			continue
		}
		to := sub.To
		if sub.Owner != "" {
			o := slot.Offered(sub.Owner)
			to = strings.TrimSpace("nothing, and encrypt with " + cmp.Or(o.Alias, o.Text))
		}
		for _, dialect := range names(e) {
			if path := slot.At[dialect]; !path.IsZero() {
				out = append(out, dialect+": set "+path.String()+" to "+to)
			}
		}
	}
	return out
}

// unsayable are the names of answers in an input that only calls give.
func unsayable(o wire.Object, known func(step, path string) bool) string {
	var found string
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case string:
			for _, p := range fix.Pieces(v) {
				if p.Step != "" && !known(p.Step, p.Path) {
					found = fix.Ref(p.Step, p.Path)
				}
			}
		case wire.Object:
			for _, inner := range v {
				visit(inner)
			}
		case []any:
			for _, inner := range v {
				visit(inner)
			}
		}
	}
	visit(o)
	return found
}
