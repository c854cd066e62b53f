package rds

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// principal is RDS.
const principal = "rds.amazonaws.com"

// secrets makes a call of Secrets Manager for the caller: whoever has RDS manage the password
// needs the permissions for the secret and its key.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
func secrets(ctx context.Context, r *emulate.Request, operation string, in wire.Object) (wire.Object, error) {
	more := authz.Context{
		"aws:viaawsservice": one("true"), "aws:calledvia": one(principal), "aws:calledviafirst": one(principal), "aws:calledvialast": one(principal),
	}
	out, err := r.Service.Invoke(ctx, r.Call, r.Caller, principal, more, "secretsmanager", operation, in)
	var refused *wire.Error
	if errors.As(err, &refused) {
		code := badCombination // unconfirmed
		if refused.Code == "AccessDeniedException" {
			code = "AccessDenied"
		}
		return nil, r.Fail(code, "%s", refused.Message)
	}
	return out, err
}

// password is a new one, in the form of managed secrets.
func password(r *emulate.Request, doc wire.Object) (string, error) {
	b, err := json.Marshal(map[string]string{"username": doc.Text("MasterUsername"), "password": r.Service.ID(emulate.Letters, 28)})
	return string(b), err
}

// manage makes the secret of a database.
func (k *kind) manage(ctx context.Context, r *emulate.Request, rec *records.Record) error {
	key, err := keyARN(ctx, r, r.In.Text("MasterUserSecretKmsKeyId"), "secretsmanager")
	if err != nil {
		return err
	}
	text, err := password(r, rec.Doc)
	if err != nil {
		return err
	}
	in := wire.Object{
		"Name": "rds!" + k.noun + "-" + r.Service.UUID(), "SecretString": text, "ClientRequestToken": r.Service.UUID(),
		"Description": "The secret associated with the primary RDS " + k.member + ": " + rec.Doc.Text(k.arn),
		"Tags":        emulate.TagList(map[string]string{"aws:rds:primary" + k.member + "Arn": rec.Doc.Text(k.arn), "aws:secretsmanager:owningService": "rds"}),
	}
	if r.In.Has("MasterUserSecretKmsKeyId") {
		in["KmsKeyId"] = key
	}
	out, err := secrets(ctx, r, "CreateSecret", in)
	if err != nil {
		return err
	}
	rec.Doc["MasterUserSecret"] = wire.Object{"SecretArn": out.Text("ARN"), "SecretStatus": "active", "KmsKeyId": key}
	return nil
}

// unmanage deletes the secret of a database, at once.
func unmanage(ctx context.Context, r *emulate.Request, doc wire.Object) error {
	secret := doc.Text("MasterUserSecret.SecretArn")
	if secret == "" {
		return nil
	}
	_, err := secrets(ctx, r, "DeleteSecret", wire.Object{"SecretId": secret, "ForceDeleteWithoutRecovery": true})
	return err
}

// rotate puts a new password.
func rotate(ctx context.Context, r *emulate.Request, doc wire.Object) error {
	text, err := password(r, doc)
	if err != nil {
		return err
	}
	_, err = secrets(ctx, r, "PutSecretValue", wire.Object{"SecretId": doc.Text("MasterUserSecret.SecretArn"), "SecretString": text, "ClientRequestToken": r.Service.UUID()})
	return err
}
