package authz

import (
	"math/big"
	"regexp"
	"strconv"
	"testing"
	"time"
)

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2020-01-01T00:00:00Z", "2020-02-29", "1577836800", "-1", "2019-12-31T23:59:59.999+14:00", "2020", "2020-1-1", "2020-01-01T24:00:00Z", "99999999999999999999"} {
		f.Add(s)
	}
	full := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseDate(s)
		if full.MatchString(s) {
			want, err := time.Parse(time.RFC3339Nano, s)
			if (err == nil) != ok || ok && got != (instant{want.Unix(), int64(want.Nanosecond())}) {
				t.Errorf("parseDate(%q) = %v, %v; want %v, %v", s, got, ok, want, err)
			}
		}
		if v, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) != 4 && s[0] != '+' && (!ok || got.seconds != v) {
			t.Errorf("parseDate(%q) = %v, %v", s, got, ok)
		}
	})
}

func TestParseNumber(t *testing.T) {
	for s, want := range map[string]bool{"1": true, "-1.5": true, "1e3": false, ".5": false, "5.": false, "+5": true, "-": false, "": false, "1_0": false, "0x1": false, "inf": false, "NaN": false, "10abc": false, " 1": false, "1e999": false} {
		if _, ok := parseNumber(s); ok != want {
			t.Errorf("parseNumber(%q): %v", s, ok)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range [][2]string{{"1", "1.0"}, {"-0", "0"}, {"007", "7"}, {"-1.5", "-1.25"}, {"9007199254740993", "9007199254740992"}, {"0.10", "0.1"}, {"", "x"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, s, u string) {
		a, ok := parseNumber(s)
		b, fine := parseNumber(u)
		if !ok || !fine {
			return
		}
		x, ok := new(big.Rat).SetString(s)
		y, fine := new(big.Rat).SetString(u)
		if !ok || !fine || a.compare(b) != x.Cmp(y) {
			t.Errorf("%q and %q compare as %d", s, u, a.compare(b))
		}
	})
}
