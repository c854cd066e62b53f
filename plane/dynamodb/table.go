package dynamodb

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// A table's document has the members of its description that were given or change, and these.
const (
	policyMember   = "policy"
	revisionMember = "revision"
	ttlMember      = "ttl"
	backupsMember  = "pitr"
	goneMember     = "keyGone" // since when the key is not there
)

var hidden = []string{policyMember, revisionMember, ttlMember, backupsMember, goneMember}

var namePattern = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)

// mostTables is the largest page of ListTables.
const mostTables = 100

func createTable(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := tableKey(r)
	switch name := r.In.Text("TableName"); {
	case !namePattern.MatchString(name):
		return nil, r.Fail(invalid, "1 validation error detected: Value '%s' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+", name)
	case len(name) < 3 || len(name) > 255:
		return nil, r.Fail(invalid, "TableName must be at least 3 characters long and at most 255 characters long")
	}
	for _, name := range []string{"GlobalTableSourceArn", "VectorIndexes", "WarmThroughput", "OnDemandThroughput"} {
		if r.In.Has(name) {
			return nil, r.Fail(invalid, "not implemented by the local plane: %s", name)
		}
	}
	if err := checkTable(r); err != nil {
		return nil, err
	}
	rec := &records.Record{Key: k, Doc: r.In.Pick("TableName", "AttributeDefinitions", "KeySchema")}
	rec.Doc["TableName"], rec.Doc["TableArn"], rec.Doc["TableId"] = k.ID, tableARN(r, k), r.Service.UUID()
	rec.Doc["TableStatus"], rec.Doc["DeletionProtectionEnabled"] = "CREATING", r.In.Bool("DeletionProtectionEnabled")
	set, err := settings(r, rec)
	if err != nil {
		return nil, err
	}
	rec.Doc = rec.Doc.With(set).With(indexes(r, rec))
	if text := r.In.Text("ResourcePolicy"); text != "" {
		if problem := emulate.PolicyProblem(text); problem != "" {
			return nil, badPolicy(r, problem)
		}
		rec.Doc[policyMember], rec.Doc[revisionMember] = text, r.Service.UUID()
	}
	already := r.Fail(inUse, "Table already exists: %s", k.ID)
	if r.Service.Records.Get(k) != nil {
		return nil, already
	}
	tags := r.TagsIn("Tags")
	if len(tags) > 0 {
		if err := allow(ctx, r, "TagResource"); err != nil {
			return nil, err
		}
	}
	key, err := wantedKey(ctx, r, rec, r.In.Object("SSESpecification"))
	if err != nil {
		return nil, err
	}
	if rec.Sealed, err = locked(ctx, r, rec, key); err != nil {
		return nil, err
	}
	if key := rec.Sealed[slot].Key; key != "" {
		rec.Doc["SSEDescription"] = sse("ENABLED", key)
	}
	rec.Next = next(r, wire.Object{"TableStatus": "ACTIVE"})
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(k) != nil {
			return already
		}
		tx.Put(rec)
		emulate.PutTags(tx, tableARN(r, k), tags)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"TableDescription": described(r, rec)}, nil
}

// next is what becomes of a table when it has settled.
func next(r *emulate.Request, set wire.Object) *records.Next {
	return &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: set}
}

