package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/workload"
)

func newPlanWorkload(env environment) *cobra.Command {
	return &cobra.Command{
		Use:   "workload [NAME]",
		Short: "List the workloads that come with Bedlock, or print the profile of one",
		Long: `Workload lists the profiles of applications that come with Bedlock. With a name it prints
that profile, which is a good beginning for one of your own: docs/workload.md says what can be
in it.`,
		Example: `  bedlock plan workload
  bedlock plan workload budgeteer > mine.yaml
  bedlock plan aws --workload mine.yaml --set environment=staging -o plan.json`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: workload.Builtin(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				b, err := workload.Text(args[0])
				if err != nil {
					return usage("`bedlock plan workload` lists them", "%w", err)
				}
				_, err = env.stdout.Write(b)
				return err
			}
			cat, err := catalog.Embedded()
			if err != nil {
				return err
			}
			for _, name := range workload.Builtin() {
				p, err := workload.Load(name, cat)
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(env.stdout, "%s  %s\n", name, p.Title); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// readWorkload reads the workload that the flags name: one that comes with the program, or a file.
// What flags do not say of the key and of the types is then the workload's. Nil: they name none.
func (p *planFlags) readWorkload(o *output, s *collection, cat *catalog.Catalog) (*workload.Workload, error) {
	if p.workload == "" {
		if len(p.set) > 0 {
			return nil, usage("name it with --workload", "--set is for the variables of a workload")
		}
		return nil, nil
	}
	profile, err := workload.Load(p.workload, cat)
	if err != nil {
		b, unreadable := os.ReadFile(p.workload)
		if unreadable != nil {
			return nil, usage("name a file, or one of those that `bedlock plan workload` lists: "+strings.Join(workload.Builtin(), ", "), "%w", unreadable)
		}
		if profile, err = workload.Parse(p.workload, b, cat); err != nil {
			return nil, usage("docs/workload.md describes profiles; `bedlock plan workload "+workload.Builtin()[0]+"` prints one", "%w", err)
		}
	}
	w, err := profile.With(p.set)
	if err != nil {
		return nil, usage("give variables values with --set NAME=VALUE", "%w", err)
	}
	var flag, variable string
	if p.given("to") {
		flag = p.to
	}
	if profile.Key.Environment != "" {
		variable = o.env.getenv(profile.Key.Environment)
	}
	choice := w.Choose(flag, variable)
	p.to = choice.To
	if choice.Instead != "" {
		fmt.Fprintln(o.env.stderr, "bedlock:", choice.Instead)
	}
	p.newKey(w.Target())
	if len(s.live.types) == 0 {
		s.live.types = w.Types()
	}
	return w, nil
}

// newKey takes what is said of a new key where no flag says it.
func (p *planFlags) newKey(t fix.Target) {
	if !p.given("alias") {
		p.alias = t.Alias
	}
	if !p.given("tag") {
		p.tags = t.Tags
	}
	if !p.given("rotation") {
		p.rotation = cmp.Or(t.RotationDays, p.rotation)
	}
	if !p.given("deletion-window") {
		p.deletion = cmp.Or(t.DeletionDays, p.deletion)
	}
}
