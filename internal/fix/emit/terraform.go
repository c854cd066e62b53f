package emit

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// Terraform writes a plan as code for Terraform from version 1.5 on, and OpenTofu, with the aws
// provider. Resources that are there are imported, so that the first apply takes them over.
func Terraform(w io.Writer, p *fix.Plan, c *catalog.Catalog) error {
	t := &terraform{plan: p, catalog: c, file: hclwrite.NewEmptyFile(), names: map[string]string{}, used: map[string]bool{}}
	t.head()
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Kind == fix.CreateKey {
			t.names[s.ID] = t.unique("aws_kms_key", strings.TrimPrefix(keyOf(p, s).alias, "alias/"))
		}
	}
	for i := range p.Steps {
		t.step(&p.Steps[i])
	}
	_, err := t.file.WriteTo(w)
	return err
}

type terraform struct {
	plan    *fix.Plan
	catalog *catalog.Catalog
	file    *hclwrite.File
	places  []fix.Place
	// names are those of the keys, by the steps that create them.
	names map[string]string
	used  map[string]bool
	// first are the resources without which the others do not work: policies and grants.
	first []string
}

func (t *terraform) head() {
	t.comment("Plan " + t.plan.ID + " of Bedlock. Look at what `terraform plan` says before the apply: it is to import, and")
	t.comment("to change no more than keys. What is not written here is a comment that says why. Where an argument is")
	t.comment("not known, take a newer version of the aws provider.")
	for _, m := range t.plan.Manual {
		t.comment("By hand: " + m.Title + ": " + m.Why)
	}
	body := t.file.Body()
	provider := body.AppendNewBlock("terraform", nil).Body()
	provider.SetAttributeValue("required_version", cty.StringVal(">= 1.5"))
	cloudControl := slices.ContainsFunc(t.plan.Subjects, func(s fix.Subject) bool {
		f := formOf(terraformForms, s.Type)
		return s.Why == "" && f != nil && ofCloudControl(f.Name)
	})
	required := provider.AppendNewBlock("required_providers", nil).Body()
	required.SetAttributeValue("aws", cty.ObjectVal(map[string]cty.Value{
		"source": cty.StringVal("hashicorp/aws"), "version": cty.StringVal(">= 6.25"),
	}))
	if cloudControl {
		required.SetAttributeValue("awscc", cty.ObjectVal(map[string]cty.Value{"source": cty.StringVal("hashicorp/awscc"), "version": cty.StringVal(">= 1.0")}))
	}
	t.places = Places(t.plan)
	for i, place := range t.places {
		for _, name := range []string{"aws", "awscc"} {
			if name == "awscc" && !cloudControl {
				continue
			}
			body.AppendNewline()
			block := body.AppendNewBlock("provider", []string{name}).Body()
			if len(t.places) > 1 {
				block.SetAttributeValue("alias", cty.StringVal(providerName(i)))
			}
			block.SetAttributeValue("region", cty.StringVal(place.Region))
			if name == "aws" {
				block.SetAttributeValue("allowed_account_ids", cty.ListVal([]cty.Value{cty.StringVal(place.Account)}))
			}
		}
	}
}

// Places are the accounts and Regions of a plan, in the order of its steps.
func Places(p *fix.Plan) (out []fix.Place) {
	for i := range p.Steps {
		if !slices.Contains(out, p.Steps[i].Place) {
			out = append(out, p.Steps[i].Place)
		}
	}
	return out
}

func providerName(i int) string { return fmt.Sprintf("place%d", i+1) }

// comment writes a line of comment, whatever is in the text.
func (t *terraform) comment(text string) {
	t.file.Body().AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + oneLine(text) + "\n")}})
}

// unique makes a name for a resource of a type of what people call it.
func (t *terraform) unique(typ, title string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, title), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "r_" + name
	}
	name = name[:min(len(name), 60)]
	for n, base := 2, name; t.used[typ+"."+name]; n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	t.used[typ+"."+name] = true
	return name
}

