package kms_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/policy/authz"
)

// These tests run the service on a store on disk.

var (
	rootA = []byte("root key A of the tests, 32 byte")
	rootB = []byte("root key B of the tests, 32 byte")
)

func caller() *kms.Call {
	return &kms.Call{
		Account: "111122223333", Region: "eu-central-1", RequestID: "r",
		Principal: authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/u", Account: "111122223333"},
	}
}

// onDisk opens the service on a store at path.
func onDisk(ctx context.Context, path string, root []byte) (*kms.Service, *sqlite.Store, error) {
	r, err := kms.NewRoot(root)
	if err != nil {
		return nil, nil, err
	}
	st, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	s, err := kms.Open(ctx, kms.Options{Store: st, Root: r, Authorizer: kms.AllowAll{}})
	if err != nil {
		st.Close()
		return nil, nil, err
	}
	return s, st, nil
}

// imported makes a key with known material.
func imported(t *testing.T, s *kms.Service, plaintext []byte, description string) string {
	t.Helper()
	ctx := t.Context()
	key, err := s.CreateKey(ctx, caller(), &kms.CreateKeyInput{Origin: kms.OriginExternal, Description: description})
	if err != nil {
		t.Fatal(err)
	}
	id := key.KeyMetadata.KeyId
	p, err := s.GetParametersForImport(ctx, caller(), &kms.GetParametersForImportInput{KeyId: id, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"})
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(p.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), plaintext, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ImportKeyMaterial(ctx, caller(), &kms.ImportKeyMaterialInput{
		KeyId: id, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestKnownKeyIsNotInTheFiles looks for the bytes of a key, of a deleted one and of the root
// key in every file that a store and its backup consist of, open and closed.
func TestKnownKeyIsNotInTheFiles(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "kms.db")
	s, st, err := onDisk(t.Context(), path, rootA)
	if err != nil {
		t.Fatal(err)
	}
	known, deleted := []byte("known key material, 32 bytes !!!"), []byte("deleted key material of 32 bytes")
	const description = "what the search must find"
	id := imported(t, s, known, description)
	if _, err := s.DeleteImportedKeyMaterial(t.Context(), caller(), &kms.DeleteImportedKeyMaterialInput{KeyId: imported(t, s, deleted, "")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Encrypt(t.Context(), caller(), &kms.EncryptInput{KeyId: id, Plaintext: []byte("plaintext of a caller, nobody's business")}); err != nil {
		t.Fatal(err)
	}
	search := func(when string, want int) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(files) != want {
			t.Fatalf("%s: files are %q, %v, want %d", when, files, err, want)
		}
		told := false
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			told = told || strings.Contains(string(b), description)
			for _, secret := range [][]byte{known, deleted, rootA, []byte("nobody's business")} {
				for _, form := range []string{string(secret), hex.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(secret)} {
					if strings.Contains(string(b), form) {
						t.Errorf("%s: %s holds %q", when, filepath.Base(file), form)
					}
				}
			}
		}
		if !told {
			t.Errorf("%s: the search does not even find the key's description", when)
		}
	}
	if err := st.Backup(t.Context(), filepath.Join(folder, "backup.db")); err != nil {
		t.Fatal(err)
	}
	search("open", 5) // the file, its log, the log's index, the lock, the backup
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	search("closed", 3)
}

// childStore names the store of a test binary that runs as a child.
const childStore = "BEDLOCK_TEST_STORE"

// child runs one test in a process of its own, kills it at a random moment, and hands every
// line that it printed to f.
func child(t *testing.T, test, path string, upTo time.Duration, f func(line string)) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), childStore+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The clock runs from the first line on, so that slow machines test the same.
	var timer *time.Timer
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if timer == nil {
			timer = time.AfterFunc(mathrand.N(upTo), func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
		f(lines.Text())
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() >= 0 {
		t.Fatalf("the child ended by itself: %v", cmd.ProcessState)
	}
}

// rounds is how often to kill: BEDLOCK_KILL_ROUNDS, or n.
func rounds(t *testing.T, n int) int {
	t.Helper()
	if text := os.Getenv("BEDLOCK_KILL_ROUNDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// TestChildRewraps is no test of its own: it changes the root key until it is killed.
func TestChildRewraps(t *testing.T) {
	path := os.Getenv(childStore)
	if path == "" {
		t.Skip("it is the child of TestRewrapKilled")
	}
	s, _, err := onDisk(t.Context(), path, rootA)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		key, name := rootB, "B"
		if i%2 == 1 {
			key, name = rootA, "A"
		}
		root, err := kms.NewRoot(key)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("begun", name)
		if err := s.Rewrap(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		fmt.Println("done", name)
	}
}

// TestRewrapKilled kills a process that changes the root key. Exactly one root key opens the
// store then: the one that was done last, or the one that was begun.
func TestRewrapKilled(t *testing.T) {
	for range rounds(t, 4) {
		path := filepath.Join(t.TempDir(), "kms.db")
		s, _, err := onDisk(t.Context(), path, rootA)
		if err != nil {
			t.Fatal(err)
		}
		id := imported(t, s, []byte("known key material, 32 bytes !!!"), "")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		begun, done := "", "A"
		child(t, "TestChildRewraps", path, 60*time.Millisecond, func(line string) {
			what, name, _ := strings.Cut(line, " ")
			if begun = name; what == "done" {
				done = name
			}
		})
		opens := ""
		for name, root := range map[string][]byte{"A": rootA, "B": rootB} {
			s, _, err := onDisk(t.Context(), path, root)
			if err != nil {
				if want := "open kms: the root key is not that of the store, or the record of the store's key is damaged"; err.Error() != want {
					t.Fatalf("error is %v", err)
				}
				continue
			}
			opens += name
			if _, err := s.DescribeKey(t.Context(), caller(), &kms.DescribeKeyInput{KeyId: id}); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if opens != done && opens != begun {
			t.Errorf("root keys that open the store: %q; %s was done, %s begun", opens, done, begun)
		}
	}
}

// TestChildServes is no test of its own: it makes keys, grants and aliases until it is
// killed, and prints what was acknowledged.
func TestChildServes(t *testing.T) {
	path := os.Getenv(childStore)
	if path == "" {
		t.Skip("it is the child of TestServiceKilled")
	}
	s, _, err := onDisk(t.Context(), path, rootA)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for ctx := context.Background(); ; {
				key, err := s.CreateKey(ctx, caller(), &kms.CreateKeyInput{})
				if err != nil {
					t.Error(err)
					return
				}
				id := key.KeyMetadata.KeyId
				encrypted, err := s.Encrypt(ctx, caller(), &kms.EncryptInput{KeyId: id, Plaintext: []byte(id)})
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Println("key", id, base64.StdEncoding.EncodeToString(encrypted.CiphertextBlob))
				if err := s.CreateAlias(ctx, caller(), &kms.CreateAliasInput{AliasName: "alias/" + id, TargetKeyId: id}); err != nil {
					t.Error(err)
					return
				}
				fmt.Println("alias", id)
				grant, err := s.CreateGrant(ctx, caller(), &kms.CreateGrantInput{KeyId: id, GranteePrincipal: "arn:aws:iam::111122223333:role/r", Operations: []string{"Decrypt"}})
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Println("grant", id, grant.GrantId)
				if err := s.DisableKey(ctx, caller(), &kms.DisableKeyInput{KeyId: id}); err != nil {
					t.Error(err)
					return
				}
				fmt.Println("disabled", id)
			}
		})
	}
	all.Wait()
}

// TestServiceKilled kills a process that serves, again and again on one store: every key,
// alias and grant that was acknowledged is there, and every ciphertext opens.
func TestServiceKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kms.db")
	acknowledged := []string{}
	for range rounds(t, 4) {
		child(t, "TestChildServes", path, 100*time.Millisecond, func(line string) { acknowledged = append(acknowledged, line) })
	}
	s, _, err := onDisk(t.Context(), path, rootA)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	for _, line := range acknowledged {
		what := strings.Fields(line)
		if len(what) < 2 {
			t.Fatalf("the child said %q", line)
		}
		key, err := s.DescribeKey(ctx, caller(), &kms.DescribeKeyInput{KeyId: what[1]})
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch what[0] {
		case "key":
			if key.KeyMetadata.KeyState == kms.DisabledState {
				if err := s.EnableKey(ctx, caller(), &kms.EnableKeyInput{KeyId: what[1]}); err != nil {
					t.Fatal(err)
				}
			}
			blob, err := base64.StdEncoding.DecodeString(what[2])
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.Decrypt(ctx, caller(), &kms.DecryptInput{CiphertextBlob: blob})
			if err != nil || string(out.Plaintext) != what[1] {
				t.Errorf("%s: %v", line, err)
			}
			if key.KeyMetadata.KeyState == kms.DisabledState {
				if err := s.DisableKey(ctx, caller(), &kms.DisableKeyInput{KeyId: what[1]}); err != nil {
					t.Fatal(err)
				}
			}
		case "alias":
			if a, err := s.DescribeKey(ctx, caller(), &kms.DescribeKeyInput{KeyId: "alias/" + what[1]}); err != nil || a.KeyMetadata.KeyId != what[1] {
				t.Errorf("%s: %v", line, err)
			}
		case "grant":
			g, err := s.ListGrants(ctx, caller(), &kms.ListGrantsInput{KeyId: what[1]})
			if err != nil || len(g.Grants) != 1 || g.Grants[0].GrantId != what[2] {
				t.Errorf("%s: %v, %v", line, g, err)
			}
		case "disabled":
			if key.KeyMetadata.KeyState != kms.DisabledState {
				t.Errorf("%s: the key is %s", line, key.KeyMetadata.KeyState)
			}
		}
	}
	t.Logf("%d acknowledged changes, none lost", len(acknowledged))
	if len(acknowledged) < 40 {
		t.Errorf("%d changes: the children hardly began", len(acknowledged))
	}
}
