package plane

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/kms"
)

// mirror is an external key store proxy that gives back what it gets.
type mirror struct{}

func (mirror) Health(context.Context, *kms.XksEndpoint, *kms.XksHealthInput) (*kms.XksHealthOutput, error) {
	return &kms.XksHealthOutput{
		XksProxyFleetSize: 1, XksProxyVendor: "v", XksProxyModel: "m", EkmVendor: "e",
		EkmFleetDetails: []kms.XksEkmFleet{{ID: "1", Model: "m", HealthStatus: "ACTIVE"}},
	}, nil
}

func (mirror) Metadata(context.Context, *kms.XksEndpoint, string, *kms.XksMetadataInput) (*kms.XksMetadataOutput, error) {
	return &kms.XksMetadataOutput{KeySpec: "AES_256", KeyUsage: []string{"ENCRYPT", "DECRYPT"}, KeyStatus: "ENABLED"}, nil
}

func (mirror) Encrypt(_ context.Context, _ *kms.XksEndpoint, _ string, in *kms.XksEncryptInput) (*kms.XksEncryptOutput, error) {
	out := &kms.XksEncryptOutput{Ciphertext: in.Plaintext, InitializationVector: make([]byte, 12), AuthenticationTag: make([]byte, 16)}
	sum := sha256.Sum256(slices.Concat(in.AdditionalAuthenticatedData, out.CiphertextMetadata, out.InitializationVector, out.Ciphertext, out.AuthenticationTag))
	out.CiphertextDataIntegrityValue = sum[:]
	return out, nil
}

func (mirror) Decrypt(_ context.Context, _ *kms.XksEndpoint, _ string, in *kms.XksDecryptInput) (*kms.XksDecryptOutput, error) {
	return &kms.XksDecryptOutput{Plaintext: in.Ciphertext}, nil
}

func keyStoreInput(name string) *awskms.CreateCustomKeyStoreInput {
	return &awskms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore, XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint: pointer("https://" + name + ".example.com"), XksProxyUriPath: pointer("/kms/xks/v1"),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: pointer("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: pointer(strings.Repeat("s", 43))},
	}
}

// keyStore makes a connected external key store, of a plane with a proxy.
func (l *local) keyStore(name string) *string {
	l.t.Helper()
	c := l.as("AKIAADMIN", region)
	id := got[*awskms.CreateCustomKeyStoreOutput](l.t)(c.CreateCustomKeyStore(l.t.Context(), keyStoreInput(name))).CustomKeyStoreId
	got[*awskms.ConnectCustomKeyStoreOutput](l.t)(c.ConnectCustomKeyStore(l.t.Context(), &awskms.ConnectCustomKeyStoreInput{CustomKeyStoreId: id}))
	return id
}
