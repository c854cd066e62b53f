package bedrock

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func getGuardrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := guardrailOf(r, r.In.Text("guardrailIdentifier"))
	if err != nil {
		return nil, err
	}
	if err := g.allow(ctx, r, "GetGuardrail"); err != nil {
		return nil, err
	}
	rec := g.record(r.Service.World, r.In.Text("guardrailVersion"))
	if rec == nil {
		return nil, missing(r)
	}
	content, err := g.configuration(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	out := content.With(g.shown(rec)).With(wire.Object{"guardrailId": g.id, "guardrailArn": g.arn})
	if key := rec.Sealed[slot].Key; key != "" {
		out["kmsKeyArn"] = key
	}
	return out, nil
}

// shown is what every reader of a guardrail sees without its key.
func (g *guardrail) shown(rec *records.Record) wire.Object {
	out := rec.Doc.Pick("name", "description", "status", "version", "crossRegionDetails")
	if !out.Has("version") {
		out["version"] = draft
	}
	out["createdAt"], out["updatedAt"] = rec.Created, rec.Updated
	return out
}

// listGuardrails lists the drafts of all guardrails, or the draft and the versions of one.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListGuardrails.html
func listGuardrails(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	add := func(g *guardrail, rec *records.Record) {
		items = append(items, g.shown(rec).With(wire.Object{"id": g.id, "arn": g.arn}))
	}
	if !r.In.Has("guardrailIdentifier") {
		for _, rec := range r.Service.Records.List(control, guardrailKind, r.Account, r.Region) {
			g, _ := guardrailOf(r, rec.ID) // an id is never refused
			add(g, rec)
		}
		return r.Page(items, mostListed, "ValidationException")
	}
	g, err := guardrailOf(r, r.In.Text("guardrailIdentifier"))
	if err != nil {
		return nil, err
	}
	rec := g.record(r.Service.World, draft)
	if rec == nil {
		return nil, missing(r)
	}
	add(g, rec)
	for _, rec := range g.versions(r.Service.World) {
		add(g, rec)
	}
	return r.Page(items, mostListed, "ValidationException")
}

// mostListed is the largest page of the API's listings.
const mostListed = 1000
