package symbolic

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Need is a set of requests on a key, stated apart from any policy document: who
// asks, for which actions, under which limits. A request belongs to it when its
// principal and its action do and every limit holds.
//
// A limit counts on the actions whose requests can have its condition key:
// DescribeKey has no encryption context, so Context does not limit it. Texts are
// compared with regard to case; in those that may hold * and ?, these stand for any
// run of characters and for one.
type Need struct {
	// Principal is who asks: a user, a federated session, an exact session (ARN), all
	// sessions of a role (Role without ARN), the root user of an account, or a
	// service. Without Kind it is all principals of Account, as far as that account's
	// own policies let them: a need of theirs is met by delegation to the account.
	Principal authz.Principal
	// Actions are kms:Decrypt and the like, in any case; with * or ?, all actions on
	// keys that KMS has today and that match.
	Actions []string
	// Context are pairs that the encryption context has, perhaps among others; the
	// case of names does not matter, values may hold * and ?. Nil: not limited.
	Context map[string]string
	// Via is the kms:ViaService value, which may hold * and ?. Empty: not limited,
	// the principal's direct calls included.
	Via string
	// Direct: the request has no kms:ViaService, so the principal itself calls KMS.
	Direct bool
	// SourceARN and SourceAccount are the values that a service sends. SourceARN is
	// compared as the operator ArnLike does, part by part. Empty: not limited.
	SourceARN, SourceAccount string
	// GrantOperations are those that a new grant may have, for CreateGrant. Nil: not
	// limited.
	GrantOperations []string
	// GrantForAWSResource: kms:GrantIsForAWSResource is true, for CreateGrant.
	GrantForAWSResource bool
	// Unconfirmed names limits that the requests are believed to keep and that no
	// source confirms, in words. They do not restrict the need.
	Unconfirmed []string
}

const (
	viaServiceKey    = "kms:viaservice"
	sourceARNKey     = "aws:sourcearn"
	sourceAccountKey = "aws:sourceaccount"
	operationsKey    = "kms:grantoperations"
	forResourceKey   = "kms:grantisforawsresource"
	createGrantName  = "kms:CreateGrant"
)

// Has reports whether a request belongs to the need. It compares the request with
// the need itself, without formulas and without policies, those of an account
// included. A key with a value that is not known keeps no limit.
func (n *Need) Has(r *authz.Request) bool {
	if !n.includes(&r.Principal) || !n.Covers(r.Action) {
		return false
	}
	one := func(key string) (string, bool) {
		v := r.Context[key]
		if v.Unknown || len(v.Values) != 1 {
			return "", false
		}
		return v.Values[0], true
	}
	like := func(key, pattern string) bool {
		text, ok := one(key)
		return ok && policy.Match(pattern, text)
	}
	if hasContext(r.Action) {
		for name, pattern := range n.Context {
			if !like(contextPrefix+strings.ToLower(name), pattern) {
				return false
			}
		}
	}
	if n.Via != "" && !like(viaServiceKey, n.Via) {
		return false
	}
	if n.Direct {
		via, said := r.Context[viaServiceKey]
		if via.Unknown || !said && r.Open || slices.ContainsFunc(via.Values, func(s string) bool { return s != "" }) {
			return false
		}
	}
	if account, ok := one(sourceAccountKey); n.SourceAccount != "" && (!ok || account != n.SourceAccount) {
		return false
	}
	if source, ok := one(sourceARNKey); n.SourceARN != "" && (!ok || !arnLike(n.SourceARN, source)) {
		return false
	}
	return !strings.EqualFold(r.Action, createGrantName) || n.hasGrant(r)
}

func (n *Need) hasGrant(r *authz.Request) bool {
	if n.GrantOperations != nil {
		operations, said := r.Context[operationsKey]
		if operations.Unknown || !said && r.Open {
			return false
		}
		for _, s := range operations.Values {
			if s != "" && !slices.Contains(n.GrantOperations, s) {
				return false
			}
		}
	}
	v := r.Context[forResourceKey]
	return !n.GrantForAWSResource || !v.Unknown && len(v.Values) == 1 && strings.EqualFold(v.Values[0], "true")
}

// includes reports whether a principal is of those of the need.
func (n *Need) includes(q *authz.Principal) bool {
	p := &n.Principal
	switch {
	case n.delegates():
		return q.Kind != authz.Service && q.Kind != authz.Anonymous && q.Account == p.Account
	case q.Kind != p.Kind:
		return false
	case p.Kind == authz.Root:
		return q.Account == p.Account
	case p.Kind == authz.Session && p.ARN == "":
		return sameRole(p.Role, roleOf(q))
	}
	return q.ARN == p.ARN
}

// delegates reports whether the need is that of an account as a whole.
func (n *Need) delegates() bool { return n.Principal.Kind == 0 }

// Covers reports whether an action is of those of the need.
func (n *Need) Covers(action string) bool {
	return slices.ContainsFunc(n.Actions, func(s string) bool {
		return strings.EqualFold(s, action) || strings.ContainsAny(s, "*?") && policy.MatchAction(s, action)
	})
}

// hasContext reports whether requests for an action can have an encryption
// context.
func hasContext(action string) bool { return authz.HasKey(action, contextPrefix+"any") }

