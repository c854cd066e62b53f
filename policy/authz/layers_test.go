package authz

import "testing"

func allow(principal, action string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"*"}`
}

func deny(principal, action string) string {
	return `{"Effect":"Deny","Principal":` + principal + `,"Action":"` + action + `","Resource":"*"}`
}

const (
	fullAccess  = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	fullRCP     = `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	evalLogic   = iamDocs + "reference_policies_evaluation-logic_policy-eval-denyallow.html"
	crossLogic  = iamDocs + "reference_policies_evaluation-logic-cross-account.html"
	keyDefault  = kmsDocs + "key-policy-default.html"
	kmsEval     = kmsDocs + "policy-evaluation.html"
	crossKMS    = kmsDocs + "key-policy-modifying-external-accounts.html"
	kmsPerms    = kmsDocs + "kms-api-permissions-reference.html"
	alicesARN   = `{"AWS":"arn:aws:iam::111122223333:user/alice"}`
	externRoot  = `{"AWS":"arn:aws:iam::444455556666:root"}`
	principalEl = iamDocs + "reference_policies_elements_principal.html"
)

func TestLayers(t *testing.T) {
	alice, stranger := user(account, "alice"), user(other, "eve")
	reader := session(account, "team/reader", "s1")
	readerARN := `{"AWS":"arn:aws:iam::111122223333:role/team/reader"}`
	sessionARN := `{"AWS":"arn:aws:sts::111122223333:assumed-role/reader/s1"}`
	runCases(t, []decisionCase{
		{name: "delegated and allowed", doc: keyDefault, who: alice, layers: layersOf{id: useKey, key: delegate}, want: "Allow id[0] key[0]:account"},
		{name: "delegated, not allowed", doc: keyDefault, who: alice, layers: layersOf{id: allowOther, key: delegate}, want: "ImplicitDeny missing identity-based policy"},
		{name: "not delegated", doc: keyDefault, who: alice, layers: layersOf{id: useKey, key: allow(externRoot, "kms:*")}, want: "ImplicitDeny missing resource-based policy"},
		{name: "no key policy", doc: keyDefault, who: alice, layers: layersOf{id: useKey}, want: "ImplicitDeny missing resource-based policy"},
		{name: "delegates another action", doc: keyDefault, who: alice, layers: layersOf{id: allowAll, key: allow(`{"AWS":"111122223333"}`, "kms:Encrypt")}, want: "ImplicitDeny missing resource-based policy"},
		{name: "account by its id", doc: principalEl, who: alice, layers: layersOf{id: useKey, key: allow(`{"AWS":"111122223333"}`, "kms:*")}, want: "Allow id[0] key[0]:account"},
		{name: "iam deny without delegation", doc: keyDefault, who: alice, layers: layersOf{id: denyKMS, key: allow(alicesARN, "kms:*")}, want: "ExplicitDeny id[0]"},
		{name: "user named in the key policy", doc: kmsEval, who: alice, layers: layersOf{key: allow(alicesARN, "kms:Decrypt")}, want: "Allow key[0]:direct"},
		{name: "both ways", doc: evalLogic, who: alice, layers: layersOf{id: useKey, key: delegate + "," + allow(alicesARN, "kms:Decrypt")}, want: "Allow id[0] key[0]:account key[1]:direct"},
		{name: "boundary does not limit a user named", doc: evalLogic, who: alice, layers: layersOf{boundary: allowOther, key: allow(alicesARN, "kms:Decrypt")}, want: "Allow key[0]:direct"},
		{name: "boundary denies a user named", doc: evalLogic, who: alice, layers: layersOf{boundary: denyKMS, key: allow(alicesARN, "kms:Decrypt")}, want: "ExplicitDeny boundary[0]"},
		{name: "boundary limits identity policies", doc: evalLogic, who: alice, layers: layersOf{id: useKey, boundary: allowOther, key: delegate}, want: "ImplicitDeny missing permissions boundary"},
		{name: "boundary alone allows nothing", doc: iamDocs + "access_policies_boundaries.html", who: alice, layers: layersOf{boundary: allowAll, key: delegate}, want: "ImplicitDeny missing identity-based policy"},
		{name: "role named", doc: evalLogic, who: reader, layers: layersOf{key: allow(readerARN, "kms:Decrypt")}, want: "Allow key[0]:role"},
		{name: "role of another path", doc: principalEl, who: reader, layers: layersOf{key: allow(`{"AWS":"arn:aws:iam::111122223333:role/reader"}`, "kms:Decrypt")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "boundary limits a role named", doc: evalLogic, who: reader, layers: layersOf{boundary: allowOther, key: allow(readerARN, "kms:Decrypt")}, want: "ImplicitDeny missing permissions boundary"},
		{name: "session policy limits a role named", doc: evalLogic, who: reader, layers: layersOf{session: allowOther, key: allow(readerARN, "kms:Decrypt")}, want: "ImplicitDeny missing session policy"},
		{name: "session policy allows a role named", doc: evalLogic, who: reader, layers: layersOf{session: useKey, key: allow(readerARN, "kms:Decrypt")}, want: "Allow session[0] key[0]:role"},
		{name: "session named passes boundary and session policy", doc: evalLogic, who: reader, layers: layersOf{boundary: allowOther, session: allowOther, key: allow(sessionARN, "kms:Decrypt")}, want: "Allow key[0]:direct"},
		{name: "role and session named, session policy limits the role", doc: evalLogic, who: reader, layers: layersOf{session: allowOther, key: allow(readerARN, "kms:Decrypt") + "," + allow(sessionARN, "kms:Decrypt")}, want: "Allow key[1]:direct"},
		{name: "everyone with the role's ARN in a condition", doc: principalEl, who: reader, layers: layersOf{boundary: allowOther, session: allowOther,
			key: `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/team/reader"}}}`}, want: "Allow key[0]:direct"},
		{name: "session policy limits identity policies", doc: evalLogic, who: reader, layers: layersOf{id: useKey, session: allowOther, key: delegate}, want: "ImplicitDeny missing session policy"},
		{name: "empty session policies", doc: evalLogic, who: reader, layers: layersOf{id: useKey, noSession: true, key: delegate}, want: "ImplicitDeny missing session policy"},
		{name: "session as principal with a wildcard", doc: principalEl, who: reader, layers: layersOf{key: allow(`{"AWS":"arn:aws:sts::111122223333:assumed-role/reader/*"}`, "kms:Decrypt")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "role without its path known", doc: principalEl, who: Principal{Kind: Session, ARN: reader.ARN, Account: account}, layers: layersOf{key: allow(readerARN, "kms:Decrypt")}, want: "Allow key[0]:role"},
		{name: "another role without its path known", doc: principalEl, who: Principal{Kind: Session, ARN: reader.ARN, Account: account}, layers: layersOf{id: allowAll, key: allow(`{"AWS":"arn:aws:iam::111122223333:role/team/writer"}`, "kms:Decrypt")}, want: "ImplicitDeny missing resource-based policy"},
		{name: "unique id of the role", doc: principalEl, who: reader, layers: layersOf{key: allow(`{"AWS":"AROATEAM/READER"}`, "kms:Decrypt")}, want: "Allow key[0]:role"},
		{name: "unique id of a deleted user", doc: principalEl, who: alice, layers: layersOf{key: allow(`{"AWS":"AIDAEXAMPLE"}`, "kms:Decrypt")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},

		{name: "scp denies", doc: evalLogic, who: alice, layers: layersOf{id: useKey, key: delegate, scps: []string{fullAccess, fullAccess + "," + denyKMS}}, want: "ExplicitDeny scp1[1]"},
		{name: "scp level without allow", doc: orgDocs + "orgs_manage_policies_scps_evaluation.html", who: alice, layers: layersOf{key: allow(alicesARN, "kms:*"), scps: []string{fullAccess, allowOther, fullAccess}}, want: "ImplicitDeny missing service control policy"},
		{name: "all scp levels allow", doc: orgDocs + "orgs_manage_policies_scps_evaluation.html", who: alice, layers: layersOf{key: allow(alicesARN, "kms:*"), scps: []string{fullAccess, fullAccess}}, want: "Allow scp0[0] scp1[0] key[0]:direct"},
		{name: "scp and the root user", doc: orgDocs + "orgs_manage_policies_scps.html", who: rootUser(account), layers: layersOf{key: delegate, scps: []string{fullAccess + "," + denyKMS}}, want: "ExplicitDeny scp0[1]"},
		{name: "scp and a service-linked role", doc: orgDocs + "orgs_manage_policies_scps.html", who: Principal{Kind: Session, ARN: "arn:aws:sts::111122223333:assumed-role/slr/s", Role: "arn:aws:iam::111122223333:role/aws-service-role/x/slr", Account: account, ServiceLinked: true},
			layers: layersOf{id: useKey, key: delegate, scps: []string{fullAccess + "," + denyKMS}, rcps: []string{deny(`"*"`, "kms:*")}}, want: "Allow id[0] key[0]:account"},
		{name: "scp and the management account", doc: orgDocs + "orgs_manage_policies_scps.html", who: Principal{Kind: User, ARN: "arn:aws:iam::111122223333:user/m", Account: account, Management: true},
			layers: layersOf{id: useKey, key: delegate, scps: []string{denyKMS}, rcps: []string{deny(`"*"`, "kms:*")}}, want: "Allow id[0] key[0]:account"},
		{name: "scp and a service", doc: orgDocs + "orgs_manage_policies_scps.html", who: service("logs.us-east-1.amazonaws.com"), layers: layersOf{key: allow(`{"Service":"logs.us-east-1.amazonaws.com"}`, "kms:Decrypt"), scps: []string{denyKMS}}, want: "Allow key[0]:direct"},
		{name: "rcp denies another account", doc: kmsDocs + "resource-control-policies.html", who: stranger, layers: layersOf{id: allowAll, key: allow(externRoot, "kms:*"),
			rcps: []string{fullRCP, fullRCP + `,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`}}, want: "ExplicitDeny rcp1[1]:direct"},
		{name: "rcp exempts a service", doc: kmsDocs + "resource-control-policies.html", who: service("s3.amazonaws.com"), layers: layersOf{key: allow(`{"Service":"s3.amazonaws.com"}`, "kms:*"),
			rcps: []string{fullRCP + `,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`}}, want: "Allow rcp0[0]:direct key[0]:direct"},
		{name: "rcp level without allow", doc: evalLogic, who: alice, layers: layersOf{id: useKey, key: delegate, rcps: []string{fullRCP, allow(`"*"`, "s3:*")}}, want: "ImplicitDeny missing resource control policy"},
		{name: "endpoint policy", doc: kmsDocs + "kms-vpc-endpoint.html", who: alice, layers: layersOf{id: allowAll, key: delegate, endpoint: allow(alicesARN, "kms:Encrypt")}, want: "ImplicitDeny missing VPC endpoint policy"},
		{name: "endpoint policy allows", doc: kmsDocs + "kms-vpc-endpoint.html", who: alice, layers: layersOf{id: allowAll, key: delegate, endpoint: allow(`{"AWS":"111122223333"}`, "kms:Decrypt")}, want: "Allow id[0] endpoint[0]:account key[0]:account"},
		{name: "denies of every layer", doc: evalLogic, who: alice, layers: layersOf{id: denyKMS, boundary: denyKMS, session: denyKMS, scps: []string{denyKMS}, rcps: []string{deny(`"*"`, "kms:*")}, endpoint: deny(`"*"`, "*"), key: deny(`"*"`, "kms:*") + "," + deny(alicesARN, "kms:Decrypt")},
			want: "ExplicitDeny id[0] boundary[0] session[0] scp0[0] rcp0[0]:direct endpoint[0]:direct key[0]:direct key[1]:direct"},
		{name: "deny of the account", doc: principalEl, who: alice, layers: layersOf{id: useKey, key: delegate + "," + deny(`{"AWS":"111122223333"}`, "kms:Decrypt")}, want: "ExplicitDeny key[1]:account"},
	})
}

func TestAcrossAccounts(t *testing.T) {
	eve := user(other, "eve")
	evesARN := `{"AWS":"arn:aws:iam::444455556666:user/eve"}`
	useARN := `{"Effect":"Allow","Action":"kms:*","Resource":"` + keyARN + `"}`
	runCases(t, []decisionCase{
		{name: "both sides", doc: crossKMS, who: eve, layers: layersOf{id: useARN, key: allow(externRoot, "kms:Decrypt")}, want: "Allow id[0] key[0]:account"},
		{name: "named, but not allowed at home", doc: crossKMS, who: eve, layers: layersOf{key: allow(evesARN, "kms:Decrypt")}, want: "ImplicitDeny missing identity-based policy"},
		{name: "allowed at home only", doc: crossKMS, who: eve, layers: layersOf{id: useARN, key: delegate}, want: "ImplicitDeny missing resource-based policy"},
		{name: "neither side", doc: crossLogic, who: eve, layers: layersOf{key: delegate}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "everyone", doc: crossLogic, who: eve, layers: layersOf{id: useARN, key: allow(`"*"`, "kms:*")}, want: "Allow id[0] key[0]:direct"},
		{name: "the boundary at home", doc: crossLogic, who: eve, layers: layersOf{id: useARN, boundary: allowOther, key: allow(evesARN, "kms:Decrypt")}, want: "ImplicitDeny missing permissions boundary"},
		{name: "the root user", doc: crossKMS, who: rootUser(other), layers: layersOf{key: allow(externRoot, "kms:Decrypt")}, want: "Allow key[0]:account"},
		{name: "action that cannot be used", doc: kmsPerms, who: eve, action: "kms:PutKeyPolicy", layers: layersOf{id: useARN, key: allow(evesARN, "kms:*")}, want: "ImplicitDeny missing cross-account rule"},
		{name: "action that is not known", doc: kmsPerms, who: eve, action: "kms:Future", layers: layersOf{id: useARN, key: allow(evesARN, "kms:*")}, want: "ImplicitDeny missing cross-account rule"},
		{name: "rotation status", doc: kmsPerms, who: eve, action: "kms:GetKeyRotationStatus", layers: layersOf{id: useARN, key: allow(evesARN, "kms:*")}, want: "Allow id[0] key[0]:direct"},
		{name: "deny in the key policy", doc: crossLogic, who: eve, layers: layersOf{id: useARN, key: allow(evesARN, "kms:*") + "," + deny(evesARN, "kms:Decrypt")}, want: "ExplicitDeny key[1]:direct"},
		{name: "grant is enough", doc: kmsDocs + "grants.html", who: eve, layers: layersOf{key: delegate, grants: []Grant{{ID: "g", Grantee: eve.ARN, Operations: []string{"Decrypt"}}}}, want: "Allow grant g:direct"},
		{name: "grant to the role", doc: kmsDocs + "grants.html", who: session(other, "r", "s"), layers: layersOf{key: delegate, session: useARN, grants: []Grant{{ID: "g", Grantee: "arn:aws:iam::444455556666:role/r", Operations: []string{"Decrypt"}}}}, want: "Allow session[0] grant g:role"},
		{name: "grant to the account", doc: kmsDocs + "grants.html", who: eve, layers: layersOf{id: useARN, key: delegate, grants: []Grant{{ID: "g", Grantee: "arn:aws:iam::444455556666:root", Operations: []string{"Decrypt"}}}}, want: "Allow id[0] grant g:account"},
		{name: "the owner given apart", doc: crossLogic, who: user(account, "alice"), resource: "arn:aws:s3:::bucket/x", action: "s3:GetObject", owner: other, layers: layersOf{id: allowAll}, want: "ImplicitDeny missing resource-based policy"},
		{name: "role across accounts", doc: crossLogic, who: session(other, "r", "s"), layers: layersOf{id: useARN, key: allow(`{"AWS":"arn:aws:iam::444455556666:role/r"}`, "kms:Decrypt")}, want: "Allow id[0] key[0]:role"},
		{name: "external user and iam-side resource of another key", doc: crossKMS, who: eve, layers: layersOf{id: `{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:444455556666:key/*"}`, key: allow(externRoot, "kms:*")}, want: "ImplicitDeny missing identity-based policy"},
	})
}

func TestPrincipals(t *testing.T) {
	alice, bob := user(account, "alice"), user(account, "bob")
	fed := federated(account, "carol", "alice")
	logs := service("logs.us-east-1.amazonaws.com")
	listed := `"NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/alice","arn:aws:iam::111122223333:root"]}`
	denyOthers := `{"Effect":"Deny",` + listed + `,"Action":"kms:*","Resource":"*"}`
	notPrincipal := iamDocs + "reference_policies_elements_notprincipal.html"
	token := iamDocs + "id_credentials_temp_control-access_getfederationtoken.html"
	runCases(t, []decisionCase{
		{name: "root user", doc: keyDefault, who: rootUser(account), layers: layersOf{key: delegate}, want: "Allow key[0]:account"},
		{name: "root user without delegation", doc: keyDefault, who: rootUser(account), layers: layersOf{key: allow(alicesARN, "kms:*")}, want: "ImplicitDeny missing resource-based policy"},
		{name: "root user, action without a resource", doc: kmsPerms, who: rootUser(account), action: "kms:ListKeys", resource: "*", want: "Allow"},
		{name: "anonymous", doc: kmsDocs + "control-access.html", who: Principal{Kind: Anonymous}, layers: layersOf{key: allow(`"*"`, "kms:*")}, want: "ImplicitDeny missing resource-based policy"},
		{name: "anonymous on a bucket", doc: evalLogic, who: Principal{Kind: Anonymous}, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", layers: layersOf{key: allow(`{"AWS":"*"}`, "s3:GetObject")}, want: "Allow key[0]:direct"},
		{name: "service", doc: kmsDocs + "key-policy-services.html", who: logs, layers: layersOf{key: allow(`{"Service":"logs.us-east-1.amazonaws.com"}`, "kms:Decrypt")}, want: "Allow key[0]:direct"},
		{name: "other service", doc: kmsDocs + "key-policy-services.html", who: logs, layers: layersOf{key: allow(`{"Service":"s3.amazonaws.com"}`, "kms:Decrypt")}, want: "ImplicitDeny missing resource-based policy"},
		{name: "service and everyone", doc: principalEl, who: logs, layers: layersOf{key: allow(`"*"`, "kms:Decrypt")}, want: "Allow key[0]:direct"},
		{name: "service and every AWS principal, allow", doc: principalEl, who: logs, layers: layersOf{key: allow(`{"AWS":"*"}`, "kms:Decrypt")}, want: "ImplicitDeny missing resource-based policy"},
		{name: "service and every AWS principal, deny", doc: principalEl, who: logs, layers: layersOf{key: allow(`"*"`, "kms:Decrypt") + "," + deny(`{"AWS":"*"}`, "kms:*")}, want: "ExplicitDeny key[1]:direct"},
		{name: "service does not match an account", doc: principalEl, who: logs, layers: layersOf{id: allowAll, key: delegate}, want: "ImplicitDeny missing resource-based policy"},
		{name: "not principal, listed", doc: notPrincipal, who: alice, layers: layersOf{id: useKey, key: delegate + "," + denyOthers}, want: "Allow id[0] key[0]:account"},
		{name: "not principal, another user of the account listed", doc: notPrincipal, who: bob, layers: layersOf{id: useKey, key: delegate + "," + denyOthers}, want: "ExplicitDeny key[1]:direct"},
		{name: "not principal, listed without the account", doc: notPrincipal, who: alice, layers: layersOf{id: useKey, key: delegate + `,{"Effect":"Deny","NotPrincipal":` + alicesARN + `,"Action":"kms:*","Resource":"*"}`}, want: "ExplicitDeny key[1]:direct"},
		{name: "not principal, session, role and account", doc: notPrincipal, who: session(account, "app", "s"), layers: layersOf{id: useKey, key: delegate + `,{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:sts::111122223333:assumed-role/app/s","arn:aws:iam::111122223333:role/app","111122223333"]},"Action":"kms:*","Resource":"*"}`}, want: "Allow id[0] key[0]:account"},
		{name: "not principal, role and account", doc: notPrincipal, who: session(account, "app", "s"), layers: layersOf{id: useKey, key: delegate + `,{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:role/app","111122223333"]},"Action":"kms:*","Resource":"*"}`}, want: "ExplicitDeny key[1]:direct"},
		{name: "not principal, other account", doc: notPrincipal, who: user(other, "eve"), layers: layersOf{id: allowAll, key: allow(`"*"`, "kms:*") + "," + denyOthers}, want: "ExplicitDeny key[1]:direct"},
		{name: "not principal denies with a boundary", doc: iamDocs + "access_policies_boundaries.html", who: alice, layers: layersOf{id: useKey, boundary: allowAll, key: delegate + "," + denyOthers}, want: "ExplicitDeny key[1]:direct"},
		{name: "not principal, a service", doc: notPrincipal, who: logs, layers: layersOf{key: allow(`"*"`, "kms:*") + `,{"Effect":"Deny","NotPrincipal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":"kms:*","Resource":"*"}`}, want: "Allow key[0]:direct"},
		{name: "not principal with allow", doc: notPrincipal, who: bob, layers: layersOf{key: `{"Effect":"Allow","NotPrincipal":` + alicesARN + `,"Action":"kms:*","Resource":"*"}`}, want: "Allow key[0]:direct"},
		{name: "no principal", doc: kmsDocs + "key-policy-overview.html", who: alice, layers: layersOf{id: useKey, key: useKey}, want: "ImplicitDeny missing resource-based policy"},
		{name: "federated without session policy", doc: token, who: fed, layers: layersOf{id: useKey, key: delegate}, want: "ImplicitDeny missing session policy"},
		{name: "federated with session policy", doc: token, who: fed, layers: layersOf{id: useKey, session: useKey, key: delegate}, want: "Allow id[0] session[0] key[0]:account"},
		{name: "federated session named", doc: token, who: fed, layers: layersOf{key: allow(`{"AWS":"arn:aws:sts::111122223333:federated-user/carol"}`, "kms:Decrypt")}, want: "Allow key[0]:direct"},
		{name: "its user named", doc: evalLogic, who: fed, layers: layersOf{session: useKey, key: allow(alicesARN, "kms:Decrypt")}, want: "Allow session[0] key[0]:parent"},
		{name: "its user named, no session policy", doc: token, who: fed, layers: layersOf{key: allow(alicesARN, "kms:Decrypt")}, want: "ImplicitDeny missing session policy"},
		{name: "its user named, session policy limits", doc: evalLogic, who: fed, layers: layersOf{session: allowOther, key: allow(alicesARN, "kms:Decrypt")}, want: "ImplicitDeny missing session policy"},
		{name: "user of the session's name is another", doc: principalEl, who: fed, layers: layersOf{id: allowOther, session: useKey, key: allow(`{"AWS":"arn:aws:iam::111122223333:user/carol"}`, "kms:Decrypt")}, want: "ImplicitDeny missing resource-based policy, identity-based policy"},
		{name: "caller identity", doc: "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html", who: alice, action: "sts:GetCallerIdentity", resource: "*", layers: layersOf{id: `{"Effect":"Deny","Action":"*","Resource":"*"}`}, want: "Allow"},
		{name: "principal in an identity policy", doc: iamDocs + "reference_policies_grammar.html", who: alice, layers: layersOf{id: allow(`"*"`, "kms:*"), key: delegate}, want: "Unknown open statement id[0]"},
	})
}
