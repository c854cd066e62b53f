package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// insightStore is the one insight store of an account and Region; its form is unconfirmed. No
// insights are made here, so its key encrypts nothing: which rights it needs is not documented.
const insightStore = "default"

func insightOperations() operations {
	return operations{
		"GetAgentInsightStore":    {Resource: insightStoreARN, Do: getInsightStore},
		"ListAgentInsightStores":  {Do: listInsightStores},
		"UpdateAgentInsightStore": {Resource: insightStoreARN, Do: updateInsightStore},
	}
}

func insightStoreARN(r *emulate.Request) (string, error) {
	return r.ARN("agent-insight-store/" + r.In.Text("agentInsightStoreId")), nil
}

func insightRecord(r *emulate.Request) *records.Record {
	key := r.Key("AgentInsightStore", insightStore)
	if rec := r.Service.Records.Get(key); rec != nil {
		return rec
	}
	now := r.Service.Now()
	return &records.Record{Key: key, Created: now, Updated: now, Doc: wire.Object{
		"agentInsightStoreId": insightStore, "agentInsightStoreArn": r.ARN("agent-insight-store/" + insightStore),
		"status": "ACTIVE", "enablementStatus": "ENABLED", "encryptionConfiguration": wire.Object{"mode": "AWS_OWNED_KMS_KEY"},
	}}
}

func findInsightStore(r *emulate.Request) (*records.Record, error) {
	if id := r.In.Text("agentInsightStoreId"); id != insightStore {
		return nil, r.Fail("ResourceNotFoundException", "AgentInsightStore with ID '%s' was not found.", id)
	}
	return insightRecord(r), nil
}

func getInsightStore(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findInsightStore(r)
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(times(rec)), nil
}

func listInsightStores(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec := insightRecord(r)
	return r.Page([]wire.Object{rec.Doc.With(times(rec))}, pageSize, "ValidationException")
}

func updateInsightStore(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findInsightStore(r)
	if err != nil {
		return nil, err
	}
	if key := r.In.Object("encryptionConfiguration"); key != nil && (key.Text("mode") == "CUSTOMER_MANAGED_KMS") != key.Has("kmsKeyArn") {
		return nil, r.Fail("ValidationException", "kmsKeyArn must be given for the mode CUSTOMER_MANAGED_KMS, and only for it.")
	}
	next := rec.Change(r.Service.Now(), r.In.Pick("enablementStatus", "encryptionConfiguration").With(wire.Object{"status": "UPDATING"}))
	next.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{"status": "ACTIVE"}}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Put(next)
		return nil
	})
	return next.Doc.With(times(next)), err
}
