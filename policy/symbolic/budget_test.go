package symbolic

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestBudget asks what cannot be answered cheaply: the answer is Unknown, or an
// exact one, within bounded time.
func TestBudget(t *testing.T) {
	many := func(n int, form string) string {
		var out []string
		for i := range n {
			out = append(out, `"`+strings.ReplaceAll(form, "%", string(rune('a'+i%26))+fmt.Sprint(i/26))+`"`)
		}
		return "[" + strings.Join(out, ",") + "]"
	}
	like := func(values string) string { return allow(cond(`{"StringLike":{"kms:ViaService":` + values + `}}`)) }
	unlike := func(values string) string { return allow(cond(`{"StringNotLike":{"kms:ViaService":` + values + `}}`)) }
	all := func(n int, form string) string { // a conjunction: one operator per statement of Deny
		out := allow("")
		for i := range n {
			out += "," + deny(cond(`{"StringNotLike":{"kms:ViaService":"`+strings.ReplaceAll(form, "%", string(rune('a'+i)))+`"}}`))
		}
		return out
	}
	cases := []struct {
		name, a, b string
		want       []Verdict
	}{
		{"one pattern of many runs", like(`"` + strings.Repeat("a*", 400) + `b"`), like(`"` + strings.Repeat("a*", 401) + `b"`), []Verdict{Exists}},
		{"many runs, proof", like(`"` + strings.Repeat("a*", 60) + `b"`), like(`"` + strings.Repeat("a*", 59) + `b"`), []Verdict{Never}},
		{"union of two-letter patterns", like(many(12, "*%*Z*")), like(many(12, "*%*")), []Verdict{Never}},
		{"conjunction of twenty patterns", all(20, "*%*%*"), all(20, "*%*%*") + "," + deny(cond(`{"StringLike":{"kms:ViaService":"*"}}`)), []Verdict{Exists, Unknown}},
		{"conjunction that no text satisfies", all(18, "*%*%?*") + "," + deny(cond(`{"StringLike":{"kms:ViaService":"*z*"}}`)) + "," + deny(cond(`{"StringNotLike":{"kms:ViaService":"*z"}}`)), like(`"none"`), []Verdict{Never, Unknown}},
		{"two hundred values", like(many(200, "role-%-*")), unlike(many(200, "role-%-*")), []Verdict{Exists}},
		{"a thousand values, equal", like(many(1000, "role-%-*")), like(many(1000, "role-%-*")), []Verdict{Never}},
		{"three thousand statements of as many accounts", crowd(3000, true), crowd(3000, true), []Verdict{Never}},
		{"ten thousand accounts", crowd(10_000, false), crowd(10_000, false), []Verdict{Never}},
	}
	u := &Universe{}
	for _, c := range cases {
		a, b := doc(t, key(c.a)), doc(t, key(c.b))
		start := time.Now()
		got := u.NoMorePermissive(a, b, KeyPolicy, theKey)
		took := time.Since(start)
		t.Logf("%s: %v %s in %v", c.name, got.Verdict, got.Reason, took.Round(time.Millisecond))
		ok := false
		for _, v := range c.want {
			ok = ok || got.Verdict == v
		}
		if !ok {
			t.Errorf("%s: %v, want one of %v", c.name, got.Verdict, c.want)
		}
		if took > 20*time.Second {
			t.Errorf("%s took %v", c.name, took)
		}
	}
	small := &Universe{Work: 200}
	if got := small.NoMorePermissive(doc(t, key(all(10, "*%*"))), doc(t, key(like(`"x"`))), KeyPolicy, theKey); got.Verdict != Unknown || got.Reason != outOfWork {
		t.Errorf("small budget: %v %q", got.Verdict, got.Reason)
	}
}

// TestNotKnown: what inputs do not know leaves the answer open, unless it does not
// matter.
func TestNotKnown(t *testing.T) {
	unknown := `"${bedlock:unknown:x}"`
	for _, c := range []struct {
		name, statements string
		want             Verdict
	}{
		{"value", allow(cond(`{"StringEquals":{"kms:ViaService":` + unknown + `}}`)), Unknown},
		{"part of a value", allow(cond(`{"StringEquals":{"kms:ViaService":"s3.${bedlock:unknown:region}.amazonaws.com"}}`)), Unknown},
		{"action", `{"Effect":"Allow","Principal":"*","Action":` + unknown + `,"Resource":"*"}`, Unknown},
		{"denied anyway", allow(cond(`{"StringEquals":{"kms:ViaService":`+unknown+`}}`)) + "," + deny(""), Never},
		{"two unknowns need not be one", allow(cond(`{"StringEquals":{"kms:ViaService":`+unknown+`}}`)) + "," + deny(cond(`{"StringEquals":{"kms:ViaService":`+unknown+`}}`)), Unknown},
		{"allowed anyway", allow(cond(`{"StringEquals":{"kms:ViaService":`+unknown+`}}`)) + "," + allow(""), Exists},
		{"outside ASCII", allow(cond(`{"StringEquals":{"aws:PrincipalTag/team":"blå"}}`)), Unknown},
		{"outside ASCII, denied anyway", allow(cond(`{"StringEquals":{"aws:PrincipalTag/team":"blå"}}`)) + "," + deny(cond(`{"StringLike":{"aws:PrincipalTag/team":"bl*"}}`)), Never},
	} {
		d := doc(t, key(c.statements))
		got, err := (&Universe{Accounts: []Account{{ID: home, Closed: true}}}).WhoCan("kms:Decrypt", &Target{Key: theKey, Policy: authz.Compile("key", d)})
		if err != nil {
			t.Fatal(err)
		}
		if root := got[0]; root.Verdict != c.want || c.want == Unknown && root.Reason == "" {
			t.Errorf("%s: %s %v %q, want %v", c.name, root.Who, root.Verdict, root.Reason, c.want)
		}
	}
}
