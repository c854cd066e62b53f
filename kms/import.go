package kms

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// The ExpirationModel and the ImportType of the KMS API.
const (
	materialExpires = "KEY_MATERIAL_EXPIRES"
	materialStays   = "KEY_MATERIAL_DOES_NOT_EXPIRE"

	importNew      = "NEW_KEY_MATERIAL"
	importExisting = "EXISTING_KEY_MATERIAL"
)

const (
	// importTime is how long an import token counts.
	// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
	importTime = 24 * time.Hour
	// maxValid is how far off ValidTo may be.
	// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
	maxValid = 365 * day
)

// expires is the ExpirationModel of a material that is there.
func expires(g *Generation) string {
	if g.ValidTo.IsZero() {
		return materialStays
	}
	return materialExpires
}

// GetParametersForImport makes an RSA key under which key material can be wrapped, and the
// token that goes with it. Nothing is kept: the token carries the private key, sealed.
func (s *Service) GetParametersForImport(ctx context.Context, c *Call, in *GetParametersForImportInput) (*GetParametersForImportOutput, error) {
	conditions := authz.Context{}
	given(conditions, "kms:wrappingalgorithm", in.WrappingAlgorithm)
	given(conditions, "kms:wrappingkeyspec", in.WrappingKeySpec)
	k, err := s.open(ctx, c, "kms:GetParametersForImport", in.KeyId, idOrARN, nil, conditions)
	if err != nil {
		return nil, err
	}
	if err := check("GetParametersForImport", k.v); err != nil {
		return nil, err
	}
	spec, algorithm := material.Spec(in.WrappingKeySpec), material.Algorithm(in.WrappingAlgorithm)
	if !material.CanWrap(k.v.Spec, spec, algorithm) {
		// RSAES_PKCS1_V1_5 is among them, which is no longer supported. The exception and its
		// text are unconfirmed.
		return nil, fail(UnsupportedOperation, "Key material of key spec %s cannot be wrapped with %s under a wrapping key of spec %s.", k.v.Spec, algorithm, spec)
	}
	wrapping, err := s.generate(ctx, spec)
	if err != nil {
		return nil, err
	}
	public, err := wrapping.PublicKey()
	if err != nil {
		return nil, internal(err)
	}
	until := s.now().UTC().Add(importTime).Truncate(time.Second)
	token, err := material.SealToken(s.seal.key, material.ImportToken{KeyID: k.v.ARN(), Algorithm: algorithm, Wrapping: wrapping, Expires: until})
	if err != nil {
		return nil, internal(err)
	}
	return &GetParametersForImportOutput{KeyId: k.v.ARN(), ImportToken: token, PublicKey: public, ParametersValidTo: until}, nil
}

