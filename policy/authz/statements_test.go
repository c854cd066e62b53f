package authz

import "testing"

func TestActionsAndResources(t *testing.T) {
	alice := user(account, "alice")
	actionDoc, resourceDoc := iamDocs+"reference_policies_elements_action.html", iamDocs+"reference_policies_elements_resource.html"
	notResource, notAction := iamDocs+"reference_policies_elements_notresource.html", iamDocs+"reference_policies_elements_notaction.html"
	id := func(action, resource string) layersOf {
		return layersOf{id: `{"Effect":"Allow",` + action + `,` + resource + `}`}
	}
	const yes, no, object = "Allow id[0]", "ImplicitDeny missing identity-based policy", "arn:aws:s3:::b/a/k:1"
	on := func(name, doc, action, resource, want string) decisionCase {
		return decisionCase{name: name, doc: doc, who: alice, action: "s3:GetObject", resource: object, context: ctx("aws:principaltag/t", "a", "multi", "a|b"), layers: id(action, resource), want: want}
	}
	const all, get = `"Resource":"*"`, `"Action":"s3:*"`
	cases := []decisionCase{
		on("case of actions", actionDoc, `"Action":"S3:gEToBJECT"`, all, yes),
		on("wildcards in names", actionDoc, `"Action":"s3:Get?bj*"`, all, yes),
		on("wildcard in the service", actionDoc, `"Action":"s*:GetObject"`, all, no),
		on("another service", actionDoc, `"Action":"s3-outposts:*"`, all, no),
		on("not action, listed", notAction, `"NotAction":["iam:*","s3:Get*"]`, all, no),
		on("not action, not listed", notAction, `"NotAction":["iam:*","s3:Put*"]`, all, yes),
		on("action that is not known", actionDoc, `"Action":["s3:Put*","${bedlock:unknown:x}"]`, all, "Unknown open statement id[0]"),
		on("part of an action not known", actionDoc, `"Action":"s3:Put${bedlock:unknown:x}"`, all, no),
		on("exact", resourceDoc, get, `"Resource":"`+object+`"`, yes),
		on("star crosses slashes and colons at the end", resourceDoc, get, `"Resource":"arn:aws:s3:::b/*"`, yes),
		on("star stays in its part", resourceDoc, get, `"Resource":"arn:aws:*:b/a/k:1"`, no),
		on("question mark", resourceDoc, get, `"Resource":"arn:aws:s3:::?/?/k:1"`, yes),
		on("case of resources", resourceDoc, get, `"Resource":"arn:aws:s3:::B/*"`, no),
		on("completed", resourceDoc, get, `"Resource":"arn:aws:s3"`, yes),
		on("completed, another service", resourceDoc, get, `"Resource":"arn:aws:sqs"`, no),
		on("variable", variableDoc, get, `"Resource":"arn:aws:s3:::b/${aws:PrincipalTag/t}/*"`, yes),
		on("variable without value", variableDoc, get, `"Resource":"arn:aws:s3:::b/${none}*"`, no+" absent none"),
		on("variable with a default", variableDoc, get, `"Resource":"arn:aws:s3:::b/${none, 'a'}/*"`, yes),
		on("variable of many values", variableDoc, get, `"Resource":"arn:aws:s3:::b/${multi}/*"`, no),
		on("variable of many values with a default", variableDoc, get, `"Resource":"arn:aws:s3:::b/${multi, 'a'}/*"`, yes),
		on("variable too early", variableDoc, get, `"Resource":"arn:aws:${svc, 's3'}:::b/*"`, no),
		on("not resource, listed", notResource, get, `"NotResource":["arn:aws:s3:::c/*","arn:aws:s3:::b/*"]`, no),
		on("not resource, not listed", notResource, get, `"NotResource":["arn:aws:s3:::c/*"]`, yes),
		on("not resource, variable without value", variableDoc, get, `"NotResource":"arn:aws:s3:::${none}/*"`, yes),
		on("no resource", iamDocs+"reference_policies_elements_resource.html", get, `"Sid":"x"`, no),
		on("resource with a token", resourceDoc, get, `"Resource":"${bedlock:ref:aws_s3_bucket.b#arn}/*"`, "Unknown open statement id[0]"),
		on("resource with a token elsewhere", resourceDoc, get, `"Resource":"arn:aws:s3:::c${bedlock:account}/*"`, no),
		on("both action and not action", iamDocs+"reference_policies_grammar.html", `"Action":"s3:*","NotAction":"iam:*"`, all, "Unknown open statement id[0]"),
		on("element that does not exist", iamDocs+"reference_policies_grammar.html", get+`,"Conditions":{"Bool":{"x":"true"}}`, all, "Unknown open statement id[0]"),
		on("condition not known", iamDocs+"reference_policies_grammar.html", get+`,"Condition":"${bedlock:unknown:c}"`, all, "Unknown open statement id[0]"),
		on("condition of a wrong form", iamDocs+"reference_policies_grammar.html", get+`,"Condition":["x"]`, all, "Unknown open statement id[0]"),
		{name: "version 2008", doc: variableDoc, who: alice, action: "s3:GetObject", resource: object, context: ctx("none", "a"),
			layers: layersOf{id: `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${none}/*"}}`}, want: no},
		{name: "statement not known", doc: iamDocs + "reference_policies_grammar.html", who: alice, action: "s3:GetObject", resource: object, layers: layersOf{id: `"${bedlock:unknown:s}",` + allowAll}, want: "Unknown open statement id[0]"},
		{name: "effect not known", doc: iamDocs + "reference_policies_grammar.html", who: alice, action: "s3:GetObject", resource: object, layers: layersOf{id: `{"Effect":"${bedlock:unknown:e}","Action":"*","Resource":"*"}`}, want: "Unknown open statement id[0]"},
		{name: "effect not known, elsewhere", doc: iamDocs + "reference_policies_grammar.html", who: alice, action: "s3:GetObject", resource: object, layers: layersOf{id: `{"Effect":"${bedlock:unknown:e}","Action":"kms:*","Resource":"*"},` + allowAll}, want: "Allow id[1]"},
	}
	runCases(t, cases)
}

