//go:build unix

package emit_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// killing stands before the AWS CLI: it kills its process group, the script in it, before or after
// a call of it. BEFORE and AFTER are the number of the call; 0: none.
const killing = `#!/bin/sh
case "$*" in *--generate-cli-skeleton*) exec %[1]s "$@" ;; esac
n=$(($(cat "$CALLS" 2>/dev/null || echo 0) + 1))
echo "$n" >"$CALLS"
[ "$n" != "${BEFORE-}" ] || kill -KILL 0
rc=0
%[1]s "$@" || rc=$?
[ "$n" != "${AFTER-}" ] || kill -KILL 0
exit "$rc"
`

// serving is a Python program that has loaded the AWS CLI, and runs it for who asks on a socket in
// a copy of itself: most of the time of a call is for loading.
const serving = `
import json, os, socket, sys
import awscli.clidriver, botocore.session
data = os.environ["AWS_DATA_PATH"] # which loading has set
driver = awscli.clidriver.create_clidriver()
loader = driver.session.get_component("data_loader")
for service in ("kms", "logs", "ssm", "sts"):
    driver.session.get_service_model(service); loader.load_service_model(service, "endpoint-rule-set-1")
for name in ("endpoints", "partitions", "cli", "_retry"): loader.load_data(name)
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8)
while True:
    c, _ = s.accept()
    if os.fork():
        c.close()
        try:
            while os.waitpid(-1, os.WNOHANG)[0]: pass
        except ChildProcessError: pass
        continue
    text, fds, _, _ = socket.recv_fds(c, 1 << 20, 3)
    pid = os.fork()
    if not pid:
        for i, fd in enumerate(fds): os.dup2(fd, i)
        said = json.loads(text)
        os.chdir(said["dir"]); os.environ.clear(); os.environ.update(said["env"]); os.environ["AWS_DATA_PATH"] = data
        rc = 255
        try: rc = driver.main(said["argv"])
        except SystemExit as e: rc = e.code or 0
        sys.stdout.flush(); sys.stderr.flush(); os._exit(rc)
    c.sendall(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
    os._exit(0)
`

// asking is the AWS CLI in the eyes of a script that is run beside serving.
const asking = `#!%s -SE
import json, os, socket, sys
c = socket.socket(socket.AF_UNIX); c.connect(%q)
socket.send_fds(c, [json.dumps({"argv": sys.argv[1:], "dir": os.getcwd(), "env": dict(os.environ)}).encode()], [0, 1, 2])
sys.exit(int(c.recv(16) or b"255"))
`

