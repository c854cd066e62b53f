package awsapi

import (
	"errors"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/internal/wire"
)

// TestSession: a session of a role calls as the role, is limited by its policy and by what it may
// call, and is refused as STS refuses it.
func TestSession(t *testing.T) {
	c := serve(t, company).client("admin")
	session := func(role string) Session {
		return Session{Account: own, Region: region, Role: "arn:aws:iam::" + own + ":role/" + role, Name: "bedlock-dry-run",
			Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:DescribeKey","Resource":"*"}]}`,
			May:    func(service, operation string) bool { return service == "sts" || service == "kms" }}
	}
	var refused smithy.APIError
	if _, err := c.As(t.Context(), session("app")); !errors.As(err, &refused) || refused.ErrorCode() != "AccessDenied" {
		t.Errorf("a role that trusts services alone: %v", err)
	}
	call := func(c *Client, service, operation string, in wire.Object) (wire.Object, error) {
		return c.Call(t.Context(), Call{Account: own, Region: region, Service: service, Operation: operation, Input: in})
	}
	if _, err := call(c, "iam", "UpdateAssumeRolePolicy", wire.Object{"RoleName": "app", "PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + own + `"},"Action":"sts:AssumeRole"}]}`}); err != nil {
		t.Fatal(err)
	}
	as, err := c.As(t.Context(), session("app"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := call(as, "sts", "GetCallerIdentity", wire.Object{}); err != nil || out.Text("Arn") != "arn:aws:sts::"+own+":assumed-role/app/bedlock-dry-run" {
		t.Errorf("%v: %v", out, err)
	}
	if _, err := call(as, "kms", "DescribeKey", wire.Object{"KeyId": "alias/records"}); err != nil {
		t.Error(err)
	}
	if _, err := call(as, "kms", "ListAliases", wire.Object{}); !errors.As(err, &refused) || refused.ErrorCode() != "AccessDeniedException" {
		t.Errorf("beyond the policy of the session: %v", err)
	}
	if _, err := call(as, "iam", "GetRole", wire.Object{"RoleName": "app"}); err == nil || err.Error() != "iam GetRole is not among what this client may call" {
		t.Error(err)
	}
	if _, err := c.As(t.Context(), Session{Account: "444455556666", Region: region, Role: "arn:aws:iam::444455556666:role/app", Name: "n"}); err == nil {
		t.Error("a role of an account that this client does not reach")
	}
}
