package opensearchserverless_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless/types"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	region  = localtest.Region

	admin   = "AKIAADMIN0000000"
	keyless = "AKIAKEYLESS00000"
	logger  = "AKIALOGGER000000" // may do what it wants with policies for the collection logs
)

const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "aoss:*", Resource: "*"}]}
      - name: logger
        access-keys: [{id: AKIALOGGER000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "aoss:*", Resource: "*", Condition: {"ForAllValues:StringEquals": {"aoss:collection": "logs"}}}]}
    keys:
      - {region: eu-west-1, alias: alias/one}
      - {region: eu-west-1, alias: alias/two}
`

type world struct {
	*localtest.Plane
	t *testing.T
}

func newWorld(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	return &world{localtest.Open(t, estate, change...), t}
}

var static = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIANOBODY000000", SecretAccessKey: "none"}, nil
})

func (w *world) as(accessKey string) *opensearchserverless.Client {
	return opensearchserverless.New(opensearchserverless.Options{
		Region: region, BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.Client(accessKey, "aoss"), Retryer: aws.NopRetryer{},
	})
}

func (w *world) key(alias string) string { return w.KeyARN(account, region, alias) }

// grants are those of a key to the service.
func (w *world) grants(alias string) int {
	w.t.Helper()
	ctx, call := plane.As(context.Background(), w.IAM.Root(account), region)
	out := localtest.Must(w.KMS.ListGrants(ctx, call, &kms.ListGrantsInput{KeyId: w.key(alias)}))(w.t)
	for _, g := range out.Grants {
		if g.GranteePrincipal != "aoss.amazonaws.com" || len(g.Operations) != 2 || g.Operations[0] != "Decrypt" || g.Operations[1] != "GenerateDataKey" {
			w.t.Errorf("a grant for %s: %v", g.GranteePrincipal, g.Operations)
		}
	}
	return len(out.Grants)
}

// encrypts makes an encryption policy for resources; an empty key is one that AWS owns.
func (w *world) encrypts(accessKey, name, key string, resources ...string) (*types.SecurityPolicyDetail, error) {
	text := `{"Rules":[{"ResourceType":"collection","Resource":["` + strings.Join(resources, `","`) + `"]}],"AWSOwnedKey":true}`
	if key != "" {
		text = strings.Replace(text, `"AWSOwnedKey":true`, `"AWSOwnedKey":false,"KmsARN":"`+key+`"`, 1)
	}
	out, err := w.as(accessKey).CreateSecurityPolicy(w.t.Context(), &opensearchserverless.CreateSecurityPolicyInput{Name: &name, Type: types.SecurityPolicyTypeEncryption, Policy: &text})
	if err != nil {
		return nil, err
	}
	return out.SecurityPolicyDetail, nil
}

func (w *world) collection(name string) *types.CreateCollectionDetail {
	w.t.Helper()
	return localtest.Must(w.as(admin).CreateCollection(w.t.Context(), &opensearchserverless.CreateCollectionInput{Name: &name, Type: types.CollectionTypeVectorsearch}))(w.t).CreateCollectionDetail
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// refused wants an error with a code and a message that begins with a text.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Fatalf("%v, want %s", err, code)
	}
	if e.ErrorCode() != code || !strings.HasPrefix(e.ErrorMessage(), text) {
		t.Errorf("%s: %s, want %s: %s", e.ErrorCode(), e.ErrorMessage(), code, text)
	}
}
