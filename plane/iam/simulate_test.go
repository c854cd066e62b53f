package iam

import (
	"fmt"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// told is what an evaluation says, in one line.
func told(r types.EvaluationResult) string {
	s := *r.EvalActionName + " " + *r.EvalResourceName + " " + string(r.EvalDecision)
	for _, m := range r.MatchedStatements {
		s += fmt.Sprintf(" by %s %s %d:%d", m.SourcePolicyType, *m.SourcePolicyId, m.StartPosition.Line, m.StartPosition.Column)
	}
	if len(r.MissingContextValues) > 0 {
		s += " missing " + strings.Join(r.MissingContextValues, ",")
	}
	if r.OrganizationsDecisionDetail != nil {
		s += fmt.Sprintf(" organization %v", r.OrganizationsDecisionDetail.AllowedByOrganizations)
	}
	if r.PermissionsBoundaryDecisionDetail != nil {
		s += fmt.Sprintf(" boundary %v", r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary)
	}
	return s
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	furnish(t, l.iam)
	must(t, l.iam.SetOrganization(home, Organization{SCPs: [][]NamedPolicy{{{"scp", allowing(`["kms:*","s3:*","iam:*"]`)}}}}))
	limit := "arn:aws:iam::" + home + ":policy/teams/limit"
	out, err := l.admin.SimulatePrincipalPolicy(ctx, &awsiam.SimulatePrincipalPolicyInput{
		PolicySourceArn: str("arn:aws:iam::" + home + ":user/eng/ada"), ActionNames: []string{"kms:ListKeys", "s3:GetObject"},
	})
	must(t, err)
	administrator := " by aws-managed arn:aws:iam::aws:policy/AdministratorAccess "
	got := []string{told(out.EvaluationResults[0]), told(out.EvaluationResults[1])}
	if !strings.HasPrefix(got[0], "kms:ListKeys * allowed by user own 1:") || !strings.Contains(got[0], " by user-managed "+limit+" ") || !strings.Contains(got[0], administrator) || !strings.HasSuffix(got[0], " organization true boundary true") {
		t.Error(got[0])
	}
	if !strings.HasPrefix(got[1], "s3:GetObject * implicitDeny") || !strings.HasSuffix(got[1], " organization true boundary false") {
		t.Error(got[1])
	}
	role, err := l.admin.SimulatePrincipalPolicy(ctx, &awsiam.SimulatePrincipalPolicyInput{
		PolicySourceArn: str("arn:aws:iam::" + home + ":role/agent"), ActionNames: []string{"kms:Decrypt", "ec2:RunInstances"}, ResourceArns: []string{"arn:aws:kms:eu-west-1:" + home + ":key/k", "*"}, MaxItems: int32Of(3),
	})
	must(t, err)
	if len(role.EvaluationResults) != 3 || !role.IsTruncated || role.EvaluationResults[0].EvalDecision != "allowed" || told(role.EvaluationResults[2]) != "ec2:RunInstances arn:aws:kms:eu-west-1:"+home+":key/k implicitDeny organization false" {
		t.Errorf("%+v", role)
	}
	_, err = l.admin.SimulatePrincipalPolicy(ctx, &awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: str("arn:aws:iam::" + home + ":user/none"), ActionNames: []string{"kms:Decrypt"}})
	refused(t, err, "NoSuchEntity", "Entity arn:aws:iam::"+home+":user/none cannot be found.")
}

func TestSimulateCustomPolicy(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	from := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*",
"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`
	in := &awsiam.SimulateCustomPolicyInput{PolicyInputList: []string{from}, ActionNames: []string{"s3:GetObject"}}
	for _, tt := range []struct {
		change func()
		want   string
	}{
		{func() {}, "s3:GetObject * implicitDeny missing aws:sourceip"},
		{func() {
			in.ContextEntries = []types.ContextEntry{{ContextKeyName: str("aws:SourceIp"), ContextKeyType: "ip", ContextKeyValues: []string{"10.1.2.3"}}}
		}, "s3:GetObject * allowed by IAM Policy PolicyInputList.1 1:38"},
		{func() { in.PermissionsBoundaryPolicyInputList = []string{allowing(`"kms:*"`)} }, "s3:GetObject * implicitDeny boundary false"},
		{func() {
			in.PermissionsBoundaryPolicyInputList = nil
			in.ResourceArns = []string{"arn:aws:s3:::b/o"}
			in.ResourcePolicy = str(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}`)
		}, "s3:GetObject arn:aws:s3:::b/o explicitDeny by resource ResourcePolicy 1:38"},
	} {
		tt.change()
		out, err := l.admin.SimulateCustomPolicy(ctx, in)
		must(t, err)
		if got := told(out.EvaluationResults[0]); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
	in.PolicyInputList = []string{"{}"}
	_, err := l.admin.SimulateCustomPolicy(ctx, in)
	refused(t, err, "InvalidInput", "PolicyInputList.1: Syntax errors in policy.")
}
