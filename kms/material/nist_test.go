package material

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

func number(t *testing.T, s string) *big.Int { return new(big.Int).SetBytes(unhex(t, s)) }

func derSignature(t *testing.T, r, s *big.Int) []byte {
	t.Helper()
	b, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNISTKeyWrap(t *testing.T) {
	for _, name := range []string{"KWP_AD_128.txt", "KWP_AD_192.txt", "KWP_AD_256.txt"} {
		failing := 0
		for _, s := range readSections(t, name) {
			v := s.values
			if v["C"] == "" {
				continue
			}
			got, ok := unwrapKWP(unhex(t, v["K"]), unhex(t, v["C"]))
			if v["FAIL"] != "" {
				failing++
			}
			if ok != (v["FAIL"] == "") || ok && hex.EncodeToString(got) != v["P"] {
				t.Errorf("%s %s %s: %x, %t, want %s %s", name, s.header, v["COUNT"], got, ok, v["P"], v["FAIL"])
			}
		}
		if failing == 0 {
			t.Errorf("%s has nothing that must fail", name)
		}
	}
}

func TestNISTECDSA(t *testing.T) {
	for header, spec := range map[string]Spec{"[P-256,SHA-256]": P256, "[P-384,SHA-384]": P384, "[P-521,SHA-512]": P521} {
		info, _ := Lookup(spec)
		alg := info.Algorithms(SignVerify)[0]
		checked, refused := 0, 0
		for _, s := range readSections(t, "ECDSA/FIPS_186-3/SigVer.rsp") {
			v := s.values
			if s.header != header || v["Msg"] == "" {
				continue
			}
			public := &ecdsa.PublicKey{Curve: curve(spec), X: number(t, even(v["Qx"])), Y: number(t, even(v["Qy"]))}
			d, err := newMaterial(spec, nil, nil).digest(alg, Raw, unhex(t, v["Msg"]))
			if err != nil {
				t.Fatal(err)
			}
			good := strings.HasPrefix(v["Result"], "P")
			if got := verify(public, alg, Raw, d, derSignature(t, number(t, even(v["R"])), number(t, even(v["S"])))); got != good {
				t.Errorf("%s %s: verified %t", header, v["Result"], got)
			}
			checked++
			if !good {
				refused++
			}
		}
		if checked == 0 || refused == 0 {
			t.Errorf("%s: %d vectors, %d of them bad", header, checked, refused)
		}
	}
}

func even(s string) string {
	if len(s)%2 == 1 {
		return "0" + s
	}
	return s
}

func TestSecp256k1Vectors(t *testing.T) {
	checked := 0
	order := secp256k1.S256().N
	for _, s := range readSections(t, "SECP256K1/SigGen.txt") {
		v := s.values
		if s.header != "[K-256,SHA-256]" || v["Msg"] == "" {
			continue
		}
		key, point, err := newEC(Secp256k1, number(t, even(v["d"])).FillBytes(make([]byte, 32)))
		if err != nil || number(t, hex.EncodeToString(point[1:33])).Cmp(number(t, even(v["Qx"]))) != 0 {
			t.Fatalf("key %s: point %x, %v", v["d"], point, err)
		}
		m, err := fromKey(Secp256k1, key)
		if err != nil {
			t.Fatal(err)
		}
		r, low := number(t, even(v["R"])), number(t, even(v["S"]))
		high := new(big.Int).Sub(order, low)
		for _, s := range []*big.Int{low, high} { // one of them is the higher s, and good as well
			if err := m.Verify(ECDSASHA256, Raw, unhex(t, v["Msg"]), derSignature(t, r, s)); err != nil {
				t.Errorf("r %s, s %x: %v", v["R"], s, err)
			}
		}
		wantError(t, m.Verify(ECDSASHA256, Raw, []byte("another message"), derSignature(t, r, low)), InvalidSignature, "")
		checked++
	}
	if checked == 0 {
		t.Error("no vectors of SHA-256")
	}
}

func TestNISTECDH(t *testing.T) {
	for header, spec := range map[string]Spec{"[P-256]": P256, "[P-384]": P384, "[P-521]": P521} {
		checked := 0
		for _, s := range readSections(t, "KAS_ECC_CDH_PrimitiveTest.txt") {
			v := s.values
			if s.header != header || v["ZIUT"] == "" {
				continue
			}
			key, _, err := newEC(spec, number(t, even(v["dIUT"])).FillBytes(make([]byte, scalarSize(spec))))
			if err != nil {
				t.Fatal(err)
			}
			peer := &ecdsa.PublicKey{Curve: curve(spec), X: number(t, v["QCAVSx"]), Y: number(t, v["QCAVSy"])}
			der, err := x509.MarshalPKIXPublicKey(peer)
			if err != nil {
				t.Fatal(err)
			}
			secret, err := newMaterial(spec, nil, key).Derive(ECDH, der)
			if err != nil || hex.EncodeToString(secret) != v["ZIUT"] {
				t.Errorf("%s %s: %x, %v, want %s", header, v["COUNT"], secret, err, v["ZIUT"])
			}
			checked++
		}
		if checked < 20 {
			t.Errorf("%s: %d vectors", header, checked)
		}
	}
}

func TestNISTRSA(t *testing.T) {
	for file, algs := range map[string]map[string]Algorithm{
		"SigVer15_186-3.rsp":  {"SHA256": PKCS1SHA256, "SHA384": PKCS1SHA384, "SHA512": PKCS1SHA512},
		"SigVerPSS_186-3.rsp": {"SHA256": PSSSHA256, "SHA384": PSSSHA384, "SHA512": PSSSHA512},
	} {
		checked, good := 0, 0
		modulus := ""
		for _, s := range readSections(t, file) {
			v := s.values
			if v["n"] != "" {
				modulus = v["n"]
			}
			alg, ok := algs[v["SHAAlg"]]
			n := number(t, even(modulus))
			if !ok || n.BitLen() < 2048 {
				continue
			}
			public := &rsa.PublicKey{N: n, E: int(number(t, even(v["e"])).Int64())}
			d, err := newMaterial(RSA2048, nil, nil).digest(alg, Raw, unhex(t, v["Msg"]))
			if err != nil {
				t.Fatal(err)
			}
			// The salts of these PSS vectors are shorter than the hash.
			want := strings.HasPrefix(v["Result"], "P") && !pss(alg)
			if got := verify(public, alg, Raw, d, unhex(t, v["S"])); got != want {
				t.Errorf("%s %s %s: verified %t, result is %s", file, s.header, v["SHAAlg"], got, v["Result"])
			}
			checked++
			if want {
				good++
			}
		}
		if checked == 0 || good == 0 && !strings.Contains(file, "PSS") {
			t.Errorf("%s: %d vectors, %d of them good", file, checked, good)
		}
	}
}

func TestRFC4231(t *testing.T) {
	for _, f := range []struct {
		spec Spec
		name string
	}{{HMAC224, "rfc-4231-sha224.txt"}, {HMAC256, "rfc-4231-sha256.txt"}, {HMAC384, "rfc-4231-sha384.txt"}, {HMAC512, "rfc-4231-sha512.txt"}} {
		info, _ := Lookup(f.spec)
		for _, s := range readSections(t, f.name) {
			v := s.values
			m := newMaterial(f.spec, unhex(t, v["Key"]), nil)
			got, err := m.Mac(info.Algorithms(GenerateVerifyMac)[0], unhex(t, v["Msg"]))
			if err != nil || hex.EncodeToString(got) != v["MD"] {
				t.Errorf("%s key %s: %x, %v, want %s", f.name, v["Key"], got, err, v["MD"])
			}
		}
	}
}

func TestKnownMLKEM(t *testing.T) {
	for _, s := range []Spec{MLKEM512, MLKEM768, MLKEM1024} {
		name := fmt.Sprintf("kat_MLKEM_%s.rsp", string(s)[len("ML_KEM_"):])
		vectors := parseKAT(t, name)
		for _, v := range vectors {
			key, err := newDecapsulator(s, unhex(t, v["d"][:64]+v["z"]))
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(key.public()); got != v["pk"] {
				t.Errorf("%s %s: another public key", name, v["count"])
			}
			m := newMaterial(s, nil, key)
			for c, want := range map[string]string{v["ct"]: v["ss"], v["ct_n"]: v["ss_n"]} { // ct_n is rejected implicitly
				if got, err := m.Decapsulate(MLKEM, unhex(t, c)); err != nil || hex.EncodeToString(got) != want {
					t.Errorf("%s %s: secret %x, %v, want %s", name, v["count"], got, err, want)
				}
			}
		}
	}
}

func TestKnownMLDSA(t *testing.T) {
	for _, s := range []Spec{MLDSA44, MLDSA65, MLDSA87} {
		name := fmt.Sprintf("kat_MLDSA_%s_det_pure.rsp", string(s)[len("ML_DSA_"):])
		for _, v := range parseKAT(t, name) {
			key, err := mldsa.NewPrivateKey(parameters(s), unhex(t, v["xi"]))
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(key.PublicKey().Bytes()); got != v["pk"] {
				t.Errorf("%s %s: another public key", name, v["count"])
			}
			message := unhex(t, v["msg"])
			signature := unhex(t, v["sm"])
			signature = signature[:len(signature)-len(message)]
			m := newMaterial(s, nil, key)
			if err := m.Verify(MLDSASHAKE256, ExternalMu, mu(unhex(t, v["pk"]), unhex(t, v["ctx"]), message), signature); err != nil {
				t.Errorf("%s %s: %v", name, v["count"], err)
			}
		}
	}
}

// parseKAT splits a file whose blocks begin with "count =".
func parseKAT(t *testing.T, name string) []map[string]string {
	t.Helper()
	var out []map[string]string
	for line := range strings.Lines(string(vectorFile(t, name))) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if !ok {
			continue
		}
		if key == "count" {
			if n, err := strconv.Atoi(value); err != nil || n != len(out) {
				t.Fatalf("%s: count %s after %d", name, value, len(out))
			}
			out = append(out, map[string]string{})
		}
		out[len(out)-1][key] = value
	}
	if len(out) == 0 {
		t.Fatalf("%s has no vectors", name)
	}
	return out
}

