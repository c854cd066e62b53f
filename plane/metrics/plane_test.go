package metrics

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

var alice = authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"}

// people are the holders of access keys: alice.
type people struct{}

func (people) Caller(_ context.Context, id, _ string) (*plane.Caller, error) {
	if id != "AKIAALICE" {
		return nil, sigv4.ErrUnknownKey
	}
	return &plane.Caller{Secret: "secret", Principal: alice}, nil
}

func (people) RCPs(string) [][]*authz.Policy { return nil }

// TestPlane: what AWS's client does is counted, and nothing of who did it.
func TestPlane(t *testing.T) {
	service, err := kms.Open(t.Context(), kms.Options{Authorizer: plane.Authorizer{AllowAll: true}})
	if err != nil {
		t.Fatal(err)
	}
	api, err := plane.KMS(service)
	if err != nil {
		t.Fatal(err)
	}
	m := New(Options{Keys: service.All})
	handler, err := plane.New(plane.Options{Services: []*plane.Service{api}, Identities: people{}, Observers: []plane.Observer{m}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := awskms.New(awskms.Options{
		Region: "eu-west-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}, HTTPClient: server.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAALICE", SecretAccessKey: "secret"}, nil
		}),
	})
	ctx := t.Context()
	one, err := client.CreateKey(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	two, err := client.CreateKey(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := client.Encrypt(ctx, &awskms.EncryptInput{KeyId: one.KeyMetadata.KeyId, Plaintext: []byte("patient"), EncryptionContext: map[string]string{"project": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}); err == nil {
		t.Error("decrypted with another context")
	}
	if _, err := client.ReEncrypt(ctx, &awskms.ReEncryptInput{CiphertextBlob: sealed.CiphertextBlob, SourceEncryptionContext: map[string]string{"project": "a"}, DestinationKeyId: two.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(scrape(t, m), func(line string) bool {
		return strings.HasPrefix(line, "#") || strings.HasPrefix(line, "bedlock_call_duration_seconds_") && !strings.HasPrefix(line, "bedlock_call_duration_seconds_count")
	})
	want := []string{
		`aws_kms_successful_request_total{DestinationKeyArn="",KeyArn="` + *one.KeyMetadata.Arn + `",Operation="Encrypt",SourceKeyArn=""} 1`,
		`aws_kms_successful_request_total{DestinationKeyArn="` + *two.KeyMetadata.Arn + `",KeyArn="",Operation="ReEncrypt",SourceKeyArn="` + *one.KeyMetadata.Arn + `"} 1`,
		`aws_usage_call_count_total{Class="None",Resource="CreateKey",Service="KMS",Type="API"} 2`,
		`aws_usage_call_count_total{Class="None",Resource="Decrypt",Service="KMS",Type="API"} 1`,
		`aws_usage_call_count_total{Class="None",Resource="Encrypt",Service="KMS",Type="API"} 1`,
		`aws_usage_call_count_total{Class="None",Resource="ReEncrypt",Service="KMS",Type="API"} 1`,
		`bedlock_call_duration_seconds_count{operation="CreateKey",service="kms"} 2`,
		`bedlock_call_duration_seconds_count{operation="Decrypt",service="kms"} 1`,
		`bedlock_call_duration_seconds_count{operation="Encrypt",service="kms"} 1`,
		`bedlock_call_duration_seconds_count{operation="ReEncrypt",service="kms"} 1`,
		`bedlock_calls_total{code="InvalidCiphertextException",operation="Decrypt",service="kms"} 1`,
		`bedlock_calls_total{code="Success",operation="CreateKey",service="kms"} 2`,
		`bedlock_calls_total{code="Success",operation="Encrypt",service="kms"} 1`,
		`bedlock_calls_total{code="Success",operation="ReEncrypt",service="kms"} 1`,
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, word := range []string{"alice", "patient", "project", "AKIA", "secret"} {
		if text := strings.Join(scrape(t, m), "\n"); strings.Contains(text, word) {
			t.Errorf("the metrics tell %q", word)
		}
	}
}

// TestCryptographic: of all operations of KMS, those of the Developer Guide count.
func TestCryptographic(t *testing.T) {
	service, err := kms.Open(t.Context(), kms.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api, err := plane.KMS(service)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for operation := range api.Operations {
		if cryptographic(operation) {
			got = append(got, operation)
		}
	}
	slices.Sort(got)
	if want := strings.Fields(`Decapsulate Decrypt DeriveSharedSecret Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair
		GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac ReEncrypt Sign Verify VerifyMac`); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