// ImportKeyMaterial gives a key material from outside: its first, one that it had and
// lost, or, for symmetric keys, another one that waits for a rotation.
func (s *Service) ImportKeyMaterial(ctx context.Context, c *Call, in *ImportKeyMaterialInput) (*ImportKeyMaterialOutput, error) {
	conditions := authz.Context{}
	given(conditions, "kms:expirationmodel", in.ExpirationModel)
	if !in.ValidTo.IsZero() {
		given(conditions, "kms:validto", in.ValidTo.UTC().Format(time.RFC3339))
	}
	k, err := s.open(ctx, c, "kms:ImportKeyMaterial", in.KeyId, idOrARN, nil, conditions)
	if err != nil {
		return nil, err
	}
	if err := check("ImportKeyMaterial", k.v); err != nil {
		return nil, err
	}
	if err := s.importable(in, k.v); err != nil {
		return nil, err
	}
	got, err := s.unwrap(ctx, in, k.v)
	if err != nil {
		return nil, err
	}
	err = s.together(ctx, k.e, func(r *relatives) error {
		if err := check("ImportKeyMaterial", r.self); err != nil {
			return err
		}
		if err := r.accept(in, got, s.instant()); err != nil {
			return err
		}
		r.add(s, r.self, got.id, got.material)
		r.self.generation(got.id, func(g *Generation) {
			g.Imported, g.ValidTo = true, in.ValidTo.UTC()
			if in.KeyMaterialDescription != nil {
				g.Description = *in.KeyMaterialDescription
			}
		})
		r.follow()
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &ImportKeyMaterialOutput{KeyId: k.v.ARN()}
	if symmetric(&k.v.Key) {
		out.KeyMaterialId = got.id
	}
	return out, nil
}

// importable checks the parameters of an import. But for the first, AWS's texts are
// unconfirmed.
func (s *Service) importable(in *ImportKeyMaterialInput, v *version) error {
	now := s.now()
	switch sym := symmetric(&v.Key); {
	case in.ExpirationModel != materialStays && in.ValidTo.IsZero():
		return invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	case in.ExpirationModel == materialStays && !in.ValidTo.IsZero():
		return invalid("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
	case !in.ValidTo.IsZero() && !in.ValidTo.After(now):
		return invalid("The validTo date must be in the future.")
	case in.ValidTo.After(now.Add(maxValid)):
		return invalid("The validTo date must be within 365 days of the request.")
	case !sym && (in.ImportType != "" || in.KeyMaterialId != "" || in.KeyMaterialDescription != nil):
		return invalid("ImportType, KeyMaterialId and KeyMaterialDescription are valid only for symmetric encryption KMS keys.")
	case in.ImportType == importNew && in.KeyMaterialId != "":
		return invalid("KeyMaterialId is not valid with the ImportType NEW_KEY_MATERIAL.")
	}
	return nil
}

// imported is key material that came out of its wrapping.
type imported struct {
	id       string
	print    []byte
	material *material.Material
}

// unwrap opens the token of an import and takes the key material out of its wrapping.
func (s *Service) unwrap(ctx context.Context, in *ImportKeyMaterialInput, v *version) (*imported, error) {
	token, err := material.OpenToken(s.seal.key, v.ARN(), s.now(), in.ImportToken)
	if err != nil {
		return nil, ofMaterial(err)
	}
	var plaintext []byte
	err = s.lane.run(ctx, func() (err error) {
		plaintext, err = token.Wrapping.Unwrap(token.Algorithm, in.EncryptedKeyMaterial)
		return err
	})
	if err != nil {
		return nil, ofMaterial(err)
	}
	defer clear(plaintext)
	m, err := material.Import(v.Spec, plaintext)
	if err != nil {
		return nil, ofMaterial(err)
	}
	if !symmetric(&v.Key) {
		return &imported{soleMaterial, s.print(v.ID, m), m}, nil
	}
	id, err := material.MaterialID(v.ID, m)
	if err != nil {
		return nil, internal(err)
	}
	return &imported{id, nil, m}, nil
}

// print tells material of a key again, and nothing of it without the store's own key.
func (s *Service) print(keyID string, m *material.Material) []byte {
	b := m.Bytes()
	defer clear(b)
	mac := hmac.New(sha256.New, s.seal.key)
	mac.Write([]byte("bedlock imported key material\x00" + keyID + "\x00"))
	mac.Write(b)
	return mac.Sum(nil)
}

// accept decides whether material may be imported, and lists it if it is new to the key.
func (r *relatives) accept(in *ImportKeyMaterialInput, got *imported, now time.Time) error {
	v := r.self
	i := slices.IndexFunc(v.Materials, func(g Generation) bool { return g.ID == got.id })
	asNew := in.ImportType == importNew || in.ImportType == "" && len(v.Materials) == 0
	// AWS's texts of IncorrectKeyMaterialException are unconfirmed.
	switch {
	case !asNew && i < 0:
		return fail(IncorrectKeyMaterial, "The key material has not been imported into KMS key %s before.", v.ARN())
	case !asNew && in.KeyMaterialId != "" && in.KeyMaterialId != got.id:
		return fail(IncorrectKeyMaterial, "The key material is not that with the id %s.", in.KeyMaterialId)
	case !asNew && !hmac.Equal(v.Materials[i].Print, got.print):
		return fail(IncorrectKeyMaterial, "The key material has not been imported into KMS key %s before.", v.ARN())
	case !asNew:
		return nil
	case i >= 0:
		return fail(IncorrectKeyMaterial, "The key material is already associated with KMS key %s.", v.ARN())
	case !v.isPrimary():
		return fail(UnsupportedOperation, "%s is not a multi-region primary key.", v.ARN()) // unconfirmed
	case v.pending() != "":
		return fail(InvalidState, "New key material (id: %s) cannot be imported into KMS key %s, because another key material (id: %s) is pending rotation.", got.id, v.ARN(), v.pending())
	}
	g := Generation{ID: got.id, State: materialPending, Created: now, Print: got.print}
	if in.KeyMaterialDescription != nil {
		g.Description = *in.KeyMaterialDescription
	}
	for _, v := range r.all {
		if v.Current == "" {
			g.State, v.Current = materialCurrent, got.id
		}
		v.Materials = append(slices.Clone(v.Materials), g)
	}
	return nil
}
