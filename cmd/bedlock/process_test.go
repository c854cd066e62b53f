//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
)

// process is a `bedlock local` in a process of its own.
type process struct {
	cmd    *exec.Cmd
	url    string
	stdout transcript
	stderr transcript
	ended  chan struct{} // closed when it has ended, and cmd.ProcessState is set
}

// transcript keeps what a process writes, and can be read meanwhile.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// begin starts `bedlock local` and waits for nothing. It is the program that TestMain has
// put on the path, with the environment variables vars and hardly any other.
func begin(t *testing.T, vars []string, args ...string) (p *process, ready <-chan bool) {
	t.Helper()
	p = &process{cmd: exec.Command("bedlock", append([]string{"local", "--listen", "127.0.0.1:0"}, args...)...), ended: make(chan struct{})}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "HOME=" + t.TempDir()}, vars...)
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	said := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			_, _ = p.stdout.Write(append(lines.Bytes(), '\n'))
			if fields := strings.Fields(lines.Text()); strings.HasPrefix(lines.Text(), "bedlock local is ready on ") && p.url == "" {
				p.url = fields[5]
				said <- true
			}
		}
		_ = p.cmd.Wait()
		close(p.ended)
		close(said)
	}()
	return p, said
}

// launch starts `bedlock local` and waits until it is ready.
func launch(t *testing.T, vars []string, args ...string) *process {
	t.Helper()
	p, ready := begin(t, vars, args...)
	if !<-ready {
		t.Fatalf("it ended: %v\n%s%s", p.cmd.ProcessState, &p.stdout, &p.stderr)
	}
	return p
}

// kill ends it as the system does when memory runs out, or the power.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// stop ends it as a supervisor does, and returns its exit code.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("it does not end\n%s", &p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// kms is a client with connections of its own, which tries everything once.
func (p *process) kms(t *testing.T) *awskms.Client { return p.with(t, aws.NopRetryer{}) }

// reader is a client that asks again when the SDK has closed its own connection under a
// large answer. The SDK closes the body of a request once the answer begins; when Go's HTTP
// client looks for the end of that body only then, it is told io.EOF as an error. That
// takes a server as near and as quick as this one.
// Source: smithy-go v1.28.8, transport/http/internal/io/safe.go, WriteTo
func (p *process) reader(t *testing.T) *awskms.Client {
	return p.with(t, retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 20, time.Millisecond, ratelimit.None
		o.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			return aws.BoolTernary(errors.Is(err, net.ErrClosed))
		})}
	}))
}

func (p *process) with(t *testing.T, r aws.Retryer) *awskms.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return awskms.New(awskms.Options{
		Region: localRegion, BaseEndpoint: aws.String(p.url), Retryer: r, HTTPClient: &http.Client{Transport: transport, Timeout: time.Minute},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: localKeyID, SecretAccessKey: localSecret}, nil
		}),
	})
}
