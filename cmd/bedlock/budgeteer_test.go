package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
)

// budgeteer is what the corpus has of Bedrock Budgeteer: its templates, and its guide to KMS.
type budgeteer struct {
	t     *testing.T
	synth string
	guide string
	dir   string
}

func openBudgeteer(t *testing.T) *budgeteer {
	t.Helper()
	corpus := os.Getenv("BEDLOCK_CORPUS")
	if corpus == "" {
		t.Skip("BEDLOCK_CORPUS is not set: the templates of Bedrock Budgeteer are not read")
	}
	b := &budgeteer{t: t, synth: filepath.Join(corpus, "cdk", "teabranch__bedrock-budgeteer", "synth"), dir: t.TempDir()}
	for _, path := range []string{b.synth, filepath.Join(corpus, "..", "seeds", "bedrock-budgeteer-kms-setup.txt")} {
		if _, err := os.Stat(path); err != nil {
			t.Skip("the corpus does not have Bedrock Budgeteer and its guide: ", err)
		}
	}
	text, err := os.ReadFile(filepath.Join(corpus, "..", "seeds", "bedrock-budgeteer-kms-setup.txt"))
	if err != nil {
		t.Fatal(err)
	}
	b.guide = string(text)
	return b
}

// documents are the policies of the guide that stand alone: the key policy and that of whoever
// deploys.
func (b *budgeteer) documents() (key, deploy string) {
	b.t.Helper()
	var out []string
	for _, text := range regexp.MustCompile(`(?ms)^\{\n.*?^\}$`).FindAllString(b.guide, -1) {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if len(out) != 2 {
		b.t.Fatalf("the guide has %d policies", len(out))
	}
	return out[0], out[1]
}

// write writes a file and returns its path.
func (b *budgeteer) write(name, text string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *budgeteer) run(args ...string) (code int, stdout string) {
	b.t.Helper()
	var out, errs bytes.Buffer
	code = run(b.t.Context(), args, environment{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }})
	if errs.Len() > 0 {
		b.t.Errorf("%v: %s", args, errs.String())
	}
	return code, out.String()
}

// audit audits a source; findings are "RULE TEXT", of messages and evidence.
func (b *budgeteer) audit(source string) (slots map[string]int, findings []string) {
	b.t.Helper()
	_, out := b.run("audit", source, "--account", "123456789012", "--region", "us-east-1", "--format", "json", "--fail-on", "none")
	slots = map[string]int{}
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		var m bedlock.Message
		if err := json.Unmarshal(s.Bytes(), &m); err != nil {
			b.t.Fatal(err)
		}
		if m.Slot != nil {
			slots[fmt.Sprintf("%s %s %s", m.Slot.Subject.Type, m.Slot.Subject.Slot, m.Slot.Rung)]++
		}
		if m.Finding != nil {
			findings = append(findings, m.Finding.Rule+" "+m.Finding.Message)
			for _, e := range m.Finding.Evidence {
				findings = append(findings, m.Finding.Rule+" "+e.Text)
			}
		}
	}
	return slots, findings
}

const importedKey = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"

// followed is the template with the key that the code takes, as one who follows the guide has it:
// the key with the guide's policy, the trail under it, the guide's alarm.
func (b *budgeteer) followed(policy string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.synth, "importkey", "BedrockBudgeteer.template.json"))
	if err != nil {
		b.t.Fatal(err)
	}
	var template struct {
		Resources map[string]map[string]any
	}
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(`"`+importedKey+`"`), []byte(`{"Fn::GetAtt":["GuideKey","Arn"]}`)), &template); err != nil {
		b.t.Fatal(err)
	}
	metric := regexp.MustCompile(`--metric-name (\w+)`).FindStringSubmatch(b.guide)
	dimension := regexp.MustCompile(`--dimensions Name=(\w+)`).FindStringSubmatch(b.guide)
	if metric == nil || dimension == nil {
		b.t.Fatal("the guide has no alarm")
	}
	add := func(name, typ string, properties map[string]any) {
		template.Resources[name] = map[string]any{"Type": typ, "Properties": properties}
	}
	add("GuideKey", "AWS::KMS::Key", map[string]any{"KeyPolicy": json.RawMessage(policy)})
	add("GuideAlarm", "AWS::CloudWatch::Alarm", map[string]any{
		"Namespace": "AWS/KMS", "MetricName": metric[1], "Dimensions": []any{map[string]any{"Name": dimension[1], "Value": map[string]any{"Ref": "GuideKey"}}},
	})
	trails := 0
	for _, r := range template.Resources {
		if r["Type"] == "AWS::CloudTrail::Trail" {
			r["Properties"].(map[string]any)["KMSKeyId"] = map[string]any{"Fn::GetAtt": []string{"GuideKey", "Arn"}}
			trails++
		}
	}
	if trails != 1 {
		b.t.Fatalf("the template has %d trails", trails)
	}
	out, err := json.Marshal(template)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.write("followed/template.json", string(out))
}

