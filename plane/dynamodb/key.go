package dynamodb

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot and replicaSlot are those of the catalogue. A replica's data key is kept under
// replicaSlot with its Region.
const (
	slot        = "table"
	replicaSlot = "replica"
	managedKey  = "alias/aws/dynamodb"
)

func subject(r *emulate.Request, rec *records.Record) *behalf.Subject {
	s := r.Subject("AWS::DynamoDB::Table", slot, tableARN(r, rec.Key))
	s.Account, s.Region, s.Name = rec.Account, rec.Region, rec.ID
	return s
}

// wantedKey is the key that a specification asks for; empty: that of DynamoDB.
func wantedKey(ctx context.Context, r *emulate.Request, rec *records.Record, spec wire.Object) (string, error) {
	key := spec.Text("KMSMasterKeyId")
	switch {
	case !spec.Bool("Enabled") && (key != "" || spec.Has("SSEType")):
		// The text is unconfirmed.
		return "", r.Fail(invalid, "One or more parameter values were invalid: SSESpecification Enabled must be true if SSEType or KMSMasterKeyId are specified")
	case spec.Text("SSEType") == "AES256":
		return "", r.Fail(invalid, "One or more parameter values were invalid: Unsupported SSEType: AES256")
	case !spec.Bool("Enabled"):
		return "", nil
	case key != "" && !strings.HasSuffix(key, managedKey):
		return key, nil
	}
	k, err := r.Service.KMS.Managed(ctx, rec.Account, rec.Region, api)
	if err != nil {
		return "", err
	}
	return k.ARN(), nil
}

// sse is a description of a table's encryption.
func sse(status, key string) wire.Object {
	out := wire.Object{"Status": status}
	if key != "" {
		out["SSEType"], out["KMSMasterKeyArn"] = "KMS", key
	}
	return out
}

// placeSize is the size of the secret under which the values of keys become ids of records.
const placeSize = 32

// locked makes the data key of a table, with a secret for the places of items under it.
func locked(ctx context.Context, r *emulate.Request, rec *records.Record, key string) (map[string]*records.Sealed, error) {
	place := make([]byte, placeSize)
	_, _ = rand.Read(place) // it never fails
	sealed, err := r.Service.Keys.Seal(ctx, r.Call, subject(r, rec), key, "use", place)
	if err != nil {
		return nil, err
	}
	return map[string]*records.Sealed{slot: sealed}, nil
}

// monitor looks after the key of a table, as the service does by itself, and notes since when
// it is not there.
func monitor(ctx context.Context, r *emulate.Request) error {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return err
	}
	sealed := rec.Sealed[slot]
	if sealed.Key == "" {
		return noted(ctx, r, rec, time.Time{})
	}
	if err := r.Service.Keys.Meet(ctx, r.Call, subject(r, rec), sealed.Key, sealed, "monitor"); err != nil {
		return err
	}
	since := rec.Doc.Time(goneMember)
	switch {
	case usable(r, sealed.Key):
		since = time.Time{}
	case since.IsZero():
		since = r.Service.Now()
	}
	return noted(ctx, r, rec, since)
}

// usable says whether a key can be used by anybody.
func usable(r *emulate.Request, key string) bool {
	a, err := arn.Parse(key)
	if err != nil {
		return false
	}
	v := r.Service.KMS.View(a.Account, a.Region, strings.TrimPrefix(a.Resource, "key/"))
	return v != nil && v.Now == "Enabled"
}

func noted(ctx context.Context, r *emulate.Request, rec *records.Record, since time.Time) error {
	if rec.Doc.Time(goneMember).Equal(since) {
		return nil
	}
	return change(ctx, r, func(*records.Record) (wire.Object, error) {
		if since.IsZero() {
			return wire.Object{goneMember: nil}, nil
		}
		return wire.Object{goneMember: since}, nil
	})
}

// refused is how the service answers when a key is not there for it, recorded: DDB-TABLE-020,
// 021, 022, 023, 139, 461. That items are read and written alike is recorded for a policy in the
// way (https://github.com/aws-samples/aws-secure-environment-accelerator/pull/919), unconfirmed
// for other reasons.
func refused(r *emulate.Request, e *behalf.Error) error {
	code, kind, class := invalid, "KMS validation error", e.Code
	message := e.Message
	switch {
	case e.Denied():
		code, kind, class = "AccessDeniedException", "KMS key access denied error", "AWSKMSException"
	case e.Code == "DisabledException":
		kind = "KMS key disabled error"
	case e.Code == "InvalidKeyUsageException" || e.Code == "ValidationException":
		code, kind, class = "InternalServerError", "KMS internal error", "AWSKMSException"
		message = "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key."
		e = &behalf.Error{Code: "ValidationException"}
	}
	return r.Fail(code, "%s: com.amazonaws.services.kms.model.%s: %s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: %s; Proxy: null)",
		kind, class, message, e.Code, r.Service.UUID())
}

// in is the call as one in another Region.
func in(r *emulate.Request, region string) *plane.Call {
	c := *r.Call
	c.Region = region
	return &c
}