// arnLike compares the six parts of an ARN one by one; wildcards stay within
// theirs.
func arnLike(pattern, text string) bool {
	want, have := strings.SplitN(pattern, ":", 6), strings.SplitN(text, ":", 6)
	if len(want) != 6 || len(have) != 6 || have[0] != "arn" {
		return false
	}
	for i := range want {
		if !policy.Match(want[i], have[i]) {
			return false
		}
	}
	return true
}

// Check reports what keeps the need from being one: a principal or an action that
// is none, a limit that no request of the principal or of the actions can keep.
func (n *Need) Check() error {
	if err := n.checkPrincipal(); err != nil {
		return err
	}
	if len(n.Actions) == 0 {
		return errors.New("actions: there are none")
	}
	for _, s := range n.Actions {
		one := Need{Actions: []string{s}}
		if !slices.ContainsFunc(keyActions, func(a keyAction) bool { return one.Covers(a.name) }) {
			return fmt.Errorf("action %q: not an action of KMS on a key", s)
		}
	}
	return n.checkLimits()
}

func (n *Need) checkPrincipal() error {
	p := &n.Principal
	if err := checkText("principal", p.ARN+p.Role+p.Account); err != nil {
		return err
	}
	if strings.ContainsAny(p.ARN+p.Role+p.Account, "*?") {
		return errors.New("principal: wildcards name no principal")
	}
	isAccount := accountIn(p.Account) == p.Account && len(p.Account) == 12
	known, ok := principalOf(p.ARN)
	switch p.Kind {
	case 0, authz.Root:
		if !isAccount {
			return fmt.Errorf("principal account %q: not the 12 digits of an account", p.Account)
		}
	case authz.Service:
		if !strings.Contains(p.ARN, ".amazon") || strings.ContainsAny(p.ARN, ":/") {
			return fmt.Errorf("principal %q: not the name of a service such as bedrock.amazonaws.com", p.ARN)
		}
	case authz.Session:
		role, isRole := principalOf(p.Role)
		switch {
		case p.ARN != "" && (!ok || known.Kind != p.Kind || known.ARN != p.ARN):
			return fmt.Errorf("principal %q: not the ARN of a session of a role", p.ARN)
		case (p.ARN == "" || p.Role != "") && (!isRole || role.Role != p.Role):
			return fmt.Errorf("principal role %q: not the ARN of a role", p.Role)
		case p.ARN != "" && p.Role != "" && !sameRole(roleOf(&authz.Principal{ARN: p.ARN}), p.Role):
			return fmt.Errorf("principal %q: not a session of the role %s", p.ARN, p.Role)
		}
	case authz.User, authz.Federated:
		if !ok || known.Kind != p.Kind {
			return fmt.Errorf("principal %q: not the ARN of a %s", p.ARN, kindNames[p.Kind])
		}
	default:
		return errors.New("principal: KMS takes no calls without credentials")
	}
	return nil
}

func (n *Need) checkLimits() error {
	service := n.Principal.Kind == authz.Service
	switch {
	case n.Via != "" && n.Direct:
		return errors.New("via and direct: no request keeps both")
	case service && (n.Via != "" || n.Direct):
		return errors.New("via: a request that a service makes for itself has no kms:ViaService")
	case !service && n.SourceARN+n.SourceAccount != "":
		return errors.New("source: only requests of services have aws:SourceArn and aws:SourceAccount")
	case n.SourceAccount != "" && accountIn(n.SourceAccount) != n.SourceAccount:
		return fmt.Errorf("source account %q: not the 12 digits of an account", n.SourceAccount)
	case n.SourceARN != "" && (!strings.HasPrefix(n.SourceARN, "arn:") || strings.Count(n.SourceARN, ":") < 5):
		return fmt.Errorf("source ARN %q: not an ARN", n.SourceARN)
	case (n.GrantOperations != nil || n.GrantForAWSResource) && !n.Covers(createGrantName):
		return errors.New("grant operations: the need is not of kms:CreateGrant")
	}
	names := map[string]bool{}
	for _, name := range sortedKeys(n.Context) {
		lower := strings.ToLower(name)
		if name == "" || n.Context[name] == "" || names[lower] {
			return fmt.Errorf("encryption context %q: empty, or there twice", name)
		}
		names[lower] = true
		if err := checkText("encryption context", name+n.Context[name]); err != nil {
			return err
		}
	}
	if slices.Contains(n.GrantOperations, "") || n.GrantOperations != nil && len(n.GrantOperations) == 0 {
		return errors.New("grant operations: none, or one is empty")
	}
	return checkText("limit", n.Via+n.SourceARN+n.SourceAccount+strings.Join(n.GrantOperations, ""))
}

// checkText refuses what a policy would take for a variable, and what it cannot
// hold. Source of the characters:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
func checkText(what, s string) error {
	if strings.Contains(s, "${") {
		return fmt.Errorf("%s %q: a text with ${ would be a variable in a policy", what, s)
	}
	for _, r := range s {
		if r < ' ' || r > 0xff || r == 0x7f {
			return fmt.Errorf("%s %q: a key policy cannot hold the character %q", what, s, r)
		}
	}
	return nil
}
