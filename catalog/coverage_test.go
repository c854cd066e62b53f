package catalog

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/internal/model"
)

// bedrockServices are the APIs whose every key field the catalogue must know.
// They share entries: what one API creates another one runs.
var bedrockServices = []string{
	"agent-registry", "agent-registry-control", "bedrock", "bedrock-agent", "bedrock-agent-runtime",
	"bedrock-agentcore", "bedrock-agentcore-control", "bedrock-data-automation",
	"bedrock-data-automation-runtime", "bedrock-runtime",
}

// storeServices must be known as completely, but have entries of their own.
var storeServices = []string{"opensearchserverless", "s3vectors"}

// unmodelled are services of entries whose API model is not in the tree, so
// nothing checks their fields and operations.
var unmodelled = []string{"kinesis", "redshift", "redshift-serverless"}

//go:embed testdata/coverage-exceptions.yaml
var exceptionsFile []byte

// exception is a group of key fields that need no slot.
type exception struct {
	Service   string `yaml:"service"`
	Operation string `yaml:"operation"`
	Direction string `yaml:"direction"`
	Path      string `yaml:"path"`
	Reason    string `yaml:"reason"`
}

func (e exception) matches(f keyField) bool {
	return e.Direction == f.direction && glob(e.Service, f.service) && glob(e.Operation, f.operation) && glob(e.Path, f.path)
}

func parseExceptions(b []byte) ([]exception, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var list []exception
	if err := d.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for i, e := range list {
		if e.Service == "" || e.Operation == "" || e.Path == "" || e.Reason == "" || e.Direction != "input" && e.Direction != "output" {
			return nil, fmt.Errorf("exception %d: service, operation, direction, path and reason are required", i+1)
		}
	}
	return list, nil
}

