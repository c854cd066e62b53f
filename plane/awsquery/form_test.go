package awsquery

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/model"
)

type tag struct{ Key, Value string }

type simulateInput struct {
	PolicyInputList []string
	ActionNames     []string
	MaxItems        int
	ContextEntries  []struct {
		ContextKeyName   string
		ContextKeyValues []string
	}
}

func TestLists(t *testing.T) {
	d := newDecoder[createUserInput](t, iam(t), "CreateUser")
	tags := func(pairs ...string) string {
		in, err := d.Decode(form(append([]string{"UserName", "u"}, pairs...)...))
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(in.Tags == nil, in.Tags)
	}
	for _, tt := range []struct {
		pairs []string
		want  string
	}{
		{nil, "true []"},
		{[]string{"Tags", ""}, "false []"}, // as SDKs send an empty list
		{[]string{"Tags.member.1.Key", "a", "Tags.member.1.Value", "1"}, "false [{a 1}]"},
		// Order by number, not by text; gaps are fine.
		{[]string{"Tags.member.10.Key", "c", "Tags.member.10.Value", "3", "Tags.member.9.Value", "2", "Tags.member.2.Key", "a", "Tags.member.2.Value", "1", "Tags.member.9.Key", "b"}, "false [{a 1} {b 2} {c 3}]"},
		{[]string{"Tags", "x"}, "MalformedInput: Unexpected list element termination"},
		{[]string{"Tags.member", "x"}, "MalformedInput: Unexpected list element termination"},
		{[]string{"Tags.member.1", "x"}, "MalformedInput: Unexpected complex element termination"},
		{[]string{"Tags.member.1.Key.Deep", "x"}, "MalformedInput: Start of list found where not expected"},
		{[]string{"Tags.member.1.Key", "x", "Tags.member.1.Key.member.1", "y"}, "MalformedInput: Start of list found where not expected"},
		{[]string{"Tags.member.x.Key", "x"}, "MalformedInput"},
		{[]string{"Tags.member.0.Key", "x"}, "MalformedInput"},
		{[]string{"Tags.member.-1.Key", "x"}, "MalformedInput"},
		{[]string{"Tags.member..Key", "x"}, "MalformedInput"},
		{[]string{"Tags.1.Key", "x"}, "MalformedInput"},
		{[]string{"Tagsy.member.1.Key", "x", "Tags-.1", "x", "Tag", "x"}, "true []"}, // unknown
	} {
		if got := tags(tt.pairs...); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.pairs, got, tt.want)
		}
	}

	s := newDecoder[simulateInput](t, iam(t), "SimulateCustomPolicy")
	in, err := s.Decode(form(
		"ContextEntries.member.1.ContextKeyValues.member.2", "b", "PolicyInputList.member.1", "{}", "ActionNames.member.1", "kms:Decrypt",
		"ContextEntries.member.1.ContextKeyName", "aws:k.y", "ContextEntries.member.1.ContextKeyValues.member.1", "a", "MaxItems", "7"))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%+v", *in); got != "{PolicyInputList:[{}] ActionNames:[kms:Decrypt] MaxItems:7 ContextEntries:[{ContextKeyName:aws:k.y ContextKeyValues:[a b]}]}" {
		t.Error(got)
	}
	// Simple elements are reported once for all, with the whole list where it is shown.
	_, err = s.Decode(form("PolicyInputList.member.1", "", "ActionNames.member.1", "xx", "ActionNames.member.2", "kms:Decrypt"))
	const want = "2 validation errors detected: Value at 'policyInputList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 131072, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+]; " +
		"Value at 'actionNames' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 3]"
	if _, message := refused(t, err); message != want {
		t.Error(message)
	}
}

type addTags struct {
	ResourceName string
	Tags         []tag
}

