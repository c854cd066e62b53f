package kms

import (
	"context"
	"encoding/hex"
	"strconv"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// recipient verifies the attestation document of a request and adds the condition keys
// that follow from it; nil: the request has none.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-attestation.html
func (s *Service) recipient(ctx context.Context, c *Call, in *RecipientInfo, out authz.Context) (*material.Attestation, error) {
	if in == nil {
		return nil, nil
	}
	if in.KeyEncryptionAlgorithm != string(material.OAEPSHA256) {
		return nil, fail(Validation, "KeyEncryptionAlgorithm must be %s.", material.OAEPSHA256) // unconfirmed text
	}
	var a *material.Attestation
	err := s.lane.run(ctx, func() (err error) {
		a, err = material.OpenAttestation(in.AttestationDocument, s.opts.AttestationRoots, s.now())
		return err
	})
	if err != nil {
		return nil, ofMaterial(err)
	}
	given(out, "kms:recipientattestation:imagesha384", a.ImageDigest())
	for i, value := range a.PCRs {
		given(out, "kms:recipientattestation:pcr"+strconv.Itoa(i), hex.EncodeToString(value))
	}
	for i, value := range a.TPMPCRs {
		given(out, "kms:recipientattestation:nitrotpmpcr"+strconv.Itoa(i), hex.EncodeToString(value))
	}
	c.Attestation = a
	return a, nil
}
