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
			c := encryptCall(b)
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

// TestAllocations: calls of other operations cost the many nothing; 2 are needed, and some
// more when the race detector takes buffers away.
func TestAllocations(t *testing.T) {
	trail, err := New(Options{Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := encryptCall(t)
	if n := testing.AllocsPerRun(1000, func() { trail.Observe(c) }); n > 6 {
		t.Errorf("%v allocations per call", n)
	}
}

func encryptCall(t testing.TB) *plane.Call {
	key := "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	return &plane.Call{
		Service: &plane.Service{Name: "kms", ReadOnly: func(string) bool { return true }}, Operation: "Encrypt", Account: home, Region: region, Began: noon, EventID: newID(), RequestID: newID(), AccessKeyID: "AKIAALICE",
		Caller: newPeople(t)["AKIAALICE"], UserAgent: "aws-sdk-go-v2/1.41.12 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/kms#1.54.1", Remote: "127.0.0.1", KMS: &kms.Call{Touched: []string{key}},
		Input:  &kms.EncryptInput{KeyId: key, Plaintext: make([]byte, 1024), EncryptionContext: map[string]string{"project": "a"}},
		Output: &kms.EncryptOutput{CiphertextBlob: make([]byte, 1200), KeyId: key, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"},
	}
}
