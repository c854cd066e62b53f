package authz

import (
	"fmt"
	"testing"
)

const (
	opsDoc      = iamDocs + "reference_policies_elements_condition_operators.html"
	multiDoc    = iamDocs + "reference_policies_condition-logic-multiple-context-keys-or-values.html"
	singleDoc   = iamDocs + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
	variableDoc = iamDocs + "reference_policies_variables.html"
)

// conditionCase has one condition and the answer: y, n or ? (not known).
type conditionCase struct {
	condition string
	context   Context
	want      byte
}

func runConditions(t *testing.T, doc, version string, cases []conditionCase) {
	t.Helper()
	for _, c := range cases {
		text := fmt.Sprintf(`{"Version":%q,"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{%s}}}`, version, c.condition)
		p := must(t, "p", text)
		got := OutcomeOf(&Request{Principal: user(account, "alice"), Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Context: c.context}, &Layers{Identity: []*Policy{p}})
		want := map[byte]Outcome{'y': Allow, 'n': ImplicitDeny, '?': Unknown}[c.want]
		if got != want {
			t.Errorf("%s with %v: %v, want %v; see %s", c.condition, c.context, got, want, doc)
		}
	}
}

const v2012 = "2012-10-17"

func TestStringOperators(t *testing.T) {
	runConditions(t, opsDoc+"#Conditions_String", v2012, []conditionCase{
		{`"StringEquals":{"k":"a"}`, ctx("k", "a"), 'y'},
		{`"StringEquals":{"k":"a"}`, ctx("k", "A"), 'n'},
		{`"StringEquals":{"K":["b","a"]}`, ctx("k", "a"), 'y'},
		{`"stringequals":{"k":"a"}`, ctx("k", "a"), 'y'},
		{`"StringEquals":{"k":"a*"}`, ctx("k", "ab"), 'n'},
		{`"StringEquals":{"k":"a*"}`, ctx("k", "a*"), 'y'},
		{`"StringEquals":{"k":""}`, ctx("k", ""), 'y'},
		{`"StringEquals":{"k":[]}`, ctx("k", "a"), 'n'},
		{`"StringNotEquals":{"k":["a","b"]}`, ctx("k", "b"), 'n'},
		{`"StringNotEquals":{"k":["a","b"]}`, ctx("k", "c"), 'y'},
		{`"StringEqualsIgnoreCase":{"k":"aB"}`, ctx("k", "Ab"), 'y'},
		{`"StringNotEqualsIgnoreCase":{"k":"aB"}`, ctx("k", "Ab"), 'n'},
		{`"StringLike":{"k":"a*"}`, ctx("k", "a"), 'y'},
		{`"StringLike":{"k":"a*z"}`, ctx("k", "a:/b/z"), 'y'},
		{`"StringLike":{"k":"a?z"}`, ctx("k", "az"), 'n'},
		{`"StringLike":{"k":"a?z"}`, ctx("k", "aéz"), 'y'},
		{`"StringLike":{"k":"*??"}`, ctx("k", "é"), 'n'},
		{`"StringLike":{"k":"*??a*z"}`, ctx("k", "日aXz"), 'n'},
		{`"StringLike":{"k":"A*"}`, ctx("k", "a"), 'n'},
		{`"StringLike":{"k":"*"}`, ctx(), 'n'},
		{`"StringNotLike":{"k":["a*","*z"]}`, ctx("k", "bz"), 'n'},
		{`"StringNotLike":{"k":"a*"}`, ctx("k", "b"), 'y'},
		{`"StringEquals":{"k":"a","l":"b"}`, ctx("k", "a", "l", "c"), 'n'},
		{`"StringEquals":{"k":"a"},"StringLike":{"l":"b*"}`, ctx("k", "a", "l", "bb"), 'y'},
		{`"StringFoo":{"k":"a"}`, ctx("k", "a"), '?'},
	})
}

