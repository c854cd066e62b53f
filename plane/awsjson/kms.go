package awsjson

import (
	"slices"

	"github.com/bedlock/bedlock/internal/model"
)

// KMS returns the service KMS: its model and what was recorded of it beyond.
//
// The lists of values that refusals print are recorded where a comment says so, else the
// model's; values that came after a recording follow in the model's order, which is not
// confirmed.
func KMS() (*Service, error) {
	m, err := model.Load("kms")
	if err != nil {
		return nil, err
	}
	seen := Observed{Shapes: map[string]*model.Shape{}, Enums: map[string][]string{}}
	for shape, first := range recordedEnums() {
		seen.Enums[shape] = first
		if sh := m.Shapes[shape]; sh != nil {
			seen.Enums[shape] = withRest(first, sh.Enum)
		}
	}
	// The check of GenerateDataKey lists every key spec, yet only the data key specs pass.
	// https://github.com/boto/boto3/issues/3428 and https://github.com/floci-io/floci/pull/3968
	seen.Enums["DataKeySpec"] = seen.Enums["KeySpec"]
	// Values that are not ASCII violate a pattern that the model does not have.
	// https://github.com/floci-io/floci/pull/3968
	change(m, seen.Shapes, "KeyIdType", func(sh *model.Shape) { sh.Pattern = `^\p{ASCII}+$` })
	// Passes and is refused for the key's spec later; lists do not show it. Same source.
	change(m, seen.Shapes, "SigningAlgorithmSpec", func(sh *model.Shape) {
		sh.Enum = append(slices.Clone(sh.Enum), "SYMMETRIC_DEFAULT")
	})
	return New(m, seen)
}

// change puts a changed copy of a shape of the model into shapes.
func change(m *model.Service, shapes map[string]*model.Shape, name string, how func(*model.Shape)) {
	if sh := m.Shapes[name]; sh != nil {
		changed := *sh
		how(&changed)
		shapes[name] = &changed
	}
}

// recordedEnums are the orders in which KMS lists values, by shape.
func recordedEnums() map[string][]string {
	return map[string][]string{
		// us-east-1, 2026-09-20: https://github.com/floci-io/floci/pull/3968. Until 2023 the
		// order was another: RSA_2048, ECC_NIST_P384, ECC_NIST_P256, …
		"KeySpec": {
			"RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521",
			"ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256",
			"HMAC_384", "HMAC_512", "SM2", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87",
		},
		"SigningAlgorithmSpec": {
			"RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
			"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
			"ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512", "ED25519_SHA_512",
			"ED25519_PH_SHA_512", "SM2DSA", "ML_DSA_SHAKE_256",
		},
		"EncryptionAlgorithmSpec": {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE", "SYMMETRIC_DEFAULT"},
		// The same in 2023 (LocalStack) and 2026.
		"MacAlgorithmSpec": {"HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512"},
		"MessageType":      {"RAW", "DIGEST", "EXTERNAL_MU"},
		// LocalStack, 2023-04; only the first three values existed then.
		"KeyUsageType": {"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"},
		// LocalStack, 2024-12.
		"KeyAgreementAlgorithmSpec": {"ECDH"},
		// The suite of local-kms, about 2020; only these values existed then.
		"CustomerMasterKeySpec": {
			"RSA_2048", "ECC_NIST_P384", "ECC_NIST_P256", "ECC_NIST_P521", "RSA_3072",
			"ECC_SECG_P256K1", "RSA_4096", "SYMMETRIC_DEFAULT",
		},
	}
}

// withRest returns first and then those of all that it lacks.
func withRest(first, all []string) []string {
	out := slices.Clone(first)
	for _, v := range all {
		if !slices.Contains(first, v) {
			out = append(out, v)
		}
	}
	return out
}
