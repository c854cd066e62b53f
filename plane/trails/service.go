package trails

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/cloudtrail"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// principal is the service, when it does something for itself.
const principal = "cloudtrail.amazonaws.com"

// invalid is the code of refusals that have none of their own.
const invalid = "InvalidParameterCombinationException"

// Trails delivers what a plane records to the trails that are logging. It is an observer of the
// plane: calls move its clock.
type Trails struct {
	world *emulate.World
	from  *cloudtrail.Trail

	mu sync.Mutex
	// next is the first record that a trail has not delivered, and when it delivered last; of
	// this process only.
	next map[records.Key]position
	// busy: a delivery is under way, whose own calls are no reason for another.
	busy bool
}

type position struct {
	record uint64
	at     time.Time
}

var _ plane.Observer = (*Trails)(nil)

type do func(context.Context, *emulate.Request) (wire.Object, error)

// New makes the service. Records come from a trail of the plane.
func New(w *emulate.World, from *cloudtrail.Trail) (*Trails, *emulate.Service, error) {
	t := &Trails{world: w, from: from, next: map[records.Key]position{}}
	s, err := emulate.New(w, emulate.Definition{Model: "cloudtrail", Refused: refused})
	if err != nil {
		return nil, nil, fmt.Errorf("trails: %w", err)
	}
	for name, do := range map[string]do{
		"UpdateTrail": t.updateTrail, "GetTrail": getTrail, "GetTrailStatus": getStatus, "DeleteTrail": t.deleteTrail,
		"StartLogging": t.startLogging, "StopLogging": t.stopLogging,
	} {
		s.Handle(name, emulate.Op{Resource: resource("Name"), Do: do})
	}
	s.Handle("CreateTrail", emulate.Op{Resource: func(r *emulate.Request) (string, error) { return r.ARN("trail/" + r.In.Text("Name")), nil }, Do: t.createTrail})
	s.Handle("GetEventSelectors", emulate.Op{Resource: resource("TrailName"), Do: getSelectors})
	s.Handle("PutEventSelectors", emulate.Op{Resource: resource("TrailName"), Do: putSelectors})
	s.Handle("DescribeTrails", emulate.Op{Do: describeTrails})
	s.Handle("ListTrails", emulate.Op{Do: listTrails})
	for name, do := range map[string]do{
		"GetEventDataStore": getStore, "UpdateEventDataStore": updateStore, "DeleteEventDataStore": deleteStore, "RestoreEventDataStore": restoreStore,
		"StartEventDataStoreIngestion": setIngestion("STOPPED_INGESTION", "ENABLED"), "StopEventDataStoreIngestion": setIngestion("ENABLED", "STOPPED_INGESTION"),
	} {
		s.Handle(name, emulate.Op{Resource: func(r *emulate.Request) (string, error) { return r.In.Text("EventDataStore"), nil }, Do: do})
	}
	s.Handle("CreateEventDataStore", emulate.Op{Resource: func(r *emulate.Request) (string, error) { return r.ARN("eventdatastore/*"), nil }, Do: createStore})
	s.Handle("ListEventDataStores", emulate.Op{Do: listStores})
	tagged := func(r *emulate.Request) (string, error) { return r.In.Text("ResourceId"), nil }
	s.Handle("AddTags", emulate.Op{Resource: tagged, Do: tagger.Tag})
	s.Handle("RemoveTags", emulate.Op{Resource: tagged, Do: removeTags})
	s.Handle("ListTags", emulate.Op{Do: listTags})
	return t, s, nil
}

// resource is the trail in a member of the input, which need not be there.
func resource(member string) func(*emulate.Request) (string, error) {
	return func(r *emulate.Request) (string, error) {
		if rec := lookup(r, r.In.Text(member)); rec != nil {
			return arnOf(r, rec), nil
		}
		if name := r.In.Text(member); !strings.HasPrefix(name, "arn:") {
			return r.ARN("trail/" + name), nil
		}
		return r.In.Text(member), nil
	}
}

// source are the keys by which policies tell whose trail it is.
func source(account, arn string) authz.Context {
	return authz.Context{"aws:sourceaccount": {Values: []string{account}}, "aws:sourcearn": {Values: []string{arn}}}
}

// as does an operation of another service as CloudTrail, for a trail.
func as(ctx context.Context, w *emulate.World, before *plane.Call, trail, api, operation string, in wire.Object) (wire.Object, error) {
	return w.Invoke(ctx, before, behalf.Principal(principal), principal, source(before.Account, trail), api, operation, in)
}

// refused is how the service answers when a key is not there for it. That a key which cannot be
// used is a KmsException is documented, its text is unconfirmed.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html#API_CreateTrail_Errors
func refused(r *emulate.Request, e *behalf.Error) error {
	switch {
	case e.Denied():
		return insufficient(r, r.In.Text("S3BucketName"), r.In.Text("KmsKeyId"))
	case e.Code == "NotFoundException":
		return r.Fail("KmsKeyNotFoundException", "%s", e.Message)
	}
	return r.Fail("KmsException", "%s", e.Message)
}

// insufficient is recorded by users of Terraform.
func insufficient(r *emulate.Request, bucket, key string) error {
	if bucket == "" {
		return r.Fail("InsufficientEncryptionPolicyException", "Insufficient permissions to access KMS key %s.", key)
	}
	return r.Fail("InsufficientEncryptionPolicyException", "Insufficient permissions to access S3 bucket %s or KMS key %s.", bucket, key)
}

func isARN(s string) bool { _, err := arn.Parse(s); return err == nil }
