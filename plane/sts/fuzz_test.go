package sts

import (
	"encoding/base64"
	"reflect"
	"testing"
)

// A token of version 1 as it was once made: tokens that are out must open for as long as
// they last.
const (
	recordedID    = "ASIARTX3GSDS7AUUAJML"
	recordedToken = "AQj1eKBeubFakOZapydnugLA3az+nLbYAle1cyEC5sv846twy6qU8UrnxvAKjiEh72YizKfIZB1APflzGj27Ql+Kkj00tgDSij1+ZpJ+Hg6Gba+gO8lsIMkI" +
		"PVWa6yX8MbpcL+VWfMwb/IZmKQuk8wc9kQx/+fGoDpEq9t1+b5VMGmbahF3BSUjwv/lgeStdJ/P5hGoOXfEwbt3Kl0XTKRSs1o3yeu0b7dp6zzIL8xcIGUoM" +
		"ruvodfF7PRaoqAspRT4wY1Cn8uNND7/ZPNzgYAeiITiglba1BFo+iWYMMD/SMRFSzt/d2bliAvZYiO/p8aE1Yswav6BqNqiuGO6hsTiSsEdfHXjinFqvxA0v" +
		"35SHeg9mEHYYh0wL2xqRr39IoaM0WnDJCjJIsj4L3h3FV/WBqbZVM5FkvZiKyIiz35qNCot7XguKrxEqrEPgCMoNLRg="
)

func TestRecordedToken(t *testing.T) {
	s, err := New(Options{Directory: &directory{}, Seal: newGCM(t, 'f')})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.open(recordedToken, recordedID)
	if err != nil {
		t.Fatal(err)
	}
	want := &session{
		Kind: roleSession, Secret: got.Secret, Account: home, Name: "app", ID: "AROAAPP", Session: "s1", PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
		Tags: []tag{{"Team", "blue", true}}, SourceIdentity: "alice", Issued: got.Issued, Expires: got.Issued + 3600,
	}
	if len(got.Secret) != 40 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// FuzzOpen: what was not sealed is no session, whatever the text.
func FuzzOpen(f *testing.F) {
	s, err := New(Options{Directory: &directory{}, Seal: newGCM(f, 'f')})
	if err != nil {
		f.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(recordedToken)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(recordedToken, recordedID)
	f.Add(recordedToken, "ASIAANOTHER")
	f.Add(base64.StdEncoding.EncodeToString(raw[:20]), recordedID)
	f.Add(base64.StdEncoding.EncodeToString(append([]byte{2}, raw[1:]...)), recordedID)
	f.Add(recordedToken[:80]+"\n"+recordedToken[80:], recordedID)
	f.Add("", "")
	f.Add("AQ==", "ASIA")
	f.Fuzz(func(t *testing.T, token, id string) {
		_, err := s.open(token, id)
		if (err == nil) != (token == recordedToken && id == recordedID) {
			t.Errorf("%q for %q: %v", token, id, err)
		}
	})
}

// FuzzAccessKeyID: an id tells the account that it was made for.
func FuzzAccessKeyID(f *testing.F) {
	f.Add(uint64(111122223333), []byte("0123456789"))
	f.Add(uint64(0), make([]byte, 10))
	f.Add(uint64(999999999999), []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, n uint64, random []byte) {
		if len(random) != 10 {
			return
		}
		account := padded(n % 1_000_000_000_000)
		id, err := accessKeyID(account, [10]byte(random))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := accountOf(id); !ok || got != account || len(id) != 20 {
			t.Errorf("%s: %s %v, want %s", id, got, ok, account)
		}
	})
}

func padded(n uint64) string {
	digits := [12]byte{}
	for i := range digits {
		digits[11-i], n = byte('0'+n%10), n/10
	}
	return string(digits[:])
}
