package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/permit"
)

// applierPolicy prints the policy that a plan needs, or writes it: into a folder as the managed
// policies that IAM takes.
func (o *output) applierPolicy(plan *fix.Plan, roles []string) error {
	if len(plan.Steps) == 0 {
		return usage("`bedlock plan show` says why", "the plan has no steps, so nothing has to be allowed for it")
	}
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	text, err := permit.Policy(plan, cat, roles...)
	if err != nil {
		return err
	}
	parts, err := permit.Split(text, permit.MaxManaged)
	if err != nil {
		return err
	}
	if o.file == "" || !os.IsPathSeparator(o.file[len(o.file)-1]) && !isFolder(o.file) {
		if err := show(o.env, []byte(text), o.file); err != nil {
			return err
		}
		return o.tooLong(text, len(parts))
	}
	if err := os.MkdirAll(o.file, 0o700); err != nil {
		return usage("name another folder", "%w", err)
	}
	for i, part := range parts {
		name := "applier.json"
		if len(parts) > 1 {
			name = fmt.Sprintf("applier-%d-of-%d.json", i+1, len(parts))
		}
		if err := writePrivate(filepath.Join(o.file, name), []byte(part)); err != nil {
			return err
		}
	}
	if len(parts) == 1 {
		o.note("The policy is %s. Make a managed policy of it and attach that.", filepath.Join(o.file, "applier.json"))
	} else {
		o.note("The policy is in %d files in %s. Make a managed policy of each, and attach all of them.", len(parts), o.file)
		o.tooMany(len(parts))
	}
	return nil
}

// tooLong says where a policy is too long to be attached, and what to do.
func (o *output) tooLong(text string, parts int) error {
	n, err := permit.Size(text)
	if err != nil || n <= permit.MaxInlineUser {
		return err
	}
	o.note("bedlock: the policy has %d characters without white space; IAM takes %d in a managed policy, and %d in the inline policies of a role, %d of a user", n, permit.MaxManaged, permit.MaxInlineRole, permit.MaxInlineUser)
	switch {
	case parts == 1:
		o.note("  hint: attach it as a managed policy, or inline to a role")
	case n <= permit.MaxInlineRole:
		o.note("  hint: attach it inline to a role; or `--print-policy -o FOLDER/` writes it as %d managed policies", parts)
	default:
		o.note("  hint: `--print-policy -o FOLDER/` writes it as %d managed policies, which together allow the same", parts)
		o.tooMany(parts)
	}
	return nil
}

// tooMany says when more policies are needed than a role has without asking AWS.
func (o *output) tooMany(parts int) {
	if parts > permit.MaxAttached {
		o.note("  hint: a role has %d managed policies unless AWS is asked for more: ask, or make plans of fewer resources with --only, --type or --account", permit.MaxAttached)
	}
}

// applierRole prints a template of a role that can rehearse, apply, verify and take back a plan.
func (o *output) applierRole(plan *fix.Plan, s *collection, a *applyFlags) error {
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	applies, err := permit.Policy(plan, cat, a.dryRuns.roles(plan)...)
	if err != nil {
		return err
	}
	reads, err := awsapi.MinimalPolicy(awsapi.Options{Catalog: cat})
	if err != nil {
		return err
	}
	role := permit.Applier{Name: "bedlock-apply", Trusted: a.printRole, Policies: []string{applies, reads}}
	if s.live.role != "" {
		role.Name = s.live.role[strings.LastIndexByte(s.live.role, '/')+1:]
	}
	if len(s.live.externalIDs) == 1 && !strings.Contains(s.live.externalIDs[0], "=") {
		role.ExternalID = s.live.externalIDs[0]
	} else if len(s.live.externalIDs) > 0 {
		return usage("name the one of all accounts, and replace it in the template where it is another", "--print-role takes one --external-id")
	}
	template, err := role.Template()
	if err != nil {
		return usage("who is to assume the role: arn:aws:iam::111122223333:root, a user or a role", "--print-role: %w", err)
	}
	return show(o.env, template, o.file)
}
