package report

import "github.com/bedlock/bedlock"

// ink colours text for terminals, or leaves it alone when false. It is the only
// place that writes escape sequences. The sixteen base colours are used, so that
// the user's own theme decides how they look on light and dark ground.
type ink bool

func (k ink) paint(code, s string) string {
	if !k || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (k ink) bold(s string) string  { return k.paint("1", s) }
func (k ink) dim(s string) string   { return k.paint("2", s) }
func (k ink) alarm(s string) string { return k.paint("31", s) }

func (k ink) rung(r bedlock.Rung, s string) string {
	switch r {
	case bedlock.Unread, bedlock.Unresolved:
		return k.paint("35", s)
	case bedlock.Unkeyed, bedlock.Broken, bedlock.Unusable:
		return k.paint("31", s)
	case bedlock.AWSManaged, bedlock.Exposed:
		return k.paint("33", s)
	case bedlock.Sound, bedlock.Proved:
		return k.paint("32", s)
	default:
		return s
	}
}

func (k ink) severity(v bedlock.Severity, s string) string {
	switch v {
	case bedlock.Critical:
		return k.paint("1;31", s)
	case bedlock.High:
		return k.paint("31", s)
	case bedlock.Medium:
		return k.paint("33", s)
	case bedlock.Low:
		return k.paint("36", s)
	default:
		return k.paint("2", s)
	}
}
