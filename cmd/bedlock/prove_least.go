package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/internal/prove"
)

func newLeast(env environment) *cobra.Command {
	s := subject{output: output{env: env}}
	var o prove.LeastOptions
	c := &cobra.Command{
		Use:   "least KEY",
		Short: "Write the least policy for a key, with a proof",
		Long: `Least computes the key policy, and where they are needed the identity policies, that
allow exactly what the slots with the key need and what administers it, and proves over all
requests that every need is met, that nothing beyond is allowed, and that no part can be
left out. Limits that AWS does not document, or no source confirms, are left out and named.

Names that exist only after deployment stand in <…>.

Exit codes: 0 everything is proved · 5 something is not · 2 usage, or the key is not found`,
		Example: `  bedlock prove least alias/records --source infrastructure/
  bedlock prove least RecordsKey -s template.yaml --account 111122223333 --region eu-west-1 --administrator arn:aws:iam::111122223333:role/KeyAdmin`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("bedlock prove least alias/records --source templates/", "least: it takes one key, not %d arguments", len(args))
			}
			e, err := s.estate(cmd.Context(), "bedlock prove least "+args[0])
			if err != nil {
				return err
			}
			k, err := prove.FindKey(e.Inventory(), args[0])
			if err != nil {
				return notFound(err)
			}
			all, err := prove.LeastFor(e, k, o)
			if err != nil {
				return usage("`bedlock prove KEY` shows who needs the key", "%w", err)
			}
			if err := s.write(all, func(b *strings.Builder) {
				for i := range all {
					writeLeast(b, &all[i])
				}
			}); err != nil {
				return err
			}
			for i := range all {
				if l := &all[i]; l.Sufficient != "proved" || l.Beyond != "proved" || l.Least != "proved" {
					return &exitError{code: exitInconclusive}
				}
			}
			return nil
		},
	}
	s.flags(c)
	c.Flags().StringArrayVar(&o.Administrators, "administrator", nil, "`ARN` of a role or user that administers the key; may be repeated; none: the account's IAM policies say who")
	c.Flags().BoolVar(&o.Delegated, "delegated", false, "leave principals of the key's account to their identity policies, and write those")
	return c
}

func writeLeast(b *strings.Builder, l *prove.Least) {
	line(b, 0, "The least policy of key %s", l.Key)
	if l.Deployed != "" {
		line(b, 0, "%s", l.Deployed)
	}
	for _, n := range l.Needs {
		line(b, 2, "for %s", n)
	}
	b.WriteString("\n")
	for _, text := range strings.Split(strings.TrimSpace(l.Policy), "\n") {
		line(b, 0, "%s", text)
	}
	for _, r := range l.Identity {
		b.WriteString("\n")
		line(b, 0, "Identity policy of %s", r.Who)
		for _, text := range strings.Split(strings.TrimSpace(r.Policy), "\n") {
			line(b, 0, "%s", text)
		}
	}
	b.WriteString("\n")
	line(b, 0, "Every need is met: %s", l.Sufficient)
	line(b, 0, "Nothing beyond is allowed: %s", l.Beyond)
	line(b, 0, "No part can be left out: %s, of %d parts", l.Least, l.Parts)
	for _, e := range l.Open {
		line(b, 2, "%s%s", e.Text, place(e.At))
	}
}