// TestNames: names of elements and flattening are those of the model. No model at hand
// flattens, so a changed one of RDS and SNS does.
func TestNames(t *testing.T) {
	rds, err := model.Load("rds")
	if err != nil {
		t.Fatal(err)
	}
	sns, err := model.Load("sns")
	if err != nil {
		t.Fatal(err)
	}
	flat, attributes := *rds.Shapes["TagList"], *sns.Shapes["TopicAttributesMap"]
	flat.Flattened, attributes.Flattened = true, true
	input := *rds.Shapes["AddTagsToResourceMessage"]
	input.Members = slices.Clone(input.Members)
	for i := range input.Members {
		input.Members[i].Flattened = input.Members[i].Name == "Tags"
	}
	for name, seen := range map[string]Observed{
		"shape":  {Shapes: map[string]*model.Shape{"TagList": &flat}},
		"member": {Shapes: map[string]*model.Shape{"AddTagsToResourceMessage": &input}},
		"no":     {},
	} {
		d := newDecoder[addTags](t, must(t)(New(rds, seen)), "AddTagsToResource")
		at := "Tag.3."
		if name == "no" {
			at = "Tags.Tag.3."
		}
		in, err := d.Decode(form("ResourceName", "r", at+"Key", "k", at+"Value", "v"))
		if err != nil || fmt.Sprint(in.Tags) != "[{k v}]" {
			t.Errorf("%s: %v %v", name, in, err)
		}
		if in, err := d.Decode(form("ResourceName", "r", "Tags.member.1.Key", "k")); err == nil && in.Tags != nil {
			t.Errorf("%s: %v", name, in)
		}
	}
	m := newDecoder[struct {
		Name       string
		Attributes map[string]string
	}](t, must(t)(New(sns, Observed{Shapes: map[string]*model.Shape{"TopicAttributesMap": &attributes}})), "CreateTopic")
	in, err := m.Decode(form("Name", "n", "Attributes.1.key", "k", "Attributes.1.value", "v"))
	if err != nil || fmt.Sprint(in.Attributes) != "map[k:v]" {
		t.Errorf("%v %v", in, err)
	}
}

