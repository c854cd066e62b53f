package kms

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bedlock/bedlock/kms/material"
)

// Root is the root key, under which the store's own key is sealed: 32 bytes. It prints
// nothing of itself.
type Root struct{ aead cipher.AEAD }

// NewRoot makes a root key of 32 bytes.
func NewRoot(key []byte) (*Root, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("root key: %d bytes, not 32", len(key))
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return &Root{aead}, nil
}

// String keeps the key out of messages.
func (r *Root) String() string { return "root key" }

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealer seals key material under the store's own key, bound to the record's place.
type sealer struct {
	aead cipher.AEAD
	key  []byte
}

// Format keeps the key out of messages, whatever the verb.
func (s sealer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("sealer")) }

func place(k Kind, id string) []byte { return []byte("bedlock/kms/v1/" + string(k) + "/" + id) }

func (s *sealer) seal(k Kind, id string, plaintext []byte) []byte {
	return s.aead.Seal(nil, nil, plaintext, place(k, id))
}

func (s *sealer) open(k Kind, id string, sealed []byte) ([]byte, error) {
	b, err := s.aead.Open(nil, nil, sealed, place(k, id))
	if err != nil {
		return nil, fmt.Errorf("record %s %s: it was not sealed with this store's key, or is damaged", k, id)
	}
	return b, nil
}

// sealID is the record of the store's own key.
const sealID = "data-key"

// newSealer opens the store's own key, or makes one for an empty store.
func newSealer(root *Root, sealed []byte) (*sealer, Record, error) {
	key := make([]byte, 32)
	if sealed == nil {
		if _, err := rand.Read(key); err != nil {
			return nil, Record{}, err
		}
	} else {
		b, err := root.aead.Open(nil, nil, sealed, place(KindSeal, sealID))
		if err != nil || len(b) != 32 {
			return nil, Record{}, errors.New("the root key is not that of the store, or the record of the store's key is damaged")
		}
		key = b
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, Record{}, err
	}
	return &sealer{aead, key}, Record{KindSeal, sealID, root.aead.Seal(nil, nil, key, place(KindSeal, sealID))}, nil
}

// Rewrap seals the store's own key under another root key, which counts from the next
// [Open] on.
func (s *Service) Rewrap(ctx context.Context, root *Root) error {
	if s.seal == nil {
		return errors.New("rewrap: the store is not sealed")
	}
	return s.store.Commit(ctx, []Record{{KindSeal, sealID, root.aead.Seal(nil, nil, s.seal.key, place(KindSeal, sealID))}})
}

// Sealer returns what seals the data of another part of the store: with a key derived from
// the store's own, so that [Service.Rewrap] covers it. Purposes are names that differ; the
// nonce is random and part of what is sealed. Of a store without a root key it lasts as
// long as the service.
func (s *Service) Sealer(purpose string) (cipher.AEAD, error) {
	own := s.unsealed
	if s.seal != nil {
		own = s.seal.key
	}
	key, err := hkdf.Key(sha256.New, own, nil, "bedlock/sealer/v1/"+purpose, rootSize)
	if err != nil {
		return nil, err
	}
	return newAEAD(key)
}

// loading gathers records until all are there, as materials and grants may come before
// their keys.
type loading struct {
	s       *Service
	sealed  []byte
	pending []Record
	grants  []loadedGrant
}

func (l *loading) record(r Record) error {
	switch r.Kind {
	case KindSeal:
		l.sealed = r.Value
	case KindKey:
		var k Key
		if err := decode(r, &k); err != nil {
			return err
		}
		e := &entry{}
		e.now.Store((&version{materials: map[string]*material.Material{}}).with(k))
		l.s.enter(e)
	case KindAlias:
		var a Alias
		if err := decode(r, &a); err != nil {
			return err
		}
		l.s.aliases[aliasID{a.Account, a.Region, a.Name}] = &a
	case KindGrant:
		return l.loadGrant(r)
	case KindMaterial, KindKeyStore, KindUsage:
		l.pending = append(l.pending, r)
	default:
		return fmt.Errorf("record %s %s: this version does not know its kind", r.Kind, r.ID)
	}
	return nil
}

func decode(r Record, v any) error {
	if err := json.Unmarshal(r.Value, v); err != nil {
		return fmt.Errorf("record %s %s: %w", r.Kind, r.ID, err)
	}
	return nil
}

func (l *loading) finish(ctx context.Context, root *Root) error {
	_, inMemory := l.s.store.(*Memory)
	if root == nil && !inMemory {
		return errNoRoot
	}
	if root == nil {
		root, _ = NewRoot(make([]byte, 32)) // nothing of it outlives the process
	}
	if l.sealed == nil && len(l.s.keys)+len(l.pending)+len(l.grants) > 0 {
		return errors.New("the record of the store's key is missing, so that its key material cannot be opened")
	}
	seal, record, err := newSealer(root, l.sealed)
	if err != nil {
		return err
	}
	l.s.seal = seal
	if l.sealed == nil {
		if err := l.s.store.Commit(ctx, []Record{record}); err != nil {
			return err
		}
	}
	for _, r := range l.pending {
		if err := l.rest(r); err != nil {
			return err
		}
	}
	if err := l.linkGrants(); err != nil {
		return err
	}
	return l.link()
}

// rest loads what belongs to a key.
func (l *loading) rest(r Record) error {
	switch r.Kind {
	case KindMaterial:
		account, region, rest, ok := splitID(r.ID)
		id, materialID, _ := cut(rest)
		e := l.s.keys[keyID{account, region, id}]
		if !ok || e == nil {
			return errKeyMissing(r)
		}
		b, err := l.s.seal.open(KindMaterial, r.ID, r.Value)
		if err != nil {
			return err
		}
		v := *e.now.Load()
		m, err := material.Parse(v.Spec, b)
		if err != nil {
			return fmt.Errorf("record %s %s: %w", r.Kind, r.ID, err)
		}
		v.materials[materialID] = m
	case KindUsage:
		return l.loadUsage(r)
	case KindKeyStore:
		return l.s.loadKeyStore(r)
	}
	return nil
}

func errKeyMissing(r Record) error {
	return fmt.Errorf("record %s %s: its key is missing", r.Kind, r.ID)
}

func cut(s string) (before, after string, ok bool) {
	for i := range len(s) {
		if s[i] == '/' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
