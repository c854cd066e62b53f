package symbolic

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	home    = "111122223333"
	stray   = "444455556666"
	theKey  = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	userA   = "arn:aws:iam::111122223333:user/team/alice"
	roleR   = "arn:aws:iam::111122223333:role/app"
	strayR  = "arn:aws:iam::444455556666:role/app"
	session = "arn:aws:sts::111122223333:assumed-role/app/s1"
)

func doc(t testing.TB, text string) *policy.Document {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if len(d.Problems) > 0 {
		t.Fatalf("%v in %s", d.Problems, text)
	}
	return d
}

// generator makes random policies of a small vocabulary, so that their statements
// meet.
type generator struct {
	*rand.Rand
	variables bool
}

func newGenerator(seed uint64) *generator { return &generator{Rand: rand.New(rand.NewPCG(seed, 7))} }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) some(list ...string) []string {
	out := []string{pick(g, list...)}
	for g.IntN(3) == 0 {
		out = append(out, pick(g, list...))
	}
	return out
}

// pools are values of context keys that policies and requests use.
var pools = map[string][]string{
	"kms:ViaService":                {"s3.us-east-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "bedrock.us-east-1.amazonaws.com"},
	"aws:PrincipalTag/team":         {"blue", "Blue", "red", ""},
	"aws:SourceIp":                  {"10.0.0.1", "10.1.0.1", "192.0.2.1", "2001:db8::1"},
	"aws:MultiFactorAuthAge":        {"100", "300", "1000.5"},
	"aws:CurrentTime":               {"2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-06-01T12:00:00+01:00"},
	"aws:TagKeys":                   {"a", "b", "ab"},
	"kms:EncryptionContext:a":       {"1", "2", "12"},
	"kms:EncryptionContextKeys":     {"a", "b"},
	"aws:PrincipalArn":              {userA, roleR, strayR},
	"aws:PrincipalAccount":          {home, stray, "999999999999"},
	"aws:PrincipalOrgID":            {"o-one", "o-two"},
	"kms:GrantIsForAWSResource":     {"true", "false"},
	"aws:SecureTransport":           {"true", "false"},
	"aws:SourceArn":                 {"arn:aws:s3:::bucket", "arn:aws:sns:us-east-1:111122223333:t"},
	"aws:username":                  {"alice", "bob"},
	"aws:userid":                    {"AROA1:session", "AROA1:s1", "AROA1:alice", "AIDA1"},
	"aws:PrincipalIsAWSService":     {"true", "false"},
	"kms:CallerAccount":             {home, stray},
	"aws:MultiFactorAuthPresent":    {"true", "false"},
	"aws:RequestTag/cost":           {"x", "y"},
	"kms:EncryptionContext:b":       {"1"},
	"aws:PrincipalServiceName":      {"logs.amazonaws.com"},
	"kms:ResourceAliases":           {"alias/a", "alias/b"},
	"aws:CalledVia":                 {"athena.amazonaws.com", "s3.amazonaws.com"},
	"kms:GrantOperations":           {"Decrypt", "Encrypt"},
	"aws:PrincipalType":             {"User", "AssumedRole"},
	"aws:SourceAccount":             {home, stray},
	"kms:RotationPeriodInDays":      {"90", "365"},
	"aws:RequestedRegion":           {"us-east-1"},
	"kms:RequestAlias":              {"alias/a"},
	"kms:EncryptionAlgorithm":       {"SYMMETRIC_DEFAULT"},
	"kms:GranteePrincipal":          {roleR},
	"kms:GrantConstraintType":       {"EncryptionContextEquals"},
	"aws:PrincipalOrgPaths":         {"o-one/r-1/ou-1/", "o-one/r-1/ou-2/"},
	"aws:SourceVpce":                {"vpce-1", "vpce-2"},
	"aws:PrincipalTag/level":        {"1", "2", "x"},
	"aws:EpochTime":                 {"1767225600"},
	"kms:CustomerMasterKeySpec":     {"SYMMETRIC_DEFAULT"},
	"aws:ViaAWSService":             {"true", "false"},
	"kms:MultiRegion":               {"true", "false"},
	"aws:PrincipalServiceNamesList": {"logs.amazonaws.com"},
}

var common = []string{
	"kms:ViaService", "aws:PrincipalTag/team", "aws:SourceIp", "aws:TagKeys", "kms:EncryptionContext:a", "kms:EncryptionContextKeys",
	"aws:PrincipalArn", "aws:PrincipalOrgID", "aws:CurrentTime", "aws:MultiFactorAuthAge", "kms:CallerAccount", "aws:username",
	"aws:PrincipalAccount", "aws:SourceArn", "kms:GrantIsForAWSResource", "aws:PrincipalTag/level", "aws:userid",
}

func (g *generator) mangle(v string) string {
	switch g.IntN(4) {
	case 0:
		if len(v) > 2 {
			n := 1 + g.IntN(len(v)-1)
			return v[:n] + "*"
		}
	case 1:
		if len(v) > 2 {
			n := g.IntN(len(v))
			return v[:n] + "?" + v[n+1:]
		}
	case 2:
		if i := strings.IndexByte(v, '/'); i > 0 {
			return v[:i] + "/*" + v[len(v)-1:]
		}
		return "*" + v
	}
	return v
}

func (g *generator) condition() (op, key string, values []string) {
	key = pick(g, common...)
	values = g.some(pools[key]...)
	switch key {
	case "aws:SourceIp":
		op, values = pick(g, "IpAddress", "NotIpAddress"), g.some("10.0.0.0/8", "10.1.0.0/16", "192.0.2.1", "2001:db8::/32")
	case "aws:MultiFactorAuthAge", "aws:PrincipalTag/level":
		op = pick(g, "NumericLessThan", "NumericGreaterThanEquals", "NumericEquals", "NumericNotEquals")
		values = g.some("100", "300.5", "2")
	case "aws:CurrentTime":
		op = pick(g, "DateLessThan", "DateGreaterThan", "DateNotEquals")
		values = g.some("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "1767225600")
	case "kms:GrantIsForAWSResource":
		op = "Bool"
	case "aws:PrincipalArn", "aws:SourceArn":
		op = pick(g, "ArnLike", "ArnNotLike", "StringLike", "StringNotEquals", "ArnEquals")
	default:
		op = pick(g, "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
	}
	if strings.Contains(op, "Like") || op == "ArnEquals" {
		for i := range values {
			values[i] = g.mangle(values[i])
		}
	}
	if g.variables && strings.HasPrefix(op, "String") && g.IntN(4) == 0 {
		values[0] = pick(g, "${aws:PrincipalTag/team}", "${aws:username}", "x${aws:PrincipalTag/team, 'blue'}", "${aws:PrincipalAccount}")
	}
	if key == "aws:TagKeys" || key == "kms:EncryptionContextKeys" {
		op = pick(g, "ForAnyValue:", "ForAllValues:", "ForAnyValue:", "ForAllValues:", "") + op
	} else if g.IntN(3) == 0 {
		op += "IfExists"
	}
	if g.IntN(10) == 0 {
		op, values = "Null", []string{pick(g, "true", "false")}
	}
	return op, key, values
}

var theActions = []string{"kms:Decrypt", "kms:Encrypt", "kms:PutKeyPolicy", "kms:DescribeKey", "kms:CreateGrant"}

func (g *generator) statement(principals bool) map[string]any {
	s := map[string]any{"Effect": pick(g, "Allow", "Allow", "Deny")}
	actions := g.some("kms:*", "kms:Decrypt", "kms:Enc*", "kms:*Key*", "kms:CreateGrant", "*")
	if g.IntN(5) == 0 {
		s["NotAction"] = actions
	} else {
		s["Action"] = actions
	}
	s["Resource"] = "*"
	if g.IntN(4) == 0 {
		s["Resource"] = g.some(theKey, "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:*:key/2*")
	}
	if principals {
		var p any = "*"
		switch g.IntN(4) {
		case 0:
			p = map[string]any{"AWS": g.some(userA, roleR, strayR, session, home, "*", stray)}
		case 1:
			p = map[string]any{"AWS": "arn:aws:iam::" + pick(g, home, home, stray) + ":root"}
		case 2:
			p = map[string]any{"Service": "logs.amazonaws.com", "AWS": g.some(roleR, userA)}
		}
		if g.IntN(8) == 0 && s["Effect"] == "Deny" && p != "*" {
			s["NotPrincipal"] = p
		} else {
			s["Principal"] = p
		}
	}
	block := map[string]map[string]any{}
	for g.IntN(3) != 0 && len(block) < 3 {
		op, key, values := g.condition()
		if block[op] == nil {
			block[op] = map[string]any{}
		}
		block[op][key] = values
	}
	if len(block) > 0 {
		s["Condition"] = block
	}
	return s
}

func (g *generator) document(t testing.TB, principals bool, n int) *policy.Document {
	var list []any
	for range 1 + g.IntN(n) {
		list = append(list, g.statement(principals))
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		t.Fatal(err)
	}
	return doc(t, string(text))
}

// aSession is a session of a role that no policy names.
func aSession(role string) authz.Principal {
	p := sessionOf(role)
	p.ARN = sessionARN(role, "session")
	return p
}

// testPrincipals are those that a universe without parties considers too.
func testPrincipals() []authz.Principal {
	user := func(arn, account string) authz.Principal {
		return authz.Principal{Kind: authz.User, ARN: arn, Account: account, ID: "AIDA1"}
	}
	s := aSession(roleR)
	named, _ := principalOf(session)
	strange := aSession("arn:aws:iam::999999999999:role/path/bob")
	across := aSession(strayR)
	for _, p := range []*authz.Principal{&s, &named, &strange, &across} {
		p.ID = "AROA1"
	}
	return []authz.Principal{
		user(userA, home), user("arn:aws:iam::111122223333:user/bob", home), s, named, strange, across,
		user("arn:aws:iam::444455556666:user/alice", stray),
		{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home},
		{Kind: authz.Root, ARN: "arn:aws:iam::999999999999:root", Account: "999999999999"},
		{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/alice", Account: home},
		{Kind: authz.Service, ARN: "logs.amazonaws.com"}, {Kind: authz.Service, ARN: "sns.amazonaws.com"},
	}
}

// request makes a random request that AWS could make.
func (g *generator) request(p authz.Principal) *authz.Request {
	r := &authz.Request{Principal: p, Action: pick(g, theActions...), Resource: theKey, Context: authz.Context{}}
	for _, key := range common {
		name := strings.ToLower(key)
		if implied[name] || key == "kms:EncryptionContextKeys" || key == userIDKey {
			continue
		}
		always := contextKeys[name].always
		if !always && g.IntN(2) == 0 {
			continue
		}
		service := p.Kind == authz.Service
		switch {
		case strings.HasPrefix(key, "aws:Source") && key != "aws:SourceIp" && !service,
			(key == "kms:ViaService" || key == "aws:PrincipalOrgID") && service:
			continue
		}
		values := []string{pick(g, pools[key]...)}
		if authz.ManyValued(name) {
			values = g.some(pools[key]...)
		}
		r.Context[name] = authz.Value{Values: values}
	}
	if g.IntN(3) == 0 {
		r.Context["kms:encryptioncontext:b"] = authz.Value{Values: []string{"1"}}
	}
	return r
}

func show(r *authz.Request) string {
	return fmt.Sprintf("%s %s %v", r.Principal.ARN, r.Action, r.Context)
}

func source(d *policy.Document) string {
	b, _ := json.Marshal(d.Statements)
	return string(b)
}
