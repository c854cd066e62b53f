package kms

import (
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// Trap 57: a dry run that would have succeeded is an error, and leaves nothing behind.
func TestDryRun(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	mac := w.keyOf(t, material.HMAC256, material.GenerateVerifyMac)
	signer := w.keyOf(t, material.P256, material.SignVerify)
	agree := w.keyOf(t, material.P256, material.KeyAgreement)
	kem := w.keyOf(t, material.MLKEM768, material.EncapsulateDecapsulate)
	ctx, a := t.Context(), user("a")
	blob := w.encrypted(t, k.KeyId, nil, "x")
	signature := ok[*SignOutput](t)(w.Sign(ctx, a, &SignInput{KeyId: signer.KeyId, Message: []byte("m"), SigningAlgorithm: "ECDSA_SHA_256"})).Signature
	public := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(ctx, a, &GetPublicKeyInput{KeyId: agree.KeyId})).PublicKey
	sealed := ok[*EncapsulateOutput](t)(w.Encapsulate(ctx, a, &EncapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM"})).SharedSecretCiphertextBlob
	tag := ok[*GenerateMacOutput](t)(w.GenerateMac(ctx, a, &GenerateMacInput{KeyId: mac.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})).Mac
	grant := ok[*CreateGrantOutput](t)(w.CreateGrant(ctx, a, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: a.Principal.ARN, Operations: []string{"Encrypt"}, Name: "one"}))

	// Each call as it is, and one that differs in the last thing to be looked at.
	for name, calls := range map[string][2]func() error{
		"Encrypt": {
			func() error {
				_, err := w.Encrypt(ctx, a, &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), DryRun: true})
				return err
			},
			func() error {
				_, err := w.Encrypt(ctx, a, &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionAlgorithm: "RSAES_OAEP_SHA_1", DryRun: true})
				return err
			},
		},
		"Decrypt": {
			func() error {
				_, err := w.Decrypt(ctx, a, &DecryptInput{CiphertextBlob: blob, DryRun: true})
				return err
			},
			func() error {
				_, err := w.Decrypt(ctx, a, &DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "b"}, DryRun: true})
				return err
			},
		},
		"ReEncrypt": {
			func() error {
				_, err := w.ReEncrypt(ctx, a, &ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: k.KeyId, DryRun: true})
				return err
			},
			func() error {
				_, err := w.ReEncrypt(ctx, a, &ReEncryptInput{CiphertextBlob: blob[1:], DestinationKeyId: k.KeyId, DryRun: true})
				return err
			},
		},
		"GenerateDataKey": {
			func() error {
				_, err := w.GenerateDataKey(ctx, a, &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256", DryRun: true})
				return err
			},
			func() error {
				_, err := w.GenerateDataKey(ctx, a, &GenerateDataKeyInput{KeyId: k.KeyId, DryRun: true})
				return err
			},
		},
		"GenerateDataKeyWithoutPlaintext": {
			func() error {
				_, err := w.GenerateDataKeyWithoutPlaintext(ctx, a, &GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: "AES_256", DryRun: true})
				return err
			},
			func() error {
				_, err := w.GenerateDataKeyWithoutPlaintext(ctx, a, &GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: "AES_256", NumberOfBytes: 1, DryRun: true})
				return err
			},
		},
		"GenerateDataKeyPair": {
			func() error {
				_, err := w.GenerateDataKeyPair(ctx, a, &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: material.RSA4096, DryRun: true})
				return err
			},
			func() error {
				_, err := w.GenerateDataKeyPair(ctx, a, &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: material.MLDSA44, DryRun: true})
				return err
			},
		},
		"GenerateDataKeyPairWithoutPlaintext": {
			func() error {
				_, err := w.GenerateDataKeyPairWithoutPlaintext(ctx, a, &GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: material.RSA4096, DryRun: true})
				return err
			},
			func() error {
				_, err := w.GenerateDataKeyPairWithoutPlaintext(ctx, a, &GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: material.SM2, DryRun: true})
				return err
			},
		},
		"Sign": {
			func() error {
				_, err := w.Sign(ctx, a, &SignInput{KeyId: signer.KeyId, Message: []byte("m"), SigningAlgorithm: "ECDSA_SHA_256", DryRun: true})
				return err
			},
			func() error {
				_, err := w.Sign(ctx, a, &SignInput{KeyId: signer.KeyId, Message: []byte("m"), MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256", DryRun: true})
				return err
			},
		},
		"Verify": {
			func() error {
				_, err := w.Verify(ctx, a, &VerifyInput{KeyId: signer.KeyId, Message: []byte("m"), Signature: signature, SigningAlgorithm: "ECDSA_SHA_256", DryRun: true})
				return err
			},
			func() error {
				_, err := w.Verify(ctx, a, &VerifyInput{KeyId: signer.KeyId, Message: []byte("M"), Signature: signature, SigningAlgorithm: "ECDSA_SHA_256", DryRun: true})
				return err
			},
		},
		"GenerateMac": {
			func() error {
				_, err := w.GenerateMac(ctx, a, &GenerateMacInput{KeyId: mac.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256", DryRun: true})
				return err
			},
			func() error {
				_, err := w.GenerateMac(ctx, a, &GenerateMacInput{KeyId: mac.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_512", DryRun: true})
				return err
			},
		},
		"VerifyMac": {
			func() error {
				_, err := w.VerifyMac(ctx, a, &VerifyMacInput{KeyId: mac.KeyId, Message: []byte("m"), Mac: tag, MacAlgorithm: "HMAC_SHA_256", DryRun: true})
				return err
			},
			func() error {
				_, err := w.VerifyMac(ctx, a, &VerifyMacInput{KeyId: mac.KeyId, Message: []byte("m"), Mac: tag[1:], MacAlgorithm: "HMAC_SHA_256", DryRun: true})
				return err
			},
		},
		"DeriveSharedSecret": {
			func() error {
				_, err := w.DeriveSharedSecret(ctx, a, &DeriveSharedSecretInput{KeyId: agree.KeyId, PublicKey: public, KeyAgreementAlgorithm: "ECDH", DryRun: true})
				return err
			},
			func() error {
				_, err := w.DeriveSharedSecret(ctx, a, &DeriveSharedSecretInput{KeyId: agree.KeyId, PublicKey: public[1:], KeyAgreementAlgorithm: "ECDH", DryRun: true})
				return err
			},
		},
		"Encapsulate": {
			func() error {
				_, err := w.Encapsulate(ctx, a, &EncapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM", DryRun: true})
				return err
			},
			func() error {
				_, err := w.Encapsulate(ctx, a, &EncapsulateInput{KeyId: signer.KeyId, EncapsulationAlgorithm: "ML_KEM", DryRun: true})
				return err
			},
		},
		"Decapsulate": {
			func() error {
				_, err := w.Decapsulate(ctx, a, &DecapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: sealed, DryRun: true})
				return err
			},
			func() error {
				_, err := w.Decapsulate(ctx, a, &DecapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: sealed[1:], DryRun: true})
				return err
			},
		},
		"CreateGrant": {
			func() error {
				_, err := w.CreateGrant(ctx, a, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: a.Principal.ARN, Operations: []string{"Encrypt"}, DryRun: true})
				return err
			},
			func() error {
				_, err := w.CreateGrant(ctx, a, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: a.Principal.ARN, Operations: []string{"CreateGrant"}, DryRun: true})
				return err
			},
		},
		"CreateGrant again": {
			func() error {
				_, err := w.CreateGrant(ctx, a, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: a.Principal.ARN, Operations: []string{"Encrypt"}, Name: "one", DryRun: true})
				return err
			},
			func() error {
				_, err := w.CreateGrant(ctx, a, &CreateGrantInput{KeyId: k.KeyId, Operations: []string{"Encrypt"}, Name: "one", DryRun: true})
				return err
			},
		},
		"RetireGrant": {
			func() error {
				return w.RetireGrant(ctx, a, &RetireGrantInput{GrantToken: grant.GrantToken, DryRun: true})
			},
			func() error {
				return w.RetireGrant(ctx, a, &RetireGrantInput{KeyId: k.Arn, GrantId: "0", DryRun: true})
			},
		},
		"RevokeGrant": {
			func() error {
				return w.RevokeGrant(ctx, a, &RevokeGrantInput{KeyId: k.KeyId, GrantId: grant.GrantId, DryRun: true})
			},
			func() error {
				return w.RevokeGrant(ctx, a, &RevokeGrantInput{KeyId: k.KeyId, GrantId: grant.GrantId[1:], DryRun: true})
			},
		},
	} {
		before := w.entry(t, k.KeyId).used.last.Load()
		wantError(t, calls[0](), DryRunOperation, "The request would have succeeded, but the DryRun option is set.")
		err := calls[1]()
		if e, isError := err.(*Error); !isError || e.Code == DryRunOperation || e.Code == Internal {
			t.Errorf("%s, wrong: %v", name, err)
		}
		if w.entry(t, k.KeyId).used.last.Load() != before {
			t.Errorf("%s: a dry run counts as a use", name)
		}
	}
	if list := ok[*ListGrantsOutput](t)(w.ListGrants(ctx, a, &ListGrantsInput{KeyId: k.KeyId})); len(list.Grants) != 1 || list.Grants[0].GrantId != grant.GrantId {
		t.Errorf("grants after dry runs: %+v", list.Grants)
	}
}

