package planfile_test

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/terraform/planfile"
)

func notes(m graph.Module) string {
	var list []string
	for _, n := range m.Input.Notes {
		list = append(list, n.At.String()+" "+n.Text)
	}
	return strings.Join(list, "\n")
}

func TestShapes(t *testing.T) {
	const noConfig = "p:1:1 the plan has no configuration: what is known only after apply cannot be followed"
	const key = `{"address": "aws_kms_key.k", "type": "aws_kms_key", "change": {"actions": ["create"], "after": {}}}`
	for name, tt := range map[string]struct{ doc, addresses, notes string }{
		"changes only":           {`{"resource_changes": [` + key + `]}`, "aws_kms_key.k", noConfig},
		"wrapped":                {`{"mock": {"resource_changes": [` + key + `]}}`, "aws_kms_key.k", "p:1:10 the plan has no configuration: what is known only after apply cannot be followed"},
		"several wrapped":        {`{"mock": {"valid": {"resource_changes": [` + key + `], "configuration": {}}, "bad": {"sub": {"resource_changes": [` + key + `], "configuration": {}}}}}`, "mock/valid/aws_kms_key.k mock/bad/sub/aws_kms_key.k", "p:1:1 the file holds 2 plans: each is read by itself"},
		"planned values only":    {`{"planned_values": {"root_module": {"resources": [{"address": "aws_kms_key.k", "type": "aws_kms_key", "values": {}}], "child_modules": [{"address": "module.m", "resources": [{"address": "module.m.aws_kms_key.k", "type": "aws_kms_key", "values": {}}]}]}}, "configuration": {}}`, "aws_kms_key.k module.m.aws_kms_key.k", ""},
		"planned beside changes": {`{"resource_changes": [` + key + `], "planned_values": {"root_module": {"resources": [{"address": "aws_kms_key.k", "values": {}}, {"address": "aws_kms_key.l", "values": {}}]}}, "configuration": {}}`, "aws_kms_key.k aws_kms_key.l", ""},
		"data of the prior state": {`{"resource_changes": [], "configuration": {}, "prior_state": {"values": {"root_module": {"resources": [
			{"address": "data.aws_kms_key.d", "mode": "data", "type": "aws_kms_key", "values": {}}, {"address": "aws_kms_key.gone", "mode": "managed", "values": {}}]}}}}`, "data.aws_kms_key.d", ""},
		"drift is ignored": {`{"resource_changes": [], "resource_drift": [` + key + `], "configuration": {}}`, "", ""},
		"actions": {`{"configuration": {}, "resource_changes": [` + actions("a", `"create"`) + actions("b", `"no-op"`) + actions("c", `"read"`) + actions("d", `"update"`) + actions("e", `"delete"`) +
			actions("f", `"delete", "create"`) + actions("g", `"create", "delete"`) + actions("h", `"forget"`) + actions("i", `"create", "forget"`) + `{"address": "a_b.j", "deposed": "0a", "change": {"actions": ["no-op"], "after": {}}}]}`,
			"a_b.a a_b.b a_b.c a_b.d a_b.f a_b.g a_b.i", ""},
		"twice":           {"{\"configuration\": {}, \"resource_changes\": [" + key + ",\n" + key + "]}", "aws_kms_key.k", "p:2:1 aws_kms_key.k is there twice: only the first is audited"},
		"errored":         {`{"format_version": "1.2", "configuration": {}, "errored": true}`, "", "p:1:59 the plan ended with an error: resources may be missing"},
		"not complete":    {`{"resource_changes": [], "configuration": {}, "complete": false, "deferred_changes": [{}]}`, "", "p:1:59 the plan is not complete: another plan and apply will follow\np:1:86 1 deferred changes are not audited"},
		"without address": {`{"configuration": {}, "resource_changes": [{"mode": "data", "type": "t_u", "name": "n", "index": "k", "change": {"actions": ["read"], "after": {}}}]}`, `data.t_u.n["k"]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := readPlan(t, tt.doc)
			if got := addresses(m); got != tt.addresses {
				t.Errorf("resources %s, want %s", got, tt.addresses)
			}
			if got := notes(m); got != tt.notes {
				t.Errorf("notes %s\nwant  %s", got, tt.notes)
			}
		})
	}
}

func actions(name, list string) string {
	return `{"address": "a_b.` + name + `", "change": {"actions": [` + list + `], "after": {}}}, `
}

// Planned values leave out what is unknown; the configuration says what was set.
func TestPlannedValuesImplyUnknowns(t *testing.T) {
	m := readPlan(t, `{"planned_values": {"root_module": {"resources": [
		{"address": "aws_kms_key.k", "type": "aws_kms_key", "values": {"policy": null}},
		{"address": "aws_x.x", "type": "aws_x", "values": {"name": "n", "sse": [{"on": true}], "secret": "s"}, "sensitive_values": {"secret": true}}]}},
		"configuration": {"root_module": {"resources": [{"mode": "managed", "type": "aws_x", "name": "x", "expressions": {
			"name": {"constant_value": "n"}, "kms_key_arn": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]},
			"sse": [{"on": {"constant_value": true}, "key_arn": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}]}}]}}}`)
	want := "{name=n, sse=[{on=true, key_arn=-> p#aws_kms_key.k arn}], secret=unknown: marked sensitive in the plan, kms_key_arn=-> p#aws_kms_key.k arn}"
	if got := show(resource(t, m, "aws_x.x").Attributes); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if r := resource(t, m, "aws_kms_key.k"); show(r.Attributes) != "{policy=absent}" || r.Type != "aws_kms_key" {
		t.Errorf("key: %+v", r)
	}
}

func TestProviderPlaces(t *testing.T) {
	for name, tt := range map[string]struct{ provider, key, after, want string }{
		"constant":            {`"aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}`, "aws", `{}`, "/eu-west-1/aws"},
		"variable":            {`"aws": {"name": "aws", "expressions": {"region": {"references": ["var.r"]}}}`, "aws", `{}`, "/us-gov-west-1/aws-us-gov"},
		"default":             {`"aws": {"name": "aws", "expressions": {"region": {"references": ["var.d"]}}}`, "aws", `{}`, "/ap-southeast-2/aws"},
		"data source":         {`"aws": {"name": "aws", "expressions": {"region": {"references": ["data.x.y.z"]}}}`, "aws", `{}`, "//"},
		"no Region":           {`"aws": {"name": "aws", "expressions": {"region": {"constant_value": "${x}"}}}`, "aws", `{}`, "//"},
		"alias":               {`"aws": {}, "aws.w": {"name": "aws", "expressions": {"region": {"constant_value": "us-west-2"}}}`, "aws.w", `{}`, "/us-west-2/aws"},
		"inherited":           {`"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-west-2"}}}`, "m:aws", `{}`, "/us-west-2/aws"},
		"passed or inherited": {`"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-west-2"}}}, "aws.e": {"name": "aws"}`, "m:aws", `{}`, "//"},
		"role":                {`"aws": {"expressions": {"assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::111122223333:role/x"}}]}}`, "aws", `{}`, "111122223333//aws"},
		"allowed account":     {`"aws": {"expressions": {"allowed_account_ids": {"constant_value": ["111122223333"]}}}`, "aws", `{}`, "111122223333//"},
		"own Region":          {`"aws": {"expressions": {"region": {"constant_value": "us-west-2"}}}`, "aws", `{"region": "cn-north-1"}`, "/cn-north-1/aws-cn"},
		"isolated":            {`"aws": {"expressions": {"region": {"constant_value": "us-iso-east-1"}}}`, "aws", `{}`, "/us-iso-east-1/"},
	} {
		t.Run(name, func(t *testing.T) {
			m := readPlan(t, `{"variables": {"r": {"value": "us-gov-west-1"}}, "resource_changes": [{"address": "aws_x.x", "type": "aws_x", "change": {"actions": ["create"], "after": `+tt.after+`}}],
				"configuration": {"provider_config": {`+tt.provider+`}, "root_module": {"variables": {"d": {"default": "ap-southeast-2"}}, "resources": [{"mode": "managed", "type": "aws_x", "name": "x", "provider_config_key": "`+tt.key+`"}]}}}`)
			r := m.Resources[0]
			if got := r.Account + "/" + r.Region + "/" + r.Partition; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func readState(t *testing.T, doc string) graph.Module {
	t.Helper()
	n := parse(t, "p", doc)
	if !planfile.DetectState(n) || planfile.DetectPlan(n) {
		t.Fatal("not detected as a state only")
	}
	m, err := planfile.State("p", n)
	if err != nil {
		t.Fatal(err)
	}
	if m.Input.Kind != "terraform-state" {
		t.Errorf("kind %s", m.Input.Kind)
	}
	return m
}

func TestShownState(t *testing.T) {
	m := readState(t, `{"format_version": "1.0", "terraform_version": "1.9.8", "values": {"root_module": {
		"resources": [
			{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "values": {"arn": "arn:k", "region": "eu-west-1", "policy": null}, "sensitive_values": {}},
			{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "deposed_key": "0a", "values": {}},
			{"address": "data.aws_kms_key.d", "mode": "data", "type": "aws_kms_key", "name": "d", "values": {"key_id": "alias/d"}}],
		"child_modules": [{"address": "module.a[\"x\"]", "child_modules": [{"address": "module.a[\"x\"].module.b", "resources": [
			{"address": "module.a[\"x\"].module.b.aws_db.d[0]", "mode": "managed", "type": "aws_db", "name": "d", "index": 0, "values": {"password": "p", "tags": {}}, "sensitive_values": {"password": true, "tags": {}}}]}]}]}}}`)
	if got := addresses(m); got != `aws_kms_key.k data.aws_kms_key.d module.a["x"].module.b.aws_db.d[0]` {
		t.Errorf("resources %s", got)
	}
	k, d := m.Resources[0], m.Resources[1]
	if show(k.Attributes) != "{arn=arn:k, region=eu-west-1, policy=absent}" || k.Region != "eu-west-1" || k.At.Line != 3 || k.At.Column != 4 {
		t.Errorf("key %+v", k)
	}
	if d.Type != "data.aws_kms_key" || d.ID != "p#data.aws_kms_key.d" {
		t.Errorf("data source %+v", d)
	}
	if got := show(m.Resources[2].Attributes); got != "{password=unknown: marked sensitive in the plan, tags={}}" {
		t.Errorf("database %s", got)
	}
	if empty := readState(t, `{"format_version": "1.0"}`); len(empty.Resources) != 0 {
		t.Errorf("empty state %+v", empty)
	}
}

func TestRawState(t *testing.T) {
	m := readState(t, `{"version": 4, "terraform_version": "1.9.8", "serial": 3, "lineage": "l", "outputs": {}, "resources": [
		{"mode": "managed", "type": "aws_kms_key", "name": "k", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [
			{"index_key": "a\"b", "schema_version": 0, "attributes": {"arn": "arn:a"}, "sensitive_attributes": []},
			{"index_key": "a\"b", "deposed": "0a", "attributes": {}},
			{"index_key": 1, "attributes": {"arn": "arn:b", "list": [{"s": "x", "t": "y"}, {"s": "z"}]},
			 "sensitive_attributes": [[{"type": "get_attr", "value": "list"}, {"type": "index", "value": {"value": 0, "type": "number"}}, {"type": "get_attr", "value": "s"}]]}]},
		{"module": "module.m[0]", "mode": "data", "type": "aws_kms_alias", "name": "d", "instances": [{"attributes": {"name": "alias/d"}}]},
		{"mode": "managed", "type": "aws_old", "name": "o", "instances": [{"attributes_flat": {"id": "i"}}]}]}`)
	if got := addresses(m); got != `aws_kms_key.k["a\"b"] aws_kms_key.k[1] module.m[0].data.aws_kms_alias.d` {
		t.Errorf("resources %s", got)
	}
	if got := show(m.Resources[1].Attributes); got != "{arn=arn:b, list=[{s=unknown: marked sensitive in the plan, t=y}, {s=z}]}" {
		t.Errorf("list %s", got)
	}
	if r := m.Resources[2]; r.Type != "data.aws_kms_alias" || r.Attributes.Get("name").Text != "alias/d" || r.At.Line != 7 {
		t.Errorf("data source %+v", r)
	}
	if got := notes(m); got != "p:8:89 aws_old.o was written by Terraform 0.11 or older and is not audited: apply or refresh it once" {
		t.Errorf("notes %s", got)
	}
}
