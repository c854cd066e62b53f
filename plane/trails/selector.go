package trails

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/cloudtrail"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// Members of a trail's document that have its selectors; neither: it has the default.
const (
	selectorsMember = "selectors"
	advancedMember  = "advanced"
)

// byDefault is the selector of a trail without its own.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
func byDefault() []any {
	return []any{wire.Object{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []any{}, "ExcludeManagementEventSources": []any{}}}
}

// excludable are the sources that a selector can leave out.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
var excludable = []string{"kms.amazonaws.com", "rdsdata.amazonaws.com"}

// mostSelectors is how many basic ones a trail has.
const mostSelectors = 5

func getSelectors(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, "TrailName")
	if err != nil {
		return nil, err
	}
	return selectorsOf(r, rec), nil
}

func selectorsOf(r *emulate.Request, rec *records.Record) wire.Object {
	out := wire.Object{"TrailARN": arnOf(r, rec)}
	switch {
	case rec.Doc.Has(advancedMember):
		out["AdvancedEventSelectors"] = rec.Doc[advancedMember]
	case rec.Doc.Has(selectorsMember):
		out["EventSelectors"] = rec.Doc[selectorsMember]
	default:
		out["EventSelectors"] = byDefault()
	}
	return out
}

func putSelectors(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := home(r, "TrailName")
	if err != nil {
		return nil, err
	}
	basic, advanced := r.In.Objects("EventSelectors"), r.In.Objects("AdvancedEventSelectors")
	set := wire.Object{selectorsMember: nil, advancedMember: nil}
	switch {
	case (len(basic) == 0) == (len(advanced) == 0):
		return nil, r.Fail("InvalidEventSelectorsException", "Specify either EventSelectors or AdvancedEventSelectors.")
	case len(basic) > mostSelectors:
		return nil, r.Fail("InvalidEventSelectorsException", "A trail has at most %d event selectors.", mostSelectors)
	case len(basic) > 0:
		list := []any{}
		for _, s := range basic {
			if err := checkBasic(r, s); err != nil {
				return nil, err
			}
			list = append(list, byDefault()[0].(wire.Object).With(s))
		}
		set[selectorsMember] = list
	default:
		for _, s := range advanced {
			if err := checkAdvanced(r, s); err != nil {
				return nil, err
			}
		}
		set[advancedMember] = r.In["AdvancedEventSelectors"]
	}
	if err := changeTrail(ctx, r.Service.Records, rec.Key, set); err != nil {
		return nil, err
	}
	return selectorsOf(r, rec.Change(r.Service.Now(), set)), nil
}

func checkBasic(r *emulate.Request, s wire.Object) error {
	if len(s.Objects("DataResources")) > 0 {
		return r.Fail("InvalidEventSelectorsException", "not implemented by the local plane: data events")
	}
	for _, of := range s.Texts("ExcludeManagementEventSources") {
		if !slices.Contains(excludable, of) {
			return r.Fail("InvalidEventSelectorsException", "The event source %s cannot be excluded.", of)
		}
	}
	return nil
}

// fields are the fields of advanced selectors for management events, with what of an event they
// look at.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
var fields = map[string]func(e *cloudtrail.Event) string{
	"eventCategory": func(*cloudtrail.Event) string { return "Management" },
	"eventSource":   func(e *cloudtrail.Event) string { return e.Source },
	"eventName":     func(e *cloudtrail.Event) string { return e.Operation },
	"readOnly": func(e *cloudtrail.Event) string {
		if e.ReadOnly {
			return "true"
		}
		return "false"
	},
}

func checkAdvanced(r *emulate.Request, s wire.Object) error {
	management := false
	for _, f := range s.Objects("FieldSelectors") {
		name := f.Text("Field")
		if name == "eventCategory" {
			management = slices.Equal(f.Texts("Equals"), []string{"Management"})
		}
		if fields[name] == nil {
			return r.Fail("InvalidEventSelectorsException", "not implemented by the local plane: the field %s of event selectors", name)
		}
		for _, operator := range []string{"StartsWith", "EndsWith", "NotStartsWith", "NotEndsWith"} {
			if f.Has(operator) {
				return r.Fail("InvalidEventSelectorsException", "not implemented by the local plane: %s in event selectors", operator)
			}
		}
	}
	if !management {
		return r.Fail("InvalidEventSelectorsException", "not implemented by the local plane: event selectors for other than management events")
	}
	return nil
}

// selected says whether a trail has an event.
func selected(rec *records.Record, e *cloudtrail.Event) bool {
	if rec.Doc.Has(advancedMember) {
		return slices.ContainsFunc(rec.Doc.Objects(advancedMember), func(s wire.Object) bool {
			return !slices.ContainsFunc(s.Objects("FieldSelectors"), func(f wire.Object) bool {
				v := fields[f.Text("Field")](e)
				return f.Has("Equals") && !slices.Contains(f.Texts("Equals"), v) || slices.Contains(f.Texts("NotEquals"), v)
			})
		})
	}
	basic := rec.Doc.Objects(selectorsMember)
	if !rec.Doc.Has(selectorsMember) {
		basic = []wire.Object{byDefault()[0].(wire.Object)}
	}
	return slices.ContainsFunc(basic, func(s wire.Object) bool {
		kind := s.Text("ReadWriteType")
		return s.Bool("IncludeManagementEvents") && (kind == "All" || (kind == "ReadOnly") == e.ReadOnly) && !slices.Contains(s.Texts("ExcludeManagementEventSources"), e.Source)
	})
}
