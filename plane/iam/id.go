package iam

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
)

// alphabet is that of ids, of base 32 without padding.
var alphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// The prefixes of unique ids.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
var idPrefix = map[kind]string{kindUser: "AIDA", kindGroup: "AGPA", kindRole: "AROA"}

const policyPrefix = "ANPA"

// newID is a unique id: a prefix and 17 random characters.
func newID(random io.Reader, prefix string) (string, error) {
	var b [11]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("iam: random bytes: %w", err)
	}
	return prefix + alphabet.EncodeToString(b[:])[:17], nil
}

// newKeyID is an access key id that carries its account as AWS's do: the first bit of the
// 16 characters is set, the next 40 are the account, 39 are random.
// Source: https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
func newKeyID(random io.Reader, account string) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("iam: random bytes: %w", err)
	}
	number, err := strconv.ParseUint(account, 10, 40)
	if err != nil {
		return "", fmt.Errorf("iam: account %q: want 12 digits", account)
	}
	head := 1<<47 | number<<7 | uint64(b[5]&0x7f)
	for i := range 6 {
		b[i] = byte(head >> (40 - 8*i))
	}
	return "AKIA" + alphabet.EncodeToString(b[:]), nil
}

// newSecret is a secret access key: 40 characters.
func newSecret(random io.Reader) (string, error) {
	var b [30]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("iam: random bytes: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b[:]), nil
}