// IGNORE_CIPHERTEXT looks at permissions alone, and needs DryRun and the key.
func TestDryRunIgnoringCiphertext(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	ignore := []string{"IGNORE_CIPHERTEXT"}
	decrypt := func(in DecryptInput) error {
		_, err := w.Decrypt(t.Context(), user("a"), &in)
		return err
	}
	reEncrypt := func(in ReEncryptInput) error {
		_, err := w.ReEncrypt(t.Context(), user("a"), &in)
		return err
	}
	const succeeded = "The request would have succeeded, but the DryRun option is set."
	wantError(t, decrypt(DecryptInput{KeyId: k.KeyId, DryRun: true, DryRunModifiers: ignore}), DryRunOperation, succeeded)
	wantError(t, decrypt(DecryptInput{KeyId: k.KeyId, CiphertextBlob: []byte("junk"), DryRun: true, DryRunModifiers: ignore}), DryRunOperation, succeeded)
	wantError(t, reEncrypt(ReEncryptInput{SourceKeyId: k.KeyId, DestinationKeyId: k.Arn, DryRun: true, DryRunModifiers: ignore}), DryRunOperation, succeeded)
	for _, err := range []error{
		decrypt(DecryptInput{KeyId: k.KeyId, DryRunModifiers: ignore}),
		decrypt(DecryptInput{DryRun: true, DryRunModifiers: ignore}),
		decrypt(DecryptInput{KeyId: k.KeyId, DryRun: true}),
		reEncrypt(ReEncryptInput{DestinationKeyId: k.KeyId, DryRun: true, DryRunModifiers: ignore}),
		reEncrypt(ReEncryptInput{SourceKeyId: k.KeyId, DestinationKeyId: k.KeyId}),
	} {
		if e, isError := err.(*Error); !isError || e.Code != Validation {
			t.Errorf("got %v, want %s", err, Validation)
		}
	}
	w.auth.all = false
	if err := decrypt(DecryptInput{KeyId: k.KeyId, DryRun: true, DryRunModifiers: ignore}); err.(*Error).Code != AccessDenied {
		t.Errorf("without permission: %v", err)
	}
	w.auth.all = true
	w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState })
	wantError(t, decrypt(DecryptInput{KeyId: k.KeyId, DryRun: true, DryRunModifiers: ignore}), Disabled, k.Arn+" is disabled.")
}
