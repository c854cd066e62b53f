package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bedlock/bedlock/internal/report"
)

// output are the flags of every command that prints a report.
type output struct {
	env     environment
	format  string
	file    string
	noColor bool
	verbose bool
	brief   bool
}

func (o *output) flags(c *cobra.Command, formats []string, def string) {
	f := c.Flags()
	f.StringVar(&o.format, "format", def, "output format: "+list(formats))
	f.StringVarP(&o.file, "output", "o", "", "write to `FILE` instead of standard output")
	f.BoolVar(&o.noColor, "no-color", false, "no colour on terminals (NO_COLOR does the same)")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// open returns where to write and a function that finishes it: a file appears
// whole or not at all.
func (o *output) open() (w io.Writer, finish func(error) error, err error) {
	if o.file == "" {
		return o.env.stdout, func(err error) error { return err }, nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(o.file), "."+filepath.Base(o.file)+"-*")
	if err != nil {
		return nil, nil, usage("the folder must exist and be writable", "open output %s: %w", o.file, err)
	}
	return tmp, func(err error) error {
		defer os.Remove(tmp.Name())
		if cerr := tmp.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
		if err := os.Chmod(tmp.Name(), 0o644); err != nil {
			return err
		}
		return os.Rename(tmp.Name(), o.file)
	}, nil
}

// options describes the terminal to the renderers.
func (o *output) options() report.Options {
	opts := report.Options{Verbose: o.verbose, Brief: o.brief}
	if f, ok := o.env.stdout.(*os.File); ok && o.file == "" && term.IsTerminal(int(f.Fd())) {
		opts.Color = !o.noColor && o.env.getenv("NO_COLOR") == "" && o.env.getenv("TERM") != "dumb"
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			opts.Width = w
		}
	}
	return opts
}

// progress returns a function that tells a person on a terminal how far a long
// reading has come; elsewhere it says nothing.
func (o *output) progress() (step func(done, total int, what string), clear func()) {
	f, ok := o.env.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || o.env.getenv("TERM") == "dumb" {
		return func(int, int, string) {}, func() {}
	}
	return func(done, total int, what string) {
			if done%25 == 0 || done == total {
				fmt.Fprintf(f, "\r\033[K%s %d of %d", what, done, total)
			}
		}, func() {
			fmt.Fprint(f, "\r\033[K")
		}
}

// note tells people something that is no result.
func (o *output) note(format string, args ...any) { fmt.Fprintf(o.env.stderr, format+"\n", args...) }

func list(names []string) string {
	s := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			s += " or "
		default:
			s += ", "
		}
		s += n
	}
	return s
}
