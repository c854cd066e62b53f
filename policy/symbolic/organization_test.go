package symbolic

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestOrganizationPaths: the paths of an organization are there with its id, whether
// they are of the principal, of the key or of the source for which a service acts.
func TestOrganizationPaths(t *testing.T) {
	both := func(whose, effect, id, paths string) string {
		return `{"` + effect + `":{"aws:` + whose + `OrgID":"` + id + `"},"ForAnyValue:StringLike":{"aws:` + whose + `OrgPaths":"` + paths + `"}}`
	}
	const service = `{"Service":"logs.amazonaws.com"}`
	inside := []Account{{ID: home, Inside: true, Closed: true}}
	outside := []Account{{ID: home, Closed: true}}
	party := []Party{{authz.Principal{Kind: authz.User, ARN: userA, Account: home}, authz.Layers{}}}
	for _, c := range []struct {
		name         string
		accounts     []Account
		organization string
		who, when    string
		want         Verdict
	}{
		{"a source of the organization", nil, "", service, both("Source", "StringEquals", "o-a", "o-a/r-1/*"), Exists},
		{"a source of two", nil, "", service, both("Source", "StringEquals", "o-a", "o-b/r-1/*"), Never},
		{"a source that is not, with its path", nil, "", service, both("Source", "StringNotEquals", "o-a", "o-a/r-1/*"), Never},
		{"a path without an id", nil, "", service, `{"Null":{"aws:SourceOrgID":"true"},"ForAnyValue:StringLike":{"aws:SourceOrgPaths":"o-a/*"}}`, Never},
		{"no path of the organization", nil, "", service, `{"StringEquals":{"aws:SourceOrgID":"o-a"},"ForAllValues:StringNotLike":{"aws:SourceOrgPaths":"o-a/*"},"Null":{"aws:SourceOrgPaths":"false"}}`, Never},
		{"no path at all", nil, "", service, `{"StringEquals":{"aws:SourceOrgID":"o-a"},"Null":{"aws:SourceOrgPaths":"true"}}`, Exists},
		{"a wildcard instead of the id", nil, "", service, both("Source", "StringLike", "o-*", "o-b/*"), Exists},

		{"a principal of which it is not known", nil, "", namesUser, both("Principal", "StringEquals", "o-a", "o-a/*"), Exists},
		{"a principal of two", nil, "", namesUser, both("Principal", "StringEquals", "o-a", "o-b/*"), Never},
		{"a principal inside", inside, "o-a", namesUser, both("Principal", "StringEquals", "o-a", "o-a/*"), Exists},
		{"a principal inside another", inside, "o-a", namesUser, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-b/*"}}`, Never},
		{"a principal outside", outside, "o-a", namesUser, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a/*"}}`, Never},
		{"a principal outside, of another", outside, "o-a", namesUser, both("Principal", "StringEquals", "o-b", "o-b/*"), Exists},
		{"a principal outside, of two", outside, "o-a", namesUser, both("Principal", "StringEquals", "o-b", "o-c/*"), Never},

		{"a key inside", inside, "o-a", namesUser, both("Resource", "StringEquals", "o-a", "o-a/*"), Exists},
		{"a key inside another", inside, "o-a", namesUser, `{"StringEquals":{"aws:ResourceOrgID":"o-b"}}`, Never},
		{"a key inside, by paths of another", inside, "o-a", namesUser, `{"ForAnyValue:StringLike":{"aws:ResourceOrgPaths":"o-b/*"}}`, Never},
		{"a key outside", outside, "o-a", namesUser, `{"StringEquals":{"aws:ResourceOrgID":"o-a"}}`, Never},
		{"a key outside, by paths", outside, "o-a", namesUser, `{"ForAnyValue:StringLike":{"aws:ResourceOrgPaths":"o-a/*"}}`, Never},
		{"a key outside, of another", outside, "o-a", namesUser, both("Resource", "StringEquals", "o-b", "o-b/*"), Exists},
		{"a key of which it is not known", nil, "", namesUser, both("Resource", "StringEquals", "o-a", "o-b/*"), Never},
	} {
		u := &Universe{Organization: c.organization, Accounts: c.accounts, Parties: party}
		who := userA
		if c.who == service {
			who, u.Parties = "logs.amazonaws.com", append(slices.Clone(party), Party{Principal: authz.Principal{Kind: authz.Service, ARN: "logs.amazonaws.com"}})
		}
		target := &Target{Key: theKey, Policy: compiled(t, "key", allowTo(c.who, c.when))}
		got, err := u.WhoCan("kms:Decrypt", target)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(got, func(a Access) bool { return a.Who == who })
		if got[at].Verdict != c.want {
			t.Errorf("%s: %v %s, want %v", c.name, got[at].Verdict, why(got[at].Answer), c.want)
		}
		reached, err := u.Reach("kms:Decrypt", []*Target{target})
		if err != nil {
			t.Fatal(err)
		}
		if len(reached[0]) > 0 != (c.want == Exists) {
			t.Errorf("%s: reach says %v, want %v", c.name, reached[0], c.want)
		}
		if w := got[at].Witness; w != nil {
			for _, whose := range members {
				for _, path := range w.Request.Context["aws:"+whose+"orgpaths"].Values {
					if id := w.Request.Context["aws:"+whose+"orgid"].Values; len(id) != 1 || !strings.HasPrefix(path, id[0]+"/") {
						t.Errorf("%s: the witness has %s of %s", c.name, path, id)
					}
				}
			}
		}
	}
}

const namesUser = `{"AWS":"` + userA + `"}`

func TestStart(t *testing.T) {
	for text, want := range map[string]string{"": "", "abc": "abc", "a*c": "a", "*": "", "a?c": "a"} {
		var l letters
		for i := range len(text) {
			l = append(l, letter{text[i], text[i] == '*' || text[i] == '?'})
		}
		if got := l.like().start(); got != want {
			t.Errorf("%q: %q", text, got)
		}
		if p := l.fold(); text == "abc" && p.start() != "" {
			t.Errorf("two cases: %q", p.start())
		}
	}
}
