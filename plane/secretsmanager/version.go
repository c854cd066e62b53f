package secretsmanager

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The staging labels of the service.
const (
	current  = "AWSCURRENT"
	pending  = "AWSPENDING"
	previous = "AWSPREVIOUS"
)

// mostPage is the largest page of listings, and mostStages the quota of labels of a version.
// Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const (
	mostPage   = 100
	mostStages = 20
)

func versionKey(secret *records.Record, id string) records.Key {
	return records.Key{Service: api, Kind: "version:" + secret.Doc.Text("ARN"), Account: secret.Account, Region: secret.Region, ID: id}
}

func versionsOf(r *emulate.Request, secret *records.Record) []*records.Record {
	k := versionKey(secret, "")
	return r.Service.Records.List(k.Service, k.Kind, k.Account, k.Region)
}

// contentOf is the value in a request; nil: there is none.
func contentOf(r *emulate.Request) (wire.Object, error) {
	content := r.In.Pick("SecretString", "SecretBinary")
	switch len(content) {
	case 0:
		return nil, nil
	case 2:
		return nil, r.Fail(invalid, "You can't specify both a binary secret value and a string secret value in the same secret.")
	}
	return content, nil
}

// sameContent refuses the token of a version for another value.
func sameContent(ctx context.Context, r *emulate.Request, secret, version *records.Record, content wire.Object) error {
	before, err := open(ctx, r, secret, version)
	if err != nil {
		return err
	}
	a, err := json.Marshal(before)
	if err != nil {
		return err
	}
	b, err := json.Marshal(content)
	if err == nil && string(a) != string(b) {
		err = r.Fail(exists, "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", version.ID, secret.Doc.Text("ARN"))
	}
	return err
}

// putVersion makes a version with labels, which other versions lose. A version that is there
// already with the same value stays as it is.
func putVersion(ctx context.Context, r *emulate.Request, secret *records.Record, id string, content wire.Object, stages []string) (*records.Record, error) {
	if old := r.Service.Records.Get(versionKey(secret, id)); old != nil {
		return old, sameContent(ctx, r, secret, old, content)
	}
	v, err := seal(ctx, r, secret, id, content, nil)
	if err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := tx.Get(secret.Key)
		if rec == nil || rec.Doc.Text("ARN") != secret.Doc.Text("ARN") {
			return r.Fail(notFound, "Secrets Manager can't find the specified secret.")
		}
		tx.Put(rec.Change(tx.Now(), wire.Object{"LastChangedDate": tx.Now()}))
		tx.Put(v)
		for _, stage := range stages {
			moveStage(tx, secret, stage, id)
		}
		v = tx.Get(v.Key)
		return nil
	})
	if err == nil {
		err = synchronize(ctx, r, secret.Key)
	}
	return v, err
}

// moveStage gives a label to a version, or with an empty id to none. The version that had
// AWSCURRENT before has AWSPREVIOUS then.
func moveStage(tx *records.Tx, secret *records.Record, stage, to string) {
	k := versionKey(secret, "")
	from := ""
	for _, v := range tx.List(k.Service, k.Kind, k.Account, k.Region) {
		stages := v.Doc.Texts("VersionStages")
		has := slices.Contains(stages, stage)
		switch {
		case has && v.ID != to:
			from = v.ID
			stages = slices.DeleteFunc(stages, func(s string) bool { return s == stage })
		case !has && v.ID == to:
			stages = append(stages, stage)
		default:
			continue
		}
		tx.Put(v.Change(tx.Now(), wire.Object{"VersionStages": wire.Strings(stages)}))
	}
	if stage == current && from != "" && to != "" {
		moveStage(tx, secret, previous, from)
	}
}

func putValue(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := primary(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if r.In.Has("RotationToken") {
		return nil, r.Fail(invalid, "not implemented by the local plane: rotation")
	}
	content, err := contentOf(r)
	if err != nil {
		return nil, err
	}
	if content == nil {
		return nil, r.Fail(impossible, "You must provide either SecretString or SecretBinary.")
	}
	stages := r.In.Texts("VersionStages")
	if len(stages) > mostStages {
		return nil, r.Fail("LimitExceededException", "A version can have at most %d staging labels.", mostStages)
	}
	first := !slices.ContainsFunc(versionsOf(r, rec), func(v *records.Record) bool {
		return slices.Contains(v.Doc.Texts("VersionStages"), current)
	})
	if stages == nil || first && !slices.Contains(stages, current) {
		stages = append(stages, current) // the first version always has it
	}
	v, err := putVersion(ctx, r, rec, r.In.Text("ClientRequestToken"), content, stages)
	if err != nil {
		return nil, err
	}
	return rec.Doc.Pick("ARN", "Name").With(v.Doc.Pick("VersionStages")).With(wire.Object{"VersionId": v.ID}), nil
}

func listVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, v := range versionsOf(r, rec) {
		if len(v.Doc.List("VersionStages")) > 0 || r.In.Bool("IncludeDeprecated") {
			items = append(items, v.Doc.With(wire.Object{"VersionId": v.ID}))
		}
	}
	out, err := r.PageAs(items, mostPage, "InvalidNextTokenException", "NextToken", "NextToken", "MaxResults", "Versions")
	if err != nil {
		return nil, err
	}
	return out.With(rec.Doc.Pick("ARN", "Name")), nil
}

func updateStage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	stage, to, from := r.In.Text("VersionStage"), r.In.Text("MoveToVersionId"), r.In.Text("RemoveFromVersionId")
	if stage == current && to == "" {
		// Recorded: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/secretsmanager/secret_version.go
		return nil, r.Fail(invalid, "You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.")
	}
	var rec *records.Record
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		var err error
		if rec, err = primary(r, tx.Get); err != nil {
			return err
		}
		holder := ""
		for _, v := range tx.List(api, versionKey(rec, "").Kind, rec.Account, rec.Region) {
			if slices.Contains(v.Doc.Texts("VersionStages"), stage) {
				holder = v.ID
			}
		}
		switch {
		case to != "" && tx.Get(versionKey(rec, to)) == nil:
			return r.Fail(notFound, "Secrets Manager can't find the specified secret version: %s.", to)
		case holder != "" && holder != to && from != holder:
			// The text is unconfirmed.
			return r.Fail(invalid, "The parameter RemoveFromVersionId can't be empty. Staging label %s is currently attached to version %s, so you must explicitly reference that version in RemoveFromVersionId.", stage, holder)
		}
		moveStage(tx, rec, stage, to)
		rec = rec.Change(tx.Now(), wire.Object{"LastChangedDate": tx.Now()})
		tx.Put(rec)
		return nil
	})
	if err == nil {
		err = synchronize(ctx, r, rec.Key)
	}
	if err != nil {
		return nil, err
	}
	return rec.Doc.Pick("ARN", "Name"), nil
}
