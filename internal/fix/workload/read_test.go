package workload_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/workload"
	"github.com/bedlock/bedlock/inventory"
)

const small = `version: bedlock-workload/v1
name: small
variables: {stage: test, owner: ""}
key: {to: new, environment: SMALL_KEY}
stores:
  - {type: AWS::SQS::Queue, names: ["small-{stage}-*"]}
  - {type: AWS::SNS::Topic, tags: {app: "small-*"}, stack: "small-{stage}"}
`

func parse(t *testing.T, text string) (*workload.Profile, error) {
	t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return workload.Parse("p.yaml", []byte(text), cat)
}

// TestFaults: each fault of a profile is one line with its place.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{small, "", "p.yaml: the file is empty"},
		{small, "a: [", "p.yaml: yaml: line 1: did not find expected node content"},
		{small, "[]", "p.yaml:1:1: a profile is no mapping"},
		{small, small + "---\na: b\n", "p.yaml: more than one YAML document"},
		{"v1\n", "v2\n", `p.yaml:1:10: version "bedlock-workload/v2"; this program reads "bedlock-workload/v1"`},
		{"name: small\n", "", `p.yaml:1:1: a profile lacks "name"`},
		{"name: small\n", "name: small\nname: big\n", `p.yaml:3:1: "name" is there twice`},
		{"key: {", "key: {colour: red, ", `p.yaml:4:7: key has no "colour": it has alias, deletion-days, environment, rotation-days, tags, to`},
		{"SMALL_KEY", "SMALL-KEY", `p.yaml:4:29: "SMALL-KEY" is no name of an environment variable`},
		{"SMALL_KEY", "SMALL_KEY, rotation-days: 30", `p.yaml:4:55: "30" is no whole number from 90 to 2560`},
		{"{stage}-*", "{stag}-*", `p.yaml:6:37: {stag} is no variable of the profile`},
		{"stage: test", "region: x", `p.yaml:3:12: variable "region": a name has small letters, digits and -, and is none of partition, region, account` + "\n" + `p.yaml:6:37: {stage} is no variable of the profile` + "\n" + `p.yaml:7:60: {stage} is no variable of the profile`},
		{"AWS::SQS::Queue", "AWS::SQS::Tail", "p.yaml:6:12: \"AWS::SQS::Tail\" is no type of the catalogue; `bedlock explain` lists them"},
		{`, names: ["small-{stage}-*"]`, "", "p.yaml:6:5: a store is told by names, tags or stack: without any of them it would be every AWS::SQS::Queue"},
		{`["small-{stage}-*"]`, "[]", "p.yaml:6:36: this is no list, or an empty one\np.yaml:6:5: a store is told by names, tags or stack: without any of them it would be every AWS::SQS::Queue"},
		{`["small-{stage}-*"]`, `[a], slots: [bodies]`, `p.yaml:6:5: AWS::SQS::Queue has no slot "bodies"`},
		{`"small-*"`, `[a]`, `p.yaml:7:41: "app": this is no text`},
		{"stores:", "callers:\n  - {names: [a]}\nstores:", "p.yaml:6:5: a caller uses or creates types of stores"},
		{"stores:", "services:\n  - {principal: cloudwatch, actions: [kms:*], uses: [AWS::SNS::Topic], source-arn: a}\nstores:", `p.yaml:6:17: "cloudwatch" is no service principal` + "\n" + `p.yaml:6:39: "kms:*" is no action of KMS, without *`},
		{"stores:", "alarms:\n  topic: a\n  list:\n    - {name: high, metric: NumberOfRequestsSucceeded, operation: Decrypt, above: 1, seconds: 60}\nstores:",
			"p.yaml:8:7: KMS has no metric NumberOfRequestsSucceeded, so the alarm would never be raised: it has CloudHSMKeyStoreThrottle, ExternalKeyStoreThrottle, SecondsUntilKeyMaterialExpiration, SuccessfulRequest, XksExternalKeyManagerStates, XksProxyCertificateDaysToExpire, XksProxyCredentialAge, XksProxyErrors, XksProxyLatency"},
		{"stores:", "alarms:\n  topic: a\n  list:\n    - {name: high, metric: XksProxyErrors, above: 1, seconds: 60}\nstores:",
			"p.yaml:8:7: XksProxyErrors is of imported material or of key stores, which the keys of a plan do not have; a profile has alarms on SuccessfulRequest"},
		{"stores:", "alarms:\n  topic: a\n  list:\n    - {name: high, metric: SuccessfulRequest, above: 1, seconds: 60}\nstores:", "p.yaml:8:7: SuccessfulRequest is counted for each operation: name one"},
		{"stores:", "alarms:\n  topic: a\n  list:\n    - {name: high, events: strange, above: 1, seconds: 60}\nstores:", `p.yaml:8:7: events "strange": they are denied or endangered`},
		{"stores:", "alarms:\n  topic: a\n  list:\n    - {name: high, events: denied, above: 1, seconds: 90}\nstores:", "p.yaml:8:7: 90 seconds: CloudWatch counts whole minutes"},
		{"stores:", "alarms:\n  topic: a\n  list:\n    - {name: high, above: 1, seconds: 60}\nstores:", "p.yaml:8:7: an alarm is on a metric or on events"},
	} {
		_, err := parse(t, strings.Replace(small, c.old, c.new, 1))
		if err == nil {
			t.Errorf("%q is read", c.new)
		} else if d := cmp.Diff(c.want, err.Error()); d != "" {
			t.Errorf("%q: %s", c.new, d)
		}
	}
	if _, err := parse(t, strings.Repeat("#", workload.MaxSize+1)); err == nil || err.Error() != "p.yaml: 1048577 bytes; more than 1048576 are not read" {
		t.Errorf("a long file: %v", err)
	}
}

