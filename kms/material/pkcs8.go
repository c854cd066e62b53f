package material

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"

	"filippo.io/mldsa"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// maxPKCS8 bounds what is parsed, in bytes: what the API takes. RSA_4096 needs 2,400.
const maxPKCS8 = 6144

// Object identifiers of RFC 3279, RFC 5480, SEC 2, RFC 8410, RFC 9881 and RFC 9935.
var (
	oidRSA       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEC        = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidP256      = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	oidP384      = asn1.ObjectIdentifier{1, 3, 132, 0, 34}
	oidP521      = asn1.ObjectIdentifier{1, 3, 132, 0, 35}
	oidSecp256k1 = asn1.ObjectIdentifier{1, 3, 132, 0, 10}
	oidEd25519   = asn1.ObjectIdentifier{1, 3, 101, 112}
	oidMLDSA44   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17}
	oidMLDSA65   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}
	oidMLDSA87   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 19}
	oidMLKEM512  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 1}
	oidMLKEM768  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 2}
	oidMLKEM1024 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 3}
)

// algorithmOID is the algorithm of a spec's keys in PKCS#8 and SubjectPublicKeyInfo.
func algorithmOID(s Spec) asn1.ObjectIdentifier {
	switch s {
	case RSA2048, RSA3072, RSA4096:
		return oidRSA
	case P256, P384, P521, Secp256k1:
		return oidEC
	case Ed25519:
		return oidEd25519
	case MLDSA44:
		return oidMLDSA44
	case MLDSA65:
		return oidMLDSA65
	case MLDSA87:
		return oidMLDSA87
	case MLKEM512:
		return oidMLKEM512
	case MLKEM768:
		return oidMLKEM768
	case MLKEM1024:
		return oidMLKEM1024
	}
	return nil
}

// curveOID is the curve of an elliptic spec, else nil.
func curveOID(s Spec) asn1.ObjectIdentifier {
	switch s {
	case P256:
		return oidP256
	case P384:
		return oidP384
	case P521:
		return oidP521
	case Secp256k1:
		return oidSecp256k1
	}
	return nil
}

// pkcs8 is PrivateKeyInfo of RFC 5208, OneAsymmetricKey of RFC 5958 without what may
// follow.
type pkcs8 struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
}

// ecPrivateKey is that of RFC 5915.
type ecPrivateKey struct {
	Version int
	Scalar  []byte
	Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	Public  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

// parsePKCS8 reads a key of exactly the spec. Errors name no bytes.
func parsePKCS8(s Spec, der []byte) (any, error) {
	if len(der) > maxPKCS8 {
		return nil, fmt.Errorf("%d bytes, more than %d", len(der), maxPKCS8)
	}
	var p pkcs8
	if rest, err := asn1.Unmarshal(der, &p); err != nil {
		return nil, errors.New("not an unencrypted PKCS#8 private key in DER")
	} else if len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes follow the PKCS#8 private key", len(rest))
	}
	if p.Version != 0 && p.Version != 1 {
		return nil, fmt.Errorf("PKCS#8 version %d is unknown", p.Version)
	}
	if !p.Algorithm.Algorithm.Equal(algorithmOID(s)) {
		return nil, fmt.Errorf("the private key is of algorithm %s, not %s", p.Algorithm.Algorithm, algorithmOID(s))
	}
	switch s {
	case RSA2048, RSA3072, RSA4096:
		return parseRSA(s, der)
	case P256, P384, P521, Secp256k1:
		return parseEC(s, p)
	case Ed25519:
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, errors.New("not a valid Ed25519 private key")
		}
		return key, nil
	case MLDSA44, MLDSA65, MLDSA87:
		seed, err := parseSeed(p, mldsa.PrivateKeySize)
		if err != nil {
			return nil, err
		}
		return mldsa.NewPrivateKey(parameters(s), seed)
	default:
		seed, err := parseSeed(p, kemSeed)
		if err != nil {
			return nil, err
		}
		return newDecapsulator(s, seed)
	}
}

func parseRSA(s Spec, der []byte) (any, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("not a valid RSA private key")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA private key")
	}
	if n := key.N.BitLen(); n != modulusBits(s) {
		return nil, fmt.Errorf("the modulus has %d bits", n)
	}
	if len(key.Primes) != 2 {
		return nil, fmt.Errorf("the modulus is of %d primes, not 2", len(key.Primes))
	}
	return key, nil
}

func parseEC(s Spec, p pkcs8) (any, error) {
	var curve asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(p.Algorithm.Parameters.FullBytes, &curve); err != nil || len(rest) > 0 {
		return nil, errors.New("the curve is not a named one")
	}
	if !curve.Equal(curveOID(s)) {
		return nil, fmt.Errorf("the curve is %s, not %s", curve, curveOID(s))
	}
	var k ecPrivateKey
	if rest, err := asn1.Unmarshal(p.PrivateKey, &k); err != nil || len(rest) > 0 || k.Version != 1 {
		return nil, errors.New("not a valid EC private key")
	}
	if len(k.Curve) > 0 && !k.Curve.Equal(curve) {
		return nil, errors.New("the EC private key names two curves")
	}
	size := scalarSize(s)
	if len(k.Scalar) > size {
		return nil, fmt.Errorf("the private scalar has %d bytes, more than %d", len(k.Scalar), size)
	}
	// Some tools leave out leading zeros.
	scalar := make([]byte, size)
	copy(scalar[size-len(k.Scalar):], k.Scalar)
	key, public, err := newEC(s, scalar)
	if err != nil {
		return nil, err
	}
	if k.Public.BitLength > 0 && string(k.Public.RightAlign()) != string(public) {
		return nil, errors.New("the public key is not that of the private key")
	}
	return key, nil
}

