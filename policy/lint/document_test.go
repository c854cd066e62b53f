package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy"
)

// sized is a document of a length in bytes, of which some are white space.
func sized(t *testing.T, bytes, white int) *policy.Document {
	t.Helper()
	const head, tail = `{"Version":"2012-10-17","Id":"`, `","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}]}`
	text := head + strings.Repeat("x", bytes-white-len(head)-len(tail)) + tail + strings.Repeat("\n", white)
	doc, err := policy.Parse(text)
	if err != nil || len(text) != bytes {
		t.Fatalf("%d bytes: %v", len(text), err)
	}
	return doc
}

// TestSizes: at the limit, and one more.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		kind         Kind
		bytes, white int
		want         string // code, with the number that is exceeded
	}{
		{Identity, 6144 + 100, 100, ""}, {Identity, 6145, 0, "policy-long 6144"}, {Identity, 10240, 0, "policy-long 6144"}, {Identity, 10241, 0, "policy-too-long 10240"},
		{Boundary, 6144, 0, ""}, {Boundary, 6145, 0, "policy-too-long 6144"},
		{Session, 2048 + 9, 9, ""}, {Session, 2049, 0, "policy-too-long 2048"},
		{Trust, 2048, 0, ""}, {Trust, 2049, 0, "policy-long 2048"}, {Trust, 4096, 0, "policy-long 2048"}, {Trust, 4097, 0, "policy-too-long 4096"},
		{Key, 32768, 0, ""}, {Key, 32769, 20000, "policy-too-long 32768"},
		{SCP, 10240, 0, ""}, {SCP, 10241, 1, "policy-long 10240"}, {SCP, 10241, 0, "policy-too-long 10240"},
		{RCP, 5120, 0, ""}, {RCP, 5130, 10, "policy-long 5120"}, {RCP, 5121, 0, "policy-too-long 5120"},
		{Endpoint, 20480, 0, ""}, {Endpoint, 20481, 20000, "policy-too-long 20480"},
		{Resource, 100000, 0, ""},
	} {
		got := ""
		for _, f := range Check(sized(t, c.bytes, c.white), Options{Kind: c.kind, Work: -1}) {
			if f.Code != "policy-long" && f.Code != "policy-too-long" {
				continue
			}
			got = f.Code + " " + f.Text[strings.LastIndexByte(f.Text, ' ')+1:]
			if unit := map[Kind]string{Key: " bytes,", SCP: " characters,", Trust: " characters without white space,"}[c.kind]; !strings.Contains(f.Text, unit) {
				t.Errorf("%s of %d: %q", c.kind, c.bytes, f.Text)
			}
			if want := limits[c.kind].source; f.Source != want || f.At != (policy.Place{Line: 1, Column: 1}) {
				t.Errorf("%s of %d: %+v, want the source %s", c.kind, c.bytes, f, want)
			}
		}
		if got != c.want {
			t.Errorf("%s of %d bytes, %d white: %q, want %q", c.kind, c.bytes, c.white, got, c.want)
		}
	}
	token, err := policy.Parse(`{"Id":"${bedlock:unknown:x}","Statement":[],"Version":"2012-10-17"` + strings.Repeat(" ", 40000) + "}")
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(Check(token, Options{Kind: Key})); len(got) != 1 || got[0] != "empty-list - 1:30" {
		t.Errorf("a text with a token has no length, and findings %q", got)
	}
}

// TestByHand: a document that was not parsed has findings without places, in the
// order of its statements.
func TestByHand(t *testing.T) {
	doc := &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{
		{Effect: policy.Deny, Actions: []string{"kms:Decyrpt"}, Resources: []string{"*"}, Conditions: []policy.Condition{
			{Operator: policy.ParseOperator("StringEquals"), Key: "aws:PrincipalOrgID", Values: []string{"o-a1b2c3d4e5"}},
			{Operator: policy.ParseOperator("Null"), Key: "aws:PrincipalOrgID", Values: []string{"true"}},
		}},
		{Index: 1, Sid: "Two", Effect: policy.Allow, Actions: []string{"kms:Decrypt"}, Resources: []string{"*"},
			Conditions: []policy.Condition{{Operator: policy.ParseOperator("StringEquals"), Key: "aws:Nothing", Values: []string{"x"}}}},
	}}
	want := []Finding{
		{Code: "unknown-action", Severity: Warning, Text: "kms has no action Decyrpt", Hint: "perhaps Decrypt", Source: ruleOf["unknown-action"].Source},
		{Code: "never-matches", Severity: Error, Text: "no request can match this statement", Source: ruleOf["never-matches"].Source},
		{Code: "unknown-condition-key", Severity: Warning, Text: "there is no condition key aws:Nothing", Statement: 1, Sid: "Two", Source: ruleOf["unknown-condition-key"].Source},
	}
	if diff := cmp.Diff(want, Check(doc, Options{Kind: Identity})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestKinds(t *testing.T) {
	for k := Identity; k <= Endpoint; k++ {
		if got, err := ParseKind(strings.ToUpper(k.String())); err != nil || got != k {
			t.Errorf("ParseKind(%q) = %v, %v", k, got, err)
		}
	}
	if _, err := ParseKind("bucket"); err == nil || err.Error() != `policy kind "bucket": there are identity, boundary, session, key, resource, trust, scp, rcp, endpoint` {
		t.Errorf("ParseKind(bucket): %v", err)
	}
	if Kind(0).String() != "invalid" || Kind(99).String() != "invalid" || Severity(0).String() != "invalid" {
		t.Error("values that are none have names")
	}
	for text, want := range map[string]Kind{
		`{"Statement":[]}`: Identity,
		`{"Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`:                                               Identity,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":["KMS:Decrypt","kms:Encrypt"],"Resource":"*"}]}`:         Key,
		`{"Statement":[{"Effect":"Allow","Principal":"*","NotAction":"kms:Decrypt","Resource":"*"}]}`:                      Key,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":["kms:Decrypt","s3:GetObject"],"Resource":"*"}]}`:        Resource,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`:                                   Resource,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}`:                                     Trust,
		`{"Statement":[{"Effect":"Deny","NotPrincipal":"*","Action":"${bedlock:unknown:x}","Resource":"*"}]}`:              Resource,
		`{"Statement":[{"Principal":"*","Action":["kms:Decrypt","${bedlock:unknown:x}"]},"${bedlock:unknown:statement}"]}`: Key,
	} {
		doc, err := policy.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := KindOf(doc); got != want {
			t.Errorf("KindOf(%s) = %s, want %s", text, got, want)
		}
		if diff := cmp.Diff(Check(doc, Options{Kind: want}), Check(doc, Options{})); diff != "" {
			t.Errorf("without a kind %s is judged otherwise\n%s", text, diff)
		}
	}
}
