package iam

import (
	"strings"
	"testing"
)

// TestSeedIDs: entities of a seed have their own unique ids, or new ones.
func TestSeedIDs(t *testing.T) {
	s, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const account = "111122223333"
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`
	for _, err := range []error{
		s.EnsureGroup(t.Context(), account, GroupSeed{ID: "AGPAAAAAAAAAAAAAAAAAA", Name: "g"}),
		s.EnsureUser(t.Context(), account, UserSeed{ID: "AIDAAAAAAAAAAAAAAAAAA", Name: "u", Groups: []string{"g"}}),
		s.EnsureRole(t.Context(), account, RoleSeed{ID: "AROAAAAAAAAAAAAAAAAAA", Name: "r", Trust: trust}),
		s.EnsureRole(t.Context(), account, RoleSeed{Name: "new", Trust: trust}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if u := s.User(account, "u"); u.ID != "AIDAAAAAAAAAAAAAAAAAA" {
		t.Error(u.ID)
	}
	if r := s.Role(account, "r"); r.ID != "AROAAAAAAAAAAAAAAAAAA" {
		t.Error(r.ID)
	}
	if r := s.Role(account, "new"); !strings.HasPrefix(r.ID, "AROA") || len(r.ID) != 21 || r.ID == "AROAAAAAAAAAAAAAAAAAA" {
		t.Error(r.ID)
	}
}

// TestLongPolicy: a policy of a seed may be as long as AWS's own are, if the seed says so.
func TestLongPolicy(t *testing.T) {
	s, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Repeat(`a:b","`, 2000) + `a:c"],"Resource":"*"}]}`
	if err := s.EnsurePolicy(t.Context(), "111122223333", PolicySeed{Name: "long", Document: document}); err == nil || !strings.Contains(err.Error(), "LimitExceeded") {
		t.Error(err)
	}
	if err := s.EnsurePolicy(t.Context(), "111122223333", PolicySeed{Name: "long", Document: document, Long: true}); err != nil {
		t.Error(err)
	}
}