func TestUnknown(t *testing.T) {
	alice := user(account, "alice")
	doc := iamDocs + "reference_policies_elements_condition.html"
	ifMFA := func(effect string) string {
		return `{"Effect":"` + effect + `","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`
	}
	mfa := ctx("aws:multifactorauthpresent", "?")
	tokenRole := Principal{Kind: Session, Account: "${bedlock:account}", ARN: "arn:aws:sts::${bedlock:account}:assumed-role/app/s", Role: "arn:aws:iam::${bedlock:account}:role/app"}
	tokenKey := "arn:aws:kms:us-east-1:${bedlock:account}:key/k"
	runCases(t, []decisionCase{
		{name: "allow hangs on it", doc: doc, who: alice, context: mfa, layers: layersOf{key: ifMFA("Allow")}, want: "Unknown open aws:multifactorauthpresent"},
		{name: "allowed anyway", doc: doc, who: alice, context: mfa, layers: layersOf{key: ifMFA("Allow") + "," + allow(`"*"`, "kms:Decrypt")}, want: "Allow key[1]:direct"},
		{name: "deny hangs on it", doc: doc, who: alice, context: mfa, layers: layersOf{key: ifMFA("Deny") + "," + allow(`"*"`, "kms:Decrypt")}, want: "Unknown open aws:multifactorauthpresent"},
		{name: "denied anyway, explicitly", doc: doc, who: alice, context: mfa, layers: layersOf{key: ifMFA("Allow") + "," + deny(`"*"`, "kms:*")}, want: "ExplicitDeny key[1]:direct"},
		{name: "denied anyway, one way or the other", doc: doc, who: alice, context: mfa, layers: layersOf{key: ifMFA("Deny")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "ceiling forbids anyway", doc: doc, who: alice, context: mfa, layers: layersOf{key: ifMFA("Allow"), scps: []string{allowOther}}, want: "ImplicitDeny missing service control policy"},
		{name: "only what matters is open", doc: doc, who: alice, context: ctx("a", "?", "b", "?"), layers: layersOf{key: delegate,
			id: `{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"a":"1"}}},{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"b":"1"}}}`}, want: "Unknown open a"},
		{name: "account of the deployment", doc: doc, who: tokenRole, resource: tokenKey, layers: layersOf{id: allowAll, key: allow(`{"AWS":"arn:aws:iam::${bedlock:account}:root"}`, "kms:*")}, want: "Allow id[0] key[0]:account"},
		{name: "role of the deployment", doc: doc, who: tokenRole, resource: tokenKey, layers: layersOf{key: allow(`{"AWS":"arn:aws:iam::${bedlock:account}:role/app"}`, "kms:*")}, want: "Allow key[0]:role"},
		{name: "another role of the deployment", doc: doc, who: tokenRole, resource: tokenKey, layers: layersOf{key: allow(`{"AWS":"arn:aws:iam::${bedlock:account}:role/other"}`, "kms:*")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "perhaps the deployment's account", doc: doc, who: tokenRole, resource: tokenKey, layers: layersOf{id: allowAll, key: allow(`{"AWS":"111122223333"}`, "kms:*")}, want: "Unknown open statement key[0]"},
		{name: "principal that is a reference", doc: doc, who: session(account, "app", "s"), layers: layersOf{key: allow(`{"AWS":"${bedlock:ref:aws_iam_role.app#arn}"}`, "kms:*")}, want: "Unknown open statement key[0]"},
		{name: "key of the deployment, principal of an account", doc: doc, who: alice, resource: tokenKey, layers: layersOf{id: allowAll, key: allow(alicesARN, "kms:*")}, want: "Allow id[0] key[0]:direct"},
		{name: "key of the deployment, allowed only within", doc: doc, who: alice, resource: tokenKey, layers: layersOf{key: allow(alicesARN, "kms:*")}, want: "Unknown open aws:resourceaccount"},
		{name: "bare principals are refused", doc: iamDocs + "reference_policies_grammar.html", who: alice, layers: layersOf{key: allow(`["arn:aws:iam::111122223333:user/alice"]`, "kms:*")}, want: "Unknown open statement key[0]"},
	})
}
