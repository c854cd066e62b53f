package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/managed"
)

type policyDetail struct{ PolicyName, PolicyDocument string }

type userDetail struct {
	Path, UserName, UserId, Arn string
	CreateDate                  time.Time
	UserPolicyList              []policyDetail `json:",omitempty"`
	GroupList                   []string
	AttachedManagedPolicies     []attachedPolicy
	PermissionsBoundary         *boundary `json:",omitempty"`
	Tags                        []Tag
}

type groupDetail struct {
	Path, GroupName, GroupId, Arn string
	CreateDate                    time.Time
	GroupPolicyList               []policyDetail
	AttachedManagedPolicies       []attachedPolicy
}

type roleDetail struct {
	Path, RoleName, RoleId, Arn string
	CreateDate                  time.Time
	AssumeRolePolicyDocument    string
	RolePolicyList              []policyDetail
	AttachedManagedPolicies     []attachedPolicy
	PermissionsBoundary         *boundary `json:",omitempty"`
	Tags                        []Tag
	RoleLastUsed                *roleLastUsed
}

type managedDetail struct {
	PolicyName, PolicyId, Arn, Path, DefaultVersionId string
	AttachmentCount, PermissionsBoundaryUsageCount    int
	IsAttachable                                      bool
	Description                                       string `json:",omitempty"`
	CreateDate, UpdateDate                            time.Time
	PolicyVersionList                                 []versionShape
}

type authorizationDetails struct {
	UserDetailList  []userDetail
	GroupDetailList []groupDetail
	RoleDetailList  []roleDetail
	Policies        []managedDetail
	IsTruncated     bool
	Marker          string `json:",omitempty"`
}

// detail is one entry of any list of the answer; one of both is set.
type detail struct {
	entity *entity
	policy *managedDetail
}

func (d detail) order() string {
	if d.entity != nil {
		return kindOrder(d.entity)
	}
	return "4" + strings.ToLower(d.policy.PolicyName) + " " + d.policy.Arn
}

// getAccountAuthorizationDetails pages over groups, users, roles and policies as one list.
// Of AWS managed policies it has those in use.
func (s *Service) getAccountAuthorizationDetails(ctx context.Context, c *plane.Call, in *struct {
	Filter   []string
	Marker   string
	MaxItems int
}) (*authorizationDetails, error) {
	if err := s.allow(ctx, c, "*", "", nil); err != nil {
		return nil, err
	}
	a := s.view(c.Account)
	wanted := func(filter string) bool { return len(in.Filter) == 0 || slices.Contains(in.Filter, filter) }
	var all []detail
	for _, k := range []kind{kindGroup, kindUser, kindRole} {
		if wanted(title(k)) {
			for _, e := range a.sorted(k) {
				all = append(all, detail{entity: e})
			}
		}
	}
	all = append(all, a.policyDetails(wanted("LocalManagedPolicy"), wanted("AWSManagedPolicy"))...)
	all, next, err := paginate(all, detail.order, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &authorizationDetails{
		UserDetailList: []userDetail{}, GroupDetailList: []groupDetail{}, RoleDetailList: []roleDetail{}, Policies: []managedDetail{},
		IsTruncated: next.IsTruncated, Marker: next.Marker,
	}
	for _, d := range all {
		if d.policy != nil {
			out.Policies = append(out.Policies, *d.policy)
			continue
		}
		s.addDetail(out, a, d.entity)
	}
	return out, nil
}

func (a *account) policyDetails(local, aws bool) []detail {
	var out []detail
	if local {
		for _, p := range a.policies {
			d := detailOf(a.policyShape(p), p.Description)
			for i := range slices.Backward(p.Versions) {
				d.PolicyVersionList = append(d.PolicyVersionList, p.fullShape(&p.Versions[i]))
			}
			out = append(out, detail{policy: d})
		}
	}
	if aws {
		for _, p := range managed.All() {
			if d := detailOf(a.awsShape(&p), ""); d.AttachmentCount+d.PermissionsBoundaryUsageCount > 0 {
				d.PolicyVersionList = []versionShape{awsVersion(&p)}
				out = append(out, detail{policy: d})
			}
		}
	}
	slices.SortFunc(out, func(x, y detail) int { return strings.Compare(x.order(), y.order()) })
	return out
}

func detailOf(p policyShape, description string) *managedDetail {
	return &managedDetail{
		PolicyName: p.PolicyName, PolicyId: p.PolicyId, Arn: p.Arn, Path: p.Path, DefaultVersionId: p.DefaultVersionId,
		AttachmentCount: p.AttachmentCount, PermissionsBoundaryUsageCount: p.PermissionsBoundaryUsageCount, IsAttachable: true,
		Description: description, CreateDate: p.CreateDate, UpdateDate: p.UpdateDate,
	}
}

func (s *Service) addDetail(out *authorizationDetails, a *account, e *entity) {
	inlines, attached := []policyDetail{}, []attachedPolicy{}
	for _, p := range e.Inline {
		inlines = append(inlines, policyDetail{p.Name, escaped(p.Document)})
	}
	for _, arn := range e.Attached {
		attached = append(attached, attachedPolicyOf(arn))
	}
	switch e.Kind {
	case kindUser:
		groups := []string{}
		for _, g := range a.groupsOf(e) {
			groups = append(groups, g.Name)
		}
		out.UserDetailList = append(out.UserDetailList, userDetail{e.Path, e.Name, e.ID, e.arn(), e.Created, inlines, groups, attached, e.boundary(), e.Tags})
	case kindGroup:
		out.GroupDetailList = append(out.GroupDetailList, groupDetail{e.Path, e.Name, e.ID, e.arn(), e.Created, inlines, attached})
	case kindRole:
		r := s.fullRole(e)
		out.RoleDetailList = append(out.RoleDetailList, roleDetail{
			e.Path, e.Name, e.ID, e.arn(), e.Created, escaped(e.Trust), inlines, attached, e.boundary(), e.Tags, r.RoleLastUsed,
		})
	}
}
