package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// smallDisk names a folder to the child of TestLocalFullDisk.
const smallDisk = "BEDLOCK_TEST_SMALL_DISK"

// TestLocalFullDisk runs its child where it may mount a small file system of its own.
func TestLocalFullDisk(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildOnSmallDisk$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, os.ErrPermission), strings.Contains(string(out), "this system lets nobody mount"):
		t.Skipf("no mounts here: %v", err)
	case err != nil || !strings.Contains(string(out), "--- PASS: TestChildOnSmallDisk"):
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(string(out))
}

// TestChildOnSmallDisk is the child of TestLocalFullDisk. On a full disk changes are
// refused, everything else goes on, and nothing acknowledged is lost, whatever ends the
// program; with room again changes go on too.
func TestChildOnSmallDisk(t *testing.T) {
	disk := os.Getenv(smallDisk)
	if disk == "" {
		t.Skip("it is the child of TestLocalFullDisk")
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=3m"); err != nil {
		t.Skip("this system lets nobody mount: ", err)
	}
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(disk, "data")
	p := launch(t, nil, "--data", data)
	c := &changer{name: "full", keys: map[string]*kept{}}
	full := func() {
		t.Helper()
		before := c.n
		fill(t, p, c)
		t.Logf("full after %d calls", c.n-before)
		if !strings.Contains(p.stderr.String(), "database or disk is full") {
			t.Errorf("nothing says why: %s", &p.stderr)
		}
		c.check(t, p)
	}
	full()
	p.kill()
	p = launch(t, nil, "--data", data)
	c.check(t, p)
	full()
	code := p.stop(t)
	lines := strings.Split(p.stderr.String(), "\n")
	want := []string{
		"bedlock: iam: last uses: commit to store " + filepath.Join(data, dataStore) + ": database or disk is full (13)",
		"KMSInternalException: commit: commit to store " + filepath.Join(data, dataStore) + ": database or disk is full (13)",
		"close store " + filepath.Join(data, dataStore) + ": database or disk is full (13)",
		"  hint: every change that was acknowledged is in --data; what --trail has not written is lost", "",
	}
	if got := lines[max(0, len(lines)-len(want)):]; code != exitFailed || !slices.Equal(got, want) {
		t.Errorf("ended on a full disk: exit %d, %q", code, got)
	}
	p = launch(t, nil, "--data", data)
	c.check(t, p)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	before := c.n
	full()
	if c.n < before+20 {
		t.Errorf("with 1 MiB of room again %d calls were possible", c.n-before)
	}
	p.kill()
	if strings.Contains(p.stderr.String(), "panic") {
		t.Error(p.stderr.String())
	}

	// A folder that a start could not fill is filled by the next.
	stuff(t, filepath.Join(disk, "rest"))
	other := filepath.Join(disk, "other")
	var stderr string
	code, _, stderr = once(t, nil, "local", "--listen", "127.0.0.1:0", "--data", other)
	if code != exitUsage || !strings.Contains(stderr, "no space left on device") && !strings.Contains(stderr, "disk is full") {
		t.Errorf("a start on a full disk: exit %d, %s", code, stderr)
	}
	if err := os.Remove(filepath.Join(disk, "rest")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	p = launch(t, nil, "--data", other)
	if code := p.stop(t); code != 0 {
		t.Errorf("exit %d, %s", code, &p.stderr)
	}

	// Records that find no room hold no call up, and the end says that they are missing.
	trail := filepath.Join(disk, "trail")
	p = launch(t, nil, "--data", other, "--trail", trail)
	made, err := p.kms(t).CreateKey(t.Context(), &awskms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	stuff(t, filepath.Join(disk, "rest"))
	for range 20 {
		if _, err := p.kms(t).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: made.KeyMetadata.KeyId, Plaintext: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	code = p.stop(t)
	if said := p.stderr.String(); code != exitFailed || !strings.Contains(said, "bedlock: cloudtrail: write "+trail) || !strings.HasSuffix(said, "\n"+want[len(want)-2]+"\n") {
		t.Errorf("ended with records that find no room: exit %d, %s", code, said)
	}
}

// fill makes changes until ten of them found no room.
func fill(t *testing.T, p *process, c *changer) {
	t.Helper()
	client := p.kms(t)
	for failures := 0; failures < 10; {
		call, then := c.next(client)
		err := call(t.Context())
		if err == nil {
			then(c.keys)
			continue
		}
		failures++
		var refusal smithy.APIError
		var answer *smithyhttp.ResponseError
		if !errors.As(err, &refusal) || refusal.ErrorCode() != "KMSInternalException" || !errors.As(err, &answer) || answer.HTTPStatusCode() != 500 {
			t.Fatalf("full disk: %v\n%s", err, &p.stderr)
		}
	}
	for id, k := range c.keys {
		if k.State != "Enabled" {
			continue
		}
		if _, err := client.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: &id, Plaintext: []byte("x")}); err != nil {
			t.Errorf("on a full disk %s does not encrypt: %v", id, err)
		}
	}
}

// stuff fills a file system with one file.
func stuff(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{64 << 10, 4096, 1} {
		for err = error(nil); err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}
