package spec

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// generator makes policies and requests from a vocabulary so small that they meet
// often.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) *generator { return &generator{rand.New(rand.NewPCG(seed, 20))} }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// chance is true once in n.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

const (
	ours   = "111122223333"
	theirs = "444455556666"
)

var principals = []authz.Principal{
	{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/alice", Account: ours, ID: "AIDAALICE"},
	{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/team/bob", Account: ours, ID: "AIDABOB"},
	{Kind: authz.User, ARN: "arn:aws:iam::444455556666:user/alice", Account: theirs, ID: "AIDAOTHER"},
	{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/one", Role: "arn:aws:iam::111122223333:role/app", Account: ours, ID: "AROAAPP"},
	{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/two", Role: "arn:aws:iam::111122223333:role/team/app", Account: ours, ID: "AROATEAM"},
	{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/one", Account: ours, ID: "AROAAPP"},
	{Kind: authz.Session, ARN: "arn:aws:sts::444455556666:assumed-role/app/one", Role: "arn:aws:iam::444455556666:role/app", Account: theirs, ID: "AROAOTHER"},
	{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/one", Account: ours, ID: "AROASLR", ServiceLinked: true,
		Role: "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"},
	{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/one", Role: "arn:aws:iam::111122223333:role/app", Account: ours, ID: "AROAAPP", Management: true},
	{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/alice", Parent: "arn:aws:iam::111122223333:user/alice", Account: ours},
	{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: ours},
	{Kind: authz.Root, ARN: "arn:aws:iam::444455556666:root", Account: theirs},
	{Kind: authz.Service, ARN: "logs.amazonaws.com"},
	{Kind: authz.Anonymous},
}

// entries of Principal elements, also of kinds that match nobody here.
var entries = []string{
	"*", ours, "arn:aws:iam::111122223333:root", theirs, "arn:aws:iam::444455556666:root",
	"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/Alice", "arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:user/team/bob",
	"arn:aws:iam::444455556666:user/alice", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/team/app", "arn:aws:iam::444455556666:role/app",
	"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "arn:aws:sts::111122223333:assumed-role/app/one",
	"arn:aws:sts::111122223333:assumed-role/app/two", "arn:aws:sts::444455556666:assumed-role/app/one", "arn:aws:sts::111122223333:federated-user/alice",
	"AIDAALICE", "AROAAPP", "AROASLR", "AIDAGONE",
}

const (
	ourKey, theirKey = "arn:aws:kms:us-east-1:111122223333:key/one", "arn:aws:kms:us-east-1:444455556666:key/one"
	object, role     = "arn:aws:s3:::bucket/team/x:y", "arn:aws:iam::111122223333:role/app"
)

// field is the part of a service that requests and policies speak about.
type field struct {
	actions, patterns, resources, resourcePatterns []string
}

var fields = map[string]field{
	"kms": {
		actions: []string{"kms:Decrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant", "kms:RetireGrant", "kms:PutKeyPolicy",
			"kms:ReEncryptFrom", "KMS:decrypt", "kms:ListKeys", "kms:CreateAlias", "kms:TagResource", "kms:Sign"},
		patterns: []string{"*", "kms:*", "kms:Decrypt", "kms:Decrypt", "KMS:decrypt", "kms:De*", "kms:*Key*", "kms:?ecrypt", "kms:*Grant", "kms:ListKeys", "kms:CreateAlias",
			"s3:*", "kms:ReEncrypt*", "kms:*e*e*"},
		resources: []string{ourKey, ourKey, ourKey, theirKey, "arn:aws:kms:us-east-1:111122223333:alias/app", "arn:aws:kms:us-east-1:111122223333:alias/aws/s3"},
		resourcePatterns: []string{"*", "*", "*", ourKey, theirKey, "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:*:key/o?e", "arn:aws:kms:*", "arn:*:kms:*:*:alias/*",
			"arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/team}", "arn:aws:kms:us-east-1:*"},
	},
	"s3": {
		actions:   []string{"s3:GetObject", "s3:PutObject", "s3:getobject"},
		patterns:  []string{"*", "s3:*", "s3:Get*", "s3:GetObject", "S3:PutObject", "s3:*Object", "kms:*"},
		resources: []string{object, "arn:aws:s3:::bucket/alice/x", "arn:aws:s3:::bucket/*"},
		resourcePatterns: []string{"*", object, "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/${aws:username}/*", "arn:aws:s3:::*/x", "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'team'}/*",
			"arn:aws:s3:::bucket/${*}", "arn:*:*:*:*:*y", "arn:aws:*:bucket/*"},
	},
	"sts": {
		actions:          []string{"sts:AssumeRole", "sts:GetCallerIdentity"},
		patterns:         []string{"*", "sts:*", "sts:AssumeRole", "sts:assume*"},
		resources:        []string{role},
		resourcePatterns: []string{"*", role, "arn:aws:iam::111122223333:role/*"},
	},
}

// keys of conditions with the values that requests have. "name!" holds many.
var keys = map[string][]string{
	"aws:PrincipalTag/team":        {"team", "Team", "*", "", "one", "a:b"},
	"aws:SourceArn":                {"arn:aws:s3:::bucket", "arn:aws:logs:us-east-1:111122223333:group:a/b", "arn:aws:s3", "bucket"},
	"aws:SourceIp":                 {"203.0.113.5", "10.0.0.1", "2001:DB8::1", "2001:db8:1::1", "nowhere"},
	"aws:CurrentTime":              {"2024-01-01T00:00:00Z", "2024-06-30T12:00:00Z", "1704067200", "2024-01-01T01:00:00+01:00", "never"},
	"aws:SecureTransport":          {"true", "false", "TRUE", "maybe"},
	"s3:max-keys":                  {"10", "9.50", "-1", "10abc", "010"},
	"ex:blob":                      {"QmlnUGF5bG9hZA==", "QQ==", "?"},
	"aws:PrincipalOrgID":           {"o-ours", "o-theirs"},
	"kms:ViaService":               {"s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"},
	"kms:EncryptionContext:App":    {"team", "Team", "one"},
	"kms:EncryptionContext:tenant": {"team", "one"},
	"kms:GrantIsForAWSResource":    {"true", "false"},
	"kms:GrantConstraintType":      {"EncryptionContextEquals", "EncryptionContextSubset"},
	"kms:RequestAlias":             {"alias/app", "alias/two"},
	"kms:KeyUsage":                 {"ENCRYPT_DECRYPT", "SIGN_VERIFY"},
	"kms:ResourceAliases!":         {"alias/app", "alias/two"},
	"kms:EncryptionContextKeys!":   {"App", "app", "tenant"},
	"kms:GrantOperations!":         {"Decrypt", "Encrypt", "CreateGrant"},
	"aws:TagKeys!":                 {"team", "Team", "cost", ""},
	"aws:PrincipalArn":             nil,
	"aws:PrincipalAccount":         nil,
	"aws:PrincipalType":            nil,
	"aws:PrincipalIsAWSService":    nil,
	"aws:userid":                   nil,
	"aws:username":                 nil,
	"kms:CallerAccount":            nil,
	"aws:ResourceAccount":          nil,
}

var keyNames = func() (out []string) {
	for k := range keys {
		out = append(out, k)
	}
	sortStrings(out)
	return out
}()

// operands of policies by the family of the operator.
var operands = map[string][]string{
	"String": {"team", "Team", "te*", "*", "?eam", "", "o*", "${aws:PrincipalTag/team}", "${aws:username}", "x${*}", "${*}", "${aws:PrincipalTag/none, 'team'}",
		ours, "User", "AssumedRole", "AIDAALICE", "AROAAPP:one", "*alice", "arn:aws:iam::111122223333:role/*", "o-ours", "s3.*.amazonaws.com", "alias/*", "App", "app", "Decrypt",
		"true", "${aws:TagKeys}", "*a*a*", "EncryptionContextEquals"},
	"Arn": {"arn:aws:s3:::bucket", "arn:aws:s3:::*", "arn:*:logs:*:111122223333:*", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::*:user/*", "arn:aws:*:bucket",
		"arn:aws:iam::${aws:PrincipalAccount}:*", "arn:aws:logs:us-east-1:111122223333:group:${aws:PrincipalTag/team}/b", "arn:aws:s3:::${aws:PrincipalTag/team, 'bucket'}"},
	"Numeric":   {"10", "9.5", "-1", "0", "10.0", "1000000000000000000000"},
	"Date":      {"2024-01-01T00:00:00Z", "2024-01-01", "1704067200", "2024-06-30T12:00:00Z", "2024-06-30T13:00:00+01:00", "2025"},
	"Bool":      {"true", "false", "True"},
	"Binary":    {"QmlnUGF5bG9hZA==", "QQ=="},
	"IpAddress": {"203.0.113.0/24", "203.0.113.5", "0.0.0.0/0", "2001:db8::/32", "2001:db8:0:0:0:0:0:1", "::/0", "203.0.113.77/24", "10.0.0.1/32"},
	"Null":      {"true", "false"},
}

var families = map[string][]string{
	"String": {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"},
	"Arn":    {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
	"Numeric": {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
		"NumericGreaterThanEquals"},
	"Date":      {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
	"Bool":      {"Bool"},
	"Binary":    {"BinaryEquals"},
	"IpAddress": {"IpAddress", "NotIpAddress"},
	"Null":      {"Null"},
}

// natural is the family that fits a key.
func natural(key string) string {
	switch key {
	case "aws:SourceArn", "aws:PrincipalArn":
		return "Arn"
	case "aws:SourceIp":
		return "IpAddress"
	case "aws:CurrentTime":
		return "Date"
	case "aws:SecureTransport", "kms:GrantIsForAWSResource", "aws:PrincipalIsAWSService":
		return "Bool"
	case "s3:max-keys":
		return "Numeric"
	case "ex:blob":
		return "Binary"
	}
	return "String"
}

func (g *generator) conditions() map[string]any {
	out := map[string]any{}
	for range pick(g, 1, 1, 1, 2, 3) {
		key := pick(g, keyNames...)
		family := natural(key)
		if g.chance(4) {
			family = pick(g, "String", "String", "Arn", "Numeric", "Date", "Bool", "Binary", "IpAddress", "Null")
		}
		operator := pick(g, families[family]...)
		name, many := strings.CutSuffix(key, "!")
		if family != "Null" {
			if g.chance(4) {
				operator += "IfExists"
			}
			if many && !g.chance(4) || g.chance(8) {
				operator = pick(g, "ForAllValues:", "ForAnyValue:") + operator
			}
		}
		block, _ := out[operator].(map[string]any)
		if block == nil {
			block = map[string]any{}
			out[operator] = block
		}
		switch { // IAM refuses a key twice, also in different case
		case block[name] != nil || block[strings.ToUpper(name)] != nil:
			continue
		case g.chance(6):
			name = strings.ToUpper(name)
		}
		values := []string{pick(g, operands[family]...)}
		for g.chance(3) {
			values = append(values, pick(g, operands[family]...))
		}
		block[name] = values
	}
	return out
}

func (g *generator) principal() any {
	if g.chance(5) {
		return "*"
	}
	out := map[string]any{}
	if !g.chance(8) {
		list := []string{pick(g, entries...)}
		for g.chance(2) {
			list = append(list, pick(g, entries...))
		}
		out["AWS"] = list
	}
	if g.chance(4) || len(out) == 0 {
		out["Service"] = pick(g, "logs.amazonaws.com", "s3.amazonaws.com")
	}
	return out
}

// statement makes a statement; kind is "identity", "resource", "endpoint" or
// "ceiling": the last is mostly wide open.
func (g *generator) statement(f field, kind string) map[string]any {
	s := map[string]any{"Effect": pick(g, "Allow", "Allow", "Allow", "Deny")}
	several := func(from []string) []string {
		out := []string{pick(g, from...)}
		for g.chance(3) {
			out = append(out, pick(g, from...))
		}
		return out
	}
	wide := kind == "ceiling" && !g.chance(3)
	if wide {
		s["Effect"] = "Allow"
	}
	switch {
	case wide:
		s["Action"] = "*"
	case g.chance(8):
		s["NotAction"] = several(f.patterns)
	case !g.chance(40):
		s["Action"] = several(f.patterns)
	}
	switch {
	case wide:
		s["Resource"] = "*"
	case g.chance(10):
		s["NotResource"] = several(f.resourcePatterns)
	case !g.chance(20) || kind == "endpoint" || kind == "ceiling": // AWS refuses those without
		s["Resource"] = several(f.resourcePatterns)
	}
	if kind == "resource" || kind == "endpoint" {
		switch {
		case g.chance(8):
			s["NotPrincipal"] = g.principal()
		case !g.chance(30):
			s["Principal"] = g.principal()
		}
	}
	if !wide && g.chance(2) {
		s["Condition"] = g.conditions()
	}
	return s
}

func (g *generator) policy(name string, f field, kind string) *authz.Policy {
	doc := map[string]any{}
	if !g.chance(4) {
		doc["Version"] = pick(g, "2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17")
	}
	var list []any
	for range pick(g, 1, 1, 2, 3) {
		list = append(list, g.statement(f, kind))
	}
	doc["Statement"] = list
	return compile(name, doc)
}

func compile(name string, document any) *authz.Policy {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	doc, err := policy.Parse(string(text))
	if err != nil {
		panic(fmt.Sprint(err, string(text)))
	}
	return authz.Compile(name, doc)
}

// world is a set of layers with the service that they speak about.
type world struct {
	field  field
	layers authz.Layers
}

func (g *generator) world() world {
	f := fields[pick(g, "kms", "kms", "kms", "s3", "s3", "sts")]
	w := world{field: f}
	l := &w.layers
	for i := range pick(g, 0, 1, 1, 2) {
		l.Identity = append(l.Identity, g.policy(fmt.Sprint("identity", i), f, "identity"))
	}
	if g.chance(4) {
		l.Boundary = g.policy("boundary", f, pick(g, "identity", "ceiling"))
	}
	if g.chance(4) {
		l.Session = []*authz.Policy{}
		for i := range pick(g, 0, 1, 1, 2) {
			l.Session = append(l.Session, g.policy(fmt.Sprint("session", i), f, pick(g, "identity", "ceiling")))
		}
	}
	if g.chance(4) {
		l.SCPs = g.levels("scp", f)
	}
	if g.chance(4) {
		l.RCPs = g.levels("rcp", f)
	}
	if g.chance(8) {
		l.Endpoint = g.policy("endpoint", f, "endpoint")
	}
	if !g.chance(5) {
		l.Resource = g.policy("resource", f, "resource")
	}
	if g.chance(3) {
		for i := range pick(g, 1, 1, 2) {
			l.Grants = append(l.Grants, g.grant(i))
		}
	}
	return w
}

func (g *generator) levels(name string, f field) (out [][]*authz.Policy) {
	for level := range pick(g, 1, 2, 3) {
		list := []*authz.Policy{}
		for i := range pick(g, 1, 1, 1, 2) {
			id := fmt.Sprint(name, level, "-", i)
			if name == "scp" {
				list = append(list, g.policy(id, f, "ceiling"))
				continue
			}
			s := g.statement(f, "ceiling")
			s["Principal"] = pick[any](g, "*", map[string]any{"AWS": "*"})
			list = append(list, compile(id, map[string]any{"Version": "2012-10-17", "Statement": s}))
		}
		out = append(out, list)
	}
	return out
}

func (g *generator) grant(i int) authz.Grant {
	out := authz.Grant{ID: fmt.Sprint("grant", i), Grantee: pick(g, append(entries[1:], "logs.amazonaws.com")...), Pending: g.chance(5), Token: fmt.Sprint("token", i)}
	for range pick(g, 1, 2, 3) {
		out.Operations = append(out.Operations, pick(g, "Decrypt", "GenerateDataKey", "DescribeKey", "CreateGrant", "RetireGrant", "Encrypt", "ReEncryptFrom"))
	}
	if g.chance(3) {
		out.Retiring = pick(g, entries[1:]...)
	}
	pairs := map[string]string{pick(g, "App", "app", "tenant"): pick(g, "team", "one")}
	switch g.IntN(6) {
	case 0:
		out.ContextEquals = pairs
	case 1:
		out.ContextSubset = pairs
	case 2:
		out.SourceARN = "arn:aws:s3:::bucket"
	}
	return out
}

// request makes a request and the layers that can stand before it: services have
// no policies of their own, users no sessions.
func (g *generator) request(w world) (*authz.Request, *authz.Layers) {
	req := &authz.Request{Principal: pick(g, principals...), Action: pick(g, w.field.actions...), Resource: pick(g, w.field.resources...), Context: authz.Context{}}
	if req.Action == "kms:ListKeys" {
		req.Resource = "*"
	}
	if strings.HasPrefix(strings.ToLower(req.Action), "s3:") {
		req.ResourceAccount = pick(g, ours, ours, theirs, "")
	}
	for range pick(g, 0, 2, 4, 6) {
		g.contextValue(req)
	}
	if g.chance(8) {
		req.GrantTokens = []string{pick(g, "token0", "token1")}
	}
	l := w.layers
	switch req.Principal.Kind {
	case authz.Service, authz.Anonymous, authz.Root:
		l.Identity, l.Boundary, l.Session = nil, nil, nil
	case authz.User:
		l.Session = nil
	}
	return req, &l
}

func (g *generator) contextValue(req *authz.Request) {
	name := pick(g, keyNames...)
	values := keys[name]
	if values == nil {
		return // derived
	}
	name, many := strings.CutSuffix(name, "!")
	list := []string{pick(g, values...)}
	for many && g.chance(2) || g.chance(25) {
		list = append(list, pick(g, values...))
	}
	if g.chance(25) && !strings.HasPrefix(name, "kms:EncryptionContext:") {
		list = []string{}
	}
	req.Context[strings.ToLower(name)] = authz.Value{Values: list}
}
