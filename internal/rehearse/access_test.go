package rehearse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/wire"
)

// delegated is the policy of alias/old, which leaves all to IAM; limited leaves it less.
const (
	delegated = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	limited   = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:Create*","kms:Describe*","kms:Get*","kms:List*","kms:PutKeyPolicy"],"Resource":"*"}`
	stranger  = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/stranger"},"Action":"kms:Decrypt","Resource":"*"}`
	outsider  = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:Encrypt","Resource":"*"}`
)

func allowing(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// TestAccess: a step that has nothing to do with the needs, and what a rehearsal says of it.
func TestAccess(t *testing.T) {
	put := func(key, policy string) fix.Call {
		return fix.Call{Service: "kms", Operation: "PutKeyPolicy", Input: wire.Object{"KeyId": key, "PolicyName": "default", "Policy": policy}}
	}
	for name, c := range map[string]struct {
		kind fix.Kind
		do   func(key string) fix.Call
		says []string
	}{
		"nothing": {fix.Rotation, func(key string) fix.Call {
			return fix.Call{Service: "kms", Operation: "EnableKeyRotation", Input: wire.Object{"KeyId": key, "RotationPeriodInDays": int64(90)}}
		}, nil},
		"a principal that loses": {fix.KeyPolicy, func(key string) fix.Call { return put(key, allowing(limited)) }, []string{
			"user admin would lose access to key alias/old: kms:",
			`guardrail "southern", configuration: arn:aws:iam::111122223333:user/admin can use it now and could not (use): kms:Decrypt: AccessDeniedException`,
			"the policy of key alias/old would no longer allow: kms:",
		}},
		"a principal that gains": {fix.KeyPolicy, func(key string) fix.Call { return put(key, allowing(delegated, stranger)) }, []string{
			"user stranger would gain access to key alias/old that nothing needs: kms:Decrypt",
			"the policy of key alias/old would allow what nothing needs: kms:Decrypt by user stranger",
		}},
		"an account that gains": {fix.KeyPolicy, func(key string) fix.Call { return put(key, allowing(delegated, outsider)) }, []string{
			"which is outside, would gain access to key alias/old: kms:Encrypt",
		}},
		"a grant": {fix.Grant, func(key string) fix.Call {
			return fix.Call{Service: "kms", Operation: "CreateGrant", Input: wire.Object{"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:user/stranger", "Operations": []any{"Decrypt"}}}
		}, []string{"user stranger would gain access to key alias/old that nothing needs: kms:Decrypt"}},
		"an identity policy": {fix.IdentityPolicy, func(key string) fix.Call {
			return fix.Call{Service: "iam", Operation: "PutUserPolicy", Input: wire.Object{"UserName": "stranger", "PolicyName": "keys", "PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + key + `"}]}`}}
		}, []string{"user stranger would gain access to key alias/old that nothing needs: kms:Decrypt"}},
	} {
		t.Run(name, func(t *testing.T) {
			inv, plan := planned(t, "rounds", "alias/old")
			key := plan.Target.Key
			plan.Steps = append(plan.Steps, fix.Step{
				ID: "s99-more", Title: "do something more", Kind: c.kind, Place: fix.Place{Account: fixtest.Account, Region: fixtest.Region}, Subject: key,
				Do: []fix.Call{c.do(key)}, Undo: []fix.Call{put(key, allowing(delegated))},
			})
			if err := plan.Seal(); err != nil {
				t.Fatal(err)
			}
			r := rehearsed(t, inv, plan)
			all := rehearsed(t, inv, plan, func(o *rehearse.Options) { o.Exhaustive = true })
			if d := cmp.Diff(anyKey(all.Unexpected), anyKey(r.Unexpected)); d != "" || len(all.Access) != len(r.Access) {
				t.Errorf("%d accesses, %d when all are compared: %s", len(r.Access), len(all.Access), d)
			}
			if s := r.Steps[len(r.Steps)-1]; s.Outcome != rehearse.Done {
				t.Fatalf("the step is %s: %s", s.Outcome, s.Error)
			}
			for _, want := range c.says {
				if !slices.ContainsFunc(r.Unexpected, func(text string) bool { return strings.Contains(text, want) }) {
					t.Errorf("nothing says %q: %q", want, r.Unexpected)
				}
			}
			if r.OK != (c.says == nil) || r.OK != (len(r.Access) == 0) {
				t.Errorf("in order %v: unexpected %q, left %q, access %+v", r.OK, r.Unexpected, r.Left, r.Access)
			}
		})
	}
}
