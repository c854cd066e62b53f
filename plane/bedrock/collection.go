package bedrock

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// collection are the models and jobs of a kind, which are all shown, listed and named in the
// same way. The document of a record has the members of the operation that gets it.
type collection struct {
	// kind is that of the records, and the word of their ARNs.
	kind string
	// noun is what messages call one.
	noun string
	// arn, name and status are members of the document.
	arn, name, status string
	// created, updated and ended are the members that show its times; empty: none does.
	created, updated, ended string
	// summary are the members that listings show, renamed as they call them.
	summary []string
	renamed map[string]string
	// equals are the filters of listings, with the member that has to have the value.
	equals map[string]string
}

// collections are all.
var collections = []*collection{
	&customModels, &importedModels, &customizationJobs, &importJobs, &copyJobs, &invocationJobs, &evaluationJobs, &optimizationJobs,
	&deployments, &throughputs, &promptRouters, &marketplaceEndpoints, &reasoningPolicies, &projects,
}

// pending is the member of a record that is not there yet, such as the model of a job.
const pending = "pending"

// ended are the statuses of jobs that have ended.
var ended = []string{"Completed", "PartiallyCompleted", "Failed", "Stopped"}

func over(status string) bool { return slices.Contains(ended, status) }

func (c *collection) key(account, region, id string) records.Key {
	return records.Key{Service: control, Kind: c.kind, Account: account, Region: region, ID: id}
}

// make begins a record with a new id. path is what the ARN has between its word and the id.
func (c *collection) make(r *emulate.Request, path string, doc wire.Object) *records.Record {
	id := r.Service.ID(emulate.LowerDigits, 12)
	return &records.Record{Key: c.key(r.Account, r.Region, id), Doc: doc.With(wire.Object{c.arn: r.ARN(c.kind + "/" + path + id)})}
}

// all are those that are there, in the order in which they were made.
func (c *collection) all(r *emulate.Request) []*records.Record {
	return slices.DeleteFunc(r.Service.Records.List(control, c.kind, r.Account, r.Region), func(rec *records.Record) bool { return rec.Doc.Bool(pending) })
}

// find returns the one of an ARN, an id or a name; nil: there is none.
func (c *collection) find(r *emulate.Request, identifier string) *records.Record {
	if rec := r.Service.Records.Get(c.key(r.Account, r.Region, idOf(identifier))); rec != nil && !rec.Doc.Bool(pending) && (rec.Doc.Text(c.arn) == identifier || rec.ID == identifier) {
		return rec
	}
	for _, rec := range c.all(r) {
		if rec.Doc.Text(c.name) == identifier {
			return rec
		}
	}
	return nil
}

// named returns the one that a member of the input names.
func (c *collection) named(r *emulate.Request, member string) (*records.Record, error) {
	if rec := c.find(r, r.In.Text(member)); rec != nil {
		return rec, nil
	}
	return nil, c.missing(r, r.In.Text(member))
}

// missing is the refusal of one that does not exist; the text is unconfirmed.
func (c *collection) missing(r *emulate.Request, identifier string) error {
	return r.Fail("ResourceNotFoundException", "The %s %s does not exist.", c.noun, identifier)
}

// resource is what operations on one are authorized against.
func (c *collection) resource(member string) func(r *emulate.Request) (string, error) {
	return func(r *emulate.Request) (string, error) {
		identifier := r.In.Text(member)
		if rec := c.find(r, identifier); rec != nil {
			return rec.Doc.Text(c.arn), nil
		}
		if strings.HasPrefix(identifier, "arn:") {
			return identifier, nil
		}
		return r.ARN(c.kind + "/" + identifier), nil
	}
}

// shown is the document with its times.
func (c *collection) shown(rec *records.Record) wire.Object {
	out := rec.Doc.With(wire.Object{c.created: rec.Created})
	if c.updated != "" {
		out[c.updated] = rec.Updated
	}
	if c.ended != "" && over(rec.Doc.Text(c.status)) {
		out[c.ended] = rec.Updated
	}
	return out
}

