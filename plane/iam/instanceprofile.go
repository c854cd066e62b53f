package iam

import (
	"context"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// instanceProfile is InstanceProfile of the API. There are none: the lists say so, because
// Terraform asks for those of a role before it deletes it.
type instanceProfile struct {
	Path, InstanceProfileName, InstanceProfileId, Arn string
	CreateDate                                        time.Time
	Roles                                             []roleShape
}

type instanceProfileList struct {
	InstanceProfiles []instanceProfile
	IsTruncated      bool
}

func (s *Service) instanceProfileOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "ListInstanceProfilesForRole", func(ctx context.Context, c *plane.Call, in *rolePage) (*instanceProfileList, error) {
		if _, _, err := s.read(ctx, c, kindRole, in.RoleName); err != nil {
			return nil, err
		}
		return &instanceProfileList{InstanceProfiles: []instanceProfile{}}, nil
	})
	plane.AddQuery(t, "ListInstanceProfiles", func(ctx context.Context, c *plane.Call, in *pathPage) (*instanceProfileList, error) {
		path := in.PathPrefix
		if path == "" {
			path = "/"
		}
		if err := s.allow(ctx, c, s.view(c.Account).arnOf("instance-profile"+path), "", authz.Context{}); err != nil {
			return nil, err
		}
		return &instanceProfileList{InstanceProfiles: []instanceProfile{}}, nil
	})
}
