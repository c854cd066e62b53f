package plane

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/bedlock/bedlock/plane/awsquery"
)

type identity struct{ Arn, UserId, Account string }

// newQuery is a plane with one operation of STS.
func newQuery(t *testing.T) *httptest.Server {
	t.Helper()
	protocol, err := awsquery.STS()
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := awsquery.NewEncoder[identity](protocol, "GetCallerIdentity")
	if err != nil {
		t.Fatal(err)
	}
	type tokenInput struct{ DurationSeconds int }
	decoder, err := awsquery.NewDecoder[tokenInput](protocol, "GetSessionToken")
	if err != nil {
		t.Fatal(err)
	}
	people := people{"AKIAADMIN": user(t, home, "admin", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	h, err := New(Options{Identities: people, Services: []*Service{{Name: "sts", Protocol: Query(protocol), Operations: map[string]Operation{
		"GetCallerIdentity": func(_ context.Context, c *Call, _ []byte) ([]byte, error) {
			p := c.Caller.Principal
			return encoder.Append(nil, c.RequestID, &identity{p.ARN, p.ID, p.Account}), nil
		},
		"GetSessionToken": func(_ context.Context, _ *Call, body []byte) ([]byte, error) {
			_, err := decoder.Decode(body)
			return nil, err
		},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

func stsClient(server *httptest.Server, id, secret string) *awssts.Client {
	return awssts.New(awssts.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), Retryer: aws.NopRetryer{}, HTTPClient: server.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
		}),
	})
}

func TestQuery(t *testing.T) {
	server := newQuery(t)
	c := stsClient(server, "AKIAADMIN", "secret-of-admin")
	who, err := c.GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != "arn:aws:iam::"+home+":user/admin" || *who.UserId != "AIDAADMIN" || *who.Account != home {
		t.Errorf("%+v %v", who, err)
	}
	_, err = c.GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{DurationSeconds: aws.Int32(899)})
	refused(t, err, "ValidationError", "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900")
	_, err = stsClient(server, "AKIAADMIN", "wrong").GetCallerIdentity(t.Context(), nil)
	refused(t, err, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	_, err = stsClient(server, "AKIANOBODY", "x").GetCallerIdentity(t.Context(), nil)
	refused(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	_, err = c.GetFederationToken(t.Context(), &awssts.GetFederationTokenInput{Name: aws.String("n")})
	refused(t, err, "UnknownOperationException", "not implemented by the local plane: sts:GetFederationToken")
}

// TestQueryByGET: presigned requests, as EKS and Vault send them.
func TestQueryByGET(t *testing.T) {
	server := newQuery(t)
	signed, err := awssts.NewPresignClient(stsClient(server, "AKIAADMIN", "secret-of-admin")).PresignGetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	get := func(url string) (int, string) {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		for name, v := range signed.SignedHeader {
			r.Header[name] = v
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		b, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(b)
	}
	if status, body := get(signed.URL); status != 200 || !strings.Contains(body, "<Arn>arn:aws:iam::"+home+":user/admin</Arn>") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := get(strings.Replace(signed.URL, "GetCallerIdentity", "NoSuchAction", 1)); status != 403 || !strings.Contains(body, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("%d %s", status, body)
	}
}

// TestQueryActions: the refusals of STS, by requests that no SDK sends.
func TestQueryActions(t *testing.T) {
	server := newQuery(t)
	for _, tt := range []struct {
		contentType, form string
		status            int
		want              string
	}{
		{"application/x-www-form-urlencoded; charset=utf-8", "Action=GetCallerIdentity&Version=2011-06-15", 200, "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"},
		{"application/x-www-form-urlencoded", "Action=<b>&Version=2011-06-15", 400, "<Code>InvalidAction</Code>\n    <Message>Could not find operation &lt;b&gt; for version 2011-06-15</Message>"},
		{"application/x-www-form-urlencoded", "Action=GetCallerIdentity", 400, "<Message>Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED</Message>"},
		{"application/x-www-form-urlencoded", "Version=2011-06-15", 400, "<Code>MissingAction</Code>"},
		{"application/x-www-form-urlencoded", "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=x", 400, "<Code>MalformedInput</Code>\n  </Error>"},
		{"application/x-www-form-urlencoded", "Action=GetSessionToken&Version=2011-06-15&x=%", 404, "<Code>MalformedQueryString</Code>"},
		{"text/plain", "Action=GetCallerIdentity&Version=2011-06-15", 400, `"__type":"UnknownOperationException"`},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(tt.form))
		r.Header.Set("Content-Type", tt.contentType)
		sum := sha256.Sum256([]byte(tt.form))
		if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIAADMIN", SecretAccessKey: "secret-of-admin"}, r, hex.EncodeToString(sum[:]), "sts", "eu-west-1", time.Now()); err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != tt.status || !strings.Contains(string(b), tt.want) || answer.Header.Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s: %d %s %v, want %d %s", tt.form, answer.StatusCode, b, answer.Header, tt.status, tt.want)
		}
	}
}
