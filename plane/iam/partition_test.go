package iam

import (
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
)

// TestPartition: what an account of GovCloud has is in its partition, also after the plane was started
// again; the policies of AWS are too.
func TestPartition(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	part, whole := sqliteStore(t, path)
	s := open(t, Options{Seal: testSeal(t), Store: part})
	must(t, s.SetPartition(home, "aws-us-gov"))
	must(t, s.EnsurePolicy(t.Context(), home, PolicySeed{Name: "limit", Document: everything}))
	must(t, s.EnsureUser(t.Context(), home, UserSeed{ID: "AIDAADAADAADAADAADA1", Name: "ada", Path: "/eng/", Attached: []string{"arn:aws-us-gov:iam::" + home + ":policy/limit"}}))
	must(t, s.EnsureUser(t.Context(), abroad, UserSeed{Name: "bob"}))
	look := func(s *Service) {
		t.Helper()
		for got, want := range map[string]string{
			s.User(home, "ada").ARN:          "arn:aws-us-gov:iam::" + home + ":user/eng/ada",
			s.Root(home).Principal.ARN:       "arn:aws-us-gov:iam::" + home + ":root",
			s.User(abroad, "bob").ARN:        "arn:aws:iam::" + abroad + ":user/bob",
			"partition " + s.Partition(home): "partition aws-us-gov",
		} {
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if s.ManagedPolicy(home, "arn:aws-us-gov:iam::"+home+":policy/limit") == nil || s.ManagedPolicy(home, "arn:aws:iam::"+home+":policy/limit") != nil {
			t.Error("the managed policy is not in its partition")
		}
		if !s.HasID("AIDAADAADAADAADAADA1") || s.HasID("AIDABOBBOBBOBBOBBOB1") {
			t.Error("unique ids")
		}
	}
	look(s)
	if err := s.SetPartition(home, "aws-cn"); err == nil || err.Error() != "iam: account "+home+": user ada is in another partition than aws-cn" {
		t.Errorf("another partition: %v", err)
	}
	must(t, s.Close())
	must(t, whole.Close())
	part, whole = sqliteStore(t, path)
	again := open(t, Options{Seal: testSeal(t), Store: part})
	look(again)
	must(t, again.Close())
	must(t, whole.Close())
}

// TestProtectedRoles: nobody changes the roles of permission sets, and those that are linked to services.
func TestProtectedRoles(t *testing.T) {
	l := newLocal(t, Options{})
	for name, path := range map[string]string{"AWSReservedSSO_Builder_0123456789abcdef": "/aws-reserved/sso.amazonaws.com/", "AWSServiceRoleForBedrock": "/aws-service-role/bedrock.amazonaws.com/"} {
		must(t, l.iam.EnsureRole(t.Context(), home, RoleSeed{Name: name, Path: path, Trust: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole"}}`}))
		_, err := l.admin.PutRolePolicy(t.Context(), &awsiam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("more"), PolicyDocument: aws.String(everything)})
		refused(t, err, "UnmodifiableEntity", "Cannot perform the operation on the protected role '"+name+"' - this role is only modifiable by AWS")
	}
}
