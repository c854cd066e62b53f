package config

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostRules of an account in a Region.
// Source: https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html
const mostRules = 1000

// rule finds a rule by its name, ARN or id; nil: there is none.
func rule(r *emulate.Request, get func(records.Key) *records.Record, name string) *records.Record {
	if rec := get(r.Key(ruleKind, name)); rec != nil {
		return rec
	}
	for _, rec := range r.List(ruleKind) {
		if name != "" && (rec.Doc.Text("ConfigRuleArn") == name || rec.Doc.Text("ConfigRuleId") == name) {
			return get(rec.Key)
		}
	}
	return nil
}

func ruleNamed(r *emulate.Request, get func(records.Key) *records.Record, name string) (*records.Record, error) {
	if rec := get(r.Key(ruleKind, name)); rec != nil {
		return rec, nil
	}
	return nil, r.Fail("NoSuchConfigRuleException", "The ConfigRule '%s' provided in the request is invalid. Please check the configRule name", name)
}

// checkRule refuses a rule that the plane cannot evaluate.
func checkRule(r *emulate.Request, in wire.Object) error {
	source := in.Text("Source.SourceIdentifier")
	switch {
	case in.Text("Source.Owner") != "AWS":
		return r.Fail(invalid, "not implemented by the local plane: rules of the owner %s", in.Text("Source.Owner"))
	case rules[source] == nil:
		return r.Fail(invalid, "not implemented by the local plane: the managed rule %s", source)
	case in.Has("Scope.TagKey") || in.Has("Scope.ServicePrincipals"):
		return r.Fail(invalid, "not implemented by the local plane: a scope by tags or services")
	}
	for _, mode := range in.Objects("EvaluationModes") {
		if mode.Text("Mode") == "PROACTIVE" {
			return r.Fail(invalid, "not implemented by the local plane: proactive evaluation")
		}
	}
	given, err := parameters(in)
	if err != nil {
		return r.Fail(invalid, "Invalid json %s passed in the inputParameters field.", in.Text("InputParameters")) // unconfirmed
	}
	for name := range given {
		if !slices.Contains(rules[source].parameters, name) {
			return r.Fail(invalid, "Unknown parameters provided in the inputParameters: %s.", name) // unconfirmed
		}
	}
	return nil
}

// parameters are the input parameters of a rule.
func parameters(doc wire.Object) (map[string]string, error) {
	out := map[string]string{}
	if text := doc.Text("InputParameters"); text != "" {
		return out, json.Unmarshal([]byte(text), &out)
	}
	return out, nil
}

// putRule makes a rule, or replaces one.
func putRule(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	in := r.In.Object("ConfigRule")
	if err := checkRule(r, in); err != nil {
		return nil, err
	}
	if recorder(r, r.Service.Records.List) == nil {
		return nil, r.Fail("NoAvailableConfigurationRecorderException", "Configuration recorder is not available to put config rule.") // unconfirmed
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		name := in.Text("ConfigRuleName")
		old := rule(r, tx.Get, name)
		for _, member := range []string{"ConfigRuleArn", "ConfigRuleId"} {
			if old == nil {
				old = rule(r, tx.Get, in.Text(member))
			}
		}
		switch {
		case old == nil && name == "":
			return r.Fail(invalid, "The ConfigRuleName must be provided.") // unconfirmed
		case old == nil && len(r.List(ruleKind)) >= mostRules:
			return r.Fail("MaxNumberOfConfigRulesExceededException", "Failed to put config rule '%s' because the maximum number of config rules %d is reached.", name, mostRules) // unconfirmed
		}
		doc := in.Pick("Description", "Scope", "Source", "InputParameters", "MaximumExecutionFrequency", "EvaluationModes").With(wire.Object{"ConfigRuleName": name, "ConfigRuleState": "ACTIVE"})
		if !doc.Has("EvaluationModes") {
			doc["EvaluationModes"] = []any{wire.Object{"Mode": "DETECTIVE"}}
		}
		rec := &records.Record{Key: r.Key(ruleKind, name), Doc: doc}
		if old != nil {
			rec.Key, rec.Number, rec.Created, rec.Updated = old.Key, old.Number, old.Created, tx.Now()
			rec.Doc = doc.With(old.Doc.Pick("ConfigRuleName", "ConfigRuleArn", "ConfigRuleId"))
		} else {
			id := "config-rule-" + r.Service.ID(emulate.LowerDigits, 6)
			doc["ConfigRuleId"], doc["ConfigRuleArn"] = id, r.ARN("config-rule/"+id)
			emulate.PutTags(tx, doc.Text("ConfigRuleArn"), r.TagsIn("Tags"))
		}
		tx.Put(rec)
		return nil
	})
}

func deleteRule(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := ruleNamed(r, tx.Get, r.In.Text("ConfigRuleName"))
		if err != nil {
			return err
		}
		if rec.Doc.Text("ConfigRuleState") == "DELETING" {
			return r.Fail("ResourceInUseException", "The rule %s is currently being deleted. Please retry after some time", rec.ID)
		}
		next := rec.Change(tx.Now(), wire.Object{"ConfigRuleState": "DELETING"})
		next.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Gone: true}
		emulate.PutTags(tx, rec.Doc.Text("ConfigRuleArn"), nil)
		tx.Put(next)
		return nil
	})
}

// wantedRules are those that the names of an input ask for, all without names.
func wantedRules(r *emulate.Request) ([]*records.Record, error) {
	names := r.In.Texts("ConfigRuleNames")
	if len(names) == 0 {
		return r.List(ruleKind), nil
	}
	var out []*records.Record
	for _, name := range names {
		rec, err := ruleNamed(r, r.Service.Records.Get, name)
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// mostPerPage is the largest page of rules and results.
const mostPerPage = 100

func describeRules(_ context.Context, r *emulate.Request) (wire.Object, error) {
	list, err := wantedRules(r)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, rec := range list {
		items = append(items, rec.Doc)
	}
	return r.Page(items, 25, badToken)
}
