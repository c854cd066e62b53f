package iam

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestPolicyVersions(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	made, err := l.admin.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str("p"), Path: str("/x/"), PolicyDocument: str(allowing(`"kms:*"`)), Description: str("d"), Tags: []types.Tag{{Key: str("a"), Value: str("1")}, {Key: str("A"), Value: str("2")}}})
	must(t, err)
	arn := "arn:aws:iam::" + home + ":policy/x/p"
	if p := made.Policy; *p.Arn != arn || *p.DefaultVersionId != "v1" || !strings.HasPrefix(*p.PolicyId, "ANPA") || !p.IsAttachable || *p.AttachmentCount != 0 || p.Description != nil || *p.Tags[0].Key != "A" || len(p.Tags) != 2 {
		t.Errorf("%+v", p)
	}
	_, err = l.admin.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str("P"), PolicyDocument: str(everything)})
	refused(t, err, "EntityAlreadyExists", "A policy called P already exists. Duplicate names are not allowed.")
	for i := 2; i <= 5; i++ {
		v, err := l.admin.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: str(everything), SetAsDefault: i == 3})
		must(t, err)
		if *v.PolicyVersion.VersionId != fmt.Sprintf("v%d", i) || v.PolicyVersion.IsDefaultVersion != (i == 3) || v.PolicyVersion.Document != nil {
			t.Errorf("%+v", v.PolicyVersion)
		}
	}
	_, err = l.admin.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: str(everything)})
	refused(t, err, "LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
	_, err = l.admin.DeletePolicyVersion(ctx, &awsiam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: str("v3")})
	refused(t, err, "DeleteConflict", "Cannot delete the default version of a policy.")
	_, err = l.admin.DeletePolicyVersion(ctx, &awsiam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: str("v2")})
	must(t, err)
	v6, err := l.admin.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: str(everything)})
	must(t, err)
	if *v6.PolicyVersion.VersionId != "v6" {
		t.Errorf("%+v", v6.PolicyVersion)
	}
	var ids []string
	in := &awsiam.ListPolicyVersionsInput{PolicyArn: &arn, MaxItems: int32Of(2)}
	for pages := awsiam.NewListPolicyVersionsPaginator(l.admin, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		must(t, err)
		for _, v := range page.Versions {
			ids = append(ids, *v.VersionId)
		}
	}
	if strings.Join(ids, " ") != "v6 v5 v4 v3 v1" {
		t.Errorf("%v", ids)
	}
	noVersion := "Policy " + arn + " version v9 does not exist or is not attachable."
	_, err = l.admin.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: str("v9")})
	refused(t, err, "NoSuchEntity", noVersion)
	_, err = l.admin.SetDefaultPolicyVersion(ctx, &awsiam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: str("v9")})
	refused(t, err, "NoSuchEntity", noVersion)
	_, err = l.admin.SetDefaultPolicyVersion(ctx, &awsiam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: str("v1")})
	must(t, err)
	v1, err := l.admin.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: str("v1")})
	must(t, err)
	if plain, _ := url.PathUnescape(*v1.PolicyVersion.Document); plain != allowing(`"kms:*"`) || !v1.PolicyVersion.IsDefaultVersion {
		t.Errorf("%+v", v1.PolicyVersion)
	}
	if got := l.iam.ManagedPolicy(home, arn).Document().Text(); got != allowing(`"kms:*"`) {
		t.Error(got)
	}
	_, err = l.admin.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: &arn})
	refused(t, err, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	none := "arn:aws:iam::" + home + ":policy/none"
	for _, err := range []error{
		errOf(l.admin.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: &none})),
		errOf(l.admin.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: &none})),
		errOf(l.admin.ListPolicyVersions(ctx, &awsiam.ListPolicyVersionsInput{PolicyArn: &none})),
		errOf(l.admin.ListEntitiesForPolicy(ctx, &awsiam.ListEntitiesForPolicyInput{PolicyArn: &none})),
		errOf(l.admin.TagPolicy(ctx, &awsiam.TagPolicyInput{PolicyArn: &none, Tags: []types.Tag{{Key: str("a"), Value: str("b")}}})),
		errOf(l.admin.ListPolicyTags(ctx, &awsiam.ListPolicyTagsInput{PolicyArn: &none})),
	} {
		refused(t, err, "NoSuchEntity", "Policy "+none+" was not found.")
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestPolicyTags(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	made, err := l.admin.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str("p"), PolicyDocument: str(everything)})
	must(t, err)
	arn := made.Policy.Arn
	_, err = l.admin.TagPolicy(ctx, &awsiam.TagPolicyInput{PolicyArn: arn, Tags: []types.Tag{{Key: str("a"), Value: str("1")}, {Key: str("a"), Value: str("2")}}})
	refused(t, err, "InvalidInput", "Duplicate tag keys found.")
	_, err = l.admin.TagPolicy(ctx, &awsiam.TagPolicyInput{PolicyArn: arn, Tags: []types.Tag{{Key: str("a"), Value: str("1")}, {Key: str("A"), Value: str("2")}}})
	must(t, err)
	_, err = l.admin.UntagPolicy(ctx, &awsiam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"a"}})
	must(t, err)
	got, err := l.admin.ListPolicyTags(ctx, &awsiam.ListPolicyTagsInput{PolicyArn: arn})
	must(t, err)
	if len(got.Tags) != 1 || *got.Tags[0].Key != "A" {
		t.Errorf("%+v", got.Tags)
	}
}

