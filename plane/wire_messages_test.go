package plane

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/bedlock/bedlock/kms"
)

// situations are the situations in which what KMS answers was recorded or is documented to
// the letter, and some of which the exception alone is known. Each is asserted by a
// messageCase, or unproduced says why it is not.
var situations = []string{
	"malformed key id", "key that does not exist", "key id of another Region", "key ARN of another Region", "alias not found",
	"alias where keys are named by id", "key of another account", "ciphertext of an unknown key",
	"ARN of no key",

	"disabled", "pending deletion", "pending import", "not pending deletion", "deletion scheduled twice", "creating, updating, unavailable",
	"wrong origin", "rotation of imported material without new one", "new material while one is pending", "replica of no primary key",
	"rotation on demand of an asymmetric key", "rotation of an asymmetric key", "quota of rotations on demand",

	"wrong key usage", "algorithm not of the key spec", "key that did not encrypt", "wrong context or ciphertext", "bad signature", "bad MAC",
	"digest length", "RSA plaintext too long", "no key usage", "usage not of the key spec", "public key of a symmetric key", "bad public key of a peer",

	"number out of range", "no number of bytes", "length of a blob", "null member", "pattern", "enum", "nested member", "several violations",
	"deletion window", "no validTo", "length of imported material", "rotation period",

	"lockout", "principal in a policy", "policy too long", "alias without prefix", "alias that exists", "alias to another usage", "colon in an alias",
	"alias to an alias", "duplicate tags", "too many tags", "reserved tags", "only CreateGrant", "constraint on an asymmetric key", "grantee that does not exist",
	"grant operation not for the key", "service-linked role suffix", "errors of S3", "texts that nobody recorded", "dry run",
}

// unproduced are the situations that the plane cannot be in.
var unproduced = map[string]string{
	"service-linked role suffix":  "an operation of IAM: CreateServiceLinkedRole is not in the plane",
	"errors of S3":                "S3, which repeats the messages of KMS, is not in the plane",
	"texts that nobody recorded":  "there is nothing to assert: the texts are unconfirmed, and marked so where they are made",
	"length of imported material": "the text is unconfirmed; the exception is IncorrectKeyMaterialException in the documentation",
}

// messageCase is a request and its refusal.
type messageCase struct {
	situation     string
	err           func() error
	code, message string
}

// known are identities that know which principals exist: all but the one named nobody.
type known struct{ people }

func (known) PrincipalExists(_ context.Context, name string) bool {
	return !strings.HasSuffix(name, "/nobody")
}

func newKnown(t *testing.T, clock *clock) *local {
	return newLocal(t, func(of *kms.Options, o *Options) {
		all := known{o.Identities.(people)}
		o.Identities, of.Authorizer, of.Now, of.Xks, of.Passing = all, Authorizer{Identities: all}, clock.Now, mirror{}, 0
	})
}

// unchecked: the SDK sends what it would refuse itself.
func unchecked(o *awskms.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		_, _ = s.Initialize.Remove("OperationInputValidation") // not all operations have it
		return nil
	})
}

// TestWireMessages: what KMS says, to the letter.
func TestWireMessages(t *testing.T) {
	clock := &clock{}
	l := newKnown(t, clock)
	asserted := map[string]bool{}
	for _, cases := range [][]messageCase{resolutionCases(l), stateCases(l), usageCases(l), constraintCases(l), policyCases(l), grantCases(l)} {
		for _, c := range cases {
			asserted[c.situation] = true
			t.Run(c.situation, func(t *testing.T) { refusedBy(t, c.err(), c.code, c.message) })
		}
	}
	for _, s := range situations {
		if asserted[s] == (unproduced[s] != "") {
			t.Errorf("%s: asserted %v, unproduced %q", s, asserted[s], unproduced[s])
		}
	}
	for s := range asserted {
		if !slices.Contains(situations, s) {
			t.Errorf("%s is no situation", s)
		}
	}
}

// try calls an operation as the administrator.
func try[I, O any](l *local, do func(*client, context.Context, *I, ...func(*awskms.Options)) (*O, error), in *I) func() error {
	return func() error { return errOf(do(l.as("AKIAADMIN", region), l.t.Context(), in, unchecked)) }
}

func violation(at, constraint string) string {
	return "1 validation error detected: Value " + at + " failed to satisfy constraint: Member must " + constraint
}

