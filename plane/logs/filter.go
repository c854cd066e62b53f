package logs

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// filters are the filters of one kind of groups. They are kept and shown; nothing comes of
// them.
type filters struct {
	name string
	// most is the quota for a group.
	// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
	most    int
	members []string
	check   func(ctx context.Context, r *emulate.Request) error
	shown   func(r *emulate.Request, doc wire.Object) bool
}

var subscriptions = filters{
	name: "subscription-filter", most: 2,
	members: []string{"filterName", "logGroupName", "filterPattern", "destinationArn", "roleArn", "distribution", "applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFields"},
	check: func(ctx context.Context, r *emulate.Request) error {
		if role := r.In.Text("roleArn"); role != "" {
			return r.PassRole(ctx, role, principal)
		}
		return nil
	},
}

var metrics = filters{
	name: "metric-filter", most: 100,
	members: []string{"filterName", "logGroupName", "filterPattern", "metricTransformations", "applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions"},
	shown: func(r *emulate.Request, doc wire.Object) bool {
		return slices.ContainsFunc(doc.Objects("metricTransformations"), func(t wire.Object) bool {
			return (!r.In.Has("metricName") || t.Text("metricName") == r.In.Text("metricName")) &&
				(!r.In.Has("metricNamespace") || t.Text("metricNamespace") == r.In.Text("metricNamespace"))
		})
	},
}

func (f *filters) kind(group string) string { return f.name + ":" + group }

// put makes or replaces a filter.
func (f *filters) put(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if f.check != nil {
		if err := f.check(ctx, r); err != nil {
			return nil, err
		}
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		g, err := group(r, tx.Get)
		if err != nil {
			return err
		}
		rec := &records.Record{Key: r.Key(f.kind(g.ID), r.In.Text("filterName")), Doc: r.In.Pick(f.members...)}
		if f.name == subscriptions.name && !rec.Doc.Has("distribution") {
			rec.Doc["distribution"] = "ByLogStream"
		}
		if old := tx.Get(rec.Key); old != nil {
			rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		} else if len(tx.List(rec.Service, rec.Kind, rec.Account, rec.Region)) >= f.most {
			return r.Fail(exceeded, "Resource limit exceeded.")
		}
		tx.Put(rec)
		return nil
	})
}

// describe lists the filters of a group, or of all where the API allows it.
func (f *filters) describe(_ context.Context, r *emulate.Request) (wire.Object, error) {
	groups := []string{r.In.Text("logGroupName")}
	if groups[0] == "" {
		groups = nil
		for _, g := range r.List(groupKind) {
			groups = append(groups, g.ID)
		}
	} else if _, err := group(r, r.Service.Records.Get); err != nil {
		return nil, err
	}
	var out []wire.Object
	for _, g := range groups {
		for _, rec := range r.List(f.kind(g)) {
			if strings.HasPrefix(rec.ID, r.In.Text("filterNamePrefix")) && (f.shown == nil || f.shown(r, rec.Doc)) {
				out = append(out, rec.Doc.With(wire.Object{"creationTime": rec.Created.UnixMilli()}))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b wire.Object) int { return cmp.Compare(a.Text("filterName"), b.Text("filterName")) })
	return r.Page(out, mostDescribed, invalid)
}

func (f *filters) delete(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		g, err := group(r, tx.Get)
		if err != nil {
			return err
		}
		k := r.Key(f.kind(g.ID), r.In.Text("filterName"))
		if tx.Get(k) == nil {
			return r.Fail(notFound, "The specified filter does not exist.")
		}
		tx.Delete(k)
		return nil
	})
}
