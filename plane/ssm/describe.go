package ssm

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func describeParameters(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if r.In.Bool("Shared") {
		return nil, r.Fail(invalid, "not implemented by the local plane: shared parameters")
	}
	filters := r.In.Objects("ParameterFilters")
	for _, f := range r.In.Objects("Filters") { // the deprecated ones
		filters = append(filters, f.With(wire.Object{"Option": map[string]string{"Name": "BeginsWith"}[f.Text("Key")]}))
	}
	var items []wire.Object
	for _, rec := range sorted(r) {
		ok, err := passes(r, rec, filters)
		if err != nil {
			return nil, err
		}
		if ok {
			items = append(items, rec.Doc.With(wire.Object{"ARN": parameterARN(r, rec.ID)}))
		}
	}
	return r.Page(items, mostDescribed, "InvalidNextToken")
}

// passes says whether a parameter passes all filters.
// Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
func passes(r *emulate.Request, rec *records.Record, filters []wire.Object) (bool, error) {
	for _, f := range filters {
		name, option := f.Text("Key"), f.Text("Option")
		var texts []string
		switch {
		case name == "Path":
			if !slices.ContainsFunc(f.Texts("Values"), func(path string) bool { return below(rec.ID, path, option == "Recursive") }) {
				return false, nil
			}
			continue
		case name == "Label":
			for _, v := range r.List(versionKind(rec.ID)) {
				texts = append(texts, v.Doc.Texts("Labels")...)
			}
		case strings.HasPrefix(name, "tag:"):
			if v, ok := r.Service.Tags(parameterARN(r, rec.ID))[name[len("tag:"):]]; ok {
				texts = []string{v}
			}
			if len(f.List("Values")) == 0 && texts != nil {
				continue
			}
		default: // Name, Type, KeyId, Tier, DataType, as the model has them
			texts = []string{rec.Doc.Text(name)}
		}
		compare, ok := options[cmp.Or(option, "Equals")]
		if !ok {
			return false, r.Fail("InvalidFilterOption", "The specified filter option isn't valid. Valid options are Equals and BeginsWith. For Path filter, valid options are Recursive and OneLevel.")
		}
		if !slices.ContainsFunc(f.Texts("Values"), func(want string) bool {
			return slices.ContainsFunc(texts, func(s string) bool { return compare(s, want) })
		}) {
			return false, nil
		}
	}
	return true, nil
}

// options are how filters compare.
var options = map[string]func(text, want string) bool{
	"Equals":     func(text, want string) bool { return text == want },
	"BeginsWith": strings.HasPrefix,
	"Contains":   strings.Contains,
}
