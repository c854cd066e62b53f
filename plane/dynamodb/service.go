package dynamodb

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	api       = "dynamodb"
	tableKind = "table"
)

// The codes of refusals.
const (
	invalid  = "ValidationException"
	notFound = "ResourceNotFoundException"
	inUse    = "ResourceInUseException"
)

// operations are all that there are, but for the one that has no table.
var operations = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"CreateTable":   createTable,
	"DescribeTable": describeTable,
	"UpdateTable":   updateTable,
	"DeleteTable":   deleteTable,

	"UpdateTimeToLive":          updateTimeToLive,
	"DescribeTimeToLive":        describeTimeToLive,
	"UpdateContinuousBackups":   updateBackups,
	"DescribeContinuousBackups": describeBackups,

	"PutItem":    putItem,
	"GetItem":    getItem,
	"DeleteItem": deleteItem,
	"Query":      query,
	"Scan":       scan,

	"PutResourcePolicy":    putPolicy,
	"GetResourcePolicy":    getPolicy,
	"DeleteResourcePolicy": deletePolicy,
	"TagResource":          tagger.Tag,
	"UntagResource":        tagger.Untag,
	"ListTagsOfResource":   listTags,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api, Refused: refused})
	if err != nil {
		return nil, fmt.Errorf("dynamodb: %w", err)
	}
	for name, do := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, name); err != nil {
				return nil, err
			}
			return do(ctx, r)
		}})
	}
	s.Handle("ListTables", emulate.Op{Do: listTables})
	return []*emulate.Service{s}, nil
}

// tableKey names the table of a request, which says its name or its ARN.
func tableKey(r *emulate.Request) records.Key {
	id := r.In.Text("TableName")
	if id == "" {
		id = r.In.Text("ResourceArn")
	}
	k := r.Key(tableKind, id)
	if a, err := arn.Parse(id); err == nil {
		k.Account, k.Region = a.Account, a.Region
		k.ID = strings.TrimPrefix(a.Resource, "table/")
	}
	return k
}

func tableARN(r *emulate.Request, k records.Key) string {
	return arn.ARN{Partition: r.Partition(), Service: api, Region: k.Region, Account: k.Account, Resource: "table/" + k.ID}.String()
}

// allow authorizes an operation on a table, with the policy of the table.
func allow(ctx context.Context, r *emulate.Request, action string) error {
	k := tableKey(r)
	asked := &plane.Asked{Action: "dynamodb:" + action, Resource: tableARN(r, k)}
	if rec := r.Service.Records.Get(k); rec != nil {
		asked.Policy = emulate.PolicyOf(asked.Resource, rec.Doc.Text(policyMember))
		if v, ok := leadingKey(r, rec); ok {
			asked.Context = authz.Context{"dynamodb:leadingkeys": {Values: []string{v}}}
		}
	}
	return r.AllowAs(ctx, asked)
}

// find is the table of a request.
func find(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	k := tableKey(r)
	if rec := get(k); rec != nil && k.Region == r.Region {
		return rec, nil
	}
	if isData(r.Operation) {
		return nil, r.Fail(notFound, "Requested resource not found")
	}
	return nil, r.Fail(notFound, "Requested resource not found: Table: %s not found", k.ID)
}

func isData(operation string) bool {
	return operation == "Query" || operation == "Scan" || strings.HasSuffix(operation, "Item")
}

// change changes members of the document of the table of a request.
func change(ctx context.Context, r *emulate.Request, set func(rec *records.Record) (wire.Object, error)) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		members, err := set(rec)
		if err != nil || members == nil {
			return err
		}
		next := rec.Next
		rec = rec.Change(tx.Now(), members)
		rec.Next = next
		tx.Put(rec)
		return nil
	})
}
