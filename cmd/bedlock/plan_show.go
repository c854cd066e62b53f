package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	fixemit "github.com/bedlock/bedlock/internal/fix/emit"
)

// planFormats are what a plan is written as, and the file of each in a folder; a template is of
// one account and Region.
var planFormats = []struct {
	name, file string
	write      func(io.Writer, *fix.Plan, *catalog.Catalog) error
}{
	{"text", "plan.txt", func(w io.Writer, p *fix.Plan, _ *catalog.Catalog) error {
		_, err := io.WriteString(w, planText(p))
		return err
	}},
	{"json", "plan.json", func(w io.Writer, p *fix.Plan, _ *catalog.Catalog) error { return fix.Write(w, p) }},
	{"terraform", "main.tf", fixemit.Terraform},
	{"cloudformation", "", nil},
	{"script", "plan.sh", fixemit.Script},
}

func newPlanShow(env environment) *cobra.Command {
	var format, to string
	var formats []string
	for _, f := range planFormats {
		formats = append(formats, f.name)
	}
	c := &cobra.Command{
		Use:   "show PLAN",
		Short: "Print a plan in words, or as Terraform, CloudFormation or a script",
		Long: `Show prints a plan in words, or writes it for teams that do not let tools write:

  terraform       code for Terraform 1.5 or later and OpenTofu, which imports what is there
  cloudformation  a template for each account and Region, which imports first
  script          for a POSIX shell and the AWS CLI; it looks before and after each step,
                  goes on after an interruption, and --undo takes back what it did

Resources are written with all that their update replaces. What a language, or the plan,
does not have whole is not written: a comment says what to set where. The script does
all steps.

With -o FOLDER each file gets its usual name there. All of them have the texts of
prompts and guardrails in them: they are readable by you only.`,
		Example: `  bedlock plan show plan.json
  bedlock plan show plan.json --format terraform -o main.tf
  bedlock plan show plan.json --format cloudformation -o templates/
  bedlock plan show plan.json --format script -o plan.sh && sh plan.sh`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			plan, err := readPlan(args[0])
			if err != nil {
				return err
			}
			return showPlan(env, plan, format, to)
		},
	}
	c.Flags().StringVar(&format, "format", "text", "what is written: "+list(formats))
	c.Flags().StringVarP(&to, "output", "o", "", "write to `FILE`, or into a folder, instead of standard output")
	c.ValidArgsFunction = filesOf("json")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// showPlan writes a plan in a format.
func showPlan(env environment, plan *fix.Plan, format, to string) error {
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	folder := to != "" && (os.IsPathSeparator(to[len(to)-1]) || isFolder(to))
	if folder {
		if err := os.MkdirAll(to, 0o700); err != nil {
			return usage("name another folder", "%w", err)
		}
	}
	for _, f := range planFormats {
		if f.name != format {
			continue
		}
		if f.write == nil {
			return showTemplates(env, plan, cat, to, folder)
		}
		var b bytes.Buffer
		if err := f.write(&b, plan, cat); err != nil {
			return err
		}
		switch {
		case folder:
			return writePrivate(filepath.Join(to, f.file), b.Bytes())
		case format == "text" && to == "":
			o := output{env: env}
			return o.words(env.stdout, b.String())
		}
		return show(env, b.Bytes(), to)
	}
	return usage("use text, json, terraform, cloudformation or script", "unknown format %q", format)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// showTemplates writes a template for each account and Region.
func showTemplates(env environment, plan *fix.Plan, cat *catalog.Catalog, to string, folder bool) error {
	places := fixemit.Places(plan)
	if len(places) > 1 && !folder {
		return usage("name a folder with -o FOLDER/", "the plan is of %d accounts and Regions, and a template is of one", len(places))
	}
	for _, place := range places {
		var b bytes.Buffer
		if err := fixemit.CloudFormation(&b, plan, cat, place); err != nil {
			return err
		}
		file := to
		if folder {
			file = filepath.Join(to, fmt.Sprintf("%s-%s.template.json", place.Account, place.Region))
		}
		if err := show(env, b.Bytes(), file); err != nil {
			return err
		}
	}
	return nil
}

func show(env environment, b []byte, file string) error {
	if file != "" {
		return writePrivate(file, b)
	}
	_, err := env.stdout.Write(b)
	return err
}

// writePrivate writes a file for its owner's eyes; it appears whole or not at all.
func writePrivate(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return usage("the folder must exist and be writable", "open output %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
