package symbolic

import (
	"cmp"
	"encoding/base64"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// family is the way in which a value is read. The zero value is invalid.
type family uint8

const (
	text family = iota + 1
	number
	date
	address
	binary
)

var familyNames = [...]string{text: "text", number: "number", date: "date", address: "address", binary: "binary"}

func (f family) String() string { return familyNames[f] }

// comparison of numbers and dates. The zero value asks only whether the value can
// be read at all.
type comparison uint8

const (
	readable comparison = iota
	equal
	less
	lessEqual
	greater
	greaterEqual
)

func (c comparison) holds(order int) bool {
	switch c {
	case readable:
		return true
	case equal:
		return order == 0
	case less:
		return order < 0
	case lessEqual:
		return order <= 0
	case greater:
		return order > 0
	case greaterEqual:
		return order >= 0
	}
	return false
}

// predicate is a property of one value of a context key.
type predicate struct {
	family  family
	pattern *pattern     // text
	op      comparison   // number, date; readable also for address and binary
	number  float64      // number
	instant time.Time    // date
	prefix  netip.Prefix // address; invalid: readable
	bytes   string       // binary
	// key identifies the predicate.
	key string
}

func textPredicate(p *pattern) *predicate {
	return &predicate{family: text, pattern: p.finish(), key: p.key()}
}

func (p *predicate) holds(value string) bool {
	switch p.family {
	case text:
		return p.pattern.matches(value)
	case number:
		x, ok := parseNumber(value)
		return ok && p.op.holds(cmp.Compare(x, p.number))
	case date:
		t, ok := parseDate(value)
		return ok && p.op.holds(t.Compare(p.instant))
	case address:
		a, err := netip.ParseAddr(value)
		return err == nil && a.Zone() == "" && (p.op == readable || p.prefix.Contains(a))
	case binary:
		b, err := base64.StdEncoding.DecodeString(value)
		return err == nil && (p.op == readable || string(b) == p.bytes)
	}
	return false
}

// maxNumber bounds the numbers that are compared exactly; larger ones are not
// read.
const maxNumber = 1 << 53

func parseNumber(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && math.Abs(x) < maxNumber
}

var dateLayouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"}

func parseDate(s string) (time.Time, bool) {
	if len(s) > 4 && strings.Trim(s, "0123456789") == "" {
		n, err := strconv.ParseInt(s, 10, 64)
		return time.Unix(n, 0).UTC(), err == nil
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func parsePrefix(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}

// candidates returns values such that, if any value of a family satisfies a
// Boolean combination of the given predicates of the family, one of them does.
// The last is no value of the family.
func candidates(f family, preds []*predicate) []string {
	var out []string
	switch f {
	case number:
		out = numbers(preds)
	case date:
		out = dates(preds)
	case address:
		out = []string{"198.51.100.7", "2001:db8::7", "0.0.0.0", "::"}
		for _, p := range preds {
			if p.op == readable {
				continue
			}
			out = append(out, p.prefix.Masked().Addr().String())
			if a := last(p.prefix).Next(); a.IsValid() {
				out = append(out, a.String())
			}
		}
	case binary:
		// One value more than the predicates name cannot be told from any other.
		for i := range len(preds) + 1 {
			out = append(out, base64.StdEncoding.EncodeToString([]byte{'x', byte(i), byte(i >> 8)}))
		}
		for _, p := range preds {
			out = append(out, base64.StdEncoding.EncodeToString([]byte(p.bytes)))
		}
	}
	return append(out, "not-a-value")
}

func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func numbers(preds []*predicate) []string {
	var at []float64
	for _, p := range preds {
		if p.op != readable {
			at = append(at, p.number)
		}
	}
	if len(at) == 0 {
		at = []float64{0}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	points := []float64{math.Floor(at[0]) - 1, math.Nextafter(at[0], math.Inf(-1))}
	for i, x := range at {
		points = append(points, x)
		if i+1 < len(at) {
			points = append(points, math.Floor(x)+1, x+(at[i+1]-x)/2)
		}
	}
	top := at[len(at)-1]
	points = append(points, math.Floor(top)+1, math.Nextafter(top, math.Inf(1)))
	out := make([]string, 0, len(points))
	for _, x := range points {
		out = append(out, strconv.FormatFloat(x, 'f', -1, 64))
	}
	return out
}

func dates(preds []*predicate) []string {
	var at []time.Time
	for _, p := range preds {
		if p.op != readable {
			at = append(at, p.instant.UTC())
		}
	}
	if len(at) == 0 {
		at = []time.Time{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	}
	slices.SortFunc(at, time.Time.Compare)
	points := []time.Time{at[0].Add(-time.Hour)}
	for i, t := range at {
		points = append(points, t)
		if i+1 < len(at) {
			points = append(points, t.Add(time.Second), t.Add(at[i+1].Sub(t)/2))
		}
	}
	points = append(points, at[len(at)-1].Add(time.Hour))
	out := make([]string, 0, len(points))
	for _, t := range points {
		out = append(out, t.Format(time.RFC3339Nano))
	}
	return out
}
