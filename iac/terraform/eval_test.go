package terraform

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// code evaluates files in memory; names without a folder are of the root "r".
func code(t testing.TB, opts Options, files ...string) graph.Module {
	t.Helper()
	d := inMemory{}
	for i := 0; i < len(files); i += 2 {
		name := files[i]
		if !strings.Contains(name, "/") {
			name = "r/" + name
		}
		d[name] = files[i+1]
	}
	return evaluate(d, "r", opts)
}

func find(t testing.TB, m graph.Module, address string) graph.Resource {
	t.Helper()
	var all []string
	for _, r := range m.Resources {
		if r.Address == address {
			return r
		}
		all = append(all, r.Address)
	}
	t.Fatalf("no %s among %s", address, strings.Join(all, " "))
	return graph.Resource{}
}

// TestExpressions evaluates one expression each, as the value of x in a resource
// beside the declarations.
func TestExpressions(t *testing.T) {
	const around = `
variable "flag"    { type = bool }
variable "other"   { type = bool }
variable "name"    { type = string }
variable "count"   { type = number }
variable "nothing" { default = null }
variable "list"    { default = ["a", "b"] }
variable "object"  { default = { a = { b = 1 }, c = null } }
variable "typed"   {
  type    = object({ on = optional(bool, true), days = optional(number), tags = optional(map(string), {}) })
  default = { days = "30", surplus = 1 }
}
variable "numbers" {
  type    = list(string)
  default = [1, true, "x"]
}
locals {
  loop_a = local.loop_b
  loop_b = local.loop_a
  key    = var.nothing != null ? var.nothing : try(aws_kms_key.one[0].arn, null)
  maybe  = var.flag ? aws_kms_key.k.arn : null
  text   = "kms"
}
resource "aws_kms_key" "k" { description = "the key" }
resource "aws_kms_key" "one" { count = 1 }
resource "aws_kms_key" "none" { count = 0 }
resource "aws_kms_key" "if" { count = var.flag ? 1 : 0 }
resource "aws_kms_key" "unless" { count = var.flag ? 0 : 1 }
resource "aws_kms_key" "many" { count = var.count }
resource "aws_kms_key" "each" { for_each = { a = 1, b = 2 } }
resource "aws_kms_key" "open" { for_each = toset(var.name) }
resource "aws_s3_bucket" "named" { bucket = "b-${var.name}" }
data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_partition" "p" {}
data "aws_kms_alias" "a" { name = "alias/a" }
`
	for _, c := range []struct{ expr, want string }{
		// literals and operators
		{`"a"`, `"a"`}, {`1`, `1`}, {`1.50`, `1.5`}, {`true`, `true`}, {`null`, `-`}, {`-3`, `-3`}, {`!true`, `false`},
		{`1 + 2 * 3`, `7`}, {`7 / 2`, `3.5`}, {`7 % 4`, `3`}, {`1 < 2`, `true`}, {`"1" == 1`, `false`}, {`1 == 1.0`, `true`},
		{`"2" + 1`, `3`}, {`true && false`, `false`}, {`[1] == [1]`, `true`}, {`{a = 1} == {a = 2}`, `false`},
		{`"a${1}b${true}"`, `"a1btrue"`}, {`"$${x}"`, `"${x}"`},
		// references
		{`aws_kms_key.k.arn`, `<aws_kms_key.k arn>`}, {`"${aws_kms_key.k.arn}"`, `<aws_kms_key.k arn>`},
		{`"$aws_kms_key.k.arn"`, `"$aws_kms_key.k.arn"`}, {`"${aws_kms_key.k.arn}/*"`, `concat(<aws_kms_key.k arn> + "/*")`},
		{`aws_kms_key.k.description`, `"the key"`}, {`aws_kms_key.k["arn"]`, `<aws_kms_key.k arn>`}, {`resource.aws_kms_key.k.id`, `<aws_kms_key.k id>`},
		{`aws_kms_key.one[0].arn`, `<aws_kms_key.one[0] arn>`}, {`aws_kms_key.one.0.arn`, `<aws_kms_key.one[0] arn>`},
		{`aws_kms_key.one[*].arn`, `[<aws_kms_key.one[0] arn>]`}, {`aws_kms_key.one.*.arn`, `[<aws_kms_key.one[0] arn>]`},
		{`aws_kms_key.k[*].arn`, `[<aws_kms_key.k arn>]`}, {`aws_kms_key.each["b"].key_id`, `<aws_kms_key.each["b"] key_id>`},
		{`[for k, v in aws_kms_key.each : "${k}=${v.arn}"]`, `[concat("a=" + <aws_kms_key.each["a"] arn>), concat("b=" + <aws_kms_key.each["b"] arn>)]`},
		{`values(aws_kms_key.each)[*].arn`, `[<aws_kms_key.each["a"] arn>, <aws_kms_key.each["b"] arn>]`},
		{`aws_s3_bucket.named.bucket`, `<aws_s3_bucket.named bucket>`}, {`aws_s3_bucket.named.website[0].endpoint`, `<aws_s3_bucket.named website.0.endpoint>`},
		{`data.aws_kms_alias.a.target_key_arn`, `<data.aws_kms_alias.a target_key_arn>`}, {`data.aws_kms_alias.a.name`, `"alias/a"`},
		{`aws_kms_key.k`, `?(all attributes of aws_kms_key.k)`}, {`aws_kms_key.gone.arn`, `?(aws_kms_key.gone is not declared)`},
		{`"arn:${data.aws_partition.p.partition}:iam::${data.aws_caller_identity.me.account_id}:root"`, `"arn:${bedlock:partition}:iam::${bedlock:account}:root"`},
		{`data.aws_region.here.name`, `"${bedlock:region}"`}, {`data.aws_partition.p.dns_suffix`, `?(the partition's domain is known only after apply)`},
		{`terraform.workspace`, `?(terraform.workspace is known only when Terraform runs)`}, {`path.module`, `"r"`},
		{`local.loop_a`, `?(local.loop_a refers to itself)`}, {`each.key`, `?(each.key has no meaning here)`},
		// what is not there
		{`try(aws_kms_key.none[0].arn, null)`, `-`}, {`try(aws_kms_key.none[0].arn, "")`, `""`}, {`one(aws_kms_key.none[*].arn)`, `-`},
		{`join("", aws_kms_key.none[*].arn)`, `""`}, {`aws_kms_key.none[0].arn`, `?(there is no element 0)`},
		{`try(var.object.a.b, 2)`, `1`}, {`try(var.object.x.b, 2)`, `2`}, {`can(var.object.x)`, `false`}, {`can(var.object.a)`, `true`},
		{`try(var.name.x, "d")`, `?(variable name has no value)`}, {`lookup(var.object, "x", "d")`, `"d"`}, {`var.object.c`, `-`},
		{`coalesce(null, "", aws_kms_key.k.arn)`, `<aws_kms_key.k arn>`}, {`coalesce(var.nothing, local.key)`, `<aws_kms_key.one[0] arn>`},
		{`local.key`, `<aws_kms_key.one[0] arn>`},
		// what nobody knows
		{`var.name`, `?(variable name has no value)`}, {`"x-${var.name}"`, `concat("x-" + ?(variable name has no value))`},
		{`format("%s-%s", "x", var.name)`, `concat("x-" + ?(variable name has no value))`}, {`upper(var.name)`, `?(variable name has no value)`},
		{`upper(aws_kms_key.k.arn)`, `?(aws_kms_key.k arn is known only after apply)`}, {`var.count + 1`, `?(variable count has no value)`},
		{`split(":", aws_kms_key.k.arn)[5]`, `?(aws_kms_key.k arn is known only after apply)`},
		{`split(":", data.aws_caller_identity.me.account_id)[0]`, `?(the account, Region or partition is known only after apply)`},
		{`timestamp()`, `?(timestamp() is known only when Terraform runs)`}, {`rsadecrypt("a", "b")`, `?(the function rsadecrypt is not evaluated)`},
		// conditions
		{`var.flag ? "a" : "b"`, `(var.flag is true => "a" | var.flag is false => "b")`}, {`var.flag ? "a" : "a"`, `"a"`},
		{`!var.flag ? "a" : "b"`, `(var.flag is true => "b" | var.flag is false => "a")`},
		{`var.flag ? (var.flag ? 1 : 2) : 3`, `(var.flag is true => 1 | var.flag is false => 3)`},
		{`var.flag && false ? 1 : 2`, `2`}, {`var.flag || true ? 1 : 2`, `1`},
		{`var.flag && var.other ? 1 : 2`, `(var.flag is true and var.other is true => 1 | var.flag is true and var.other is false => 2 | var.flag is false => 2)`},
		{`var.name == "x" ? 1 : 2`, `(var.name == "x" is true => 1 | var.name == "x" is false => 2)`},
		{`var.name != "x" ? 1 : 2`, `(var.name == "x" is true => 2 | var.name == "x" is false => 1)`},
		{`var.name == null ? 1 : 2`, `(var.name != null is true => 2 | var.name != null is false => 1)`},
		{`var.count > 3 ? 1 : 2`, `(var.count > 3 is true => 1 | var.count > 3 is false => 2)`},
		{`aws_kms_key.k.arn != null ? 1 : 2`, `1`}, {`aws_kms_key.k.arn == "" ? 1 : 2`, `2`}, {`"x-${var.name}" == "y" ? 1 : 2`, `2`},
		{`data.aws_region.here.name == "us-east-1" ? 1 : 2`, `(data.aws_region.here.name == "us-east-1" is true => 1 | data.aws_region.here.name == "us-east-1" is false => 2)`},
		{`local.maybe`, `(var.flag is true => <aws_kms_key.k arn> | var.flag is false => -)`},
		{`coalesce(local.maybe, "alias/aws/s3")`, `(var.flag is true => <aws_kms_key.k arn> | var.flag is false => "alias/aws/s3")`},
		{`"k=${coalesce(local.maybe, "none")}"`, `(var.flag is true => concat("k=" + <aws_kms_key.k arn>) | var.flag is false => "k=none")`},
		{`aws_kms_key.if[0].arn`, `<aws_kms_key.if[0] arn>`},
		{`try(aws_kms_key.if[0].arn, null)`, `(var.flag is true => <aws_kms_key.if[0] arn> | var.flag is false => -)`},
		{`var.flag ? aws_kms_key.if[0].arn : aws_kms_key.unless[0].arn`, `(var.flag is true => <aws_kms_key.if[0] arn> | var.flag is false => <aws_kms_key.unless[0] arn>)`},
		{`one(concat(aws_kms_key.if[*].arn, aws_kms_key.unless[*].arn))`, `(var.flag is true => <aws_kms_key.if[0] arn> | var.flag is false => <aws_kms_key.unless[0] arn>)`},
		{`join("", aws_kms_key.if[*].arn)`, `(var.flag is true => <aws_kms_key.if[0] arn> | var.flag is false => "")`},
		{`length(aws_kms_key.if) > 0 ? "y" : "n"`, `(var.flag is true => "y" | var.flag is false => "n")`},
		{`compact([local.maybe, "x"])`, `(var.flag is true => [<aws_kms_key.k arn>, "x"] | var.flag is false => ["x"])`},
		{`aws_kms_key.many[0].arn`, `<aws_kms_key.many[0] arn>`},
		{`aws_kms_key.open["x"].arn`, `<aws_kms_key.open[each.key] arn>`},
		{`[for s in var.list : s if s != "a"]`, `["b"]`}, {`[for s in ["a", "b"] : s if s == "a" || var.flag]`, `(var.flag is true => ["a", "b"] | var.flag is false => ["a"])`},
		// collections
		{`{ a = 1, "b" = 2, (local.text) = 3 }`, `{a: 1, b: 2, kms: 3}`}, {`merge({ a = 1 }, { a = 2, b = 3 })`, `{a: 2, b: 3}`},
		{`concat([1], [aws_kms_key.k.arn])`, `[1, <aws_kms_key.k arn>]`}, {`flatten([[1, [2]], 3])`, `[1, 2, 3]`}, {`element(["a", "b"], 3)`, `"b"`},
		{`{ for s in var.list : s => upper(s) }`, `{a: "A", b: "B"}`}, {`{ for s in ["x1", "x2", "y1"] : substr(s, 0, 1) => s... }`, `{x: ["x1", "x2"], y: ["y1"]}`},
		{`toset(["b", "a", "b"])`, `["b", "a"]`}, {`contains(["a", var.name], "a")`, `true`}, {`keys({ b = 1, a = 2 })`, `["a", "b"]`},
		{`zipmap(["a"], [aws_kms_key.k.arn])`, `{a: <aws_kms_key.k arn>}`}, {`distinct(["a", "a"])`, `["a"]`}, {`setproduct(["a"], ["b", "c"])`, `[["a", "b"], ["a", "c"]]`},
		{`var.typed`, `{on: true, days: 30, tags: {}}`}, {`var.numbers`, `["1", "true", "x"]`}, {`slice(["a", "b", "c"], 0, 2)`, `["a", "b"]`},
		{`var.list[*]`, `["a", "b"]`}, {`var.nothing[*]`, `[]`}, {`range(3)`, `[0, 1, 2]`}, {`format("%03d", 7)`, `"007"`}, {`max([1, 5]...)`, `5`},
		{`setunion(["a"], ["b", "a"])`, `["a", "b"]`}, {`coalescelist([], ["x"])`, `["x"]`}, {`index(["a", "b"], "b")`, `1`}, {`sum([1, 2])`, `3`},
		{`alltrue([true, false])`, `false`}, {`anytrue([false, var.flag]) ? 1 : 2`, `(var.flag is true => 1 | var.flag is false => 2)`},
		{`contains([var.name], "x") ? 1 : 2`, `(contains([var.name], "x") is true => 1 | contains([var.name], "x") is false => 2)`},
		{`contains(["a"], "x")`, `false`}, {`lookup(aws_kms_key.each, "a").arn`, `<aws_kms_key.each["a"] arn>`}, {`length("abc")`, `3`}, {`length(aws_kms_key.each)`, `2`},
		{`formatlist("%s/*", [aws_kms_key.k.arn, "x"])`, `[concat(<aws_kms_key.k arn> + "/*"), "x/*"]`}, {`reverse([1, 2])`, `[2, 1]`},
		// texts
		{`jsonencode({ a = [aws_kms_key.k.arn, 1] })`, `{a: [<aws_kms_key.k arn>, 1]}`}, {`jsondecode("{\"a\": [1, true]}").a`, `[1, true]`},
		{`jsondecode(jsonencode({ a = aws_kms_key.k.arn })).a`, `<aws_kms_key.k arn>`}, {`"${jsonencode({ a = 1 })}"`, `{a: 1}`},
		{`"x${jsonencode({ a = aws_kms_key.k.arn })}"`, `concat("x{\"a\":\"" + <aws_kms_key.k arn> + "\"}")`},
		{`yamldecode("a: {b: c}").a.b`, `"c"`}, {`replace("a-b", "-", "_")`, `"a_b"`}, {`replace("a1b2", "/[0-9]/", "")`, `"ab"`}, {`startswith("alias/x", "alias/")`, `true`},
		{`base64decode(base64encode("x"))`, `"x"`}, {`sha256("")`, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{`cidrsubnet("10.0.0.0/16", 8, 2)`, `"10.0.2.0/24"`}, {`cidrhost("10.0.0.0/24", 5)`, `"10.0.0.5"`}, {`cidrhost("10.0.0.0/24", -1)`, `"10.0.0.255"`},
		{`"%{ for s in var.list }${s},%{ endfor }"`, `"a,b,"`}, {`"%{ if var.flag }x%{ else }y%{ endif }"`, `(var.flag is true => "x" | var.flag is false => "y")`},
		{`templatefile("${path.module}/t.tpl", { key = aws_kms_key.k.arn })`, `concat("key is " + <aws_kms_key.k arn> + ".")`}, {`file("r/t.tpl")`, `"key is ${key}."`},
		{`file("../secret")`, `?(the file ../secret is outside the folders with code, or not there)`}, {`file("/etc/hostname")`, `?(the file /etc/hostname is outside the folders with code, or not there)`},
		{`sensitive("x")`, `"x"`}, {`tostring(5)`, `"5"`}, {`tobool("true")`, `true`}, {`tonumber("x")`, `?(a number is needed)`}, {`try(tonumber("x"), 0)`, `0`},
	} {
		m := code(t, Options{}, "main.tf", around+"\nresource \"x\" \"x\" {\n  x = "+c.expr+"\n}\n", "t.tpl", "key is ${key}.", "secret", "s")
		if m.Input.Status != bedlock.InputAudited {
			t.Errorf("%s: %+v", c.expr, m.Input)
			continue
		}
		if got := show(find(t, m, "x.x").Attributes.Get("x")); got != c.want {
			t.Errorf("%s\n  is   %s\n  want %s", c.expr, got, c.want)
		}
	}
}
