package material

import (
	"crypto/ecdsa"
	"crypto/x509"
)

// maxPeer is the longest public key that DeriveSharedSecret takes, in bytes.
const maxPeer = 8192

// Derive returns the shared secret with a peer: the x coordinate of ECDH, without a key
// derivation, as long as the curve's field. The peer's public key is a
// SubjectPublicKeyInfo (DER) on the same curve; anything else is Validation with the
// empty message that AWS sends.
func (m *Material) Derive(a Algorithm, peer []byte) ([]byte, error) {
	if err := m.check(a); err != nil {
		return nil, err
	}
	k, ok := m.hidden().key.(*ecdsa.PrivateKey)
	if !ok || a != ECDH {
		return nil, incompatible(a, m.spec)
	}
	if len(peer) > maxPeer {
		return nil, bare(Validation)
	}
	parsed, err := x509.ParsePKIXPublicKey(peer)
	if err != nil {
		return nil, bare(Validation)
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, bare(Validation)
	}
	theirs, err := public.ECDH()
	if err != nil {
		return nil, bare(Validation)
	}
	ours, err := k.ECDH()
	if err != nil {
		return nil, err
	}
	secret, err := ours.ECDH(theirs)
	if err != nil {
		return nil, bare(Validation)
	}
	return secret, nil
}
