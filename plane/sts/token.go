package sts

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// MaxToken is the longest session token that is opened, in bytes. The longest that is made
// has about a quarter of that: what a session holds is limited by its packed size.
const MaxToken = 16 << 10

// tokenVersion begins every token. Another form of session gets another.
const tokenVersion = 1

// kind says whose session it is.
type kind uint8

const (
	_ kind = iota
	roleSession
	userSession
	rootSession
	// federatedUser and federatedRoot are sessions of GetFederationToken, by a user and by
	// a root user.
	federatedUser
	federatedRoot
)

// session is what a token holds. It has no field that a later version could misread: tokens
// of other versions are refused.
type session struct {
	Kind   kind   `json:"kind"`
	Secret string `json:"secret"`
	// Account, Name and ID are those of the role or user; Name and ID are empty for root.
	Account string `json:"account"`
	Name    string `json:"name,omitempty"`
	ID      string `json:"id,omitempty"`
	// Session is the name of a role session or of a federated user.
	Session string `json:"session,omitempty"`
	// Policy and PolicyARNs are the session policies.
	Policy         string   `json:"policy,omitempty"`
	PolicyARNs     []string `json:"policyArns,omitempty"`
	Tags           []tag    `json:"tags,omitempty"`
	SourceIdentity string   `json:"sourceIdentity,omitempty"`
	// Issued and Expires are seconds since 1970.
	Issued  int64 `json:"issued"`
	Expires int64 `json:"expires"`
}

type tag struct {
	Key        string `json:"key"`
	Value      string `json:"value"`
	Transitive bool   `json:"transitive,omitempty"`
}

var errToken = errors.New("sts: this is no session token of this key")

// issue makes the credentials of a session, whose secret and times it sets. The token has
// at least atLeast bytes.
func (s *Service) issue(of *session, lifetime time.Duration, atLeast int) (*Credentials, error) {
	var random [10 + 30]byte
	if _, err := io.ReadFull(s.random, random[:]); err != nil {
		return nil, fmt.Errorf("sts: random bytes: %w", err)
	}
	id, err := accessKeyID(of.Account, [10]byte(random[:10]))
	if err != nil {
		return nil, err
	}
	of.Secret = base64.StdEncoding.EncodeToString(random[10:])
	now := s.now()
	of.Issued, of.Expires = now.Unix(), now.Add(lifetime).Unix()
	token, err := s.sealed(of, id, atLeast)
	if err != nil {
		return nil, err
	}
	return &Credentials{AccessKeyId: id, SecretAccessKey: of.Secret, SessionToken: token, Expiration: time.Unix(of.Expires, 0).UTC()}, nil
}

func (s *Service) sealed(of *session, id string, atLeast int) (string, error) {
	plain, err := json.Marshal(of)
	if err != nil {
		return "", fmt.Errorf("sts: session: %w", err)
	}
	short := (atLeast+3)/4*3 - (1 + len(plain) + s.seal.Overhead())
	for ; short > 0; short-- {
		plain = append(plain, ' ')
	}
	return base64.StdEncoding.EncodeToString(s.seal.Seal([]byte{tokenVersion}, nil, plain, binding(id))), nil
}

// open returns the session of a token that was made for an access key; any other is
// errToken.
func (s *Service) open(token, id string) (*session, error) {
	// base64 skips line ends, with which one token would have many forms.
	if len(token) > MaxToken || strings.ContainsAny(token, "\r\n") {
		return nil, errToken
	}
	b, err := base64.StdEncoding.Strict().DecodeString(token)
	if err != nil || len(b) == 0 || b[0] != tokenVersion {
		return nil, errToken
	}
	plain, err := s.seal.Open(nil, nil, b[1:], binding(id))
	if err != nil {
		return nil, errToken
	}
	of := new(session)
	if err := json.Unmarshal(plain, of); err != nil {
		return nil, errToken
	}
	return of, nil
}

// binding is authenticated with a token: what it is, in which version, and the key that it
// belongs to.
func binding(id string) []byte {
	return append([]byte("bedlock sts session 1\x00"), id...)
}

// accessKeyID makes the id of temporary credentials. As in AWS's ids the first six of ten
// bytes hold the account, seven bits from the right, below a bit that is set.
// Source (AWS documents nothing): https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489
func accessKeyID(account string, random [10]byte) (string, error) {
	n, err := strconv.ParseUint(account, 10, 40)
	if err != nil {
		return "", fmt.Errorf("sts: account %q: %w", account, err)
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], 1<<47|n<<7|uint64(random[5]&0x7f))
	copy(random[:6], b[2:])
	return "ASIA" + base32.StdEncoding.EncodeToString(random[:]), nil
}

// accountOf returns the account in an access key id. It is not ok for those of before 2019,
// which have none, and for what is no id.
func accountOf(id string) (account string, ok bool) {
	if len(id) != 20 || id[:4] != "ASIA" && id[:4] != "AKIA" {
		return "", false
	}
	raw, err := base32.StdEncoding.DecodeString(id[4:])
	if err != nil || raw[0]&0x80 == 0 {
		return "", false
	}
	var b [8]byte
	copy(b[2:], raw[:6])
	account = fmt.Sprintf("%012d", binary.BigEndian.Uint64(b[:])&(1<<47-1)>>7)
	return account, len(account) == 12
}
