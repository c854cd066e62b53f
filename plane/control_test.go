package plane

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestControl(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	if err := RequestBackup(t.Context(), socket, "b"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("without a plane: %v", err)
	}
	if err := os.WriteFile(socket, nil, 0o600); err != nil { // as a killed plane leaves it
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan string, 1)
	served := make(chan error, 1)
	control := Control{Backup: func(_ context.Context, to string) error {
		asked <- to
		if filepath.Base(to) == "full" {
			return errors.New("the disk is full")
		}
		return nil
	}}
	go func() { served <- control.Serve(ctx, socket) }()
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(socket); err == nil && info.Mode().Type() == os.ModeSocket && info.Mode().Perm() == 0o600 {
			break
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatal("the socket does not come")
		}
	}
	t.Chdir(dir)
	if err := RequestBackup(t.Context(), socket, "b"); err != nil {
		t.Error(err)
	}
	if got, want := <-asked, filepath.Join(dir, "b"); got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	if err := RequestBackup(t.Context(), socket, "full"); err == nil || err.Error() != "the disk is full" {
		t.Errorf("a backup that fails: %v", err)
	}
	<-asked
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := RequestBackup(t.Context(), socket, "b"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after the end: %v", err)
	}
}
