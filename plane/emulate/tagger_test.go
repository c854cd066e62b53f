package emulate

import "testing"

// TestAtMost: as many tags as a resource can have are allowed, and no more.
func TestAtMost(t *testing.T) {
	allowed := AtMost(50, "TooManyTagsException", "%d tags at the most", 50)
	if err := allowed(&Request{}, nil, 50); err != nil {
		t.Error(err)
	}
	if err := allowed(&Request{}, nil, 51); err == nil || err.Error() != "TooManyTagsException: 50 tags at the most" {
		t.Error(err)
	}
}
