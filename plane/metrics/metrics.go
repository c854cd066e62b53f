package metrics

import (
	"cmp"
	"iter"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

// maxSeries bounds the series of each metric that names keys.
const maxSeries = 1000

// Options are the settings of [Metrics]; the zero value has them all.
type Options struct {
	// Keys yields the keys whose imported material may expire, at every scrape; nil: none
	// is told. [kms.Service.All] is such a function.
	Keys func() iter.Seq[*kms.View]
	// Now is the clock; nil: the machine's.
	Now func() time.Time
}

// Metrics counts calls. It is safe for concurrent use.
type Metrics struct {
	Series

	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	usage    *prometheus.CounterVec
	requests *prometheus.CounterVec

	mu sync.Mutex
	// byKey are the counters of requests, at most maxSeries and one for the others.
	byKey map[request]prometheus.Counter
}

// request are the dimensions of SuccessfulRequest: either a key, or the two of ReEncrypt.
type request struct{ key, source, destination, operation string }

// buckets are in seconds: from a symmetric Encrypt to a timeout of clients.
var buckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}

// New makes metrics, with those of the Go runtime and of the process.
func New(o Options) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), byKey: map[request]prometheus.Counter{}}
	m.calls = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bedlock_calls_total", Help: "Calls by the code of their error, or Success.",
	}, []string{"service", "operation", "code"})
	m.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "bedlock_call_duration_seconds", Help: "How long calls took, from the request until before the answer is sent.", Buckets: buckets,
	}, []string{"service", "operation"})
	m.usage = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "aws_usage_call_count_total", Help: "CallCount of AWS/Usage: calls of KMS, whatever came of them.",
		ConstLabels: prometheus.Labels{"Service": "KMS", "Type": "API", "Class": "None"},
	}, []string{"Resource"})
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "aws_kms_successful_request_total", Help: "SuccessfulRequest of AWS/KMS: successful cryptographic operations on a key.",
	}, []string{"KeyArn", "SourceKeyArn", "DestinationKeyArn", "Operation"})
	m.registry.MustRegister(m.calls, m.duration, m.usage, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if o.Keys != nil {
		if o.Now == nil {
			o.Now = time.Now
		}
		m.registry.MustRegister(expirations{o})
	}
	return m
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Observe counts a call.
func (m *Metrics) Observe(c *plane.Call) {
	m.calls.WithLabelValues(c.Service.Name, c.Operation, cmp.Or(c.Code, "Success")).Inc()
	m.duration.WithLabelValues(c.Service.Name, c.Operation).Observe(max(0, c.Took.Seconds())) // clocks jump
	if c.Service.Name != "kms" {
		return
	}
	m.usage.WithLabelValues(c.Operation).Inc()
	m.count(call{account: c.Account, region: c.Region, operation: c.Operation}, c.Began)
	if c.Code == "" && cryptographic(c.Operation) {
		m.successful(c).Inc()
		if c.KMS != nil && len(c.KMS.Touched) == 1 {
			m.count(call{c.Account, c.Region, c.Operation, c.KMS.Touched[0]}, c.Began)
		}
	}
}

// cryptographic says which operations SuccessfulRequest counts. That Encapsulate and
// Decapsulate are among them is unconfirmed; GenerateRandom has no key.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-cryptography.html#cryptographic-operations
func cryptographic(operation string) bool {
	switch operation {
	case "Decapsulate", "Decrypt", "DeriveSharedSecret", "Encapsulate", "Encrypt",
		"GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext",
		"GenerateMac", "ReEncrypt", "Sign", "Verify", "VerifyMac":
		return true
	}
	return false
}

// successful is the counter of a successful cryptographic operation.
func (m *Metrics) successful(c *plane.Call) prometheus.Counter {
	r := request{operation: c.Operation}
	if out, ok := c.Output.(*kms.ReEncryptOutput); ok {
		r.source, r.destination = out.SourceKeyId, out.KeyId
	} else if len(c.KMS.Touched) > 0 {
		r.key = c.KMS.Touched[0]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	counter := m.byKey[r]
	if counter == nil {
		if len(m.byKey) >= maxSeries {
			return m.requests.WithLabelValues("other", "", "", "other")
		}
		counter = m.requests.WithLabelValues(r.key, r.source, r.destination, r.operation)
		m.byKey[r] = counter
	}
	return counter
}
