package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"path"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
)

// A fingerprint is the first 8 bytes, in hexadecimal, of the SHA-256 of
//
//	rule NUL type NUL identity NUL slot
//
// where type is the CloudFormation type and identity is the physical name when it
// is known, else the address within the source, else the resource part of the ARN.
// So it depends on no line, path or order, and the same named resource has the
// same one in CloudFormation, in Terraform and live.
//
// When two things of a run have the same type and identity, NUL account NUL Region
// NUL file base name are appended for both; if that does not tell them apart
// either, NUL "#2", "#3" … for the later ones in the order of the stream.

// identity tells a resource or key from others of its type.
type identity struct {
	typ, name string
	// place, at and id tell it apart when name alone is not unique in the run.
	place *inventory.Place
	at    bedlock.Position
	id    string
}

func resourceIdentity(r *inventory.Resource) identity {
	return identity{typ: r.Type, name: nameOr(firstText(plain(r.Name.Or("")), r.Address), r.ID), place: &r.Place, at: r.At, id: r.ID}
}

const keyType, replicaType = "AWS::KMS::Key", "AWS::KMS::ReplicaKey"

func keyIdentity(k *inventory.Key) identity {
	id := identity{typ: keyType, name: nameOr(k.Address, k.ID), place: &k.Place, at: k.At, id: k.ID}
	if k.Replica {
		id.typ = replicaType
	}
	return id
}

// nameOr is the name, or what of an ID does not depend on where the thing is.
func nameOr(name, id string) string {
	if name != "" {
		return name
	}
	if a, err := arn.Parse(id); err == nil {
		return a.Resource
	}
	return id
}

// apart is where the thing is: account, Region and file.
func (id identity) apart() string {
	if id.at.File == "" {
		if a, err := arn.Parse(id.id); err == nil {
			return a.Account + "\x00" + a.Region + "\x00"
		}
	}
	file := ""
	if id.at.File != "" {
		file = path.Base(id.at.File)
	}
	return plain(id.place.Account.Or("")) + "\x00" + plain(id.place.Region.Or("")) + "\x00" + file
}

// hash is FNV-1a of type and name; used to count, never shown.
func (id identity) hash() uint64 {
	h := uint64(14695981039346656037)
	for _, s := range [...]string{id.typ, "\x00", id.name} {
		for i := 0; i < len(s); i++ {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return h
}

func (id identity) fingerprint(rule, slot string, unique bool) string {
	s := rule + "\x00" + id.typ + "\x00" + id.name + "\x00" + slot
	if !unique {
		s += "\x00" + id.apart()
	}
	return digest(s)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	var b [16]byte
	hex.Encode(b[:], sum[:8])
	return string(b[:])
}

// identities counts every identity of the run.
func identities(p inventory.Parts) map[uint64]int32 {
	m := make(map[uint64]int32, len(p.Resources)+len(p.Keys))
	for i := range p.Resources {
		m[resourceIdentity(&p.Resources[i]).hash()]++
	}
	for i := range p.Keys {
		m[keyIdentity(&p.Keys[i]).hash()]++
	}
	return m
}
