package opensearchserverless

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// documentKind is the kind of the documents of an index.
func documentKind(collection *records.Record, index string) string {
	return "document/" + collection.ID + "/" + index
}

// documentSlot is the name of the sealed text of a document.
const documentSlot = "document"

// collections are the documents, as [emulate.Collections] has them.
type collections struct{ service *emulate.Service }

// data is one access to an index.
type data struct {
	r          *emulate.Request
	collection *records.Record
	index      string
	key        *behalf.Unlocked
}

// errForbidden is the refusal of OpenSearch, whether IAM or the data access policies are in the
// way. Its text is in many reports, such as https://github.com/boto/boto3/issues/3990.
var errForbidden = &wire.Error{Status: http.StatusForbidden, Code: "security_exception", Message: "Request failed: [security_exception] 403 Forbidden"}

// open authorizes an access and unlocks the key of the collection, by its grant.
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html
func (c collections) open(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index, permission string) (*data, error) {
	ctx, call := plane.OnBehalf(ctx, before, who, c.service.Plane(), permission, by, nil)
	r := &emulate.Request{Call: call, Service: c.service, In: wire.Object{"id": collection[strings.LastIndexByte(collection, '/')+1:], "indexName": index}}
	rec, err := find(r)
	if err != nil || rec.Doc.Text("arn") != collection {
		return nil, r.Fail(notFound, "The collection %s does not exist.", collection) // unconfirmed text
	}
	if err := r.Allow(ctx, "aoss:APIAccessAll", collection); err != nil {
		return nil, errForbidden
	}
	if !allowed(r, who.Principal, "index/"+rec.Doc.Text("name")+"/"+index, "aoss:"+permission) {
		return nil, errForbidden
	}
	if _, _, err := findIndex(r); err != nil {
		// The text is in many reports, such as https://github.com/aws-samples/amazon-bedrock-samples.
		return nil, &wire.Error{Status: http.StatusNotFound, Code: "index_not_found_exception", Message: "Dependency error document status code: 404, error message: no such index [" + index + "]"}
	}
	key, err := r.Service.Keys.UnlockGranted(ctx, r.Call, subject(r, rec), rec.Sealed[encryption])
	return &data{r, rec, index, key}, err
}

// allowed says whether a data access policy of the account lets a principal do something with
// an index.
func allowed(r *emulate.Request, who authz.Principal, resource, permission string) bool {
	for _, rec := range r.List("policy/data") {
		d, err := read("data", rec.Doc.Text("policy"))
		if err != nil {
			continue // it was read when it was put
		}
		for _, part := range *d.(*dataDocument) {
			if !slices.ContainsFunc(part.Principal, func(name string) bool { return is(who, name) }) {
				continue
			}
			for _, rule := range part.Rules {
				if slices.ContainsFunc(rule.Resource, func(pattern string) bool { return matches(pattern, resource) }) &&
					slices.ContainsFunc(rule.Permission, func(pattern string) bool { return matches(pattern, permission) }) {
					return true
				}
			}
		}
	}
	return false
}

// is says whether a policy's principal is somebody: a user or a role by its ARN, or sessions of
// a role, whose name can end with a star.
func is(who authz.Principal, name string) bool {
	return name == who.Role || matches(name, who.ARN)
}

func (c collections) Describe(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string) error {
	_, err := c.open(ctx, before, who, by, collection, index, "DescribeIndex")
	return err
}

func (c collections) Write(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string, documents map[string][]byte) error {
	d, err := c.open(ctx, before, who, by, collection, index, "WriteDocument")
	if err != nil {
		return err
	}
	return c.service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(documents)) {
			rec := &records.Record{Key: d.r.Key(documentKind(d.collection, d.index), id), Doc: wire.Object{}}
			if old := tx.Get(rec.Key); old != nil {
				rec = old.Change(tx.Now(), nil)
			}
			rec.Sealed = map[string]*records.Sealed{documentSlot: d.key.Seal(documents[id])}
			tx.Put(rec)
		}
		return nil
	})
}

func (c collections) Remove(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string, ids []string) error {
	d, err := c.open(ctx, before, who, by, collection, index, "WriteDocument")
	if err != nil {
		return err
	}
	return c.service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, id := range ids {
			if k := d.r.Key(documentKind(d.collection, d.index), id); tx.Get(k) != nil {
				tx.Delete(k)
			}
		}
		return nil
	})
}

func (c collections) Read(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string) ([][]byte, error) {
	d, err := c.open(ctx, before, who, by, collection, index, "ReadDocument")
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, rec := range d.r.List(documentKind(d.collection, d.index)) {
		text, err := d.key.Open(rec.Sealed[documentSlot])
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}
