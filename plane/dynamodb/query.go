package dynamodb

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// longestPage is the largest page of items, in bytes.
const longestPage = 1 << 20

func query(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var c *condition
	a, err := begin(ctx, r, func(a *access) error {
		var problem string
		if c, problem = conditionOf(r.In, a.key); problem != "" {
			return r.Fail(invalid, "%s", problem)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	items, err := a.items(r, func(item wire.Object) bool { return c.holds(a.key, item) })
	if err != nil {
		return nil, err
	}
	if len(a.key) > 1 {
		sorts := a.key[1]
		slices.SortStableFunc(items, func(x, y wire.Object) int {
			return compare(x.Object(sorts.name), y.Object(sorts.name), sorts.kind)
		})
	}
	if r.In.Has("ScanIndexForward") && !r.In.Bool("ScanIndexForward") {
		slices.Reverse(items)
	}
	return a.page(r, items)
}

func scan(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	a, err := begin(ctx, r, func(*access) error { return nil })
	if err != nil {
		return nil, err
	}
	items, err := a.items(r, func(wire.Object) bool { return true })
	if err != nil {
		return nil, err
	}
	// The order says nothing, as on AWS.
	slices.SortFunc(items, func(x, y wire.Object) int { return strings.Compare(a.at(x).ID, a.at(y).ID) })
	return a.page(r, items)
}

// items are those of the table that a condition holds for.
func (a *access) items(r *emulate.Request, holds func(item wire.Object) bool) ([]wire.Object, error) {
	var out []wire.Object
	for _, rec := range r.Service.Records.List(api, itemKind(a.table), a.table.Account, a.table.Region) {
		item, err := open(a.data, rec)
		if err != nil {
			return nil, err
		}
		if holds(item) {
			out = append(out, item)
		}
	}
	return out, nil
}

// page is the part of the items that a call asks for.
func (a *access) page(r *emulate.Request, items []wire.Object) (wire.Object, error) {
	if start := r.In.Object("ExclusiveStartKey"); start != nil {
		if err := checkKey(r, a.key, start, true); err != nil {
			return nil, r.Fail(invalid, "The provided starting key is invalid")
		}
		at := slices.IndexFunc(items, func(item wire.Object) bool { return a.at(item).ID == a.at(start).ID })
		if at < 0 {
			return nil, r.Fail(invalid, "not implemented by the local plane: starting keys of items that are not there")
		}
		items = items[at+1:]
	}
	size, n := 0, 0
	for n < len(items) && (r.In.Int("Limit") == 0 || n < int(r.In.Int("Limit"))) {
		text, err := items[n].MarshalJSON()
		if err != nil {
			return nil, err
		}
		n++
		if size += len(text); size >= longestPage {
			break
		}
	}
	out := wire.Object{"Count": int64(n), "ScannedCount": int64(n)}
	if n > 0 && (n < len(items) || n == int(r.In.Int("Limit"))) {
		last := wire.Object{}
		for _, k := range a.key {
			last[k.name] = items[n-1].Object(k.name)
		}
		out["LastEvaluatedKey"] = last
	}
	switch r.In.Text("Select") {
	case "", "ALL_ATTRIBUTES":
		list := make([]any, n)
		for i, item := range items[:n] {
			list[i] = item
		}
		out["Items"] = list
	case "COUNT":
	default:
		return nil, r.Fail(invalid, "not implemented by the local plane: Select %s", r.In.Text("Select"))
	}
	return out, nil
}

// compare compares values of a key: text and bytes by their bytes, numbers by their value.
func compare(x, y wire.Object, kind string) int {
	a, b := scalar(x, kind), scalar(y, kind)
	if kind == "N" {
		if m, ok := number(a); ok {
			if n, ok := number(b); ok {
				return m.Cmp(n)
			}
		}
	}
	return strings.Compare(a, b)
}
