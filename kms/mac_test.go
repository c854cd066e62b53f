package kms

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha512"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// Traps 14, 16 and 19.
func TestMac(t *testing.T) {
	w := newWorld(t)
	k := w.keyOf(t, material.HMAC512, material.GenerateVerifyMac)
	out := ok[*GenerateMacOutput](t)(w.GenerateMac(t.Context(), user("a"), &GenerateMacInput{KeyId: k.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_512"}))
	h := hmac.New(sha512.New, w.entry(t, k.KeyId).now.Load().materials[soleMaterial].Bytes())
	h.Write([]byte("m"))
	if !bytes.Equal(out.Mac, h.Sum(nil)) || out.KeyId != k.Arn || out.MacAlgorithm != "HMAC_SHA_512" {
		t.Errorf("%+v", out)
	}
	verify := func(message string, mac []byte, algorithm string) (*VerifyMacOutput, error) {
		return w.VerifyMac(t.Context(), user("a"), &VerifyMacInput{KeyId: k.KeyId, Message: []byte(message), Mac: mac, MacAlgorithm: algorithm})
	}
	if got, want := inJSON(t, ok[*VerifyMacOutput](t)(verify("m", out.Mac, "HMAC_SHA_512"))), `{"KeyId":"`+k.Arn+`","MacValid":true,"MacAlgorithm":"HMAC_SHA_512"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, bad := range [][]byte{nil, out.Mac[:63], append(bytes.Clone(out.Mac), 0), bytes.Repeat([]byte{0}, 64)} {
		_, err := verify("m", bad, "HMAC_SHA_512")
		wantError(t, err, InvalidMac, "")
	}
	_, err := verify("M", out.Mac, "HMAC_SHA_512")
	wantError(t, err, InvalidMac, "")

	small := w.keyOf(t, material.HMAC224, material.GenerateVerifyMac)
	_, err = w.GenerateMac(t.Context(), user("a"), &GenerateMacInput{KeyId: small.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})
	wantError(t, err, InvalidKeyUsage, "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.")
	symmetric := w.create(t, nil)
	_, err = w.GenerateMac(t.Context(), user("a"), &GenerateMacInput{KeyId: symmetric.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})
	wantError(t, err, InvalidKeyUsage, symmetric.Arn+" key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.")
	_, err = w.VerifyMac(t.Context(), user("a"), &VerifyMacInput{KeyId: symmetric.KeyId, Message: []byte("m"), Mac: out.Mac, MacAlgorithm: "HMAC_SHA_256"})
	wantError(t, err, InvalidKeyUsage, symmetric.Arn+" key usage is ENCRYPT_DECRYPT which is not valid for VerifyMac.")
}
