package organizations

import (
	"context"
	"fmt"
	"sync"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// request is a request of an account of an organization.
type request struct {
	*emulate.Request
	*state
	changing *sync.Mutex
}

// operation is one that asks for an organization. It is authorized on what its members name.
type operation struct {
	on []string
	do func(context.Context, *request) (wire.Object, error)
}

// operations are those of the management account.
var operations = map[string]operation{
	"DeleteOrganization":            {nil, deleteOrganization},
	"ListRoots":                     {nil, listRoots},
	"ListAccounts":                  {nil, listAccounts},
	"ListAccountsForParent":         {[]string{"ParentId"}, listAccountsForParent},
	"ListParents":                   {[]string{"ChildId"}, listParents},
	"ListChildren":                  {[]string{"ParentId"}, listChildren},
	"DescribeAccount":               {[]string{"AccountId"}, describeAccount},
	"CreateAccount":                 {nil, createAccount},
	"DescribeCreateAccountStatus":   {nil, describeCreation},
	"ListCreateAccountStatus":       {nil, listCreations},
	"MoveAccount":                   {[]string{"AccountId", "SourceParentId", "DestinationParentId"}, moveAccount},
	"RemoveAccountFromOrganization": {[]string{"AccountId"}, removeAccount},

	"CreateOrganizationalUnit":         {[]string{"ParentId"}, createUnit},
	"DescribeOrganizationalUnit":       {[]string{"OrganizationalUnitId"}, describeUnit},
	"UpdateOrganizationalUnit":         {[]string{"OrganizationalUnitId"}, updateUnit},
	"DeleteOrganizationalUnit":         {[]string{"OrganizationalUnitId"}, deleteUnit},
	"ListOrganizationalUnitsForParent": {[]string{"ParentId"}, listUnits},

	"CreatePolicy":          {nil, createPolicy},
	"DescribePolicy":        {[]string{"PolicyId"}, describePolicy},
	"UpdatePolicy":          {[]string{"PolicyId"}, updatePolicy},
	"DeletePolicy":          {[]string{"PolicyId"}, deletePolicy},
	"ListPolicies":          {nil, listPolicies},
	"AttachPolicy":          {[]string{"PolicyId", "TargetId"}, attachPolicy},
	"DetachPolicy":          {[]string{"PolicyId", "TargetId"}, detachPolicy},
	"ListTargetsForPolicy":  {[]string{"PolicyId"}, listTargets},
	"ListPoliciesForTarget": {[]string{"TargetId"}, listPoliciesOfTarget},
	"EnablePolicyType":      {[]string{"RootId"}, enableType},
	"DisablePolicyType":     {[]string{"RootId"}, disableType},

	"TagResource":         {[]string{"ResourceId"}, tag},
	"UntagResource":       {[]string{"ResourceId"}, untag},
	"ListTagsForResource": {[]string{"ResourceId"}, listTags},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api, Global: true, Invalid: invalid})
	if err != nil {
		return nil, fmt.Errorf("organizations: %w", err)
	}
	changing := &sync.Mutex{}
	s.Handle("CreateOrganization", emulate.Op{Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		return createOrganization(ctx, &request{r, nil, changing})
	}})
	s.Handle("DescribeOrganization", emulate.Op{Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		st, err := member(r)
		if err != nil {
			return nil, err
		}
		return wire.Object{"Organization": st.shown()}, nil
	}})
	for name, o := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			st, err := member(r)
			if st == nil {
				st = &state{}
			}
			req := &request{r, st, changing}
			if err := req.allowed(ctx, name, o.on); err != nil {
				return nil, err
			}
			switch {
			case err != nil:
				return nil, err
			case st.management != r.Account:
				return nil, r.Fail(denied, "You don't have permissions to access this resource.")
			}
			return o.do(ctx, req)
		}})
	}
	return []*emulate.Service{s}, nil
}

// The codes of refusals.
const (
	invalid = "InvalidInputException"
	denied  = "AccessDeniedException"
	bounded = "ConstraintViolationException"
)

// member is the organization of the caller's account.
func member(r *emulate.Request) (*state, error) {
	if n := r.Service.Records.Get(key(nodeKind, r.Account)); n != nil {
		return load(r.Service.Records, n.Doc.Text("Organization")), nil
	}
	return nil, r.Fail("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}

// allowed asks for an action on everything that the members of the input name; what is not
// there, and what nothing names, is "*".
func (r *request) allowed(ctx context.Context, action string, members []string) error {
	resources := []string{}
	typ := r.In.Text("Type") + r.In.Text("Filter") + r.In.Text("PolicyType")
	for _, m := range members {
		id := r.In.Text(m)
		if n := r.node(id); n != nil {
			resources = append(resources, r.nodeARN(n))
		} else if p := r.policy(id); p != nil {
			resources, typ = append(resources, p.arn), p.typ
		}
	}
	if len(resources) == 0 {
		resources = append(resources, "*")
	}
	for _, resource := range resources {
		asked := &plane.Asked{Action: api + ":" + action, Resource: resource, Account: r.Account, Context: authz.Context{}}
		if typ != "" {
			asked.Context["organizations:policytype"] = authz.Value{Values: []string{typ}}
		}
		if err := r.AllowAs(ctx, asked); err != nil {
			return err
		}
	}
	return nil
}

// change changes the organization, and puts the change into force. f gets the organization as
// it is within the transaction.
func (r *request) change(ctx context.Context, f func(tx *records.Tx, s *state) error) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		s := load(tx, r.id)
		if s == nil {
			return r.Fail("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
		}
		if err := f(tx, s); err != nil {
			return err
		}
		if rec := tx.Get(key(orgKind, r.id)); rec != nil && !s.changed {
			tx.Put(rec.Change(tx.Now(), wire.Object{"Changed": true}))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.state = load(r.Service.Records, r.id); r.state == nil {
		return nil
	}
	return enforce(r.Service.World, r.state)
}

// page is a page of a listing. The largest is that of all listings of the service.
func (r *request) page(items []wire.Object) (wire.Object, error) {
	return r.Page(items, 20, invalid)
}

// each shows all records of a list.
func each(list []*records.Record, show func(*records.Record) wire.Object) []wire.Object {
	out := make([]wire.Object, len(list))
	for i, rec := range list {
		out[i] = show(rec)
	}
	return out
}