func TestMaps(t *testing.T) {
	d := newDecoder[struct {
		Name       string
		Attributes map[string]string
	}](t, service(t, "sns"), "CreateTopic")
	for _, tt := range []struct {
		pairs []string
		want  string
	}{
		{nil, "map[]"},
		{[]string{"Attributes.entry.1.key", "KmsMasterKeyId", "Attributes.entry.1.value", "alias/a", "Attributes.entry.7.value", "v", "Attributes.entry.7.key", "k"}, "map[KmsMasterKeyId:alias/a k:v]"},
		{[]string{"Attributes.entry.1.key", "k", "Attributes.entry.1.value", "1", "Attributes.entry.2.key", "k", "Attributes.entry.2.value", "2"}, "map[k:2]"},
		{[]string{"Attributes", ""}, "map[]"},
		{[]string{"Attributes.entry.1.key", "k"}, "MalformedInput"},
		{[]string{"Attributes.entry.1.value", "v"}, "MalformedInput"},
		{[]string{"Attributes.entry.1", "v"}, "MalformedInput"},
		{[]string{"Attributes.1.key", "k", "Attributes.1.value", "v"}, "MalformedInput"},
	} {
		in, err := d.Decode(form(append([]string{"Name", "n"}, tt.pairs...)...))
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(in.Attributes)
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.pairs, got, tt.want)
		}
	}
	// Names of keys and values.
	p := newDecoder[struct {
		Message           string
		MessageAttributes map[string]struct {
			DataType    string
			StringValue *string
			BinaryValue []byte
		}
	}](t, service(t, "sns"), "Publish")
	in, err := p.Decode(form("Message", "m", "MessageAttributes.entry.1.Name", "a", "MessageAttributes.entry.1.Value.DataType", "Binary", "MessageAttributes.entry.1.Value.BinaryValue", "AP8="))
	if err != nil {
		t.Fatal(err)
	}
	if a := in.MessageAttributes["a"]; a.DataType != "Binary" || string(a.BinaryValue) != "\x00\xff" {
		t.Errorf("%+v", in)
	}
	for _, text := range []string{"AP8", "AP8=\n", "AP9=", "A*8="} {
		_, err := p.Decode(form("Message", "m", "MessageAttributes.entry.1.Name", "a", "MessageAttributes.entry.1.Value.DataType", "B", "MessageAttributes.entry.1.Value.BinaryValue", text))
		if fmt.Sprint(err) != "MalformedInput" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSimpleValues(t *testing.T) {
	d := newDecoder[struct {
		Namespace  string
		MetricName string
		StartTime  time.Time
		EndTime    *time.Time
		Period     int64
	}](t, service(t, "cloudwatch"), "GetMetricStatistics")
	base := []string{"Namespace", "n", "MetricName", "m", "Period", "60"}
	for text, want := range map[string]string{
		"2026-11-25T04:55:58Z":         "2026-11-25 04:55:58 +0000 UTC",
		"2026-11-25T04:55:58.123456Z":  "2026-11-25 04:55:58.123456 +0000 UTC",
		"2026-11-25T05:55:58+01:00":    "2026-11-25 04:55:58 +0000 UTC",
		"2026-11-25T04:55:58.1234567Z": "MalformedInput: timestamp must follow ISO8601",
		"2026-11-25T04:55:58":          "MalformedInput: timestamp must follow ISO8601",
		"1795582558":                   "MalformedInput: timestamp must follow ISO8601",
		"":                             "MalformedInput: timestamp must follow ISO8601",
	} {
		in, err := d.Decode(form(append([]string{"EndTime", "2026-11-25T04:55:58Z", "StartTime", text}, base...)...))
		got := fmt.Sprint(err)
		if err == nil {
			got = in.StartTime.String()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}

	b := newDecoder[struct {
		UserName              string
		Password              *string
		PasswordResetRequired bool
	}](t, iam(t), "UpdateLoginProfile")
	for text, want := range map[string]string{"true": "true", "True": "true", "false": "false", "0": "false", "": "MalformedInput", "on": "MalformedInput"} {
		in, err := b.Decode(form("UserName", "u", "PasswordResetRequired", text))
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(in.PasswordResetRequired)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	// An integer has 32 bits whatever the field has.
	if _, err := newDecoder[simulateInput](t, iam(t), "SimulateCustomPolicy").Decode(form("MaxItems", "2147483648")); fmt.Sprint(err) != "MalformedInput" {
		t.Error(err)
	}
	// What is secret is in no message.
	if _, message := refused(t, decodes(b)(form("UserName", "u", "Password", strings.Repeat("geheim", 50)))); message != "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 128" {
		t.Error(message)
	}

	type datum struct {
		MetricName string
		Value      float64
	}
	f := newDecoder[struct {
		Namespace  string
		MetricData []datum
	}](t, service(t, "cloudwatch"), "PutMetricData")
	for text, want := range map[string]string{"1.5": "[{m 1.5}]", "1E3": "[{m 1000}]", "-2": "[{m -2}]", "NaN": "MalformedInput", "Infinity": "MalformedInput", "": "MalformedInput", "1e999": "MalformedInput"} {
		in, err := f.Decode(form("Namespace", "n", "MetricData.member.1.MetricName", "m", "MetricData.member.1.Value", text))
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(in.MetricData)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestForms(t *testing.T) {
	d := newDecoder[struct{ Description, RoleName string }](t, iam(t), "UpdateRoleDescription")
	for _, tt := range []struct{ form, want string }{
		{"RoleName=r&Description=a+b%20c%2Bd&", "a b c+d"},
		{"&&RoleName=r&Description==%3D=", "==="},
		{"Role%4Eame=r&Description=x;y", "x;y"},
		{"RoleName=r&Description", ""},
		{"RoleName=r&Description=%", "MalformedQueryString: The query string contains a syntax error."},
		{"RoleName=r&Description=x&%zz", "MalformedQueryString: The query string contains a syntax error."},
		{"RoleName=r&Description=%FF", "MalformedInput"},
		{"RoleName=r&Description=x&%FF=", "MalformedInput"},
		{"RoleName=r&Description=x" + strings.Repeat("&a=", 9998), "x"},
		{"RoleName=r&Description=x" + strings.Repeat("&a=", 9999), "MalformedInput: More than 10000 parameters."},
		{"RoleName=r&Description=x&a=" + strings.Repeat("b", MaxForm-27), "x"},
		{"RoleName=r&Description=x&a=" + strings.Repeat("b", MaxForm-26), "RequestEntityTooLarge: The request is larger than 1048576 bytes."},
		// Many levels of a name cost nothing.
		{"RoleName=r&Description=x&a" + strings.Repeat(".", 500_000) + "=", "x"},
	} {
		in, err := d.Decode([]byte(tt.form))
		got := fmt.Sprint(err)
		if err == nil {
			got = in.Description
		}
		if got != tt.want {
			t.Errorf("%.60s: %s, want %s", tt.form, got, tt.want)
		}
	}
}

// TestCompareNames: segments first.
func TestCompareNames(t *testing.T) {
	v, err := parse(form("a-b", "", "a.b.c", "", "ab", "", "a", "1", "a.b", "", "a.-", "", "", "", "a", "2", "A", ""))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range v.parameters {
		got = append(got, p.name+p.text)
	}
	if diff := cmp.Diff([]string{"", "A", "a1", "a2", "a.-", "a.b", "a.b.c", "a-b", "ab"}, got); diff != "" {
		t.Error(diff)
	}
}
