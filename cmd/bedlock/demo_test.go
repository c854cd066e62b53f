package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDemo: the first look is short, has each reason once, and ends with what to run next.
func TestDemo(t *testing.T) {
	code, out, stderr := once(t, nil, "demo")
	if code != exitInconclusive || stderr != "" { // the grants of the board's key are not the auditor's to read
		t.Errorf("exit %d, %s", code, stderr)
	}
	if n := strings.Count(out, "\n"); n > 70 {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{
		"\n  proved       ", "\n  sound        ", "\n  exposed      ", "\n  unusable     ", "\n  broken       ", "\n  aws-managed  ", "\n  unkeyed      ", "\n  unread       ",
		"- Bedrock::Guardrail acme and 7 more: key alias/tenant/acme is used by isolation groups acme and initech\n",
		"- S3Vectors::Index hooli and 1 more: key alias/tenant/hooli is pending deletion\n",
		"- Logs::LogGroup /clinic/study-2019: key alias/clinic/study-logs is disabled\n",
		"- SSM::Parameter /tokenmeter/budget/default and 4 more: no key is named: stored as plain String\n",
		"- Bedrock::Guardrail symptom-chat: no key is named: key that AWS owns and manages\n",
	} {
		if strings.Count(out, want) != 1 {
			t.Errorf("%d times %q", strings.Count(out, want), want)
		}
	}
	if !strings.HasSuffix(out, demoNext) {
		t.Errorf("it ends with %q", out[max(0, len(out)-300):])
	}
	if code, whole, _ := once(t, nil, "demo", "--verbose"); code != exitInconclusive || strings.Count(whole, "\n") < 5*strings.Count(out, "\n") {
		t.Errorf("exit %d, --verbose has %d lines", code, strings.Count(whole, "\n"))
	}
}

// TestDemoNext: what the demo says is worth running runs; that its plane is served is in
// TestLocalWellKnown.
func TestDemoNext(t *testing.T) {
	t.Chdir(t.TempDir())
	var ran []string
	for _, line := range regexp.MustCompile(`(?m)^  bedlock (.+?)   `).FindAllStringSubmatch(demoNext, -1) {
		args := strings.Fields(line[1])
		if args[0] == "local" {
			continue
		}
		file := args[len(args)-1]
		if code, _, stderr := once(t, nil, args...); code != exitInconclusive {
			t.Errorf("%s: exit %d, %s", line[1], code, stderr)
		}
		if b, err := os.ReadFile(file); err != nil || len(b) < 100_000 {
			t.Errorf("%s: %d bytes, %v", file, len(b), err)
		}
		ran = append(ran, file)
	}
	if len(ran) != 2 {
		t.Errorf("ran for %q", ran)
	}
}
