package emit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// CloudFormation writes what a plan does in one account and Region, see [Places], as a template in
// JSON.
//
// CloudFormation changes a live resource only after it has imported it as it is, and an import
// changes nothing. So the template has both: with the parameter Stage import it says how the
// resources are now, and with keys, the default, where they go.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
func CloudFormation(w io.Writer, p *fix.Plan, c *catalog.Catalog, at fix.Place) error {
	t := &template{plan: p, catalog: c, names: map[string]string{}, used: map[string]bool{}, resources: map[string]any{}}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Kind == fix.CreateKey {
			t.names[s.ID] = t.unique("Key of " + strings.TrimPrefix(keyOf(p, s).alias, "alias/"))
		}
	}
	for i := range p.Steps {
		if p.Steps[i].Place == at {
			t.step(&p.Steps[i])
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(t.document(at)); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

type template struct {
	plan      *fix.Plan
	catalog   *catalog.Catalog
	names     map[string]string // of keys, by the steps that create them
	used      map[string]bool
	resources map[string]any
	imports   []any
	leftOut   []any
	then      []string
	first     []string // what the updates depend on
	created   []map[string]any
}

// document is the template. Parameters and conditions are there for imports only.
func (t *template) document(at fix.Place) any {
	about := map[string]any{"Plan": t.plan.ID, "Account": at.Account, "Region": at.Region}
	if len(t.imports) > 0 {
		about["HowTo"] = []string{
			"create a change set of type IMPORT with this template, ResourcesToImport below and the parameter Stage import, and execute it: it changes nothing of the resources",
			"update the stack with the same template and the parameter Stage keys",
			"tags that are there stay, for the template has none",
		}
		about["ResourcesToImport"] = t.imports
	}
	if len(t.leftOut) > 0 {
		about["NotInThisTemplate"] = t.leftOut
	}
	if len(t.then) > 0 {
		about["Then"] = t.then
	}
	var manual []string
	for _, m := range t.plan.Manual {
		manual = append(manual, m.Title+": "+m.Why)
	}
	if len(manual) > 0 {
		about["ByHand"] = manual
	}
	out := struct {
		AWSTemplateFormatVersion string
		Description              string
		Metadata                 any
		Parameters               any `json:",omitempty"`
		Conditions               any `json:",omitempty"`
		Resources                any
	}{
		AWSTemplateFormatVersion: "2010-09-09", Description: "Plan " + t.plan.ID + " of Bedlock",
		Metadata: map[string]any{"Bedlock": about}, Resources: t.resources,
	}
	if len(t.imports) > 0 {
		for _, resource := range t.created { // for the change set that imports creates nothing
			resource["Condition"] = "Keyed"
		}
		out.Parameters = map[string]any{"Stage": map[string]any{
			"Type": "String", "AllowedValues": []string{"import", "keys"}, "Default": "keys",
			"Description": "import takes the resources over as they are, keys puts them under their keys",
		}}
		out.Conditions = map[string]any{"Keyed": map[string]any{"Fn::Equals": []any{ref("Stage"), "keys"}}}
	}
	return out
}

func ref(name string) map[string]any { return map[string]any{"Ref": name} }

// unique makes a logical ID of what people call a resource.
func (t *template) unique(title string) string {
	var b strings.Builder
	up := true
	for _, r := range title {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			up = true
			continue
		}
		if up {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		up = false
	}
	name := b.String()
	if name == "" {
		name = "Resource"
	}
	name = name[:min(len(name), 100)]
	for n, base := 2, name; t.used[name]; n++ {
		name = fmt.Sprintf("%s%d", base, n)
	}
	t.used[name] = true
	return name
}

// step writes what a step is about.
func (t *template) step(s *fix.Step) {
	in := s.Do[0].Input
	if s.Kind == fix.Update {
		t.update(s)
		return
	}
	if why := t.unsayable(s, in); why != "" {
		t.leaveOut(s, why)
		return
	}
	switch s.Do[0].Operation {
	case "CreateKey":
		t.key(s)
	case "DescribeKey": // AWS makes its key when it is first used
	case "EnableKeyRotation":
		if !ofKey(t.plan, s) {
			t.leaveOut(s, "the key is there already, and what else is set of it is not in the plan")
		}
	case "CreateAlias":
		t.add(s, t.unique("Alias "+in.Text("AliasName")), "AWS::KMS::Alias", map[string]any{"AliasName": t.value(in["AliasName"]), "TargetKeyId": t.value(in["TargetKeyId"])})
	case "PutRolePolicy", "PutUserPolicy":
		kind := strings.TrimSuffix(strings.TrimPrefix(s.Do[0].Operation, "Put"), "Policy")
		name := t.unique(kind + " " + in.Text(kind+"Name") + " " + in.Text("PolicyName"))
		t.first = append(t.first, name)
		t.add(s, name, "AWS::IAM::"+kind+"Policy", map[string]any{kind + "Name": in[kind+"Name"], "PolicyName": in["PolicyName"], "PolicyDocument": t.policy(in.Text("PolicyDocument"))})
	case "PutKeyPolicy":
		t.leaveOut(s, "CloudFormation has no policy of a key that is not its own")
	case "CreateGrant":
		t.leaveOut(s, "CloudFormation has no grants")
	case "PutMetricAlarm":
		nodes, err := convert(parse(alarmMembers+" OKActions Dimensions { Name Value }", title), "", in.Without("Tags"))
		if err != nil {
			t.leaveOut(s, "there is no property for "+err.Error())
			return
		}
		t.add(s, t.unique("Alarm "+in.Text("AlarmName")), "AWS::CloudWatch::Alarm", t.properties(nodes))
	default:
		t.leaveOut(s, "only calls do it")
	}
}

// unsayable says why the values of a step cannot be said; empty: they can.
func (t *template) unsayable(s *fix.Step, o wire.Object) string {
	why := unsayable(o, func(step, path string) bool {
		return t.here(step) && keyAttribute(path) != "" || step == s.ID || step == fix.Run
	})
	if why != "" {
		why = "it needs " + why + ", which is of another stack or answered by a call only"
	}
	return why
}

// here says whether a step's key is in this template.
func (t *template) here(step string) bool {
	name := t.names[step]
	return name != "" && t.resources[name] != nil
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// add adds a resource that the stack creates. What holds data or keys of it stays when the stack
// goes.
func (t *template) add(s *fix.Step, name, typ string, properties map[string]any) {
	resource := map[string]any{"Type": typ, "Metadata": map[string]any{"Step": s.ID, "Title": s.Title}, "Properties": properties}
	if typ == "AWS::KMS::Key" {
		resource["DeletionPolicy"], resource["UpdateReplacePolicy"] = "Retain", "Retain"
	}
	t.resources[name] = resource
	t.created = append(t.created, resource)
}

func (t *template) key(s *fix.Step) {
	k := keyOf(t.plan, s)
	properties := map[string]any{"Description": k.text, "KeyPolicy": t.policy(k.policy)}
	if k.rotation > 0 {
		properties["EnableKeyRotation"], properties["RotationPeriodInDays"] = true, k.rotation
	}
	if k.deletion > 0 {
		properties["PendingWindowInDays"] = k.deletion
	}
	var tags []any
	for _, tag := range k.tags {
		tags = append(tags, map[string]any{"Key": tag[0], "Value": tag[1]})
	}
	if tags != nil {
		properties["Tags"] = tags
	}
	t.add(s, t.names[s.ID], "AWS::KMS::Key", properties)
}

func (t *template) policy(text string) any {
	if doc, ok := document(text); ok {
		return t.value(doc)
	}
	return t.value(text)
}

// update writes a resource that is there, as it is and as it is to be.
func (t *template) update(s *fix.Step) {
	typ := typeOf(t.plan, s)
	f := formOf(cloudForms, typ)
	switch {
	case t.used[s.Subject]:
		if len(together(t.plan, s)) == 0 {
			t.leaveOut(s, "it is a copy of what is in the template")
		}
		return
	case f == nil:
		t.leaveOut(s, cmp.Or(notCloud[typ], "CloudFormation is not written for its type"))
		return
	}
	r, before, after, err := f.written(t.plan, s, title)
	if err != nil {
		t.leaveOut(s, err.Error())
		return
	}
	if why := t.unsayable(s, wire.Object{"before": r.before, "after": r.after}); why != "" {
		t.leaveOut(s, why)
		return
	}
	x, y := t.properties(before), t.properties(after)
	for _, pair := range pairs(f.Fixed, s, r.ids) {
		x[pair[0]], y[pair[0]] = pair[1], pair[1]
	}
	if f.Also != nil {
		for name, v := range t.properties(f.Also(s)) {
			x[name], y[name] = v, v
		}
	}
	t.imported(s, f, r.ids, t.staged(x, y))
}

func (t *template) imported(s *fix.Step, f *form, ids wire.Object, properties any) {
	t.used[s.Subject] = true
	name := t.unique(subjectName(t.plan, s))
	identifier := map[string]any{}
	for _, pair := range pairs(f.Import, s, ids) {
		identifier[pair[0]] = pair[1]
	}
	t.imports = append(t.imports, map[string]any{"ResourceType": f.Name, "LogicalResourceId": name, "ResourceIdentifier": identifier})
	resource := map[string]any{
		"Type": f.Name, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
		"Metadata": map[string]any{"Step": s.ID, "Title": s.Title}, "Properties": properties,
	}
	if len(t.first) > 0 {
		resource["DependsOn"] = slices.Clone(t.first)
	}
	t.resources[name] = resource
	if f.Then != nil && f.Then(s) != "" {
		t.then = append(t.then, f.Then(s))
	}
}

// staged is a value that depends on the stage, where before and after differ.
func (t *template) staged(before, after any) any {
	noValue := ref("AWS::NoValue")
	switch {
	case before == nil:
		before = noValue
	case after == nil:
		after = noValue
	case reflect.DeepEqual(before, after):
		return after
	}
	x, isMap := before.(map[string]any)
	y, areMaps := after.(map[string]any)
	if !isMap || !areMaps || function(x) || function(y) {
		return map[string]any{"Fn::If": []any{"Keyed", after, before}}
	}
	out := map[string]any{}
	for name := range x {
		out[name] = t.staged(x[name], y[name])
	}
	for name := range y {
		out[name] = t.staged(x[name], y[name])
	}
	return out
}

// function says whether a map is a function of CloudFormation.
func function(m map[string]any) bool {
	for name := range m {
		return len(m) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::"))
	}
	return false
}

func (t *template) properties(nodes []node) map[string]any {
	out := map[string]any{}
	for _, n := range nodes {
		switch {
		case n.keyed != nil:
			entries := map[string]any{}
			for name, inner := range n.keyed {
				entries[name] = t.properties(inner)
			}
			out[n.name] = entries
		case n.many:
			list := []any{}
			for _, inner := range n.blocks {
				list = append(list, t.properties(inner))
			}
			out[n.name] = list
		case len(n.blocks) == 1:
			out[n.name] = t.properties(n.blocks[0])
		case n.json:
			out[n.name] = t.jsonText(n.value)
		default:
			out[n.name] = t.value(n.value)
		}
	}
	return out
}

// jsonText is a value as a JSON text.
func (t *template) jsonText(v any) any {
	if text, ok := v.(string); ok {
		return t.text(text)
	}
	b, err := json.Marshal(ordinary(v))
	if err != nil {
		panic(err) // of a value that no API has
	}
	return t.text(string(b))
}

// value is a value in which names of answers have become references.
func (t *template) value(v any) any {
	switch v := v.(type) {
	case string:
		return t.text(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = t.value(v[i])
		}
		return out
	case wire.Object:
		out := map[string]any{}
		for name, inner := range v {
			out[name] = t.value(inner)
		}
		return out
	}
	return ordinary(v)
}

func (t *template) text(text string) any {
	var list []any
	for _, p := range fix.Pieces(text) {
		switch {
		case p.Step == "":
			list = append(list, p.Text)
		case keyAttribute(p.Path) == "arn":
			list = append(list, map[string]any{"Fn::GetAtt": []string{t.names[p.Step], "Arn"}})
		default:
			list = append(list, ref(t.names[p.Step]))
		}
	}
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	}
	return map[string]any{"Fn::Join": []any{"", list}}
}

// leaveOut says why a step is not in the template, and what to set where.
func (t *template) leaveOut(s *fix.Step, why string) {
	entry := map[string]any{"Step": s.ID, "Title": s.Title, "Resource": s.Subject, "Why": why + "; the script of the plan does it"}
	var lines []string
	for _, line := range set(t.plan, t.catalog, s, func(*catalog.Entry) []string { return []string{"cloudformation"} }) {
		for step, name := range t.names {
			line = strings.ReplaceAll(line, fix.Ref(step, "KeyMetadata.Arn"), name+".Arn")
		}
		lines = append(lines, line)
	}
	if lines != nil {
		entry["Set"] = lines
	}
	t.leftOut = append(t.leftOut, entry)
}
