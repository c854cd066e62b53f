package kms

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
)

// A grant token has the outline of AWS's, which does not document it: URL-safe base64
// without padding of a byte 1, of 64 hexadecimal digits as field 1 and of a ciphertext as
// field 4, 490 characters in all. The digits are drawn for every token; the ciphertext
// holds the grant's place, bound to the digits.
const (
	tokenHead   = "\x01\x0a\x40"
	tokenDigits = 64
	tokenPlace  = 269 // bytes, padded
	tokenSealed = tokenPlace + 12 + 16
	tokenMiddle = "\x22\xa9\x02" // field 4, of 297 bytes

	// kindToken is no kind of record: it keeps sealed tokens apart from sealed records.
	kindToken Kind = "grant-token"
)

var tokenText = base64.RawURLEncoding.Strict()

// token makes a new token for a grant. All tokens of a grant are worth the same.
func (s *Service) token(g *Grant) (string, error) {
	var unique [tokenDigits / 2]byte
	if _, err := io.ReadFull(s.random, unique[:]); err != nil {
		return "", internal(err)
	}
	digits := hex.EncodeToString(unique[:])
	place := make([]byte, tokenPlace)
	copy(place, g.place())
	return tokenText.EncodeToString([]byte(tokenHead + digits + tokenMiddle + string(s.seal.seal(kindToken, digits, place)))), nil
}

// grantPlace is where a grant is, as a token tells it.
type grantPlace struct {
	key   keyID
	grant string
}

// readToken opens a token that this store made. The grant may be gone.
func (s *Service) readToken(token string) (grantPlace, error) {
	// The text of AWS's message is unconfirmed; ours does not repeat the token.
	invalid := fail(InvalidGrantToken, "The grant token is not valid.")
	b, err := tokenText.DecodeString(token)
	const start, end = len(tokenHead) + tokenDigits, len(tokenHead) + tokenDigits + len(tokenMiddle)
	if err != nil || len(b) != end+tokenSealed || string(b[:len(tokenHead)]) != tokenHead || string(b[start:end]) != tokenMiddle {
		return grantPlace{}, invalid
	}
	place, err := s.seal.open(kindToken, string(b[len(tokenHead):start]), b[end:])
	if err != nil {
		return grantPlace{}, invalid
	}
	account, region, rest, ok := splitID(strings.TrimRight(string(place), "\x00"))
	key, grant, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return grantPlace{}, invalid
	}
	return grantPlace{keyID{account, region, key}, grant}, nil
}

// tokenGrants returns the ids of the grants that tokens stand for. Tokens of grants that
// are gone, or on other keys, do no harm; whether AWS refuses them is unconfirmed.
func (s *Service) tokenGrants(tokens []string) ([]string, error) {
	if len(tokens) == 0 {
		return nil, nil
	}
	ids := make([]string, len(tokens))
	for i, t := range tokens {
		place, err := s.readToken(t)
		if err != nil {
			return nil, err
		}
		ids[i] = place.grant
	}
	return ids, nil
}
