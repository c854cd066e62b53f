package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bedlock/bedlock/kms"
)

// CloudWatch keeps accounts and Regions apart, and a multi-Region key has one id in all.
var expiration = prometheus.NewDesc("aws_kms_seconds_until_key_material_expiration",
	"SecondsUntilKeyMaterialExpiration of AWS/KMS: until the first imported key material of a key expires.",
	[]string{"AccountId", "Region", "KeyId"}, nil)

// expirations tells at every scrape when imported material expires, of the first maxSeries
// keys that have some.
type expirations struct{ Options }

// Describe tells the only metric.
func (expirations) Describe(ch chan<- *prometheus.Desc) { ch <- expiration }

// Collect tells the times.
func (x expirations) Collect(ch chan<- prometheus.Metric) {
	now, n := x.Now(), 0
	for v := range x.Keys() {
		at := expires(v.Key)
		if at.IsZero() {
			continue
		}
		if n++; n > maxSeries {
			return
		}
		ch <- prometheus.MustNewConstMetric(expiration, prometheus.GaugeValue, at.Sub(now).Seconds(), v.Account, v.Region, v.ID)
	}
}

// expires is when the first of a key's imported materials expires; zero: none does.
func expires(k *kms.Key) time.Time {
	var first time.Time
	for _, g := range k.Materials {
		if g.Imported && !g.ValidTo.IsZero() && (first.IsZero() || g.ValidTo.Before(first)) {
			first = g.ValidTo
		}
	}
	return first
}
