package metrics

import (
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

const keyARN = "arn:aws:kms:eu-west-1:111122223333:key/1"

var (
	kmsService = &plane.Service{Name: "kms"}
	stsService = &plane.Service{Name: "sts", Global: true}
)

// scrape is the text of a scrape, without the metrics of the runtime.
func scrape(t *testing.T, m *Metrics) []string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	var own []string
	runtime := 0
	for line := range strings.Lines(w.Body.String()) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		if strings.HasPrefix(name, "bedlock_") || strings.HasPrefix(name, "aws_") {
			own = append(own, strings.TrimSuffix(line, "\n"))
		} else if strings.HasPrefix(line, "go_goroutines ") || strings.HasPrefix(line, "process_cpu_seconds_total ") {
			runtime++
		}
	}
	if runtime != 2 {
		t.Errorf("%d metrics of the runtime and the process, want 2", runtime)
	}
	return own
}

func wantLines(t *testing.T, m *Metrics, text string) {
	t.Helper()
	got, want := scrape(t, m), strings.Split(strings.Trim(text, "\n"), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCalls(t *testing.T) {
	m := New(Options{})
	if got := scrape(t, m); len(got) != 0 {
		t.Errorf("before any call: %q", got)
	}
	touched := func(arns ...string) *kms.Call {
		return &kms.Call{Touched: arns, Principal: alice, RequestID: "request"}
	}
	for _, c := range []*plane.Call{
		{Service: kmsService, Operation: "Encrypt", Took: 80 * time.Microsecond, KMS: touched(keyARN), Output: &kms.EncryptOutput{}},
		{Service: kmsService, Operation: "Encrypt", Took: 250 * time.Microsecond, KMS: touched(keyARN, keyARN), Output: &kms.EncryptOutput{}},
		{Service: kmsService, Operation: "Encrypt", Took: 3 * time.Second, KMS: touched(keyARN), Code: "KMSInvalidStateException"},
		{Service: kmsService, Operation: "Encrypt", Took: -time.Hour, Code: "ValidationException"},
		{Service: kmsService, Operation: "ReEncrypt", Took: time.Millisecond, KMS: touched(keyARN, "b"), Output: &kms.ReEncryptOutput{SourceKeyId: keyARN, KeyId: "b"}},
		{Service: kmsService, Operation: "DescribeKey", Took: time.Millisecond, KMS: touched(keyARN), Output: &kms.DescribeKeyOutput{}},
		{Service: stsService, Operation: "GetCallerIdentity", Took: time.Millisecond},
	} {
		c.Caller = &plane.Caller{Secret: "secret", Principal: alice}
		m.Observe(c)
	}
	wantLines(t, m, `
# HELP aws_kms_successful_request_total SuccessfulRequest of AWS/KMS: successful cryptographic operations on a key.
# TYPE aws_kms_successful_request_total counter
aws_kms_successful_request_total{DestinationKeyArn="",KeyArn="arn:aws:kms:eu-west-1:111122223333:key/1",Operation="Encrypt",SourceKeyArn=""} 2
aws_kms_successful_request_total{DestinationKeyArn="b",KeyArn="",Operation="ReEncrypt",SourceKeyArn="arn:aws:kms:eu-west-1:111122223333:key/1"} 1
# HELP aws_usage_call_count_total CallCount of AWS/Usage: calls of KMS, whatever came of them.
# TYPE aws_usage_call_count_total counter
aws_usage_call_count_total{Class="None",Resource="DescribeKey",Service="KMS",Type="API"} 1
aws_usage_call_count_total{Class="None",Resource="Encrypt",Service="KMS",Type="API"} 4
aws_usage_call_count_total{Class="None",Resource="ReEncrypt",Service="KMS",Type="API"} 1
# HELP bedlock_call_duration_seconds How long calls took, from the request until before the answer is sent.
# TYPE bedlock_call_duration_seconds histogram
`+histogram("kms", "DescribeKey", 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)+`bedlock_call_duration_seconds_sum{operation="DescribeKey",service="kms"} 0.001
bedlock_call_duration_seconds_count{operation="DescribeKey",service="kms"} 1
`+histogram("kms", "Encrypt", 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4)+`bedlock_call_duration_seconds_sum{operation="Encrypt",service="kms"} 3.00033
bedlock_call_duration_seconds_count{operation="Encrypt",service="kms"} 4
`+histogram("sts", "GetCallerIdentity", 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)+`bedlock_call_duration_seconds_sum{operation="GetCallerIdentity",service="sts"} 0.001
bedlock_call_duration_seconds_count{operation="GetCallerIdentity",service="sts"} 1
`+histogram("kms", "ReEncrypt", 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)+`bedlock_call_duration_seconds_sum{operation="ReEncrypt",service="kms"} 0.001
bedlock_call_duration_seconds_count{operation="ReEncrypt",service="kms"} 1
# HELP bedlock_calls_total Calls by the code of their error, or Success.
# TYPE bedlock_calls_total counter
bedlock_calls_total{code="KMSInvalidStateException",operation="Encrypt",service="kms"} 1
bedlock_calls_total{code="Success",operation="DescribeKey",service="kms"} 1
bedlock_calls_total{code="Success",operation="Encrypt",service="kms"} 2
bedlock_calls_total{code="Success",operation="GetCallerIdentity",service="sts"} 1
bedlock_calls_total{code="Success",operation="ReEncrypt",service="kms"} 1
bedlock_calls_total{code="ValidationException",operation="Encrypt",service="kms"} 1
`)
}

// histogram are the lines of the buckets.
func histogram(service, operation string, counts ...int) string {
	bounds := strings.Fields("0.0001 0.00025 0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 +Inf")
	var b strings.Builder
	for i, n := range counts {
		fmt.Fprintf(&b, "bedlock_call_duration_seconds_bucket{operation=%q,service=%q,le=%q} %d\n", operation, service, bounds[i], n)
	}
	return b.String()
}

// TestManyKeys: the keys in labels are bounded, and no request is lost.
func TestManyKeys(t *testing.T) {
	m := New(Options{})
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 3 * maxSeries / 4 {
				m.Observe(&plane.Call{Service: kmsService, Operation: "Sign", KMS: &kms.Call{Touched: []string{fmt.Sprintf("key-%d-%d", worker, i)}}})
			}
		})
	}
	wait.Wait()
	series, others := 0, ""
	for _, line := range scrape(t, m) {
		if strings.HasPrefix(line, "aws_kms_successful_request_total{") {
			series++
			if strings.Contains(line, `KeyArn="other"`) {
				others = line
			}
		}
	}
	if want := `aws_kms_successful_request_total{DestinationKeyArn="",KeyArn="other",Operation="other",SourceKeyArn=""} 2000`; series != maxSeries+1 || others != want {
		t.Errorf("%d series, others: %s", series, others)
	}
}

