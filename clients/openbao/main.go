// Command openbao drives the server OpenBao, which AWS KMS unseals.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Version(version())
	key := drive.EncryptionKey()
	if err := configure(key); err != nil {
		panic(err)
	}
	d.Step("init, write a secret", func(ctx context.Context) error {
		s := start()
		defer s.stop()
		out, err := s.bao(ctx, "operator", "init", "-format=json", "-recovery-shares=1", "-recovery-threshold=1")
		if err != nil {
			return err
		}
		var made struct {
			RootToken string `json:"root_token"`
		}
		if err := json.Unmarshal([]byte(out), &made); err != nil {
			return err
		}
		if err := os.Setenv("BAO_TOKEN", made.RootToken); err != nil {
			return err
		}
		if err := s.unsealed(ctx); err != nil {
			return err
		}
		if _, err := s.bao(ctx, "secrets", "enable", "-path=secret", "kv"); err != nil {
			return err
		}
		_, err = s.bao(ctx, "kv", "put", "secret/fox", "value=quick")
		return err
	})
	opens := func(ctx context.Context) error {
		s := start()
		defer s.stop()
		if err := s.unsealed(ctx); err != nil {
			return err
		}
		got, err := s.bao(ctx, "kv", "get", "-field=value", "secret/fox")
		if err != nil {
			return err
		}
		return drive.Same(got, "quick")
	}
	d.Step("kill, start: unseals itself, the secret is there", opens)
	d.Step("RotateKeyOnDemand, start: unseals itself", func(ctx context.Context) error {
		if err := drive.Rotate(ctx, key); err != nil {
			return err
		}
		return opens(ctx)
	})
	for _, who := range []string{"nobody", "stranger"} {
		d.Step("start by "+who+" is denied", func(ctx context.Context) error {
			return drive.As(who, func() error { return drive.Refused(opens(ctx), "AccessDeniedException") })
		})
	}
	d.Step("DisableKey, start stays sealed; EnableKey, start unseals", func(ctx context.Context) error {
		if _, err := drive.KMS("app").DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key}); err != nil {
			return err
		}
		s := start()
		err := s.says(ctx, "DisabledException") // it tries again and again
		s.stop()
		if err != nil {
			return err
		}
		if _, err := drive.KMS("app").EnableKey(ctx, &kms.EnableKeyInput{KeyId: &key}); err != nil {
			return err
		}
		return opens(ctx)
	})
	d.Done()
}

// version is the second word of "OpenBao v2.6.2 (…)".
func version() string {
	out, err := drive.Run(context.Background(), "bao", "version")
	if f := strings.Fields(out); err == nil && len(f) > 1 {
		return strings.TrimPrefix(f[1], "v")
	}
	return "of unknown version"
}

// configure writes the settings of the server, with a port that was free a moment ago.
func configure(key string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	if err := os.Setenv("BAO_ADDR", "http://"+address); err != nil {
		return err
	}
	return os.WriteFile("bao.hcl", fmt.Appendf(nil, `
storage "file" { path = "bao.data" }
listener "tcp" {
  address     = %q
  tls_disable = true
}
seal "awskms" {
  region     = "eu-west-1"
  endpoint   = %q
  kms_key_id = %q
}
`, address, os.Getenv("AWS_ENDPOINT_URL"), key), 0o600)
}

const logFile = "bao.log"

// server is a running server; ended is closed when it is not any more.
type server struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func start() *server {
	log, err := os.Create(logFile)
	if err != nil {
		panic(err)
	}
	s := &server{cmd: exec.Command("bao", "server", "-config=bao.hcl"), ended: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		panic(err)
	}
	go func() {
		defer log.Close()
		s.cmd.Wait() // that it ended tells all: it was killed, or said why
		close(s.ended)
	}()
	return s
}

func (s *server) stop() {
	s.cmd.Process.Kill() // it may have ended by itself
	<-s.ended
}

// bao runs a command against the server once it answers.
func (s *server) bao(ctx context.Context, args ...string) (string, error) {
	for {
		out, err := drive.Run(ctx, "bao", args...)
		if err == nil || !strings.Contains(err.Error(), "connection refused") {
			return out, err
		}
		if err := s.pause(ctx); err != nil {
			return "", err
		}
	}
}

// unsealed waits until the server has unsealed itself.
func (s *server) unsealed(ctx context.Context) error {
	for {
		out, _ := s.bao(ctx, "status", "-format=json") // while it is sealed, that is its exit code
		var status struct {
			Sealed bool
		}
		if json.Unmarshal([]byte(out), &status) == nil && out != "" && !status.Sealed {
			return nil
		}
		if err := s.pause(ctx); err != nil {
			return err
		}
	}
}

// says waits until the server has said something.
func (s *server) says(ctx context.Context, text string) error {
	for !strings.Contains(said(), text) {
		if err := s.pause(ctx); err != nil {
			return err
		}
	}
	return nil
}

func said() string {
	b, err := os.ReadFile(logFile)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// pause waits a little; the error is what the server said when it has ended, or time
// is over.
func (s *server) pause(ctx context.Context) error {
	select {
	case <-s.ended:
		return fmt.Errorf("the server ended: %s", said())
	case <-ctx.Done():
		return fmt.Errorf("%w; the server says: %s", ctx.Err(), said())
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}
