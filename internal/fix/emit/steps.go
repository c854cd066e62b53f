package emit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// step writes the functions of a step.
func (s *script) step(x *fix.Step) error {
	name := s.names[x.ID]
	s.line("")
	s.comment(x.ID + ": " + x.Title)
	if len(x.Given) > 0 {
		s.line("%s_given() {", name)
		for i := range x.Given {
			if err := s.fact(x, &x.Given[i]); err != nil {
				return err
			}
		}
		s.line("}")
	}
	if x.State != nil {
		if err := s.states(x, name); err != nil {
			return err
		}
	}
	if x.Wait != nil {
		s.line("%s_wait() {", name)
		if err := s.read("wait_for", x.Place, x.Wait.Read, word(x.Wait.At), word(statuses(x.Wait.Until)), word(statuses(x.Wait.Failed))); err != nil {
			return err
		}
		s.line("}")
	}
	if x.Find != nil {
		if x.Find.Tag != fix.RunTag {
			return errors.New("it finds what it made by another tag than the script does")
		}
		s.line("%s_find() {", name)
		s.line("  find_key %s %s %s %s %s %s", word(x.Account), word(x.Region), word(x.Find.Tag), s.double(x.Find.Value), name, word(query(s.wanted(x))))
		s.line("}")
	}
	if err := s.take(x, name); err != nil {
		return err
	}
	if err := s.learn(x, name); err != nil {
		return err
	}
	answer := ""
	if paths := s.wanted(x); len(paths) > 0 && x.Learn == nil {
		answer = " " + name + " " + word(query(paths))
	}
	if err := s.calls(x, name+"_do", name+"_rest", x.Do, answer); err != nil {
		return err
	}
	return s.calls(x, name+"_undo", name+"_undo_rest", x.Undo, "")
}

// take writes how a value is read that no file may have: it goes into a variable, as a JSON text
// without its quotes.
func (s *script) take(x *fix.Step, name string) error {
	if x.Take == nil {
		return nil
	}
	s.line("%s_take() {", name)
	if err := s.read("take", x.Place, *x.Take); err != nil {
		return err
	}
	paths := s.named(x)[fix.Taken]
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		s.line(`  %s=$(taken %s); [ -n "$%[1]s" ] || fail "there is no %[2]s to take"`, variable(fix.Taken, path), word(path))
	}
	s.line(`  rm "$tmp/output" "$tmp/lines"`)
	s.line("}")
	return nil
}

// learn writes how a number is read that no call answers, and that nobody else has made one.
func (s *script) learn(x *fix.Step, name string) error {
	if x.Learn == nil {
		return nil
	}
	paths := s.wanted(x)
	if len(paths) != 1 {
		return errors.New("it learns more than the script can")
	}
	at := x.State.At + "." + place(x.After, fix.Ref(x.ID, paths[0]))
	but := word(strings.Join(x.Learn.But, " "))
	s.line("%s_learn() {", name)
	if err := s.read("learn", x.Place, x.State.Read, word(strings.TrimPrefix(at, ".")), but, name); err != nil {
		return err
	}
	s.line("}")
	s.line("%s_no_more() {", name)
	if err := s.read("no_more", x.Place, x.Learn.List, word(x.Learn.Items+"[]."+x.Learn.Name), but); err != nil {
		return err
	}
	s.line("}")
	return nil
}

// place is the JMESPath of a text in a value; empty: it is not there.
func place(v any, text string) string {
	switch v := v.(type) {
	case wire.Object:
		for name, inner := range v {
			if inner == text {
				return name
			}
			if at := place(inner, text); strings.HasPrefix(at, "[") {
				return name + at
			} else if at != "" {
				return below(name, at)
			}
		}
	case []any:
		for i := range v {
			if at := place(v[i], text); at != "" {
				return fmt.Sprintf("[%d].%s", i, at)
			}
		}
	}
	return ""
}

// statuses are the words by which the script knows statuses; null is what the AWS CLI says of one
// that is not there.
func statuses(list []string) string {
	out := slices.Clone(list)
	for i := range out {
		if out[i] == "" {
			out[i] = "null"
		}
	}
	return strings.Join(out, " ")
}

// calls writes calls as two functions: of the first of them, and of those after it.
func (s *script) calls(x *fix.Step, first, rest string, calls []fix.Call, answer string) error {
	write := func(name string, calls []fix.Call) error {
		if len(calls) == 0 {
			return nil
		}
		s.line("%s() {", name)
		if x.Take != nil {
			s.line("  %s_take", s.names[x.ID])
		}
		for _, c := range calls {
			if err := s.read("call", x.Place, c, word(strings.Join(c.Already, " "))+answer); err != nil {
				return err
			}
			answer = ""
		}
		if x.Take != nil {
			s.line(`  rm "$tmp/input"`)
		}
		s.line("}")
		return nil
	}
	if err := write(first, calls[:min(1, len(calls))]); err != nil {
		return err
	}
	return write(rest, calls[min(1, len(calls)):])
}

