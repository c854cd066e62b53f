package cloudformation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// Templates that are small and want to become large end soon.
func TestHostile(t *testing.T) {
	var chain, ands, ifs, exports, big strings.Builder
	chain.WriteString("Resources: {R: {Type: T::T::T, Condition: C0}}\nConditions:\n")
	for i := range 50_000 {
		fmt.Fprintf(&chain, "  C%d: !Not [!Condition C%d]\n", i, i+1)
	}
	ands.WriteString("Parameters: {P: {Type: String}}\nConditions:\n  C0: !Equals [!Ref P, x]\n")
	for i := 1; i < 3000; i++ {
		fmt.Fprintf(&ands, "  C%d: !And [!Condition C%d, !Condition C%d]\n", i, i-1, i-1)
	}
	ands.WriteString("Resources: {R: {Type: T::T::T, Condition: C2999, Properties: {P: !If [C2998, a, b]}}}\n")
	ifs.WriteString("Parameters: {P: {Type: String}}\nConditions:\n")
	for i := range 2000 {
		fmt.Fprintf(&ifs, "  C%d: !Equals [!Ref P, x%d]\n", i, i)
	}
	ifs.WriteString("Resources:\n  R:\n    Type: T::T::T\n    Properties:\n      P: !Join ['', [")
	for i := range 2000 {
		fmt.Fprintf(&ifs, "!If [C%d, a, b],", i)
	}
	ifs.WriteString("x]]\n")
	exports.WriteString("Resources: {R: {Type: T::T::T, Properties: {P: !ImportValue e0}}}\nOutputs:\n")
	for i := range 20_000 {
		fmt.Fprintf(&exports, "  O%d: {Value: !ImportValue e%d, Export: {Name: e%d}}\n", i, i+1, i)
	}
	fmt.Fprintf(&big, "Parameters: {P: {Type: String, Default: '%s'}}\nResources:\n  R:\n    Type: T::T::T\n    Properties:\n      P:\n", strings.Repeat("a,", 200_000))
	for range 50_000 {
		big.WriteString("      - !Sub '${P}${P}'\n      - !Split [',', !Ref P]\n")
	}
	for name, text := range map[string]string{"chain": chain.String(), "ands": ands.String(), "ifs": ifs.String(), "exports": exports.String(), "big texts": big.String()} {
		begin := time.Now()
		mods := evaluate(t, Options{}, "t.yaml", text)
		p := show(find(t, mods, "t.yaml#R").Attributes.Get("P"))
		t.Logf("%s: %d bytes in %v: %.80s", name, len(text), time.Since(begin), p)
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// Nested stacks that multiply are bounded.
func TestStackBomb(t *testing.T) {
	read := func(path string) ([]byte, error) {
		var level int
		if _, err := fmt.Sscanf(path, "l%d.yaml", &level); err != nil {
			return nil, fs.ErrNotExist
		}
		var b strings.Builder
		b.WriteString("Resources:\n")
		for i := range 10 {
			fmt.Fprintf(&b, "  S%d: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: l%d.yaml}}\n", i, level+1)
		}
		return []byte(b.String()), nil
	}
	text, _ := read("l0.yaml")
	mods := evaluate(t, Options{ReadFile: read}, "l0.yaml", string(text))
	if n := len(mods[0].Resources); n != 10+10*maxStacks {
		t.Errorf("%d resources", n)
	}
	if n := len(mods[0].Consumed); n != maxNesting {
		t.Errorf("%d files", n)
	}
}

func corpus(t testing.TB) string {
	dir := os.Getenv("BEDLOCK_CORPUS")
	if dir == "" {
		t.Skip("BEDLOCK_CORPUS IS NOT SET: the corpus of real templates is not tested")
	}
	return dir
}

type read struct {
	name string
	data []byte
}

func corpusFiles(t testing.TB) []read {
	var out []read
	for _, sub := range []string{"cfn", "cdk"} {
		err := filepath.WalkDir(filepath.Join(corpus(t), sub), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			out = append(out, read{filepath.ToSlash(path), data})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestCorpus(t *testing.T) {
	var list []*Template
	count := map[string]int{}
	for _, f := range corpusFiles(t) {
		n, err := syntax.Parse(f.name, f.data, syntax.Limits{})
		var tpl *Template
		switch {
		case err != nil:
		case DetectManifest(n):
			count["manifests"]++
			if _, err := Manifest(f.name, n); err != nil {
				t.Error(err)
			}
			continue
		case !Detect(n):
			count["no template"]++
			if strings.Contains(f.name, "/_malformed/") {
				t.Errorf("%s is malformed, but no error", f.name)
			}
			continue
		default:
			tpl, err = Parse(f.name, n)
		}
		if err != nil {
			var e *syntax.Error
			if !errors.As(err, &e) || e.At.Line < 1 || e.At.Column < 1 {
				t.Errorf("%s: no position: %v", f.name, err)
			}
			count["errors"]++
			t.Logf("%s (%s)", strings.TrimPrefix(err.Error(), corpus(t)), e.Hint)
			continue
		}
		if strings.Contains(f.name, "/_malformed/") {
			t.Errorf("%s is malformed, but no error", f.name)
		}
		list = append(list, tpl)
	}
	mods := Evaluate(list, Options{})
	kinds, reasons := map[graph.Kind]int{}, map[string]int{}
	for _, m := range mods {
		count["resources"] += len(m.Resources)
		count["notes"] += len(m.Input.Notes)
		count["consumed"] += len(m.Consumed)
		for _, r := range m.Resources {
			tally(r.Attributes, kinds, reasons)
		}
	}
	t.Logf("templates %d, modules %d, %v, choices %d, unknown %d, references %d", len(list), len(mods), count, kinds[graph.Choice], kinds[graph.Unknown], kinds[graph.Ref])
	for reason, n := range reasons {
		t.Logf("%5d %s", n, reason)
	}
	if len(list) < 300 || count["errors"] == 0 || len(mods)+count["consumed"] != len(list) {
		t.Errorf("templates %d, modules %d, consumed %d, errors %d", len(list), len(mods), count["consumed"], count["errors"])
	}
}

func tally(v graph.Value, kinds map[graph.Kind]int, reasons map[string]int) {
	kinds[v.Kind]++
	if v.Kind == graph.Unknown {
		words := strings.Fields(v.Text)
		reasons[words[0]+" … "+strings.Join(words[min(2, len(words)):min(5, len(words))], " ")]++
	}
	for _, item := range v.Items {
		tally(item, kinds, reasons)
	}
	for _, m := range v.Members {
		tally(m.Value, kinds, reasons)
	}
	for _, b := range v.Choices {
		tally(b.Value, kinds, reasons)
	}
}

func FuzzEvaluate(f *testing.F) {
	f.Add([]byte(strings.Replace(world, "VALUE", "!If [HasKey, !Sub '${KeyArn}', !Join ['', [!Ref Names, '{{resolve:ssm:x}}']]]", 1)))
	f.Add([]byte(strings.Replace(world, "VALUE", "!FindInMap [M, !Select [0, !Split ['/', !GetAtt Key.Arn]], k, DefaultValue: !ImportValue x]", 1)))
	f.Add([]byte(parent))
	f.Add([]byte(disk["app/sub/agents.yaml"]))
	f.Add([]byte(`{"Transform":"AWS::Serverless-2016-10-31","Globals":{"Function":{"Tags":{"a":"b"}}},"Resources":{"F":{"Type":"AWS::Serverless::Function","Properties":{"Fn::If":["C",{},{"Ref":"AWS::NoValue"}]}}}}`))
	f.Add([]byte(samHead + "    Condition: HasRole\n    Properties: {Role: !If [HasRole, !GetAtt FRole.Arn, !Ref AWS::NoValue], Tracing: Active, Policies: !If [HasRole, [{KMSDecryptPolicy: {KeyId: !Ref Key}}, !Ref Boundary], {Statement: []}], Events: {Q: {Type: SQS}, M: {Type: MQ}}, DeadLetterQueue: {Type: SQS, TargetArn: !Ref Key}}\n"))
	f.Add([]byte(`{"version":"1","artifacts":{"A":{"type":"aws:cloudformation:stack","environment":"aws://1/x","properties":{"templateFile":"a"}}}}`))
	f.Add([]byte("Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml, Parameters: !If [C, {}, []]}}}\nOutputs: {O: {Value: !ImportValue e, Export: {Name: e}}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := syntax.Parse("t.yaml", data, syntax.Limits{})
		if err != nil {
			return
		}
		if DetectManifest(n) {
			_, _ = Manifest("t.yaml", n)
			_, _ = NestedManifests("t.yaml", n)
		}
		Detect(n)
		tpl, err := Parse("t.yaml", n)
		var e *syntax.Error
		if err != nil {
			if !errors.As(err, &e) || e.At.Line < 1 {
				t.Fatalf("no position: %v", err)
			}
			return
		}
		other, _ := syntax.Parse("o.yaml", data, syntax.Limits{})
		second, _ := Parse("o.yaml", other)
		for _, m := range Evaluate([]*Template{tpl, second}, Options{ReadFile: readDisk}) {
			ids := map[string]bool{}
			for _, r := range m.Resources {
				if ids[r.ID] || r.Type == "" || r.At.Line < 1 || r.Attributes.Kind != graph.Map && r.Attributes.Kind != graph.Unknown {
					t.Fatalf("bad resource %+v", r)
				}
				ids[r.ID] = true
				sane(t, r.Attributes)
			}
		}
	})
}

// sane checks the contract of values.
func sane(t *testing.T, v graph.Value) {
	switch {
	case v.Kind == graph.Unknown && v.Text == "", v.Kind == graph.Ref && v.Target == "", v.Kind == graph.Choice && len(v.Choices) < 2:
		t.Fatalf("bad value %+v", v)
	case v.Kind == graph.Concat:
		for _, item := range v.Items {
			if item.Kind != graph.String && item.Kind != graph.Ref && item.Kind != graph.Unknown {
				t.Fatalf("bad part %+v", item)
			}
		}
	}
	for _, item := range v.Items {
		if v.Kind == graph.List && item.Kind == graph.Absent {
			t.Fatalf("nothing in a list: %+v", v)
		}
		sane(t, item)
	}
	for _, m := range v.Members {
		sane(t, m.Value)
	}
	for _, b := range v.Choices {
		if b.When == "" {
			t.Fatalf("a branch without condition: %+v", v)
		}
		sane(t, b.Value)
	}
}

// generated is a template of about the given number of lines.
func generated(lines int) string {
	var b strings.Builder
	b.WriteString("Parameters:\n  KeyArn: {Type: String}\n  Name: {Type: String, Default: app}\nConditions:\n  HasKey: !Not [!Equals [!Ref KeyArn, '']]\nResources:\n")
	for i := 0; i < lines/25; i++ {
		fmt.Fprintf(&b, `  Key%[1]d:
    Type: AWS::KMS::Key
    Properties:
      Description: !Sub "key %[1]d of ${Name} in ${AWS::Region}"
      EnableKeyRotation: true
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal:
              AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
            Action: "kms:*"
            Resource: "*"
  Guardrail%[1]d:
    Type: AWS::Bedrock::Guardrail
    Properties:
      Name: !Join ["-", [!Ref Name, "%[1]d"]]
      KmsKeyArn: !If [HasKey, !Ref KeyArn, !GetAtt Key%[1]d.Arn]
      BlockedInputMessaging: blocked
      BlockedOutputsMessaging: blocked
      Tags:
        - Key: Team
          Value: a
        - Key: Env
          Value: !If [HasKey, prod, !Ref "AWS::NoValue"]
`, i)
	}
	return b.String()
}

func BenchmarkGenerated(b *testing.B) {
	text := []byte(generated(50_000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for _, phase := range []string{"parse", "parse+evaluate"} {
		b.Run(phase, func(b *testing.B) {
			for b.Loop() {
				n, err := syntax.Parse("t.yaml", text, syntax.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				if phase == "parse" {
					continue
				}
				tpl, err := Parse("t.yaml", n)
				if err != nil {
					b.Fatal(err)
				}
				if m := Evaluate([]*Template{tpl}, Options{}); len(m[0].Resources) != 4000 {
					b.Fatal(len(m[0].Resources))
				}
			}
		})
	}
}

func BenchmarkCorpus(b *testing.B) {
	files := corpusFiles(b)
	size := 0
	for _, f := range files {
		size += len(f.data)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		var list []*Template
		for _, f := range files {
			if n, err := syntax.Parse(f.name, f.data, syntax.Limits{}); err == nil && Detect(n) {
				if t, err := Parse(f.name, n); err == nil {
					list = append(list, t)
				}
			}
		}
		Evaluate(list, Options{})
	}
}