func resolutionCases(l *local) (out []messageCase) {
	add := func(situation string, err func() error, code, message string) {
		out = append(out, messageCase{situation, err, code, message})
	}
	describe := func(id string) func() error {
		return try(l, (*client).DescribeKey, &awskms.DescribeKeyInput{KeyId: &id})
	}
	const uuid, mrk = "00000000-0000-4000-8000-000000000000", "mrk-00000000000040008000000000000000"
	here := "arn:aws:kms:" + region + ":" + home + ":"
	for _, id := range []string{"fake-key-id", "134f2428cec14b25a1ae9048164dba47", "mrk-fake-key-id", "invalid"} {
		add("malformed key id", describe(id), "NotFoundException", "Invalid keyId '"+id+"'")
	}
	for _, id := range []string{uuid, mrk, here + "key/" + uuid} {
		add("key that does not exist", describe(id), "NotFoundException", "Key '"+here+"key/"+strings.TrimPrefix(id, here+"key/")+"' does not exist")
	}
	key := l.key(nil)
	add("key id of another Region", func() error {
		return errOf(l.as("AKIAADMIN", "us-east-1").DescribeKey(l.t.Context(), &awskms.DescribeKeyInput{KeyId: key.KeyId}))
	}, "NotFoundException", "Key 'arn:aws:kms:us-east-1:"+home+":key/"+*key.KeyId+"' does not exist")
	add("key ARN of another Region", describe("arn:aws:kms:us-west-2:"+home+":key/"+uuid), "NotFoundException", "Invalid arn us-west-2")
	for _, name := range []string{"alias/none", here + "alias/none"} {
		add("alias not found", describe(name), "NotFoundException", "Alias "+here+"alias/none is not found.")
	}
	alias := l.alias(key)
	for _, err := range []func() error{
		try(l, (*client).DisableKey, &awskms.DisableKeyInput{KeyId: alias}), try(l, (*client).GetKeyPolicy, &awskms.GetKeyPolicyInput{KeyId: alias}),
		try(l, (*client).CreateGrant, stateGrant(alias)), try(l, (*client).ListResourceTags, &awskms.ListResourceTagsInput{KeyId: alias}),
		try(l, (*client).ScheduleKeyDeletion, &awskms.ScheduleKeyDeletionInput{KeyId: pointer(here + *alias)}),
	} {
		add("alias where keys are named by id", err, "InvalidArnException", "Key Aliases are not supported for this operation.")
	}
	for _, name := range []string{"key/" + uuid, "alias/x"} {
		add("key of another account", describe("arn:aws:kms:"+region+":"+abroad+":"+name), "AccessDeniedException", deniedAbroad(admin, "kms:DescribeKey"))
	}
	for _, arn := range []string{"arn:aws:s3:::bucket", "arn:aws-cn:kms:" + region + ":" + home + ":key/" + *key.KeyId, here + "grant/x", "arn:"} {
		add("ARN of no key", describe(arn), "InvalidArnException", "Invalid arn "+arn) // unconfirmed text
	}
	gone := l.encrypted(key, nil)
	copy(gone[5:21], unhexed(uuid))
	add("ciphertext of an unknown key", try(l, (*client).Decrypt, &awskms.DecryptInput{CiphertextBlob: gone}), "AccessDeniedException",
		"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
	return out
}

func unhexed(uuid string) []byte {
	b := make([]byte, 16)
	_, _ = fmt.Sscanf(strings.ReplaceAll(uuid, "-", ""), "%x", &b)
	return b
}

func stateCases(l *local) (out []messageCase) {
	add := func(situation string, err func() error, code, message string) {
		out = append(out, messageCase{situation, err, code, message})
	}
	encrypt := func(key *types.KeyMetadata) func() error {
		return try(l, (*client).Encrypt, &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
	}
	c, ctx := l.as("AKIAADMIN", region), l.t.Context()
	disabled, going, waiting := l.key(nil), l.key(nil), l.external()
	got[*awskms.DisableKeyOutput](l.t)(c.DisableKey(ctx, &awskms.DisableKeyInput{KeyId: disabled.KeyId}))
	got[*awskms.ScheduleKeyDeletionOutput](l.t)(c.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: going.KeyId}))
	rotate := func(key *types.KeyMetadata) func() error {
		return try(l, (*client).RotateKeyOnDemand, &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId})
	}
	add("disabled", encrypt(disabled), "DisabledException", *disabled.Arn+" is disabled.")
	add("disabled", rotate(disabled), "DisabledException", *disabled.Arn+" is disabled.")
	add("pending deletion", encrypt(going), "KMSInvalidStateException", *going.Arn+" is pending deletion.")
	add("deletion scheduled twice", try(l, (*client).ScheduleKeyDeletion, &awskms.ScheduleKeyDeletionInput{KeyId: going.KeyId}), "KMSInvalidStateException", *going.Arn+" is pending deletion.")
	add("pending import", encrypt(waiting), "KMSInvalidStateException", *waiting.Arn+" is pending import.")
	add("not pending deletion", try(l, (*client).CancelKeyDeletion, &awskms.CancelKeyDeletionInput{KeyId: disabled.KeyId}), "KMSInvalidStateException", *disabled.Arn+" is not pending deletion.")
	broken := l.keyStore("broken")
	unavailable := l.key(&awskms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: broken, XksKeyId: pointer("x")})
	got[*awskms.DisconnectCustomKeyStoreOutput](l.t)(c.DisconnectCustomKeyStore(ctx, &awskms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: broken}))
	add("creating, updating, unavailable", encrypt(unavailable), "KMSInvalidStateException", *unavailable.Arn+" is unavailable.")
	usual := l.key(nil)
	add("wrong origin", try(l, (*client).GetParametersForImport, &awskms.GetParametersForImportInput{KeyId: usual.KeyId, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"}),
		"UnsupportedOperationException", *usual.Arn+" origin is AWS_KMS which is not valid for this operation.")
	imported := l.external()
	l.imported(l.importing(imported.KeyId, key32(1)))
	add("wrong origin", try(l, (*client).EnableKeyRotation, &awskms.EnableKeyRotationInput{KeyId: imported.KeyId}),
		"UnsupportedOperationException", *imported.Arn+" origin is EXTERNAL which is not valid for this operation.")
	add("rotation of imported material without new one", rotate(imported), "KMSInvalidStateException", "No available key material pending rotation for the key: "+*imported.Arn+".")
	out = append(out, pendingMaterialCase(l))

	related := l.key(&awskms.CreateKeyInput{MultiRegion: pointerTo(true)})
	got[*awskms.ReplicateKeyOutput](l.t)(c.ReplicateKey(ctx, &awskms.ReplicateKeyInput{KeyId: related.KeyId, ReplicaRegion: pointer("us-east-1")}))
	add("replica of no primary key", func() error {
		return errOf(l.as("AKIAADMIN", "us-east-1").ReplicateKey(ctx, &awskms.ReplicateKeyInput{KeyId: related.KeyId, ReplicaRegion: pointer("us-west-2")}))
	}, "UnsupportedOperationException", strings.Replace(*related.Arn, region, "us-east-1", 1)+" is not a multi-region primary key.")
	add("replica of no primary key", try(l, (*client).ReplicateKey, &awskms.ReplicateKeyInput{KeyId: usual.KeyId, ReplicaRegion: pointer("us-west-2")}),
		"UnsupportedOperationException", *usual.Arn+" is not a multi-region primary key.")
	signing := l.special("ECC_NIST_P256", "SIGN_VERIFY")
	add("rotation on demand of an asymmetric key", rotate(signing), "UnsupportedOperationException", "")
	add("rotation of an asymmetric key", try(l, (*client).EnableKeyRotation, &awskms.EnableKeyRotationInput{KeyId: signing.KeyId}), "UnsupportedOperationException", "")
	turned := l.key(nil)
	for range 25 {
		got[*awskms.RotateKeyOnDemandOutput](l.t)(c.RotateKeyOnDemand(ctx, &awskms.RotateKeyOnDemandInput{KeyId: turned.KeyId}))
	}
	add("quota of rotations on demand", rotate(turned), "LimitExceededException",
		"The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: "+*turned.Arn)
	return out
}

// pendingMaterialCase: a second new material while one waits for its rotation.
func pendingMaterialCase(l *local) messageCase {
	key := l.external()
	l.imported(l.importing(key.KeyId, key32(1)))
	import2 := l.importing(key.KeyId, key32(2))
	import2.ImportType = types.ImportTypeNewKeyMaterial
	waiting := *got[*awskms.ImportKeyMaterialOutput](l.t)(l.as("AKIAADMIN", region).ImportKeyMaterial(l.t.Context(), import2)).KeyMaterialId
	import3 := l.importing(key.KeyId, key32(3))
	import3.ImportType = types.ImportTypeNewKeyMaterial
	c, ctx := l.as("AKIAADMIN", region), l.t.Context()
	_, err := c.ImportKeyMaterial(ctx, import3)
	// Once there is room for it, the answer tells the id of the new material.
	got[*awskms.RotateKeyOnDemandOutput](l.t)(c.RotateKeyOnDemand(ctx, &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId}))
	refused := *got[*awskms.ImportKeyMaterialOutput](l.t)(c.ImportKeyMaterial(ctx, import3)).KeyMaterialId
	return messageCase{
		"new material while one is pending", func() error { return err }, "KMSInvalidStateException",
		"New key material (id: " + refused + ") cannot be imported into KMS key " + *key.Arn + ", because another key material (id: " + waiting + ") is pending rotation.",
	}
}

