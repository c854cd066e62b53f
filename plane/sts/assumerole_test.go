package sts

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/bedlock/bedlock/policy/authz"
)

func TestAssumeRole(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/team/", "app", trusts(rootOf(home)))
	out, err := l.assume(l.key("alice"), app, "run-1")
	if err != nil {
		t.Fatal(err)
	}
	const session = "arn:aws:sts::111122223333:assumed-role/app/run-1"
	if *out.AssumedRoleUser.Arn != session || *out.AssumedRoleUser.AssumedRoleId != "AROAAPP:run-1" || out.PackedPolicySize != nil || out.SourceIdentity != nil {
		t.Errorf("%+v", out)
	}
	if c := out.Credentials; !c.Expiration.Equal(l.now.Add(time.Hour)) || len(*c.AccessKeyId) != 20 || !strings.HasPrefix(*c.AccessKeyId, "ASIA") || len(*c.SecretAccessKey) != 40 {
		t.Errorf("%v %d", c.Expiration, len(*c.SecretAccessKey))
	}
	run := credentials(out.Credentials)
	who, err := l.as(run).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != session || *who.UserId != "AROAAPP:run-1" || *who.Account != home {
		t.Errorf("%+v %v", who, err)
	}
	s := l.calls.last.Caller.Session
	if s.Issuer != app.ARN || s.IssuerID != "AROAAPP" || s.Created != l.now.UTC().Format("2006-01-02T15:04:05Z") || s.MFA || s.SourceIdentity != "" || s.Transitive != nil {
		t.Errorf("%+v", s)
	}
	if !l.calls.last.ReadOnly() {
		t.Error("the call is recorded as one that changes something")
	}

	account, err := l.as(l.rootKey(abroad)).GetAccessKeyInfo(t.Context(), &awssts.GetAccessKeyInfoInput{AccessKeyId: out.Credentials.AccessKeyId})
	if err != nil || *account.Account != home {
		t.Errorf("%+v %v", account, err)
	}
}

