package kms

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// rootBytes is a root key that tests can look for.
func rootBytes() []byte { return []byte("a root key of tests, 32 bytes !!") }

// sameRoot reports whether one root key opens what the other has sealed.
func sameRoot(t *testing.T, a, b *Root) bool {
	t.Helper()
	if a == nil || b == nil {
		t.Fatal("there is no root key")
	}
	got, err := b.aead.Open(nil, nil, a.aead.Seal(nil, nil, []byte("text"), nil), nil)
	return err == nil && string(got) == "text"
}

func newRoot(t *testing.T, key []byte) *Root {
	t.Helper()
	r, err := NewRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shown reports in which form a text shows a secret; empty: in none.
func shown(text string, secret []byte) string {
	for form, s := range map[string]string{
		"raw": string(secret), "hexadecimal": hex.EncodeToString(secret), "upper hexadecimal": strings.ToUpper(hex.EncodeToString(secret)),
		"base64": base64.RawStdEncoding.EncodeToString(secret), "base64 of URLs": base64.RawURLEncoding.EncodeToString(secret),
		"decimal": strings.Trim(fmt.Sprint(secret), "[]"), "Go": strings.Trim(fmt.Sprintf("%#v", secret), "[]byte{}"),
	} {
		if strings.Contains(text, s) {
			return form
		}
	}
	return ""
}

func TestRootPrintsNothing(t *testing.T) {
	root := newRoot(t, rootBytes())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%p"} {
		for _, v := range []any{root, *root, &Options{Root: root}, Options{Root: root}} {
			if form := shown(fmt.Sprintf(verb, v), rootBytes()); form != "" {
				t.Errorf("%s of a %T shows the key, %s", verb, v, form)
			}
		}
	}
	if got := fmt.Sprint(root); got != "root key" {
		t.Errorf("it prints %q", got)
	}
	b, err := json.Marshal(root)
	if err != nil || string(b) != "{}" {
		t.Errorf("as JSON it is %s, %v", b, err)
	}
	for _, size := range []int{0, 16, 31, 33} {
		_, err := NewRoot(bytes.Repeat([]byte("k"), size))
		if want := fmt.Sprintf("root key: %d bytes, not 32", size); err == nil || err.Error() != want {
			t.Errorf("%d bytes: error is %v, want %s", size, err, want)
		}
	}
}

func TestRootFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	_, err := RootFile(path, false)
	if want := "root key file " + path + ": no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	made, err := RootFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != 32 || info.Mode() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the file is %v, %v", info, err)
	}
	for _, create := range []bool{false, true} {
		again, err := RootFile(path, create)
		if err != nil || !sameRoot(t, made, again) {
			t.Errorf("create %v: the same file gives another key, %v", create, err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !sameRoot(t, made, newRoot(t, b)) {
		t.Error("the key is not what the file holds")
	}
	other, err := RootFile(path+"2", true)
	if err != nil || sameRoot(t, made, other) {
		t.Errorf("two new files give the same key, %v", err)
	}
	_, err = RootFile(filepath.Join(t.TempDir(), "missing", "root.key"), true)
	if err == nil || !strings.HasSuffix(err.Error(), "/missing/root.key: no such file or directory") {
		t.Errorf("error is %v", err)
	}
}

func TestRootFileRefuses(t *testing.T) {
	key := rootBytes()
	for name, c := range map[string]struct {
		bytes []byte
		mode  os.FileMode
		text  string
	}{
		"group reads":     {key, 0o640, "others may use it (mode -rw-r-----); chmod 600 it, and make a new key if somebody may have read it"},
		"everybody reads": {key, 0o604, "others may use it (mode -rw----r--); chmod 600 it, and make a new key if somebody may have read it"},
		"group writes":    {key, 0o620, "others may use it (mode -rw--w----); chmod 600 it, and make a new key if somebody may have read it"},
		"empty":           {nil, 0o600, "it holds 0 bytes, not 32"},
		"short":           {key[:31], 0o600, "it holds 31 bytes, not 32"},
		"long":            {append(key, '\n'), 0o600, "it holds more than 32 bytes, not 32"},
		"zeros":           {make([]byte, 32), 0o600, "all of its bytes are zero, which is no key"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "root.key")
			if err := os.WriteFile(path, c.bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := RootFile(path, true)
			if want := "root key file " + path + ": " + c.text; err == nil || err.Error() != want {
				t.Errorf("error is %v, want %s", err, want)
			}
			if form := shown(fmt.Sprint(err), c.bytes[:min(len(c.bytes), 31)]); form != "" && len(c.bytes) > 0 {
				t.Errorf("the error shows the key, %s: %v", form, err)
			}
			if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, c.bytes) {
				t.Errorf("the file holds %q now, %v", b, err)
			}
		})
	}
	folder := t.TempDir()
	if _, err := RootFile(folder, true); err == nil || err.Error() != "root key file "+folder+": it is no file" {
		t.Errorf("error is %v", err)
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		path := filepath.Join(folder, fmt.Sprint(mode))
		if err := os.WriteFile(path, key[:32], mode); err != nil {
			t.Fatal(err)
		}
		if _, err := RootFile(path, false); err != nil {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
}

func TestRootText(t *testing.T) {
	key := rootBytes()
	text := base64.StdEncoding.EncodeToString(key)
	for _, good := range []string{text, " " + text + "\n"} {
		r, err := RootText(good)
		if err != nil || !sameRoot(t, r, newRoot(t, key)) {
			t.Errorf("%q gives another key, %v", good, err)
		}
	}
	const form = "root key text: it is not base64 of the standard alphabet with padding"
	for bad, want := range map[string]string{
		"":                           "root key text: it is base64 of 0 bytes, not 32",
		strings.TrimRight(text, "="): form,
		text[:20] + " " + text[20:]:  form,
		text[:20] + "*" + text[21:]:  form,
		string(key):                  form,
		hex.EncodeToString(key):      "root key text: it is base64 of 48 bytes, not 32",
		base64.StdEncoding.EncodeToString(key[:31]):         "root key text: it is base64 of 31 bytes, not 32",
		base64.StdEncoding.EncodeToString(make([]byte, 32)): "root key text: all of its bytes are zero, which is no key",
	} {
		_, err := RootText(bad)
		if err == nil || err.Error() != want {
			t.Errorf("%q: error is %v, want %s", bad, err, want)
		}
	}
}
