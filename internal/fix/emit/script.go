package emit

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// prelude is what every script begins with.
//
//go:embed prelude.sh
var prelude string

// Script writes a plan as a script for a POSIX shell and the AWS CLI. The error is about a plan
// that has a way to find something that the script does not know.
func Script(w io.Writer, p *fix.Plan, _ *catalog.Catalog) error {
	s := &script{plan: p, names: map[string]string{}}
	for i := range p.Steps {
		s.names[p.Steps[i].ID] = fmt.Sprintf("s%02d", i+1)
	}
	s.head()
	s.text(prelude)
	s.known()
	s.accounts()
	s.answers()
	for i := range p.Steps {
		if err := s.step(&p.Steps[i]); err != nil {
			return fmt.Errorf("step %s: %w", p.Steps[i].ID, err)
		}
	}
	s.main()
	_, err := io.WriteString(w, s.b.String())
	return err
}

type script struct {
	b    strings.Builder
	plan *fix.Plan
	// names are the names of steps in the script.
	names map[string]string
	// paths are the paths that the plan names of answers, by the step; nil: not looked for yet.
	paths map[string][]string
}

func (s *script) text(t string)                 { s.b.WriteString(t) }
func (s *script) line(form string, args ...any) { fmt.Fprintf(&s.b, form+"\n", args...) }

// comment writes a text as a comment, whatever is in it.
func (s *script) comment(text string) { s.line("# %s", strings.Join(strings.Fields(text), " ")) }

func (s *script) head() {
	s.line("#!/bin/sh")
	s.line("# Plan %s of Bedlock: %d steps.", s.plan.ID, len(s.plan.Steps))
	s.line("#")
	s.line("#   sh FILE          do them, or go on where it was interrupted")
	s.line("#   sh FILE --undo   take back what was done, the last step first")
	s.line("#")
	s.line("# It keeps what it did in the folder bedlock-run-%s, or in that which BEDLOCK_RUN names; --undo", s.plan.ID)
	s.line("# needs it. Credentials are those of the AWS CLI; PROFILE_<account> names a profile for one")
	s.line("# account. The script has the configuration of what it changes in it: keep it to yourself.")
	if len(s.plan.Manual) > 0 {
		s.line("#")
		s.line("# By hand, for no call can do it:")
	}
	for _, m := range s.plan.Manual {
		s.comment("  " + m.Title + ": " + m.Why)
	}
	s.line("set -eu")
	s.line("run=${BEDLOCK_RUN:-bedlock-run-%s}", s.plan.ID)
	s.line("")
}

// known sees to it that the AWS CLI has all commands before the first of them is run.
func (s *script) known() {
	seen := map[string]bool{}
	add := func(c fix.Call) { seen[command(c.Service)+" "+kebab(c.Operation)] = true }
	for i := range s.plan.Steps {
		x := &s.plan.Steps[i]
		for _, c := range slices.Concat(x.Do, x.Undo) {
			add(c)
		}
		if x.Take != nil {
			add(*x.Take)
		}
		if x.State != nil {
			add(x.State.Read)
		}
		if x.Wait != nil {
			add(x.Wait.Read)
		}
		if x.Learn != nil {
			add(x.Learn.List)
		}
	}
	s.line(`if [ ! -e "$run/known" ]; then`)
	for _, c := range slices.Sorted(maps.Keys(seen)) {
		s.line("  known %s", c)
	}
	s.line(`  : >"$run/known"`)
	s.line("fi")
}

// accounts sees to it that each account is reached by its own credentials.
func (s *script) accounts() {
	s.line("")
	seen := map[string]bool{}
	for i := range s.plan.Steps {
		seen[s.plan.Steps[i].Account] = true
	}
	for _, a := range slices.Sorted(maps.Keys(seen)) {
		s.line(`caller=$(as %s sts get-caller-identity --query Account --output text) || fail "no credentials for account %[1]s"`, word(a))
		s.line(`[ "$caller" = %s ] || fail "the credentials are of account $caller: name a profile for %[1]s in PROFILE_%[1]s"`, word(a))
	}
}

