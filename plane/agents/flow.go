package agents

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// flows are the operations of flows, of their versions and aliases.
func flows() operations {
	return operations{
		"CreateFlow":             {Do: createFlow},
		"GetFlow":                {Resource: flowARN, Do: getFlow},
		"ListFlows":              {Do: listFlows},
		"UpdateFlow":             {Resource: flowARN, Do: updateFlow},
		"DeleteFlow":             {Resource: flowARN, Do: deleteFlow},
		"PrepareFlow":            {Resource: flowARN, Do: prepareFlow},
		"ValidateFlowDefinition": {Do: validateFlowDefinition},
		"CreateFlowVersion":      {Resource: flowARN, Do: createFlowVersion},
		"GetFlowVersion":         {Resource: flowARN, Do: getFlowVersion},
		"ListFlowVersions":       {Resource: flowARN, Do: listFlowVersions},
		"DeleteFlowVersion":      {Resource: flowARN, Do: deleteFlowVersion},
		"CreateFlowAlias":        {Resource: flowARN, Do: createFlowAlias},
		"GetFlowAlias":           {Resource: flowAliasARN, Do: getFlowAlias},
		"ListFlowAliases":        {Resource: flowARN, Do: listFlowAliases},
		"UpdateFlowAlias":        {Resource: flowAliasARN, Do: updateFlowAlias},
		"DeleteFlowAlias":        {Resource: flowAliasARN, Do: deleteFlowAlias},
	}
}

// The kinds of records and the types of the catalogue.
const (
	kindFlow        = "flow"
	kindFlowVersion = "flow-version"
	kindFlowAlias   = "flow-alias"

	typeFlow        = "AWS::Bedrock::Flow"
	typeFlowVersion = "AWS::Bedrock::FlowVersion"
)

// prepared is the name of the content that the test alias serves: the draft as it was when
// the flow was prepared.
const prepared = "prepared"

// Quotas of flows. https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const (
	mostFlows        = 100
	mostFlowVersions = 10
	mostFlowAliases  = 10
)

// flowMembers are those that an update replaces, apart from the definition, which the key
// protects.
var flowMembers = []string{"name", "description", "executionRoleArn", "customerEncryptionKeyArn"}

// flowNamed is the id of the flow that the input names, by its id or ARN.
func flowNamed(r *emulate.Request) string { return last(r.In.Text("flowIdentifier")) }

func flowARN(r *emulate.Request) (string, error) { return r.ARN("flow/" + flowNamed(r)), nil }

func findFlow(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(r.Key(kindFlow, flowNamed(r))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

// flowSubject is the definition of a flow, or of a version of one, for its key.
func flowSubject(r *emulate.Request, typ string, flow *records.Record) *behalf.Subject {
	s := r.Subject(typ, content, flow.Doc.Text("arn"))
	s.Roles = map[string]string{"execution": flow.Doc.Text("executionRoleArn")}
	return s
}

func sealFlow(ctx context.Context, r *emulate.Request, typ string, flow *records.Record, what wire.Object) (*records.Sealed, error) {
	return r.SealObject(ctx, flowSubject(r, typ, flow), flow.Doc.Text("customerEncryptionKeyArn"), "create", what)
}

func openFlow(ctx context.Context, r *emulate.Request, typ string, flow *records.Record) (wire.Object, error) {
	return r.OpenObject(ctx, flowSubject(r, typ, flow), flow.Sealed[content], "use")
}

func createFlow(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := passRole(ctx, r, r.In.Text("executionRoleArn")); err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.UpperDigits, 10)
	flow := &records.Record{Key: r.Key(kindFlow, id), Doc: r.In.Pick(flowMembers...).With(wire.Object{
		"id": id, "arn": r.ARN("flow/" + id), "version": draft, "status": "NotPrepared",
	})}
	sealed, err := sealFlow(ctx, r, typeFlow, flow, r.In.Pick("definition"))
	if err != nil {
		return nil, err
	}
	flow.Sealed = map[string]*records.Sealed{content: sealed}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := tx.List(control, kindFlow, r.Account, r.Region)
		if err := full(r, "flows per account", len(all), mostFlows); err != nil {
			return err
		}
		if err := nameFree(r, "flow", all, ""); err != nil {
			return err
		}
		emulate.PutTags(tx, flow.Doc.Text("arn"), r.TagsIn("tags"))
		tx.Put(flow)
		return nil
	})
	return dated(flow).With(r.In.Pick("definition")), err
}

