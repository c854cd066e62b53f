package cloudtrail

import (
	"testing"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

// BenchmarkObserve records an Encrypt, with and without files.
func BenchmarkObserve(b *testing.B) {
	for name, dir := range map[string]string{"memory": "", "files": b.TempDir()} {
		b.Run(name, func(b *testing.B) {
			trail, err := New(Options{Dir: dir})
			if err != nil {
				b.Fatal(err)
			}
			key := "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
			c := &plane.Call{
				Service: &plane.Service{Name: "kms", ReadOnly: func(string) bool { return true }}, Operation: "Encrypt", Account: home, Region: region, Began: noon, EventID: newID(), RequestID: newID(), AccessKeyID: "AKIAALICE",
				Caller: newPeople(b)["AKIAALICE"], UserAgent: "aws-sdk-go-v2/1.41.12 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/kms#1.54.1", Remote: "127.0.0.1", KMS: &kms.Call{Touched: []string{key}},
				Input:  &kms.EncryptInput{KeyId: key, Plaintext: make([]byte, 1024), EncryptionContext: map[string]string{"project": "a"}},
				Output: &kms.EncryptOutput{CiphertextBlob: make([]byte, 1200), KeyId: key, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"},
			}
			b.ReportAllocs()
			for b.Loop() {
				trail.Observe(c)
			}
			if err := trail.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
