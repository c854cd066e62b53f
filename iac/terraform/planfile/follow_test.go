package planfile_test

import (
	"strings"
	"testing"
)

// follow reads a plan with keys a, b, c["x"], c["y"], n[0], n[1] and an agent whose
// key is unknown and given by the expression, in the root module.
func follow(t *testing.T, expression, root string) string {
	t.Helper()
	var changes []string
	for _, k := range []string{`a`, `b`, `c[\"x\"]`, `c[\"y\"]`, `n[0]`, `n[1]`} {
		changes = append(changes, `{"address": "aws_kms_key.`+k+`", "type": "aws_kms_key", "change": {"actions": ["create"], "after": {"key_usage": "ENCRYPT_DECRYPT"}, "after_unknown": {"arn": true}}}`)
	}
	changes = append(changes,
		`{"address": "aws_iam_role.r", "type": "aws_iam_role", "change": {"actions": ["no-op"], "after": {"arn": "arn:aws:iam::1:role/r"}, "after_unknown": {}}}`,
		`{"address": "aws_s3_bucket.s", "type": "aws_s3_bucket", "change": {"actions": ["create"], "after": {}, "after_unknown": {"id": true}}}`,
		`{"address": "data.aws_kms_alias.d", "mode": "data", "type": "aws_kms_alias", "change": {"actions": ["read"], "after": {"name": "alias/d"}, "after_unknown": {"target_key_arn": true}}}`,
		`{"address": "aws_bedrockagent_agent.t[\"y\"]", "type": "aws_bedrockagent_agent", "change": {"actions": ["create"], "after": {}, "after_unknown": {"customer_encryption_key_arn": true}}}`)
	doc := `{"format_version": "1.2", "variables": {"known": {"value": "arn:aws:kms:us-east-1:1:key/k"}, "on": {"value": true}, "m": {"value": {"y": "x"}}},
		"resource_changes": [` + strings.Join(changes, ",\n") + `],
		"configuration": {"root_module": {
			"resources": [{"mode": "managed", "type": "aws_bedrockagent_agent", "name": "t", "expressions": {"customer_encryption_key_arn": ` + expression + `}` + root + `}}}`
	return show(resource(t, readPlan(t, doc), `aws_bedrockagent_agent.t["y"]`).Attributes.Get("customer_encryption_key_arn"))
}

func refs(list ...string) string {
	return `{"references": ["` + strings.Join(list, `", "`) + `"]}`
}

