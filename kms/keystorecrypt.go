package kms

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/kms/material"
)

// A ciphertext of a key in an external key store is encrypted twice: inside by KMS, under
// key material of the KMS key that never leaves it, outside by the external key. Nobody
// can decrypt it without the other. Its layout is ours:
//
//	01 02 03 00 78  version
//	16 bytes        key id
//	byte            length of the initialization vector, and that
//	16 bytes        authentication tag
//	byte            length of the ciphertext metadata, and that
//	the rest        what the proxy made of the inside, a blob of package material
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/keystore-external.html#concept-double-encryption
const (
	externalPrefix = "\x01\x02\x03\x00\x78"

	xksAlgorithm = "AES_GCM"
	xksHash      = "SHA_256"
	xksTag       = 16
	xksMetadata  = 20   // bytes of ciphertext metadata at most
	xksPlaintext = 4300 // bytes that every proxy takes
)

// externalBlob is a ciphertext of a key in an external key store, in its parts.
type externalBlob struct {
	keyID                     string
	vector, tag, meta, sealed []byte
}

// parseExternal reads a ciphertext; false: it is none of ours.
func parseExternal(blob []byte) (b externalBlob, ok bool) {
	rest, ok := strings.CutPrefix(string(blob), externalPrefix)
	if !ok || len(rest) < 16 {
		return b, false
	}
	id := hex.EncodeToString([]byte(rest[:16]))
	b.keyID = strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
	at := len(externalPrefix) + 16
	take := func(n int) []byte {
		if !ok || len(blob)-at < n {
			ok = false
			return nil
		}
		at += n
		return blob[at-n : at]
	}
	length := func() int {
		if one := take(1); ok {
			return int(one[0])
		}
		return 0
	}
	b.vector = take(length())
	b.tag = take(xksTag)
	b.meta = take(length())
	b.sealed = blob[at:]
	return b, ok && (len(b.vector) == 12 || len(b.vector) == 16) && len(b.meta) <= xksMetadata && len(b.sealed) > 0 && len(b.sealed) <= xksPlaintext
}

// bytes is the inverse of parseExternal.
func (b *externalBlob) bytes() ([]byte, error) {
	id, err := hex.DecodeString(strings.ReplaceAll(b.keyID, "-", ""))
	if err != nil || len(id) != 16 {
		return nil, internal(errors.New("the id of a key in an external key store is no UUID"))
	}
	return slices.Concat([]byte(externalPrefix), id, []byte{byte(len(b.vector))}, b.vector, b.tag, []byte{byte(len(b.meta))}, b.meta, b.sealed), nil
}

// externalHeader tells the key of a ciphertext made with a key in an external key store.
func externalHeader(blob []byte) (keyID string, ok bool) {
	b, ok := parseExternal(blob)
	return b.keyID, ok
}

// externalAAD is what the external key authenticates besides: the key and the encryption
// context. It is a hash, since contexts may be longer than the 8192 bytes that proxies
// take. What AWS sends is not documented.
func externalAAD(keyID string, pairs map[string]string) []byte {
	h := sha256.New()
	var n [8]byte
	field := func(text string) {
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	field("bedlock external key v1")
	field(keyID)
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		field(name)
		field(pairs[name])
	}
	return h.Sum(nil)
}

// sealExternal encrypts under a key in an external key store.
func (s *Service) sealExternal(ctx context.Context, c *Call, k *found, op string, pairs map[string]string, plaintext []byte) ([]byte, error) {
	at, err := s.externalFor(k)
	if err != nil {
		return nil, err
	}
	inner, err := k.v.current()
	if err != nil {
		return nil, err
	}
	inside, err := material.Seal(k.v.ID, k.v.Current, inner, pairs, plaintext)
	if err != nil {
		return nil, ofMaterial(err)
	}
	ctx, cancel := context.WithTimeout(ctx, XksTimeout)
	defer cancel()
	in := &XksEncryptInput{
		RequestMetadata: xksRequest(c, op, k.v.ARN()), AdditionalAuthenticatedData: externalAAD(k.v.ID, pairs),
		Plaintext: inside, EncryptionAlgorithm: xksAlgorithm, CiphertextDataIntegrityValueAlgorithm: xksHash,
	}
	out, err := s.xks.Encrypt(ctx, at, k.v.XksKeyID, in)
	if err != nil {
		return nil, xksFailure(xksForCrypto, err)
	}
	if err := intact(in, out); err != nil {
		return nil, err
	}
	b := externalBlob{k.v.ID, out.InitializationVector, out.AuthenticationTag, out.CiphertextMetadata, out.Ciphertext}
	return b.bytes()
}

