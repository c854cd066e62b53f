package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

const exceptionFile = `# accepted until the migration
- rule: BDL110
  subject: Helper
  reason: test data only
  expires: 2026-12-31
  owner: ml-team
- {rule: BDL201, subject: "AWS::KMS::*", reason: external policy, expires: 2026-11-25, owner: kms}
- {rule: BDL208, subject: "t.yaml#K?y", reason: gone, expires: 2026-11-24, owner: kms}
- {rule: BDL999, subject: "*", reason: typo, expires: 2027-01-01, owner: kms}
`

func TestParseExceptions(t *testing.T) {
	x, err := ParseExceptions("ex.yaml", []byte(exceptionFile))
	if err != nil {
		t.Fatal(err)
	}
	want := Exception{Rule: "BDL110", Subject: "Helper", Reason: "test data only", Owner: "ml-team", Expires: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), At: bedlock.Position{File: "ex.yaml", Line: 2, Column: 3}}
	if diff := cmp.Diff(want, x.List()[0]); diff != "" || len(x.List()) != 4 {
		t.Errorf("%d exceptions (-want +got)\n%s", len(x.List()), diff)
	}
	for _, empty := range []string{"", "# nothing yet\n", "[]", "null"} {
		if x, err := ParseExceptions("ex.yaml", []byte(empty)); err != nil || len(x.List()) != 0 {
			t.Errorf("%q: %v", empty, err)
		}
	}
	for in, want := range map[string]string{
		"a: [":         "read exceptions ex.yaml: yaml: line 1: did not find expected node content",
		"rule: BDL110": "read exceptions ex.yaml:1:1: the file is not a list of exceptions",
		"[]\n---\n[]":  "read exceptions ex.yaml: more than one YAML document",
		"- BDL110":     "read exceptions ex.yaml:1:3: an exception is a mapping with the fields rule, subject, reason, expires and owner",
		"- rule: BDL110\n": "read exceptions ex.yaml:1:3: field subject is missing\nread exceptions ex.yaml:1:3: field reason is missing\n" +
			"read exceptions ex.yaml:1:3: field expires is missing\nread exceptions ex.yaml:1:3: field owner is missing",
		"- {rule: A, subject: B, reason: ' ', expires: 2026-1-2, owner: [x], until: never, rule: C}": "read exceptions ex.yaml:1:64: field owner is not a text\n" +
			"read exceptions ex.yaml:1:69: there is no field \"until\"; the fields are rule, subject, reason, expires and owner\n" +
			"read exceptions ex.yaml:1:83: field rule is there twice\n" +
			"read exceptions ex.yaml:1:33: field reason is empty\n" +
			"read exceptions ex.yaml:1:47: expires is \"2026-1-2\", not a date such as 2026-12-31",
	} {
		if _, err := ParseExceptions("ex.yaml", []byte(in)); err == nil || err.Error() != want {
			t.Errorf("%q:\n%v\nwant\n%s", in, err, want)
		}
	}
}

