package main

import (
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

func newProve(env environment) *cobra.Command {
	s := subject{output: output{env: env}}
	c := &cobra.Command{
		Use:   "prove KEY|RESOURCE --source SOURCE",
		Short: "Decide who may do what with a key, and because of what",
		Long: `Prove answers questions of authorization with an engine that follows IAM's and KMS's
own rules. For a key it shows who must be able to use it and whether they can, everybody
who can decrypt with it, and who outside its account can; for a resource, whether those
who need its keys can use them. What says no is named with its place, and with the
smallest change that mends it.

A KEY is an ARN, id, alias, or its name in the source; a RESOURCE likewise. The commands
below ask other questions, of files with policies and requests too.

Exit codes: 0 every use that is needed is possible · 3 one is denied · 5 one is not
known · 2 usage, or nothing has that name`,
		Example: `  bedlock prove alias/records --source infrastructure/
  bedlock prove Docs --source template.yaml --verbose
  bedlock prove who-can kms:Decrypt alias/records --source inventory.json
  bedlock prove simulate request.yaml
  bedlock prove compare new.json old.json
  bedlock prove lint key-policy.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("`bedlock prove --help` lists the questions", "prove: one key or resource at a time, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return runProve(cmd.Context(), &s, args[0])
		},
	}
	s.flags(c)
	c.AddCommand(newWhoCan(env), newLeast(env), newSimulate(env), newCompare(env), newLint(env))
	return c
}

// printable keeps names from a file from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return '?'
		}
		return r
	}, s)
}
