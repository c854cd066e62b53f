package iam

import (
	"cmp"
	"context"
	"fmt"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// organization is where an account is, compiled.
type organization struct {
	Organization
	scps, rcps [][]*authz.Policy
	// context are the context keys of its principals.
	context authz.Context
}

// FullSCP and FullRCP are what Organizations attaches to everything: FullAWSAccess and
// RCPFullAWSAccess.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
// and https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
var (
	FullSCP = NamedPolicy{
		Name:     "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
		Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	}
	FullRCP = NamedPolicy{
		Name:     "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess",
		Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
	}
)

// SetOrganization says where an account is in its organization. It is not stored: whoever
// starts the plane says it.
func (s *Service) SetOrganization(id string, o Organization) error {
	made := organization{Organization: o, context: authz.Context{}}
	var err error
	if made.scps, err = levels(o.SCPs); err != nil {
		return fmt.Errorf("iam: account %s: service control policies: %w", id, err)
	}
	if made.rcps, err = levels(o.RCPs); err != nil {
		return fmt.Errorf("iam: account %s: resource control policies: %w", id, err)
	}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
	if o.ID != "" {
		made.context["aws:principalorgid"] = one(o.ID)
	}
	if o.Path != "" {
		made.context["aws:principalorgpaths"] = one(o.Path)
	}
	return s.change(context.Background(), id, func(c *change) error {
		c.org = made
		return nil
	})
}

// SetPartition says in which partition an account is, aws by itself: GovCloud and China have
// accounts of their own. It is for accounts that have nothing yet, and like the organization it
// is said by whoever starts the plane.
func (s *Service) SetPartition(id, partition string) error {
	return s.change(context.Background(), id, func(c *change) error {
		if partition == defaultPartition {
			partition = ""
		}
		for _, k := range kinds {
			for _, e := range c.entities[k] {
				if e.Partition != partition {
					return fmt.Errorf("iam: account %s: %s %s is in another partition than %s", id, e.Kind, e.Name, cmp.Or(partition, defaultPartition))
				}
			}
		}
		c.partition = partition
		return nil
	})
}

// Partition is that of an account.
func (s *Service) Partition(id string) string {
	return cmp.Or(s.view(id).partition, defaultPartition)
}

func levels(given [][]NamedPolicy) ([][]*authz.Policy, error) {
	if given == nil {
		return nil, nil
	}
	out := make([][]*authz.Policy, len(given))
	for i, level := range given {
		out[i] = []*authz.Policy{}
		for _, p := range level {
			d, err := policy.Parse(p.Document)
			if err == nil && len(d.Problems) > 0 {
				err = fmt.Errorf("line %d: %s", d.Problems[0].At.Line, d.Problems[0].Text)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name, err)
			}
			out[i] = append(out[i], authz.Compile(p.Name, d))
		}
	}
	return out, nil
}
