package kms

import (
	"bytes"
	"crypto/fips140"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/crypto/argon2"
)

// passphraseMin is the shortest passphrase in bytes. Argon2id makes guessing slow, but no
// short text safe.
const passphraseMin = 8

// derivation says how a passphrase becomes a root key. It is no secret, and must not be
// lost: without its salt the passphrase opens nothing.
type derivation struct {
	KDF     string `json:"kdf"`     // argon2id
	Version int    `json:"version"` // of Argon2, 19 = 0x13
	Time    uint32 `json:"time"`    // passes over the memory
	Memory  uint32 `json:"memoryKiB"`
	Lanes   uint8  `json:"lanes"`
	Salt    []byte `json:"salt"`
}

// newDerivation has the second recommended option of RFC 9106, section 4: 3 passes over
// 64 MiB in 4 lanes, with a salt of 128 bits.
// Source: https://www.rfc-editor.org/rfc/rfc9106.html#section-4
func newDerivation() (derivation, error) {
	d := derivation{"argon2id", argon2.Version, 3, 64 << 10, 4, make([]byte, 16)}
	_, err := rand.Read(d.Salt)
	return d, err
}

// The bounds of what is accepted from a file. The least memory is the least that OWASP
// recommends, the rest keeps a changed file from stopping the machine.
// Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
const (
	memoryMin, memoryMax = 19 << 10, 1 << 20 // KiB
	timeMax              = 10
	lanesMax             = 16
	saltMin, saltMax     = 16, 64
	derivationMax        = 1024 // bytes of the file
)

func (d *derivation) check() error {
	switch {
	case d.KDF != "argon2id" || d.Version != argon2.Version:
		return fmt.Errorf("kdf %q of version %d is not known; this program knows argon2id of version %d", d.KDF, d.Version, argon2.Version)
	case d.Memory < memoryMin || d.Memory > memoryMax:
		return fmt.Errorf("memoryKiB is %d, not in %d … %d", d.Memory, memoryMin, memoryMax)
	case d.Time < 1 || d.Time > timeMax:
		return fmt.Errorf("time is %d, not in 1 … %d", d.Time, timeMax)
	case d.Lanes < 1 || d.Lanes > lanesMax:
		return fmt.Errorf("lanes is %d, not in 1 … %d", d.Lanes, lanesMax)
	case len(d.Salt) < saltMin || len(d.Salt) > saltMax:
		return fmt.Errorf("salt has %d bytes, not %d … %d", len(d.Salt), saltMin, saltMax)
	}
	return nil
}

// RootPassphrase derives the root key from a passphrase with Argon2id. The file at path
// keeps the salt and the parameters; with create, one that is missing is made. Say so only
// where there is no store yet, as a new salt makes another key of the same passphrase. It
// takes 64 MiB of memory and some tenths of a second.
func RootPassphrase(passphrase []byte, path string, create bool) (*Root, error) {
	if fips140.Enforced() {
		return nil, errors.New("root key from a passphrase: Argon2id is not approved by FIPS 140-3, which this process enforces; use a file or a text")
	}
	if len(passphrase) < passphraseMin {
		return nil, fmt.Errorf("root key from a passphrase: it has %d bytes, the least is %d", len(passphrase), passphraseMin)
	}
	d, err := readDerivation(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		d, err = makeDerivation(path)
	}
	if err != nil {
		return nil, fmt.Errorf("root key from a passphrase: parameters in %s: %w", path, bare(err))
	}
	key := argon2.IDKey(passphrase, d.Salt, d.Time, d.Memory, d.Lanes, rootSize)
	defer clear(key)
	return NewRoot(key)
}

func readDerivation(path string) (d derivation, err error) {
	f, err := os.Open(path)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := io.ReadAll(io.LimitReader(f, derivationMax+1))
	if err != nil {
		return d, err
	}
	if len(b) > derivationMax {
		return d, fmt.Errorf("the file holds %s", held(b, derivationMax))
	}
	return parseDerivation(b)
}

func parseDerivation(b []byte) (d derivation, err error) {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return d, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return d, errors.New("something follows the JSON object")
	}
	return d, d.check()
}

func makeDerivation(path string) (derivation, error) {
	d, err := newDerivation()
	if err != nil {
		return d, err
	}
	b, err := json.Marshal(d)
	if err != nil {
		return d, err
	}
	return d, newFile(path, append(b, '\n'))
}
