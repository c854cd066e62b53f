package plane

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

const home, abroad = "111122223333", "444455556666"

// people are the identities of the tests: access keys with who holds them.
type people map[string]*Caller

func (p people) Caller(_ context.Context, id, token string) (*Caller, error) {
	c := p[id]
	if c == nil || token != "" {
		return nil, sigv4.ErrUnknownKey
	}
	return c, nil
}

func (p people) RCPs(string) [][]*authz.Policy { return nil }

func compiled(t testing.TB, text string) *authz.Policy {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return authz.Compile("inline", d)
}

func user(t testing.TB, account, name string, statements ...string) *Caller {
	t.Helper()
	c := &Caller{Secret: "secret-of-" + name, Principal: authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + account + ":user/" + name, Account: account, ID: "AIDA" + strings.ToUpper(name)}}
	c.Layers.Identity = []*authz.Policy{compiled(t, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)}
	return c
}

// local is a plane behind real HTTP.
type local struct {
	t      testing.TB
	server *httptest.Server
	people people
}

// newLocal starts a plane; change makes it another than usual.
func newLocal(t testing.TB, change ...func(*kms.Options, *Options)) *local {
	t.Helper()
	everything := `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`
	p := people{
		"AKIAADMIN": user(t, home, "admin", everything), "AKIAREADER": user(t, home, "reader"),
		"AKIASTRAY": user(t, abroad, "stray", everything), "AKIADENIED": user(t, home, "denied", everything, `{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}`),
	}
	of, o := kms.Options{Authorizer: Authorizer{Identities: p}}, Options{Identities: p}
	for _, f := range change {
		f(&of, &o)
	}
	service, err := kms.Open(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	api, err := KMS(service)
	if err != nil {
		t.Fatal(err)
	}
	o.Services = append(o.Services, api)
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	l := &local{t: t, server: httptest.NewServer(h), people: p}
	t.Cleanup(l.server.Close)
	return l
}

// as is a client of the AWS SDK with somebody's credentials.
func (l *local) as(id, region string) *awskms.Client {
	secret := "wrong"
	if c := l.people[id]; c != nil {
		secret = c.Secret
	}
	return l.with(id, secret, region)
}

func (l *local) with(id, secret, region string) *awskms.Client {
	return awskms.New(awskms.Options{
		Region: region, BaseEndpoint: aws.String(l.server.URL), Retryer: aws.NopRetryer{}, HTTPClient: l.server.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
		}),
	})
}

// refused asserts the code and message of an error of the SDK.
func refused(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Errorf("no error of the API: %v", err)
		return
	}
	if e.ErrorCode() != code || e.ErrorMessage() != message {
		t.Errorf("%s %q, want %s %q", e.ErrorCode(), e.ErrorMessage(), code, message)
	}
}

