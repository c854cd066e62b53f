package organizations_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	management = "222233334444"
	account    = "111122223333"
	stray      = "555566667777"

	boss   = "AKIABOSS00000000"
	member = "AKIAMEMBER000000"
	alone  = "AKIAALONE0000000"
	exact  = "AKIAEXACT0000000"

	root = "r-ab12"
	unit = "ou-ab12-11111111"
)

const seed = `accounts:
  "222233334444":
    name: management
    users:
      - {name: boss, access-keys: [{id: AKIABOSS00000000, secret: secret}], attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]}
      - name: exact
        access-keys: [{id: AKIAEXACT0000000, secret: secret}]
        policies:
          attach: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "organizations:AttachPolicy", Resource: ["arn:aws:organizations::222233334444:ou/o-a1b2c3d4e5/ou-ab12-11111111", "arn:aws:organizations::222233334444:policy/o-a1b2c3d4e5/service_control_policy/*"], Condition: {StringEquals: {"organizations:PolicyType": SERVICE_CONTROL_POLICY}}}]}
  "111122223333":
    users: [{name: member, access-keys: [{id: AKIAMEMBER000000, secret: secret}], attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]}]
  "555566667777":
    users: [{name: alone, access-keys: [{id: AKIAALONE0000000, secret: secret}], attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]}]
organization:
  id: o-a1b2c3d4e5
  management: "222233334444"
  root:
    id: r-ab12
    accounts: ["222233334444"]
    units:
      - id: ou-ab12-11111111
        name: clinics
        accounts: ["111122223333"]
        scps: [FullAWSAccess, {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "sqs:*", Resource: "*"}]}]
`

const denyAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:DescribeOrganization","Resource":"*"}]}`

func client(p *localtest.Plane, accessKey string) *organizations.Client {
	return organizations.New(organizations.Options{
		Region: "us-east-1", BaseEndpoint: &p.URL, HTTPClient: p.ClientIn("us-east-1", accessKey, "organizations"), Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: localtest.Secret}, nil
		}),
	})
}