// glob matches text against a pattern in which * is any run of characters.
func glob(pattern, text string) bool {
	head, rest, more := strings.Cut(pattern, "*")
	if !more {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	for i := 0; ok && i <= len(text); i++ {
		if glob(rest, text[i:]) {
			return true
		}
	}
	return false
}

// keyField is one place of an API that names a KMS key.
type keyField struct{ service, operation, direction, path string }

func (f keyField) String() string {
	return f.service + " " + f.direction + " " + f.operation + "." + f.path
}

// keyFields returns those of the services that must be covered.
func keyFields(t *testing.T) (out []keyField) {
	t.Helper()
	for _, name := range slices.Concat(bedrockServices, storeServices) {
		for _, f := range load(t, name).KeyFields() {
			if f.Role == model.Key {
				out = append(out, keyField{name, f.Operation, f.Direction.String(), f.Path})
			}
		}
	}
	return out
}

func load(t *testing.T, service string) *model.Service {
	t.Helper()
	s, err := model.Load(service)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// catalogueFields maps "service Operation.path" to the slot that covers it, and
// reports the fields that the models do not have.
func catalogueFields(t *testing.T, entries []*Entry) (fields map[string]string, problems []string) {
	fields = map[string]string{}
	for _, e := range entries {
		for _, s := range e.Slots {
			for _, f := range slices.Concat(s.Fields.Read, s.Fields.Create, s.Fields.Update) {
				if slices.Contains(unmodelled, e.Service) {
					continue
				}
				where := e.Type + " slot " + s.Name
				op, path, _ := strings.Cut(f, ".")
				service := owner(t, e.Service, op)
				if service == nil {
					problems = append(problems, fmt.Sprintf("%s: %s: no such operation in %s", where, f, e.Service))
					continue
				}
				if !hasPath(service, service.Operations[op], path) {
					problems = append(problems, fmt.Sprintf("%s: %s: no such field in %s", where, f, service.Name))
				}
				fields[service.Name+" "+f] = where
			}
		}
	}
	return fields, problems
}

// owner finds the service that has an operation: the entry's own, else one of the
// Bedrock family when the entry belongs to it.
func owner(t *testing.T, service, operation string) *model.Service {
	t.Helper()
	try := []string{service}
	if slices.Contains(bedrockServices, service) {
		try = append(try, bedrockServices...)
	}
	for _, name := range try {
		if s := load(t, name); s.Operations[operation] != nil {
			return s
		}
	}
	return nil
}

// hasPath reports whether the request or the response of an operation has a
// member. List elements are written "[]"; a map takes any key.
func hasPath(s *model.Service, op *model.Operation, path string) bool {
	return leads(s, op.Input, strings.Split(path, ".")) || leads(s, op.Output, strings.Split(path, "."))
}

func leads(s *model.Service, shape string, steps []string) bool {
	sh := s.Shapes[shape]
	if len(steps) == 0 || sh == nil {
		return sh != nil
	}
	if sh.Value != nil {
		return leads(s, sh.Value.Shape, steps[1:])
	}
	name, list := strings.CutSuffix(steps[0], "[]")
	m := sh.Member(name)
	if m == nil {
		return false
	}
	next := s.Shapes[m.Shape]
	if list != (next.Element != nil) {
		return false
	}
	if list {
		return leads(s, next.Element.Shape, steps[1:])
	}
	return leads(s, m.Shape, steps[1:])
}

// uncovered lists the key fields that neither a slot nor an exception covers, and
// the exceptions that nothing needs.
func uncovered(rows []keyField, fields map[string]string, exceptions []exception) (problems []string) {
	used := make([]bool, len(exceptions))
	for _, f := range rows {
		if fields[f.service+" "+f.operation+"."+f.path] != "" {
			continue
		}
		excepted := false
		for i, e := range exceptions {
			if e.matches(f) {
				used[i], excepted = true, true
			}
		}
		if !excepted {
			problems = append(problems, f.String()+": no slot covers this key field")
		}
	}
	for i, e := range exceptions {
		if !used[i] {
			problems = append(problems, fmt.Sprintf("exception %s %s %s.%s: no uncovered key field needs it", e.Service, e.Direction, e.Operation, e.Path))
		}
	}
	return problems
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

func embedded(t *testing.T) *Catalog {
	t.Helper()
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func exceptions(t *testing.T) []exception {
	t.Helper()
	list, err := parseExceptions(exceptionsFile)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestEveryKeyFieldHasASlot(t *testing.T) {
	rows := keyFields(t)
	if len(rows) < 150 {
		t.Fatalf("only %d key fields: the models are not what this test is about", len(rows))
	}
	fields, _ := catalogueFields(t, embedded(t).Entries())
	report(t, uncovered(rows, fields, exceptions(t)))
	t.Logf("%d key fields of the APIs, %d fields of slots, %d exceptions", len(rows), len(fields), len(exceptions(t)))
}

func TestEveryFieldAndOperationExists(t *testing.T) {
	entries := embedded(t).Entries()
	_, problems := catalogueFields(t, entries)
	report(t, problems)
	for _, e := range entries {
		report(t, missingOperations(t, e))
	}
}

// TestCallsAreOperations: what a need comes of is an operation of the service, but for what is
// authorized and is none.
func TestCallsAreOperations(t *testing.T) {
	apis := map[string][]string{
		"bedrock": {"bedrock", "bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime", "bedrock-data-automation", "bedrock-data-automation-runtime"},
		"states":  {"stepfunctions"},
		"kinesis": nil, // there is no model of it
	}
	none := []string{"bedrock:RenderPrompt"} // of InvokeModel and InvokeFlow with a prompt
	calls := 0
	for _, e := range embedded(t).Entries() {
		for i := range e.Slots {
			for _, n := range e.Slots[i].Needs {
				for _, call := range n.Calls {
					calls++
					service, operation, _ := strings.Cut(call, ":")
					of, special := apis[service]
					if !special {
						of = []string{service}
					}
					if service == "kinesis" || slices.Contains(none, call) {
						continue
					}
					if !slices.ContainsFunc(of, func(api string) bool { return owner(t, api, operation) != nil }) {
						t.Errorf("%s, %s: %s is no operation", e.Type, e.Slots[i].Name, call)
					}
				}
			}
		}
	}
	if calls < 30 {
		t.Errorf("%d calls", calls)
	}
}

func missingOperations(t *testing.T, e *Entry) (problems []string) {
	if slices.Contains(unmodelled, e.Service) {
		return nil
	}
	o := e.Operations
	for _, op := range slices.Concat(o.List, o.Get, o.Create, o.Update, o.Delete) {
		if owner(t, e.Service, op) == nil {
			problems = append(problems, fmt.Sprintf("%s: operation %s: not in %s", e.Type, op, e.Service))
		}
	}
	return problems
}

// The tests below show that the gate can fail.

func TestCoverageMissesARemovedSlot(t *testing.T) {
	var entries []*Entry
	for _, e := range embedded(t).Entries() {
		if e.Type == "AWS::Bedrock::Guardrail" || e.Type == "AWS::Bedrock::GuardrailVersion" {
			continue
		}
		entries = append(entries, e)
	}
	rows := keyFields(t)
	all, _ := catalogueFields(t, embedded(t).Entries())
	less, _ := catalogueFields(t, entries)
	before, after := uncovered(rows, all, exceptions(t)), uncovered(rows, less, exceptions(t))
	got := slices.DeleteFunc(after, func(p string) bool { return slices.Contains(before, p) })
	want := []string{
		"bedrock input CreateGuardrail.kmsKeyId: no slot covers this key field",
		"bedrock output GetGuardrail.kmsKeyArn: no slot covers this key field",
		"bedrock input UpdateGuardrail.kmsKeyId: no slot covers this key field",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems = %q, want %q", got, want)
	}
}

func TestCoverageFindsANewField(t *testing.T) {
	rows := []keyField{{"bedrock", "CreateGuardrail", "input", "kmsKeyId"}, {"bedrock", "CreateThing", "input", "kmsKeyArn"}}
	fields := map[string]string{"bedrock CreateGuardrail.kmsKeyId": "x"}
	spare := exception{"bedrock", "List*", "output", "*", "no reason"}
	got := uncovered(rows, fields, []exception{spare})
	want := []string{
		"bedrock input CreateThing.kmsKeyArn: no slot covers this key field",
		"exception bedrock output List*.*: no uncovered key field needs it",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems = %q, want %q", got, want)
	}
	if got := uncovered(rows, fields, []exception{{"bed*", "*Thing", "input", "kms*", "r"}}); len(got) != 0 {
		t.Errorf("excepted field reported: %q", got)
	}
}

func TestFieldChecksFindMistakes(t *testing.T) {
	e := &Entry{Type: "AWS::Bedrock::Guardrail", Service: "bedrock", Slots: []Slot{{Name: "s", Fields: Fields{
		Read:   []string{"GetGuardrail.kmsKeyArn", "GetGuardrial.kmsKeyArn", "GetGuardrail.kmsKeyARN"},
		Create: []string{"ListModelCopyJobs.modelCopyJobSummaries.targetModelKmsKeyArn"},
		Update: []string{"ListModelCopyJobs.modelCopyJobSummaries[].targetModelKmsKeyArn", "CreateAgent.customerEncryptionKeyArn"},
	}}}}
	_, got := catalogueFields(t, []*Entry{e})
	want := []string{
		"AWS::Bedrock::Guardrail slot s: GetGuardrial.kmsKeyArn: no such operation in bedrock",
		"AWS::Bedrock::Guardrail slot s: GetGuardrail.kmsKeyARN: no such field in bedrock",
		"AWS::Bedrock::Guardrail slot s: ListModelCopyJobs.modelCopyJobSummaries.targetModelKmsKeyArn: no such field in bedrock",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems = %q, want %q", got, want)
	}
	e.Operations.List = []string{"ListGuardrails", "ListGardrails"}
	if got := missingOperations(t, e); !slices.Equal(got, []string{"AWS::Bedrock::Guardrail: operation ListGardrails: not in bedrock"}) {
		t.Errorf("operations = %q", got)
	}
}

func TestExceptionsAreStrict(t *testing.T) {
	for in, want := range map[string]string{
		"- {service: a, operation: b, direction: input, path: c}":               "exception 1: service, operation, direction, path and reason are required",
		"- {service: a, operation: b, direction: both, path: c, reason: d}":     "exception 1: service, operation, direction, path and reason are required",
		"- {service: a, operation: b, direction: input, path: c, why: because}": "yaml: unmarshal errors:\n  line 1: field why not found in type catalog.exception",
	} {
		if _, err := parseExceptions([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
	seen := map[string]bool{}
	for _, e := range exceptions(t) {
		if key := e.Service + e.Direction + e.Operation + e.Path; seen[key] {
			t.Errorf("exception %s %s.%s: twice", e.Service, e.Operation, e.Path)
		} else {
			seen[key] = true
		}
	}
}

// Services without a model must be worth the exemption.
func TestUnmodelledServicesAreUsed(t *testing.T) {
	used := map[string]bool{}
	for _, e := range embedded(t).Entries() {
		used[e.Service] = true
	}
	for _, s := range unmodelled {
		if !used[s] {
			t.Errorf("no entry of %s is left", s)
		}
		if slices.Contains(model.Services(), s) {
			t.Errorf("%s has a model now: check its fields", s)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(used)) {
		if !slices.Contains(model.Services(), s) && !slices.Contains(unmodelled, s) {
			t.Errorf("service %s: no model", s)
		}
	}
}