// newEC returns the key of a scalar, and its uncompressed public point.
func newEC(s Spec, scalar []byte) (key any, public []byte, err error) {
	if s == Secp256k1 {
		var n secp256k1.ModNScalar
		if overflow := n.SetByteSlice(scalar); overflow || n.IsZero() {
			return nil, nil, errors.New("the private scalar is out of range")
		}
		k := secp256k1.NewPrivateKey(&n)
		return k, k.PubKey().SerializeUncompressed(), nil
	}
	k, err := ecdsa.ParseRawPrivateKey(curve(s), scalar)
	if err != nil {
		return nil, nil, errors.New("the private scalar is out of range")
	}
	public, err = k.PublicKey.Bytes()
	return k, public, err
}

// parseSeed reads the seed form of RFC 9881 and RFC 9935: [0] IMPLICIT OCTET STRING.
func parseSeed(p pkcs8, size int) ([]byte, error) {
	if len(p.Algorithm.Parameters.FullBytes) > 0 {
		return nil, errors.New("the algorithm has parameters")
	}
	b := p.PrivateKey
	if len(b) != 2+size || b[0] != 0x80 || int(b[1]) != size {
		return nil, fmt.Errorf("the private key is not in seed form, [0] of %d bytes", size)
	}
	return b[2:], nil
}

// marshalPKCS8 is the canonical form: the one that DER, RFC 5915 with the public key and
// the seed forms give.
func marshalPKCS8(s Spec, key any) ([]byte, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey:
		return x509.MarshalPKCS8PrivateKey(k)
	case *secp256k1.PrivateKey:
		public := k.PubKey().SerializeUncompressed()
		inner, err := asn1.Marshal(ecPrivateKey{
			Version: 1, Scalar: k.Serialize(),
			Public: asn1.BitString{Bytes: public, BitLength: 8 * len(public)},
		})
		if err != nil {
			return nil, err
		}
		return asn1.Marshal(pkcs8{Algorithm: identifier(s), PrivateKey: inner})
	case *mldsa.PrivateKey:
		return marshalSeed(s, k.Bytes())
	case decapsulator:
		return marshalSeed(s, k.seed())
	}
	return nil, fmt.Errorf("no encoding for %T", key)
}

func marshalSeed(s Spec, seed []byte) ([]byte, error) {
	return asn1.Marshal(pkcs8{Algorithm: identifier(s), PrivateKey: append([]byte{0x80, byte(len(seed))}, seed...)})
}

// identifier is the AlgorithmIdentifier of a spec that x509 does not know.
func identifier(s Spec) pkix.AlgorithmIdentifier {
	id := pkix.AlgorithmIdentifier{Algorithm: algorithmOID(s)}
	if s == Secp256k1 {
		id.Parameters.FullBytes = []byte{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a} // oidSecp256k1
	}
	return id
}

// subjectPublicKeyInfo is that of RFC 5280.
type subjectPublicKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	PublicKey asn1.BitString
}

// PublicKey returns the public key as a SubjectPublicKeyInfo (DER), as GetPublicKey does.
// Symmetric and HMAC keys have none.
func (m *Material) PublicKey() ([]byte, error) {
	var point []byte
	switch k := m.hidden().key.(type) {
	case *rsa.PrivateKey:
		return x509.MarshalPKIXPublicKey(&k.PublicKey)
	case *ecdsa.PrivateKey:
		return x509.MarshalPKIXPublicKey(&k.PublicKey)
	case ed25519.PrivateKey:
		return x509.MarshalPKIXPublicKey(k.Public())
	case *secp256k1.PrivateKey:
		point = k.PubKey().SerializeUncompressed()
	case *mldsa.PrivateKey:
		point = k.PublicKey().Bytes()
	case decapsulator:
		point = k.public()
	default:
		return nil, fail(Unsupported, "A key of spec %s has no public key.", m.spec)
	}
	return asn1.Marshal(subjectPublicKeyInfo{identifier(m.spec), asn1.BitString{Bytes: point, BitLength: 8 * len(point)}})
}

func modulusBits(s Spec) int {
	switch s {
	case RSA2048:
		return 2048
	case RSA3072:
		return 3072
	}
	return 4096
}

func curve(s Spec) elliptic.Curve {
	switch s {
	case P256:
		return elliptic.P256()
	case P384:
		return elliptic.P384()
	}
	return elliptic.P521()
}

func scalarSize(s Spec) int {
	if s == Secp256k1 {
		return 32
	}
	return (curve(s).Params().BitSize + 7) / 8
}

func parameters(s Spec) mldsa.Parameters {
	switch s {
	case MLDSA44:
		return mldsa.MLDSA44()
	case MLDSA65:
		return mldsa.MLDSA65()
	}
	return mldsa.MLDSA87()
}
