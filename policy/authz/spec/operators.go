package spec

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// judge compares one value of the request with one value of the policy, by an
// operator without its Not. typed is false when the request's value is not of the
// operator's type: then neither the operator nor its negation holds.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func (e *evaluation) judge(operator, have, want string) (holds, typed bool) {
	switch {
	case strings.HasPrefix(operator, "string"):
		return e.judgeString(operator, have, want), true
	case strings.HasPrefix(operator, "arn"):
		return e.judgeARN(have, want), isARN(have)
	case strings.HasPrefix(operator, "numeric"):
		h, ok := number(have)
		w, fine := number(want)
		return ok && fine && ordered(operator, h.Cmp(w)), ok
	case strings.HasPrefix(operator, "date"):
		h, ok := instant(have)
		w, fine := instant(want)
		return ok && fine && ordered(operator, h.Compare(w)), ok
	case operator == "bool":
		want, ok := e.expand(want)
		return ok && strings.EqualFold(have, "true") == strings.EqualFold(want, "true"), true
	case operator == "binaryequals":
		h, err := base64.StdEncoding.DecodeString(have)
		w, fault := base64.StdEncoding.DecodeString(want)
		return err == nil && fault == nil && string(h) == string(w), err == nil
	case operator == "ipaddress":
		h, err := netip.ParseAddr(have)
		return err == nil && network(want).Contains(h), err == nil
	}
	return false, false
}

func (e *evaluation) judgeString(operator, have, want string) bool {
	if operator == "stringlike" {
		p, ok := e.pattern(want)
		return ok && glob(p, have)
	}
	text, ok := e.expand(want)
	if operator == "stringequalsignorecase" {
		return ok && strings.EqualFold(text, have)
	}
	return ok && text == have
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= 5 }

// judgeARN checks the six parts of an ARN one by one; wildcards stay inside.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
func (e *evaluation) judgeARN(have, want string) bool {
	wants, haves := e.parts(want), strings.SplitN(have, ":", 6)
	if e.rules.starCrossesColon {
		p, ok := e.pattern(want)
		return ok && glob(p, have)
	}
	if len(wants) != 6 || len(haves) != 6 {
		return false
	}
	for i := range wants {
		p, ok := e.pattern(wants[i])
		if !ok || !glob(p, haves[i]) {
			return false
		}
	}
	return true
}

func ordered(operator string, order int) bool {
	switch {
	case strings.HasSuffix(operator, "lessthanequals"):
		return order <= 0
	case strings.HasSuffix(operator, "lessthan"):
		return order < 0
	case strings.HasSuffix(operator, "greaterthanequals"):
		return order >= 0
	case strings.HasSuffix(operator, "greaterthan"):
		return order > 0
	}
	return order == 0
}

var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

func number(s string) (*big.Rat, bool) {
	if !decimal.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// dates are the forms of the W3C profile of ISO 8601.
var dates = []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"}

// instant reads a date, or seconds since 1970.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
func instant(s string) (time.Time, bool) {
	for _, form := range dates {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// network reads a block of addresses; an address alone is a block of one.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
func network(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked()
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, a.BitLen())
}
