package s3_test

import (
	"testing"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestPutAndGet(t *testing.T) {
	c := client(localtest.Open(t, estate), admin)
	makeBucket(t, c, "documents")
	put(t, c, "documents", "a/b c.txt", "hello")
	if got, err := read(t.Context(), c, "documents", "a/b c.txt"); err != nil || got != "hello" {
		t.Fatal(got, err)
	}
}
