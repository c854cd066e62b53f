package config

import (
	"cmp"
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The kinds of records. A recorder keeps its status in members that begin with a capital.
const (
	recorderKind = "recorder"
	channelKind  = "channel"
	ruleKind     = "rule"
)

// status are the members of the status of a recorder.
const (
	recording = "Recording"
	started   = "Started"
	ended     = "Ended"
)

// recorder is the recorder of the account in the Region; nil: there is none. There is one at most.
func recorder(r *emulate.Request, list func(service, kind, account, region string) []*records.Record) *records.Record {
	return first(r, list, recorderKind)
}

func first(r *emulate.Request, list func(service, kind, account, region string) []*records.Record, kind string) *records.Record {
	k := r.Key(kind, "")
	if all := list(k.Service, k.Kind, k.Account, k.Region); len(all) > 0 {
		return all[0]
	}
	return nil
}

func putRecorder(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	in := r.In.Object("ConfigurationRecorder")
	name, role := cmp.Or(in.Text("name"), "default"), in.Text("roleARN")
	for _, member := range []string{"servicePrincipal", "connectorArn", "scopeConfiguration"} {
		if in.Has(member) {
			return nil, r.Fail("ValidationException", "not implemented by the local plane: %s", member)
		}
	}
	if role == "" {
		return nil, r.Fail("InvalidRoleException", "An empty role ARN was provided.") // unconfirmed
	}
	if err := r.PassRole(ctx, role, principal); err != nil {
		return nil, err
	}
	group := in.Object("recordingGroup")
	if group == nil {
		group = wire.Object{"allSupported": true, "includeGlobalResourceTypes": false, "resourceTypes": []any{}, "recordingStrategy": wire.Object{"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}
	}
	doc := wire.Object{"name": name, "roleARN": role, "recordingGroup": group, "recordingMode": wire.Object{"recordingFrequency": "CONTINUOUS"}, "recordingScope": "PAID"}
	if mode := in.Object("recordingMode"); mode != nil {
		doc["recordingMode"] = mode
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := &records.Record{Key: r.Key(recorderKind, name), Doc: doc}
		if old := recorder(r, tx.List); old != nil {
			if old.ID != name {
				return r.Fail("MaxNumberOfConfigurationRecordersExceededException", "Failed to put configuration recorder '%s' because the maximum number of configuration recorders: 1 is reached.", name)
			}
			rec = old.Change(tx.Now(), doc)
		} else {
			doc["arn"] = r.ARN("configuration-recorder/" + name + "/" + r.Service.ID(emulate.LowerDigits, 16))
			emulate.PutTags(tx, doc.Text("arn"), r.TagsIn("Tags"))
		}
		tx.Put(rec)
		return nil
	})
}

// recorderNamed is the recorder of a name.
func recorderNamed(r *emulate.Request, list func(service, kind, account, region string) []*records.Record, name string) (*records.Record, error) {
	if rec := recorder(r, list); rec != nil && rec.ID == name {
		return rec, nil
	}
	return nil, r.Fail("NoSuchConfigurationRecorderException", "Cannot find configuration recorder with the specified name '%s'.", name)
}

// wantedRecorders are those that the names of an input ask for, all without names.
func wantedRecorders(r *emulate.Request, show func(wire.Object) wire.Object) ([]any, error) {
	out := []any{}
	names := r.In.Texts("ConfigurationRecorderNames")
	if len(names) == 0 {
		if rec := recorder(r, r.Service.Records.List); rec != nil {
			out = append(out, show(rec.Doc))
		}
	}
	for _, name := range names {
		rec, err := recorderNamed(r, r.Service.Records.List, name)
		if err != nil {
			return nil, err
		}
		out = append(out, show(rec.Doc))
	}
	return out, nil
}

func describeRecorders(_ context.Context, r *emulate.Request) (wire.Object, error) {
	list, err := wantedRecorders(r, func(doc wire.Object) wire.Object { return doc.Without(recording, started, ended) })
	return wire.Object{"ConfigurationRecorders": list}, err
}

// describeRecorderStatus says how recording goes. Nothing is delivered, so nothing succeeded.
func describeRecorderStatus(_ context.Context, r *emulate.Request) (wire.Object, error) {
	list, err := wantedRecorders(r, func(doc wire.Object) wire.Object {
		out := doc.Pick("name", "arn").With(wire.Object{"recording": doc.Bool(recording), "lastStatus": "Pending"})
		for from, to := range map[string]string{started: "lastStartTime", ended: "lastStopTime"} {
			if doc.Has(from) {
				out[to] = doc[from]
			}
		}
		return out
	})
	return wire.Object{"ConfigurationRecordersStatus": list}, err
}

func startRecorder(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, changeRecorder(ctx, r, func(tx *records.Tx, rec *records.Record) error {
		if first(r, tx.List, channelKind) == nil {
			return r.Fail("NoAvailableDeliveryChannelException", "Delivery channel is not available to start configuration recorder.")
		}
		tx.Put(rec.Change(tx.Now(), wire.Object{recording: true, started: tx.Now()}))
		return nil
	})
}

func stopRecorder(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, changeRecorder(ctx, r, func(tx *records.Tx, rec *records.Record) error {
		tx.Put(rec.Change(tx.Now(), wire.Object{recording: false, ended: tx.Now()}))
		return nil
	})
}

func deleteRecorder(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, changeRecorder(ctx, r, func(tx *records.Tx, rec *records.Record) error {
		emulate.PutTags(tx, rec.Doc.Text("arn"), nil)
		tx.Delete(rec.Key)
		return nil
	})
}

func changeRecorder(ctx context.Context, r *emulate.Request, f func(*records.Tx, *records.Record) error) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := recorderNamed(r, tx.List, r.In.Text("ConfigurationRecorderName"))
		if err != nil {
			return err
		}
		return f(tx, rec)
	})
}
