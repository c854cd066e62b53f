package kms

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/kms/material"
)

// Decrypt decrypts what was encrypted under a key, with whichever of its materials.
func (s *Service) Decrypt(ctx context.Context, c *Call, in *DecryptInput) (*DecryptOutput, error) {
	ct := ciphertext{
		op: "Decrypt", blob: in.CiphertextBlob, key: in.KeyId, algorithm: encryptionAlgorithm(in.EncryptionAlgorithm), pairs: in.EncryptionContext,
	}
	if err := ct.dry(in.DryRun, in.DryRunModifiers); err != nil {
		return nil, err
	}
	k, err := s.keyOf(c, "kms:Decrypt", &ct)
	if err != nil {
		return nil, err
	}
	conditions := cryptConditions(ct.algorithm, in.EncryptionContext)
	to, err := s.recipient(ctx, c, in.Recipient, conditions)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(ctx, c, "kms:Decrypt", k, in.GrantTokens, conditions); err != nil {
		return nil, err
	}
	if err := check("Decrypt", k.v); err != nil {
		return nil, err
	}
	plaintext, materialID, err := s.decrypt(ctx, c, k, &ct)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	c.Material = materialID
	out := &DecryptOutput{KeyId: k.arn, EncryptionAlgorithm: string(ct.algorithm)}
	if to == nil {
		out.Plaintext, out.KeyMaterialId = plaintext, materialID
	} else if out.CiphertextForRecipient, err = to.Envelope(plaintext); err != nil {
		return nil, internal(err)
	}
	s.used(c, k, "Decrypt")
	return out, nil
}

// ciphertext is what an operation is to decrypt.
type ciphertext struct {
	op        string
	blob      []byte
	key       string // as the request names it, or not
	algorithm material.Algorithm
	pairs     map[string]string
	ignore    bool // a dry run that looks at permissions alone
}

// dry reads the modifiers of a dry run. The texts are unconfirmed.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
func (ct *ciphertext) dry(run bool, modifiers []string) error {
	ct.ignore = slices.Contains(modifiers, "IGNORE_CIPHERTEXT")
	switch {
	case ct.ignore && !run:
		return fail(Validation, "DryRunModifiers can be specified only when DryRun is true.")
	case ct.ignore && ct.key == "":
		return fail(Validation, "A key must be specified when DryRunModifiers is IGNORE_CIPHERTEXT.")
	case !ct.ignore && ct.blob == nil:
		return fail(Validation, "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null")
	case ct.key == "" && ct.algorithm != material.SymmetricDefault:
		return fail(Validation, "A key must be specified for the algorithm %s.", ct.algorithm)
	}
	return nil
}

// errUnknownKey is the answer to a ciphertext of a key that is not here.
func errUnknownKey() error {
	return fail(AccessDenied, "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
}

// Refused is the refusal of this access with the message of the decision, which names the
// key. A key that a ciphertext told, and not the caller, is not named. That texts other
// than "because no identity-based policy allows" and that across accounts are worded so is
// unconfirmed.
func (a *Access) Refused(message string) *Error {
	if a.ByCiphertext {
		const instead = " on the resource associated with this ciphertext"
		message = strings.Replace(message, " on resource: "+a.Resource, instead, 1)
		message = strings.Replace(message, " on this resource", instead, 1)
	}
	return &Error{Code: AccessDenied, Message: message}
}

// keyOf finds the key that is to decrypt: the one that the request names, or else the one
// that the ciphertext does.
func (s *Service) keyOf(c *Call, action string, ct *ciphertext) (*found, error) {
	if ct.key == "" {
		id, _, err := s.header(ct.blob)
		if err != nil {
			return nil, ofMaterial(err)
		}
		k, err := s.resolve(c, s.arnOf(c, id), idOrARN)
		if err != nil {
			return nil, errUnknownKey()
		}
		k.told = true
		return k, nil
	}
	name := ct.key
	if keyIDForm.MatchString(name) && !ct.ignore {
		// The id alone will do for a key of another account when the ciphertext names the
		// same.
		if id, _, err := s.header(ct.blob); err == nil && id == name {
			name = s.arnOf(c, id)
		}
	}
	return s.resolveFor(c, action, name)
}

// arnOf is the ARN of a key of the call's Region, whosever it is.
func (s *Service) arnOf(c *Call, id string) string {
	account := c.Account
	s.mu.RLock()
	if e := s.ids[regionID{c.Region, id}]; e != nil {
		account = e.now.Load().Account
	}
	s.mu.RUnlock()
	return arn.ARN{Partition: partition(c.Region), Service: "kms", Region: c.Region, Account: account, Resource: "key/" + id}.String()
}

// header tells which key and material a ciphertext of a symmetric key needs.
func (s *Service) header(blob []byte) (key, materialID string, err error) {
	if key, ok := externalHeader(blob); ok {
		return key, "", nil
	}
	return material.Header(blob)
}

// decrypt decrypts with a key that may do so. A key that did not encrypt the ciphertext,
// whatever it can do, is an incorrect key.
func (s *Service) decrypt(ctx context.Context, c *Call, k *found, ct *ciphertext) (plaintext []byte, materialID string, err error) {
	if ct.ignore {
		return nil, "", nil
	}
	incorrect := fail(IncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.")
	if !encrypting(&k.v.Key) {
		return nil, "", incorrect
	}
	if ct.algorithm != material.SymmetricDefault {
		return s.decryptRSA(ctx, k, ct)
	}
	id, materialID, err := s.header(ct.blob)
	switch {
	case !symmetric(&k.v.Key):
		return nil, "", incorrect
	case err != nil:
		return nil, "", ofMaterial(err)
	case id != k.v.ID:
		return nil, "", incorrect
	}
	if k.v.Origin == OriginXKS {
		plaintext, err = s.openExternal(ctx, c, k, ct.op, ct.pairs, ct.blob)
		return plaintext, "", err
	}
	m := k.v.materials[materialID]
	if m == nil {
		return nil, "", &Error{Code: InvalidCiphertext}
	}
	plaintext, err = material.Open(m, ct.pairs, ct.blob)
	return plaintext, materialID, ofMaterial(err)
}

func (s *Service) decryptRSA(ctx context.Context, k *found, ct *ciphertext) ([]byte, string, error) {
	if err := compatible(&k.v.Key, ct.algorithm); err != nil {
		return nil, "", err
	}
	if err := contextAllowed(&k.v.Key, ct.pairs); err != nil {
		return nil, "", err
	}
	m, err := k.v.current()
	if err != nil {
		return nil, "", err
	}
	var plaintext []byte
	err = s.slow(ctx, m.Spec(), func() (err error) {
		plaintext, err = m.Decrypt(ct.algorithm, ct.blob)
		return err
	})
	return plaintext, "", ofMaterial(err)
}
