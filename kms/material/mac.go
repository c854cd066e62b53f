package material

import (
	"crypto"
	"crypto/hmac"
)

// Mac returns the HMAC of a message.
func (m *Material) Mac(a Algorithm, message []byte) ([]byte, error) {
	if err := m.check(a); err != nil {
		return nil, err
	}
	h := macHash(a)
	if h == 0 {
		return nil, incompatible(a, m.spec)
	}
	mac := hmac.New(h.New, m.hidden().bytes)
	mac.Write(message)
	return mac.Sum(nil), nil
}

// VerifyMac compares in constant time; nil means that it is the message's HMAC.
func (m *Material) VerifyMac(a Algorithm, message, mac []byte) error {
	want, err := m.Mac(a, message)
	if err != nil {
		return err
	}
	if !hmac.Equal(mac, want) {
		return bare(InvalidMac)
	}
	return nil
}

func macHash(a Algorithm) crypto.Hash {
	switch a {
	case HMACSHA224:
		return crypto.SHA224
	case HMACSHA256:
		return crypto.SHA256
	case HMACSHA384:
		return crypto.SHA384
	case HMACSHA512:
		return crypto.SHA512
	}
	return 0
}
