package material

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// Attestation is what an attestation document of a Nitro enclave or of NitroTPM says,
// after its signature and certificates were verified.
type Attestation struct {
	// ModuleID is the id of the issuing module; CloudTrail's attestationDocumentModuleId.
	ModuleID string
	// Time is when the document was made. How old a document KMS accepts is unconfirmed.
	Time time.Time
	// PCRs are the platform configuration registers of an enclave by number, 0 to 31: of
	// kms:RecipientAttestation:PCR0 and so on, as bytes. TPMPCRs are those of NitroTPM, of
	// kms:RecipientAttestation:NitroTPMPCR0 and so on. A document has one of the two.
	PCRs, TPMPCRs map[int][]byte
	// PublicKey is the recipient's.
	PublicKey *rsa.PublicKey
	// UserData and Nonce are the enclave's own, nil when absent.
	UserData, Nonce []byte

	subjectPublicKey []byte // DER
}

// ImageDigest returns PCR0 of an enclave in hexadecimal digits, the digest of its image:
// kms:RecipientAttestation:ImageSha384 and CloudTrail's
// attestationDocumentEnclaveImageDigest.
func (a *Attestation) ImageDigest() string { return hex.EncodeToString(a.PCRs[0]) }

const (
	maxDocument = 262144 // AttestationDocument of the API
	maxPayload  = 65536
	maxCert     = 1024
	maxUserData = 1024
	// es384 is ECDSA with SHA-384 in the registry of COSE, -35, as the CBOR map {1: -35}.
	es384       = "\xa1\x01\x38\x22"
	coseTag     = 18 // COSE_Sign1
	maxOptional = maxUserData
)

// OpenAttestation reads an attestation document and verifies it: signed by its
// certificate, which chains to one of the roots now. Errors are Validation; AWS's text is
// unconfirmed. The document must carry an RSA public key of 2048 to 4096 bits, as the API
// needs one. Formats:
// https://docs.aws.amazon.com/enclaves/latest/user/verify-root.html and
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/nitrotpm-attestation-document-validate.html
func OpenAttestation(document []byte, roots *x509.CertPool, now time.Time) (*Attestation, error) {
	a, err := openAttestation(document, roots, now)
	if err != nil {
		return nil, fail(Validation, "The attestation document is not valid: %v.", err)
	}
	return a, nil
}

func openAttestation(document []byte, roots *x509.CertPool, now time.Time) (*Attestation, error) {
	protected, payload, signature, err := parseSign1(document)
	if err != nil {
		return nil, err
	}
	p, err := parsePayload(payload)
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	leaf, err := verifyChain(p.certificate, p.bundle, roots, now)
	if err != nil {
		return nil, err
	}
	public, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P384() {
		return nil, fmt.Errorf("the certificate's key is not on P-384")
	}
	// Sig_structure of RFC 9052 section 4.4.
	signed := appendCBOR([]byte{0x84}, cborText, []byte("Signature1"))
	signed = appendCBOR(signed, cborBytes, protected)
	signed = appendCBOR(signed, cborBytes, nil)
	signed = appendCBOR(signed, cborBytes, payload)
	digest := sha512.Sum384(signed)
	r, s := new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:])
	if !ecdsa.Verify(public, digest[:], r, s) {
		return nil, fmt.Errorf("the signature is not that of its certificate")
	}
	return p.attestation()
}

// parseSign1 reads COSE_Sign1 of RFC 9052: [protected, {}, payload, signature].
func parseSign1(document []byte) (protected, payload, signature []byte, err error) {
	if len(document) > maxDocument {
		return nil, nil, nil, fmt.Errorf("%d bytes, more than %d", len(document), maxDocument)
	}
	r := &cborReader{b: document}
	if r.peek() == cborTag {
		if _, tag, _ := r.head(); tag != coseTag {
			r.fail("tag %d is not that of COSE_Sign1, %d", tag, coseTag)
		}
	}
	items := 0
	r.each(cborArray, "COSE_Sign1", func() {
		switch items++; items {
		case 1:
			protected = r.bytes("the protected header", len(es384), len(es384))
			if r.err == nil && string(protected) != es384 {
				r.fail("the signature algorithm is not ES384")
			}
		case 2:
			r.each(cborMap, "the unprotected header", func() { r.fail("the unprotected header is not empty") })
		case 3:
			payload = r.bytes("the payload", 1, maxPayload)
		case 4:
			signature = r.bytes("the signature", 96, 96)
		default:
			r.fail("COSE_Sign1 has more than 4 items")
		}
	})
	if r.err == nil && items != 4 {
		r.fail("COSE_Sign1 has %d items, not 4", items)
	}
	if r.err == nil && r.at != len(document) {
		r.fail("%d bytes follow the document", len(document)-r.at)
	}
	return protected, payload, signature, r.err
}