// intact checks an answer to Encrypt: its form, and that the ciphertext data integrity
// value (CDIV) is what KMS computes itself.
// Source: https://github.com/aws/aws-kms-xksproxy-api-spec, Encrypt and appendix C
func intact(in *XksEncryptInput, out *XksEncryptOutput) error {
	if out == nil || len(out.Ciphertext) != len(in.Plaintext) || len(out.AuthenticationTag) != xksTag ||
		len(out.InitializationVector) != 12 && len(out.InitializationVector) != 16 || len(out.CiphertextMetadata) > xksMetadata {
		return xksFailure(xksForCrypto, malformed("a ciphertext of another form"))
	}
	want := sha256.Sum256(slices.Concat(in.AdditionalAuthenticatedData, out.CiphertextMetadata, out.InitializationVector, out.Ciphertext, out.AuthenticationTag))
	if subtle.ConstantTimeCompare(want[:], out.CiphertextDataIntegrityValue) != 1 {
		// Which message a wrong CDIV has is unconfirmed; the specification says no more than
		// that there is an error.
		return xksFailure(xksForCrypto, malformed("a ciphertext data integrity value that is not that of the ciphertext"))
	}
	return nil
}

// xksBadPlaintext is the message for an answer to Decrypt that does not hold what KMS put
// inside.
const xksBadPlaintext = "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid."

// openExternal is the inverse of sealExternal. The key is the blob's.
func (s *Service) openExternal(ctx context.Context, c *Call, k *found, op string, pairs map[string]string, blob []byte) ([]byte, error) {
	b, ok := parseExternal(blob)
	if !ok || b.keyID != k.v.ID {
		return nil, &Error{Code: InvalidCiphertext}
	}
	at, err := s.externalFor(k)
	if err != nil {
		return nil, err
	}
	inner, err := k.v.current()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, XksTimeout)
	defer cancel()
	out, err := s.xks.Decrypt(ctx, at, k.v.XksKeyID, &XksDecryptInput{
		RequestMetadata: xksRequest(c, op, k.v.ARN()), AdditionalAuthenticatedData: externalAAD(k.v.ID, pairs), EncryptionAlgorithm: xksAlgorithm,
		Ciphertext: b.sealed, CiphertextMetadata: b.meta, InitializationVector: b.vector, AuthenticationTag: b.tag,
	})
	switch {
	case err != nil:
		return nil, xksFailure(xksForCrypto, err)
	case out == nil || len(out.Plaintext) != len(b.sealed):
		return nil, xksFailure(xksForCrypto, malformed("a plaintext of another length than the ciphertext"))
	}
	plaintext, err := material.Open(inner, pairs, out.Plaintext)
	if err != nil {
		return nil, fail(InvalidState, xksBadPlaintext)
	}
	return plaintext, nil
}

// externalFor is the proxy of a key in an external key store that is connected.
func (s *Service) externalFor(k *found) (*XksEndpoint, error) {
	if !k.v.keyStore.connected() {
		return nil, fail(InvalidState, xksNotConnected)
	}
	return k.v.keyStore.now.Load().endpoint(), nil
}

// xksRequest tells a proxy of a request of KMS.
func xksRequest(c *Call, op, keyARN string) XksRequestMetadata {
	text := func(name string) string {
		if v := c.Context[name].Values; len(v) == 1 {
			return v[0]
		}
		return ""
	}
	return XksRequestMetadata{
		AwsPrincipalArn: c.Principal.ARN, AwsSourceVpc: text("aws:sourcevpc"), AwsSourceVpce: text("aws:sourcevpce"),
		KmsKeyArn: keyARN, KmsOperation: op, KmsRequestID: c.RequestID, KmsViaService: text("kms:viaservice"),
	}
}

// randomStore is why GenerateRandom cannot use a custom key store: those of CloudHSM only
// can, and there are none. The text is unconfirmed.
func (s *Service) randomStore(c *Call, id string) error {
	if _, err := s.storeByID(c, id); err != nil {
		return err
	}
	return fail(UnsupportedOperation, "Custom key store %s is of the type EXTERNAL_KEY_STORE, which is not valid for this operation.", id)
}
