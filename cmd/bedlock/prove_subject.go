package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/prove"
)

// subject are the flags of the questions about the keys of an inventory.
type subject struct {
	output
	collection
	sources []string
}

func (s *subject) flags(c *cobra.Command) {
	c.Flags().StringArrayVarP(&s.sources, "source", "s", nil, "`SOURCE` to read, as audit does: aws, template, plan, folder, saved inventory, -; may be repeated")
	s.collection.flags(c)
	s.output.flags(c, []string{"text", "json"}, "text")
	c.Flags().BoolVarP(&s.verbose, "verbose", "v", false, "show every decision with its reasons, and who cannot")
}

func (s *subject) estate(ctx context.Context, command string) (*estate.Estate, error) {
	if s.format != "text" && s.format != "json" {
		return nil, usage("use text or json", "unknown format %q", s.format)
	}
	if len(s.sources) == 0 {
		return nil, usage("name what to read: "+command+" --source templates/", "%s: no --source given", command)
	}
	if err := sourceArgs(&cobra.Command{Use: "prove"}, s.sources); err != nil {
		return nil, err
	}
	cat, err := catalog.Embedded()
	if err != nil {
		return nil, err
	}
	inv, err := s.collect(ctx, &s.output, cat, s.sources)
	if err != nil {
		return nil, err
	}
	return estate.New(inv, cat), nil
}

// write prints an answer as JSON, or by text.
func (s *subject) write(answer any, text func(*strings.Builder)) error {
	w, finish, err := s.open()
	if err != nil {
		return err
	}
	if s.format == "json" {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return finish(e.Encode(answer))
	}
	var b strings.Builder
	text(&b)
	_, err = io.WriteString(w, b.String())
	return finish(err)
}

// notFound turns a name that means nothing into an error with what it may have meant.
func notFound(err error) error {
	var e *prove.NotFoundError
	if !errors.As(err, &e) {
		return err
	}
	hint := "`bedlock audit SOURCE --verbose` lists what there is"
	if len(e.Near) > 0 {
		hint = "there is " + strings.Join(e.Near, ", ")
	}
	if e.Ambiguous {
		hint = "use one of these IDs"
	}
	return usage(hint, "%w", err)
}

func runProve(ctx context.Context, s *subject, name string) error {
	e, err := s.estate(ctx, "bedlock prove "+name)
	if err != nil {
		return err
	}
	found, err := prove.Find(e.Inventory(), name)
	if err != nil {
		return notFound(err)
	}
	p, err := prove.Of(e, found)
	if err != nil {
		return usage("give --account and --region", "%w", err)
	}
	if err := s.write(p, func(b *strings.Builder) { writeProof(b, p, s.verbose) }); err != nil {
		return err
	}
	return verdictOf(p)
}

// verdictOf is the exit code: 3 when a use is denied, 5 when one is not known.
func verdictOf(p *prove.Proof) error {
	code := exitClean
	for i := range p.Uses {
		switch p.Uses[i].Verdict {
		case "cannot":
			return &exitError{code: exitFindings}
		case "not known", "not read":
			code = exitInconclusive
		}
	}
	if code != exitClean {
		return &exitError{code: code}
	}
	return nil
}

func newWhoCan(env environment) *cobra.Command {
	s := subject{output: output{env: env}}
	c := &cobra.Command{
		Use:   "who-can ACTION KEY",
		Short: "List everybody who can do an action on a key",
		Long: `Who-can asks of every user and role of the sources, and of everybody outside them (other
principals of the account, other accounts, services), whether any request of theirs is
allowed, under which conditions, and by which statements. Each answer comes with a
request that the engine decided, or is a proof that there is none. Detours are those who
could give themselves the action.

Exit codes: 0 answered · 5 something is not known · 2 usage, or the key is not found`,
		Example: `  bedlock prove who-can kms:Decrypt alias/records --source infrastructure/
  bedlock prove who-can PutKeyPolicy RecordsKey -s inventory.json --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("bedlock prove who-can kms:Decrypt alias/records --source templates/", "who-can: it takes an action and a key, not %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.estate(cmd.Context(), "bedlock prove who-can "+args[0]+" "+args[1])
			if err != nil {
				return err
			}
			k, err := prove.FindKey(e.Inventory(), args[1])
			if err != nil {
				return notFound(err)
			}
			all, err := prove.WhoCan(e, args[0], k)
			if err != nil {
				return usage("an action is one of KMS on keys, such as kms:Decrypt", "%w", err)
			}
			if err := s.write(all, func(b *strings.Builder) {
				for i := range all {
					writeAccess(b, &all[i], s.verbose)
				}
			}); err != nil {
				return err
			}
			for i := range all {
				for n := range all[i].Who {
					if all[i].Who[n].Verdict != "can" {
						return &exitError{code: exitInconclusive}
					}
				}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return prove.Actions(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
	s.flags(c)
	return c
}

func place(at bedlock.Position) string {
	if at.IsZero() {
		return ""
	}
	return "  " + at.String()
}

func line(b *strings.Builder, indent int, format string, args ...any) {
	fmt.Fprintf(b, "%s%s\n", strings.Repeat(" ", indent), printable(fmt.Sprintf(format, args...)))
}
