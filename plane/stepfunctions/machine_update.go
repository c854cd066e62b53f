package stepfunctions

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// changeable are the members of an update; what is left out stays.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
var changeable = []string{definition, "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"}

func updateMachine(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if !slices.ContainsFunc(changeable, r.In.Has) {
		return nil, r.Fail("MissingRequiredParameter", "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the TracingConfiguration must be specified")
	}
	if err := checkPublish(r); err != nil {
		return nil, err
	}
	arn := r.In.Text("stateMachineArn")
	rec, err := find(r, r.Service.Records.Get, arn)
	if err != nil {
		return nil, err
	}
	if _, qualifier := unqualified(arn); qualifier != "" {
		return nil, r.Fail(validation, "The ARN of a state machine is required, not that of a version or an alias: '%s'", arn)
	}
	set := r.In.Pick(changeable...).Without(definition)
	if r.In.Has("roleArn") {
		if err := checkRole(ctx, r, r.In.Text("roleArn"), arn); err != nil {
			return nil, err
		}
	}
	sealed, err := resealed(ctx, r, rec, set)
	if err != nil {
		return nil, err
	}
	out := wire.Object{}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now, err := find(r, tx.Get, arn)
		if err != nil {
			return err
		}
		revision := r.Service.UUID()
		next := now.Change(tx.Now(), set.With(wire.Object{"revisionId": revision}))
		if sealed != nil {
			next.Sealed[definition] = sealed
		}
		tx.Put(next)
		out["updateDate"], out["revisionId"] = next.Updated, revision
		if r.In.Bool("publish") {
			out["stateMachineVersionArn"] = publish(r, tx, next)
		}
		return nil
	})
	return out, err
}

// resealed is the definition of a state machine after an update, under the key that it has then;
// nil: it stays as it is. set gets the encryption as it is shown.
func resealed(ctx context.Context, r *emulate.Request, rec *records.Record, set wire.Object) (*records.Sealed, error) {
	text := r.In.Text(definition)
	if text != "" {
		if _, err := parse(r, text); err != nil {
			return nil, err
		}
	} else if !r.In.Has("encryptionConfiguration") {
		return nil, nil
	}
	s := subject(r, machineARN(r, rec), rec.Doc.Text("roleArn"))
	key := ""
	if encryption := rec.Doc.Object("encryptionConfiguration"); encryption.Text("type") == customer {
		key = encryption.Text("kmsKeyId")
	}
	if r.In.Has("encryptionConfiguration") {
		var err error
		if set["encryptionConfiguration"], key, err = encryptionOf(r); err != nil {
			return nil, err
		}
	}
	if text == "" {
		var err error
		if text, err = openDefinition(ctx, r, s, rec, byCaller); err != nil {
			return nil, err
		}
	}
	return sealDefinition(ctx, r, s, key, text)
}