// answers writes the function that sets the variables for what steps have answered.
func (s *script) answers() {
	s.line("\nanswers() {")
	for i := range s.plan.Steps {
		// The state after a step that learns has the number in it, which is not known at first.
		if x := &s.plan.Steps[i]; x.Learn != nil {
			for _, p := range s.wanted(x) {
				s.line("  %s=${%[1]s-}", variable(s.names[x.ID], p))
			}
		}
	}
	s.line("  IFS='\t'")
	for i := range s.plan.Steps {
		name := s.names[s.plan.Steps[i].ID]
		if paths := s.wanted(&s.plan.Steps[i]); len(paths) > 0 {
			var vars []string
			for _, p := range paths {
				vars = append(vars, variable(name, p))
			}
			s.line(`  [ ! -s "$run/%s.answer" ] || read -r %s <"$run/%[1]s.answer" || :`, name, strings.Join(vars, " "))
		}
	}
	s.line("  unset IFS")
	s.line("}")
	s.line("answers")
}

// wanted are the paths in the answer of a step that the plan names, sorted.
func (s *script) wanted(step *fix.Step) []string {
	if s.paths == nil {
		s.paths = map[string][]string{}
		for i := range s.plan.Steps {
			for answer, paths := range s.named(&s.plan.Steps[i]) {
				s.paths[answer] = append(s.paths[answer], paths...)
			}
		}
		for answer, paths := range s.paths {
			slices.Sort(paths)
			s.paths[answer] = slices.Compact(paths)
		}
	}
	return s.paths[step.ID]
}

// named are the paths in answers that a step names, by the step that answers.
func (s *script) named(x *fix.Step) map[string][]string {
	out := map[string][]string{}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case string:
			for _, p := range fix.Pieces(v) {
				if p.Step != "" {
					out[p.Step] = append(out[p.Step], p.Path)
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
	for _, c := range slices.Concat(x.Do, x.Undo) {
		visit(c.Input)
	}
	visit(x.Before)
	visit(x.After)
	if x.State != nil {
		visit(x.State.Read.Input)
		for _, text := range x.State.Pick {
			visit(text)
		}
	}
	if x.Wait != nil {
		visit(x.Wait.Read.Input)
	}
	return out
}

func variable(step, path string) string { return step + "_" + strings.ReplaceAll(path, ".", "_") }

// query is the JMESPath of the answers of a step.
func query(paths []string) string { return "[" + strings.Join(paths, ",") + "]" }

// word is a text as one word of the shell.
func word(text string) string {
	for _, r := range text {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@", r) {
			return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
		}
	}
	if text == "" {
		return "''"
	}
	return text
}

// double is a text in double quotes, with the names of answers as variables.
func (s *script) double(text string) string { return `"` + s.expand(text, "\\$`\"") + `"` }

// expand puts variables in the place of names, and a backslash before each of some signs.
func (s *script) expand(text, special string) string {
	var b strings.Builder
	for _, p := range fix.Pieces(text) {
		switch p.Step {
		case "":
			for _, r := range p.Text {
				if strings.ContainsRune(special, r) {
					b.WriteByte('\\')
				}
				b.WriteRune(r)
			}
		case fix.Run:
			b.WriteString("${run_id}")
		case fix.Taken:
			b.WriteString("${" + variable(fix.Taken, p.Path) + "}")
		default:
			b.WriteString("${" + variable(s.names[p.Step], p.Path) + "}")
		}
	}
	return b.String()
}

// end is the line that ends what is written within the script. No line of JSON and no line of a
// state is like it.
const end = "END_OF_TEXT"

// here writes a command with a text as its standard input. The text is taken as it is, but for
// the names of answers.
func (s *script) here(command, text string) {
	s.line("  %s <<%s", command, end)
	s.text(s.expand(text, "\\$`"))
	s.line("\n%s", end)
}
