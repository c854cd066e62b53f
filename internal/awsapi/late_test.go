package awsapi

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
)

// late is a plane whose answers are late and now and then refused, as those of AWS are.
type late struct {
	plane   http.Handler
	latency time.Duration
	// every: each call of this number is throttled.
	every            int64
	calls, throttled atomic.Int64
	// busy is the time that the plane took for answers, in all.
	busy atomic.Int64
}

func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := l.calls.Add(1)
	select {
	case <-r.Context().Done():
		return
	case <-time.After(l.latency):
	}
	// STS and IAM speak XML, in which this refusal would be none.
	if n%l.every == 0 && !strings.Contains(r.Header.Get("Authorization"), "/sts/") && !strings.Contains(r.Header.Get("Authorization"), "/iam/") {
		l.throttled.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Amzn-Errortype", "ThrottlingException")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
		return
	}
	start := time.Now()
	l.plane.ServeHTTP(w, r)
	l.busy.Add(int64(time.Since(start)))
}

// servePlane serves a plane in memory where accounts 100000000000 and on have the same in each Region:
// keys, guardrails and log groups under keys of their own, and a role that may read all.
func servePlane(t *testing.T, l *late, accounts int, regions []string) Options {
	t.Helper()
	o := Options{
		Config:  aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("AKIACOLLECTOR000", "secret", "")},
		Catalog: embedded(t), Role: "auditor", Types: []string{"AWS::Bedrock::Guardrail", "AWS::Logs::LogGroup"}, Regions: regions,
	}
	text := "accounts:\n"
	for i := range accounts {
		account := fmt.Sprint(100000000000 + i)
		o.Accounts = append(o.Accounts, account)
		text += fmt.Sprintf("  %q:\n    roles: [{name: auditor, trust: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Principal: {AWS: \"100000000000\"}, Action: \"sts:AssumeRole\"}]}, attached: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]}]\n", account)
		if i == 0 {
			text += "    users: [{name: collector, access-keys: [{id: AKIACOLLECTOR000, secret: secret}], attached: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]}]\n"
		}
	}
	s, err := seed.Read("seed.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := local.Open(t.Context(), local.Options{Seed: s, NoPage: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range o.Accounts {
		for _, r := range regions {
			furnish(t, p, account, r)
		}
	}
	if l.plane, err = p.Handler(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(l)
	t.Cleanup(func() {
		server.Close()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	o.Config.BaseEndpoint = &server.URL
	return o
}

// furnish makes what an account has in a Region.
func furnish(t *testing.T, p *local.Plane, account, region string) {
	t.Helper()
	who := p.IAM.Root(account)
	ctx, call := plane.As(t.Context(), who, region)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Effect":"Allow","Principal":{"Service":"logs.` + region + `.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*"}]}`
	var keys []string
	for range fleetKeys {
		out, err := p.KMS.CreateKey(ctx, call, &kms.CreateKeyInput{Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, out.KeyMetadata.Arn)
	}
	do := func(api, operation, format string, args ...any) {
		t.Helper()
		if _, err := p.World.Do(t.Context(), who, region, api, operation, fmt.Appendf(nil, format, args...)); err != nil {
			t.Fatalf("%s in %s of %s: %v", operation, region, account, err)
		}
	}
	for i := range fleetGuardrails {
		do("bedrock", "CreateGuardrail", `{"name":"guardrail-%d","blockedInputMessaging":"no","blockedOutputsMessaging":"no","wordPolicyConfig":{"wordsConfig":[{"text":"w"}]},"kmsKeyId":%q}`, i, keys[0])
	}
	for i := range fleetLogGroups {
		do("logs", "CreateLogGroup", `{"logGroupName":"group-%d","kmsKeyId":%q}`, i, keys[1])
	}
}