// payload is the attestation document inside, not yet trusted.
type payload struct {
	module, digest          string
	milliseconds            uint64
	pcrs, tpm               map[int][]byte
	certificate             []byte
	bundle                  [][]byte
	public, userData, nonce []byte
}

func parsePayload(b []byte) (*payload, error) {
	p := &payload{}
	r := &cborReader{b: b}
	seen := map[string]bool{}
	r.each(cborMap, "the document", func() {
		name := r.text("a name", 1, 64)
		if seen[name] {
			r.fail("%q is there twice", name)
		}
		seen[name] = true
		p.field(r, name)
	})
	if r.err == nil && r.at != len(b) {
		r.fail("%d bytes follow", len(b)-r.at)
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, name := range []string{"module_id", "digest", "timestamp", "certificate", "cabundle"} {
		if !seen[name] {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	if len(p.pcrs) == 0 && len(p.tpm) == 0 {
		return nil, fmt.Errorf("pcrs and nitrotpm_pcrs are missing")
	}
	return p, nil
}

func (p *payload) field(r *cborReader, name string) {
	switch name {
	case "module_id":
		p.module = r.text(name, 1, 1024)
	case "digest":
		p.digest = r.text(name, 1, 16)
		if r.err == nil && p.digest != "SHA384" {
			r.fail("digest is %q, not SHA384", p.digest)
		}
	case "timestamp":
		p.milliseconds = r.uint(name)
		if r.err == nil && (p.milliseconds == 0 || p.milliseconds > 1<<52) {
			r.fail("timestamp is out of range")
		}
	case "pcrs":
		p.pcrs = registers(r, name)
	case "nitrotpm_pcrs":
		p.tpm = registers(r, name)
	case "certificate":
		p.certificate = r.bytes(name, 1, maxCert)
	case "cabundle":
		r.each(cborArray, name, func() { p.bundle = append(p.bundle, r.bytes("a certificate of cabundle", 1, maxCert)) })
		if r.err == nil && len(p.bundle) == 0 {
			r.fail("cabundle is empty")
		}
	case "public_key":
		p.public = optional(r, name)
	case "user_data":
		p.userData = optional(r, name)
	case "nonce":
		p.nonce = optional(r, name)
	default:
		r.skip(0)
	}
}

// optional reads a byte string, or null where a library wrote that for an absent one.
func optional(r *cborReader, name string) []byte {
	if r.null() {
		return nil
	}
	return r.bytes(name, 0, maxOptional)
}

func registers(r *cborReader, name string) map[int][]byte {
	m := map[int][]byte{}
	r.each(cborMap, name, func() {
		i := r.uint("a number of " + name)
		if r.err == nil && (i > 31 || m[int(i)] != nil) {
			r.fail("%s has number %d twice or above 31", name, i)
			return
		}
		v := r.bytes("a value of "+name, 32, 64)
		if r.err == nil && len(v) != 32 && len(v) != 48 && len(v) != 64 {
			r.fail("a value of %s has %d bytes", name, len(v))
		}
		m[int(i)] = v
	})
	return m
}

func verifyChain(certificate []byte, bundle [][]byte, roots *x509.CertPool, now time.Time) (*x509.Certificate, error) {
	leaf, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	between := x509.NewCertPool()
	for i, der := range bundle {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("cabundle %d: %w", i, err)
		}
		between.AddCert(c)
	}
	if roots == nil {
		return nil, fmt.Errorf("no root certificate is configured")
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return leaf, nil
}

func (p *payload) attestation() (*Attestation, error) {
	if len(p.public) == 0 {
		return nil, fmt.Errorf("public_key is missing")
	}
	parsed, err := x509.ParsePKIXPublicKey(p.public)
	if err != nil {
		return nil, fmt.Errorf("public_key: %w", err)
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < 2048 || public.N.BitLen() > 4096 {
		return nil, fmt.Errorf("public_key is not RSA of 2048 to 4096 bits")
	}
	return &Attestation{
		ModuleID: p.module, Time: time.UnixMilli(int64(p.milliseconds)).UTC(), PCRs: p.pcrs, TPMPCRs: p.tpm,
		PublicKey: public, UserData: p.userData, Nonce: p.nonce, subjectPublicKey: p.public,
	}, nil
}

// appendCBOR appends a string with its length in the shortest form; none is 2^16 bytes
// long.
func appendCBOR(b []byte, major byte, s []byte) []byte {
	switch n := len(s); {
	case n < 24:
		b = append(b, major<<5|byte(n))
	case n < 1<<8:
		b = append(b, major<<5|24, byte(n))
	case n < 1<<16:
		b = append(b, major<<5|25, byte(n>>8), byte(n))
	default:
		b = append(b, major<<5|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, s...)
}