// TestSeeded: the organization of a seed.
func TestSeeded(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, boss), t.Context()
	o := localtest.Must(c.DescribeOrganization(ctx, nil))(t).Organization
	if *o.Id != "o-a1b2c3d4e5" || *o.Arn != "arn:aws:organizations::222233334444:organization/o-a1b2c3d4e5" || *o.MasterAccountId != management || *o.MasterAccountArn != "arn:aws:organizations::222233334444:account/o-a1b2c3d4e5/222233334444" || o.FeatureSet != "ALL" {
		t.Errorf("organization %+v", o)
	}
	roots := localtest.Must(c.ListRoots(ctx, &organizations.ListRootsInput{}))(t).Roots
	if len(roots) != 1 || *roots[0].Id != root || *roots[0].Name != "Root" || *roots[0].Arn != "arn:aws:organizations::222233334444:root/o-a1b2c3d4e5/r-ab12" || len(roots[0].PolicyTypes) != 2 || roots[0].PolicyTypes[0].Type != "SERVICE_CONTROL_POLICY" || roots[0].PolicyTypes[0].Status != "ENABLED" {
		t.Errorf("roots %+v", roots)
	}
	accounts := localtest.Must(c.ListAccounts(ctx, &organizations.ListAccountsInput{}))(t).Accounts
	if len(accounts) != 2 || *accounts[0].Name != "management" || *accounts[1].Name != account || accounts[1].State != "ACTIVE" || accounts[1].JoinedMethod != "INVITED" || *accounts[1].Arn != "arn:aws:organizations::222233334444:account/o-a1b2c3d4e5/111122223333" || !accounts[1].JoinedTimestamp.Equal(p.Now()) {
		t.Errorf("accounts %+v", accounts)
	}
	units := localtest.Must(c.ListOrganizationalUnitsForParent(ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: aws.String(root)}))(t).OrganizationalUnits
	if len(units) != 1 || *units[0].Id != unit || *units[0].Name != "clinics" || *units[0].Arn != "arn:aws:organizations::222233334444:ou/o-a1b2c3d4e5/ou-ab12-11111111" || *units[0].Path != "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/" {
		t.Errorf("units %+v", units)
	}
	below := localtest.Must(c.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: aws.String(unit)}))(t).Accounts
	if len(below) != 1 || *below[0].Id != account || below[0].Paths[0] != "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/111122223333/" {
		t.Errorf("accounts of the unit %+v", below)
	}
	parents := localtest.Must(c.ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String(account)}))(t).Parents
	if len(parents) != 1 || *parents[0].Id != unit || parents[0].Type != "ORGANIZATIONAL_UNIT" {
		t.Errorf("parents %+v", parents)
	}
	children := localtest.Must(c.ListChildren(ctx, &organizations.ListChildrenInput{ParentId: aws.String(root), ChildType: "ACCOUNT"}))(t).Children
	if len(children) != 1 || *children[0].Id != management {
		t.Errorf("children %+v", children)
	}
	attached := policiesOf(t, c, unit, "SERVICE_CONTROL_POLICY")
	if len(attached) != 2 || *attached[0].Id != "p-FullAWSAccess" || !attached[0].AwsManaged || *attached[0].Arn != "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess" || *attached[1].Name != "seed line 24" || attached[1].AwsManaged {
		t.Errorf("policies of the unit %+v", attached)
	}
	policy := localtest.Must(c.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: attached[1].Id}))(t).Policy
	if *policy.Content != `{"Statement":[{"Action":"sqs:*","Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"}` || *policy.PolicySummary.Arn != "arn:aws:organizations::222233334444:policy/o-a1b2c3d4e5/service_control_policy/"+*attached[1].Id {
		t.Errorf("policy %+v", policy)
	}
	targets := localtest.Must(c.ListTargetsForPolicy(ctx, &organizations.ListTargetsForPolicyInput{PolicyId: attached[1].Id}))(t).Targets
	if len(targets) != 1 || *targets[0].TargetId != unit || targets[0].Type != "ORGANIZATIONAL_UNIT" || *targets[0].Name != "clinics" {
		t.Errorf("targets %+v", targets)
	}
	if rcps := policiesOf(t, c, account, "RESOURCE_CONTROL_POLICY"); len(rcps) != 1 || *rcps[0].Id != "p-RCPFullAWSAccess" {
		t.Errorf("RCPs %+v", rcps)
	}

	if o := localtest.Must(client(p, member).DescribeOrganization(ctx, nil))(t).Organization; *o.Id != "o-a1b2c3d4e5" {
		t.Errorf("the member sees %+v", o)
	}
	_, err := client(p, member).ListAccounts(ctx, &organizations.ListAccountsInput{})
	localtest.Refused(t, err, "AccessDeniedException", "You don't have permissions to access this resource.")
	_, err = client(p, alone).DescribeOrganization(ctx, nil)
	localtest.Refused(t, err, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	_, err = client(p, alone).ListRoots(ctx, &organizations.ListRootsInput{})
	localtest.Refused(t, err, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	_, err = client(p, boss).CreateOrganization(ctx, &organizations.CreateOrganizationInput{})
	localtest.Refused(t, err, "AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
}

func policiesOf(t *testing.T, c *organizations.Client, target string, typ types.PolicyType) []types.PolicySummary {
	t.Helper()
	return localtest.Must(c.ListPoliciesForTarget(t.Context(), &organizations.ListPoliciesForTargetInput{TargetId: &target, Filter: typ}))(t).Policies
}

func create(t *testing.T, c *organizations.Client, name, content string, typ types.PolicyType) string {
	t.Helper()
	return *localtest.Must(c.CreatePolicy(t.Context(), &organizations.CreatePolicyInput{Name: &name, Description: aws.String("d"), Content: &content, Type: typ}))(t).Policy.PolicySummary.Id
}

func attach(t *testing.T, c *organizations.Client, id, target string) error {
	_, err := c.AttachPolicy(t.Context(), &organizations.AttachPolicyInput{PolicyId: &id, TargetId: &target})
	return err
}

func detach(t *testing.T, c *organizations.Client, id, target string) error {
	_, err := c.DetachPolicy(t.Context(), &organizations.DetachPolicyInput{PolicyId: &id, TargetId: &target})
	return err
}

func denied(p *localtest.Plane, ctx context.Context, accessKey string) bool {
	_, err := client(p, accessKey).DescribeOrganization(ctx, nil)
	return err != nil && strings.Contains(err.Error(), "with an explicit deny in a service control policy")
}

// TestEffect: what is attached counts from the next request on, and after a restart.
func TestEffect(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	c, ctx := client(p, boss), t.Context()
	id := create(t, c, "no description", denyAll, "SERVICE_CONTROL_POLICY")
	if denied(p, ctx, member) {
		t.Error("a policy that is attached to nothing counts")
	}
	for _, target := range []string{root, unit, account} {
		if err := attach(t, c, id, target); err != nil {
			t.Fatal(err)
		}
		if !denied(p, ctx, member) {
			t.Errorf("attached to %s it does not count", target)
		}
		if denied(p, ctx, boss) {
			t.Error("it counts for the management account")
		}
		if err := detach(t, c, id, target); err != nil {
			t.Fatal(err)
		}
		if denied(p, ctx, member) {
			t.Errorf("detached from %s it counts", target)
		}
	}
	if err := attach(t, c, id, unit); err != nil {
		t.Fatal(err)
	}
	p.Close()

	p = localtest.OpenKept(t, dir, seed)
	c = client(p, boss)
	if !denied(p, ctx, member) {
		t.Error("it does not count after a restart")
	}
	localtest.Must(c.UpdatePolicy(ctx, &organizations.UpdatePolicyInput{PolicyId: &id, Content: aws.String(strings.ReplaceAll(denyAll, "DescribeOrganization", "ListRoots"))}))(t)
	if denied(p, ctx, member) {
		t.Error("the old text of the policy counts")
	}
	localtest.Must(c.UpdatePolicy(ctx, &organizations.UpdatePolicyInput{PolicyId: &id, Content: aws.String(denyAll)}))(t)
	move := &organizations.MoveAccountInput{AccountId: aws.String(account), SourceParentId: aws.String(unit), DestinationParentId: aws.String(root)}
	localtest.Must(c.MoveAccount(ctx, move))(t)
	if denied(p, ctx, member) {
		t.Error("it counts for an account that was moved away")
	}
	_, err := c.MoveAccount(ctx, move)
	localtest.Refused(t, err, "SourceParentNotFoundException", "You specified a source root or OU that doesn't exist.")
	move.SourceParentId = aws.String(root)
	_, err = c.MoveAccount(ctx, move)
	localtest.Refused(t, err, "DuplicateAccountException", "You specified an account that is already in the destination.")

	if err := attach(t, c, id, account); err != nil {
		t.Fatal(err)
	}
	r := localtest.Must(c.DisablePolicyType(ctx, &organizations.DisablePolicyTypeInput{RootId: aws.String(root), PolicyType: "SERVICE_CONTROL_POLICY"}))(t).Root
	if len(r.PolicyTypes) != 1 || r.PolicyTypes[0].Type != "RESOURCE_CONTROL_POLICY" || denied(p, ctx, member) {
		t.Errorf("after service control policies are disabled: %+v", r)
	}
	localtest.Refused(t, attach(t, c, id, account), "PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.")
	enable := &organizations.EnablePolicyTypeInput{RootId: aws.String(root), PolicyType: "SERVICE_CONTROL_POLICY"}
	localtest.Must(c.EnablePolicyType(ctx, enable))(t)
	_, err = c.EnablePolicyType(ctx, enable)
	localtest.Refused(t, err, "PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")
	if list := policiesOf(t, c, account, "SERVICE_CONTROL_POLICY"); len(list) != 1 || *list[0].Id != "p-FullAWSAccess" {
		t.Errorf("enabled again, the account has %+v", list)
	}
	if _, err := client(p, member).DescribeOrganization(ctx, nil); err != nil {
		t.Errorf("full access allows not: %v", err)
	}
}

// TestSeedAgain: until something is changed, the organization is that of the seed at each start.
func TestSeedAgain(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	before := policiesOf(t, client(p, boss), unit, "SERVICE_CONTROL_POLICY")
	p.Close()
	p = localtest.OpenKept(t, dir, strings.Replace(seed, "clinics", "wards", 1))
	c := client(p, boss)
	if after := policiesOf(t, c, unit, "SERVICE_CONTROL_POLICY"); *after[1].Id != *before[1].Id {
		t.Error("the policy of the seed has another id")
	}
	u := localtest.Must(c.DescribeOrganizationalUnit(t.Context(), &organizations.DescribeOrganizationalUnitInput{OrganizationalUnitId: aws.String(unit)}))(t).OrganizationalUnit
	if *u.Name != "wards" {
		t.Errorf("unit %+v", u)
	}
	p.Close()
	p = localtest.OpenKept(t, dir, strings.Replace(seed, `, {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "sqs:*", Resource: "*"}]}`, "", 1))
	if list := localtest.Must(client(p, boss).ListPolicies(t.Context(), &organizations.ListPoliciesInput{Filter: "SERVICE_CONTROL_POLICY"}))(t).Policies; len(list) != 1 {
		t.Errorf("policies %+v", list)
	}
	p.Close()
	p = localtest.OpenKept(t, dir, strings.Replace(seed, "id: o-a1b2c3d4e5", "id: o-bbbbbbbbbb", 1))
	if o := localtest.Must(client(p, boss).DescribeOrganization(t.Context(), nil))(t).Organization; *o.Id != "o-bbbbbbbbbb" {
		t.Errorf("another organization of the seed: %+v", o)
	}
	p.Close()
	p = localtest.OpenKept(t, dir, strings.Split(seed, "organization:")[0])
	_, err := client(p, boss).DescribeOrganization(t.Context(), nil)
	localtest.Refused(t, err, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	p.Close()

	// What was deleted is not made again.
	p = localtest.OpenKept(t, dir, seed)
	c = client(p, boss)
	localtest.Must(c.RemoveAccountFromOrganization(t.Context(), &organizations.RemoveAccountFromOrganizationInput{AccountId: aws.String(account)}))(t)
	localtest.Must(c.DeleteOrganizationalUnit(t.Context(), &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: aws.String(unit)}))(t)
	localtest.Must(c.DeletePolicy(t.Context(), &organizations.DeletePolicyInput{PolicyId: before[1].Id}))(t)
	localtest.Must(c.DeleteOrganization(t.Context(), nil))(t)
	p.Close()
	p = localtest.OpenKept(t, dir, seed)
	_, err = client(p, boss).DescribeOrganization(t.Context(), nil)
	localtest.Refused(t, err, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}

// TestResourceControl: a resource control policy bounds what others may do with a queue.
func TestResourceControl(t *testing.T) {
	p := localtest.Open(t, strings.Replace(seed, `, {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "sqs:*", Resource: "*"}]}`, "", 1))
	c, secrets := client(p, boss), p.API("secretsmanager", member)
	secrets.Do(t, "CreateSecret", `{"Name":"s","SecretString":"x","ClientRequestToken":"11111111-1111-1111-1111-111111111111"}`)
	id := create(t, c, "no secrets", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`, "RESOURCE_CONTROL_POLICY")
	if err := attach(t, c, id, account); err != nil {
		t.Fatal(err)
	}
	if text := secrets.Refused(t, member, "GetSecretValue", `{"SecretId":"s"}`, "AccessDeniedException"); !strings.Contains(text, "with an explicit deny in a resource control policy") {
		t.Error(text)
	}
	localtest.Refused(t, detach(t, c, "p-RCPFullAWSAccess", account), "InvalidInputException", "You can't detach RCPFullAWSAccess.")
	if err := detach(t, c, id, account); err != nil {
		t.Fatal(err)
	}
	secrets.Do(t, "GetSecretValue", `{"SecretId":"s"}`)
}

func TestPolicyRefusals(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, boss), t.Context()
	id := create(t, c, "one", denyAll, "SERVICE_CONTROL_POLICY")
	for name, try := range map[string]struct {
		in            organizations.CreatePolicyInput
		code, message string
	}{
		"no JSON":       {organizations.CreatePolicyInput{Name: aws.String("x"), Content: aws.String("{"), Type: "SERVICE_CONTROL_POLICY"}, "MalformedPolicyDocumentException", ""},
		"a principal":   {organizations.CreatePolicyInput{Name: aws.String("x"), Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`), Type: "SERVICE_CONTROL_POLICY"}, "MalformedPolicyDocumentException", ""},
		"an RCP allows": {organizations.CreatePolicyInput{Name: aws.String("x"), Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}`), Type: "RESOURCE_CONTROL_POLICY"}, "MalformedPolicyDocumentException", ""},
		"the size":      {organizations.CreatePolicyInput{Name: aws.String("x"), Content: aws.String(denyAll + strings.Repeat(" ", 10241-len(denyAll))), Type: "SERVICE_CONTROL_POLICY"}, "ConstraintViolationException", "You have exceeded the allowed size of a policy document: 10240 characters."},
		"the name":      {organizations.CreatePolicyInput{Name: aws.String("one"), Content: aws.String(denyAll), Type: "SERVICE_CONTROL_POLICY"}, "DuplicatePolicyException", "A policy with the same name already exists."},
		"AWS's name":    {organizations.CreatePolicyInput{Name: aws.String("FullAWSAccess"), Content: aws.String(denyAll), Type: "SERVICE_CONTROL_POLICY"}, "DuplicatePolicyException", "A policy with the same name already exists."},
		"another type":  {organizations.CreatePolicyInput{Name: aws.String("x"), Content: aws.String("{}"), Type: "TAG_POLICY"}, "InvalidInputException", "not implemented by the local plane: policies of the type TAG_POLICY"},
	} {
		t.Run(name, func(t *testing.T) {
			try.in.Description = aws.String("")
			_, err := c.CreatePolicy(ctx, &try.in)
			if try.message == "" && err != nil && strings.Contains(err.Error(), try.code+": The provided policy document does not meet the requirements of the specified policy type: ") {
				return
			}
			localtest.Refused(t, err, try.code, try.message)
		})
	}
	if err := attach(t, c, id, account); err != nil {
		t.Fatal(err)
	}
	localtest.Refused(t, attach(t, c, id, account), "DuplicatePolicyAttachmentException", "The selected policy is already attached to the specified target.")
	localtest.Refused(t, attach(t, c, "p-none000000", account), "PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
	localtest.Refused(t, attach(t, c, id, "999999999999"), "TargetNotFoundException", "You specified a target that doesn't exist.")
	localtest.Refused(t, detach(t, c, id, root), "PolicyNotAttachedException", "The policy isn't attached to the specified target in the specified root.")
	_, err := c.DeletePolicy(ctx, &organizations.DeletePolicyInput{PolicyId: &id})
	localtest.Refused(t, err, "PolicyInUseException", "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.")
	if err := detach(t, c, "p-FullAWSAccess", account); err != nil {
		t.Fatal(err)
	}
	localtest.Refused(t, detach(t, c, id, account), "ConstraintViolationException", "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.")
	_, err = client(p, member).DescribeOrganization(ctx, nil)
	if err == nil {
		t.Error("without FullAWSAccess nothing is allowed, yet it was")
	}
	for i := range 4 {
		if err := attach(t, c, create(t, c, string(rune('a'+i)), denyAll, "SERVICE_CONTROL_POLICY"), account); err != nil {
			t.Fatal(err)
		}
	}
	localtest.Refused(t, attach(t, c, "p-FullAWSAccess", account), "ConstraintViolationException", "You have attached the maximum number of policies to the specified target.")
	_, err = c.UpdatePolicy(ctx, &organizations.UpdatePolicyInput{PolicyId: aws.String("p-FullAWSAccess"), Name: aws.String("x")})
	localtest.Refused(t, err, "InvalidInputException", "You can't modify an AWS managed policy.")
	_, err = c.ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: "SERVICE_CONTROL_POLICY", NextToken: aws.String("x")})
	localtest.Refused(t, err, "InvalidInputException", "The pagination token is not valid.")
	page := localtest.Must(c.ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: "SERVICE_CONTROL_POLICY", MaxResults: aws.Int32(2)}))(t)
	if len(page.Policies) != 2 || page.NextToken == nil {
		t.Errorf("a page %+v", page)
	}
}

// TestExact: an action is allowed on all that it names, with the type of the policy.
func TestExact(t *testing.T) {
	p := localtest.Open(t, seed)
	id := create(t, client(p, boss), "one", denyAll, "SERVICE_CONTROL_POLICY")
	rcp := create(t, client(p, boss), "two", strings.Replace(denyAll, `"Action"`, `"Principal":"*","Action"`, 1), "RESOURCE_CONTROL_POLICY")
	if err := attach(t, client(p, exact), id, unit); err != nil {
		t.Error(err)
	}
	for target, policy := range map[string]string{root: id, unit: rcp} {
		if err := attach(t, client(p, exact), policy, target); err == nil || !strings.Contains(err.Error(), "is not authorized to perform: organizations:AttachPolicy") {
			t.Errorf("%s to %s: %v", policy, target, err)
		}
	}
}

// TestOwnOrganization: an organization from its making to its end.
func TestOwnOrganization(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, alone), t.Context()
	o := localtest.Must(c.CreateOrganization(ctx, &organizations.CreateOrganizationInput{}))(t).Organization
	if *o.MasterAccountId != stray || len(*o.Id) != 12 {
		t.Errorf("organization %+v", o)
	}
	r := localtest.Must(c.ListRoots(ctx, &organizations.ListRootsInput{}))(t).Roots[0]
	if len(r.PolicyTypes) != 0 {
		t.Errorf("root %+v", r)
	}
	localtest.Must(c.EnablePolicyType(ctx, &organizations.EnablePolicyTypeInput{RootId: r.Id, PolicyType: "SERVICE_CONTROL_POLICY"}))(t)

	u := localtest.Must(c.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{ParentId: r.Id, Name: aws.String("one"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}}))(t).OrganizationalUnit
	if !strings.HasPrefix(*u.Id, "ou-"+strings.TrimPrefix(*r.Id, "r-")+"-") || *u.Path != *o.Id+"/"+*r.Id+"/"+*u.Id+"/" {
		t.Errorf("unit %+v", u)
	}
	_, err := c.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{ParentId: r.Id, Name: aws.String("one")})
	localtest.Refused(t, err, "DuplicateOrganizationalUnitException", "An OU with the same name already exists.")
	renamed := localtest.Must(c.UpdateOrganizationalUnit(ctx, &organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: u.Id, Name: aws.String("two")}))(t).OrganizationalUnit
	if *renamed.Name != "two" {
		t.Errorf("renamed %+v", renamed)
	}
	localtest.Must(c.TagResource(ctx, &organizations.TagResourceInput{ResourceId: u.Id, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}))(t)
	localtest.Must(c.UntagResource(ctx, &organizations.UntagResourceInput{ResourceId: u.Id, TagKeys: []string{"team"}}))(t)
	tags := localtest.Must(c.ListTagsForResource(ctx, &organizations.ListTagsForResourceInput{ResourceId: u.Id}))(t).Tags
	if len(tags) != 1 || *tags[0].Key != "a" || *tags[0].Value != "b" {
		t.Errorf("tags %+v", tags)
	}

	made := localtest.Must(c.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: aws.String("new"), Email: aws.String("a@example.com")}))(t).CreateAccountStatus
	if made.State != "IN_PROGRESS" || made.AccountId != nil || *made.AccountName != "new" {
		t.Errorf("making %+v", made)
	}
	done := localtest.Must(c.DescribeCreateAccountStatus(ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: made.Id}))(t).CreateAccountStatus
	if done.State != "SUCCEEDED" || len(aws.ToString(done.AccountId)) != 12 {
		t.Fatalf("made %+v", done)
	}
	a := localtest.Must(c.DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: done.AccountId}))(t).Account
	if *a.Email != "a@example.com" || a.JoinedMethod != "CREATED" || *a.Name != "new" {
		t.Errorf("account %+v", a)
	}
	if list := policiesOf(t, c, *done.AccountId, "SERVICE_CONTROL_POLICY"); len(list) != 1 || *list[0].Id != "p-FullAWSAccess" {
		t.Errorf("policies of the account %+v", list)
	}
	assumed := p.API("sts", alone).Do(t, "AssumeRole", `{"RoleArn":"arn:aws:iam::`+*done.AccountId+`:role/OrganizationAccountAccessRole","RoleSessionName":"sess"}`)
	if assumed.Text("AssumedRoleUser.Arn") != "arn:aws:sts::"+*done.AccountId+":assumed-role/OrganizationAccountAccessRole/sess" {
		t.Errorf("assumed %v", assumed)
	}
	again := localtest.Must(c.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: aws.String("new"), Email: aws.String("A@example.com")}))(t).CreateAccountStatus
	failed := localtest.Must(c.ListCreateAccountStatus(ctx, &organizations.ListCreateAccountStatusInput{States: []types.CreateAccountState{"FAILED"}}))(t).CreateAccountStatuses
	if len(failed) != 1 || *failed[0].Id != *again.Id || failed[0].FailureReason != "EMAIL_ALREADY_EXISTS" || failed[0].AccountId != nil {
		t.Errorf("failed %+v", failed)
	}

	localtest.Must(c.MoveAccount(ctx, &organizations.MoveAccountInput{AccountId: done.AccountId, SourceParentId: r.Id, DestinationParentId: u.Id}))(t)
	_, err = c.DeleteOrganizationalUnit(ctx, &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: u.Id})
	localtest.Refused(t, err, "OrganizationalUnitNotEmptyException", "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.")
	_, err = c.DeleteOrganization(ctx, &organizations.DeleteOrganizationInput{})
	localtest.Refused(t, err, "OrganizationNotEmptyException", "To delete an organization you must first remove all member accounts (except the management account).")
	_, err = c.RemoveAccountFromOrganization(ctx, &organizations.RemoveAccountFromOrganizationInput{AccountId: aws.String(stray)})
	localtest.Refused(t, err, "MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization.")
	localtest.Must(c.RemoveAccountFromOrganization(ctx, &organizations.RemoveAccountFromOrganizationInput{AccountId: done.AccountId}))(t)
	_, err = c.DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: done.AccountId})
	localtest.Refused(t, err, "AccountNotFoundException", "You specified an account that doesn't exist.")
	localtest.Must(c.DeleteOrganizationalUnit(ctx, &organizations.DeleteOrganizationalUnitInput{OrganizationalUnitId: u.Id}))(t)
	id := create(t, c, "left", denyAll, "SERVICE_CONTROL_POLICY")
	_, err = c.DeleteOrganization(ctx, &organizations.DeleteOrganizationInput{})
	localtest.Refused(t, err, "OrganizationNotEmptyException", "To delete an organization you must first remove all member accounts (except the management account).")
	localtest.Must(c.DeletePolicy(ctx, &organizations.DeletePolicyInput{PolicyId: &id}))(t)
	localtest.Must(c.DeleteOrganization(ctx, &organizations.DeleteOrganizationInput{}))(t)
	_, err = c.DescribeOrganization(ctx, nil)
	localtest.Refused(t, err, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}

// TestAccountLimit: an organization has ten accounts; a new one has its tags.
func TestAccountLimit(t *testing.T) {
	p := localtest.Open(t, seed)
	api := p.API("organizations", boss)
	var last wire.Object
	for i := range 9 { // two are there
		last = api.Do(t, "CreateAccount", fmt.Sprintf(`{"AccountName":"a%d","Email":"a%d@example.com","Tags":[{"Key":"n","Value":"%d"}]}`, i, i, i)).Object("CreateAccountStatus")
	}
	localtest.Same(t, "one too many", api.Do(t, "DescribeCreateAccountStatus", `{"CreateAccountRequestId":"`+last.Text("Id")+`"}`).Object("CreateAccountStatus"), `{"State":"FAILED","FailureReason":"ACCOUNT_LIMIT_EXCEEDED"}`)
	accounts := api.Do(t, "ListAccounts", `{}`).Objects("Accounts")
	if len(accounts) != 10 {
		t.Errorf("%d accounts", len(accounts))
	}
	localtest.Same(t, "tags", api.Do(t, "ListTagsForResource", `{"ResourceId":"`+accounts[9].Text("Id")+`"}`), `{"Tags":[{"Key":"n","Value":"7"}]}`)
}

// TestDepth: units are at most five deep.
func TestDepth(t *testing.T) {
	p := localtest.Open(t, seed)
	api := p.API("organizations", boss)
	parent := root
	var err error
	for range 5 {
		var out wire.Object
		if out, err = api.As(t, boss, "CreateOrganizationalUnit", `{"ParentId":"`+parent+`","Name":"x"}`); err != nil {
			t.Fatal(err)
		}
		parent = out.Text("OrganizationalUnit.Id")
	}
	if text := api.Refused(t, boss, "CreateOrganizationalUnit", `{"ParentId":"`+parent+`","Name":"x"}`, "ConstraintViolationException"); text != "You have exceeded the allowed depth for organizational units." {
		t.Error(text)
	}
}
