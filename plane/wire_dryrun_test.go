package plane

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/internal/model"
)

// dryRuns are the operations that have DryRun, each as one call.
func dryRuns(t *testing.T, l *local) map[string]func(context.Context, *awskms.Client) error {
	admin, yes := l.as("AKIAADMIN", region), aws.Bool(true)
	k := l.key(nil).KeyId
	signer, mac := l.special("ECC_NIST_P256", "SIGN_VERIFY").KeyId, l.special("HMAC_256", "GENERATE_VERIFY_MAC").KeyId
	agree, kem := l.special("ECC_NIST_P256", "KEY_AGREEMENT").KeyId, l.special("ML_KEM_768", "ENCAPSULATE_DECAPSULATE").KeyId
	m := []byte("message")
	blob := got[*awskms.EncryptOutput](t)(admin.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: k, Plaintext: m})).CiphertextBlob
	signature := got[*awskms.SignOutput](t)(admin.Sign(t.Context(), &awskms.SignInput{KeyId: signer, Message: m, SigningAlgorithm: "ECDSA_SHA_256"})).Signature
	tag := got[*awskms.GenerateMacOutput](t)(admin.GenerateMac(t.Context(), &awskms.GenerateMacInput{KeyId: mac, Message: m, MacAlgorithm: "HMAC_SHA_256"})).Mac
	public := got[*awskms.GetPublicKeyOutput](t)(admin.GetPublicKey(t.Context(), &awskms.GetPublicKeyInput{KeyId: agree})).PublicKey
	sealed := got[*awskms.EncapsulateOutput](t)(admin.Encapsulate(t.Context(), &awskms.EncapsulateInput{KeyId: kem, EncapsulationAlgorithm: "ML_KEM"})).SharedSecretCiphertextBlob
	grant := got[*awskms.CreateGrantOutput](t)(admin.CreateGrant(t.Context(), &awskms.CreateGrantInput{KeyId: k, GranteePrincipal: pointer("arn:aws:iam::" + home + ":user/denied"), Operations: []types.GrantOperation{"Encrypt"}})).GrantId
	arn := got[*awskms.DescribeKeyOutput](t)(admin.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: k})).KeyMetadata.Arn
	return map[string]func(context.Context, *awskms.Client) error{
		"Encrypt": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.Encrypt(ctx, &awskms.EncryptInput{KeyId: k, Plaintext: m, DryRun: yes}))
		},
		"Decrypt": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: blob, DryRun: yes}))
		},
		"ReEncrypt": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.ReEncrypt(ctx, &awskms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: k, DryRun: yes}))
		},
		"GenerateDataKey": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: k, KeySpec: "AES_256", DryRun: yes}))
		},
		"GenerateDataKeyWithoutPlaintext": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.GenerateDataKeyWithoutPlaintext(ctx, &awskms.GenerateDataKeyWithoutPlaintextInput{KeyId: k, KeySpec: "AES_256", DryRun: yes}))
		},
		"GenerateDataKeyPair": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.GenerateDataKeyPair(ctx, &awskms.GenerateDataKeyPairInput{KeyId: k, KeyPairSpec: "ECC_NIST_P256", DryRun: yes}))
		},
		"GenerateDataKeyPairWithoutPlaintext": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.GenerateDataKeyPairWithoutPlaintext(ctx, &awskms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: k, KeyPairSpec: "ECC_NIST_P256", DryRun: yes}))
		},
		"Sign": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.Sign(ctx, &awskms.SignInput{KeyId: signer, Message: m, SigningAlgorithm: "ECDSA_SHA_256", DryRun: yes}))
		},
		"Verify": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.Verify(ctx, &awskms.VerifyInput{KeyId: signer, Message: m, Signature: signature, SigningAlgorithm: "ECDSA_SHA_256", DryRun: yes}))
		},
		"GenerateMac": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.GenerateMac(ctx, &awskms.GenerateMacInput{KeyId: mac, Message: m, MacAlgorithm: "HMAC_SHA_256", DryRun: yes}))
		},
		"VerifyMac": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.VerifyMac(ctx, &awskms.VerifyMacInput{KeyId: mac, Message: m, Mac: tag, MacAlgorithm: "HMAC_SHA_256", DryRun: yes}))
		},
		"DeriveSharedSecret": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.DeriveSharedSecret(ctx, &awskms.DeriveSharedSecretInput{KeyId: agree, PublicKey: public, KeyAgreementAlgorithm: "ECDH", DryRun: yes}))
		},
		"Encapsulate": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.Encapsulate(ctx, &awskms.EncapsulateInput{KeyId: kem, EncapsulationAlgorithm: "ML_KEM", DryRun: yes}))
		},
		"Decapsulate": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.Decapsulate(ctx, &awskms.DecapsulateInput{KeyId: kem, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: sealed, DryRun: yes}))
		},
		"CreateGrant": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.CreateGrant(ctx, &awskms.CreateGrantInput{KeyId: k, GranteePrincipal: pointer(reader), Operations: []types.GrantOperation{"Decrypt"}, DryRun: yes}))
		},
		"RetireGrant": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.RetireGrant(ctx, &awskms.RetireGrantInput{KeyId: arn, GrantId: grant, DryRun: yes}))
		},
		"RevokeGrant": func(ctx context.Context, c *awskms.Client) error {
			return errOf(c.RevokeGrant(ctx, &awskms.RevokeGrantInput{KeyId: k, GrantId: grant, DryRun: yes}))
		},
	}
}

// TestWireDryRun: every operation of the model that has DryRun honours it, for who may and for who
// may not.
func TestWireDryRun(t *testing.T) {
	s, err := model.Load("kms")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for name, op := range s.Operations {
		if in := s.Shapes[op.Input]; in != nil && slices.ContainsFunc(in.Members, func(m model.Member) bool { return m.Name == "DryRun" }) {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	l := newLocal(t)
	calls := dryRuns(t, l)
	if have := slices.Sorted(maps.Keys(calls)); !slices.Equal(have, want) || len(want) < 17 {
		t.Fatalf("%v are tried, the model has %v", have, want)
	}
	for _, name := range want {
		t.Run(name, func(t *testing.T) {
			stranger := l.as("AKIAREADER", region)
			if name == "RetireGrant" {
				stranger = l.as("AKIASTRAY", region)
			}
			var refused smithy.APIError
			if err := calls[name](t.Context(), stranger); !errors.As(err, &refused) || refused.ErrorCode() != "AccessDeniedException" {
				t.Errorf("without permission: %v", err)
			}
			refusedBy(t, calls[name](t.Context(), l.as("AKIAADMIN", region)), "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
		})
	}
	for _, k := range got[*awskms.ListKeysOutput](t)(l.as("AKIAADMIN", region).ListKeys(t.Context(), nil)).Keys {
		if grants := got[*awskms.ListGrantsOutput](t)(l.as("AKIAADMIN", region).ListGrants(t.Context(), &awskms.ListGrantsInput{KeyId: k.KeyId})).Grants; len(grants) > 1 {
			t.Errorf("dry runs have made grants: %+v", grants)
		}
	}
}