// quickCLI is the AWS CLI, loaded once; where it cannot be, the path of the one that there is.
func quickCLI(t *testing.T, aws string) string {
	t.Helper()
	python, err := exec.Command("python3", "-c", "import awscli.clidriver, sys; print(sys.executable)").Output()
	if err != nil {
		return aws
	}
	dir := t.TempDir()
	path, socket := filepath.Join(dir, "aws"), filepath.Join(dir, "s")
	executable := strings.TrimSpace(string(python))
	if err := os.WriteFile(path, fmt.Appendf(nil, asking, executable, socket), 0o700); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(executable, "-c", serving, socket)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for {
		if _, err := os.Stat(socket); err == nil {
			return path
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the AWS CLI does not load")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// killed is a script beside the AWS CLI that is killed.
type killed struct {
	t        *testing.T
	url, dir string
}

// start starts the script in a process group of its own.
func (k *killed) start(env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	k.t.Helper()
	cmd := exec.Command("sh", append([]string{"plan.sh"}, args...)...)
	cmd.Dir = k.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+k.url, "AWS_ACCESS_KEY_ID=AKIAadmin00000000", "AWS_SECRET_ACCESS_KEY=admin", "AWS_REGION=eu-west-1",
		"AWS_DEFAULT_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/nowhere", "AWS_SHARED_CREDENTIALS_FILE=/nowhere",
		"BEDLOCK_POLL=0", "BEDLOCK_PAUSE=0", "CALLS="+filepath.Join(k.dir, "calls"), "PATH="+filepath.Join(k.dir, "bin")+":"+os.Getenv("PATH"))
	cmd.Env = append(cmd.Env, env...)
	_ = os.Remove(filepath.Join(k.dir, "calls"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	return cmd, &out
}

// run runs the script to its end.
func (k *killed) run(args ...string) {
	k.t.Helper()
	cmd, out := k.start(nil, args...)
	if err := cmd.Wait(); err != nil {
		k.t.Fatalf("%q: %v\n%s", args, err, out)
	}
}

// TestScriptKilled: a script that is killed goes on when it is run again and ends where the plan
// ends, and takes everything back, whenever it was killed. BEDLOCK_KILL_ROUNDS is how often it is
// killed at random; with BEDLOCK_CLI=all it is killed before and after each of its calls.
func TestScriptKilled(t *testing.T) {
	aws := awsCLI(t)
	type kill struct {
		env  string // the point, or random
		undo bool
		back bool // it is the way back that is killed
	}
	var kills []kill
	const calls = 19 // of a whole run
	rounds, _ := strconv.Atoi(os.Getenv("BEDLOCK_KILL_ROUNDS"))
	switch {
	case os.Getenv("BEDLOCK_CLI") == "all":
		aws = quickCLI(t, aws)
		for n := range calls {
			for _, env := range []string{"BEFORE=", "AFTER="} {
				at := env + strconv.Itoa(n+1)
				kills = append(kills, kill{env: at}, kill{env: at, undo: true}, kill{env: at, undo: true, back: true})
			}
		}
	case rounds > 0:
		for i := range rounds {
			kills = append(kills, kill{undo: i%2 == 1, back: i%4 == 3})
		}
	default:
		kills = []kill{{env: "AFTER=12"}}
	}
	seed := seed(hostile)
	for i, kill := range kills {
		t.Run(fmt.Sprintf("%d-%s-%t-%t", i, strings.ReplaceAll(kill.env, "=", "-"), kill.undo, kill.back), func(t *testing.T) {
			p := fixtest.Open(t, seed)
			plan := p.Plan(newKey, fix.Selection{}, "AWS::Logs::LogGroup", "AWS::SSM::Parameter")
			k := killed{t, p.Serve(), filepath.Dir(write(t, plan))}
			for name, text := range map[string]string{"bin/aws": fmt.Sprintf(killing, aws), "bedlock-run-" + plan.ID + "/known": ""} {
				path := filepath.Join(k.dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			before := states(t, p, plan)
			var args []string
			if kill.back {
				k.run()
				args = []string{"--undo"}
			}
			cmd, out := k.start([]string{kill.env}, args...)
			if kill.env == "" {
				time.AfterFunc(time.Duration(rand.IntN(12000))*time.Millisecond, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%v after\n%s", err, out)
			if kill.undo {
				k.run("--undo")
				if d := cmp.Diff(before, states(t, p, plan)); d != "" {
					t.Errorf("after --undo: %s", d)
				}
			} else {
				k.run()
				wantPlanned(t, p, plan)
			}
			if got := p.Call("ssm", "GetParameter", wire.Object{"Name": "/app/secret", "WithDecryption": true}).Text("Parameter.Value"); got != hostile {
				t.Errorf("the value of the parameter is %q", got)
			}
			for _, key := range p.Call("kms", "ListKeys", wire.Object{}).Objects("Keys") {
				meta := p.Call("kms", "DescribeKey", wire.Object{"KeyId": key.Text("KeyId")}).Object("KeyMetadata")
				if kill.undo && meta.Text("KeyManager") == "CUSTOMER" && meta.Text("KeyState") != "PendingDeletion" {
					t.Errorf("a key is left: %v", meta)
				}
			}
			left, err := filepath.Glob(filepath.Join(k.dir, "bedlock-run-*", "tmp*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// wantPlanned wants the states of a plan that is applied, and one key.
func wantPlanned(t *testing.T, p *fixtest.Plane, plan *fix.Plan) {
	t.Helper()
	var keys []string
	for _, key := range p.Call("kms", "ListKeys", wire.Object{}).Objects("Keys") {
		meta := p.Call("kms", "DescribeKey", wire.Object{"KeyId": key.Text("KeyId")}).Object("KeyMetadata")
		if meta.Text("KeyManager") == "CUSTOMER" {
			keys = append(keys, meta.Text("Arn"))
		}
	}
	if len(keys) != 1 {
		t.Fatalf("%d keys: %v", len(keys), keys)
	}
	answers := fix.Answers{plan.Steps[0].ID: {"KeyMetadata": wire.Object{"Arn": keys[0], "KeyId": filepath.Base(keys[0])}}}
	for id, now := range states(t, p, plan) {
		want, err := answers.Object(plan.Step(id).After)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, now); d != "" {
			t.Errorf("%s: %s", id, d)
		}
	}
}
