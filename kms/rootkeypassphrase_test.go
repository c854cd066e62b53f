package kms

import (
	"bytes"
	"crypto/fips140"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const passphrase = "correct horse battery"

// parameters writes a file of parameters.
func parameters(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "root.kdf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRootPassphraseVectors has keys that the reference implementation of Argon2 gave, by
// argon2-cffi 25.1.0.
func TestRootPassphraseVectors(t *testing.T) {
	for text, want := range map[string]string{
		`{"kdf":"argon2id","version":19,"time":3,"memoryKiB":65536,"lanes":4,"salt":"MDEyMzQ1Njc4OWFiY2RlZg=="}`: "5220483d4ba1637c5d5df43b377a7f6aed39a6159693d0029a3e4f76d50669ab",
		`{"kdf":"argon2id","version":19,"time":2,"memoryKiB":19456,"lanes":1,"salt":"MDEyMzQ1Njc4OWFiY2RlZg=="}`: "ebd23ba828c34ec430850a85be94098aa108d25190bf10bce1f5c4d0ab7171ae",
	} {
		root, err := RootPassphrase([]byte(passphrase), parameters(t, text), false)
		if err != nil {
			t.Fatal(err)
		}
		key, err := hex.DecodeString(want)
		if err != nil {
			t.Fatal(err)
		}
		if !sameRoot(t, root, newRoot(t, key)) {
			t.Errorf("%s gives another key", text)
		}
	}
}

func TestRootPassphraseKeepsItsParameters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.kdf")
	_, err := RootPassphrase([]byte(passphrase), path, false)
	if want := "root key from a passphrase: parameters in " + path + ": no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	made, err := RootPassphrase([]byte(passphrase), path, true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := RootPassphrase([]byte(passphrase), path, true)
	if err != nil || !sameRoot(t, made, again) {
		t.Errorf("the same passphrase gives another key, %v", err)
	}
	wrong, err := RootPassphrase([]byte(passphrase+"!"), path, false)
	if err != nil || sameRoot(t, made, wrong) {
		t.Errorf("another passphrase gives the same key, %v", err)
	}
	elsewhere, err := RootPassphrase([]byte(passphrase), path+"2", true)
	if err != nil || sameRoot(t, made, elsewhere) {
		t.Errorf("another salt gives the same key, %v", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d derivation
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(d.KDF, d.Version, d.Time, d.Memory, d.Lanes, len(d.Salt)); got != "argon2id19 3 65536 4 16" {
		t.Errorf("the parameters are %s", got)
	}
	if bytes.Contains(b, []byte(passphrase)) {
		t.Error("the file holds the passphrase")
	}
}

func TestRootPassphraseRefuses(t *testing.T) {
	const salt = `"MDEyMzQ1Njc4OWFiY2RlZg=="`
	good := `{"kdf":"argon2id","version":19,"time":1,"memoryKiB":19456,"lanes":1,"salt":` + salt + `}`
	if _, err := RootPassphrase([]byte(passphrase), parameters(t, good), false); err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]string{
		"argon2id argon2i":                 `kdf "argon2i" of version 19 is not known; this program knows argon2id of version 19`,
		"19, 16,":                          `kdf "argon2id" of version 16 is not known; this program knows argon2id of version 19`,
		"19456 19455":                      "memoryKiB is 19455, not in 19456 … 1048576",
		"19456 1048577":                    "memoryKiB is 1048577, not in 19456 … 1048576",
		`"time":1 "time":0`:                "time is 0, not in 1 … 10",
		`"time":1 "time":11`:               "time is 11, not in 1 … 10",
		`"lanes":1 "lanes":0`:              "lanes is 0, not in 1 … 16",
		`"lanes":1 "lanes":17`:             "lanes is 17, not in 1 … 16",
		salt + ` "MDEy"`:                   "salt has 3 bytes, not 16 … 64",
		salt + " null":                     "salt has 0 bytes, not 16 … 64",
		"} }x":                             "something follows the JSON object",
		`"lanes":1, "threads":1,`:          `json: unknown field "threads"`,
		good + " ":                         "EOF",
		good + " {":                        "unexpected EOF",
		"} }" + strings.Repeat("\n", 1024): "the file holds more than 1024 bytes",
	} {
		old, replacement, _ := strings.Cut(change, " ")
		path := parameters(t, strings.Replace(good, old, replacement, 1))
		_, err := RootPassphrase([]byte(passphrase), path, true)
		if want := "root key from a passphrase: parameters in " + path + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%.60s: error is\n%v\nwant\n%s", change, err, want)
		}
	}
	for _, short := range []string{"", "1234567"} {
		path := filepath.Join(t.TempDir(), "root.kdf")
		_, err := RootPassphrase([]byte(short), path, true)
		if want := fmt.Sprintf("root key from a passphrase: it has %d bytes, the least is 8", len(short)); err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("the parameters of a refused passphrase are kept")
		}
	}
}

func FuzzParseDerivation(f *testing.F) {
	f.Add([]byte(`{"kdf":"argon2id","version":19,"time":3,"memoryKiB":65536,"lanes":4,"salt":"MDEyMzQ1Njc4OWFiY2RlZg=="}` + "\n"))
	f.Add([]byte(`{"kdf":"argon2id","version":19,"time":4294967295,"memoryKiB":4294967295,"lanes":255,"salt":""}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseDerivation(b)
		if err != nil {
			return
		}
		if d.Time < 1 || d.Time > timeMax || d.Memory < memoryMin || d.Memory > memoryMax || d.Lanes < 1 || d.Lanes > lanesMax || len(d.Salt) < saltMin {
			t.Errorf("%s is accepted: %+v", b, d)
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if e, err := parseDerivation(again); err != nil || fmt.Sprint(e) != fmt.Sprint(d) {
			t.Errorf("%+v is written as %s, and read as %+v, %v", d, again, e, err)
		}
	})
}

// TestRootUnderFIPS: with FIPS 140-3 enforced, files and texts work and passphrases are
// refused, in a process of its own.
func TestRootUnderFIPS(t *testing.T) {
	if !fips140.Enforced() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRootUnderFIPS$", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestRootUnderFIPS") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "root.key")
	root, err := RootFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := RootFile(path, false); err != nil || !sameRoot(t, root, again) {
		t.Errorf("the file gives another key, %v", err)
	}
	_, err = RootPassphrase([]byte(passphrase), path+".kdf", true)
	if want := "root key from a passphrase: Argon2id is not approved by FIPS 140-3, which this process enforces; use a file or a text"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}
