package material

import "slices"

// Spec is the KeySpec of the KMS API.
type Spec string

// The key specs. Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html#KMS-CreateKey-request-KeySpec
const (
	Symmetric Spec = "SYMMETRIC_DEFAULT"
	HMAC224   Spec = "HMAC_224"
	HMAC256   Spec = "HMAC_256"
	HMAC384   Spec = "HMAC_384"
	HMAC512   Spec = "HMAC_512"
	RSA2048   Spec = "RSA_2048"
	RSA3072   Spec = "RSA_3072"
	RSA4096   Spec = "RSA_4096"
	P256      Spec = "ECC_NIST_P256"
	P384      Spec = "ECC_NIST_P384"
	P521      Spec = "ECC_NIST_P521"
	Secp256k1 Spec = "ECC_SECG_P256K1"
	Ed25519   Spec = "ECC_NIST_EDWARDS25519"
	MLDSA44   Spec = "ML_DSA_44"
	MLDSA65   Spec = "ML_DSA_65"
	MLDSA87   Spec = "ML_DSA_87"
	MLKEM512  Spec = "ML_KEM_512"
	MLKEM768  Spec = "ML_KEM_768"
	MLKEM1024 Spec = "ML_KEM_1024"
	// SM2 is a spec of the China Regions that this package does not have.
	SM2 Spec = "SM2"
)

// Usage is the KeyUsage of the KMS API.
type Usage string

// The key usages.
const (
	EncryptDecrypt         Usage = "ENCRYPT_DECRYPT"
	SignVerify             Usage = "SIGN_VERIFY"
	GenerateVerifyMac      Usage = "GENERATE_VERIFY_MAC"
	KeyAgreement           Usage = "KEY_AGREEMENT"
	EncapsulateDecapsulate Usage = "ENCAPSULATE_DECAPSULATE"
)

// Algorithm is an EncryptionAlgorithm, SigningAlgorithm, MacAlgorithm,
// KeyAgreementAlgorithm, key encapsulation or WrappingAlgorithm of the KMS API.
type Algorithm string

// The algorithms.
const (
	SymmetricDefault Algorithm = "SYMMETRIC_DEFAULT"
	OAEPSHA1         Algorithm = "RSAES_OAEP_SHA_1"
	OAEPSHA256       Algorithm = "RSAES_OAEP_SHA_256"

	PKCS1SHA256     Algorithm = "RSASSA_PKCS1_V1_5_SHA_256"
	PKCS1SHA384     Algorithm = "RSASSA_PKCS1_V1_5_SHA_384"
	PKCS1SHA512     Algorithm = "RSASSA_PKCS1_V1_5_SHA_512"
	PSSSHA256       Algorithm = "RSASSA_PSS_SHA_256"
	PSSSHA384       Algorithm = "RSASSA_PSS_SHA_384"
	PSSSHA512       Algorithm = "RSASSA_PSS_SHA_512"
	ECDSASHA256     Algorithm = "ECDSA_SHA_256"
	ECDSASHA384     Algorithm = "ECDSA_SHA_384"
	ECDSASHA512     Algorithm = "ECDSA_SHA_512"
	Ed25519SHA512   Algorithm = "ED25519_SHA_512"
	Ed25519PHSHA512 Algorithm = "ED25519_PH_SHA_512"
	MLDSASHAKE256   Algorithm = "ML_DSA_SHAKE_256"

	HMACSHA224 Algorithm = "HMAC_SHA_224"
	HMACSHA256 Algorithm = "HMAC_SHA_256"
	HMACSHA384 Algorithm = "HMAC_SHA_384"
	HMACSHA512 Algorithm = "HMAC_SHA_512"

	ECDH  Algorithm = "ECDH"
	MLKEM Algorithm = "ML_KEM"

	// Wrapping algorithms besides the two of RSAES_OAEP.
	AESKeyWrapSHA1   Algorithm = "RSA_AES_KEY_WRAP_SHA_1"
	AESKeyWrapSHA256 Algorithm = "RSA_AES_KEY_WRAP_SHA_256"
)

// Info is what is known of a key spec.
type Info struct {
	Spec Spec
	// Default is the usage of a key that is created without one; empty where CreateKey
	// must be told.
	Default Usage
	// ImportUnconfirmed: AWS's documentation leaves open whether key material of this spec
	// can be imported. That of all others can.
	ImportUnconfirmed bool
	// KeyPair: GenerateDataKeyPair makes key pairs of this spec.
	KeyPair bool
	// Material is the length of symmetric and HMAC key material in bytes, else 0.
	Material int
	// Ciphertext is the length of every RSA or ML-KEM ciphertext in bytes, else 0.
	Ciphertext int
	// Secret is the length of a shared secret in bytes, else 0.
	Secret int

	uses []use
}

// use is one usage of a spec, with its algorithms in the order in which AWS lists them.
type use struct {
	usage      Usage
	algorithms []Algorithm
}

