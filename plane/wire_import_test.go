package plane

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// key32 is key material of 32 bytes.
func key32(seed byte) []byte { return bytes.Repeat([]byte{seed}, 32) }

// external makes a symmetric key for imported material.
func (l *local) external() *types.KeyMetadata {
	l.t.Helper()
	return l.key(&awskms.CreateKeyInput{Origin: types.OriginTypeExternal})
}

// importing is a request to import key material that does not expire.
func (l *local) importing(id *string, material []byte) *awskms.ImportKeyMaterialInput {
	l.t.Helper()
	p := got[*awskms.GetParametersForImportOutput](l.t)(l.as("AKIAADMIN", region).GetParametersForImport(l.t.Context(), &awskms.GetParametersForImportInput{
		KeyId: id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	}))
	public := got[any](l.t)(x509.ParsePKIXPublicKey(p.PublicKey))
	return &awskms.ImportKeyMaterialInput{
		KeyId: id, ImportToken: p.ImportToken, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
		EncryptedKeyMaterial: got[[]byte](l.t)(rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), material, nil)),
	}
}

// imported imports key material.
func (l *local) imported(in *awskms.ImportKeyMaterialInput) {
	l.t.Helper()
	got[*awskms.ImportKeyMaterialOutput](l.t)(l.as("AKIAADMIN", region).ImportKeyMaterial(l.t.Context(), in))
}
