package symbolic

import (
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// FuzzCompare compares any two documents: nothing panics, a document is no more
// permissive than itself, and a witness is one.
func FuzzCompare(f *testing.F) {
	for _, c := range keyPolicyCases() {
		f.Add(key(c.a), key(c.b), true)
	}
	f.Add(`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username, 'x'}/*"}}`, `{"Statement":[]}`, false)
	f.Add(key(`"${bedlock:unknown:s}"`), key(`{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"NotAction":"*","NotResource":"?"}`), true)
	f.Fuzz(func(t *testing.T, a, b string, onKey bool) {
		x, err1 := policy.Parse(a)
		y, err2 := policy.Parse(b)
		if err1 != nil || err2 != nil {
			return
		}
		kind, resource := Identity, ""
		if onKey {
			kind, resource = KeyPolicy, theKey
		}
		u := &Universe{Work: 300_000}
		if got := u.NoMorePermissive(x, y, kind, resource); got.Verdict == Exists && got.Witness.Decision.Outcome != authz.Allow {
			t.Errorf("a witness that is not allowed: %v", got.Witness)
		}
		if got := u.NoMorePermissive(x, x, kind, resource); got.Verdict == Exists {
			t.Errorf("more permissive than itself: %s", why(got))
		}
		if onKey {
			if _, err := u.LocksOut(&Target{Key: theKey, Policy: authz.Compile("p", x)}); err != nil {
				t.Error(err)
			}
		}
	})
}
