package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy"
)

// FuzzCheck: no text makes the lint panic, run long, contradict itself or say
// something about a place that there is not.
func FuzzCheck(f *testing.F) {
	kinds := []Kind{0, Identity, Boundary, Session, Key, Resource, Trust, SCP, RCP, Endpoint}
	for i, file := range []string{"grammar", "elements", "principals", "actions", "resources", "conditions", "proofs", "clean"} {
		for _, c := range readCases(f, "testdata/"+file+".txt") {
			f.Add(c.text, byte(i))
			f.Add(c.text, byte(c.options.Kind))
		}
	}
	f.Fuzz(func(t *testing.T, text string, kind byte) {
		doc, err := policy.Parse(text)
		if err != nil || len(text) > 1<<14 {
			return
		}
		o := Options{Kind: kinds[int(kind)%len(kinds)], Work: 2_000_000}
		if kind >= 128 {
			o.Key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
		}
		printed := doc.Print()
		start := time.Now()
		found := Check(doc, o)
		if d := time.Since(start); d > 5*time.Second {
			t.Fatalf("took %s", d)
		}
		if diff := cmp.Diff(found, Check(doc, o)); diff != "" {
			t.Fatalf("twice differs\n%s", diff)
		}
		if doc.Print() != printed {
			t.Fatal("the document was changed")
		}
		for i, f := range found {
			if _, ok := ruleOf[f.Code]; !ok || f.At.Line < 1 || f.At.Column < 1 || f.At.Offset > len(text) || f.Statement < -1 || f.Statement >= len(doc.Statements) {
				t.Fatalf("finding %+v", f)
			}
			if i > 0 && found[i-1].At.Offset > f.At.Offset {
				t.Fatalf("findings out of order: %+v", found)
			}
		}
		// Without proofs nothing is said that is not said with them.
		o.Work = -1
		for _, f := range Check(doc, o) {
			if !slices.Contains(found, f) {
				t.Fatalf("finding %+v only without proofs", f)
			}
		}
	})
}

// TestPathological: documents of 1 MiB and of 10,000 statements end quickly.
func TestPathological(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i%977, i%13)
			if i < n-1 {
				b.WriteByte(',')
			}
		}
		return b.String()
	}
	list := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	stars := strings.Repeat("*a", 400)
	for name, text := range map[string]string{
		"10,000 statements": `{"Version":"2012-10-17","Statement":[` +
			many(10000, `{"Sid":"S%d","Effect":"Deny","Action":"kms:D%d*","Resource":"*","Condition":{"Bool":{"b":"%d"}}}`) + `]}`,
		"8,000 statements with proofs": `{"Version":"2012-10-17","Statement":[` +
			many(8000, `{"Sid":"S%d","Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:userid":"%d%d"}}}`) + `]}`,
		"10,000 allowed and denied": `{"Version":"2012-10-17","Statement":[` +
			many(5000, `{"Effect":"Allow","Action":"kms:A%d%d%d","Resource":"*"}`) + "," + many(5000, `{"Effect":"Deny","Action":"kms:A%d%d%d","Resource":"*"}`) + `]}`,
		"60 long statements": `{"Version":"2012-10-17","Statement":[` +
			many(59, `{"Sid":"S%d%d%d","Effect":"Allow","Action":[`+list(240, `"kms:*a%d*b*c*"`)+`],"Resource":"*"}`) + `]}`,
		"60 conditions": `{"Version":"2012-10-17","Statement":[` +
			many(60, `{"Sid":"S%d%d%d","Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringLike":{`+list(25, `"aws:PrincipalTag/%d":"*a*b*c*d*"`)+`}}}`) + `]}`,
		"one long list of actions": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[` + list(60000, `"kms:D%d*"`) + `],"Resource":"arn:aws:kms:*:*:key/*"}}`,
		"unknown actions":          `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[` + list(35000, `"bedrock:InvokeModelX%d"`) + `],"Resource":"*"}}`,
		"unknown keys": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{` +
			list(20000, `"aws:PrincipalOrgIDx%d":"x"`) + `}}}}`,
		"actions by resources": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[` + list(4000, `"s3:*e*%d"`) + `,"s3:*"],"Resource":[` +
			list(4000, `"arn:aws:s3:::a*b*c*%d"`) + `]}}`,
		"wildcards":        `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:` + strings.Repeat("*a", 200000) + `"],"Resource":["arn:aws:kms:` + strings.Repeat("*a", 200000) + `"]}}`,
		"wildcards, short": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[` + list(500, `"kms:`+stars+`%d"`) + `],"Resource":[` + list(500, `"arn:aws:kms:a:1:`+stars+`%d"`) + `]}}`,
		"principals": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":[` + list(20000, `"arn:aws:iam::111122223333:role/R%d"`) +
			`]},"Action":"kms:*","Resource":"*"}}`,
		"60 statements with principals": `{"Version":"2012-10-17","Statement":[` +
			many(60, `{"Sid":"S%d%d%d","Effect":"Allow","Principal":{"AWS":[`+list(60, `"arn:aws:iam::111122223333:role/R%d"`)+`]},"Action":"kms:*","Resource":"*"}`) + `]}`,
		"60 statements with accounts": `{"Version":"2012-10-17","Statement":[` +
			many(60, `{"Sid":"S%d%d%d","Effect":"Allow","Principal":{"AWS":[`+list(60, `"1111222%05d"`)+`]},"Action":"kms:*","Resource":"*"}`) + `]}`,
		"variables": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::` + strings.Repeat("${a", 300000) + `"]}}`,
		"faults":    `{"Version":"2012-10-17","Statement":[` + many(10000, `{"Sid":"%d%d%d","Action":[{},{}],"Resource":[]}`) + `]}`,
	} {
		text = text[:min(len(text), policy.MaxSize)]
		doc, err := policy.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, kind := range []Kind{Identity, Key} {
			start := time.Now()
			found := Check(doc, Options{Kind: kind})
			took := time.Since(start)
			t.Logf("%s of kind %s: %d bytes, %d findings in %s", name, kind, len(text), len(found), took.Round(time.Millisecond))
			if took > 30*time.Second {
				t.Errorf("%s of kind %s took %s", name, kind, took)
			}
		}
	}
}
