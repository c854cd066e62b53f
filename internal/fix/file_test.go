package fix

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/wire"
)

// aPlan is a plan with one of each thing that a plan can have.
func aPlan() *Plan {
	return &Plan{
		Made: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Source: "aws",
		Target:   Target{Aim: New, Per: PerRegion, Alias: "alias/app", Tags: map[string]string{"team": "ml"}},
		Subjects: []Subject{{Resource: "arn:aws:bedrock:eu-west-1:111122223333:guardrail/g", Type: "AWS::Bedrock::Guardrail", Slot: "configuration", Rung: bedlock.Unkeyed, Reaches: bedlock.Sound}},
		Steps: []Step{
			{
				ID: "s01-create-key-app", Kind: CreateKey, Title: "create the key", Subject: "${s01-create-key-app:KeyMetadata.Arn}",
				Find: &Find{Tag: RunTag, Value: "${run:id}/s01-create-key-app"},
				Do:   []Call{kms("CreateKey", wire.Object{"Description": "<app> & \"more\"", "Bytes": []byte{1, 2}, "Number": int64(3), "Share": 0.5})},
				Undo: []Call{kms("ScheduleKeyDeletion", wire.Object{"KeyId": "${s01-create-key-app:KeyMetadata.KeyId}"})},
			},
			{
				ID: "s02-update-guardrail-g", Kind: Update, Title: "guardrail", Place: Place{"111122223333", "eu-west-1"},
				State: &State{Read: Call{Service: "bedrock", Operation: "GetGuardrail", Input: wire.Object{}}}, Before: wire.Object{"name": "g"}, After: wire.Object{"name": "g", "kmsKeyArn": "${s01-create-key-app:KeyMetadata.Arn}"},
				Do: []Call{{Service: "bedrock", Operation: "UpdateGuardrail", Input: wire.Object{}}}, Lasting: "for the test",
			},
		},
	}
}

