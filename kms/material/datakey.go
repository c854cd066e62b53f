package material

// Random returns n random bytes: a data key, or the answer of GenerateRandom. The API
// bounds n to 1..1024.
func Random(n int) ([]byte, error) {
	if n < 1 || n > 1024 {
		return nil, fail(Validation, "NumberOfBytes must be between 1 and 1024.")
	}
	return random(n)
}

// DataKeyPair makes a key pair for use outside: the private key as PKCS#8, the public key
// as SubjectPublicKeyInfo, both DER. Specs are those with [Info.KeyPair].
func DataKeyPair(s Spec) (private, public []byte, err error) {
	if info, ok := Lookup(s); ok && !info.KeyPair {
		return nil, nil, fail(Validation, "%s is not a key pair spec.", s)
	}
	m, err := Generate(s)
	if err != nil {
		return nil, nil, err
	}
	public, err = m.PublicKey()
	return m.Bytes(), public, err
}