// get is the operation that shows one.
func (c *collection) get(member string) emulate.Op {
	return emulate.Op{Resource: c.resource(member), Do: func(_ context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := c.named(r, member)
		if err != nil {
			return nil, err
		}
		return c.shown(rec), nil
	}}
}

// list is the operation that lists all.
func (c *collection) list() emulate.Op {
	return emulate.Op{Do: func(_ context.Context, r *emulate.Request) (wire.Object, error) { return c.page(r, c.all(r)) }}
}

// page lists those of some that the filters of the input let through. Without an order, the
// first is listed first; AWS's order is not documented.
func (c *collection) page(r *emulate.Request, all []*records.Record) (wire.Object, error) {
	var items []wire.Object
	for _, rec := range all {
		if c.lists(r, rec) {
			items = append(items, c.shown(rec).Pick(c.summary...).Renamed(c.renamed))
		}
	}
	if r.In.Text("sortOrder") == "Descending" {
		slices.Reverse(items)
	}
	return r.Page(items, mostListed, "ValidationException")
}

func (c *collection) lists(r *emulate.Request, rec *records.Record) bool {
	for filter, member := range c.equals {
		if want := r.In.Text(filter); want != "" && want != rec.Doc.Text(member) {
			return false
		}
	}
	for _, after := range []string{"creationTimeAfter", "submitTimeAfter", "createdAfter"} {
		if t := r.In.Time(after); !t.IsZero() && !rec.Created.After(t) {
			return false
		}
	}
	for _, before := range []string{"creationTimeBefore", "submitTimeBefore", "createdBefore"} {
		if t := r.In.Time(before); !t.IsZero() && !rec.Created.Before(t) {
			return false
		}
	}
	return strings.Contains(rec.Doc.Text(c.name), cmp.Or(r.In.Text("nameContains"), r.In.Text("targetModelNameContains")))
}

// lister lists records: those of the store, or of a transaction.
type lister interface {
	List(service, kind, account, region string) []*records.Record
}

// free refuses a name that another one has. That names are unique is documented of jobs and
// models; the text is unconfirmed.
func (c *collection) free(r *emulate.Request, in lister, name string) error {
	for _, rec := range in.List(control, c.kind, r.Account, r.Region) {
		if rec.Doc.Text(c.name) == name {
			return r.Fail("ConflictException", "The %s %s exists already.", c.noun, name)
		}
	}
	return nil
}

// remove is the operation that deletes one at once. busy refuses what cannot be deleted; nil:
// everything can.
func (c *collection) remove(member string, busy func(r *emulate.Request, rec *records.Record) error) emulate.Op {
	return emulate.Op{Resource: c.resource(member), Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := c.named(r, member)
		if err == nil && busy != nil {
			err = busy(r, rec)
		}
		if err != nil {
			return nil, err
		}
		return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
			c.forget(tx, rec)
			return nil
		})
	}}
}

// forget deletes one with its tags.
func (c *collection) forget(tx *records.Tx, rec *records.Record) {
	if tx.Get(rec.Key) != nil {
		tx.Delete(rec.Key)
	}
	emulate.PutTags(tx, rec.Doc.Text(c.arn), nil)
}

// becomes has a record change by itself when the plane's statuses settle.
func becomes(r *emulate.Request, rec *records.Record, set wire.Object) *records.Record {
	rec.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: set}
	return rec
}

// allowAll decides an action on each of some resources, and on tagging the new one where the
// request has tags for it.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/tagging.html
func allowAll(ctx context.Context, r *emulate.Request, action string, resources []string, made string, tags map[string]string) error {
	with := authz.Context{}
	for key, v := range tags {
		with["aws:requesttag/"+strings.ToLower(key)] = authz.Value{Values: []string{v}}
	}
	if len(tags) > 0 {
		with["aws:tagkeys"] = authz.Value{Values: slices.Sorted(maps.Keys(tags))}
	}
	for _, resource := range resources {
		if err := r.AllowAs(ctx, &plane.Asked{Action: "bedrock:" + action, Resource: resource, Context: with}); err != nil {
			return err
		}
	}
	if len(tags) > 0 {
		return r.AllowAs(ctx, &plane.Asked{Action: "bedrock:TagResource", Resource: made, Context: with})
	}
	return nil
}