func TestExpirations(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	key := func(region, id string, materials ...kms.Generation) *kms.View {
		return &kms.View{Key: &kms.Key{Account: "111122223333", Region: region, ID: id, Materials: materials}}
	}
	in := func(d time.Duration) kms.Generation { return kms.Generation{Imported: true, ValidTo: now.Add(d)} }
	keys := []*kms.View{
		key("eu-west-1", "mrk-1", in(time.Hour)), key("us-east-1", "mrk-1", in(2*time.Hour)),
		key("eu-west-1", "forever", kms.Generation{Imported: true}),
		key("eu-west-1", "deleted", kms.Generation{ValidTo: now.Add(time.Hour)}),
		key("eu-west-1", "several", in(90*time.Second), kms.Generation{Imported: true}, in(1500*time.Millisecond), in(time.Minute)),
		key("eu-west-1", "none"),
	}
	m := New(Options{Keys: func() iter.Seq[*kms.View] { return slices.Values(keys) }, Now: func() time.Time { return now }})
	const head = `
# HELP aws_kms_seconds_until_key_material_expiration SecondsUntilKeyMaterialExpiration of AWS/KMS: until the first imported key material of a key expires.
# TYPE aws_kms_seconds_until_key_material_expiration gauge
`
	wantLines(t, m, head+`aws_kms_seconds_until_key_material_expiration{AccountId="111122223333",KeyId="mrk-1",Region="eu-west-1"} 3600
aws_kms_seconds_until_key_material_expiration{AccountId="111122223333",KeyId="mrk-1",Region="us-east-1"} 7200
aws_kms_seconds_until_key_material_expiration{AccountId="111122223333",KeyId="several",Region="eu-west-1"} 1.5
`)
	now = now.Add(time.Minute)
	keys = keys[:1]
	wantLines(t, m, head+`aws_kms_seconds_until_key_material_expiration{AccountId="111122223333",KeyId="mrk-1",Region="eu-west-1"} 3540
`)
	keys = nil
	for i := range maxSeries + 10 {
		keys = append(keys, key("eu-west-1", fmt.Sprint(i), in(time.Hour)))
	}
	if got := len(scrape(t, m)); got != maxSeries+2 {
		t.Errorf("%d lines, want %d", got, maxSeries+2)
	}
}

func BenchmarkObserve(b *testing.B) {
	m := New(Options{})
	c := &plane.Call{Service: kmsService, Operation: "Encrypt", Took: 80 * time.Microsecond, KMS: &kms.Call{Touched: []string{keyARN}}, Output: &kms.EncryptOutput{}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Observe(c)
		}
	})
}
