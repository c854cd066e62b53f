package stepfunctions

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostActivities is the quota of an account in a Region.
// Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const mostActivities = 100_000

// createActivity makes an activity with a data key for its tasks; one that is there answers as
// before, and its key cannot be changed.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html
func createActivity(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := r.Key(activityKind, r.In.Text("name"))
	arn := r.ARN("activity:" + k.ID)
	encryption, key, err := encryptionOf(r)
	if err != nil {
		return nil, err
	}
	if old := r.Service.Records.Get(k); old != nil {
		return oldActivity(r, old, arn, encryption)
	}
	s := r.Subject("AWS::StepFunctions::Activity", tasks, arn)
	s.Name = k.ID
	sealed, err := r.Service.Keys.Seal(ctx, r.Call, s, key, byCaller, nil)
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: k, Doc: wire.Object{"encryptionConfiguration": encryption}, Sealed: map[string]*records.Sealed{tasks: sealed}}
	var out wire.Object
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		var err error
		if old := tx.Get(k); old != nil {
			out, err = oldActivity(r, old, arn, encryption)
			return err
		}
		if len(tx.List(api, activityKind, r.Account, r.Region)) >= mostActivities {
			return r.Fail("ActivityLimitExceeded", "Activity Limit Exceeded: '%d'", mostActivities)
		}
		tx.Put(rec)
		emulate.PutTags(tx, arn, r.TagsIn("tags"))
		out = wire.Object{"activityArn": arn, "creationDate": rec.Created}
		return nil
	})
	return out, err
}

func oldActivity(r *emulate.Request, old *records.Record, arn string, encryption wire.Object) (wire.Object, error) {
	if !same(old.Doc.Object("encryptionConfiguration"), encryption) {
		return nil, r.Fail("ActivityAlreadyExists", "Activity already exists. EncryptionConfiguration may not be updated.")
	}
	return wire.Object{"activityArn": arn, "creationDate": old.Created}, nil
}

func findActivity(r *emulate.Request, get func(records.Key) *records.Record) (*records.Record, error) {
	arn := r.In.Text("activityArn")
	name, err := nameIn(r, arn, "activity")
	if err != nil {
		return nil, err
	}
	rec := get(r.Key(activityKind, name))
	if rec == nil {
		return nil, r.Fail("ActivityDoesNotExist", "Activity Does Not Exist: '%s'", arn)
	}
	return rec, nil
}

func describeActivity(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findActivity(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(wire.Object{"activityArn": r.In.Text("activityArn"), "name": rec.ID, "creationDate": rec.Created}), nil
}

// deleteActivity deletes an activity. One that is not there is no refusal.
func deleteActivity(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn := r.In.Text("activityArn")
	name, err := nameIn(r, arn, "activity")
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if k := r.Key(activityKind, name); tx.Get(k) != nil {
			tx.Delete(k)
			emulate.PutTags(tx, arn, nil)
		}
		return nil
	})
}

func listActivities(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	for _, rec := range r.List(activityKind) {
		items = append(items, wire.Object{"activityArn": r.ARN("activity:" + rec.ID), "name": rec.ID, "creationDate": rec.Created})
	}
	return page(r, items, "activities")
}
