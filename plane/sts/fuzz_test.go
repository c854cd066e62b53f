package sts

import (
	"encoding/base64"
	"testing"
)

// FuzzOpen: no text that was not sealed is a session, and what was sealed comes back for
// its own access key only.
func FuzzOpen(f *testing.F) {
	s, err := New(Options{Directory: &directory{}, Seal: newGCM(f, 'k')})
	if err != nil {
		f.Fatal(err)
	}
	of := session{Kind: roleSession, Account: home, Name: "app", ID: "AROAAPP", Session: "s1", Tags: []tag{{"Team", "blue", true}}}
	genuine, err := s.issue(&of, hour, 0)
	if err != nil {
		f.Fatal(err)
	}
	raw, _ := base64.StdEncoding.DecodeString(genuine.SessionToken)
	f.Add(genuine.SessionToken, genuine.AccessKeyId)
	f.Add(genuine.SessionToken, "ASIAANOTHER")
	f.Add(base64.StdEncoding.EncodeToString(raw[:20]), genuine.AccessKeyId)
	f.Add(base64.StdEncoding.EncodeToString(append([]byte{2}, raw[1:]...)), genuine.AccessKeyId)
	f.Add("", "")
	f.Add("AQ==", "ASIA")
	f.Fuzz(func(t *testing.T, token, id string) {
		got, err := s.open(token, id)
		if (err == nil) != (token == genuine.SessionToken && id == genuine.AccessKeyId) {
			t.Errorf("%q for %q: %v", token, id, err)
		}
		if err == nil && (got.Secret != genuine.SecretAccessKey || got.ID != "AROAAPP" || got.Tags[0] != of.Tags[0]) {
			t.Errorf("%+v", got.ID)
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
