package symbolic

import (
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// FuzzCompare compares any two documents: nothing panics, a document is no more
// permissive than itself, and a witness is one.
func FuzzCompare(f *testing.F) {
	for i, c := range keyPolicyCases() {
		f.Add(key(c.a), key(c.b), uint8(i%3))
	}
	f.Add(`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username, 'x'}/*"}}`, `{"Statement":[]}`, uint8(3))
	f.Add(key(`"${bedlock:unknown:s}"`), key(`{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"NotAction":"*","NotResource":"?"}`), uint8(0))
	f.Fuzz(func(t *testing.T, a, b string, which uint8) {
		x, err1 := policy.Parse(a)
		y, err2 := policy.Parse(b)
		if err1 != nil || err2 != nil {
			return
		}
		kind, resource := []Kind{KeyPolicy, Endpoint, ResourceControl, Identity}[which%4], theKey
		if kind == Identity {
			resource = ""
		}
		u := &Universe{Work: 300_000}
		if got := u.NoMorePermissive(x, y, kind, resource); got.Verdict == Exists && got.Witness.Decision.Outcome != authz.Allow {
			t.Errorf("a witness that is not allowed: %v", got.Witness)
		}
		if got := u.NoMorePermissive(x, x, kind, resource); got.Verdict == Exists {
			t.Errorf("more permissive than itself: %s", why(got))
		}
		if kind == KeyPolicy {
			if _, err := u.LocksOut(&Target{Key: theKey, Policy: authz.Compile("p", x)}); err != nil {
				t.Error(err)
			}
		}
	})
}