// Usages returns the usages that a key of this spec can be created with.
func (i Info) Usages() []Usage {
	var us []Usage
	for _, u := range i.uses {
		us = append(us, u.usage)
	}
	return us
}

// Algorithms returns the algorithms of a usage in the order in which DescribeKey lists
// them; nil when the spec does not have the usage.
func (i Info) Algorithms(u Usage) []Algorithm {
	for _, x := range i.uses {
		if x.usage == u {
			return slices.Clone(x.algorithms)
		}
	}
	return nil
}

// Has reports whether a key of this spec can be used with the algorithm, in any usage.
func (i Info) Has(a Algorithm) bool {
	for _, u := range i.uses {
		if slices.Contains(u.algorithms, a) {
			return true
		}
	}
	return false
}

// Lookup returns what is known of a spec; false for those that this package does not
// have, as SM2.
func Lookup(s Spec) (Info, bool) {
	for i := range specs {
		if specs[i].Spec == s {
			return specs[i], true
		}
	}
	return Info{}, false
}

// Specs returns all specs of this package.
func Specs() []Info { return slices.Clone(specs) }

// MaxPlaintext is how many bytes Encrypt takes at most with the algorithm under a key of
// the spec; 0 when they do not go together.
func MaxPlaintext(s Spec, a Algorithm) int {
	i, ok := Lookup(s)
	switch {
	case !ok || !i.Has(a):
		return 0
	case a == SymmetricDefault:
		return maxPlaintext
	case a == OAEPSHA1:
		return i.Ciphertext - 2*20 - 2
	case a == OAEPSHA256:
		return i.Ciphertext - 2*32 - 2
	}
	return 0
}

// specs is never changed. Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
var specs = []Info{
	{Spec: Symmetric, Default: EncryptDecrypt, Material: 32, uses: []use{{EncryptDecrypt, []Algorithm{SymmetricDefault}}}},
	{Spec: HMAC224, Material: 28, uses: []use{{GenerateVerifyMac, []Algorithm{HMACSHA224}}}},
	{Spec: HMAC256, Material: 32, uses: []use{{GenerateVerifyMac, []Algorithm{HMACSHA256}}}},
	{Spec: HMAC384, Material: 48, uses: []use{{GenerateVerifyMac, []Algorithm{HMACSHA384}}}},
	{Spec: HMAC512, Material: 64, uses: []use{{GenerateVerifyMac, []Algorithm{HMACSHA512}}}},
	{Spec: RSA2048, KeyPair: true, Ciphertext: 256, uses: rsaUses},
	{Spec: RSA3072, KeyPair: true, Ciphertext: 384, uses: rsaUses},
	{Spec: RSA4096, KeyPair: true, Ciphertext: 512, uses: rsaUses},
	{Spec: P256, KeyPair: true, Secret: 32, uses: []use{{SignVerify, []Algorithm{ECDSASHA256}}, {KeyAgreement, []Algorithm{ECDH}}}},
	{Spec: P384, KeyPair: true, Secret: 48, uses: []use{{SignVerify, []Algorithm{ECDSASHA384}}, {KeyAgreement, []Algorithm{ECDH}}}},
	{Spec: P521, KeyPair: true, Secret: 66, uses: []use{{SignVerify, []Algorithm{ECDSASHA512}}, {KeyAgreement, []Algorithm{ECDH}}}},
	{Spec: Secp256k1, KeyPair: true, uses: []use{{SignVerify, []Algorithm{ECDSASHA256}}}},
	{Spec: Ed25519, KeyPair: true, ImportUnconfirmed: true, uses: []use{{SignVerify, []Algorithm{Ed25519SHA512, Ed25519PHSHA512}}}},
	{Spec: MLDSA44, ImportUnconfirmed: true, uses: mldsaUses},
	{Spec: MLDSA65, ImportUnconfirmed: true, uses: mldsaUses},
	{Spec: MLDSA87, ImportUnconfirmed: true, uses: mldsaUses},
	{Spec: MLKEM512, KeyPair: true, ImportUnconfirmed: true, Ciphertext: 768, Secret: 32, uses: mlkemUses},
	{Spec: MLKEM768, KeyPair: true, ImportUnconfirmed: true, Ciphertext: 1088, Secret: 32, uses: mlkemUses},
	{Spec: MLKEM1024, KeyPair: true, ImportUnconfirmed: true, Ciphertext: 1568, Secret: 32, uses: mlkemUses},
}

var rsaUses = []use{
	{EncryptDecrypt, []Algorithm{OAEPSHA1, OAEPSHA256}},
	{SignVerify, []Algorithm{PKCS1SHA256, PKCS1SHA384, PKCS1SHA512, PSSSHA256, PSSSHA384, PSSSHA512}},
}

var mldsaUses = []use{{SignVerify, []Algorithm{MLDSASHAKE256}}}

var mlkemUses = []use{{EncapsulateDecapsulate, []Algorithm{MLKEM}}}
