package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

func newInventory(env environment) *cobra.Command {
	o := output{env: env}
	var s collection
	c := &cobra.Command{
		Use:   "inventory SOURCE...",
		Short: "Save what was collected, to be audited later",
		Long: `Inventory reads sources as audit does and writes what it found as JSON: resources with
their slots, keys, aliases, grants, principals, and what could not be read. The file is
a source of its own: 'bedlock audit inventory.json' gives the same answers, offline.

It contains policies and names, but no secrets: values of parameters that hide theirs
are not in it.`,
		Example: `  bedlock inventory infrastructure/ -o inventory.json
  bedlock audit inventory.json
  bedlock inventory aws --region eu-west-1 -o aws.json`,
		Args: sourceArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.format != "json" {
				return usage("use json", "unknown format %q", o.format)
			}
			cat, err := catalog.Embedded()
			if err != nil {
				return err
			}
			inv, err := s.collect(cmd.Context(), &o, cat, args)
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			if err := finish(inventory.Write(w, inv)); err != nil {
				return err
			}
			return completeness(inv)
		},
	}
	s.flags(c)
	o.flags(c, []string{"json"}, "json")
	return c
}

// completeness is the verdict on the reading alone.
func completeness(inv *inventory.Inventory) error {
	audited, failed := 0, 0
	for _, in := range inv.Parts().Inputs {
		switch in.Status {
		case bedlock.InputAudited:
			audited++
		case bedlock.InputFailed:
			failed++
		}
	}
	switch {
	case audited == 0:
		return usage("`bedlock audit --verbose` says why each file was not read", "nothing could be read")
	case failed > 0:
		return &exitError{code: exitInconclusive, err: fmt.Errorf("%d of the inputs could not be read", failed), hint: "`bedlock audit` names them and says why"}
	}
	return nil
}