func TestOtherOperators(t *testing.T) {
	runConditions(t, opsDoc, v2012, []conditionCase{
		{`"NumericEquals":{"k":"10"}`, ctx("k", "10.0"), 'y'},
		{`"NumericEquals":{"k":10}`, ctx("k", "10"), 'y'},
		{`"NumericEquals":{"k":"10"}`, ctx("k", "10abc"), 'n'},
		{`"NumericNotEquals":{"k":"10"}`, ctx("k", "10abc"), 'n'},
		{`"NumericNotEquals":{"k":"10"}`, ctx("k", "11"), 'y'},
		{`"NumericNotEquals":{"k":"10"}`, ctx(), 'y'},
		{`"NumericEquals":{"k":"9007199254740993"}`, ctx("k", "9007199254740992"), 'n'},
		{`"NumericLessThan":{"k":"-7"}`, ctx("k", "-8"), 'y'},
		{`"NumericGreaterThan":{"k":"-7"}`, ctx("k", "0"), 'y'},
		{`"NumericLessThan":{"k":"7"}`, ctx("k", "7"), 'n'},
		{`"NumericLessThanEquals":{"k":"7"}`, ctx("k", "7"), 'y'},
		{`"NumericGreaterThan":{"k":"-7"}`, ctx("k", "-6.5"), 'y'},
		{`"NumericGreaterThanEquals":{"k":["90","7"]}`, ctx("k", "8"), 'y'},
		{`"NumericLessThan":{"k":"seven"}`, ctx("k", "7"), '?'},
		{`"NumericEquals":{"k":"0x10"}`, ctx("k", "16"), '?'},
		{`"DateGreaterThan":{"k":"2020-01-01T00:00:00Z"}`, ctx("k", "2020-01-01T00:00:01Z"), 'y'},
		{`"DateEquals":{"k":"2020-01-01T00:00:00Z"}`, ctx("k", "1577836800"), 'y'},
		{`"DateEquals":{"k":"1577836800"}`, ctx("k", "2020-01-01T01:00:00+01:00"), 'y'},
		{`"DateEquals":{"k":"2020-01-01"}`, ctx("k", "2020-01-01T00:00Z"), 'y'},
		{`"DateEquals":{"k":"2020"}`, ctx("k", "2020-01"), 'y'},
		{`"DateLessThan":{"k":"2020-01-01T00:00:00.5Z"}`, ctx("k", "2020-01-01T00:00:00.25Z"), 'y'},
		{`"DateNotEquals":{"k":"2020-01-01"}`, ctx("k", "yesterday"), 'n'},
		{`"DateEquals":{"k":"2020-02-30"}`, ctx("k", "2020-03-01"), '?'},
		{`"DateLessThan":{"k":"2020-01-01T00:00:00"}`, ctx("k", "2019"), '?'},
		{`"Bool":{"k":"true"}`, ctx("k", "TRUE"), 'y'},
		{`"Bool":{"k":false}`, ctx("k", "false"), 'y'},
		{`"Bool":{"k":"false"}`, ctx("k", "no"), 'y'},
		{`"Bool":{"k":"true"}`, ctx("k", "1"), 'n'},
		{`"Bool":{"k":"false"}`, ctx(), 'n'},
		{`"BoolIfExists":{"k":"false"}`, ctx(), 'y'},
		{`"BinaryEquals":{"k":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, ctx("k", "QmluYXJ5VmFsdWVJbkJhc2U2NA=="), 'y'},
		{`"BinaryEquals":{"k":"QQ=="}`, ctx("k", "Qg=="), 'n'},
		{`"IpAddress":{"k":"203.0.113.0/24"}`, ctx("k", "203.0.113.77"), 'y'},
		{`"IpAddress":{"k":"203.0.113.5"}`, ctx("k", "203.0.113.5"), 'y'},
		{`"IpAddress":{"k":"0.0.0.0/0"}`, ctx("k", "8.8.8.8"), 'y'},
		{`"IpAddress":{"k":"2001:DB8::/32"}`, ctx("k", "2001:db8:0:0:0:0:0:1"), 'y'},
		{`"IpAddress":{"k":"::/0"}`, ctx("k", "203.0.113.5"), 'n'},
		{`"NotIpAddress":{"k":["203.0.113.0/24","10.0.0.0/8"]}`, ctx("k", "10.1.1.1"), 'n'},
		{`"NotIpAddress":{"k":"203.0.113.0/24"}`, ctx("k", "8.8.8.8"), 'y'},
		{`"NotIpAddress":{"k":"203.0.113.0/24"}`, ctx("k", "host"), 'n'},
		{`"NotIpAddress":{"k":"203.0.113.0/24"}`, ctx(), 'y'},
		{`"IpAddress":{"k":"203.0.113.0/33"}`, ctx("k", "8.8.8.8"), '?'},
		{`"ArnEquals":{"k":"arn:aws:sns:*:111122223333:t*"}`, ctx("k", "arn:aws:sns:us-east-1:111122223333:topic"), 'y'},
		{`"ArnLike":{"k":"arn:aws:*:111122223333:t"}`, ctx("k", "arn:aws:sns:us-east-1:111122223333:t"), 'n'},
		{`"ArnLike":{"k":"arn:aws:logs:*:111122223333:*"}`, ctx("k", "arn:aws:logs:r:111122223333:log-group:a:b"), 'y'},
		{`"ArnLike":{"k":"arn:aws:s3:::B"}`, ctx("k", "arn:aws:s3:::b"), 'n'},
		{`"ArnNotLike":{"k":"arn:aws:s3:::b*"}`, ctx("k", "arn:aws:s3:::c"), 'y'},
		{`"ArnNotEquals":{"k":"arn:aws:s3:::b*"}`, ctx("k", "arn:aws:s3:::bb"), 'n'},
		{`"ArnNotLike":{"k":"arn:aws:s3:::b*"}`, ctx("k", "text"), 'n'},
		{`"ArnNotLike":{"k":"arn:aws:s3:::b*"}`, ctx(), 'y'},
		{`"Null":{"k":"true"}`, ctx(), 'y'},
		{`"Null":{"k":"true"}`, ctx("k", ""), 'y'},
		{`"Null":{"k":"true"}`, ctx("k", "x"), 'n'},
		{`"Null":{"k":false}`, ctx("k", "x"), 'y'},
		{`"Null":{"k":"false"}`, ctx(), 'n'},
		{`"Null":{"k":["true","false"]}`, ctx("k", "?"), 'y'},
		{`"Null":{"k":"true"}`, ctx("k", "?"), '?'},
		{`"NullIfExists":{"k":"true"}`, ctx(), '?'},
	})
}

func TestAbsentAndManyValues(t *testing.T) {
	empty := Context{"k": Value{}}
	runConditions(t, multiDoc, v2012, []conditionCase{
		{`"StringEquals":{"k":"a"}`, ctx(), 'n'},
		{`"StringNotEquals":{"k":"a"}`, ctx(), 'y'},
		{`"StringNotLike":{"k":"a"}`, ctx(), 'y'},
		{`"StringEqualsIfExists":{"k":"a"}`, ctx(), 'y'},
		{`"StringEqualsIfExists":{"k":"a"}`, ctx("k", "b"), 'n'},
		{`"StringNotEqualsIfExists":{"k":"a"}`, ctx("k", "a"), 'n'},
		{`"ForAllValues:StringEquals":{"k":["a","b"]}`, ctx("k", "a|b"), 'y'},
		{`"ForAllValues:StringEquals":{"k":["a","b"]}`, ctx("k", "a|c"), 'n'},
		{`"ForAllValues:StringEquals":{"k":["a"]}`, ctx(), 'y'},
		{`"ForAllValues:StringEquals":{"k":["a"]}`, empty, 'y'},
		{`"ForAllValues:StringEquals":{"k":["a"]}`, ctx("k", "|a"), 'y'},
		{`"ForAllValues:StringNotEquals":{"k":["a","b"]}`, ctx("k", "c|d"), 'y'},
		{`"ForAllValues:StringNotEquals":{"k":["a","b"]}`, ctx("k", "c|a"), 'n'},
		{`"ForAnyValue:StringEquals":{"k":["a","b"]}`, ctx("k", "c|a"), 'y'},
		{`"ForAnyValue:StringEquals":{"k":["a","b"]}`, ctx("k", "c|d"), 'n'},
		{`"ForAnyValue:StringEquals":{"k":["a"]}`, ctx(), 'n'},
		{`"ForAnyValue:StringEquals":{"k":["a"]}`, empty, 'n'},
		{`"ForAnyValue:StringNotEquals":{"k":["a"]}`, ctx(), 'n'},
		{`"ForAnyValue:StringNotEquals":{"k":["a"]}`, ctx("k", "a|b"), 'y'},
		{`"ForAnyValue:StringNotEquals":{"k":["a","b"]}`, ctx("k", "a|b"), 'n'},
		{`"ForAnyValue:StringLike":{"k":"a*"}`, ctx("k", "ab"), 'y'},
		{`"ForAnyValue:StringNotEquals":{"k":"a"}`, ctx("k", ""), 'n'},
		{`"ForAnyValue:StringEqualsIfExists":{"k":"a"}`, ctx(), 'y'},
		{`"ForAnyValue:StringEqualsIfExists":{"k":"a"}`, ctx("k", "b"), 'n'},
		{`"forallvalues:StringLike":{"k":"a*"}`, ctx("k", "ab|ac"), 'y'},
		{`"StringEquals":{"k":"a"}`, ctx("k", "a|b"), 'n'},
		{`"StringNotEquals":{"k":"c"}`, ctx("k", "a|b"), 'n'},
		{`"StringEquals":{"aws:TagKeys":"a"}`, ctx("aws:tagkeys", "a"), 'n'},
		{`"StringEquals":{"k":"a"}`, empty, 'n'},
		{`"StringNotEquals":{"k":"a"}`, empty, 'y'},
		{`"ForSomeValues:StringEquals":{"k":"a"}`, ctx("k", "a"), '?'},
		{`"StringEquals":{"k":"a"}`, ctx("k", "?"), '?'},
		{`"ForAllValues:StringEquals":{"k":"a"}`, ctx("k", "?"), '?'},
		{`"StringEquals":{"k":"a"},"Bool":{"l":"true"}`, ctx("k", "?", "l", "false"), 'n'},
	})
}

func TestVariables(t *testing.T) {
	runConditions(t, variableDoc, v2012, []conditionCase{
		{`"StringEquals":{"k":"${aws:username}"}`, ctx("k", "alice"), 'y'},
		{`"StringEquals":{"k":"u-${AWS:UserName}-${l}"}`, ctx("k", "u-alice-x", "l", "x"), 'y'},
		{`"StringLike":{"k":"${l}*"}`, ctx("k", "a*b", "l", "a*"), 'y'},
		{`"StringLike":{"k":"${l}"}`, ctx("k", "ab", "l", "a*"), 'n'},
		{`"StringEquals":{"k":"${none}"}`, ctx("k", ""), 'n'},
		{`"StringNotEquals":{"k":"${none}"}`, ctx("k", "x"), 'y'},
		{`"StringNotLike":{"k":"${none}"}`, ctx("k", "x"), 'y'},
		{`"StringEquals":{"k":"${none, 'red'}"}`, ctx("k", "red"), 'y'},
		{`"StringEquals":{"k":"${l, 'red'}"}`, ctx("k", "red", "l", "blue"), 'n'},
		{`"StringEquals":{"k":"${none, 'a}b'}-"}`, ctx("k", "a}b-"), 'y'},
		{`"StringLike":{"k":"${none, 'a*'}"}`, ctx("k", "ab"), 'n'},
		{`"StringEquals":{"k":"${l}"}`, ctx("k", "a", "l", "a|b"), 'n'},
		{`"StringEquals":{"k":"${l}"}`, ctx("k", "a", "l", "?"), '?'},
		{`"StringEquals":{"k":"b${l}"}`, ctx("k", "a", "l", "?"), 'n'},
		{`"StringLike":{"k":"${*}"}`, ctx("k", "*"), 'y'},
		{`"StringLike":{"k":"${*}"}`, ctx("k", "a"), 'n'},
		{`"StringLike":{"k":"${?}*"}`, ctx("k", "?x"), 'y'},
		{`"StringEquals":{"k":"${$}{l}"}`, ctx("k", "${l}", "l", "x"), 'y'},
		{`"StringEquals":{"k":"${l"}`, ctx("k", "${l"), 'y'},
		{`"StringEqualsIgnoreCase":{"k":"${l}"}`, ctx("k", "AB", "l", "ab"), 'y'},
		{`"ArnLike":{"k":"arn:aws:iam::${aws:PrincipalAccount}:user/*"}`, ctx("k", "arn:aws:iam::111122223333:user/x"), 'y'},
		{`"ArnEquals":{"k":"${aws:PrincipalArn}"}`, ctx("k", "arn:aws:iam::111122223333:user/alice"), 'y'},
		{`"Bool":{"k":"${l}"}`, ctx("k", "true", "l", "True"), 'y'},
		{`"NumericEquals":{"k":"${l}"}`, ctx("k", "1", "l", "1"), '?'},
		{`"StringEquals":{"k":"${bedlock:ref:x#arn}"}`, ctx("k", "a"), '?'},
		{`"StringLike":{"k":"a-${bedlock:account}-*"}`, ctx("k", "b"), 'n'},
		{`"StringEquals":{"k":"a-${bedlock:account}"}`, ctx("k", "a-${bedlock:account}"), 'y'},
		{`"StringEquals":{"k":"${bedlock:unknown:x}"}`, ctx("k", "${bedlock:unknown:x}"), '?'},
		{`"StringEquals":{"k":"a"}`, ctx("k", "${bedlock:ref:x#y}"), '?'},
		{`"StringLike":{"k":"a*"}`, ctx("k", "b${bedlock:ref:x#y}"), 'n'},
		{`"NumericEquals":{"k":"${bedlock:unknown:x}"}`, ctx("k", "1"), '?'},
		{`"NumericEquals":{"k":"1"}`, ctx("k", "${bedlock:unknown:x}"), '?'},
		{`"StringEqualsIgnoreCase":{"k":"A${bedlock:account}"}`, ctx("k", "a1"), '?'},
		{`"StringEqualsIgnoreCase":{"k":"A${bedlock:account}"}`, ctx("k", "b1"), 'n'},
		{`"StringEqualsIgnoreCase":{"k":"A"}`, ctx("k", "${bedlock:account}"), '?'},
		{`"StringLike":{"k":"a-${bedlock:unknown:x}"}`, ctx("k", "a-${bedlock:unknown:x}"), '?'},
		{`"ArnLike":{"k":"arn:aws:s3:::b"}`, ctx("k", "${bedlock:ref:b#arn}"), '?'},
		{`"ArnLike":{"k":"arn:aws:iam::${bedlock:account}:role/*"}`, ctx("k", "arn:aws:iam::${bedlock:account}:role/x"), 'y'},
		{`"ArnLike":{"k":"arn:aws:iam::1:role/*"}`, ctx("k", "arn:aws:iam::${bedlock:account}:user/x"), 'n'},
		{`"ArnLike":{"k":"*"}`, ctx("k", "arn:aws:iam::1:user/x"), 'y'},
		{`"ArnLike":{"k":"arn:aws:iam"}`, ctx("k", "arn:aws:iam::1:user/x"), 'n'},
		{`"StringEquals":{"k":"${aws:TagKeys}"}`, ctx("k", "a", "aws:tagkeys", "a"), 'n'},
		{`"StringEquals":{"k":"${l}"}`, ctx("k", "a", "l", "${bedlock:account}"), '?'},
		{`"${bedlock:unknown:x}":{"k":"1"}`, ctx("k", "1"), '?'},
		{`"StringEquals":{"${bedlock:unknown:x}":"1"}`, ctx("k", "1"), '?'},
	})
	runConditions(t, variableDoc+"#policy-vars-using-variables", "2008-10-17", []conditionCase{
		{`"StringEquals":{"k":"${aws:username}"}`, ctx("k", "alice"), 'n'},
		{`"StringEquals":{"k":"${aws:username}"}`, ctx("k", "${aws:username}"), 'y'},
		{`"StringEquals":{"k":"${*}"}`, ctx("k", "*"), 'n'},
		{`"StringLike":{"k":"${*}"}`, ctx("k", "${ab}"), 'y'},
		{`"StringEquals":{"k":"a-${bedlock:account}"}`, ctx("k", "a-1"), '?'},
	})
	runConditions(t, variableDoc, "${bedlock:unknown:v}", []conditionCase{
		{`"StringEquals":{"k":"${aws:username}"}`, ctx("k", "alice"), '?'},
		{`"StringEquals":{"k":"alice"}`, ctx("k", "alice"), 'y'},
	})
}

func TestDerivedKeys(t *testing.T) {
	doc := iamDocs + "reference_policies_condition-keys.html"
	key := func(name, value string) layersOf {
		return layersOf{key: `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"` + name + `":"` + value + `"}}}`}
	}
	alice, reader := user(account, "ops/alice"), session(account, "team/reader", "s1")
	noRole, noID := reader, alice
	noRole.Role, noID.ID = "", ""
	const denied = "ImplicitDeny missing resource-based policy, identity-based policy"
	runCases(t, []decisionCase{
		{name: "arn of a role", doc: doc, who: reader, layers: key("aws:PrincipalArn", "arn:aws:iam::111122223333:role/team/reader"), want: "Allow key[0]:direct"},
		{name: "arn of a session", doc: doc, who: reader, layers: key("aws:PrincipalArn", reader.ARN), want: denied},
		{name: "arn of a role from the session", doc: doc, who: noRole, layers: key("aws:PrincipalArn", "arn:aws:iam::111122223333:role/reader"), want: "Allow key[0]:direct"},
		{name: "arn given", doc: doc, who: reader, context: ctx("aws:principalarn", "x"), layers: key("aws:PrincipalArn", "x"), want: "Allow key[0]:direct"},
		{name: "account", doc: doc, who: alice, layers: key("aws:PrincipalAccount", account), want: "Allow key[0]:direct"},
		{name: "type user", doc: doc, who: alice, layers: key("aws:PrincipalType", "User"), want: "Allow key[0]:direct"},
		{name: "type session", doc: doc, who: reader, layers: key("aws:PrincipalType", "AssumedRole"), want: "Allow key[0]:direct"},
		{name: "type root", doc: doc, who: rootUser(account), layers: key("aws:PrincipalType", "Account"), want: "Allow key[0]:direct"},
		{name: "type federated", doc: doc, who: federated(account, "f", "a"), layers: key("aws:PrincipalType", "FederatedUser"), want: "Allow key[0]:direct"},
		{name: "is a service", doc: doc, who: service("s3.amazonaws.com"), layers: key("aws:PrincipalIsAWSService", "true"), want: "Allow key[0]:direct"},
		{name: "is no service", doc: doc, who: alice, layers: key("aws:PrincipalIsAWSService", "false"), want: "Allow key[0]:direct"},
		{name: "service name", doc: doc, who: service("s3.amazonaws.com"), layers: key("aws:PrincipalServiceName", "s3.amazonaws.com"), want: "Allow key[0]:direct"},
		{name: "user name without path", doc: doc, who: alice, layers: key("aws:username", "alice"), want: "Allow key[0]:direct"},
		{name: "session has no user name", doc: doc, who: reader, layers: key("aws:username", "reader"), want: denied + " absent aws:username"},
		{name: "user id", doc: doc, who: alice, layers: key("aws:userid", "AIDAOPS/ALICE"), want: "Allow key[0]:direct"},
		{name: "user id of a session", doc: doc, who: reader, layers: key("aws:userid", "AROATEAM/READER:s1"), want: "Allow key[0]:direct"},
		{name: "user id of a federated user", doc: doc, who: federated(account, "f", "a"), layers: key("aws:userid", "111122223333:f"), want: "Allow key[0]:direct"},
		{name: "user id not known", doc: doc, who: noID, layers: key("aws:userid", "AIDAX"), want: "Unknown open aws:userid"},
		{name: "resource account", doc: doc, who: alice, layers: key("aws:ResourceAccount", account), want: "Allow key[0]:direct"},
		{name: "service has no account", doc: doc, who: service("s3.amazonaws.com"), layers: key("aws:PrincipalAccount", account), want: "ImplicitDeny missing resource-based policy absent aws:principalaccount"},
	})
}

// A pair without a value is no pair of the encryption context.
func TestEmptyPairs(t *testing.T) {
	listed := layersOf{id: `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"a"}}}`, key: delegate}
	granted := layersOf{grants: []Grant{{ID: "g", Grantee: user(account, "alice").ARN, Operations: []string{"Decrypt"}, ContextEquals: map[string]string{"b": "1"}}}}
	for _, c := range []struct {
		context Context
		layers  layersOf
		want    Outcome
	}{
		{Context{contextPrefix + "a": {}}, listed, ImplicitDeny},
		{Context{contextPrefix + "a": {Values: []string{""}}}, listed, Allow},
		{Context{contextPrefix + "a": {}, contextPrefix + "b": {Values: []string{"1"}}}, granted, Allow},
		{Context{contextPrefix + "a": {Values: []string{""}}, contextPrefix + "b": {Values: []string{"1"}}}, granted, ImplicitDeny},
	} {
		req := &Request{Principal: user(account, "alice"), Action: "kms:Decrypt", Resource: keyARN, Context: c.context}
		if got := OutcomeOf(req, c.layers.compile(t)); got != c.want {
			t.Errorf("%v: %v, want %v", c.context, got, c.want)
		}
	}
}