// has demands that one of the findings begins with a text.
func (b *budgeteer) has(findings []string, want string) {
	b.t.Helper()
	if !slices.ContainsFunc(findings, func(f string) bool { return strings.HasPrefix(f, want) }) {
		b.t.Errorf("no finding %q among %d", want, len(findings))
	}
}

// TestBudgeteerGuide: what the guide of Bedrock Budgeteer has wrong is reported on its templates,
// on its policies, and on what follows it.
func TestBudgeteerGuide(t *testing.T) {
	b := openBudgeteer(t)
	key, deploy := b.documents()

	t.Run("1-no-key-by-context-or-environment", func(t *testing.T) {
		b.t = t
		slots, findings := b.audit(filepath.Join(b.synth, "nokey"))
		for what := range slots {
			if rung := what[strings.LastIndexByte(what, ' ')+1:]; rung != "unkeyed" && rung != "aws-managed" {
				t.Errorf("%s: a deployment by the guide has no key", what)
			}
		}
		if slots["AWS::DynamoDB::Table table aws-managed"] < 4 || slots["AWS::S3::Bucket default-encryption unkeyed"] != 1 {
			t.Errorf("slots: %v", slots)
		}
		b.has(findings, "BDL112 ")
		b.has(findings, "BDL111 ")
	})
	t.Run("2-trail-and-parameters", func(t *testing.T) {
		b.t = t
		slots, _ := b.audit(filepath.Join(b.synth, "importkey"))
		if slots["AWS::CloudTrail::Trail logs unkeyed"] != 1 || slots["AWS::SSM::Parameter value unkeyed"] != 16 {
			t.Errorf("slots: %v", slots)
		}
	})
	t.Run("3-4-5-7-what-follows-the-guide", func(t *testing.T) {
		b.t = t
		slots, findings := b.audit(b.followed(key))
		if slots["AWS::Logs::LogGroup log-group unusable"] != 1 || slots["AWS::CloudTrail::Trail logs unusable"] != 1 {
			t.Errorf("slots: %v", slots)
		}
		for _, want := range []string{
			"BDL140 logs.us-east-1.amazonaws.com cannot use key GuideKey",
			"BDL140 cloudtrail.amazonaws.com cannot use key GuideKey",
			`BDL305 statement "Allow AWS Services" of the policy of key GuideKey allows dynamodb.amazonaws.com, s3.amazonaws.com, firehose.amazonaws.com, lambda.amazonaws.com and states.amazonaws.com without saying for whose resources`,
			`BDL319 statement "Allow Bedrock Budgeteer Service Access" of the policy of key GuideKey names bedrock-budgeteer-production-lambda-execution and bedrock-budgeteer-production-step-functions by text`,
			`BDL320 statement "Allow Bedrock Budgeteer Service Access" of the policy of key GuideKey names bedrock-budgeteer-production-firehose-delivery, which no input creates`,
			"BDL404 alarm GuideAlarm is on NumberOfRequestsSucceeded, which KMS does not have",
		} {
			b.has(findings, want)
		}
	})
	t.Run("4-services-by-the-policy-alone", func(t *testing.T) {
		b.t = t
		code, out := b.run("prove", "lint", b.write("key.json", key), "--fail-on", "warning")
		if n := strings.Count(out, "may use the key for resources of any account"); code != 3 || n != 5 {
			t.Errorf("exit %d, %d services: %s", code, n, out)
		}
	})
	t.Run("6-narrower-than-granted", func(t *testing.T) {
		b.t = t
		role := func(actions string) string {
			return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[%s],"Resource":%q}]}`, actions, importedKey)
		}
		granted := b.write("granted.json", role(`"kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:GenerateDataKey*","kms:ReEncrypt*"`))
		lists := regexp.MustCompile(`Permissions: (kms:[A-Za-z*]+(?:, kms:[A-Za-z*]+)*)`).FindAllStringSubmatch(b.guide, -1)
		if len(lists) != 3 {
			t.Fatalf("the guide lists the permissions of %d roles", len(lists))
		}
		for i, l := range lists {
			listed := b.write(fmt.Sprintf("listed%d.json", i), role(`"`+strings.ReplaceAll(l[1], ", ", `","`)+`"`))
			if code, out := b.run("prove", "compare", granted, listed); code != 3 {
				t.Errorf("%s: exit %d: %s", l[1], code, out)
			}
		}
		needed := b.write("needed.json", role(`"kms:CreateGrant"`))
		code, out := b.run("prove", "compare", needed, b.write("deploy.json", deploy), "--as", "identity")
		if code != 3 || !strings.Contains(out, "action              kms:CreateGrant") {
			t.Errorf("exit %d: %s", code, out)
		}
	})
}
