package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	code "modernc.org/sqlite/lib"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// TestFullDisk runs its child where it may mount a small file system of its own.
func TestFullDisk(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildFillsDisk$", "-test.v")
	cmd.Env = append(os.Environ(), childStore+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, os.ErrPermission), strings.Contains(string(out), "this system lets nobody mount"):
		t.Skipf("no mounts here: %v", err)
	case err != nil || !strings.Contains(string(out), "--- PASS: TestChildFillsDisk"):
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(string(out))
}

// TestChildFillsDisk is the child of TestFullDisk.
func TestChildFillsDisk(t *testing.T) {
	folder := os.Getenv(childStore)
	if folder == "" {
		t.Skip("it is the child of TestFullDisk")
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip("this system lets nobody mount: ", err)
	}
	path, ballast := filepath.Join(folder, "kms.db"), filepath.Join(folder, "ballast")
	write(t, ballast, make([]byte, 1<<20))
	s := opened(t, path)
	want := map[string]string{}
	failures := 0
	fill := func(upTo int) {
		for i := 0; failures < upTo; i++ {
			id, value := fmt.Sprint(failures, "-", i), strings.Repeat("v", 5000)
			err := s.Commit(context.Background(), []kms.Record{put(kms.KindKey, id, value), put(kms.KindMaterial, id, "m")})
			if err == nil {
				want["key "+id], want["material "+id] = value, "m"
				continue
			}
			if failures++; !is(err, code.SQLITE_FULL) || errors.Is(err, store.ErrUnusable) {
				t.Fatalf("full disk: error is %v", err)
			}
		}
	}
	fill(3)
	t.Logf("full after %d commits", len(want)/2)
	holds(t, s, want)
	if err := s.Backup(t.Context(), filepath.Join(folder, "backup.db")); err == nil {
		t.Error("there is room for a backup on a full disk")
	}
	if got := fmt.Sprint(names(t, folder)); got != "[ballast kms.db kms.db-shm kms.db-wal kms.db.lock]" {
		t.Errorf("the backup that failed leaves %s", got)
	}

	// A crash on a full disk loses nothing. Neither does a close that cannot bring the log
	// into the file.
	holds(t, opened(t, copied(t, path, whole()...)), want)
	if err := s.Close(); !is(err, code.SQLITE_FULL) {
		t.Errorf("close on a full disk: error is %v", err)
	}
	s = opened(t, path)
	holds(t, s, want)

	fill(6)
	before := len(want)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	fill(7)
	if len(want) < before+20 {
		t.Errorf("with 1 MiB of room again %d commits were possible", (len(want)-before)/2)
	}
	t.Logf("full again after %d commits", len(want)/2)
	if err := s.Close(); !is(err, code.SQLITE_FULL) {
		t.Errorf("close on a full disk: error is %v", err)
	}
	holds(t, opened(t, path), want)
}
