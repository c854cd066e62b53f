package registry

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const (
	control = "agent-registry-control"
	// mostListed is the largest page.
	mostListed = 100
)

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: control})
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	for name, op := range map[string]emulate.Op{
		"CreateRegistry": {Do: createRegistry},
		"GetRegistry":    {Resource: registryNamed, Do: getRegistry},
		"ListRegistries": {Do: listRegistries},
		"UpdateRegistry": {Resource: registryNamed, Do: updateRegistry},
		"DeleteRegistry": {Resource: registryNamed, Do: deleteRegistry},

		"CreateRegistryRecord":            {Resource: registryNamed, Do: createRecord},
		"GetRegistryRecord":               {Resource: recordNamed, Do: getRecord},
		"ListRegistryRecords":             {Resource: registryNamed, Do: listRecords},
		"UpdateRegistryRecord":            {Resource: recordNamed, Do: updateRecord},
		"DeleteRegistryRecord":            {Resource: recordNamed, Do: deleteRecord},
		"SubmitRegistryRecordForApproval": {Resource: recordNamed, Do: submitRecord},
		"UpdateRegistryRecordStatus":      {Resource: recordNamed, Do: updateRecordStatus},
	} {
		s.Handle(name, op)
	}
	for name, op := range tags() {
		s.Handle(name, op)
	}
	return []*emulate.Service{s}, nil
}

// after is what follows the last slash: requests name resources by id or by ARN.
func after(named string) string { return named[strings.LastIndexByte(named, '/')+1:] }

// Source of the resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsagentregistry.html

func registryARN(r *emulate.Request, id string) string { return r.ARN("registry/" + id) }

func registryNamed(r *emulate.Request) (string, error) {
	return registryARN(r, after(r.In.Text("registryId"))), nil
}

func recordNamed(r *emulate.Request) (string, error) {
	registry, _ := registryNamed(r)
	return registry + "/record/" + after(r.In.Text("recordId")), nil
}

// settle lets a status follow another after a while.
func settle(r *emulate.Request, rec *records.Record, now, then string) {
	rec.Doc["status"] = now
	rec.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{"status": then}}
}

func show(rec *records.Record) wire.Object {
	return rec.Doc.With(wire.Object{"createdAt": rec.Created, "updatedAt": rec.Updated})
}

// replace keeps what became of a record, unless it was changed meanwhile.
func replace(ctx context.Context, r *emulate.Request, old, next *records.Record) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if now := tx.Get(old.Key); now == nil || !now.Updated.Equal(old.Updated) {
			return r.Fail("ConflictException", "The resource was changed by another request.")
		}
		tx.Put(next)
		return nil
	})
}
