package audit

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
)

// strength says how far a statement's conditions say who may act, judged from the
// text alone. A larger one says more.
type strength uint8

const (
	// unconditional: there are no conditions.
	unconditional strength = iota
	// weak: conditions, none of which ties the request to an account,
	// organization or principal.
	weak
	// undecided: whether they do depends on a value that is not known.
	undecided
	// narrow: at least one does.
	narrow
)

// whoKeys are the condition keys that tie a request to accounts, organizations or
// principals. kms:ViaService, encryption contexts, networks and tags are not among
// them: anybody's account can satisfy those.
var whoKeys = map[string]bool{
	"kms:calleraccount": true, "aws:principalaccount": true, "aws:principalorgid": true, "aws:principalorgpaths": true,
	"aws:principalarn": true, "aws:userid": true, "aws:sourceaccount": true, "aws:sourcearn": true, "aws:sourceorgid": true, "aws:sourceorgpaths": true,
}

// alwaysPresent are the keys of whoKeys that every signed KMS request has, so that
// IfExists changes nothing.
var alwaysPresent = map[string]bool{"kms:calleraccount": true, "aws:principalaccount": true, "aws:principalarn": true}

// whoStrength judges a statement whose principal is everyone.
func whoStrength(s *policy.Statement) strength {
	return strongest(s, func(key string) bool { return whoKeys[key] })
}

// deputyStrength judges a statement for a service principal. A key that services
// never send (kms:ViaService, the caller's organization) makes the statement match
// nothing, so it opens no door either. CloudWatch Logs and CloudTrail are tied by
// the resource's ARN in the encryption context, as their documentation says.
func deputyStrength(s *policy.Statement) strength {
	return strongest(s, func(key string) bool {
		context, ok := strings.CutPrefix(key, "kms:encryptioncontext:")
		return whoKeys[key] || key == "kms:viaservice" || ok && strings.Contains(context, "arn")
	})
}

func strongest(s *policy.Statement, counts func(key string) bool) strength {
	best := unconditional
	for _, u := range s.Undetermined {
		if u.Element == "Condition" {
			best = undecided
		}
	}
	for i := range s.Conditions {
		best = max(best, conditionStrength(&s.Conditions[i], counts))
	}
	return best
}

func conditionStrength(c *policy.Condition, counts func(key string) bool) strength {
	key, op := strings.ToLower(c.Key), c.Operator
	pattern, ok := positive(op)
	if !ok || !counts(key) || strings.EqualFold(op.Set, "ForAllValues") || op.IfExists && !alwaysPresent[key] || len(c.Values) == 0 {
		return weak
	}
	least := narrow
	for _, v := range c.Values {
		least = min(least, valueStrength(key, v, pattern))
	}
	return least
}

// positive reports whether an operator demands a value, and whether * and ? in the
// values are wildcards.
func positive(op policy.Operator) (pattern, ok bool) {
	switch strings.ToLower(op.Base) {
	case "stringequals", "stringequalsignorecase":
		return false, true
	case "stringlike", "arnequals", "arnlike":
		return true, true
	}
	return false, false
}

// valueStrength judges one allowed value. A policy variable such as
// ${aws:PrincipalAccount} compares the request with itself.
func valueStrength(key, v string, pattern bool) strength {
	if strings.Contains(v, "${") && !strings.Contains(v, "${bedlock:") {
		return weak
	}
	if !pattern || !strings.ContainsAny(v, "*?") {
		if pattern && strings.Contains(v, tokenUnknown) && !namesAccount(v) {
			return undecided
		}
		return narrow
	}
	if a, err := arn.Parse(v); err == nil {
		switch {
		case strings.ContainsAny(a.Account, "*?"):
			return weak
		case strings.Contains(a.Account, tokenUnknown):
			return undecided
		case a.Account != "" || strings.Trim(a.Resource, "*?/:") != "":
			return narrow
		}
		return weak
	}
	if strings.HasPrefix(key, "aws:principalorgpaths") || strings.HasPrefix(key, "aws:sourceorgpaths") {
		if org, _, ok := strings.Cut(v, "/"); ok && org != "" && !strings.ContainsAny(org, "*?") {
			return narrow
		}
		return weak
	}
	if context, ok := strings.CutPrefix(key, "kms:encryptioncontext:"); ok && context != "" || key == "kms:viaservice" || key == "aws:userid" {
		if len(strings.Trim(v, "*?")) >= 4 {
			return narrow
		}
	}
	return weak
}

// namesAccount reports whether a text is an ARN of one account, whatever else of it
// is not known.
func namesAccount(s string) bool {
	a, err := arn.Parse(s)
	return err == nil && a.Account != "" && !strings.ContainsAny(a.Account, "*?") && !strings.Contains(a.Account, tokenUnknown)
}
