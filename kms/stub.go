package kms

import "context"

// What stands here is being written; each goes to the file of its subject.

// storeFor finds the custom key store in which a key is to be created, and checks that it
// is connected and fits the request, an external key included. The request is authorized
// and names a store, with the origin of one.
func (s *Service) storeFor(context.Context, *Call, *CreateKeyInput) (*keyStore, error) {
	return nil, fail(CustomKeyStoreNotFound, "")
}

// sealExternal encrypts for a key in an external key store and openExternal decrypts what
// it made, both for an operation of the caller. The ciphertext is bound to the key and the
// encryption context; externalHeader tells the id of the key of one, and whether it is one.
// Nothing of it is authenticated until it is opened.
func (s *Service) sealExternal(ctx context.Context, c *Call, k *found, op string, pairs map[string]string, plaintext []byte) ([]byte, error) {
	return nil, fail(UnsupportedOperation, "")
}

func (s *Service) openExternal(ctx context.Context, c *Call, k *found, op string, pairs map[string]string, blob []byte) ([]byte, error) {
	return nil, fail(UnsupportedOperation, "")
}

func externalHeader([]byte) (keyID string, ok bool) { return "", false }

// randomStore is the answer to GenerateRandom for a key store: an external one cannot do
// it, and there are no others.
func (s *Service) randomStore(*Call, string) error { return fail(CustomKeyStoreNotFound, "") }

// expire drops the imported material of a key whose time has passed, and rotateDue rotates
// a key when it is due. settled calls both under the key's change lock, when a ValidTo or
// NextRotation has passed; they commit what they change and replace e.now. After a failure
// they are called again.
func (s *Service) expire(*entry)    {}
func (s *Service) rotateDue(*entry) {}
