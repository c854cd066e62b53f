package authz

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
)

// random makes policies and requests over a small vocabulary, in which much
// matches much.
type random struct {
	*rand.Rand
	t testing.TB
}

func pick[T any](r random, list ...T) T { return list[r.IntN(len(list))] }

func some(r random, list ...string) any {
	if n := r.IntN(3); n > 0 {
		out := make([]string, n)
		for i := range out {
			out[i] = pick(r, list...)
		}
		return out
	}
	return pick(r, list...)
}

func (r random) chance(percent int) bool { return r.IntN(100) < percent }

func (r random) principalElement() any {
	if r.chance(30) {
		return "*"
	}
	m := map[string]any{"AWS": some(r, "*", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:user/alice",
		"arn:aws:iam::111122223333:role/app", "arn:aws:sts::111122223333:assumed-role/app/s", "arn:aws:iam::444455556666:user/eve", "arn:aws:iam::${bedlock:account}:root", "AIDAALICE")}
	if r.chance(30) {
		m["Service"] = some(r, "s3.amazonaws.com", "logs.amazonaws.com")
	}
	return m
}

func (r random) condition() any {
	values := some(r, "a", "b", "a*", "", "true", "false", "1", "${b}", "${b, 'a'}", "111122223333", "arn:aws:s3:::a", "10.0.0.0/8", "2020-01-01", "${bedlock:unknown:x}")
	op := pick(r, "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan",
		"DateEquals", "DateGreaterThan", "Bool", "IpAddress", "NotIpAddress", "ArnLike", "ArnNotEquals", "Null", "BinaryEquals")
	if op != "Null" && r.chance(20) {
		op += "IfExists"
	}
	if r.chance(25) {
		op = pick(r, "ForAllValues:", "ForAnyValue:") + op
	}
	return map[string]any{op: map[string]any{pick(r, "a", "b", "A", "kms:EncryptionContext:X", "kms:EncryptionContextKeys", "aws:PrincipalAccount", "aws:username", "kms:ViaService"): values}}
}

func (r random) statement(on side) map[string]any {
	s := map[string]any{"Effect": pick(r, "Allow", "Allow", "Allow", "Deny")}
	s[pick(r, "Action", "Action", "Action", "NotAction")] = some(r, "*", "kms:*", "kms:Decrypt", "kms:*crypt", "kms:Describe*", "KMS:Re*", "s3:*", "kms:PutKeyPolicy", "sts:*")
	if on == identitySide || r.chance(95) {
		s[pick(r, "Resource", "Resource", "Resource", "NotResource")] = some(r, "*", "*", keyARN, "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:444455556666:*", "arn:aws:s3:::${a}/*", "arn:aws:kms")
	}
	if on == resourceSide {
		name := "Principal"
		if r.chance(15) {
			name = "NotPrincipal"
		}
		s[name] = r.principalElement()
	}
	if r.chance(50) {
		s["Condition"] = r.condition()
	}
	return s
}

func (r random) document(on side) *policy.Document {
	list := make([]map[string]any, r.IntN(4))
	for i := range list {
		list[i] = r.statement(on)
	}
	if r.chance(50) { // else hardly anything is allowed
		broad := map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}
		if on == resourceSide {
			broad["Principal"] = pick[any](r, "*", map[string]any{"AWS": "111122223333"}, map[string]any{"AWS": []string{"arn:aws:iam::111122223333:role/app", "444455556666"}})
		}
		if r.chance(30) {
			broad["Condition"] = r.condition()
		}
		list = append(list, broad)
	}
	text, err := json.Marshal(map[string]any{"Version": pick(r, "2012-10-17", "2012-10-17", "2008-10-17"), "Statement": list})
	if err != nil {
		r.t.Fatal(err)
	}
	doc, err := policy.Parse(string(text))
	if err != nil {
		r.t.Fatal(err)
	}
	return doc
}

