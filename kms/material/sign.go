package material

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // hashes by crypto.Hash
	_ "crypto/sha256"
	_ "crypto/sha512"

	"filippo.io/mldsa"
	"filippo.io/mldsa/mldsacrypto"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secpecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// MessageType is the MessageType of Sign and Verify.
type MessageType string

// The message types.
const (
	Raw        MessageType = "RAW"         // the message itself
	Digest     MessageType = "DIGEST"      // its hash by the algorithm's hash function
	ExternalMu MessageType = "EXTERNAL_MU" // μ of FIPS 204 section 6.2, 64 bytes; ML-DSA only
)

const muSize = 64

// Sign signs a message. PSS salts are as long as the hash; ECDSA signatures are DER, those
// of secp256k1 with the lower s; ML-DSA has an empty context.
func (m *Material) Sign(a Algorithm, t MessageType, message []byte) ([]byte, error) {
	d, err := m.digest(a, t, message)
	if err != nil {
		return nil, err
	}
	switch k := m.hidden().key.(type) {
	case *rsa.PrivateKey:
		if pss(a) {
			return rsa.SignPSS(rand.Reader, k, signingHash(a), d, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.SignPKCS1v15(nil, k, signingHash(a), d)
	case *ecdsa.PrivateKey:
		return ecdsa.SignASN1(rand.Reader, k, d)
	case *secp256k1.PrivateKey:
		return secpecdsa.Sign(k, d).Serialize(), nil
	case ed25519.PrivateKey:
		return k.Sign(nil, d, edOptions(a))
	case *mldsa.PrivateKey:
		if t == ExternalMu {
			return k.Sign(nil, d, mldsacrypto.MLDSAMu)
		}
		return k.Sign(nil, d, nil)
	}
	return nil, incompatible(a, m.spec)
}

// Verify checks a signature; nil means that it is good, InvalidSignature that it is not.
// PSS signatures with a salt of another length than the hash are not.
func (m *Material) Verify(a Algorithm, t MessageType, message, signature []byte) error {
	d, err := m.digest(a, t, message)
	if err != nil {
		return err
	}
	public, ok := m.hidden().public()
	if !ok {
		return incompatible(a, m.spec)
	}
	if !verify(public, a, t, d, signature) {
		return bare(InvalidSignature)
	}
	return nil
}

// public is the public half of a key that can sign.
func (h *hidden) public() (any, bool) {
	switch k := h.key.(type) {
	case *rsa.PrivateKey:
		return &k.PublicKey, true
	case *ecdsa.PrivateKey:
		return &k.PublicKey, true
	case *secp256k1.PrivateKey:
		return k.PubKey(), true
	case ed25519.PrivateKey:
		return k.Public(), true
	case *mldsa.PrivateKey:
		return k.PublicKey(), true
	}
	return nil, false
}

// verify takes what digest returned.
func verify(public any, a Algorithm, t MessageType, d, signature []byte) bool {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if pss(a) {
			return rsa.VerifyPSS(k, signingHash(a), d, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(k, signingHash(a), d, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, d, signature)
	case *secp256k1.PublicKey:
		s, err := secpecdsa.ParseDERSignature(signature)
		return err == nil && s.Verify(d, k)
	case ed25519.PublicKey:
		return ed25519.VerifyWithOptions(k, d, signature, edOptions(a)) == nil
	case *mldsa.PublicKey:
		if t == ExternalMu {
			return verifyMu(k, d, signature)
		}
		return mldsa.Verify(k, d, signature, nil) == nil
	}
	return false
}

// digest checks algorithm, message type and length, and returns what the primitive takes:
// a hash, or the message where the primitive hashes itself.
func (m *Material) digest(a Algorithm, t MessageType, message []byte) ([]byte, error) {
	if err := m.check(a); err != nil {
		return nil, err
	}
	h := signingHash(a)
	if h == 0 {
		return nil, incompatible(a, m.spec)
	}
	switch {
	case a == MLDSASHAKE256 && t == ExternalMu && len(message) != muSize:
		return nil, fail(Validation, "Digest is invalid length for algorithm %s.", a)
	case a == MLDSASHAKE256 && (t == Raw || t == ExternalMu), a == Ed25519SHA512 && t == Raw:
		return message, nil
	case a == MLDSASHAKE256:
		// Measured: https://github.com/floci-io/floci/issues/3025
		return nil, fail(Validation, "Message type %s is incompatible with key spec %s.", t, m.spec)
	case a == Ed25519SHA512, t == ExternalMu, a == Ed25519PHSHA512 && t != Digest:
		// Measured for Ed25519: https://github.com/floci-io/floci/pull/2930. For EXTERNAL_MU
		// with other algorithms the text is unconfirmed.
		return nil, fail(Validation, "Message type %s is incompatible with algorithm %s.", t, a)
	case t == Digest && len(message) != h.Size():
		return nil, fail(Validation, "Digest is invalid length for algorithm %s.", a)
	case t == Raw, a == Ed25519PHSHA512:
		// What KMS gets as the digest for Ed25519ph it hashes once more.
		d := h.New()
		d.Write(message)
		return d.Sum(nil), nil
	case t == Digest:
		return message, nil
	}
	return nil, fail(Validation, "MessageType %s is unknown.", t)
}

func pss(a Algorithm) bool { return a == PSSSHA256 || a == PSSSHA384 || a == PSSSHA512 }

func edOptions(a Algorithm) *ed25519.Options {
	if a == Ed25519PHSHA512 {
		return &ed25519.Options{Hash: crypto.SHA512}
	}
	return &ed25519.Options{}
}

// signingHash is the hash of a signing algorithm; that of those that hash themselves is
// only not 0.
func signingHash(a Algorithm) crypto.Hash {
	switch a {
	case PKCS1SHA256, PSSSHA256, ECDSASHA256:
		return crypto.SHA256
	case PKCS1SHA384, PSSSHA384, ECDSASHA384:
		return crypto.SHA384
	case PKCS1SHA512, PSSSHA512, ECDSASHA512, Ed25519SHA512, Ed25519PHSHA512, MLDSASHAKE256:
		return crypto.SHA512
	}
	return 0
}
