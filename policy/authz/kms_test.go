package authz

import (
	"testing"
)

func TestKMS(t *testing.T) {
	alice := user(account, "alice")
	const alias = "arn:aws:kms:us-east-1:111122223333:alias/app"
	aliasPolicy := `{"Effect":"Allow","Action":"kms:*Alias","Resource":"` + alias + `"}`
	noResource := `{"Effect":"Allow","Principal":"*","Action":"kms:*"}`
	noAction := `{"Effect":"Allow","Principal":"*","Resource":"*"}`
	putPolicy := "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"
	conditions := kmsDocs + "conditions-kms.html"
	onContext := `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:AppName":"x"}}}`
	runCases(t, []decisionCase{
		{name: "list keys", doc: kmsPerms, who: alice, action: "kms:ListKeys", resource: "*", layers: layersOf{id: allowAll}, want: "Allow id[0]"},
		{name: "list keys on key arns", doc: kmsPerms, who: alice, action: "kms:ListKeys", resource: "*", layers: layersOf{id: `{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:*"}`}, want: "ImplicitDeny missing identity-based policy"},
		{name: "create key needs no key policy", doc: kmsPerms, who: alice, action: "kms:CreateKey", resource: "*", layers: layersOf{id: allowAll, key: deny(`"*"`, "kms:*")}, want: "Allow id[0]"},
		{name: "list keys limited by the session", doc: kmsPerms, who: alice, action: "kms:ListKeys", resource: "*", layers: layersOf{id: allowAll, session: allowOther}, want: "ImplicitDeny missing session policy"},
		{name: "service lists keys", doc: kmsPerms, who: service("s3.amazonaws.com"), action: "kms:ListKeys", resource: "*", want: "ImplicitDeny missing identity-based policy"},
		{name: "alias half", doc: kmsDocs + "alias-access.html", who: alice, action: "kms:CreateAlias", resource: alias, layers: layersOf{id: aliasPolicy, key: deny(`"*"`, "kms:*")}, want: "Allow id[0]"},
		{name: "key half", doc: kmsDocs + "alias-access.html", who: alice, action: "kms:CreateAlias", layers: layersOf{id: aliasPolicy, key: delegate}, want: "ImplicitDeny missing identity-based policy"},
		{name: "alias of AWS", doc: kmsDocs + "alias-manage.html", who: alice, action: "kms:DeleteAlias", resource: "arn:aws:kms:us-east-1:111122223333:alias/aws/s3", layers: layersOf{id: allowAll}, want: "ImplicitDeny missing resource-based policy"},
		{name: "alias of another account", doc: kmsPerms, who: user(other, "eve"), action: "kms:UpdateAlias", resource: alias, layers: layersOf{id: allowAll}, want: "ImplicitDeny missing cross-account rule"},
		{name: "statement without resource", doc: putPolicy, who: alice, layers: layersOf{id: useKey, key: noResource}, want: "ImplicitDeny missing resource-based policy"},
		{name: "statement without action", doc: putPolicy, who: alice, layers: layersOf{id: useKey, key: noAction}, want: "ImplicitDeny missing resource-based policy"},
		{name: "resource is the key's arn", doc: kmsDocs + "key-policy-overview.html", who: alice, layers: layersOf{key: `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"` + keyARN + `"}`}, want: "Allow key[0]:direct"},
		{name: "resource is another key", doc: kmsDocs + "key-policy-overview.html", who: alice, layers: layersOf{id: useKey, key: `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"arn:aws:kms:us-east-1:111122223333:key/other"}`}, want: "ImplicitDeny missing resource-based policy"},
		{name: "reencrypt from only", doc: kmsPerms, who: alice, action: "kms:ReEncryptTo", layers: layersOf{key: allow(`"*"`, "kms:ReEncryptFrom")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "reencrypt both", doc: kmsPerms, who: alice, action: "kms:ReEncryptTo", layers: layersOf{key: allow(`"*"`, "kms:ReEncrypt*")}, want: "Allow key[0]:direct"},
		{name: "encryption context, key in another case", doc: conditions + "#conditions-kms-encryption-context", who: alice, context: ctx("kms:encryptioncontext:appname", "x"), layers: layersOf{key: onContext}, want: "Allow key[0]:direct"},
		{name: "encryption context, value in another case", doc: conditions + "#conditions-kms-encryption-context", who: alice, context: ctx("kms:encryptioncontext:appname", "X"), layers: layersOf{key: onContext}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "describe key has no encryption context", doc: conditions + "#conditions-kms-encryption-context", who: alice, action: "kms:DescribeKey", context: ctx("kms:encryptioncontext:appname", "x"), layers: layersOf{key: onContext}, want: "ImplicitDeny missing resource-based policy, identity-based policy absent kms:encryptioncontext:appname"},
		{name: "encryption context keys derived", doc: conditions + "#conditions-kms-encryption-context-keys", who: alice, context: ctx("kms:encryptioncontext:appname", "x", "kms:encryptioncontext:env", "y"),
			layers: layersOf{key: `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["appname","env"]}}}`}, want: "Allow key[0]:direct"},
		{name: "encryption context keys, one more", doc: conditions + "#conditions-kms-encryption-context-keys", who: alice, context: ctx("kms:encryptioncontext:appname", "x", "kms:encryptioncontext:env", "y"),
			layers: layersOf{key: `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["appname"]}}}`}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "caller account derived", doc: conditions + "#conditions-kms-caller-account", who: alice, context: ctx("kms:viaservice", "s3.us-east-1.amazonaws.com"),
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`}, want: "Allow key[0]:direct"},
		{name: "via service is absent from a direct call", doc: conditions + "#conditions-kms-via-service", who: alice,
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`}, want: "ImplicitDeny missing resource-based policy, identity-based policy absent kms:viaservice"},
		{name: "via service is absent, and not the only hindrance", doc: conditions + "#conditions-kms-via-service", who: alice,
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:CallerAccount":"444455556666"}}}`}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "caller account on an action that is not known", doc: conditions + "#conditions-kms-caller-account", who: alice, action: "kms:NotYet",
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}}`}, want: "Allow key[0]:direct"},
		{name: "an entry without a name is nobody", doc: kmsDocs + "key-policy-overview.html", who: Principal{Kind: User, ARN: alice.ARN, Account: account},
			layers: layersOf{key: allow(`{"AWS":""}`, "kms:*")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "caller account on ListKeys", doc: conditions + "#conditions-kms-caller-account", who: alice, action: "kms:ListKeys", resource: "*",
			layers: layersOf{id: `{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}}`}, want: "ImplicitDeny missing identity-based policy absent kms:calleraccount"},
		{name: "called via", doc: iamDocs + "reference_policies_condition-keys.html#condition-keys-calledvia", who: alice, context: ctx("aws:calledvia", "athena.amazonaws.com|s3.amazonaws.com"),
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":["athena.amazonaws.com"]}}}`}, want: "Allow key[0]:direct"},
		{name: "confused deputy", doc: iamDocs + "confused-deputy.html", who: service("logs.us-east-1.amazonaws.com"), context: ctx("aws:sourcearn", "arn:aws:logs:us-east-1:444455556666:log-group:x"),
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:logs:*:111122223333:*"}}}`}, want: "ImplicitDeny missing resource-based policy"},
		{name: "confused deputy, own account", doc: iamDocs + "confused-deputy.html", who: service("logs.us-east-1.amazonaws.com"), context: ctx("aws:sourcearn", "arn:aws:logs:us-east-1:111122223333:log-group:x"),
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:logs:*:111122223333:*"}}}`}, want: "Allow key[0]:direct"},
		{name: "trust policy has no resource", doc: iamDocs + "reference_policies_elements_resource.html", who: service("bedrock.amazonaws.com"), action: "sts:AssumeRole", resource: "arn:aws:iam::111122223333:role/r",
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole"}`}, want: "Allow key[0]:direct"},
		{name: "trust policy must delegate", doc: evalLogic, who: alice, action: "sts:AssumeRole", resource: "arn:aws:iam::111122223333:role/r",
			layers: layersOf{id: allowAll, key: `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole"}`}, want: "ImplicitDeny missing resource-based policy"},
		{name: "session tags by the trust policy", doc: iamDocs + "id_session-tags.html", who: alice, action: "sts:TagSession", resource: "arn:aws:iam::111122223333:role/r",
			layers: layersOf{key: `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:TagSession"}`}, want: "Allow key[0]:direct"},
		{name: "session tags without the trust policy", doc: iamDocs + "id_session-tags.html", who: alice, action: "sts:TagSession", resource: "arn:aws:iam::111122223333:role/r",
			layers: layersOf{id: allowAll, key: `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}`}, want: "ImplicitDeny missing resource-based policy"},
		{name: "session tags of a federated user", doc: iamDocs + "id_session-tags.html", who: alice, action: "sts:TagSession", resource: "arn:aws:sts::111122223333:federated-user/f",
			layers: layersOf{id: allowAll}, want: "Allow id[0]"},
		{name: "source identity without the trust policy", doc: iamDocs + "id_credentials_temp_control-access_monitor.html", who: alice, action: "sts:SetSourceIdentity", resource: "arn:aws:iam::111122223333:role/r",
			layers: layersOf{id: allowAll, key: `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}`}, want: "ImplicitDeny missing resource-based policy"},
		{name: "bucket needs no delegation", doc: evalLogic, who: alice, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", layers: layersOf{id: allowAll, key: allow(externRoot, "s3:*")}, want: "Allow id[0]"},
		{name: "bucket, neither", doc: evalLogic, who: alice, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", layers: layersOf{id: useKey}, want: "ImplicitDeny missing identity-based policy"},
	})
}

func TestGrants(t *testing.T) {
	alice, reader := user(account, "alice"), session(account, "reader", "s")
	doc := kmsDocs + "grants.html"
	constraint := "https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html"
	create := "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html"
	retire := "https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html"
	grant := func(change func(*Grant)) []Grant {
		g := Grant{ID: "g", Token: "tok", Grantee: alice.ARN, Operations: []string{"Decrypt", "GenerateDataKey", "DescribeKey"}}
		if change != nil {
			change(&g)
		}
		return []Grant{g}
	}
	const none = "ImplicitDeny missing resource-based policy, identity-based policy"
	equals := func(g *Grant) { g.ContextEquals = map[string]string{"Dept": "IT"} }
	subset := func(g *Grant) { g.ContextSubset = map[string]string{"Dept": "IT"} }
	runCases(t, []decisionCase{
		{name: "to a user", doc: doc, who: alice, layers: layersOf{grants: grant(nil)}, want: "Allow grant g:direct"},
		{name: "boundary does not limit it", doc: doc, who: alice, layers: layersOf{boundary: allowOther, grants: grant(nil)}, want: "Allow grant g:direct"},
		{name: "denied elsewhere", doc: doc, who: alice, layers: layersOf{id: denyKMS, grants: grant(nil)}, want: "ExplicitDeny id[0]"},
		{name: "denied by the key policy", doc: doc, who: alice, layers: layersOf{key: deny(`"*"`, "kms:Decrypt"), grants: grant(nil)}, want: "ExplicitDeny key[0]:direct"},
		{name: "limited by scp", doc: doc, who: alice, layers: layersOf{scps: []string{allowOther}, grants: grant(nil)}, want: "ImplicitDeny missing service control policy"},
		{name: "another operation", doc: create, who: alice, action: "kms:Encrypt", layers: layersOf{grants: grant(nil)}, want: none},
		{name: "without plaintext is another operation", doc: create, who: alice, action: "kms:GenerateDataKeyWithoutPlaintext", layers: layersOf{grants: grant(nil)}, want: none},
		{name: "reencrypt from", doc: create, who: alice, action: "kms:ReEncryptFrom", layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"ReEncryptFrom"} })}, want: "Allow grant g:direct"},
		{name: "reencrypt to", doc: create, who: alice, action: "kms:ReEncryptTo", layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"ReEncryptFrom"} })}, want: none},
		{name: "another grantee", doc: doc, who: user(account, "bob"), layers: layersOf{grants: grant(nil)}, want: none},
		{name: "to a role", doc: doc, who: reader, layers: layersOf{grants: grant(func(g *Grant) { g.Grantee = reader.Role })}, want: "Allow grant g:role"},
		{name: "to a role, session policy limits", doc: doc, who: reader, layers: layersOf{session: allowOther, grants: grant(func(g *Grant) { g.Grantee = reader.Role })}, want: "ImplicitDeny missing session policy"},
		{name: "to a session", doc: doc, who: reader, layers: layersOf{session: allowOther, grants: grant(func(g *Grant) { g.Grantee = reader.ARN })}, want: "Allow grant g:direct"},
		{name: "to the account", doc: doc, who: alice, layers: layersOf{id: useKey, grants: grant(func(g *Grant) { g.Grantee = "arn:aws:iam::111122223333:root" })}, want: "Allow id[0] grant g:account"},
		{name: "pending", doc: kmsDocs + "grant-manage.html", who: alice, layers: layersOf{grants: grant(func(g *Grant) { g.Pending = true })}, want: none},
		{name: "pending with token", doc: kmsDocs + "grant-manage.html", who: alice, tokens: []string{"x", "tok"}, layers: layersOf{grants: grant(func(g *Grant) { g.Pending = true })}, want: "Allow grant g:direct"},
		{name: "token of another's grant", doc: kmsDocs + "grant-manage.html", who: user(account, "bob"), tokens: []string{"tok"}, layers: layersOf{grants: grant(func(g *Grant) { g.Pending = true })}, want: none},
		{name: "equals", doc: constraint, who: alice, context: ctx("kms:encryptioncontext:dept", "IT"), layers: layersOf{grants: grant(equals)}, want: "Allow grant g:direct"},
		{name: "equals, value in another case", doc: constraint, who: alice, context: ctx("kms:encryptioncontext:dept", "it"), layers: layersOf{grants: grant(equals)}, want: none},
		{name: "equals, one more pair", doc: constraint, who: alice, context: ctx("kms:encryptioncontext:dept", "IT", "kms:encryptioncontext:x", "y"), layers: layersOf{grants: grant(equals)}, want: none},
		{name: "equals, no context", doc: constraint, who: alice, layers: layersOf{grants: grant(equals)}, want: none + " absent kms:encryptioncontext:dept"},
		{name: "subset, one more pair", doc: constraint, who: alice, context: ctx("kms:encryptioncontext:dept", "IT", "kms:encryptioncontext:x", "y"), layers: layersOf{grants: grant(subset)}, want: "Allow grant g:direct"},
		{name: "subset, missing", doc: constraint, who: alice, context: ctx("kms:encryptioncontext:x", "y"), layers: layersOf{grants: grant(subset)}, want: none + " absent kms:encryptioncontext:dept"},
		{name: "subset, not known", doc: constraint, who: alice, context: ctx("kms:encryptioncontext:dept", "?"), layers: layersOf{grants: grant(subset)}, want: "Unknown open kms:encryptioncontext:dept"},
		{name: "equals, extra not known", doc: constraint, who: alice, context: ctx("kms:encryptioncontext:dept", "IT", "kms:encryptioncontext:x", "?"), layers: layersOf{grants: grant(equals)}, want: "Unknown open kms:encryptioncontext:x"},
		{name: "describe key ignores constraints", doc: constraint, who: alice, action: "kms:DescribeKey", layers: layersOf{grants: grant(equals)}, want: "Allow grant g:direct"},
		{name: "service", doc: create, who: service("bedrock.amazonaws.com"), context: ctx("aws:sourcearn", "arn:aws:bedrock:us-east-1:111122223333:x"), layers: layersOf{grants: grant(func(g *Grant) {
			g.Grantee, g.SourceARN = "bedrock.amazonaws.com", "arn:aws:bedrock:us-east-1:111122223333:x"
		})}, want: "Allow grant g:direct"},
		{name: "service with another source", doc: create, who: service("bedrock.amazonaws.com"), context: ctx("aws:sourcearn", "arn:aws:bedrock:us-east-1:111122223333:y"), layers: layersOf{grants: grant(func(g *Grant) {
			g.Grantee, g.SourceARN = "bedrock.amazonaws.com", "arn:aws:bedrock:us-east-1:111122223333:x"
		})}, want: "ImplicitDeny missing resource-based policy"},
		{name: "service without a source", doc: create, who: service("bedrock.amazonaws.com"), layers: layersOf{grants: grant(func(g *Grant) { g.Grantee, g.SourceARN = "bedrock.amazonaws.com", "arn:aws:s3:::x" })}, want: "ImplicitDeny missing resource-based policy"},
		{name: "service with a source not known", doc: create, who: service("bedrock.amazonaws.com"), context: ctx("aws:sourcearn", "?"), layers: layersOf{grants: grant(func(g *Grant) { g.Grantee, g.SourceARN = "bedrock.amazonaws.com", "arn:aws:s3:::x" })}, want: "Unknown open aws:sourcearn"},
		{name: "to a service-linked role", doc: doc, who: Principal{Kind: Session, ARN: reader.ARN, Role: reader.Role, Account: account, ServiceLinked: true}, layers: layersOf{boundary: allowOther, grants: grant(func(g *Grant) { g.Grantee = reader.Role })}, want: "Allow grant g:direct"},
		{name: "grantee not known", doc: doc, who: alice, layers: layersOf{grants: grant(func(g *Grant) { g.Grantee = "${bedlock:ref:aws_iam_user.a#arn}" })}, want: "Unknown open grant g"},
		{name: "source does not bind users", doc: create, who: alice, layers: layersOf{grants: grant(func(g *Grant) { g.SourceARN = "arn:aws:s3:::x" })}, want: "Allow grant g:direct"},
		{name: "child within", doc: kmsDocs + "create-grant-overview.html", who: alice, action: "kms:CreateGrant", context: ctx("kms:grantoperations", "Decrypt"), layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"Decrypt", "CreateGrant"} })}, want: "Allow grant g:direct"},
		{name: "child beyond", doc: kmsDocs + "create-grant-overview.html", who: alice, action: "kms:CreateGrant", context: ctx("kms:grantoperations", "Decrypt|Encrypt"), layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"Decrypt", "CreateGrant"} })}, want: none},
		{name: "child not known", doc: kmsDocs + "create-grant-overview.html", who: alice, action: "kms:CreateGrant", context: ctx("kms:grantoperations", "?"), layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"Decrypt", "CreateGrant"} })}, want: "Unknown open kms:grantoperations"},
		{name: "child with a looser constraint", doc: kmsDocs + "create-grant-overview.html", who: alice, action: "kms:CreateGrant", context: ctx("kms:grantoperations", "Decrypt", "kms:grantconstrainttype", "EncryptionContextSubset", "kms:encryptioncontext:dept", "IT"), layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"Decrypt", "CreateGrant"}; equals(g) })}, want: none},
		{name: "child as strict", doc: kmsDocs + "create-grant-overview.html", who: alice, action: "kms:CreateGrant", context: ctx("kms:grantoperations", "Decrypt", "kms:grantconstrainttype", "EncryptionContextEquals", "kms:encryptioncontext:dept", "IT"), layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"Decrypt", "CreateGrant"}; equals(g) })}, want: "Allow grant g:direct"},
		{name: "retiring principal", doc: retire, who: reader, action: "kms:RetireGrant", layers: layersOf{grants: grant(func(g *Grant) { g.Retiring = reader.Role })}, want: "Allow grant g:role"},
		{name: "grantee without the operation", doc: retire, who: alice, action: "kms:RetireGrant", layers: layersOf{grants: grant(nil)}, want: "ImplicitDeny missing grant, identity-based policy"},
		{name: "grantee with the operation", doc: retire, who: alice, action: "kms:RetireGrant", layers: layersOf{grants: grant(func(g *Grant) { g.Operations = []string{"RetireGrant"}; equals(g) })}, want: "Allow grant g:direct"},
		{name: "key policy and rcp do not bear on it", doc: retire, who: alice, action: "kms:RetireGrant", layers: layersOf{key: deny(`"*"`, "kms:*"), rcps: []string{deny(`"*"`, "kms:*")}, grants: grant(func(g *Grant) { g.Retiring = alice.ARN })}, want: "Allow grant g:direct"},
		{name: "iam deny does", doc: retire, who: alice, action: "kms:RetireGrant", layers: layersOf{id: denyKMS, grants: grant(func(g *Grant) { g.Retiring = alice.ARN })}, want: "ExplicitDeny id[0]"},
		{name: "issuing account", doc: retire, who: alice, action: "kms:RetireGrant", layers: layersOf{id: allowAll, grants: grant(nil)}, want: "Allow id[0]"},
	})
}
