package trails

import (
	"context"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const storeKind = "event data store"

// eventsSlot is that of the catalogue, for the events of a store.
const eventsSlot = "events"

// pending is how long a deleted store can be restored.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RestoreEventDataStore.html
const pending = 7 * 24 * time.Hour

// storeMembers are those of a store as it is shown.
var storeMembers = []string{
	"Name", "Status", "AdvancedEventSelectors", "MultiRegionEnabled", "OrganizationEnabled", "RetentionPeriod", "TerminationProtectionEnabled", "KmsKeyId", "BillingMode",
}

// retention are the defaults and bounds in days, by billing mode.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html
var retention = map[string]struct{ most, otherwise int64 }{
	"EXTENDABLE_RETENTION_PRICING": {3653, 366},
	"FIXED_RETENTION_PRICING":      {2557, 2557},
}

// events is the selector of a store without its own.
func events() []any {
	return []any{wire.Object{"Name": "Default management events", "FieldSelectors": []any{wire.Object{"Field": "eventCategory", "Equals": []any{"Management"}}}}}
}

func storeARN(r *emulate.Request, rec *records.Record) string {
	return r.ARN("eventdatastore/" + rec.ID)
}

// findStore is the store of a request. Its member is an ARN, or the end of one.
func findStore(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	named := r.In.Text("EventDataStore")
	id := named[strings.LastIndexByte(named, '/')+1:]
	rec := get(r.Key(storeKind, id))
	if rec == nil || isARN(named) && storeARN(r, rec) != named {
		return nil, r.Fail("EventDataStoreNotFoundException", "The specified event data store was not found.")
	}
	return rec, nil
}

// shownStore is a store in answers.
func shownStore(r *emulate.Request, rec *records.Record) wire.Object {
	return rec.Doc.Pick(storeMembers...).With(wire.Object{"EventDataStoreArn": storeARN(r, rec), "CreatedTimestamp": rec.Created, "UpdatedTimestamp": rec.Updated})
}

// checkStore refuses settings that do not fit; doc has all of them.
func checkStore(r *emulate.Request, doc wire.Object) error {
	for _, s := range doc.Objects("AdvancedEventSelectors") {
		if err := checkAdvanced(r, s); err != nil {
			return err
		}
	}
	if doc.Bool("OrganizationEnabled") {
		return r.Fail("UnsupportedOperationException", "not implemented by the local plane: event data stores of an organization")
	}
	if n, most := doc.Int("RetentionPeriod"), retention[doc.Text("BillingMode")].most; n < 7 || n > most {
		return r.Fail("InvalidParameterException", "The retention period must be between 7 and %d days.", most)
	}
	for _, other := range r.List(storeKind) {
		if other.Doc.Text("Name") == doc.Text("Name") && other.ID != doc.Text("id") {
			return r.Fail("EventDataStoreAlreadyExistsException", "An event data store with the name %s already exists.", doc.Text("Name"))
		}
	}
	return nil
}

// sealStore tries the key of a store as the service will use it, and names it by its ARN.
func sealStore(ctx context.Context, r *emulate.Request, rec *records.Record, key string) error {
	s := r.Subject("AWS::CloudTrail::EventDataStore", eventsSlot, storeARN(r, rec))
	s.ID = rec.ID
	sealed, err := r.SealObject(ctx, s, key, "use", wire.Object{})
	if err != nil {
		return err
	}
	rec.Sealed = map[string]*records.Sealed{eventsSlot: sealed}
	if sealed.Key != "" {
		rec.Doc["KmsKeyId"] = sealed.Key
	}
	return nil
}

func createStore(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	mode := r.In.Text("BillingMode")
	if mode == "" {
		mode = "EXTENDABLE_RETENTION_PRICING"
	}
	id := r.Service.UUID()
	doc := wire.Object{
		"id": id, "BillingMode": mode, "RetentionPeriod": retention[mode].otherwise, "MultiRegionEnabled": true, "OrganizationEnabled": false,
		"TerminationProtectionEnabled": true, "AdvancedEventSelectors": events(),
	}.With(r.In.Without("TagsList", "StartIngestion", "KmsKeyId"))
	if err := checkStore(r, doc); err != nil {
		return nil, err
	}
	tags, ready := r.TagsIn("TagsList"), "ENABLED"
	if r.In.Has("StartIngestion") && !r.In.Bool("StartIngestion") {
		ready = "STOPPED_INGESTION"
	}
	doc["Status"] = "CREATED"
	rec := &records.Record{Key: r.Key(storeKind, id), Doc: doc, Next: &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{"Status": ready}}}
	if err := sealStore(ctx, r, rec, r.In.Text("KmsKeyId")); err != nil {
		return nil, err
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := checkStore(r, doc); err != nil {
			return err
		}
		tx.Put(rec)
		emulate.PutTags(tx, storeARN(r, rec), tags)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := shownStore(r, rec)
	if len(tags) > 0 {
		out["TagsList"] = emulate.TagList(tags)
	}
	return out, nil
}

func getStore(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findStore(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return shownStore(r, rec).With(wire.Object{"FederationStatus": "DISABLED"}), nil
}

// mostStores is the largest page of stores.
const mostStores = 1000

// listStores lists names and ARNs. The other members of the list's shape AWS no longer returns.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventDataStore.html
func listStores(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, rec := range r.List(storeKind) {
		items = append(items, wire.Object{"EventDataStoreArn": storeARN(r, rec), "Name": rec.Doc.Text("Name")})
	}
	return r.PageAs(items, mostStores, "InvalidNextTokenException", "NextToken", "NextToken", "MaxResults", "EventDataStores")
}

// updateStore changes what is given. A key that a store has stays: it "can't be removed or
// changed" once it is there.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html
func updateStore(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findStore(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	now := old.Change(r.Service.Now(), r.In.Without("EventDataStore", "KmsKeyId"))
	now.Next = old.Next
	switch key := r.In.Text("KmsKeyId"); {
	case old.Doc.Text("Status") == "PENDING_DELETION":
		return nil, inactive(r)
	case key == "" || key == old.Doc.Text("KmsKeyId"):
	case old.Doc.Has("KmsKeyId"):
		return nil, r.Fail("InvalidParameterException", "The KMS key of an event data store cannot be removed or changed.")
	default:
		if err := sealStore(ctx, r, now, key); err != nil {
			return nil, err
		}
	}
	if err := checkStore(r, now.Doc); err != nil {
		return nil, err
	}
	return shownStore(r, now), r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if _, err := findStore(r, tx.Get); err != nil {
			return err
		}
		tx.Put(now)
		return nil
	})
}

func inactive(r *emulate.Request) error {
	return r.Fail("InactiveEventDataStoreException", "The event data store is inactive.")
}

func deleteStore(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := findStore(r, tx.Get)
		switch {
		case err != nil:
			return err
		case rec.Doc.Text("Status") == "PENDING_DELETION":
			return inactive(r)
		case rec.Doc.Bool("TerminationProtectionEnabled"):
			return r.Fail("EventDataStoreTerminationProtectedException", "The event data store cannot be deleted because termination protection is enabled for it.")
		}
		rec = rec.Change(tx.Now(), wire.Object{"Status": "PENDING_DELETION"})
		rec.Next = &records.Next{At: tx.Now().Add(pending), Gone: true}
		tx.Put(rec)
		return nil
	})
}

func restoreStore(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return move(ctx, r, "PENDING_DELETION", "ENABLED", true)
}

// setIngestion moves a store from one status to another.
func setIngestion(from, to string) do {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		return move(ctx, r, from, to, false)
	}
}

func move(ctx context.Context, r *emulate.Request, from, to string, shown bool) (wire.Object, error) {
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := findStore(r, tx.Get)
		switch {
		case err != nil:
			return err
		case rec.Doc.Text("Status") != from:
			return r.Fail("InvalidEventDataStoreStatusException", "The event data store is not in a status that supports the operation.")
		}
		rec = rec.Change(tx.Now(), wire.Object{"Status": to})
		tx.Put(rec)
		if shown {
			out = shownStore(r, rec)
		}
		return nil
	})
	return out, err
}
