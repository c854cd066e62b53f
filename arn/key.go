package arn

import (
	"regexp"
	"strings"
)

// KeyForm is a way of naming a KMS key. The zero value means: no key name at all.
type KeyForm uint8

// The forms.
const (
	NoKey    KeyForm = iota
	KeyARN           // arn:aws:kms:us-east-1:111122223333:key/…
	AliasARN         // arn:aws:kms:us-east-1:111122223333:alias/…
	KeyID            // 1234abcd-12ab-34cd-56ef-1234567890ab or mrk-…
	Alias            // alias/…
)

// Key is a parsed key name.
type Key struct {
	Form KeyForm
	// ARN is set for the two ARN forms.
	ARN ARN
	// ID is the key id (forms KeyARN and KeyID), Name the alias name with its
	// prefix alias/ (forms AliasARN and Alias).
	ID, Name string
}

var (
	// keyID: a UUID, or mrk- and 32 hexadecimal digits.
	// Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-id
	keyID = regexp.MustCompile(`^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-fA-F]{32})$`)
	// aliasName: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
	aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)
)

// ParseKey reads the name of a KMS key in any of the four forms; ok is false when
// the text is none of them. Parts that are tokens are accepted.
func ParseKey(s string) (k Key, ok bool) {
	if strings.HasPrefix(s, "arn:") {
		a, err := Parse(s)
		if err != nil || a.Service != "kms" {
			return Key{}, false
		}
		if id, isKey := strings.CutPrefix(a.Resource, "key/"); isKey && validID(id) {
			return Key{Form: KeyARN, ARN: a, ID: id}, true
		}
		if validAlias(a.Resource) {
			return Key{Form: AliasARN, ARN: a, Name: a.Resource}, true
		}
		return Key{}, false
	}
	switch {
	case validAlias(s):
		return Key{Form: Alias, Name: s}, true
	case keyID.MatchString(s):
		return Key{Form: KeyID, ID: s}, true
	}
	return Key{}, false
}

func validID(id string) bool { return keyID.MatchString(id) || IsToken(id) }

func validAlias(s string) bool {
	return aliasName.MatchString(s) || strings.HasPrefix(s, "alias/") && IsToken(s)
}

// IsAWSManaged reports whether the key is named by an alias of AWS's own,
// alias/aws/….
func (k Key) IsAWSManaged() bool { return strings.HasPrefix(k.Name, "alias/aws/") }

// IsMultiRegion reports whether the key id is that of a multi-Region key.
func (k Key) IsMultiRegion() bool { return strings.HasPrefix(k.ID, "mrk-") }