// read writes one of the commands that make calls, with its further arguments.
func (s *script) read(do string, at fix.Place, c fix.Call, more ...string) error {
	in, err := input(c.Input)
	if err != nil {
		return err
	}
	words := slices.Concat([]string{do, word(at.Account), word(at.Region), command(c.Service), kebab(c.Operation)}, more)
	s.here(strings.Join(words, " "), in)
	return nil
}

// states writes how a step's state is read, and what it is before and after.
func (s *script) states(x *fix.Step, name string) error {
	before, after := lines(x.State, x.Before), lines(x.State, x.After)
	s.line("%s_state() {", name)
	if err := s.state(x.Place, x.State, before, after); err != nil {
		return err
	}
	s.line("}")
	s.expected(name+"_before", before.lines)
	s.expected(name+"_after", after.lines)
	return nil
}

// expected writes a function that prints lines, sorted as the script sorts them: the names of
// answers in them are known only there.
func (s *script) expected(name string, list []string) {
	s.line("%s() {", name)
	if len(list) == 0 {
		s.line("  :")
	} else {
		s.here("LC_ALL=C sort", strings.Join(list, "\n"))
	}
	s.line("}")
}

// state writes how a state is read that is expected to be one of several.
func (s *script) state(at fix.Place, state *fix.State, expected ...flattener) error {
	drop, documents := slices.Clone(state.Drop), []string(nil)
	for _, f := range expected {
		drop, documents = append(drop, f.times...), append(documents, f.documents...)
	}
	return s.read("state", at, state.Read, s.selection(state), word(state.Absent), list(state.Only), list(drop), list(documents))
}

// list is one word with all paths of a list in it.
func list(paths []string) string {
	paths = slices.Sorted(slices.Values(paths))
	return word(strings.Join(slices.Compact(paths), " "))
}

// selection is the JMESPath of what a state is about.
func (s *script) selection(state *fix.State) string {
	switch {
	case state.At == "":
		return "@"
	case len(state.Pick) == 0:
		return word(state.At)
	}
	var match []string
	for _, name := range slices.Sorted(maps.Keys(state.Pick)) {
		match = append(match, name+"=='"+strings.ReplaceAll(state.Pick[name], "'", `\'`)+"'")
	}
	return s.double(state.At + "[?" + strings.Join(match, " && ") + "] | [0]")
}

// fact writes the check of something that must not have changed.
func (s *script) fact(x *fix.Step, f *fix.Fact) error {
	if f.Want == nil {
		s.line("  say %s", word("    not checked: "+f.Title))
		return nil
	}
	want := lines(&f.State, f.Want)
	s.line("  {")
	if err := s.state(x.Place, &f.State, want); err != nil {
		return err
	}
	s.line(`  } >"$tmp/now"`)
	s.line("  {")
	s.here("LC_ALL=C sort", strings.Join(want.lines, "\n"))
	s.line(`  } >"$tmp/before"`)
	s.line(`  cmp -s "$tmp/now" "$tmp/before" || differs %s "$tmp/before"`, word(oneLine(f.Title)))
	return nil
}

// main writes what is done, and the way back.
func (s *script) main() {
	s.line("\ncase ${1-} in")
	s.line("'')")
	s.line(`  if [ -e "$run/undoing" ]; then fail "this run is on its way back, or was taken back: finish that, then name another folder in BEDLOCK_RUN"; fi`)
	for i := range s.plan.Steps {
		x := &s.plan.Steps[i]
		s.line("  step %s %s %s", s.names[x.ID], word(oneLine(x.Title)), word(strings.Join(partsOf(x, len(x.Do)), " ")))
	}
	s.line(`  say "plan %s is applied; sh $0 --undo takes it back" ;;`, s.plan.ID)
	s.line("--undo)")
	for i := range s.plan.Steps {
		if x := &s.plan.Steps[i]; x.Lasting != "" {
			s.line(`  if [ -e "$run/%s.called" ] && [ ! -e "$run/undoing" ]; then fail %s; fi`, s.names[x.ID], word("step "+x.ID+" cannot be taken back: "+oneLine(x.Lasting)))
		}
	}
	s.line(`  : >"$run/undoing"`)
	for i := len(s.plan.Steps) - 1; i >= 0; i-- {
		if x := &s.plan.Steps[i]; len(x.Undo) > 0 {
			parts := partsOf(x, len(x.Undo))
			if x.Before == nil {
				parts = slices.DeleteFunc(parts, func(p string) bool { return p == "wait" })
			}
			s.line("  back %s %s %s", s.names[x.ID], word(oneLine(x.Title)), word(strings.Join(parts, " ")))
		}
	}
	s.line(`  say "what the run did is taken back" ;;`)
	s.line("*)")
	s.line(`  say "usage: sh $0 [--undo]"`)
	s.line("  exit 2 ;;")
	s.line("esac")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// partsOf are the functions that a step has besides its first call.
func partsOf(x *fix.Step, calls int) (out []string) {
	for part, has := range map[string]bool{"given": len(x.Given) > 0, "state": x.State != nil, "find": x.Find != nil, "wait": x.Wait != nil, "rest": calls > 1, "learn": x.Learn != nil} {
		if has {
			out = append(out, part)
		}
	}
	slices.Sort(out)
	return out
}
