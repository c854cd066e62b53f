package awsapi

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// The kinds of policies that bound what accounts can do.
const (
	serviceControl  = "SERVICE_CONTROL_POLICY"
	resourceControl = "RESOURCE_CONTROL_POLICY"
)

// accounts lists the active accounts of the organization.
func (u *unit) accounts(ctx context.Context) (ids []string, err error) {
	err = u.caller.call(ctx, u.service, "ListAccounts", nil, func(page document) error {
		entries, _ := page["Accounts"].([]any)
		for _, entry := range entries {
			account, _ := entry.(document)
			// State replaced Status: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
			if text(account, "State") == "ACTIVE" || text(account, "State") == "" && text(account, "Status") == "ACTIVE" {
				ids = append(ids, text(account, "Id"))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the accounts of the organization: %w", err)
	}
	slices.Sort(ids)
	return ids, nil
}

// walk is a reading of an organization: each target's policies are asked for once.
type walk struct {
	*unit
	organization, management string
	policies                 map[string]bool
}

// organize reads the control policies of every level from the roots to the accounts.
func (u *unit) organize(ctx context.Context) error {
	doc, err := u.caller.get(ctx, u.service, "DescribeOrganization", nil)
	if err != nil {
		return u.finally(ctx, err, "control policies", u.service, "DescribeOrganization")
	}
	described, _ := doc["Organization"].(document)
	w := &walk{unit: u, organization: text(described, "Id"), management: text(described, "MasterAccountId"), policies: map[string]bool{}}
	return w.children(ctx, "ListRoots", nil, "Roots", func(root document) error {
		return w.descend(ctx, text(root, "Id"), bounds{
			scps: levels{off: !enabled(root, serviceControl)}, rcps: levels{off: !enabled(root, resourceControl)},
		})
	})
}

// enabled says whether a kind of policy applies below a root.
func enabled(root document, kind string) bool {
	types, _ := root["PolicyTypes"].([]any)
	return slices.ContainsFunc(types, func(v any) bool {
		t, _ := v.(document)
		return text(t, "Type") == kind && text(t, "Status") == "ENABLED"
	})
}

// levels are the policies of one kind from the root down, or the first error met on the way.
type levels struct {
	list []inventory.Level
	err  string
	// off: the organization has not enabled the kind.
	off bool
}

func (l levels) value() inventory.Value[[]inventory.Level] {
	if l.off {
		return inventory.Absent[[]inventory.Level](bedlock.Position{})
	}
	if l.err != "" {
		return inventory.Unread[[]inventory.Level](l.err, bedlock.Position{})
	}
	return inventory.Known(l.list, bedlock.Position{})
}

// bounds are the levels that apply to something.
type bounds struct{ scps, rcps levels }

// descend reads a root or an organizational unit and everything below it.
func (w *walk) descend(ctx context.Context, parent string, above bounds) error {
	at, err := w.below(ctx, above, parent)
	if err != nil {
		return err
	}
	in := map[string]any{"ParentId": parent}
	err = w.children(ctx, "ListAccountsForParent", in, "Accounts", func(account document) error {
		return w.account(ctx, text(account, "Id"), at)
	})
	if err != nil {
		return err
	}
	return w.children(ctx, "ListOrganizationalUnitsForParent", in, "OrganizationalUnits", func(ou document) error {
		return w.descend(ctx, text(ou, "Id"), at)
	})
}

func (w *walk) account(ctx context.Context, id string, above bounds) error {
	at, err := w.below(ctx, above, id)
	if err != nil {
		return err
	}
	return w.write(record{Account: &inventory.Account{
		ID: id, Organization: inventory.Known(w.organization, bedlock.Position{}), Management: id == w.management,
		SCPs: at.scps.value(), RCPs: at.rcps.value(),
	}})
}

// below adds the level of a target.
func (w *walk) below(ctx context.Context, above bounds, target string) (bounds, error) {
	scps, err := w.attached(ctx, above.scps, target, serviceControl)
	if err != nil {
		return bounds{}, err
	}
	rcps, err := w.attached(ctx, above.rcps, target, resourceControl)
	return bounds{scps, rcps}, err
}

func (w *walk) attached(ctx context.Context, above levels, target, filter string) (levels, error) {
	if above.err != "" || above.off {
		return above, nil
	}
	level := inventory.Level{Name: target, Policies: []string{}}
	err := w.caller.call(ctx, w.service, "ListPoliciesForTarget", map[string]any{"TargetId": target, "Filter": filter}, func(page document) error {
		entries, _ := page["Policies"].([]any)
		for _, entry := range entries {
			policy, _ := entry.(document)
			level.Policies = append(level.Policies, text(policy, "Id"))
			if err := w.policy(ctx, policy); err != nil {
				return err
			}
		}
		return nil
	})
	var own *fatal
	switch {
	case ctx.Err() != nil:
		return levels{}, ctx.Err()
	case errors.As(err, &own):
		return levels{}, err
	case err != nil:
		return levels{err: "ListPoliciesForTarget: " + reason(err)}, nil
	}
	return levels{list: append(above.list[:len(above.list):len(above.list)], level)}, nil
}

// policy reads a control policy the first time it is met.
func (w *walk) policy(ctx context.Context, summary document) error {
	id := text(summary, "Id")
	if w.policies[id] {
		return nil
	}
	w.policies[id] = true
	doc, err := w.caller.get(ctx, w.service, "DescribePolicy", map[string]any{"PolicyId": id})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p := &inventory.ControlPolicy{ID: id, Name: text(summary, "Name")}
	if err != nil {
		p.Policy = inventory.Unread[inventory.Policy](reason(err), bedlock.Position{})
	} else {
		policy, _ := doc["Policy"].(document)
		p.Policy = inventory.Known(inventory.Policy{Text: text(policy, "Content")}, bedlock.Position{})
	}
	return w.write(record{Policy: p})
}

// children hands each entry of a list of an organization to read, one after the other.
func (w *walk) children(ctx context.Context, operation string, in map[string]any, items string, read func(document) error) error {
	err := w.caller.call(ctx, w.service, operation, in, func(page document) error {
		entries, _ := page[items].([]any)
		for _, entry := range entries {
			members, _ := entry.(document)
			if err := read(members); err != nil {
				return err
			}
		}
		return nil
	})
	return w.finally(ctx, err, "control policies", w.service, operation)
}