// TestVariables: values are those that are given, else the profile's; none may be missing.
func TestVariables(t *testing.T) {
	p, err := parse(t, small)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		values map[string]string
		want   string
	}{
		{nil, "workload small: the variable owner has no value"},
		{map[string]string{"owner": "*"}, `workload small: the variable owner is "*": a value has none of * ? { }`},
		{map[string]string{"owner": "me", "stag": "x"}, `workload small has no variable "stag": it has owner, stage`},
	} {
		if _, err := p.With(c.values); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v", c.values, err)
		}
	}
}

// TestMatch: a store is what fits all that is said of it.
func TestMatch(t *testing.T) {
	p, err := parse(t, small)
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.With(map[string]string{"owner": "me", "stage": "prod"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ, arn, app, stack string
		want                 bool
	}{
		{"AWS::SQS::Queue", "arn:aws:sqs:eu-west-1:111122223333:small-prod-a", "", "", true},
		{"AWS::SQS::Queue", "arn:aws:sqs:eu-west-1:111122223333:small-test-a", "", "", false},
		{"AWS::SNS::Topic", "arn:aws:sns:eu-west-1:111122223333:small-prod-a", "", "", false},
		{"AWS::SNS::Topic", "arn:aws:sns:eu-west-1:111122223333:a", "small-app", "small-prod", true},
		{"AWS::SNS::Topic", "arn:aws:sns:eu-west-1:111122223333:a", "small-app", "small-test", false},
		{"AWS::SNS::Topic", "arn:aws:sns:eu-west-1:111122223333:a", "big-app", "small-prod", false},
	} {
		r := &inventory.Resource{ID: c.arn, Type: c.typ, Tags: inventory.Tags{Known: map[string]string{"app": c.app, "aws:cloudformation:stack-name": c.stack}}}
		if have := w.Match(r, "messages"); have != c.want {
			t.Errorf("%v: %v", c, have)
		}
	}
}

// TestChoose: the flag counts, else the environment, else the file, and what differs is said.
func TestChoose(t *testing.T) {
	p, err := parse(t, small)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flag, environment string
		want              workload.Choice
	}{
		{"", "", workload.Choice{To: "new", By: "p.yaml"}},
		{"", "new", workload.Choice{To: "new", By: "SMALL_KEY"}},
		{"", "alias/e", workload.Choice{To: "alias/e", By: "SMALL_KEY", Instead: "the key is alias/e, named by SMALL_KEY; p.yaml names new, which does not count"}},
		{"alias/f", "alias/e", workload.Choice{To: "alias/f", By: "--to", Instead: "the key is alias/f, named by --to; SMALL_KEY names alias/e and p.yaml names new, which does not count"}},
		{"alias/f", "alias/f", workload.Choice{To: "alias/f", By: "--to", Instead: "the key is alias/f, named by --to; p.yaml names new, which does not count"}},
	} {
		if d := cmp.Diff(c.want, p.Choose(c.flag, c.environment)); d != "" {
			t.Errorf("%q, %q: %s", c.flag, c.environment, d)
		}
	}
}

// TestBuiltin: every profile that comes with the program is read, and says what it takes.
func TestBuiltin(t *testing.T) {
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"budgeteer"}, workload.Builtin()); d != "" {
		t.Error(d)
	}
	for _, name := range workload.Builtin() {
		p, err := workload.Load(name, cat)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != name || p.Title == "" {
			t.Errorf("%s is called %q, %q", name, p.Name, p.Title)
		}
	}
	p, err := workload.Load("budgeteer", cat)
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.With(map[string]string{"environment": "staging"})
	if err != nil {
		t.Fatal(err)
	}
	want := fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock-budgeteer-staging", RotationDays: 365, DeletionDays: 30, Tags: map[string]string{"application": "bedrock-budgeteer", "environment": "staging"}}
	if d := cmp.Diff(want, w.Target()); d != "" {
		t.Error(d)
	}
	if _, err := workload.Load("../x", cat); err == nil || err.Error() != `no workload "../x" comes with Bedlock: there is budgeteer` {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	cat, err := catalog.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(small))
	files, err := filepath.Glob("profiles/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("no profiles", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := workload.Parse("f", b, cat)
		if err != nil {
			if p != nil {
				t.Error("a profile with an error")
			}
			return
		}
		// What is read can be used: each variable has a value, and patterns match something or not.
		values := map[string]string{}
		for name := range p.Variables {
			values[name] = "v"
		}
		w, err := p.With(values)
		if err != nil {
			t.Fatalf("%v", err)
		}
		w.Match(&inventory.Resource{ID: "arn:aws:sqs:eu-west-1:111122223333:q", Type: "AWS::SQS::Queue"}, "messages")
		w.Target()
	})
}