func TestFollow(t *testing.T) {
	for name, tt := range map[string]struct{ expression, root, want string }{
		"constant":                 {`{"constant_value": "alias/x"}`, `}]`, "alias/x"},
		"function of nothing":      {`{}`, `}]`, "unknown: known only after apply"},
		"resource":                 {refs("aws_kms_key.a.arn", "aws_kms_key.a"), `}]`, "-> p#aws_kms_key.a arn"},
		"attribute not recorded":   {refs("aws_kms_key.a"), `}]`, "-> p#aws_kms_key.a arn"},
		"explicit for_each key":    {refs(`aws_kms_key.c[\"x\"].arn`, `aws_kms_key.c[\"x\"]`, "aws_kms_key.c"), `}]`, `-> p#aws_kms_key.c["x"] arn`},
		"explicit count index":     {refs(`aws_kms_key.n[1].key_id`, `aws_kms_key.n[1]`, "aws_kms_key.n"), `}]`, `-> p#aws_kms_key.n[1] key_id`},
		"explicit missing":         {refs(`aws_kms_key.n[2].arn`, `aws_kms_key.n[2]`, "aws_kms_key.n"), `}]`, `unknown: aws_kms_key.n[2].arn is not in the plan`},
		"missing beside present":   {refs(`aws_kms_key.n[2].arn`, `aws_kms_key.n[2]`, "aws_kms_key.n", "aws_kms_key.b.arn", "aws_kms_key.b"), `}]`, `-> p#aws_kms_key.b arn`},
		"own key":                  {refs("aws_kms_key.c", "each.key"), `}]`, `-> p#aws_kms_key.c["y"] arn`},
		"own value of a known map": {refs("aws_kms_key.c", "each.value"), `, "for_each_expression": {"references": ["var.m"]}}]`, `-> p#aws_kms_key.c["x"] arn`},
		"own value of a set":       {refs("aws_kms_key.c", "each.value"), `, "for_each_expression": {"constant_value": ["x", "y"]}}]`, `-> p#aws_kms_key.c["y"] arn`},
		"splat":                    {refs("aws_kms_key.c"), `}]`, `unknown: may be aws_kms_key.c["x"] or aws_kms_key.c["y"]: the plan does not say which`},
		"splat of one":             {refs("aws_kms_key.a"), `}]`, "-> p#aws_kms_key.a arn"},
		"each.value of resources":  {refs("each.value.arn", "each.value"), `, "for_each_expression": {"references": ["aws_kms_key.c"]}}]`, `-> p#aws_kms_key.c["y"] arn`},
		"each.value of a map of keys": {refs("each.value"), `, "for_each_expression": {"references": ["aws_kms_key.a.arn", "aws_kms_key.a", "aws_kms_key.b.arn", "aws_kms_key.b"]}}]`,
			`unknown: may be aws_kms_key.a.arn or aws_kms_key.b.arn: the plan does not say which`},
		"conditional":                    {refs("var.on", "aws_kms_key.a.arn", "aws_kms_key.a", "var.known"), `}]`, "-> p#aws_kms_key.a arn"},
		"two keys":                       {refs("var.on", "aws_kms_key.a.arn", "aws_kms_key.a", "aws_kms_key.b.arn", "aws_kms_key.b"), `}]`, "unknown: may be aws_kms_key.a.arn or aws_kms_key.b.arn: the plan does not say which"},
		"key and known role":             {refs("aws_iam_role.r.arn", "aws_iam_role.r", "aws_kms_key.a.arn", "aws_kms_key.a"), `}]`, "-> p#aws_kms_key.a arn"},
		"key and unknown other":          {refs("aws_s3_bucket.s.id", "aws_s3_bucket.s", "aws_kms_key.a.arn", "aws_kms_key.a"), `}]`, "unknown: may be aws_s3_bucket.s.id or aws_kms_key.a.arn: the plan does not say which"},
		"known key chosen by an unknown": {refs("aws_s3_bucket.s.id", "aws_s3_bucket.s", "aws_kms_key.a.key_usage", "aws_kms_key.a"), `}]`, "unknown: may be aws_s3_bucket.s.id or aws_kms_key.a.key_usage: the plan does not say which"},
		"local":                          {refs("local.key"), `}]`, "unknown: local.key is not in the plan"},
		"local beside a key":             {refs("local.on", "aws_kms_key.a.arn", "aws_kms_key.a"), `}]`, "unknown: may be aws_kms_key.a.arn; local.on is not in the plan"},
		"variable passed on":             {refs("var.known"), `}]`, "arn:aws:kms:us-east-1:1:key/k"},
		"variable without value":         {refs("var.gone"), `}]`, "unknown: var.gone has no value in the plan"},
		"data source":                    {refs("data.aws_kms_alias.d.target_key_arn", "data.aws_kms_alias.d"), `}]`, "-> p#data.aws_kms_alias.d target_key_arn"},
		"unknown module":                 {refs("module.gone.arn", "module.gone"), `}]`, "unknown: module.gone.arn is not in the plan"},
		"module output through a variable": {refs("module.m.key", "module.m"), `}], "module_calls": {"m": {"expressions": {"in": {"references": ["aws_kms_key.b"]}},
			"module": {"outputs": {"key": {"expression": {"references": ["var.in"]}}}}}}`, "-> p#aws_kms_key.b arn"},
		"module instance by own key": {refs("module.m", "each.key"), `}], "module_calls": {"m": {"for_each_expression": {}, "expressions": {"in": {"references": ["aws_kms_key.c", "each.key"]}},
			"module": {"outputs": {"key": {"expression": {"references": ["var.in"]}}}}}}`, `-> p#aws_kms_key.c["y"] arn`},
		"module instance by key": {refs(`module.m[\"x\"].key`, `module.m[\"x\"]`, "module.m"), `}], "module_calls": {"m": {"for_each_expression": {}, "expressions": {"in": {"references": ["aws_kms_key.c", "each.key"]}},
			"module": {"outputs": {"key": {"expression": {"references": ["var.in"]}}, "x": {"expression": {}}}}}}`, `-> p#aws_kms_key.c["x"] arn`},
		"output not recorded": {refs("module.m"), `}], "module_calls": {"m": {"module": {"outputs": {"a": {"expression": {}}, "b": {"expression": {}}}}}}`,
			"unknown: the plan does not say which output of module.m is meant"},
		"circle": {refs("module.m.a", "module.m"), `}], "module_calls": {"m": {"expressions": {"v": {"references": ["module.m.a"]}}, "module": {"outputs": {"a": {"expression": {"references": ["var.v"]}}}}}}`,
			"unknown: references lead in a circle"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := follow(t, tt.expression, tt.root); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// one reads a plan with one resource and returns its attributes as text.
func one(t *testing.T, after, unknown, sensitive, expressions string) string {
	t.Helper()
	conf := ""
	if expressions != "" {
		conf = `, "configuration": {"root_module": {"resources": [{"mode": "managed", "type": "aws_x", "name": "x"` + strings.TrimSuffix(`, "expressions": `+expressions, `, "expressions": -`) + `}]}}`
	}
	return show(resource(t, readPlan(t, `{"format_version": "1.2", "resource_changes": [
		{"address": "aws_kms_key.a", "type": "aws_kms_key", "change": {"actions": ["create"], "after": {}}},
		{"address": "aws_kms_key.b", "type": "aws_kms_key", "change": {"actions": ["create"], "after": {}}},
		{"address": "aws_x.x", "type": "aws_x", "change": {"actions": ["update"], "after": `+after+`, "after_unknown": `+unknown+`, "after_sensitive": `+sensitive+`}}]`+conf+`}`), "aws_x.x").Attributes)
}

func TestOverlay(t *testing.T) {
	const keyA, keyB = `{"references": ["aws_kms_key.a.arn", "aws_kms_key.a"]}`, `{"references": ["aws_kms_key.b.arn", "aws_kms_key.b"]}`
	for name, tt := range map[string]struct{ after, unknown, sensitive, expressions, want string }{
		"plain":                 {`{"a": 1.50, "b": null, "c": [true, "x"]}`, `{}`, `{}`, `{}`, `{a=1.50, b=absent, c=[true, x]}`},
		"no configuration":      {`{}`, `{"kms_key_id": true}`, `{}`, ``, `{kms_key_id=unknown: known only after apply}`},
		"no expressions":        {`{}`, `{"kms_key_id": true, "id": true}`, `{}`, `-`, `{kms_key_id=absent, id=unknown: known only after apply}`},
		"not configured":        {`{}`, `{"policy": true, "kms_key_arn": true, "role_arn": true, "key_id": true, "tags_all": true, "bucket": true}`, `{}`, `{}`, `{policy=absent, kms_key_arn=absent, role_arn=unknown: known only after apply, key_id=unknown: known only after apply, tags_all=absent, bucket=unknown: known only after apply}`},
		"false marks":           {`{"a": "x"}`, `{"a": false, "b": false, "c": [{}], "d": {"e": false}}`, `{"a": false}`, `{}`, `{a=x}`},
		"sensitive":             {`{"a": "x", "b": [{"c": "y", "d": "z"}], "e": null}`, `{}`, `{"a": true, "b": [{"c": true, "d": false}]}`, `{}`, `{a=unknown: marked sensitive in the plan, b=[{c=unknown: marked sensitive in the plan, d=z}], e=absent}`},
		"all sensitive":         {`{"a": "x"}`, `{}`, `true`, `{}`, `{a=unknown: marked sensitive in the plan}`},
		"sensitive reference":   {`{}`, `{"kms_key_arn": true}`, `{"kms_key_arn": true}`, `{"kms_key_arn": ` + keyA + `}`, `{kms_key_arn=-> p#aws_kms_key.a arn}`},
		"nested block":          {`{"sse": [{"enabled": true}]}`, `{"sse": [{"kms_key_arn": true}]}`, `{}`, `{"sse": [{"enabled": {"constant_value": true}, "kms_key_arn": ` + keyA + `}]}`, `{sse=[{enabled=true, kms_key_arn=-> p#aws_kms_key.a arn}]}`},
		"nested not configured": {`{"sse": [{"enabled": true}]}`, `{"sse": [{"kms_key_arn": true}]}`, `{}`, `{"sse": [{"enabled": {"constant_value": true}}]}`, `{sse=[{enabled=true, kms_key_arn=absent}]}`},
		"dynamic block":         {`{"sse": [{"enabled": true}]}`, `{"sse": [{"kms_key_arn": true}]}`, `{}`, `{}`, `{sse=[{enabled=true, kms_key_arn=unknown: known only after apply; the plan does not record the expression, as in a dynamic block}]}`},
		"single block":          {`{"sse": {"on": true}}`, `{"sse": {"kms_key_arn": true}}`, `{}`, `{"sse": {"on": {"constant_value": true}, "kms_key_arn": ` + keyA + `}}`, `{sse={on=true, kms_key_arn=-> p#aws_kms_key.a arn}}`},
		"set in another order": {`{"v": [{"n": "2"}, {"n": "1"}]}`, `{"v": [{"kms_key_arn": true}, {"kms_key_arn": true}]}`, `{}`, `{"v": [{"n": {"constant_value": "1"}, "kms_key_arn": ` + keyA + `}, {"n": {"constant_value": "2"}, "kms_key_arn": ` + keyB + `}]}`,
			`{v=[{n=2, kms_key_arn=-> p#aws_kms_key.b arn}, {n=1, kms_key_arn=-> p#aws_kms_key.a arn}]}`},
		"blocks that look alike": {`{"v": [{}, {}]}`, `{"v": [{"kms_key_arn": true}, {}]}`, `{}`, `{"v": [{"kms_key_arn": ` + keyA + `}, {"kms_key_arn": ` + keyB + `}]}`,
			`{v=[{kms_key_arn=unknown: known only after apply; the plan does not say which block of the code this is}, {}]}`},
		"whole block unknown":        {`{}`, `{"sse": true}`, `{}`, `{"sse": [{"enabled": {"constant_value": true}, "kms_key_arn": ` + keyA + `}]}`, `{sse=[{enabled=true, kms_key_arn=-> p#aws_kms_key.a arn}]}`},
		"object attribute":           {`{"cfg": {"type": "x"}}`, `{"cfg": {"kms_key_arn": true, "other_id": true}}`, `{}`, `{"cfg": ` + keyA + `}`, `{cfg={type=x, kms_key_arn=-> p#aws_kms_key.a arn, other_id=unknown: may come from aws_kms_key.a.arn: the plan does not say}}`},
		"constant object":            {`{"cfg": {"type": "x"}}`, `{"cfg": {"kms_key_arn": true}}`, `{}`, `{"cfg": {"constant_value": {"type": "x"}}}`, `{cfg={type=x, kms_key_arn=absent}}`},
		"policy made of a reference": {`{}`, `{"policy": true}`, `{}`, `{"policy": ` + keyA + `}`, `{policy=unknown: is made from aws_kms_key.a.arn, which is known only after apply}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := one(t, tt.after, tt.unknown, tt.sensitive, tt.expressions); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
