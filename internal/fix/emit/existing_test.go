package emit_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestExistingKey: a key that is there gets statements, a caller gets a policy, and the fact that
// the plan rests on is looked at again.
func TestExistingKey(t *testing.T) {
	p := fixtest.Open(t, seed("text"))
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"}]}`
	key := p.Call("kms", "CreateKey", wire.Object{"Description": "records", "Policy": policy}).Text("KeyMetadata.Arn")
	q := p.Request(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{Resources: []string{"flow"}}, "AWS::Bedrock::Flow")
	q.Callers = []fix.Caller{{ARN: "arn:aws:iam::111122223333:role/app"}}
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []fix.Kind
	for i := range plan.Steps {
		kinds = append(kinds, plan.Steps[i].Kind)
	}
	if d := cmp.Diff([]fix.Kind{fix.IdentityPolicy, fix.KeyPolicy, fix.Update}, kinds); d != "" {
		t.Fatal(d)
	}
	var tf, cf bytes.Buffer
	if err := emit.Terraform(&tf, plan, embedded(t)); err != nil {
		t.Fatal(err)
	}
	id := lastOf(key)
	for _, want := range []string{
		"import {\n  to = aws_kms_key_policy.policy_of_" + strings.ReplaceAll(id, "-", "_") + "\n  id = \"" + key + "\"\n}\n",
		"resource \"aws_iam_role_policy\" \"app_bedlock",
		"= [aws_iam_role_policy.app_bedlock",
		", aws_kms_key_policy.policy_of_" + strings.ReplaceAll(id, "-", "_") + "]",
	} {
		if !strings.Contains(tf.String(), want) {
			t.Errorf("no %s in\n%s", want, tf.Bytes())
		}
	}
	if err := emit.CloudFormation(&cf, plan, embedded(t), emit.Places(plan)[0]); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Metadata struct {
			Bedlock struct{ NotInThisTemplate []struct{ Why string } }
		}
		Resources map[string]struct{ Type string }
	}
	if err := json.Unmarshal(cf.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if left := doc.Metadata.Bedlock.NotInThisTemplate; len(left) != 1 || left[0].Why != "CloudFormation has no policy of a key that is not its own; the script of the plan does it" || len(doc.Resources) != 2 {
		t.Errorf("%s", cf.Bytes())
	}
	path := write(t, plan)
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "s03_given() {") {
		t.Errorf("%v: the script does not look at the key", err)
	}
	if os.Getenv("BEDLOCK_CLI") != "all" {
		return
	}
	awsCLI(t)
	before := states(t, p, plan)
	url := p.Serve()
	if err := shell(t, url, path); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plan.Steps[2].After, states(t, p, plan)[plan.Steps[2].ID]); d != "" {
		t.Error(d)
	}
	if err := shell(t, url, path, "--undo"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, states(t, p, plan)); d != "" {
		t.Error(d)
	}
	if got := p.Call("kms", "GetKeyPolicy", wire.Object{"KeyId": key, "PolicyName": "default"}).Text("Policy"); !fix.Equal(wire.Object{"Policy": canonical(t, got)}, wire.Object{"Policy": canonical(t, policy)}) {
		t.Error(got)
	}
}

func lastOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
