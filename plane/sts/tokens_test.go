package sts

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/bedlock/bedlock/policy/authz"
)

func TestGetCallerIdentity(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", `{"Effect":"Deny","Action":"*","Resource":"*"}`)
	who, err := l.as(l.key("alice")).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != "arn:aws:iam::111122223333:user/alice" || *who.UserId != "AIDAALICE" || *who.Account != home {
		t.Errorf("%+v %v", who, err)
	}
	who, err = l.as(l.rootKey(home)).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != "arn:aws:iam::111122223333:root" || *who.UserId != home || *who.Account != home {
		t.Errorf("%+v %v", who, err)
	}
}

func TestGetSessionToken(t *testing.T) {
	l := newLocal(t)
	alice := l.user(home, "alice", `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`, `{"Effect":"Deny","Action":"sts:*","Resource":"*"}`)
	alice.Tags = map[string]string{"Team": "blue"}
	token := func(c aws.Credentials, seconds *int32) *types.Credentials {
		out, err := l.as(c).GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{DurationSeconds: seconds})
		if err != nil {
			t.Fatal(err)
		}
		return out.Credentials
	}
	for _, tt := range []struct {
		who  aws.Credentials
		ask  *int32
		want time.Duration
	}{
		{l.key("alice"), nil, 12 * time.Hour}, {l.key("alice"), aws.Int32(900), 15 * time.Minute}, {l.key("alice"), aws.Int32(129600), 36 * time.Hour},
		{l.rootKey(home), nil, time.Hour}, {l.rootKey(home), aws.Int32(7200), time.Hour}, {l.rootKey(home), aws.Int32(900), 15 * time.Minute},
	} {
		if c := token(tt.who, tt.ask); !c.Expiration.Equal(l.now.Add(tt.want)) {
			t.Errorf("%s %v: %v", tt.who.AccessKeyID, tt.ask, c.Expiration.Sub(l.now))
		}
	}
	session := credentials(token(l.key("alice"), nil))
	if got := l.arnOf(session); got != "arn:aws:iam::111122223333:user/alice" {
		t.Error(got)
	}
	c := l.calls.last.Caller
	if c.Principal.Kind != authz.User || c.Principal.ID != "AIDAALICE" || c.Session == nil || c.Session.Issuer != alice.ARN || c.Session.IssuerID != "AIDAALICE" || c.Layers.Session != nil {
		t.Errorf("%+v %+v", c.Principal, c.Session)
	}
	for key, want := range map[string]string{"aws:principaltag/team": "blue", "aws:multifactorauthpresent": "false", "aws:tokenissuetime": l.now.UTC().Format(time.RFC3339), "aws:principalorgid": "o-1"} {
		if got := c.Context[key].Values; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", key, got)
		}
	}
	key := l.kmsKey(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:Encrypt","Resource":"*"}`)
	if err := l.encrypt(session, key); err != nil {
		t.Error(err)
	}

	_, err := l.as(session).GetSessionToken(t.Context(), nil)
	refused(t, err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	_, err = l.as(session).GetFederationToken(t.Context(), &awssts.GetFederationTokenInput{Name: aws.String("feder")})
	refused(t, err, 403, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	_, err = l.as(session).GetAccessKeyInfo(t.Context(), &awssts.GetAccessKeyInfoInput{AccessKeyId: &session.AccessKeyID})
	refused(t, err, 403, "AccessDenied", "Cannot call GetAccessKeyInfo with session credentials")
	_, err = l.as(l.key("alice")).GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{SerialNumber: aws.String("GAHT12345678"), TokenCode: aws.String("123456")})
	refused(t, err, 403, "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	_, err = l.as(l.key("alice")).GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{DurationSeconds: aws.Int32(129601)})
	refused(t, err, 400, "ValidationError", "1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600")

	root := credentials(token(l.rootKey(home), nil))
	if got := l.arnOf(root); got != "arn:aws:iam::111122223333:root" {
		t.Error(got)
	}
	if err := l.encrypt(root, key); err != nil {
		t.Error(err)
	}
	_, err = l.assume(root, l.role(home, "/", "app", trusts(rootOf(home))), "s1")
	refused(t, err, 403, "AccessDenied", "Roles may not be assumed by root accounts.")

	l.directory.mu.Lock()
	delete(l.users, home+"alice")
	l.directory.mu.Unlock()
	_, err = l.as(session).GetCallerIdentity(t.Context(), nil)
	refused(t, err, 403, "InvalidClientTokenId", invalid)
	_, err = l.as(l.key("alice")).GetSessionToken(t.Context(), nil)
	refused(t, err, 403, "InvalidClientTokenId", invalid+".")
}

func TestMinimumSessionTokenSize(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice")
	for _, size := range []int32{0, 1500, 4095, 4096} {
		out, err := l.as(l.key("alice")).GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{MinimumSessionTokenSize: &size})
		if err != nil {
			t.Fatal(err)
		}
		if n := int32(len(*out.Credentials.SessionToken)); n < size || size > 0 && n > size+4 || n > 4096 {
			t.Errorf("a token of %d bytes, of at least %d", n, size)
		}
		_ = l.arnOf(credentials(out.Credentials))
	}
}

func TestGetFederationToken(t *testing.T) {
	l := newLocal(t)
	alice := l.user(home, "alice", `{"Effect":"Allow","Action":["sts:GetFederationToken","kms:*"],"Resource":"*"}`)
	alice.Tags = map[string]string{"Team": "blue", "Mood": "good"}
	l.user(home, "tagger", `{"Effect":"Allow","Action":["sts:GetFederationToken","sts:TagSession"],"Resource":"arn:aws:sts::111122223333:federated-user/feder","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}`)
	l.user(home, "carol")
	get := func(c aws.Credentials, how ...func(*awssts.GetFederationTokenInput)) (*awssts.GetFederationTokenOutput, error) {
		in := &awssts.GetFederationTokenInput{Name: aws.String("feder")}
		for _, f := range how {
			f(in)
		}
		return l.as(c).GetFederationToken(t.Context(), in)
	}
	policy := func(text string) func(*awssts.GetFederationTokenInput) {
		return func(in *awssts.GetFederationTokenInput) { in.Policy = aws.String(statements(text)) }
	}
	tags := func(key, value string) func(*awssts.GetFederationTokenInput) {
		return func(in *awssts.GetFederationTokenInput) { in.Tags = []types.Tag{{Key: &key, Value: &value}} }
	}
	const feder = "arn:aws:sts::111122223333:federated-user/feder"
	encrypts := `{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}`
	plain, err := get(l.key("alice"))
	if err != nil || *plain.FederatedUser.Arn != feder || *plain.FederatedUser.FederatedUserId != home+":feder" || *plain.PackedPolicySize != 0 || !plain.Credentials.Expiration.Equal(l.now.Add(12*time.Hour)) {
		t.Fatalf("%+v %v", plain, err)
	}
	limited, err := get(l.key("alice"), policy(encrypts))
	if err != nil || *limited.PackedPolicySize != 10 {
		t.Fatalf("%+v %v", limited, err)
	}
	ofRoot, err := get(l.rootKey(home), policy(encrypts))
	if err != nil || !ofRoot.Credentials.Expiration.Equal(l.now.Add(time.Hour)) {
		t.Fatalf("%+v %v", ofRoot, err)
	}
	who, err := l.as(credentials(limited.Credentials)).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != feder || *who.UserId != home+":feder" || *who.Account != home {
		t.Errorf("%+v %v", who, err)
	}
	if p := l.calls.last.Caller.Principal; p.Kind != authz.Federated || p.Parent != alice.ARN || p.ID != "AIDAALICE" {
		t.Errorf("%+v", p)
	}
	if got := l.calls.last.Caller.Context["aws:principaltag/mood"].Values; len(got) != 1 || got[0] != "good" {
		t.Errorf("the tag of the user is %q", got)
	}

	gives := func(to string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"` + to + `"},"Action":"kms:Encrypt","Resource":"*"}`
	}
	delegating, toSession, toUser := l.kmsKey(), l.kmsKey(gives(feder)), l.kmsKey(gives(alice.ARN))
	for _, tt := range []struct {
		name                     string
		who                      *awssts.GetFederationTokenOutput
		delegated, session, user bool
	}{
		{"without policy", plain, false, true, false},
		{"with policy", limited, true, true, true},
		{"of root", ofRoot, true, true, true},
	} {
		for key, want := range map[string]bool{delegating: tt.delegated, toSession: tt.session, toUser: tt.user} {
			if got := l.encrypt(credentials(tt.who.Credentials), key) == nil; got != want {
				t.Errorf("%s: %s may be used: %v, want %v", tt.name, key, got, want)
			}
		}
	}

	_, err = get(l.key("carol"))
	cannot(t, err, "arn:aws:iam::111122223333:user/carol", "sts:GetFederationToken", feder, " because no identity-based policy allows the sts:GetFederationToken action")
	_, err = get(l.key("alice"), tags("team", "red"))
	cannot(t, err, alice.ARN, "sts:TagSession", feder, " because no identity-based policy allows the sts:TagSession action")
	_, err = get(l.key("tagger"), tags("Mood", "red"))
	cannot(t, err, "arn:aws:iam::111122223333:user/tagger", "sts:GetFederationToken", feder, " because no identity-based policy allows the sts:GetFederationToken action")
	out, err := get(l.key("tagger"), tags("team", "red"))
	if err != nil {
		t.Fatal(err)
	}
	_ = l.arnOf(credentials(out.Credentials))
	if got := l.calls.last.Caller.Context["aws:principaltag/team"].Values; len(got) != 1 || got[0] != "red" {
		t.Errorf("the tag is %q", got)
	}
	_, err = l.assume(credentials(limited.Credentials), l.role(home, "/", "app", trusts("*")), "s1")
	refused(t, err, 403, "AccessDenied", "Cannot call AssumeRole with session credentials")
	_, err = get(l.key("alice"), func(in *awssts.GetFederationTokenInput) { in.Policy = aws.String("x") })
	refused(t, err, 400, "MalformedPolicyDocument", "This policy contains invalid Json")
}

func TestGetAccessKeyInfo(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", `{"Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*"}`)
	l.user(abroad, "daveofalongname")
	l.user(home, "carol")
	for _, tt := range []struct{ id, account string }{
		{"AKIADAVEOFALONGNAME", abroad},
		// Both ids and their accounts are those of a published example.
		{"ASIAQNZGKIQY56JQ7WML", "029608264753"},
	} {
		out, err := l.as(l.key("alice")).GetAccessKeyInfo(t.Context(), &awssts.GetAccessKeyInfoInput{AccessKeyId: &tt.id})
		if err != nil || *out.Account != tt.account {
			t.Errorf("%s: %+v %v", tt.id, out, err)
		}
	}
	for _, id := range []string{"AKIAIOSFODNN7EXAMPLE", "AKIAQNZGKIQY56JQ7WM1", "AKIAQNZGKIQY56JQ7WMLA", "ABIAQNZGKIQY56JQ7WML", "AKIA7777777777777777"} {
		_, err := l.as(l.key("alice")).GetAccessKeyInfo(t.Context(), &awssts.GetAccessKeyInfoInput{AccessKeyId: &id})
		refused(t, err, 400, "ValidationError", "The Access Key with id "+id+" cannot be found.")
	}
	_, err := l.as(l.key("carol")).GetAccessKeyInfo(t.Context(), &awssts.GetAccessKeyInfoInput{AccessKeyId: aws.String("AKIADAVEOFALONGNAME")})
	cannot(t, err, "arn:aws:iam::111122223333:user/carol", "sts:GetAccessKeyInfo", "*", " because no identity-based policy allows the sts:GetAccessKeyInfo action")
}

func TestNotImplemented(t *testing.T) {
	l := newLocal(t)
	_, err := l.as(l.rootKey(home)).DecodeAuthorizationMessage(t.Context(), &awssts.DecodeAuthorizationMessageInput{EncodedMessage: aws.String("x")})
	refused(t, err, 400, "UnknownOperationException", "not implemented by the local plane: sts:DecodeAuthorizationMessage")
}
