package least

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// administratorPatterns are the actions of the statement for key administrators in
// the key policy that the KMS console makes. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-administrators
var administratorPatterns = [...]string{
	"kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*",
	"kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:RotateKeyOnDemand",
}

// AdministratorActions are the actions by which administrators govern a key: those
// on keys of AWS's own statement for them, one by one and without kms:CreateGrant.
// None of them uses the key.
func AdministratorActions() []string {
	var out []string
	for _, a := range authz.KMSActions() {
		for _, s := range administratorPatterns {
			if a.OnKey && a.Name != "kms:CreateGrant" && policy.MatchAction(s, a.Name) {
				out = append(out, a.Name)
				break
			}
		}
	}
	return out
}

// administration returns the needs of the administrators.
func administration(key arn.ARN, o *Options) ([]symbolic.Need, error) {
	actions := AdministratorActions()
	if o.AdministratorsGrant {
		actions = append(actions, "kms:CreateGrant")
	}
	names := o.Administrators
	if len(names) == 0 {
		names = []string{rootOf(key, key.Account)}
	}
	var out []symbolic.Need
	for _, s := range names {
		a, err := arn.Parse(s)
		p := authz.Principal{Account: a.Account}
		switch {
		case err != nil || a.Service != "iam":
			return nil, fmt.Errorf("administrator %q: not the ARN of a user, a role or the account's root", s)
		case a.Account != key.Account:
			return nil, fmt.Errorf("administrator %q: a key is administered from its own account %s only", s, key.Account)
		case a.Resource == "root":
		case strings.HasPrefix(a.Resource, "user/"):
			p.Kind, p.ARN = authz.User, s
		case strings.HasPrefix(a.Resource, "role/"):
			p.Kind, p.Role = authz.Session, s
		default:
			return nil, fmt.Errorf("administrator %q: not the ARN of a user, a role or the account's root", s)
		}
		out = append(out, symbolic.Need{Principal: p, Actions: actions})
	}
	return out, nil
}

// rootOf is the principal by which a policy delegates to an account.
func rootOf(key arn.ARN, account string) string {
	return arn.ARN{Partition: key.Partition, Service: "iam", Account: account, Resource: "root"}.String()
}