func pointerTo[T any](v T) *T { return &v }

func constraintCases(l *local) (out []messageCase) {
	add := func(situation string, err func() error, message string) {
		out = append(out, messageCase{situation, err, "ValidationException", message})
	}
	key := l.key(nil)
	random := func(n int32) func() error {
		return try(l, (*client).GenerateRandom, &awskms.GenerateRandomInput{NumberOfBytes: &n})
	}
	add("number out of range", random(0), violation("'0' at 'numberOfBytes'", "have value greater than or equal to 1"))
	add("number out of range", random(1025), violation("'1025' at 'numberOfBytes'", "have value less than or equal to 1024"))
	add("no number of bytes", try(l, (*client).GenerateRandom, &awskms.GenerateRandomInput{}), "NumberOfBytes is required.")
	encrypt := func(plaintext []byte) func() error {
		return try(l, (*client).Encrypt, &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: plaintext})
	}
	add("length of a blob", encrypt(make([]byte, 4097)), violation("at 'plaintext'", "have length less than or equal to 4096"))
	add("length of a blob", encrypt([]byte{}), violation("at 'plaintext'", "have length greater than or equal to 1"))
	add("length of a blob", try(l, (*client).Decrypt, &awskms.DecryptInput{CiphertextBlob: make([]byte, 6145)}), violation("at 'ciphertextBlob'", "have length less than or equal to 6144"))
	add("null member", try(l, (*client).PutKeyPolicy, &awskms.PutKeyPolicyInput{KeyId: key.KeyId}), violation("null at 'policy'", "not be null"))
	add("pattern", try(l, (*client).PutKeyPolicy, &awskms.PutKeyPolicyInput{KeyId: key.KeyId, Policy: pointer(rootPolicy), PolicyName: pointer("invalid-name")}),
		violation("'invalid-name' at 'policyName'", `satisfy regular expression pattern: [\w]+`))
	add("enum", try(l, (*client).Sign, &awskms.SignInput{KeyId: key.KeyId, Message: []byte("x"), MessageType: "SOME", SigningAlgorithm: "ECDSA_SHA_256"}),
		violation("'SOME' at 'messageType'", "satisfy enum value set: [RAW, DIGEST, EXTERNAL_MU]"))
	add("enum", try(l, (*client).DeriveSharedSecret, &awskms.DeriveSharedSecretInput{KeyId: key.KeyId, KeyAgreementAlgorithm: "DH", PublicKey: []byte("x")}),
		violation("'DH' at 'keyAgreementAlgorithm'", "satisfy enum value set: [ECDH]"))
	add("enum", try(l, (*client).GenerateMac, &awskms.GenerateMacInput{KeyId: key.KeyId, MacAlgorithm: "MD5", Message: []byte("x")}),
		violation("'MD5' at 'macAlgorithm'", "satisfy enum value set: [HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512]"))
	long := strings.Repeat("k", 129)
	add("nested member", try(l, (*client).CreateKey, &awskms.CreateKeyInput{Tags: []types.Tag{{TagKey: &long, TagValue: pointer("v")}}}),
		violation("'"+long+"' at 'tags.1.member.tagKey'", "have length less than or equal to 128"))
	value := strings.Repeat("v", 257)
	add("nested member", try(l, (*client).TagResource, &awskms.TagResourceInput{KeyId: key.KeyId, Tags: []types.Tag{{TagKey: pointer("a"), TagValue: pointer("b")}, {TagKey: pointer("k"), TagValue: &value}}}),
		violation("'"+value+"' at 'tags.2.member.tagValue'", "have length less than or equal to 256"))
	add("several violations", try(l, (*client).Encrypt, &awskms.EncryptInput{KeyId: pointer(strings.Repeat("k", 2049)), Plaintext: []byte{}}),
		"2 validation errors detected: Value '"+strings.Repeat("k", 2049)+"' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048; Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1")
	for _, days := range []int32{1, 6, 31} {
		add("deletion window", try(l, (*client).ScheduleKeyDeletion, &awskms.ScheduleKeyDeletionInput{KeyId: key.KeyId, PendingWindowInDays: &days}), "PendingWindowInDays must be between 7 and 30")
	}
	external := l.external()
	for _, model := range []types.ExpirationModelType{"", types.ExpirationModelTypeKeyMaterialExpires} {
		in := l.importing(external.KeyId, key32(1))
		in.ExpirationModel = model
		add("no validTo", try(l, (*client).ImportKeyMaterial, in), "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	}
	for days, bound := range map[int32]string{89: "greater than or equal to 90", 2561: "less than or equal to 2560"} {
		add("rotation period", try(l, (*client).EnableKeyRotation, &awskms.EnableKeyRotationInput{KeyId: key.KeyId, RotationPeriodInDays: &days}),
			violation(fmt.Sprintf("'%d' at 'rotationPeriodInDays'", days), "have value "+bound))
	}
	return out
}
