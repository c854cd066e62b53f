package symbolic

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// BenchmarkCompare compares generated key policies of up to four statements, one
// direction each, and reports percentiles.
func BenchmarkCompare(b *testing.B) {
	g := newGenerator(41)
	pairs := make([][2]*policy.Document, 1000)
	for i := range pairs {
		pairs[i] = [2]*policy.Document{g.document(b, true, 4), g.document(b, true, 4)}
	}
	u := &Universe{}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		p := pairs[i%len(pairs)]
		start := time.Now()
		u.NoMorePermissive(p[0], p[1], KeyPolicy, theKey)
		took = append(took, time.Since(start))
	}
	percentiles(b, took)
}

// BenchmarkCompareRoles compares a key policy with 200 patterns of roles with one
// that has 199 of them.
func BenchmarkCompareRoles(b *testing.B) {
	policyOf := func(n int) *policy.Document {
		values := ""
		for i := range n {
			values += fmt.Sprintf(`"arn:aws:iam::111122223333:role/team-%d-*",`, i)
		}
		return doc(b, key(allow(cond(`{"ArnLike":{"aws:PrincipalArn":[`+values[:len(values)-1]+`]}}`))))
	}
	u := &Universe{}
	old, new := policyOf(199), policyOf(200)
	for b.Loop() {
		if u.NoMorePermissive(new, old, KeyPolicy, theKey).Verdict != Exists || u.NoMorePermissive(old, new, KeyPolicy, theKey).Verdict != Never {
			b.Fatal("wrong")
		}
	}
}

func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) }
	b.ReportMetric(at(0.5), "p50-µs")
	b.ReportMetric(at(0.99), "p99-µs")
	b.ReportMetric(at(1), "max-µs")
}

// BenchmarkWhoCan asks who of 1,000 principals, each with a policy of its own, can
// decrypt with a key.
func BenchmarkWhoCan(b *testing.B) {
	u := &Universe{Organization: "o-one", Accounts: []Account{{ID: home, Inside: true}}}
	scp := [][]*authz.Policy{{compiled(b, "scp", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}}`)}}
	for i := range 1000 {
		action := []string{"kms:Decrypt", "kms:*", "s3:*", "kms:Encrypt"}[i%4]
		identity := compiled(b, "identity", fmt.Sprintf(`{"Effect":"Allow","Action":"%s","Resource":"arn:aws:kms:*:111122223333:key/*","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"},"StringEquals":{"aws:PrincipalTag/team":"t%d"}}}`, action, i))
		u.Parties = append(u.Parties, Party{sessionOf(fmt.Sprintf("arn:aws:iam::111122223333:role/r%d", i)), authz.Layers{Identity: []*authz.Policy{identity}, SCPs: scp}})
	}
	target := &Target{Key: theKey, Policy: compiled(b, "key", delegation+","+deny(cond(`{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-one"}}`)))}
	for b.Loop() {
		got, err := u.WhoCan("kms:Decrypt", target)
		if err != nil {
			b.Fatal(err)
		}
		can := 0
		for _, a := range got {
			if a.Verdict == Exists {
				can++
			}
		}
		if can != 504 { // half of the roles, the root user, others of the account
			b.Fatalf("%d can", can)
		}
	}
}
