package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Control is what the owner of a running plane can ask of it, over a Unix socket in the
// plane's folder that only the owner may use.
type Control struct {
	// Backup writes a backup of the plane's store to a new file.
	Backup func(ctx context.Context, to string) error
}

// ErrNotRunning: no plane listens on the control socket.
var ErrNotRunning = errors.New("no plane is running on this folder")

const controlBackup = "/backup"

type backupRequest struct {
	To string `json:"to"`
}

// Serve answers on the socket at path until ctx ends. A socket that a killed plane left is
// replaced: the caller holds the lock of the folder.
func (c Control) Serve(ctx context.Context, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+controlBackup, func(w http.ResponseWriter, r *http.Request) {
		// A backup takes as long as the store is big; other requests have a minute.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		var in backupRequest
		err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&in)
		if err == nil && !filepath.IsAbs(in.To) {
			err = errors.New("the path of a backup is absolute")
		}
		if err == nil {
			err = c.Backup(r.Context(), in.To)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		}
	})
	return Serve(ctx, l, mux)
}

// RequestBackup asks the plane that listens on a socket for a backup. The error is
// [ErrNotRunning] when there is none.
func RequestBackup(ctx context.Context, socket, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	body, err := json.Marshal(backupRequest{to})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://plane"+controlBackup, bytes.NewReader(body))
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNotRunning
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", bytes.TrimSpace(text))
	}
	return nil
}