// TestKMSBySession: keys give to roles, to sessions, and by tags.
func TestKMSBySession(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/team/", "app", trusts(rootOf(home), "sts:AssumeRole", "sts:TagSession"))
	app.Tags = map[string]string{"Stage": "test", "Owner": "app"}
	one := l.assumed(l.key("alice"), app, "one")
	two := l.assumed(l.key("alice"), app, "two")
	gives := func(to, condition string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"` + to + `"},"Action":"kms:Encrypt","Resource":"*"` + condition + `}`
	}
	when := func(key, value string) string {
		return gives("*", `,"Condition":{"StringEquals":{"`+key+`":"`+value+`"}}`)
	}
	byRole, bySession := l.kmsKey(gives(app.ARN, "")), l.kmsKey(gives("arn:aws:sts::111122223333:assumed-role/app/one", ""))
	for _, key := range []string{byRole, bySession} {
		if err := l.encrypt(one, key); err != nil {
			t.Error(err)
		}
	}
	if err := l.encrypt(two, byRole); err != nil {
		t.Error(err)
	}
	refused(t, l.encrypt(two, bySession), 400, "AccessDeniedException", "User: arn:aws:sts::111122223333:assumed-role/app/two is not authorized to perform: kms:Encrypt on resource: "+bySession+" because no identity-based policy allows the kms:Encrypt action")

	l.user(home, "tagger", `{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}`)
	prod := l.assumed(l.key("tagger"), app, "prod", tagged("stage", "prod"))
	for _, tt := range []struct {
		name      string
		key       string
		one, prod bool
	}{
		{"a tag of the role", l.kmsKey(when("aws:PrincipalTag/Owner", "app")), true, true},
		{"a tag of the role, hidden by the session's", l.kmsKey(when("aws:PrincipalTag/Stage", "test")), true, false},
		{"a tag of the session", l.kmsKey(when("aws:PrincipalTag/Stage", "prod")), false, true},
		{"role", l.kmsKey(when("aws:PrincipalArn", app.ARN)), true, true},
		{"user id", l.kmsKey(when("aws:userid", "AROAAPP:one")), true, false},
		{"organization", l.kmsKey(when("aws:PrincipalOrgID", "o-1")), true, true},
		{"time of issue", l.kmsKey(when("aws:TokenIssueTime", l.now.UTC().Format("2006-01-02T15:04:05Z"))), true, true},
		{"MFA", l.kmsKey(when("aws:MultiFactorAuthPresent", "false")), true, true},
		{"source identity", l.kmsKey(when("aws:SourceIdentity", "x")), false, false},
	} {
		if got := l.encrypt(one, tt.key) == nil; got != tt.one {
			t.Errorf("%s: one may %v, want %v", tt.name, got, tt.one)
		}
		if got := l.encrypt(prod, tt.key) == nil; got != tt.prod {
			t.Errorf("%s: prod may %v, want %v", tt.name, got, tt.prod)
		}
	}
}

// TestDenied: each layer that can deny, and what AWS says.
func TestDenied(t *testing.T) {
	l := newLocal(t)
	deny := `{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}`
	l.user(home, "alice", mayAssume)
	l.user(home, "bob", everyone, deny)
	l.user(home, "carol")
	l.user(abroad, "dave", mayAssume)
	l.user(abroad, "erin")
	limited := func(name string, how func(*authz.Layers)) {
		l.user(home, name, mayAssume)
		how(&l.keys["AKIA"+strings.ToUpper(name)].Layers)
	}
	kmsOnly := compile("kms only", statements(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`))
	denies := compile("arn:aws:organizations::1:policy/o-1/service_control_policy/p-1", statements(everyone, deny))
	limited("bounded", func(l *authz.Layers) { l.Boundary = kmsOnly })
	limited("boundeddeny", func(l *authz.Layers) { l.Boundary = denies })
	limited("scp", func(l *authz.Layers) { l.SCPs = [][]*authz.Policy{{kmsOnly}} })
	limited("scpdeny", func(l *authz.Layers) { l.SCPs = [][]*authz.Policy{{denies}} })
	open := l.role(home, "/", "open", trusts(rootOf(home))+","+trusts(rootOf(abroad)))
	byName := l.role(home, "/", "byname", trusts("arn:aws:iam::111122223333:user/carol")+","+trusts("arn:aws:iam::444455556666:user/erin"))
	shut := l.role(home, "/", "shut", trusts("arn:aws:iam::111122223333:user/nobody"))
	barred := l.role(home, "/", "barred", trusts("*")+`,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`)
	pathless := *l.role(home, "/team/", "deep", trusts(rootOf(home)))
	pathless.ARN = "arn:aws:iam::111122223333:role/deep"
	user := &Entity{ARN: "arn:aws:iam::111122223333:user/alice"}
	missing := &Entity{ARN: "arn:aws:iam::111122223333:role/missing"}
	nowhere := &Entity{ARN: "arn:aws:iam::999999999999:role/open"}
	for _, tt := range []struct {
		who    string
		role   *Entity
		denied bool
		reason string
	}{
		{"alice", open, false, ""},
		{"alice", shut, true, ""},
		{"alice", barred, true, ""},
		{"alice", missing, true, ""},
		{"alice", nowhere, true, ""},
		{"alice", user, true, ""},
		{"alice", &pathless, true, ""},
		{"bob", open, true, " with an explicit deny in an identity-based policy"},
		{"bob", missing, true, " with an explicit deny in an identity-based policy"},
		{"bob", barred, true, " with an explicit deny in an identity-based policy"},
		{"carol", open, true, ""},
		{"carol", byName, false, ""},
		{"carol", missing, true, ""},
		{"dave", open, false, ""},
		{"dave", byName, true, ""},
		{"dave", missing, true, ""},
		{"erin", open, true, ""},
		{"erin", byName, true, ""},
		{"bounded", open, true, ""},
		{"boundeddeny", open, true, " with an explicit deny in a permissions boundary"},
		{"scp", open, true, ""},
		{"scpdeny", open, true, " with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1"},
	} {
		_, err := l.assume(l.key(tt.who), tt.role, "s1")
		if !tt.denied {
			if err != nil {
				t.Errorf("%s %s: %v", tt.who, tt.role.ARN, err)
			}
			continue
		}
		cannot(t, err, l.keys["AKIA"+strings.ToUpper(tt.who)].Principal.ARN, "sts:AssumeRole", tt.role.ARN, tt.reason)
	}

	hop := l.role(home, "/", "hop", trusts(rootOf(home)), everyone)
	session := l.assumed(l.key("alice"), hop, "s1", func(in *input) {
		in.Policy = aws.String(statements(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`))
	})
	_, err := l.assume(session, open, "s2")
	cannot(t, err, "arn:aws:sts::111122223333:assumed-role/hop/s1", "sts:AssumeRole", open.ARN, "")
	session = l.assumed(l.key("alice"), hop, "s1", func(in *input) { in.Policy = aws.String(statements(everyone, deny)) })
	_, err = l.assume(session, open, "s2")
	cannot(t, err, "arn:aws:sts::111122223333:assumed-role/hop/s1", "sts:AssumeRole", open.ARN, " with an explicit deny in a session policy")

	_, err = l.assume(l.rootKey(home), open, "s1")
	refused(t, err, 403, "AccessDenied", "Roles may not be assumed by root accounts.")
}

// TestAllowAll: everything is allowed, but what does not exist is not there.
func TestAllowAll(t *testing.T) {
	l := newLocalWith(t, nil, true)
	l.user(home, "carol")
	shut := l.role(home, "/", "shut", trusts("arn:aws:iam::111122223333:user/nobody"))
	if _, err := l.assume(l.key("carol"), shut, "s1"); err != nil {
		t.Error(err)
	}
	missing := &Entity{ARN: "arn:aws:iam::111122223333:role/missing"}
	_, err := l.assume(l.key("carol"), missing, "s1")
	cannot(t, err, "arn:aws:iam::111122223333:user/carol", "sts:AssumeRole", missing.ARN, "")
}

// TestConditions: the condition keys of STS in trust policies.
func TestConditions(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", `{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"*"}`)
	external := func(id string) func(*input) { return func(in *input) { in.ExternalId = &id } }
	source := func(id string) func(*input) { return func(in *input) { in.SourceIdentity = &id } }
	for i, tt := range []struct {
		condition string
		good, bad []func(*input)
	}{
		{`"StringEquals":{"sts:ExternalId":"secret-handshake"}`, []func(*input){external("secret-handshake")}, []func(*input){external("secret-handshakes")}},
		{`"StringEquals":{"sts:ExternalId":"secret-handshake"}`, []func(*input){external("secret-handshake")}, nil},
		{`"StringEquals":{"sts:RoleSessionName":"sess"}`, nil, []func(*input){func(in *input) { in.RoleSessionName = aws.String("other") }}},
		{`"StringEquals":{"sts:SourceIdentity":"alice"}`, []func(*input){source("alice")}, []func(*input){source("bob")}},
		{`"StringEquals":{"aws:RequestTag/Team":"blue"}`, []func(*input){tagged("team", "blue")}, []func(*input){tagged("team", "red")}},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}`, []func(*input){tagged("Team", "blue")}, []func(*input){tagged("Team", "blue", "Mood", "good")}},
		{`"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":"Team"}`, []func(*input){tagged("Team", "blue"), transitive("Team")}, []func(*input){tagged("Team", "blue")}},
		{`"StringEquals":{"aws:ResourceTag/Open":"yes"}`, nil, nil},
		{`"StringEquals":{"iam:ResourceTag/open":"yes"}`, nil, nil},
	} {
		role := l.role(home, "/", "role"+string(rune('a'+i)), `{"Effect":"Allow","Principal":{"AWS":"`+rootOf(home)+`"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{`+tt.condition+`}}`)
		role.Tags = map[string]string{"Open": "yes"}
		if _, err := l.assume(l.key("alice"), role, "sess", tt.good...); err != nil {
			t.Errorf("%s: %v", tt.condition, err)
		}
		if len(tt.good) == 0 && len(tt.bad) == 0 {
			role.Tags = map[string]string{"Open": "no"}
		}
		_, err := l.assume(l.key("alice"), role, "sess", tt.bad...)
		cannot(t, err, "arn:aws:iam::111122223333:user/alice", "sts:AssumeRole", role.ARN, "")
	}
}

// TestTagsAndSourceIdentity: both need actions of their own.
func TestTagsAndSourceIdentity(t *testing.T) {
	l := newLocal(t)
	l.user(abroad, "dave", everyone)
	role := l.role(home, "/", "app", trusts(rootOf(abroad)))
	_, err := l.assume(l.key("dave"), role, "s1", tagged("Team", "blue"))
	cannot(t, err, "arn:aws:iam::444455556666:user/dave", "sts:TagSession", role.ARN, "")
	_, err = l.assume(l.key("dave"), role, "s1", func(in *input) { in.SourceIdentity = aws.String("dave") })
	cannot(t, err, "arn:aws:iam::444455556666:user/dave", "sts:SetSourceIdentity", role.ARN, "")
	if _, err := l.assume(l.key("dave"), role, "s1"); err != nil {
		t.Error(err)
	}
}

func TestChaining(t *testing.T) {
	l := newLocal(t)
	all := []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}
	l.user(home, "alice", everyone)
	first := l.role(home, "/", "first", trusts(rootOf(home), all...), everyone)
	second := l.role(home, "/", "second", trusts(rootOf(home), all...), everyone)
	third := l.role(home, "/", "third", trusts(rootOf(home), all...))
	tagless := l.role(abroad, "/", "tagless", trusts(rootOf(home), "sts:AssumeRole", "sts:SetSourceIdentity"))

	out, err := l.assume(l.key("alice"), first, "one", tagged("Team", "blue", "Mood", "good"), transitive("team"), func(in *input) { in.SourceIdentity = aws.String("alice") })
	if err != nil {
		t.Fatal(err)
	}
	if *out.SourceIdentity != "alice" || *out.PackedPolicySize != 4 {
		t.Errorf("%+v %d", out, *out.PackedPolicySize)
	}
	one := credentials(out.Credentials)
	two := l.assumed(one, second, "two", tagged("Mood", "bad"))
	l.arnOf(two)
	c := l.calls.last.Caller
	for key, want := range map[string]string{"aws:principaltag/team": "blue", "aws:principaltag/mood": "bad", "aws:sourceidentity": "alice"} {
		if got := c.Context[key].Values; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if c.Session.SourceIdentity != "alice" || len(c.Session.Transitive) != 1 || c.Session.Transitive["Team"] != "blue" {
		t.Errorf("%+v", c.Session)
	}
	l.arnOf(l.assumed(two, third, "three"))
	c = l.calls.last.Caller
	if got := c.Context["aws:principaltag/team"].Values; len(got) != 1 || got[0] != "blue" {
		t.Errorf("the third session has the tag %q", got)
	}
	if _, kept := c.Context["aws:principaltag/mood"]; kept {
		t.Error("the third session has a tag that is not transitive")
	}

	_, err = l.assume(two, third, "three", tagged("TEAM", "red"))
	refused(t, err, 400, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
	_, err = l.assume(two, third, "three", func(in *input) { in.SourceIdentity = aws.String("mallory") })
	refused(t, err, 403, "AccessDenied", "The source identity of the calling session cannot be changed.")
	if _, err := l.assume(two, third, "three", func(in *input) { in.SourceIdentity = aws.String("alice") }); err != nil {
		t.Error(err)
	}
	_, err = l.assume(one, tagless, "two")
	cannot(t, err, "arn:aws:sts::111122223333:assumed-role/first/one", "sts:TagSession", tagless.ARN, "")

	named := l.assumed(l.key("alice"), first, "named", func(in *input) { in.SourceIdentity = aws.String("alice") })
	nameless := l.role(abroad, "/", "nameless", trusts(rootOf(home), "sts:AssumeRole", "sts:TagSession"))
	_, err = l.assume(named, nameless, "two")
	cannot(t, err, "arn:aws:sts::111122223333:assumed-role/first/named", "sts:SetSourceIdentity", nameless.ARN, "")

	long := func(seconds int32) func(*input) { return func(in *input) { in.DurationSeconds = &seconds } }
	_, err = l.assume(one, second, "two", long(3601))
	refused(t, err, 400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	if _, err := l.assume(one, second, "two", long(3600)); err != nil {
		t.Error(err)
	}
	_, err = l.assume(l.key("alice"), first, "one", long(7201))
	refused(t, err, 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	if out, err := l.assume(l.key("alice"), first, "one", long(7200)); err != nil || !out.Credentials.Expiration.Equal(l.now.Add(2*time.Hour)) {
		t.Errorf("%v", err)
	}
	// A session of a user is no role: assuming a role with it is not chaining.
	token, err := l.as(l.key("alice")).GetSessionToken(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.assume(credentials(token.Credentials), first, "one", long(7200)); err != nil {
		t.Error(err)
	}
}

func TestAssumeRoleInput(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", everyone)
	app := l.role(home, "/", "app", trusts(rootOf(home), "sts:AssumeRole", "sts:TagSession"))
	l.managed["arn:aws:iam::aws:policy/ReadOnlyAccess"] = everything
	policy := func(text string) func(*input) { return func(in *input) { in.Policy = &text } }
	arns := func(list ...string) func(*input) {
		return func(in *input) {
			for _, a := range list {
				in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: &a})
			}
		}
	}
	eleven := make([]string, 11)
	for i := range eleven {
		eleven[i] = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	}
	statement := `{"Effect":"Allow","Action":"kms:Encrypt","Resource":"arn:aws:kms:eu-west-1:111122223333:key/%"}`
	long := statements(strings.Repeat(statement+",", 11) + statement)
	for _, tt := range []struct {
		name          string
		how           func(*input)
		status        int
		code, message string
	}{
		{"ARN of two parts", func(in *input) { in.RoleArn = aws.String("nothing-valid-in-here") }, 400, "ValidationError", "nothing-valid-in-here is invalid"},
		{"ARN without service", func(in *input) { in.RoleArn = aws.String("arn:a::::something/test-role") }, 400, "ValidationError", "arn:a::::something/test-role is invalid"},
		{"ARN without partition", func(in *input) { in.RoleArn = aws.String("arn::b:::something/test-role") }, 400, "ValidationError", "arn::b:::something/test-role is invalid"},
		{"ARN of five parts", func(in *input) { in.RoleArn = aws.String("arn:a:::something/test-role") }, 400, "ValidationError", "arn:a:::something/test-role is invalid"},
		{"ARN without resource", func(in *input) { in.RoleArn = aws.String("arn:a:a::aaaaaaaaaa:") }, 400, "ValidationError", "arn:a:a::aaaaaaaaaa: is invalid"},
		{"session name", func(in *input) { in.RoleSessionName = aws.String("Session1:2") }, 400, "ValidationError", `1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"duration", func(in *input) { in.DurationSeconds = aws.Int32(899) }, 400, "ValidationError", "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"},
		{"twice", tagged("Team", "a", "team", "b"), 400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		{"transitive", func(in *input) { tagged("Team", "a")(in); transitive("Mood")(in) }, 400, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."},
		{"reserved", tagged("AWS:x", "a"), 400, "InvalidParameterValue", "Tag keys must not begin with aws:, which is reserved."},
		{"MFA", func(in *input) {
			in.SerialNumber, in.TokenCode = aws.String("arn:aws:iam::111122223333:mfa/alice"), aws.String("123456")
		}, 403, "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."},
		{"contexts", func(in *input) {
			in.ProvidedContexts = []types.ProvidedContext{{ProviderArn: aws.String("arn:aws:iam::aws:contextProvider/IdentityCenter"), ContextAssertion: aws.String("abcd")}}
		}, 400, "InvalidContextAssertion", "not implemented by the local plane: ProvidedContexts"},
		{"no JSON", policy("{"), 400, "MalformedPolicyDocument", "This policy contains invalid Json"},
		{"no effect", policy(`{"Version":"2012-10-17","Statement":[{"Action":"*","Resource":"*"}]}`), 400, "MalformedPolicyDocument", "Syntax errors in policy."},
		{"no statement", policy(`{"Version":"2012-10-17","Statement":[]}`), 400, "MalformedPolicyDocument", "Syntax errors in policy."},
		{"principal", policy(statements(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)), 400, "MalformedPolicyDocument", "Policy document should not specify a principal."},
		{"no resource", policy(statements(`{"Effect":"Allow","Action":"*"}`)), 400, "MalformedPolicyDocument", "Policy statement must contain resources."},
		{"eleven", arns(eleven...), 400, "ValidationError", "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10"},
		{"no such policy", arns("arn:aws:iam::aws:policy/Nothing"), 400, "InvalidParameterValue", "The managed policy arn:aws:iam::aws:policy/Nothing does not exist, or is one of AWS that the local plane does not know."},
		{"large policy", policy(long), 400, "PackedPolicyTooLarge", "Packed policy consumes 117% of allotted space, please use smaller policy."},
		{"large tags", tagged("A", strings.Repeat("a", 255), "B", strings.Repeat("b", 255), "C", "c"), 400, "PackedPolicyTooLarge", "Packed size of session tags consumes 101% of allotted space."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := l.assume(l.key("alice"), app, "sess", tt.how)
			refused(t, err, tt.status, tt.code, tt.message)
		})
	}
	fits := tagged("A", strings.Repeat("a", 255), "B", strings.Repeat("b", 255))
	if out, err := l.assume(l.key("alice"), app, "sess", fits); err != nil || *out.PackedPolicySize != 100 {
		t.Errorf("%v", err)
	}
	if out, err := l.assume(l.key("alice"), app, "sess", arns(eleven[:10]...)); err != nil || *out.PackedPolicySize != 38 {
		t.Errorf("%v", err)
	}
}