func TestSDK(t *testing.T) {
	l := newLocal(t)
	ctx := t.Context()
	admin := l.as("AKIAADMIN", "eu-west-1")
	made, err := admin.CreateKey(ctx, &awskms.CreateKeyInput{Description: aws.String("records"), Tags: []types.Tag{{TagKey: aws.String("team"), TagValue: aws.String("ml")}}})
	if err != nil {
		t.Fatal(err)
	}
	key := made.KeyMetadata
	if want := "arn:aws:kms:eu-west-1:" + home + ":key/" + *key.KeyId; *key.Arn != want || key.KeyState != types.KeyStateEnabled || *key.AWSAccountId != home || time.Since(*key.CreationDate).Abs() > time.Minute {
		t.Errorf("%+v", key)
	}
	if _, err := admin.CreateAlias(ctx, &awskms.CreateAliasInput{AliasName: aws.String("alias/records"), TargetKeyId: key.KeyId}); err != nil {
		t.Fatal(err)
	}
	encrypted, err := admin.Encrypt(ctx, &awskms.EncryptInput{KeyId: aws.String("alias/records"), Plaintext: []byte("patient"), EncryptionContext: map[string]string{"project": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	decrypted, err := admin.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: map[string]string{"project": "a"}})
	if err != nil || string(decrypted.Plaintext) != "patient" || *decrypted.KeyId != *key.Arn {
		t.Fatalf("%+v %v", decrypted, err)
	}
	_, err = admin.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: map[string]string{"project": "b"}})
	refused(t, err, "InvalidCiphertextException", "")

	t.Run("authorization", func(t *testing.T) {
		who := "arn:aws:iam::" + home + ":user/reader"
		_, err := l.as("AKIAREADER", "eu-west-1").Encrypt(ctx, &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x")})
		refused(t, err, "AccessDeniedException", "User: "+who+" is not authorized to perform: kms:Encrypt on resource: "+*key.Arn+" because no identity-based policy allows the kms:Encrypt action")
		_, err = l.as("AKIADENIED", "eu-west-1").Decrypt(ctx, &awskms.DecryptInput{KeyId: key.Arn, CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: map[string]string{"project": "a"}})
		refused(t, err, "AccessDeniedException", "User: arn:aws:iam::"+home+":user/denied is not authorized to perform: kms:Decrypt on resource: "+*key.Arn+" with an explicit deny in an identity-based policy")
		_, err = l.as("AKIASTRAY", "eu-west-1").Encrypt(ctx, &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x")})
		refused(t, err, "AccessDeniedException", "User: arn:aws:iam::"+abroad+":user/stray is not authorized to perform: kms:Encrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access")
		if _, err := admin.CreateGrant(ctx, &awskms.CreateGrantInput{KeyId: key.Arn, GranteePrincipal: aws.String(who), Operations: []types.GrantOperation{types.GrantOperationEncrypt},
			Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"project": "a"}}}); err != nil {
			t.Fatal(err)
		}
		if _, err = l.as("AKIAREADER", "eu-west-1").Encrypt(ctx, &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x"), EncryptionContext: map[string]string{"project": "a", "more": "1"}}); err != nil {
			t.Errorf("with a grant: %v", err)
		}
		if _, err = l.as("AKIAREADER", "eu-west-1").Encrypt(ctx, &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x")}); err == nil {
			t.Error("the grant's constraint does not bind")
		}
	})
	t.Run("signature", func(t *testing.T) {
		_, err := l.with("AKIAADMIN", "not the secret", "eu-west-1").ListKeys(ctx, nil)
		refused(t, err, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
		_, err = l.with("AKIANOBODY", "x", "eu-west-1").ListKeys(ctx, nil)
		refused(t, err, "UnrecognizedClientException", "The security token included in the request is invalid.")
	})
	t.Run("validation", func(t *testing.T) {
		_, err := admin.Encrypt(ctx, &awskms.EncryptInput{KeyId: key.Arn, Plaintext: make([]byte, 4097)})
		refused(t, err, "ValidationException", "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096")
		_, err = admin.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: aws.String("fake-key-id")})
		refused(t, err, "NotFoundException", "Invalid keyId 'fake-key-id'")
		_, err = l.as("AKIAADMIN", "us-east-1").DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: key.KeyId})
		refused(t, err, "NotFoundException", "Key 'arn:aws:kms:us-east-1:"+home+":key/"+*key.KeyId+"' does not exist")
	})
	t.Run("sign", func(t *testing.T) {
		made, err := admin.CreateKey(ctx, &awskms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256([]byte("message"))
		signed, err := admin.Sign(ctx, &awskms.SignInput{KeyId: made.KeyMetadata.KeyId, Message: digest[:], MessageType: types.MessageTypeDigest, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
		if err != nil {
			t.Fatal(err)
		}
		public, err := admin.GetPublicKey(ctx, &awskms.GetPublicKeyInput{KeyId: made.KeyMetadata.KeyId})
		if err != nil {
			t.Fatal(err)
		}
		k, err := x509.ParsePKIXPublicKey(public.PublicKey)
		if err != nil || !ecdsa.VerifyASN1(k.(*ecdsa.PublicKey), digest[:], signed.Signature) {
			t.Errorf("the signature does not verify outside: %v", err)
		}
	})
	t.Run("disabled", func(t *testing.T) {
		if _, err := admin.DisableKey(ctx, &awskms.DisableKeyInput{KeyId: key.KeyId}); err != nil {
			t.Fatal(err)
		}
		_, err := admin.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: key.KeyId, KeySpec: types.DataKeySpecAes256})
		var disabled *types.DisabledException
		if !errors.As(err, &disabled) || disabled.ErrorMessage() != *key.Arn+" is disabled." {
			t.Errorf("%v", err)
		}
	})
}

// TestNotKMS: what the plane does not have is refused clearly and never made up.
func TestNotKMS(t *testing.T) {
	l := newLocal(t)
	for name, c := range map[string]struct {
		method, path, target, code string
		status                     int
	}{
		"another method":    {http.MethodGet, "/", "TrentService.ListKeys", "UnknownOperationException", 404},
		"another path":      {http.MethodPost, "/x", "TrentService.ListKeys", "UnknownOperationException", 404},
		"another service":   {http.MethodPost, "/", "DynamoDB_20120810.ListTables", "UnknownOperationException", 400},
		"another operation": {http.MethodPost, "/", "TrentService.Frobnicate", "UnknownOperationException", 400},
		"no signature":      {http.MethodPost, "/", "TrentService.ListKeys", "MissingAuthenticationTokenException", 400},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), c.method, l.server.URL+c.path, strings.NewReader("{}"))
		r.Header.Set("X-Amz-Target", c.target)
		answer, err := l.server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		_, _ = b.ReadFrom(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != c.status || !strings.Contains(b.String(), `"__type":"`+c.code+`"`) || answer.Header.Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s: %d %s %v", name, answer.StatusCode, b.String(), answer.Header)
		}
	}
}
