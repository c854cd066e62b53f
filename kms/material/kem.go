package material

import (
	"crypto/mlkem"
	"fmt"

	"github.com/cloudflare/circl/kem/mlkem/mlkem512"
)

// kemSeed is the length of an ML-KEM private key in seed form, the same for all sizes.
const kemSeed = 64

// decapsulator is an ML-KEM private key; the standard library lacks ML-KEM-512.
type decapsulator interface {
	seed() []byte
	public() []byte
	encapsulate() (secret, ciphertext []byte, err error)
	decapsulate(ciphertext []byte) ([]byte, error) // of a ciphertext of the right length
}

func newDecapsulator(s Spec, seed []byte) (decapsulator, error) {
	if len(seed) != kemSeed {
		return nil, fmt.Errorf("the seed has %d bytes, not %d", len(seed), kemSeed)
	}
	switch s {
	case MLKEM512:
		_, k := mlkem512.NewKeyFromSeed(seed)
		return kem512{k, [kemSeed]byte(seed)}, nil
	case MLKEM768:
		k, err := mlkem.NewDecapsulationKey768(seed)
		return kem768{k}, err
	}
	k, err := mlkem.NewDecapsulationKey1024(seed)
	return kem1024{k}, err
}

type kem768 struct{ key *mlkem.DecapsulationKey768 }

func (k kem768) seed() []byte   { return k.key.Bytes() }
func (k kem768) public() []byte { return k.key.EncapsulationKey().Bytes() }

func (k kem768) encapsulate() (secret, ciphertext []byte, err error) {
	secret, ciphertext = k.key.EncapsulationKey().Encapsulate()
	return secret, ciphertext, nil
}

func (k kem768) decapsulate(c []byte) ([]byte, error) { return k.key.Decapsulate(c) }

type kem1024 struct{ key *mlkem.DecapsulationKey1024 }

func (k kem1024) seed() []byte   { return k.key.Bytes() }
func (k kem1024) public() []byte { return k.key.EncapsulationKey().Bytes() }

func (k kem1024) encapsulate() (secret, ciphertext []byte, err error) {
	secret, ciphertext = k.key.EncapsulationKey().Encapsulate()
	return secret, ciphertext, nil
}

func (k kem1024) decapsulate(c []byte) ([]byte, error) { return k.key.Decapsulate(c) }

type kem512 struct {
	key   *mlkem512.PrivateKey
	bytes [kemSeed]byte // the key does not keep its seed
}

func (k kem512) seed() []byte { return k.bytes[:] }

func (k kem512) public() []byte {
	b := make([]byte, mlkem512.PublicKeySize)
	k.key.Public().(*mlkem512.PublicKey).Pack(b)
	return b
}

func (k kem512) encapsulate() (secret, ciphertext []byte, err error) {
	seed, err := random(mlkem512.EncapsulationSeedSize)
	if err != nil {
		return nil, nil, err
	}
	secret, ciphertext = make([]byte, mlkem512.SharedKeySize), make([]byte, mlkem512.CiphertextSize)
	k.key.Public().(*mlkem512.PublicKey).EncapsulateTo(ciphertext, secret, seed)
	return secret, ciphertext, nil
}

func (k kem512) decapsulate(c []byte) ([]byte, error) {
	secret := make([]byte, mlkem512.SharedKeySize)
	k.key.DecapsulateTo(secret, c)
	return secret, nil
}

// Encapsulate makes a shared secret and the ciphertext that carries it.
func (m *Material) Encapsulate(a Algorithm) (secret, ciphertext []byte, err error) {
	if err := m.check(a); err != nil {
		return nil, nil, err
	}
	k, ok := m.hidden().key.(decapsulator)
	if !ok {
		return nil, nil, incompatible(a, m.spec)
	}
	return k.encapsulate()
}

// Decapsulate returns the shared secret of a ciphertext. A ciphertext of the right length
// always gives one: by the implicit rejection of FIPS 203 that of a forged one is a
// pseudo-random secret that nobody else has. One of another length is InvalidCiphertext.
func (m *Material) Decapsulate(a Algorithm, ciphertext []byte) ([]byte, error) {
	if err := m.check(a); err != nil {
		return nil, err
	}
	k, ok := m.hidden().key.(decapsulator)
	if !ok {
		return nil, incompatible(a, m.spec)
	}
	if info, _ := Lookup(m.spec); len(ciphertext) != info.Ciphertext {
		return nil, bare(InvalidCiphertext)
	}
	return k.decapsulate(ciphertext)
}