// checkTable refuses keys that do not fit the attributes, and throughput that does not fit the
// billing.
func checkTable(r *emulate.Request) error {
	defined := map[string]bool{}
	for _, a := range r.In.Objects("AttributeDefinitions") {
		defined[a.Text("AttributeName")] = true
	}
	used := map[string]bool{}
	schemas := [][]wire.Object{r.In.Objects("KeySchema")}
	for _, member := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		for _, index := range r.In.Objects(member) {
			schemas = append(schemas, index.Objects("KeySchema"))
		}
	}
	for _, schema := range schemas {
		if len(schema) == 0 || schema[0].Text("KeyType") != "HASH" {
			return r.Fail(invalid, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
		}
		if len(schema) > 1 && schema[1].Text("KeyType") != "RANGE" {
			return r.Fail(invalid, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
		}
		for _, e := range schema {
			name := e.Text("AttributeName")
			if used[name] = true; !defined[name] {
				return r.Fail(invalid, "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [%s]", name)
			}
		}
	}
	if len(defined) != len(used) {
		return r.Fail(invalid, "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	if r.In.Text("BillingMode") != "PAY_PER_REQUEST" && !r.In.Has("ProvisionedThroughput") {
		return r.Fail(invalid, "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	}
	return nil
}

// settings are the members of a description that CreateTable and UpdateTable set alike.
func settings(r *emulate.Request, rec *records.Record) (wire.Object, error) {
	out := wire.Object{}
	throughput := r.In.Object("ProvisionedThroughput")
	if r.In.Text("BillingMode") == "PAY_PER_REQUEST" {
		if throughput != nil {
			return nil, r.Fail(invalid, "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
		}
		out["BillingModeSummary"] = wire.Object{"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": r.Service.Now()}
		throughput = wire.Object{"ReadCapacityUnits": int64(0), "WriteCapacityUnits": int64(0)}
	} else if r.In.Has("BillingMode") && rec.Doc.Has("BillingModeSummary") {
		out["BillingModeSummary"] = wire.Object{"BillingMode": "PROVISIONED"}
	}
	if throughput != nil {
		out["ProvisionedThroughput"] = throughput.With(wire.Object{"NumberOfDecreasesToday": int64(0)})
	}
	if class := r.In.Text("TableClass"); class != "" {
		out["TableClassSummary"] = wire.Object{"TableClass": class}
	}
	if s := r.In.Object("StreamSpecification"); s != nil {
		return out, stream(r, rec, s, out)
	}
	return out, nil
}

// stream sets the members of a stream. The texts are recorded: DDB-TABLE-018.
func stream(r *emulate.Request, rec *records.Record, s, out wire.Object) error {
	on := rec.Doc.Bool("StreamSpecification.StreamEnabled")
	switch {
	case s.Bool("StreamEnabled") && on:
		return r.Fail(invalid, "Table already has an enabled stream: TableName: %s", rec.ID)
	case s.Bool("StreamEnabled") && !s.Has("StreamViewType"):
		return r.Fail(invalid, "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required")
	case s.Bool("StreamEnabled"):
		label := r.Service.Now().Format("2006-01-02T15:04:05.000")
		out["StreamSpecification"], out["LatestStreamLabel"], out["LatestStreamArn"] = s, label, tableARN(r, rec.Key)+"/stream/"+label
	case on:
		out["StreamSpecification"] = nil
	case r.Operation == "UpdateTable":
		return r.Fail(invalid, "Table has no stream to disable: TableName: %s", rec.ID)
	}
	return nil
}

// indexes are the descriptions of the indexes, which are settings only.
func indexes(r *emulate.Request, rec *records.Record) wire.Object {
	out := wire.Object{}
	for _, member := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		var list []any
		for _, index := range r.In.Objects(member) {
			d := index.Pick("IndexName", "KeySchema", "Projection").With(wire.Object{"IndexArn": tableARN(r, rec.Key) + "/index/" + index.Text("IndexName")})
			if member == "GlobalSecondaryIndexes" {
				t := index.Object("ProvisionedThroughput").With(wire.Object{"NumberOfDecreasesToday": int64(0)})
				d["IndexStatus"], d["ProvisionedThroughput"] = "ACTIVE", t
			}
			list = append(list, d)
		}
		if list != nil {
			out[member] = list
		}
	}
	return out
}

// described is a table as it is shown. A key that is not there shows as AWS documents it:
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html,
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ArchivalSummary.html.
func described(r *emulate.Request, rec *records.Record) wire.Object {
	items := r.Service.Records.List(api, itemKind(rec), rec.Account, rec.Region)
	size := int64(0)
	for _, item := range items {
		size += item.Doc.Int("size")
	}
	out := rec.Doc.Without(hidden...).With(wire.Object{"CreationDateTime": rec.Created, "ItemCount": int64(len(items)), "TableSizeBytes": size})
	description := rec.Doc.Object("SSEDescription")
	if len(description) == 0 {
		delete(out, "SSEDescription")
	}
	if since := rec.Doc.Time(goneMember); !since.IsZero() && len(description) > 0 {
		out["SSEDescription"] = description.With(wire.Object{"InaccessibleEncryptionDateTime": since})
		out["TableStatus"] = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
		if at := since.Add(archivedAfter); !r.Service.Now().Before(at) {
			out["TableStatus"] = "ARCHIVED"
			out["ArchivalSummary"] = wire.Object{"ArchivalDateTime": at, "ArchivalReason": "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}
		}
	}
	return out
}

// archivedAfter is how long a table waits for its key.
const archivedAfter = 7 * 24 * time.Hour

func describeTable(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := monitor(ctx, r); err != nil {
		return nil, err
	}
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Table": described(r, rec)}, nil
}

func listTables(_ context.Context, r *emulate.Request) (wire.Object, error) {
	names := []string{}
	for _, rec := range r.List(tableKind) {
		if strings.Compare(rec.ID, r.In.Text("ExclusiveStartTableName")) > 0 {
			names = append(names, rec.ID)
		}
	}
	slices.Sort(names)
	out := wire.Object{}
	if limit := cmp.Or(int(r.In.Int("Limit")), mostTables); len(names) > limit {
		names = names[:limit]
		out["LastEvaluatedTableName"] = names[limit-1]
	}
	out["TableNames"] = wire.Strings(names)
	return out, nil
}

func deleteTable(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		switch {
		case rec.Doc.Bool("DeletionProtectionEnabled"):
			return r.Fail(invalid, "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
		case rec.Doc.Text("TableStatus") != "ACTIVE":
			return busy(r, rec)
		case len(rec.Doc.List("Replicas")) > 0:
			// The text is unconfirmed.
			return r.Fail(invalid, "Table with replicas cannot be deleted: %s", rec.ID)
		}
		for _, item := range tx.List(api, itemKind(rec), rec.Account, rec.Region) {
			tx.Delete(item.Key)
		}
		rec = rec.Change(tx.Now(), wire.Object{"TableStatus": "DELETING"})
		rec.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Gone: true}
		tx.Put(rec)
		emulate.PutTags(tx, tableARN(r, rec.Key), nil)
		out = wire.Object{"TableDescription": described(r, rec)}
		return nil
	})
	return out, err
}

// busy refuses a change of a table that is changing.
func busy(r *emulate.Request, rec *records.Record) error {
	doing := map[string]string{"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}[rec.Doc.Text("TableStatus")]
	return r.Fail(inUse, "Attempt to change a resource which is still in use: Table is being %s: %s", doing, rec.ID)
}
