package permit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// allowed are the combinations of an action, a resource and a condition that policies allow: what
// statements that allow mean is their union.
func allowed(t *testing.T, policies ...string) []string {
	t.Helper()
	all := map[string]bool{}
	for _, text := range policies {
		var d document
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Statement {
			when, _ := json.Marshal(s.Condition)
			for _, action := range s.Action {
				for _, resource := range s.Resource {
					if s.Effect != "Allow" {
						t.Fatalf("a statement that is for %s", s.Effect)
					}
					all[fmt.Sprint(action, " ", resource, " ", string(when))] = true
				}
			}
		}
	}
	var out []string
	for k := range all {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// union is one document of several.
func union(t *testing.T, policies []string) *policy.Document {
	t.Helper()
	var out *policy.Document
	for _, text := range policies {
		d, err := policy.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if out == nil {
			out = d
			continue
		}
		out.Statements = append(out.Statements, d.Statements...)
	}
	return out
}

func made(t *testing.T, list ...statement) string {
	t.Helper()
	text, err := document{"2012-10-17", list}.print()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func names(form string, n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf(form, i))
	}
	return out
}

// equal says whether parts allow what the whole does, each of them within the limit.
func equal(t *testing.T, whole string, parts []string, most int) {
	t.Helper()
	if d := cmp.Diff(allowed(t, whole), allowed(t, parts...)); d != "" {
		t.Errorf("they do not allow the same: %s", d)
	}
	for i, p := range parts {
		if n, err := Size(p); err != nil || n > most {
			t.Errorf("part %d has %d characters, and may have %d: %v", i+1, n, most, err)
		}
	}
	if again, err := Split(whole, most); err != nil || !slices.Equal(again, parts) {
		t.Errorf("they are others each time: %v", err)
	}
}

// TestSplit: what is too long is split where it must be, and allows the same.
func TestSplit(t *testing.T) {
	via := condition{"StringEquals": {"kms:ViaService": {"bedrock.eu-west-1.amazonaws.com"}}}
	tables := statement{Effect: "Allow", Action: []string{"dynamodb:DescribeTable", "dynamodb:UpdateTable"}, Resource: names("arn:aws:dynamodb:eu-west-1:111122223333:table/application-%03d", 40)}
	keys := statement{Effect: "Allow", Action: names("kms:Action%d", 30), Resource: []string{"arn:aws:kms:eu-west-1:111122223333:key/*"}, Condition: via}
	for name, c := range map[string]struct {
		list  []statement
		most  int
		parts int
	}{
		"it fits":                  {[]statement{tables, keys}, 6144, 1},
		"between statements":       {[]statement{tables, keys}, 3000, 2},
		"resources of one":         {[]statement{tables}, 1000, 4},
		"actions of one":           {[]statement{keys}, 400, 4},
		"actions and resources":    {[]statement{{Effect: "Allow", Action: keys.Action, Resource: tables.Resource[:3], Condition: via}}, 400, 10},
		"short ones fill the gaps": {[]statement{keys, tables, {Effect: "Allow", Action: []string{"iam:PassRole"}, Resource: []string{"*"}}}, 3000, 2},
	} {
		t.Run(name, func(t *testing.T) {
			whole := made(t, c.list...)
			parts, err := Split(whole, c.most)
			if err != nil {
				t.Fatal(err)
			}
			if len(parts) != c.parts {
				t.Errorf("%d parts, want %d", len(parts), c.parts)
			}
			equal(t, whole, parts, c.most)
			if c.parts == 1 && parts[0] != whole {
				t.Error("what fits is changed")
			}
			u := &symbolic.Universe{Partition: "aws"}
			if got := u.Compare(union(t, []string{whole}), union(t, parts), symbolic.Identity, ""); got.Relation != symbolic.Equal {
				t.Errorf("the solver says %s: %+v %+v", got.Relation, got.More, got.Less)
			}
		})
	}
	long := statement{Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::" + strings.Repeat("x", 500)}}
	if _, err := Split(made(t, long), 400); err == nil || !strings.Contains(err.Error(), "is too long for a policy by itself") {
		t.Errorf("what no policy takes: %v", err)
	}
	for _, bad := range []string{"", "{", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["a"]}]}`, `{"Statement":[{"Effect":"Allow"}]}`} {
		if _, err := Split(bad, 10); err == nil {
			t.Errorf("%q is split", bad)
		}
	}
}

// TestSplitRandom: of any policy, at any limit that one action on one resource fits into.
func TestSplitRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 60 {
		var list []statement
		for range 1 + r.IntN(6) {
			s := statement{Effect: "Allow", Action: names("bedrock:Operation%d", 1+r.IntN(30)), Resource: names(fmt.Sprintf("arn:aws:bedrock:eu-west-%d:111122223333:guardrail/%%d", r.IntN(3)), 1+r.IntN(40))}
			if r.IntN(2) == 0 {
				s.Condition = condition{"StringEquals": {"aws:ResourceTag/a": {fmt.Sprint(r.IntN(3))}}}
			}
			list = append(list, s)
		}
		whole, most := made(t, list...), 250+r.IntN(4000)
		parts, err := Split(whole, most)
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		equal(t, whole, parts, most)
		if t.Failed() {
			t.Fatalf("case %d, at %d: %s", n, most, whole)
		}
	}
}