func TestManagedPolicies(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	arn := "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
	_, err := l.admin.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: str("admin"), PolicyArn: &arn})
	must(t, err)
	got, err := l.admin.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: &arn})
	must(t, err)
	if p := got.Policy; *p.PolicyName != "AWSLambdaBasicExecutionRole" || *p.Path != "/service-role/" || *p.Arn != arn || *p.AttachmentCount != 1 || len(*p.PolicyId) != 21 {
		t.Errorf("%+v", p)
	}
	v, err := l.admin.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: got.Policy.DefaultVersionId})
	must(t, err)
	if plain, _ := url.PathUnescape(*v.PolicyVersion.Document); !strings.Contains(plain, "logs:PutLogEvents") {
		t.Error(plain)
	}
	for scope, want := range map[types.PolicyScopeType]int{types.PolicyScopeTypeAws: 1, types.PolicyScopeTypeLocal: 0, types.PolicyScopeTypeAll: 1} {
		out, err := l.admin.ListPolicies(ctx, &awsiam.ListPoliciesInput{Scope: scope, OnlyAttached: true})
		must(t, err)
		if len(out.Policies) != want {
			t.Errorf("%s: %d policies", scope, len(out.Policies))
		}
	}
	who, err := l.admin.ListEntitiesForPolicy(ctx, &awsiam.ListEntitiesForPolicyInput{PolicyArn: &arn})
	must(t, err)
	if len(who.PolicyUsers) != 1 || *who.PolicyUsers[0].UserName != "admin" || len(who.PolicyRoles)+len(who.PolicyGroups) != 0 {
		t.Errorf("%+v", who)
	}
	unknown := "arn:aws:iam::aws:policy/NotThere"
	_, err = l.admin.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: str("admin"), PolicyArn: &unknown})
	refused(t, err, "NoSuchEntity", "Policy "+unknown+" does not exist or is not attachable. The local plane does not know every AWS managed policy; a customer managed policy with its document does the same.")
	_, err = l.admin.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: &arn})
	refused(t, err, "NoSuchEntity", "Policy "+arn+" was not found.")
}

func TestDocuments(t *testing.T) {
	l := newLocal(t, Options{})
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	for _, tt := range []struct{ document, message string }{
		{`{`, "Syntax errors in policy."},
		{`[]`, "Syntax errors in policy."},
		{`{"Version":"2012-10-17","Statement":[]}`, "Syntax errors in policy."},
		{statement(`{"Effect":"Permit","Action":"s3:*","Resource":"*"}`), "Syntax errors in policy."},
		{statement(`{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}`), "Syntax errors in policy."},
		{statement(`{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringIs":{"a:b":"c"}}}`), "Syntax errors in policy."},
		{`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`, "Policy document must be version 2012-10-17 or greater."},
		{`{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`, "Policy document must be version 2012-10-17 or greater."},
		{statement(`{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"}`), "Statement IDs (SID) in a single policy must be unique."},
		{statement(`{"Sid":"a b","Effect":"Allow","Action":"s3:*","Resource":"*"}`), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"},
		{statement(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`), "Policy document should not specify a principal."},
		{statement(`{"Effect":"Allow","Resource":"*"}`), "Policy statement must contain actions."},
		{statement(`{"Effect":"Allow","Action":"s3:*"}`), "Policy statement must contain resources."},
		{statement(`{"Effect":"Allow","Action":"invalid","Resource":"*"}`), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{statement(`{"Effect":"Allow","Action":"a:b:c","Resource":"*"}`), "Actions/Condition can contain only one colon."},
		{statement(`{"Effect":"Allow","Action":"s3*:Get","Resource":"*"}`), "Vendor s3* is not valid"},
		{statement(`{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}`), `Resource bucket must be in ARN format or "*".`},
		{statement(`{"Effect":"Allow","Action":"s3:*","Resource":"a:b"}`), "The policy failed legacy parsing"},
	} {
		_, err := l.admin.PutUserPolicy(t.Context(), &awsiam.PutUserPolicyInput{UserName: str("admin"), PolicyName: str("p"), PolicyDocument: &tt.document})
		refused(t, err, "MalformedPolicyDocument", tt.message)
		_, err = l.admin.CreatePolicy(t.Context(), &awsiam.CreatePolicyInput{PolicyName: str("p"), PolicyDocument: &tt.document})
		refused(t, err, "MalformedPolicyDocument", tt.message)
	}
	long := statement(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::` + strings.Repeat("x", 6144) + `"}`)
	_, err := l.admin.CreatePolicy(t.Context(), &awsiam.CreatePolicyInput{PolicyName: str("p"), PolicyDocument: &long})
	refused(t, err, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
}

// TestNoARN: what is no ARN names no policy.
func TestNoARN(t *testing.T) {
	l := newLocal(t, Options{})
	for _, arn := range []string{strings.Repeat("x", 20), strings.Repeat(":", 20), strings.Repeat("/", 20), "arn:aws:iam::" + home + ":policy/"} {
		_, err := l.admin.GetPolicy(t.Context(), &awsiam.GetPolicyInput{PolicyArn: &arn})
		refused(t, err, "NoSuchEntity", "Policy "+arn+" was not found.")
	}
}

// FuzzDocument: a document that is taken has no faults, whatever it looks like, and is
// answered as it was given.
func FuzzDocument(f *testing.F) {
	for _, text := range []string{everything, trustHome, allowing(`["kms:Encrypt","kms:Decrypt"]`), `{"Statement":[]}`, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b:c","Resource":["*","x"]}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if plain, err := url.PathUnescape(escaped(text)); err != nil || plain != text {
			t.Fatalf("%q %v", plain, err)
		}
		if n := size(text); n > len(text) {
			t.Fatalf("size %d", n)
		}
		if p, err := identityDocument("p", text); err == nil && len(p.Document().Problems) > 0 {
			t.Fatalf("%+v", p.Document().Problems)
		}
		if p, err := trustDocument(text); err == nil && len(p.Document().Problems) > 0 {
			t.Fatalf("%+v", p.Document().Problems)
		}
	})
}
