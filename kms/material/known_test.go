package material

import (
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
)

// Known answers that need no vectors of others on disk.

// TestRFC8032: https://www.rfc-editor.org/rfc/rfc8032#section-7
func TestRFC8032(t *testing.T) {
	for _, v := range []struct{ seed, public, message, signature string }{
		{
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		},
		{
			"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		},
	} {
		m, err := Import(Ed25519, unhex(t, "302e020100300506032b657004220420"+v.seed))
		if err != nil {
			t.Fatal(err)
		}
		if public, _ := m.PublicKey(); hex.EncodeToString(public) != "302a300506032b6570032100"+v.public {
			t.Errorf("public key %x", public)
		}
		if s, err := m.Sign(Ed25519SHA512, Raw, unhex(t, v.message)); err != nil || hex.EncodeToString(s) != v.signature {
			t.Errorf("%x, %v, want %s", s, err, v.signature)
		}
	}
	// Ed25519ph of "abc"; through the API the message is a digest, which is hashed again.
	key := ed25519.NewKeyFromSeed(unhex(t, "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"))
	d := sha512.Sum512([]byte("abc"))
	const want = "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
	if !verify(key.Public(), Ed25519PHSHA512, Digest, d[:], unhex(t, want)) {
		t.Error("the signature by Ed25519ph is not accepted")
	}
	m, err := fromKey(Ed25519, key)
	if err != nil {
		t.Fatal(err)
	}
	again := sha512.Sum512(d[:])
	expected, err := key.Sign(nil, again[:], edOptions(Ed25519PHSHA512))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := m.Sign(Ed25519PHSHA512, Digest, d[:]); err != nil || string(s) != string(expected) {
		t.Errorf("trap 67: %x, %v, want the signature of the digest's digest, %x", s, err, expected)
	}
}

// TestRFC5649: https://www.rfc-editor.org/rfc/rfc5649#section-6
func TestRFC5649(t *testing.T) {
	key := unhex(t, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
	for wrapped, want := range map[string]string{
		"138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a": "c37b7e6492584340bed12207808941155068f738",
		"afbeb0f07dfbf5419200f2ccb50bb24f":                                 "466f7250617369",
	} {
		got, ok := unwrapKWP(key, unhex(t, wrapped))
		if !ok || hex.EncodeToString(got) != want {
			t.Errorf("%x, %t, want %s", got, ok, want)
		}
		if again := wrapKWP(t, key, unhex(t, want)); hex.EncodeToString(again) != wrapped {
			t.Errorf("wrapping gives %x, want %s", again, wrapped)
		}
		bad := unhex(t, wrapped)
		for i := range bad {
			bad[i] ^= 0x10
			if _, ok := unwrapKWP(key, bad); ok {
				t.Errorf("with byte %d changed it unwraps", i)
			}
			bad[i] ^= 0x10
		}
	}
	for _, n := range []int{0, 7, 8, 15, 17, 23} {
		if _, ok := unwrapKWP(key, make([]byte, n)); ok {
			t.Errorf("%d bytes unwrap", n)
		}
	}
	if _, ok := unwrapKWP(key[:23], make([]byte, 24)); ok {
		t.Error("a key of 23 bytes unwraps")
	}
}

// TestJefe is case 2 of https://www.rfc-editor.org/rfc/rfc4231#section-4.3
func TestJefe(t *testing.T) {
	for s, want := range map[Spec]string{
		HMAC224: "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
		HMAC256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		HMAC384: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
		HMAC512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
	} {
		info, _ := Lookup(s)
		got, err := newMaterial(s, []byte("Jefe"), nil).Mac(info.Algorithms(GenerateVerifyMac)[0], []byte("what do ya want for nothing?"))
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%s: %x, %v, want %s", s, got, err, want)
		}
	}
}

// TestRFC6979: https://www.rfc-editor.org/rfc/rfc6979#appendix-A.2.5
func TestRFC6979(t *testing.T) {
	key, _, err := newEC(P256, unhex(t, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))
	if err != nil {
		t.Fatal(err)
	}
	s := derSignature(t, number(t, "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"), number(t, "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"))
	if err := newMaterial(P256, nil, key).Verify(ECDSASHA256, Raw, []byte("sample"), s); err != nil {
		t.Error(err)
	}
}

// TestSatoshi is the deterministic signature that libraries for secp256k1 agree on, with
// the private key 1.
func TestSatoshi(t *testing.T) {
	key, point, err := newEC(Secp256k1, append(make([]byte, 31), 1))
	if err != nil {
		t.Fatal(err)
	}
	const generator = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
	if hex.EncodeToString(point) != generator {
		t.Errorf("the point is %x", point)
	}
	s, err := newMaterial(Secp256k1, nil, key).Sign(ECDSASHA256, Raw, []byte("Satoshi Nakamoto"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(s, &got); err != nil {
		t.Fatal(err)
	}
	want := "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8 2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
	if text := got.R.Text(16) + " " + got.S.Text(16); text != want {
		t.Errorf("signature is %s, want %s", text, want)
	}
}

// TestCDH is COUNT = 0 of P-256 in
// https://csrc.nist.gov/CSRC/media/Projects/Cryptographic-Algorithm-Validation-Program/documents/components/ecccdhtestvectors.zip
func TestCDH(t *testing.T) {
	key, _, err := newEC(P256, unhex(t, "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"))
	if err != nil {
		t.Fatal(err)
	}
	peer := unhex(t, "3059301306072a8648ce3d020106082a8648ce3d03010703420004"+
		"700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"+"db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac")
	got, err := newMaterial(P256, nil, key).Derive(ECDH, peer)
	if want := "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"; err != nil || hex.EncodeToString(got) != want {
		t.Errorf("%x, %v, want %s", got, err, want)
	}
}

// TestSeedForms are the examples of appendix C of RFC 9881 and RFC 9935, whose seed counts
// from 00 up.
func TestSeedForms(t *testing.T) {
	const counting = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	more := counting + strings.NewReplacer("00", "20").Replace("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f")
	for s, want := range map[Spec]string{
		MLDSA44:   "3034020100300b060960864801650304031104228020" + counting,
		MLDSA65:   "3034020100300b060960864801650304031204228020" + counting,
		MLDSA87:   "3034020100300b060960864801650304031304228020" + counting,
		MLKEM512:  "3054020100300b060960864801650304040104428040" + more,
		MLKEM768:  "3054020100300b060960864801650304040204428040" + more,
		MLKEM1024: "3054020100300b060960864801650304040304428040" + more,
	} {
		m, err := Import(s, unhex(t, want))
		if err != nil || hex.EncodeToString(m.Bytes()) != want {
			t.Errorf("%s: %v", s, err)
		}
	}
}
