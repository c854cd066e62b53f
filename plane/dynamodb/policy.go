package dynamodb

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func badPolicy(r *emulate.Request, problem string) error {
	return r.Fail(invalid, "One or more parameter values were invalid: Invalid policy document: %s", problem)
}

func noPolicy(r *emulate.Request) error {
	// The text is unconfirmed.
	return r.Fail("PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn: %s", r.In.Text("ResourceArn"))
}

// expected refuses a change of a policy that is not the one that the caller expects.
func expected(r *emulate.Request, rec *records.Record) error {
	want := r.In.Text("ExpectedRevisionId")
	if want == "" || want == rec.Doc.Text(revisionMember) || want == "NO_POLICY" && !rec.Doc.Has(revisionMember) {
		return nil
	}
	return noPolicy(r)
}

func putPolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if problem := emulate.PolicyProblem(r.In.Text("Policy")); problem != "" {
		return nil, badPolicy(r, problem)
	}
	revision := r.Service.UUID()
	err := change(ctx, r, func(rec *records.Record) (wire.Object, error) {
		return wire.Object{policyMember: r.In.Text("Policy"), revisionMember: revision}, expected(r, rec)
	})
	return wire.Object{"RevisionId": revision}, err
}

func getPolicy(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	switch {
	case err != nil:
		return nil, err
	case !rec.Doc.Has(policyMember):
		return nil, noPolicy(r)
	}
	return wire.Object{"Policy": rec.Doc.Text(policyMember), "RevisionId": rec.Doc.Text(revisionMember)}, nil
}

func deletePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	out := wire.Object{}
	err := change(ctx, r, func(rec *records.Record) (wire.Object, error) {
		if rec.Doc.Has(revisionMember) {
			out["RevisionId"] = rec.Doc.Text(revisionMember)
		}
		return wire.Object{policyMember: nil, revisionMember: nil}, expected(r, rec)
	})
	return out, err
}

var tagger = emulate.Tagger{ARN: tagged}

func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	rec, err := find(r, get)
	if err != nil {
		return "", err
	}
	return tableARN(r, rec.Key), nil
}

// mostTags is the largest page of tags.
const mostTags = 10

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return r.Page(emulate.Pairs(tags), mostTags, invalid)
}