func written(t testing.TB, p *Plan) []byte {
	t.Helper()
	if err := p.Seal(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPlanFile: what is written is read, and written the same again.
func TestPlanFile(t *testing.T) {
	p := aPlan()
	b := written(t, p)
	got, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, got); d != "" {
		t.Error(d)
	}
	if again := written(t, got); !bytes.Equal(b, again) {
		t.Errorf("written again: %s", cmp.Diff(string(b), string(again)))
	}
}

// TestPlanFileRefused: each way in which a file can be wrong has its own error.
func TestPlanFileRefused(t *testing.T) {
	b := string(written(t, aPlan()))
	for _, c := range []struct{ name, text, want string }{
		{"empty", " \n", "plan: it is empty"},
		{"cut off", b[:200], fmt.Sprintf("plan: line %d, column %d: the text ends in the middle", strings.Count(b[:200], "\n")+1, 200-strings.LastIndexByte(b[:200], '\n'))},
		{"a list", "[]", "plan: line 1, column 2: a JSON array, and no object"},
		{"no version", "{}", "plan: it has no version, so it is none"},
		{"a newer version with members of its own", strings.Replace(strings.Replace(b, Version, "bedlock-plan/v9", 1), `"made"`, `"mode"`, 1), `plan: version "bedlock-plan/v9"; this program reads "bedlock-plan/v1"`},
		{"no JSON", "{\n  \"version\": no\n}", "plan: line 2, column "},
		{"another field", strings.Replace(b, `"made"`, `"mode"`, 1), `plan: line 4, column 3: unknown member "mode"`},
		{"more", b + "{}", "more text after the plan"},
		{"another version", strings.Replace(b, Version, "bedlock-plan/v9", 1), `plan: version "bedlock-plan/v9"; this program reads "bedlock-plan/v1"`},
		{"changed by hand", strings.Replace(b, `"Number": 3`, `"Number": 4`, 1), "plan: its content was changed after it was made: id "},
		{"a number for a text", strings.Replace(b, `"source": "aws"`, `"source": 7`, 1), "plan: line 5, column 14: source has a JSON number"},
	} {
		if _, err := Read([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestPlanCheck: steps that do not fit together.
func TestPlanCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*Plan)
		want  string
	}{
		{"two of one ID", func(p *Plan) { p.Steps[1].ID = p.Steps[0].ID }, "step s01-create-key-app: there are two of this ID"},
		{"an answer of nobody", func(p *Plan) { p.Steps[1].After["kmsKeyArn"] = "${s09-x:Arn}" }, "step s02-update-guardrail-g: ${s09-x:Arn} is of no step before it"},
		{"an answer of later", func(p *Plan) { p.Steps[0].Do[0].Input["x"] = "${s02-update-guardrail-g:name}" }, "step s01-create-key-app: ${s02-update-guardrail-g:name} is of no step before it"},
		{"a bad ID", func(p *Plan) { p.Steps[1].ID = "Update it" }, `step "Update it": an ID is s, a number, and words: s03-update-guardrail`},
		{"no title", func(p *Plan) { p.Steps[1].Title = "" }, "step s02-update-guardrail-g: no kind or title"},
		{"no calls", func(p *Plan) { p.Steps[1].Do = nil }, "step s02-update-guardrail-g: no calls"},
		{"no way back and no reason", func(p *Plan) { p.Steps[1].Lasting = "" }, "step s02-update-guardrail-g: either a way back, or why there is none"},
		{"a way back and a reason for none", func(p *Plan) { p.Steps[1].Undo = p.Steps[1].Do }, "step s02-update-guardrail-g: either a way back, or why there is none"},
		{"states that nothing reads", func(p *Plan) { p.Steps[1].State = nil }, "step s02-update-guardrail-g: states that nothing reads"},
		{"no change", func(p *Plan) { p.Steps[1].After = p.Steps[1].Before }, "step s02-update-guardrail-g: it changes nothing"},
		{"both kinds of members", func(p *Plan) { p.Steps[1].State.Only, p.Steps[1].State.Drop = []string{"a"}, []string{"b"} }, "step s02-update-guardrail-g: its state has members that count and members that do not"},
	} {
		p := aPlan()
		c.spoil(p)
		if err := p.Seal(); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	p := aPlan()
	p.Steps[0].Do, p.Steps[1].Title = nil, ""
	if err := p.Seal(); err == nil || len(strings.Split(err.Error(), "\n")) != 2 {
		t.Errorf("all problems at once: %v", err)
	}
}

// TestAnswers: names are replaced wherever they stand, and what is not known yet is an error.
func TestAnswers(t *testing.T) {
	a := Answers{Run: {"id": "R"}, "s01-create-key-app": {"KeyMetadata": wire.Object{"Arn": "arn", "KeyId": "id"}}}
	c, err := a.Call(Call{Input: wire.Object{
		"whole": "${s01-create-key-app:KeyMetadata.Arn}", "within": "a/${run:id}/${s01-create-key-app:KeyMetadata.KeyId}",
		"list": []any{"${run:id}", int64(1)}, "deep": wire.Object{"x": "${run:id}"}, "prompt": "{{x}} ${other} $${run:id", "bytes": []byte("${run:id}"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Object{"whole": "arn", "within": "a/R/id", "list": []any{"R", int64(1)}, "deep": wire.Object{"x": "R"}, "prompt": "{{x}} ${other} $${run:id", "bytes": []byte("${run:id}")}
	if d := cmp.Diff(want, c.Input); d != "" {
		t.Error(d)
	}
	_, err = a.Text("${s02-x:Arn}")
	if want := "${s02-x:Arn} is not known yet: step s02-x has not answered it"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	s, err := a.State(State{Read: kms("X", wire.Object{"KeyId": "${s01-create-key-app:KeyMetadata.KeyId}"}), Pick: map[string]string{"Id": "${run:id}"}})
	if err != nil || s.Read.Input.Text("KeyId") != "id" || s.Pick["Id"] != "R" {
		t.Errorf("%+v, %v", s, err)
	}
	p := aPlan()
	got := Parts(wire.Object{"KeyMetadata": wire.Object{"Arn": "arn", "KeyId": "id", "Description": "secret"}, "More": "x"}, p.References()["s01-create-key-app"])
	if d := cmp.Diff(wire.Object{"KeyMetadata": wire.Object{"Arn": "arn", "KeyId": "id"}}, got); d != "" {
		t.Errorf("wanted: %s", d)
	}
	if len(p.References()["s01-create-key-app"]) == 0 || len(p.References()["s02-update-guardrail-g"]) != 0 {
		t.Error("which steps are named")
	}
}

// TestTarget: each bound of a target, and all problems at once.
func TestTarget(t *testing.T) {
	for _, c := range []struct {
		target Target
		want   string
	}{
		{Target{Aim: Default}, ""},
		{Target{Aim: AWSOwned}, ""},
		{Target{Aim: AWSManaged}, ""},
		{Target{Aim: Existing, Key: "arn:aws:kms:eu-west-1:111122223333:key/x"}, ""},
		{Target{Aim: Existing, Key: "alias/app"}, `key "alias/app": name it by its ARN`},
		{Target{Aim: New, Per: PerRegion, Alias: "alias/app", RotationDays: 90, DeletionDays: 7}, ""},
		{Target{Aim: New, Per: PerRegion, Alias: "alias/app", RotationDays: 89, DeletionDays: 31}, "rotation every 89 days: KMS rotates every 90 to 2560 days\na deletion window of 31 days: KMS waits 7 to 30 days"},
		{Target{Aim: New, Per: PerResource, Alias: "alias/app"}, `alias "alias/app": with a key per resource it needs {group}, which tells the keys apart`},
		{Target{Aim: New, Per: PerRegion, Alias: "alias/aws/app"}, `alias "alias/aws/app": an alias begins with alias/, not with alias/aws/, and has letters, digits, /, _ and -`},
		{Target{Aim: New, Per: "tenant", Alias: "app"}, "a key per \"tenant\": a key is made per region, isolation-group or resource\nalias \"app\": an alias begins with alias/, not with alias/aws/, and has letters, digits, /, _ and -\nalias \"app\": with a key per tenant it needs {group}, which tells the keys apart"},
		{Target{Aim: New, Per: PerRegion, Alias: "alias/app", Tags: map[string]string{"aws:x": "y"}}, `tag "aws:x": names with aws: belong to AWS`},
		{Target{}, `target "": a target is existing, new, default, aws-owned or aws-managed`},
	} {
		got := ""
		if err := c.target.validate(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.target, got, c.want)
		}
	}
}
