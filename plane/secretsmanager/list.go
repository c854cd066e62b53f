package secretsmanager

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func listSecrets(_ context.Context, r *emulate.Request) (wire.Object, error) {
	found, err := filtered(r)
	if err != nil {
		return nil, err
	}
	items := make([]wire.Object, len(found))
	for i, rec := range found {
		items[i] = shown(r, rec, "SecretVersionsToStages")
	}
	if by := r.In.Text("SortBy"); by != "" && by != "created-date" {
		return nil, r.Fail(invalid, "not implemented by the local plane: SortBy %s", by)
	}
	if r.In.Text("SortOrder") == "desc" {
		slices.Reverse(items)
	}
	return r.Page(items, mostPage, "InvalidNextTokenException")
}

// filtered are the secrets that pass the filters of a request.
func filtered(r *emulate.Request) ([]*records.Record, error) {
	var out []*records.Record
	for _, rec := range r.List(secretKind) {
		ok := r.In.Bool("IncludePlannedDeletion") || !rec.Doc.Has("DeletedDate")
		for _, f := range r.In.Objects("Filters") {
			texts, known := filterTexts(r, rec, f.Text("Key"))
			if !known {
				return nil, r.Fail(invalid, "not implemented by the local plane: filter %s", f.Text("Key"))
			}
			ok = ok && passes(texts, f.Texts("Values"))
		}
		if ok {
			out = append(out, rec)
		}
	}
	return out, nil
}

// filterTexts are what a filter looks at.
// Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
func filterTexts(r *emulate.Request, rec *records.Record, key string) (texts []string, known bool) {
	switch key {
	case "name":
		return []string{rec.ID}, true
	case "description":
		return []string{rec.Doc.Text("Description")}, true
	case "primary-region":
		return []string{rec.Doc.Text("PrimaryRegion")}, true
	case "tag-key", "tag-value":
		for k, v := range r.Service.Tags(rec.Doc.Text("ARN")) {
			if key == "tag-value" {
				k = v
			}
			texts = append(texts, k)
		}
		return texts, true
	}
	return nil, false
}

// passes says whether one of the values begins one of the texts; those with "!" before them
// must begin none.
func passes(texts, values []string) bool {
	positive, found := false, false
	for _, v := range values {
		v, not := strings.CutPrefix(v, "!")
		has := slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, v) })
		if not && has {
			return false
		}
		positive, found = positive || !not, found || !not && has
	}
	return found || !positive
}