// step writes what a step is about.
func (t *terraform) step(s *fix.Step) {
	t.file.Body().AppendNewline()
	in := s.Do[0].Input
	name := t.names[s.ID]
	if s.Kind == fix.Update {
		t.update(s)
		return
	}
	if why := t.unsayable(s, in); why != "" {
		t.leftOut(s, why)
		return
	}
	switch s.Do[0].Operation {
	case "CreateKey":
		t.key(s, name)
	case "DescribeKey":
		t.comment("Nothing to write: AWS makes " + in.Text("KeyId") + " when it is first used.")
	case "EnableKeyRotation":
		if !ofKey(t.plan, s) {
			t.leftOut(s, "the key is there already, and what else is set of it is not in the plan")
		}
	case "CreateAlias":
		t.resource(s, "aws_kms_alias", strings.TrimPrefix(in.Text("AliasName"), "alias/"), "", []node{{name: "name", value: in["AliasName"]}, {name: "target_key_id", value: in["TargetKeyId"]}}, false)
	case "PutKeyPolicy":
		t.resource(s, "aws_kms_key_policy", "policy_of_"+lastOf(in.Text("KeyId")), in.Text("KeyId"), []node{{name: "key_id", value: in["KeyId"]}, policyNode("policy", in.Text("Policy"))}, true)
	case "PutRolePolicy", "PutUserPolicy":
		kind := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(s.Do[0].Operation, "Put"), "Policy"))
		who := in.Text(strings.ToUpper(kind[:1]) + kind[1:] + "Name")
		t.resource(s, "aws_iam_"+kind+"_policy", who+"_"+in.Text("PolicyName"), "", []node{{name: kind, value: who}, {name: "name", value: in["PolicyName"]}, policyNode("policy", in.Text("PolicyDocument"))}, true)
	case "CreateGrant":
		t.grant(s, in)
	case "PutMetricAlarm":
		t.alarm(s, in)
	default:
		t.leftOut(s, "only calls do it")
	}
}

// unsayable says why the values of a step cannot be said; empty: they can.
func (t *terraform) unsayable(s *fix.Step, o wire.Object) string {
	why := unsayable(o, func(step, path string) bool {
		return t.names[step] != "" && keyAttribute(path) != "" || step == s.ID || step == fix.Run
	})
	if why != "" {
		why = "it needs " + why + ", which only the call answers"
	}
	return why
}

func lastOf(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }

func policyNode(name, text string) node {
	if doc, ok := document(text); ok {
		return node{name: name, value: doc, json: true}
	}
	return node{name: name, value: text}
}

func (t *terraform) key(s *fix.Step, name string) {
	k := keyOf(t.plan, s)
	nodes := []node{{name: "description", value: k.text}, policyNode("policy", k.policy)}
	if k.rotation > 0 {
		nodes = append(nodes, node{name: "enable_key_rotation", value: true}, node{name: "rotation_period_in_days", value: k.rotation})
	}
	if k.deletion > 0 {
		nodes = append(nodes, node{name: "deletion_window_in_days", value: k.deletion})
	}
	if len(k.tags) > 0 {
		tags := wire.Object{}
		for _, tag := range k.tags {
			tags[tag[0]] = tag[1]
		}
		nodes = append(nodes, node{name: "tags", value: tags})
	}
	t.write(s, "aws_kms_key", name, nodes, nil)
}

func (t *terraform) grant(s *fix.Step, in wire.Object) {
	nodes := []node{{name: "key_id", value: in["KeyId"]}, {name: "grantee_principal", value: in["GranteePrincipal"]}, {name: "operations", value: in["Operations"]}}
	for _, m := range [][2]string{{"Name", "name"}, {"RetiringPrincipal", "retiring_principal"}} {
		if in.Has(m[0]) {
			nodes = append(nodes, node{name: m[1], value: in[m[0]]})
		}
	}
	if c := in.Object("Constraints"); c != nil {
		var inner []node
		for _, m := range [][2]string{{"EncryptionContextEquals", "encryption_context_equals"}, {"EncryptionContextSubset", "encryption_context_subset"}} {
			if c.Has(m[0]) {
				inner = append(inner, node{name: m[1], value: c[m[0]]})
			}
		}
		nodes = append(nodes, node{name: "constraints", blocks: [][]node{inner}})
	}
	t.resource(s, "aws_kms_grant", "grant_for_"+lastOf(in.Text("GranteePrincipal")), "", nodes, true)
}

