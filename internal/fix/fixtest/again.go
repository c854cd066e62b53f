package fixtest

import (
	"bytes"
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
)

// Again writes and reads a plan.
func Again(t testing.TB, p *fix.Plan) *fix.Plan {
	t.Helper()
	var b bytes.Buffer
	if err := fix.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	out, err := fix.Read(b.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	return out
}
