package tagging

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/emulate"
)

const (
	api       = "resourcegroupstaggingapi"
	principal = "tagging.amazonaws.com"
	invalid   = "InvalidParameterException"
)

// operations are all that there are.
var operations = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"GetResources":   getResources,
	"GetTagKeys":     getKeys,
	"GetTagValues":   getValues,
	"TagResources":   tagAll,
	"UntagResources": untagAll,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api, Prefix: "tag", Principal: principal, Invalid: invalid})
	if err != nil {
		return nil, fmt.Errorf("tagging: %w", err)
	}
	for name, do := range operations {
		s.Handle(name, emulate.Op{Do: do})
	}
	return []*emulate.Service{s}, nil
}

// tagged are the resources of the account and Region with their tags, keys among them.
func tagged(r *emulate.Request) []emulate.Tagged {
	all := r.Service.Tagged(r.Account, r.Region)
	for v := range r.Service.KMS.All() {
		k := v.Key
		if k.Account != r.Account || k.Region != r.Region || len(k.Tags) == 0 {
			continue
		}
		tags := map[string]string{}
		for _, t := range k.Tags {
			tags[t.Key] = t.Value
		}
		all = append(all, emulate.Tagged{ARN: k.ARN(), Tags: tags})
	}
	slices.SortFunc(all, func(a, b emulate.Tagged) int { return strings.Compare(a.ARN, b.ARN) })
	return all
}

// The sizes of a page of resources.
const (
	mostPerPage = 100
	perPage     = 50
)

func getResources(_ context.Context, r *emulate.Request) (wire.Object, error) {
	only := r.In.Texts("ResourceARNList")
	for _, member := range []string{"ExcludeCompliantResources", "IncludeComplianceDetails"} {
		if r.In.Bool(member) {
			return nil, r.Fail(invalid, "not implemented by the local plane: %s", member)
		}
	}
	// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
	if len(only) > 0 && (r.In.Has("TagFilters") || r.In.Has("ResourceTypeFilters") || r.In.Has("ResourcesPerPage") || r.In.Has("TagsPerPage")) {
		return nil, r.Fail(invalid, "ResourceARNList cannot be used with TagFilters, ResourceTypeFilters, ResourcesPerPage or TagsPerPage.")
	}
	if n := r.In.Int("TagsPerPage"); n != 0 && (n < 100 || n > 500 || n%100 != 0) {
		return nil, r.Fail(invalid, "TagsPerPage must be a multiple of 100 between 100 and 500.")
	}
	var items []wire.Object
	for _, t := range tagged(r) {
		if matches(r, t, only) {
			items = append(items, wire.Object{"ResourceARN": t.ARN, "Tags": pairs(t.Tags, "Key", "Value")})
		}
	}
	if !r.In.Has("ResourcesPerPage") {
		return page(r, items, perPage)
	}
	return page(r, items, mostPerPage)
}

// page is a page, whose last has an empty token.
func page(r *emulate.Request, items []wire.Object, most int) (wire.Object, error) {
	out, err := r.Page(items, most, "PaginationTokenExpiredException")
	if err == nil && !out.Has("PaginationToken") {
		out["PaginationToken"] = ""
	}
	return out, err
}

// matches says whether a resource is what a request asks for: with each of the tags, of one of
// the types.
func matches(r *emulate.Request, t emulate.Tagged, only []string) bool {
	if len(only) > 0 && !slices.Contains(only, t.ARN) {
		return false
	}
	for _, f := range r.In.Objects("TagFilters") {
		v, ok := t.Tags[f.Text("Key")]
		if values := f.Texts("Values"); !ok || len(values) > 0 && !slices.Contains(values, v) {
			return false
		}
	}
	types := r.In.Texts("ResourceTypeFilters")
	return len(types) == 0 || slices.ContainsFunc(types, func(typ string) bool { return is(t.ARN, typ) })
}

// is says whether an ARN is of a type: service, or service:resource.
func is(resource, typ string) bool {
	a, err := arn.Parse(resource)
	if err != nil {
		return false
	}
	service, kind, narrow := strings.Cut(typ, ":")
	if !strings.EqualFold(a.Service, service) {
		return false
	}
	end := strings.IndexAny(a.Resource, ":/")
	switch {
	case !narrow:
		return true
	case end < 0: // buckets, queues and topics have no word for their kind
		return slices.Contains([]string{"s3:bucket", "sqs:queue", "sns:topic"}, typ)
	}
	return a.Resource[:end] == kind || strings.HasPrefix(a.Resource, kind+"/") || strings.HasPrefix(a.Resource, kind+":")
}

func getKeys(_ context.Context, r *emulate.Request) (wire.Object, error) {
	keys := map[string]bool{}
	for _, t := range tagged(r) {
		for key := range t.Tags {
			keys[key] = true
		}
	}
	return texts(r, keys)
}

func getValues(_ context.Context, r *emulate.Request) (wire.Object, error) {
	values := map[string]bool{}
	for _, t := range tagged(r) {
		if v, ok := t.Tags[r.In.Text("Key")]; ok {
			values[v] = true
		}
	}
	return texts(r, values)
}

// texts is a page of texts.
func texts(r *emulate.Request, set map[string]bool) (wire.Object, error) {
	var items []wire.Object
	for _, text := range slices.Sorted(maps.Keys(set)) {
		items = append(items, wire.Object{"text": text})
	}
	out, err := page(r, items, mostPerPage)
	if err != nil {
		return nil, err
	}
	for name := range out {
		if list := out.Objects(name); list != nil || name != "PaginationToken" {
			plain := []any{}
			for _, o := range list {
				plain = append(plain, o["text"])
			}
			out[name] = plain
		}
	}
	return out, nil
}

// pairs is a list of tags.
func pairs(tags map[string]string, key, value string) []any {
	out := []any{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, wire.Object{key: name, value: tags[name]})
	}
	return out
}

func keyTags(tags map[string]string) []kms.Tag {
	var out []kms.Tag
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, kms.Tag{TagKey: name, TagValue: tags[name]})
	}
	return out
}