// alarm writes a metric alarm, whose attributes are the input's members.
func (t *terraform) alarm(s *fix.Step, in wire.Object) {
	nodes, err := convert(parse(alarmMembers+" OKActions=ok_actions", snake), "", in.Without("Dimensions", "Tags"))
	if err != nil {
		t.leftOut(s, "there is no argument for "+err.Error())
		return
	}
	dimensions := wire.Object{}
	for _, d := range in.Objects("Dimensions") {
		dimensions[d.Text("Name")] = d["Value"]
	}
	if len(dimensions) > 0 {
		nodes = append(nodes, node{name: "dimensions", value: dimensions})
	}
	t.resource(s, "aws_cloudwatch_metric_alarm", in.Text("AlarmName"), "", nodes, false)
}

const alarmMembers = `AlarmName AlarmDescription ActionsEnabled AlarmActions InsufficientDataActions MetricName Namespace Statistic
	ExtendedStatistic Period Unit EvaluationPeriods DatapointsToAlarm Threshold ComparisonOperator TreatMissingData`

func snake(name string) string { return words(name, "_") }

// update writes the resource that a step changes, if it can be written whole.
func (t *terraform) update(s *fix.Step) {
	typ := typeOf(t.plan, s)
	f := formOf(terraformForms, typ)
	switch {
	case t.used[s.Subject]:
		if len(together(t.plan, s)) == 0 {
			t.leftOut(s, "it is a copy of what is written above")
		}
		return
	case f == nil:
		t.leftOut(s, cmp.Or(notTerraform[typ], "Terraform is not written for its type"))
		return
	}
	r, _, nodes, err := f.written(t.plan, s, snake)
	if err != nil {
		t.leftOut(s, err.Error())
		return
	}
	if why := t.unsayable(s, r.after); why != "" {
		t.leftOut(s, why)
		return
	}
	if !normal(r.after) {
		t.leftOut(s, "Terraform would write a text of it in another form of Unicode")
		return
	}
	for _, pair := range slices.Backward(pairs(f.Fixed, s, r.ids)) {
		nodes = append([]node{{name: pair[0], value: pair[1]}}, nodes...)
	}
	if f.Also != nil {
		nodes = append(nodes, f.Also(s)...)
	}
	ignore := append(strings.Fields(f.Ignore), "tags", "tags_all")
	if f.Untagged || ofCloudControl(f.Name) { // awscc leaves as it is what is not said
		ignore = nil
	}
	t.used[s.Subject] = true
	name := t.unique(f.Name, subjectName(t.plan, s))
	t.imports(s, f.Name, name, fill(f.Import, s, r.ids))
	t.write(s, f.Name, name, nodes, ignore)
	if f.Then != nil && f.Then(s) != "" {
		t.comment(f.Then(s))
	}
}

// normal says whether all texts are in Unicode's form C, in which Terraform has every text.
func normal(v any) bool {
	switch v := v.(type) {
	case string:
		return cty.NormalizeString(v) == v
	case []any:
		return !slices.ContainsFunc(v, func(inner any) bool { return !normal(inner) })
	case wire.Object:
		for name, inner := range v {
			if !normal(name) || !normal(inner) {
				return false
			}
		}
	}
	return true
}

// subjectName is the part of a title in quotes, or what the subject's ARN ends with.
func subjectName(p *fix.Plan, s *fix.Step) string {
	for i := range p.Subjects {
		if p.Subjects[i].Resource == s.Subject {
			if _, name, ok := strings.Cut(p.Subjects[i].Title, `"`); ok {
				return lastOf(strings.TrimSuffix(name, `"`))
			}
		}
	}
	return lastOf(s.Subject)
}

// leftOut says in a comment why a step is not here, and what to set where.
func (t *terraform) leftOut(s *fix.Step, why string) {
	t.comment("Not here: " + s.Title + ": " + why + ". The script of the plan does it.")
	t.comment(s.Subject)
	for _, line := range set(t.plan, t.catalog, s, func(e *catalog.Entry) []string {
		out := slices.Clone(e.Terraform)
		for _, c := range e.Companions {
			out = append(out, c.Type)
		}
		return out
	}) {
		t.comment(t.readable(line))
	}
}

// readable puts addresses in the place of names of answers.
func (t *terraform) readable(text string) string {
	var b strings.Builder
	for _, p := range fix.Pieces(text) {
		if p.Step == "" {
			b.WriteString(p.Text)
			continue
		}
		b.WriteString("aws_kms_key." + t.names[p.Step] + "." + keyAttribute(p.Path))
	}
	return b.String()
}
