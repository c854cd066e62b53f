package plane

import (
	"fmt"
	"strings"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func usageCases(l *local) (out []messageCase) {
	add := func(situation string, err func() error, code, message string) {
		out = append(out, messageCase{situation, err, code, message})
	}
	usage := func(key *types.KeyMetadata, op string) (code, message string) {
		return "InvalidKeyUsageException", *key.Arn + " key usage is " + string(key.KeyUsage) + " which is not valid for " + op + "."
	}
	key, other := l.key(nil), l.key(nil)
	p256, mac := l.special("ECC_NIST_P256", "SIGN_VERIFY"), l.special("HMAC_224", "GENERATE_VERIFY_MAC")
	signingRSA, rsa, agreeing := l.special("RSA_2048", "SIGN_VERIFY"), l.special("RSA_2048", "ENCRYPT_DECRYPT"), l.special("ECC_NIST_P256", "KEY_AGREEMENT")
	for op, err := range map[string]func() error{
		"GenerateMac": try(l, (*client).GenerateMac, generateMac(key.KeyId)),
		"VerifyMac":   try(l, (*client).VerifyMac, &awskms.VerifyMacInput{KeyId: key.KeyId, MacAlgorithm: "HMAC_SHA_256", Message: []byte("m"), Mac: make([]byte, 32)}),
		"Sign":        try(l, (*client).Sign, sign(key.KeyId)),
		"Verify":      try(l, (*client).Verify, &awskms.VerifyInput{KeyId: key.KeyId, SigningAlgorithm: "ECDSA_SHA_256", Message: []byte("m"), Signature: make([]byte, 70)}),
	} {
		code, message := usage(key, op)
		add("wrong key usage", err, code, message)
	}
	for op, err := range map[string]func() error{
		"Encrypt":            try(l, (*client).Encrypt, &awskms.EncryptInput{KeyId: p256.KeyId, Plaintext: []byte("x")}),
		"GenerateDataKey":    try(l, (*client).GenerateDataKey, &awskms.GenerateDataKeyInput{KeyId: p256.KeyId, KeySpec: "AES_256"}),
		"DeriveSharedSecret": try(l, (*client).DeriveSharedSecret, &awskms.DeriveSharedSecretInput{KeyId: p256.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: l.public(p256)}),
	} {
		code, message := usage(p256, op)
		add("wrong key usage", err, code, message)
	}
	add("algorithm not of the key spec", try(l, (*client).Sign, &awskms.SignInput{KeyId: p256.KeyId, SigningAlgorithm: "ECDSA_SHA_384", Message: []byte("m")}),
		"InvalidKeyUsageException", "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.")
	add("algorithm not of the key spec", try(l, (*client).GenerateMac, generateMac(mac.KeyId)), "InvalidKeyUsageException", "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.")
	blob := l.encrypted(key, map[string]string{"a": "b"})
	for _, id := range []*string{other.KeyId, mac.KeyId, p256.KeyId} {
		const incorrect = "The key ID in the request does not identify a CMK that can perform this operation."
		add("key that did not encrypt", try(l, (*client).Decrypt, &awskms.DecryptInput{CiphertextBlob: blob, KeyId: id}), "IncorrectKeyException", incorrect)
		add("key that did not encrypt", try(l, (*client).ReEncrypt, &awskms.ReEncryptInput{CiphertextBlob: blob, SourceKeyId: id, DestinationKeyId: key.KeyId}), "IncorrectKeyException", incorrect)
	}
	for _, in := range []awskms.DecryptInput{{CiphertextBlob: blob}, {CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "c"}}, {CiphertextBlob: []byte("not-a-valid-message")}} {
		add("wrong context or ciphertext", try(l, (*client).Decrypt, &in), "InvalidCiphertextException", "")
	}
	add("bad signature", try(l, (*client).Verify, &awskms.VerifyInput{KeyId: p256.KeyId, SigningAlgorithm: "ECDSA_SHA_256", Message: []byte("m"), Signature: make([]byte, 70)}), "KMSInvalidSignatureException", "")
	signed := got[*awskms.SignOutput](l.t)(l.as("AKIAADMIN", region).Sign(l.t.Context(), sign(p256.KeyId))).Signature
	add("bad signature", try(l, (*client).Verify, &awskms.VerifyInput{KeyId: p256.KeyId, SigningAlgorithm: "ECDSA_SHA_256", Message: []byte("another"), Signature: signed}), "KMSInvalidSignatureException", "")
	add("bad MAC", try(l, (*client).VerifyMac, &awskms.VerifyMacInput{KeyId: mac.KeyId, MacAlgorithm: "HMAC_SHA_224", Message: []byte("m"), Mac: make([]byte, 28)}), "KMSInvalidMacException", "")
	made := got[*awskms.GenerateMacOutput](l.t)(l.as("AKIAADMIN", region).GenerateMac(l.t.Context(), &awskms.GenerateMacInput{KeyId: mac.KeyId, MacAlgorithm: "HMAC_SHA_224", Message: []byte("m")})).Mac
	add("bad MAC", try(l, (*client).VerifyMac, &awskms.VerifyMacInput{KeyId: mac.KeyId, MacAlgorithm: "HMAC_SHA_224", Message: []byte("another"), Mac: made}), "KMSInvalidMacException", "")
	add("digest length", try(l, (*client).Sign, &awskms.SignInput{KeyId: signingRSA.KeyId, SigningAlgorithm: "RSASSA_PSS_SHA_256", MessageType: "DIGEST", Message: []byte("m")}),
		"ValidationException", "Digest is invalid length for algorithm RSASSA_PSS_SHA_256.")
	for algorithm, most := range map[types.EncryptionAlgorithmSpec]int{"RSAES_OAEP_SHA_1": 214, "RSAES_OAEP_SHA_256": 190} {
		add("RSA plaintext too long", try(l, (*client).Encrypt, &awskms.EncryptInput{KeyId: rsa.KeyId, Plaintext: make([]byte, most+1), EncryptionAlgorithm: algorithm}),
			"ValidationException", fmt.Sprintf("Algorithm %s and key spec RSA_2048 cannot encrypt data larger than %d bytes.", algorithm, most))
	}
	create := func(spec types.KeySpec, usage types.KeyUsageType) func() error {
		return try(l, (*client).CreateKey, &awskms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	}
	for _, spec := range []types.KeySpec{"HMAC_256", "RSA_2048"} {
		add("no key usage", create(spec, ""), "ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	}
	add("usage not of the key spec", create("RSA_2048", "KEY_AGREEMENT"), "ValidationException", "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048")
	add("usage not of the key spec", create("ECC_NIST_P256", "ENCRYPT_DECRYPT"), "ValidationException", "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256")
	for _, id := range []*string{key.KeyId, mac.KeyId} {
		add("public key of a symmetric key", try(l, (*client).GetPublicKey, &awskms.GetPublicKeyInput{KeyId: id}), "UnsupportedOperationException", "")
	}
	// The SDK's word for no message at all.
	add("bad public key of a peer", try(l, (*client).DeriveSharedSecret, &awskms.DeriveSharedSecretInput{KeyId: agreeing.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: []byte("not a key")}), "ValidationException", "UnknownError")
	add("dry run", try(l, (*client).Encrypt, &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x"), DryRun: pointerTo(true)}),
		"DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
	return out
}

func policyCases(l *local) (out []messageCase) {
	add := func(situation string, err func() error, code, message string) {
		out = append(out, messageCase{situation, err, code, message})
	}
	key, signing := l.key(nil), l.special("ECC_NIST_P256", "SIGN_VERIFY")
	put := func(policy string) func() error {
		return try(l, (*client).PutKeyPolicy, &awskms.PutKeyPolicyInput{KeyId: key.KeyId, Policy: &policy})
	}
	allow := func(principal string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"kms:*","Resource":"*"}]}`
	}
	add("lockout", put(allow(reader)), "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
	add("principal in a policy", put(allow("arn:aws:iam::"+home+":role/nobody")), "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
	add("policy too long", put(strings.TrimSuffix(allow("arn:aws:iam::"+home+":root"), "}")+strings.Repeat(" ", 32768)+"}"), "LimitExceededException", "")

	alias := func(name string, id *string) func() error {
		return try(l, (*client).CreateAlias, &awskms.CreateAliasInput{AliasName: &name, TargetKeyId: id})
	}
	here := "arn:aws:kms:" + region + ":" + home + ":"
	add("alias without prefix", alias("x", key.KeyId), "ValidationException", `Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`)
	used := l.alias(key)
	add("alias that exists", alias(*used, key.KeyId), "AlreadyExistsException", "An alias with the name "+here+*used+" already exists")
	add("alias to another usage", try(l, (*client).UpdateAlias, &awskms.UpdateAliasInput{AliasName: l.alias(signing), TargetKeyId: key.KeyId}), "ValidationException",
		"Alias alias/"+*signing.KeyId+" cannot be changed from a CMK with key usage SIGN_VERIFY to a CMK with key usage ENCRYPT_DECRYPT. The key usage of the current CMK and the new CMK must be the same.")
	add("colon in an alias", alias("alias/my:alias", key.KeyId), "ValidationException", here+"alias/my:alias contains invalid characters for an alias")
	add("alias to an alias", alias("alias/new", used), "ValidationException", "Aliases must refer to keys. Not aliases")

	tag := func(keys ...string) func() error {
		in := &awskms.TagResourceInput{KeyId: key.KeyId}
		for _, k := range keys {
			in.Tags = append(in.Tags, types.Tag{TagKey: &k, TagValue: pointer("v")})
		}
		return try(l, (*client).TagResource, in)
	}
	add("duplicate tags", tag("a", "b", "a"), "TagException", "Duplicate tag keys")
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprint("k", i)
	}
	add("too many tags", tag(many...), "TagException", "Too many tags")
	for _, name := range []string{"aws:x", "AWS:x"} {
		add("reserved tags", tag(name), "TagException", "Tags beginning with aws: are reserved")
	}
	return out
}

func grantCases(l *local) (out []messageCase) {
	add := func(situation string, in awskms.CreateGrantInput, key *types.KeyMetadata, code, message string) {
		in.KeyId = key.KeyId
		if in.GranteePrincipal == nil {
			in.GranteePrincipal = pointer(reader)
		}
		out = append(out, messageCase{situation, try(l, (*client).CreateGrant, &in), code, message})
	}
	key, rsa := l.key(nil), l.special("RSA_2048", "ENCRYPT_DECRYPT")
	add("only CreateGrant", awskms.CreateGrantInput{Operations: []types.GrantOperation{"CreateGrant"}}, key, "ValidationException", "Grants must not contain only the CreateGrant operation.")
	add("constraint on an asymmetric key", awskms.CreateGrantInput{
		Operations: []types.GrantOperation{"Encrypt"}, Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "b"}},
	}, rsa, "ValidationException", "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.")
	nobody := pointer("arn:aws:iam::" + home + ":role/nobody")
	add("grantee that does not exist", awskms.CreateGrantInput{GranteePrincipal: nobody, Operations: []types.GrantOperation{"Encrypt"}}, key, "InvalidArnException", "ARN does not refer to a valid principal: "+*nobody)
	add("grantee that does not exist", awskms.CreateGrantInput{RetiringPrincipal: nobody, Operations: []types.GrantOperation{"Encrypt"}}, key, "InvalidArnException", "ARN does not refer to a valid principal: "+*nobody)
	add("grant operation not for the key", awskms.CreateGrantInput{Operations: []types.GrantOperation{"Sign"}}, key, "ValidationException", "Operation Sign is not supported for a grant on "+*key.Arn+".")
	return out
}