// TestRFCEncodings holds our encodings of new algorithms against those of the RFCs.
func TestRFCEncodings(t *testing.T) {
	for _, f := range []struct {
		spec Spec
		name string
	}{
		{MLDSA44, "rfc9881_ml_dsa_44"}, {MLDSA65, "rfc9881_ml_dsa_65"}, {MLDSA87, "rfc9881_ml_dsa_87"},
		{MLKEM512, "rfc9935_ml_kem_512"}, {MLKEM768, "rfc9935_ml_kem_768"}, {MLKEM1024, "rfc9935_ml_kem_1024"},
	} {
		private, _ := pem.Decode(vectorFile(t, f.name+"_seed.pem"))
		public, _ := pem.Decode(vectorFile(t, f.name+"_public.pem"))
		m, err := Import(f.spec, private.Bytes)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if got := m.Bytes(); string(got) != string(private.Bytes) {
			t.Errorf("%s: private key is %x, want %x", f.name, got, private.Bytes)
		}
		if got, err := m.PublicKey(); err != nil || string(got) != string(public.Bytes) {
			t.Errorf("%s: another public key (%v)", f.name, err)
		}
		for _, form := range []string{"both", "expanded"} {
			other, _ := pem.Decode(vectorFile(t, f.name+"_"+form+".pem"))
			_, err := Import(f.spec, other.Bytes)
			wantError(t, err, InvalidMaterial, fmt.Sprintf("%s: the private key is not in seed form, [0] of %d bytes", f.spec, map[bool]int{true: 64, false: 32}[strings.Contains(f.name, "kem")]))
		}
	}
}
