package secretsmanager

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy"
)

func putPolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	text := r.In.Text("ResourcePolicy")
	if problem := emulate.PolicyProblem(text); problem != "" {
		// The text is unconfirmed.
		return nil, r.Fail("MalformedPolicyDocumentException", "This resource policy contains invalid Json or is not valid: %s", problem)
	}
	if r.In.Bool("BlockPublicPolicy") && public(text) {
		return nil, r.Fail("PublicPolicyException", "You can't attach a resource policy that allows broad access to the secret.")
	}
	rec, err := change(ctx, r, live, wire.Object{policyMember: text})
	if err != nil {
		return nil, err
	}
	return rec.Doc.Pick("ARN", "Name"), nil
}

// public says whether a policy allows everybody something without a condition. AWS asks Zelkova,
// which sees more.
func public(text string) bool {
	d, err := policy.Parse(text)
	return err == nil && slices.ContainsFunc(d.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && len(s.Conditions) == 0 && s.Principals != nil &&
			(s.Principals.Any || slices.Contains(s.Principals.AWS, "*"))
	})
}

func getPolicy(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := live(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	out := rec.Doc.Pick("ARN", "Name")
	if text := rec.Doc.Text(policyMember); text != "" {
		out["ResourcePolicy"] = text
	}
	return out, nil
}

func deletePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := change(ctx, r, live, wire.Object{policyMember: nil})
	if err != nil {
		return nil, err
	}
	return rec.Doc.Pick("ARN", "Name"), nil
}
