package model

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// KeyField is a place in a request or response that names a KMS key, or that
// says how the key beside it is to be understood.
type KeyField struct {
	Operation string
	Direction Direction
	// Path is as in Walk, e.g. "outputDataConfig.s3OutputDataConfig.kmsKeyId".
	Path string
	// Shape is the shape of the leaf.
	Shape string
	// Required is that of the leaf in its own structure, which itself may be
	// optional.
	Required bool
	Role     Role
}

// keyNames decide which members are key fields. Names are all there is to go
// by: no model marks a KMS key.
type keyNames struct {
	// key matches member names that speak of a KMS key by themselves; notKey
	// takes back those that speak of something else about it.
	key, notKey *regexp.Regexp
	// bare matches names that mean a KMS key only where the shape around them
	// or their own shape, matched by kms, says so.
	bare, kms *regexp.Regexp
	// companion matches names of companions, bareCompanion those that are one
	// only in a shape that context matches.
	companion, bareCompanion, context *regexp.Regexp
}

var names = sync.OnceValue(func() *keyNames {
	re := func(s string) *regexp.Regexp { return regexp.MustCompile("(?i)" + s) }
	return &keyNames{
		key:    re(`kms.*key|key.*kms|encryption_?key|kms_?arn|cmk`),
		notKey: re(`(status|state|spec|source|seconds)$`),
		bare:   re(`^key(id|arn)$`),
		kms:    re(`kms|^parameterkeyid$`),
		companion: re(`encryptioncontext$|^kmscontext$|ssealgorithm$|^serversideencryption$` +
			`|^(key|sse|encryption|storageencryption)type$|^encryptionmode$|^awsownedkey$` +
			`|^(storage)?encrypted$|^encryptionenabled$|^bucketkeyenabled$` +
			`|^kmskey(status|state)$|^kms.*seconds$`),
		bareCompanion: re(`^(type|enabled|status)$`),
		context:       re(`encrypt|sse|kms`),
	}
})

// isKey says whether m, a member of parent that refers to sh, names a KMS key.
func (n *keyNames) isKey(parent *Shape, m *Member, sh *Shape) bool {
	if sh.Type != TypeString {
		return false
	}
	if n.bare.MatchString(m.Name) {
		return n.kms.MatchString(parent.Name) || n.kms.MatchString(sh.Name)
	}
	return n.key.MatchString(m.Name) && !n.notKey.MatchString(m.Name)
}

// isCompanion is asked about the siblings of a key.
func (n *keyNames) isCompanion(parent *Shape, m *Member, sh *Shape) bool {
	if sh.Type == TypeStructure || sh.Type == TypeList {
		return false
	}
	return n.companion.MatchString(m.Name) ||
		n.bareCompanion.MatchString(m.Name) && n.context.MatchString(parent.Name)
}

// KeyFields returns every key field in the input and output of every
// operation, sorted by operation, direction and path.
//
// A Key is a string, or an element of a list of strings, whose name speaks of a
// KMS key; a Companion is a sibling of a Key whose name says which kind of key
// or encryption is meant, or with which encryption context. What a model does
// not show is not found: keys inside maps with free keys (the attributes of SQS
// and SNS), inside policy documents (OpenSearch Serverless), or named as an
// "id" of their own API, which is why KMS itself has none.
func (s *Service) KeyFields() []KeyField {
	holders := s.keyHolders()
	var out []KeyField
	for _, name := range slices.Sorted(maps.Keys(s.Operations)) {
		op := s.Operations[name]
		out = append(out, s.keyFields(op.Name, Input, op.Input, holders)...)
		out = append(out, s.keyFields(op.Name, Output, op.Output, holders)...)
	}
	return out
}

// keyFields returns those of one side of an operation, sorted by path.
func (s *Service) keyFields(op string, d Direction, root string, holders map[*Shape]bool) []KeyField {
	if root == "" {
		return nil
	}
	var out []KeyField
	n := names()
	w := walker{service: s, open: map[*Shape]bool{}}
	w.visit = func(path string, parent *Shape, m *Member, sh *Shape) error {
		if !holders[parent] {
			return nil
		}
		f := KeyField{Operation: op, Direction: d, Path: path, Shape: m.Shape, Required: m.Required}
		switch {
		case n.isKey(parent, m, s.leaf(sh)):
			f.Role = Key
			if sh.Type == TypeList {
				f.Path += "[]"
			}
		case n.isCompanion(parent, m, sh):
			f.Role = Companion
		default:
			return nil
		}
		out = append(out, f)
		return nil
	}
	if err := w.enter("", s.Shapes[root]); err != nil {
		// The visitor returns no error.
		panic("model: key fields: " + err.Error())
	}
	slices.SortFunc(out, func(a, b KeyField) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// leaf returns the shape of a list's elements, or the shape itself.
func (s *Service) leaf(sh *Shape) *Shape {
	if sh.Element != nil {
		return s.Shapes[sh.Element.Shape]
	}
	return sh
}

// keyHolders returns the structures that have a Key as a direct member.
func (s *Service) keyHolders() map[*Shape]bool {
	holders := map[*Shape]bool{}
	for _, sh := range s.Shapes {
		for i := range sh.Members {
			m := &sh.Members[i]
			if names().isKey(sh, m, s.leaf(s.Shapes[m.Shape])) {
				holders[sh] = true
				break
			}
		}
	}
	return holders
}
