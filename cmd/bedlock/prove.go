package main

import (
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

func newProve(env environment) *cobra.Command {
	c := &cobra.Command{
		Use:   "prove",
		Short: "Decide who may do what with a key, and because of what",
		Long: `Prove answers questions of authorization with an engine that follows IAM's and KMS's
own rules: what one request gets (simulate), whether one policy allows more than another,
for all requests there can be (compare), and what is wrong with a policy (lint).`,
		Example: `  bedlock prove simulate request.yaml
  bedlock prove compare new.json old.json
  bedlock prove lint key-policy.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newSimulate(env), newCompare(env), newLint(env))
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
