package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/bedlock/bedlock/catalog"
)

// typeText prints what the catalogue knows of a type.
func typeText(b *strings.Builder, e *catalog.Entry) {
	fmt.Fprintf(b, "%s: %s\n\n", e.Type, e.Title)
	if e.CloudFormation == catalog.Missing {
		b.WriteString("  CloudFormation has no such type; the name is Bedlock's own.\n")
	}
	if len(e.Terraform) > 0 {
		fmt.Fprintf(b, "  Terraform: %s\n", strings.Join(e.Terraform, ", "))
	}
	if e.NoSlot != "" {
		fmt.Fprintf(b, "  No key can be named: %s\n", e.NoSlot)
	}
	for i := range e.Slots {
		slotText(b, &e.Slots[i])
	}
	if e.Update != nil && e.Update.Replaces {
		b.WriteString("\nAn update replaces the whole resource: what is left out is lost.\n")
	}
	section(b, "Notes", e.Notes)
	section(b, "Sources", sources(e))
}

func slotText(b *strings.Builder, s *catalog.Slot) {
	fmt.Fprintf(b, "\nSlot %s: %s\n", s.Name, s.Title)
	for _, dialect := range dialects(s.At) {
		fmt.Fprintf(b, "  named at      %s: %s\n", dialect, s.At[dialect])
	}
	for _, t := range s.Through {
		for _, dialect := range dialects(t.At) {
			fmt.Fprintf(b, "  follows       %s slot %s, named at %s: %s\n", t.Type, t.Slot, dialect, t.At[dialect])
		}
	}
	for _, f := range []struct {
		label string
		list  []string
	}{{"read by", s.Fields.Read}, {"created by", s.Fields.Create}, {"updated by", s.Fields.Update}} {
		if len(f.list) > 0 {
			fmt.Fprintf(b, "  %-13s %s\n", f.label, strings.Join(f.list, ", "))
		}
	}
	if len(s.Through) == 0 {
		fmt.Fprintf(b, "  when absent   %s\n", strings.TrimSpace(string(s.Default.Owner)+" "+s.Default.Alias+parenthesis(s.Default.Text)))
	}
	if s.Change == catalog.InPlace || s.Change == catalog.Once {
		offerText(b, "aws-owned key", s.Offered(catalog.OwnerAWSOwned))
		offerText(b, "aws-managed", s.Offered(catalog.OwnerAWSManaged))
	}
	fmt.Fprintf(b, "  key change    %s\n", s.Change)
	if len(s.Key.Forms) > 0 {
		forms := make([]string, len(s.Key.Forms))
		for i, f := range s.Key.Forms {
			forms[i] = string(f)
		}
		fmt.Fprintf(b, "  accepts       %s\n", strings.Join(forms, ", "))
	}
	for _, n := range s.Needs {
		needText(b, n)
	}
}

// offerText says whether a slot can be under a key of AWS.
func offerText(b *strings.Builder, label string, o catalog.Offer) {
	text := strings.TrimSpace(o.Alias + parenthesis(o.Text))
	if o.None != "" {
		text = "no: " + o.None
	}
	fmt.Fprintf(b, "  %-13s %s\n", label, text)
}

func needText(b *strings.Builder, n catalog.Need) {
	fmt.Fprintf(b, "  needs         %s to %s: kms:%s", n.Who, n.For, strings.Join(n.Actions, ", kms:"))
	if n.Via != "" {
		fmt.Fprintf(b, " via %s", n.Via)
	}
	keys := make([]string, 0, len(n.Context))
	for k := range n.Context {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(b, ", context %s = %s", k, n.Context[k])
	}
	b.WriteByte('\n')
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func dialects(at catalog.At) []string {
	var all []string
	for d := range at {
		all = append(all, d)
	}
	sort.Slice(all, func(i, j int) bool { // CloudFormation first
		if (all[i] == catalog.Dialect) != (all[j] == catalog.Dialect) {
			return all[i] == catalog.Dialect
		}
		return all[i] < all[j]
	})
	return all
}

// sources lists every source of the entry and its slots once, sorted.
func sources(e *catalog.Entry) []string {
	seen := map[string]bool{}
	add := func(s catalog.Sources) {
		for _, list := range s {
			for _, src := range list {
				seen[src] = true
			}
		}
	}
	add(e.Sources)
	for i := range e.Slots {
		add(e.Slots[i].Sources)
		for _, n := range e.Slots[i].Needs {
			seen[n.Source] = true
		}
	}
	var all []string
	for s := range seen {
		all = append(all, s)
	}
	sort.Strings(all)
	return all
}