// getFlow needs the key only for what the key protects. Unconfirmed: that AWS answers a
// request for metadata without it.
func getFlow(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	flow, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	if r.In.Text("includedData") == "METADATA_ONLY" {
		return dated(flow), nil
	}
	opened, err := openFlow(ctx, r, typeFlow, flow)
	if err != nil {
		return nil, err
	}
	out := dated(flow).With(opened)
	out["validations"] = validated(opened.Object("definition"))
	return out, nil
}

func listFlows(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var all []wire.Object
	for _, flow := range r.List(kindFlow) {
		all = append(all, dated(flow))
	}
	return r.Page(all, pageSize, invalid)
}

// updateFlow replaces a flow: what is left out is gone afterwards, the key too. Unconfirmed:
// that of the key, which the API reference does not except.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateFlow.html
func updateFlow(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	if err := passRole(ctx, r, r.In.Text("executionRoleArn")); err != nil {
		return nil, err
	}
	flow := old.Change(r.Service.Now(), nil)
	flow.Doc = old.Doc.Pick("id", "arn", "version", lastVersion).With(r.In.Pick(flowMembers...)).With(wire.Object{"status": "NotPrepared"})
	if flow.Sealed[content], err = sealFlow(ctx, r, typeFlow, flow, r.In.Pick("definition")); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		if err := nameFree(r, "flow", tx.List(control, kindFlow, r.Account, r.Region), old.ID); err != nil {
			return err
		}
		tx.Put(flow)
		return nil
	})
	return dated(flow).With(r.In.Pick("definition")), err
}

// prepareFlow makes the draft what the test alias serves, and what versions are cut from. It
// fails when the definition has errors.
func prepareFlow(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	opened, err := openFlow(ctx, r, typeFlow, old)
	if err != nil {
		return nil, err
	}
	flow := old.Change(r.Service.Now(), wire.Object{"status": "Preparing"})
	then := "Prepared"
	if len(errorsOf(validate(opened.Object("definition")))) > 0 {
		then = "Failed"
	} else {
		flow.Sealed[prepared] = flow.Sealed[content]
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		tx.Put(becomes(r, flow, wire.Object{"status": then}))
		return nil
	})
	return flow.Doc.Pick("id", "status"), err
}

// deleteFlow deletes a flow with its versions and aliases.
func deleteFlow(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	flow, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"id": flow.ID}, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, flow); err != nil {
			return err
		}
		aliases := ofFlow(tx.List(control, kindFlowAlias, r.Account, r.Region), flow.ID)
		if len(aliases) > 0 && !r.In.Bool("skipResourceInUseCheck") {
			// Unconfirmed: the text.
			return r.Fail(conflict, "The flow %s is in use by the alias %s. Delete it first, or set skipResourceInUseCheck.", flow.ID, aliases[0].Doc.Text("id"))
		}
		for _, rec := range append(append(aliases, ofFlow(tx.List(control, kindFlowVersion, r.Account, r.Region), flow.ID)...), flow) {
			if rec.Kind != kindFlowVersion {
				emulate.PutTags(tx, rec.Doc.Text("arn"), nil)
			}
			tx.Delete(rec.Key)
		}
		return nil
	})
}

// ofFlow are the versions or aliases of a flow.
func ofFlow(all []*records.Record, flow string) []*records.Record {
	var out []*records.Record
	for _, rec := range all {
		if rec.Doc.Text("flowId") == flow {
			out = append(out, rec)
		}
	}
	return out
}
