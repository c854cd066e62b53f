package awsjson

import (
	"bytes"
	"encoding/base64"
	"testing"
)

type encryptInput struct {
	KeyId               string            `json:",omitempty"`
	Plaintext           []byte            `json:",omitempty"`
	EncryptionContext   map[string]string `json:",omitempty"`
	GrantTokens         []string          `json:",omitempty"`
	EncryptionAlgorithm string            `json:",omitempty"`
	DryRun              bool              `json:",omitempty"`
}

type encryptOutput struct {
	CiphertextBlob      []byte `json:",omitempty"`
	KeyId               string `json:",omitempty"`
	EncryptionAlgorithm string `json:",omitempty"`
}

const benchKey = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// BenchmarkDecodeEncrypt decodes and checks the body of Encrypt with 1 KiB of plaintext.
func BenchmarkDecodeEncrypt(b *testing.B) {
	plaintext := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7, 99, 250, 31}, 256))
	for _, bm := range []struct{ name, body string }{
		{"plain", `{"KeyId":"` + benchKey + `","Plaintext":"` + plaintext + `"}`},
		{"context", `{"EncryptionContext":{"tenant":"t-123","purpose":"invoice"},"KeyId":"` + benchKey + `","Plaintext":"` + plaintext + `","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}`},
	} {
		b.Run(bm.name, func(b *testing.B) {
			d := newDecoder[encryptInput](b, kms(b), "Encrypt")
			body := []byte(bm.body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if in, err := d.Decode(body); err != nil || len(in.Plaintext) != 1024 {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncodeEncrypt encodes the output of Encrypt for 1 KiB of plaintext.
func BenchmarkEncodeEncrypt(b *testing.B) {
	e, err := NewEncoder[encryptOutput](kms(b), "Encrypt")
	if err != nil {
		b.Fatal(err)
	}
	out := &encryptOutput{CiphertextBlob: make([]byte, 1176), KeyId: benchKey, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = e.Append(buf[:0], out)
	}
	b.SetBytes(int64(len(buf)))
}
