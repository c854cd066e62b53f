package authz

import (
	"cmp"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// number is a decimal number, compared exactly whatever its length: the digits
// before the point without leading zeros, those after it without trailing ones.
type number struct {
	negative    bool
	whole, part string
}

func parseNumber(s string) (number, bool) {
	var n number
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n.negative, s = s[0] == '-', s[1:]
	}
	whole, part, point := strings.Cut(s, ".")
	if !digits(whole) || point && !digits(part) {
		return number{}, false
	}
	n.whole, n.part = strings.TrimLeft(whole, "0"), strings.TrimRight(part, "0")
	if n.whole == "" && n.part == "" {
		n.negative = false
	}
	return n, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (a number) compare(b number) int {
	if a.negative != b.negative {
		if a.negative {
			return -1
		}
		return 1
	}
	c := cmp.Or(cmp.Compare(len(a.whole), len(b.whole)), cmp.Compare(a.whole, b.whole), cmp.Compare(a.part, b.part))
	if a.negative {
		return -c
	}
	return c
}

// instant is a point in time.
type instant struct{ seconds, nanos int64 }

func (a instant) compare(b instant) int {
	return cmp.Or(cmp.Compare(a.seconds, b.seconds), cmp.Compare(a.nanos, b.nanos))
}

// parseDate reads the W3C profile of ISO 8601, or seconds since 1970. Four digits
// are a year. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
func parseDate(s string) (instant, bool) {
	if len(s) != 4 && digits(strings.TrimPrefix(s, "-")) {
		v, err := strconv.ParseInt(s, 10, 64)
		return instant{v, 0}, err == nil
	}
	d := dateReader{s: s, ok: true}
	year, month, day := d.digits(4), 1, 1
	if d.skip('-') {
		if month = d.digits(2); d.skip('-') {
			day = d.digits(2)
		}
	}
	if d.s == "" {
		return d.at(year, month, day, 0, 0, 0, 0)
	}
	if len(s)-len(d.s) != len("2006-01-02") || !d.skip('T') {
		return instant{}, false
	}
	hour := d.digits(2)
	d.ok = d.skip(':') && d.ok
	minute, second, nanos := d.digits(2), 0, int64(0)
	if d.skip(':') {
		if second = d.digits(2); d.skip('.') {
			nanos = d.fraction()
		}
	}
	offset := d.zone()
	t, ok := d.at(year, month, day, hour, minute, second, nanos)
	t.seconds -= offset
	return t, ok && d.s == ""
}

type dateReader struct {
	s  string
	ok bool
}

func (d *dateReader) skip(c byte) bool {
	if d.s == "" || d.s[0] != c {
		return false
	}
	d.s = d.s[1:]
	return true
}

func (d *dateReader) digits(n int) (v int) {
	if len(d.s) < n {
		d.ok = false
		return 0
	}
	for _, c := range []byte(d.s[:n]) {
		if c < '0' || c > '9' {
			d.ok = false
			return 0
		}
		v = v*10 + int(c-'0')
	}
	d.s = d.s[n:]
	return v
}

func (d *dateReader) fraction() (nanos int64) {
	scale, n := int64(100_000_000), 0
	for d.s != "" && d.s[0] >= '0' && d.s[0] <= '9' {
		nanos += int64(d.s[0]-'0') * scale
		scale /= 10
		d.s = d.s[1:]
		n++
	}
	d.ok = d.ok && n > 0
	return nanos
}

// zone reads Z or ±hh:mm; a time without one is none.
func (d *dateReader) zone() int64 {
	if d.skip('Z') {
		return 0
	}
	sign := int64(1)
	if d.skip('-') {
		sign = -1
	} else if !d.skip('+') {
		d.ok = false
		return 0
	}
	hours := d.digits(2)
	d.ok = d.skip(':') && d.ok
	minutes := d.digits(2)
	d.ok = d.ok && hours < 24 && minutes < 60
	return sign * int64(hours*3600+minutes*60)
}

func (d *dateReader) at(year, month, day, hour, minute, second int, nanos int64) (instant, bool) {
	if !d.ok || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return instant{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return instant{t.Unix(), nanos}, t.Day() == day
}

// parseNetwork reads a CIDR block; an address alone is a block of one.
func parseNetwork(s string) (netip.Prefix, bool) {
	if strings.IndexByte(s, '/') >= 0 {
		p, err := netip.ParsePrefix(s)
		return p, err == nil
	}
	a, ok := parseAddress(s)
	return netip.PrefixFrom(a, a.BitLen()), ok
}

func parseAddress(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Zone() == ""
}

// parseBinary decodes base-64 text to the bytes, kept as a string.
func parseBinary(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err == nil
}
