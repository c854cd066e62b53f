package kms

// What stands here is being written; each goes to the file of its subject.

// keyStore is a custom key store.
type keyStore struct{}

func (s *Service) loadKeyStore(Record) error { return nil }

// aliasesOf lists the names of a key's aliases, sorted.
func (s *Service) aliasesOf(*Key) []string { return nil }

// settled returns a key with what time has changed about it: a passed deletion date (nil:
// the key is gone), the end of Creating and Updating, expired material, due rotations.
func (s *Service) settled(e *entry) *version { return e.now.Load() }