func TestExceptions(t *testing.T) {
	x, err := ParseExceptions("ex.yaml", []byte(exceptionFile))
	if err != nil {
		t.Fatal(err)
	}
	out := audit(t, sample(), func(o *Options) { o.Exceptions = x })
	out.rules()
	var got []string
	for _, f := range out.findings {
		got = append(got, strings.Join([]string{f.Rule, f.Subject.Name, string(f.Status), f.Exception}, "|"))
	}
	want := []string{
		"BDL110|Helper|excepted|test data only (owner ml-team, until 2026-12-31)",
		"BDL110|Helper|excepted|test data only (owner ml-team, until 2026-12-31)",
		"BDL201|Key|excepted|external policy (owner kms, until 2026-11-25)",
		"BDL208|Key|open|",
		"BDL403|inputs|open|",
		"BDL901|BDL208 t.yaml#K?y|open|",
		"BDL902|BDL999 *|open|",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	last := out.findings[len(out.findings)-2:]
	if m := "the exception of BDL208 for t.yaml#K?y on gone expired on 2026-11-24 (owner kms)"; last[0].Message != m || last[0].Subject.At.Line != 8 {
		t.Errorf("expired: %s at %s", last[0].Message, last[0].Subject.At)
	}
	if m := "the exception of BDL999 for * covers no finding (owner kms); no rule has this id"; last[1].Message != m {
		t.Errorf("unused: %s", last[1].Message)
	}
	if s := out.summary; s.Excepted != 3 || s.Findings[bedlock.High] != 0 || s.Findings[bedlock.Medium] != 1 || s.Findings[bedlock.Low] != 1 || s.Findings[bedlock.Info] != 2 {
		t.Errorf("summary %+v", s)
	}
}

func TestExceptionSubjects(t *testing.T) {
	s := bedlock.Subject{ID: "dir/t.yaml#Guard", Type: "AWS::Bedrock::Guardrail", Name: "support"}
	for pattern, want := range map[string]bool{
		"*": true, "support": true, "sup*": true, "dir/*": true, "AWS::Bedrock::*": true, "AWS::Bedrock::Guardrail/support": true, "AWS::Bedrock::Guardrail/s?pport": true,
		"Support": false, "Guard": false, "AWS::S3::*": false, "": false,
	} {
		if got := (&Exception{Subject: pattern}).matches(&s); got != want {
			t.Errorf("%q matches: %v", pattern, got)
		}
	}
}

func FuzzParseExceptions(f *testing.F) {
	f.Add([]byte(exceptionFile))
	f.Add([]byte("- &a {rule: x, subject: *a}\n"))
	f.Add([]byte("? [a]\n: {b: c}\n"))
	f.Add([]byte("- {rule: A, subject: B, reason: c, expires: 2026-01-02, owner: d, <<: {x: y}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ParseExceptions("f", b)
		if err != nil {
			return
		}
		for _, e := range x.List() {
			if e.Rule == "" || e.Subject == "" || e.Reason == "" || e.Owner == "" || e.Expires.IsZero() && !strings.Contains(string(b), "0001-01-01") || e.At.Line < 1 {
				t.Fatalf("%q gives %+v", b, e)
			}
		}
	})
}

func TestBaseline(t *testing.T) {
	first := audit(t, sample())
	var entries []BaselineEntry
	for _, f := range first.findings {
		entries = append(entries, BaselineEntry{f.Fingerprint, f.Rule, f.Subject.ID})
	}
	entries = append(entries, BaselineEntry{"0123456789abcdef", "BDL110", "gone"})
	var file strings.Builder
	if err := WriteBaseline(&file, entries); err != nil {
		t.Fatal(err)
	}
	b, err := ParseBaseline("base.json", []byte(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(entries, b.Entries()); diff != "" {
		t.Errorf("entries (-want +got)\n%s", diff)
	}
	grown := sample()
	extra := guardrail(none(catalog.OwnerAWSOwned, ""))
	extra.ID, extra.Address = "t.yaml#New", "New"
	grown.Resources = append(grown.Resources, extra)
	out := audit(t, grown, func(o *Options) { o.Baseline = b })
	out.rules()
	var got []string
	for _, f := range out.findings {
		got = append(got, f.Rule+" "+f.Subject.Name+" "+string(f.Status))
	}
	want := []string{"BDL110 Helper baseline", "BDL110 Helper baseline", "BDL110 New open", "BDL201 Key baseline", "BDL208 Key baseline", "BDL403 inputs baseline", "BDL903 0123456789abcdef open"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if m := out.findings[6].Message; m != "baseline entry 0123456789abcdef (BDL110 gone) is no longer found" {
		t.Errorf("stale: %s", m)
	}
	if out.summary.Baseline != 5 {
		t.Errorf("summary %+v", out.summary)
	}
}

func TestParseBaseline(t *testing.T) {
	const a, b = "0123456789abcdef", "fedcba9876543210"
	stream := `{"config":{"protocol":"bedlock/v1"}}
{"input":{"path":"x","status":"audited"}}
{"finding":{"rule":"BDL110","severity":"high","status":"open","subject":{"id":"x","type":"T"},"message":"m","remediation":"r","fingerprint":"0123456789abcdef"}}
{"finding":{"rule":"BDL110","severity":"high","status":"excepted","subject":{"id":"y","type":"T"},"message":"m","remediation":"r","fingerprint":"fedcba9876543210"}}
{"summary":{"inputs":{},"rungs":{},"findings":{}}}
`
	for in, want := range map[string][]BaselineEntry{
		`["` + a + `","` + b + `","` + a + `"]`: {{Fingerprint: a}, {Fingerprint: b}},
		`[]`:                                    nil,
		`[{"fingerprint":"` + a + `","rule":"BDL110"}]`: {{Fingerprint: a, Rule: "BDL110"}},
		stream: {{a, "BDL110", "x"}},
		"[" + strings.ReplaceAll(strings.TrimSpace(stream), "\n", ",") + "]": {{a, "BDL110", "x"}},
	} {
		got, err := ParseBaseline("b", []byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want, got.Entries()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", in, diff)
		}
	}
	for in, want := range map[string]string{
		"":                                     "read baseline b, line 1: the file is empty; an empty baseline is []",
		"[1]":                                  "read baseline b, line 1: entry 1: neither a fingerprint, an entry nor a message",
		"[]\n{}":                               "read baseline b, line 2: neither a fingerprint, an entry nor a message",
		`["x"]`:                                `read baseline b, line 1: entry 1: "x" is no fingerprint of 16 hexadecimal digits`,
		`["0123456789ABCDEF"]`:                 `read baseline b, line 1: entry 1: "0123456789ABCDEF" is no fingerprint of 16 hexadecimal digits`,
		"\n\n[\"a\",]":                         "read baseline b, line 3: invalid character ']' looking for beginning of value",
		`{"config":{"protocol":"bedlock/v9"}}`: `read baseline b, line 1: the stream is of protocol "bedlock/v9", this program reads "bedlock/v1"`,
	} {
		if _, err := ParseBaseline("b", []byte(in)); err == nil || err.Error() != want {
			t.Errorf("%q:\n%v\nwant\n%s", in, err, want)
		}
	}
}

func FuzzParseBaseline(f *testing.F) {
	f.Add([]byte(`["0123456789abcdef"]`))
	f.Add([]byte(`{"config":{"protocol":"bedlock/v1"}}` + "\n" + `{"finding":{"rule":"BDL110","severity":"high","status":"open","fingerprint":"0123456789abcdef"}}`))
	f.Add([]byte(`[{"fingerprint":"0123456789abcdef"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ParseBaseline("f", b)
		if err != nil {
			return
		}
		for _, e := range got.Entries() {
			if !fingerprintForm.MatchString(e.Fingerprint) || !got.has(e.Fingerprint) {
				t.Fatalf("%q gives %+v", b, e)
			}
		}
	})
}

// TestRun with what the estate does not have: nothing at all.
func TestEmpty(t *testing.T) {
	out := audit(t, inventory.Parts{})
	if len(out.messages) != 0 || out.summary.Slots != 0 {
		t.Errorf("an empty inventory gives %d messages", len(out.messages))
	}
}