func (r random) policy(on side) *Policy { return Compile("p", r.document(on)) }

func (r random) policies(on side, atLeast int) []*Policy {
	var out []*Policy
	for range atLeast + r.IntN(2) {
		out = append(out, r.policy(on))
	}
	return out
}

func (r random) layers() *Layers {
	l := &Layers{Identity: r.policies(identitySide, 1)}
	if r.chance(30) {
		l.Boundary = r.policy(identitySide)
	}
	if r.chance(30) {
		l.Session = r.policies(identitySide, 1)
	}
	if r.chance(30) {
		l.SCPs = [][]*Policy{r.policies(identitySide, 1), r.policies(identitySide, 1)}
	}
	if r.chance(20) {
		l.RCPs = [][]*Policy{r.policies(resourceSide, 1)}
	}
	if r.chance(20) {
		l.Endpoint = r.policy(resourceSide)
	}
	if r.chance(90) {
		l.Resource = r.policy(resourceSide)
	}
	for range r.IntN(2) {
		g := Grant{ID: "g", Token: "t", Grantee: pick(r, "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:role/app", "444455556666", "s3.amazonaws.com"),
			Operations: []string{"Decrypt", "DescribeKey", "CreateGrant"}, Pending: r.chance(20)}
		if r.chance(40) {
			g.ContextSubset = map[string]string{"X": "a"}
		} else if r.chance(40) {
			g.ContextEquals = map[string]string{"x": "a"}
		}
		l.Grants = append(l.Grants, g)
	}
	return l
}

// contextKeys of the vocabulary.
var contextNames = []string{"a", "b", "kms:encryptioncontext:x", "kms:viaservice", "aws:username"}

var contextValues = []Value{
	{}, {Values: []string{""}}, {Values: []string{"a"}}, {Values: []string{"b"}}, {Values: []string{"ab"}}, {Values: []string{"true"}}, {Values: []string{"1"}},
	{Values: []string{"a", "b"}}, {Values: []string{"arn:aws:s3:::a"}}, {Values: []string{"10.1.2.3"}}, {Values: []string{"2021-01-01"}}, {Values: []string{"alice"}},
}

func (r random) request() *Request {
	req := &Request{
		Principal: pick(r, user(account, "alice"), user(account, "bob"), user(other, "eve"), session(account, "app", "s"), session(account, "ops", "s"),
			rootUser(account), rootUser(other), service("s3.amazonaws.com"), federated(account, "fed", "alice"), Principal{Kind: Anonymous}),
		Action:   pick(r, "kms:Decrypt", "kms:Decrypt", "kms:Decrypt", "kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptTo", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:RetireGrant", "kms:ListKeys", "s3:GetObject", "sts:AssumeRole"),
		Resource: keyARN, Context: Context{},
	}
	switch {
	case strings.HasSuffix(req.Action, "ListKeys"):
		req.Resource = "*"
	case strings.HasPrefix(req.Action, "s3"):
		req.Resource = "arn:aws:s3:::a/k"
	}
	if r.chance(20) {
		req.GrantTokens = []string{"t"}
	}
	for _, name := range contextNames {
		if r.chance(40) {
			req.Context[name] = pick(r, contextValues...)
		} else if r.chance(8) {
			req.Context[name] = Value{Unknown: true}
		}
	}
	return req
}

// policiesOf lists where the policies of the layers are kept, to change them.
func policiesOf(l *Layers) (out []**Policy) {
	add := func(list []*Policy) {
		for i := range list {
			out = append(out, &list[i])
		}
	}
	add(l.Identity)
	add(l.Session)
	for _, level := range l.SCPs {
		add(level)
	}
	for _, level := range l.RCPs {
		add(level)
	}
	for _, p := range []**Policy{&l.Boundary, &l.Endpoint, &l.Resource} {
		if *p != nil {
			out = append(out, p)
		}
	}
	return out
}
