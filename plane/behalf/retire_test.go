package behalf_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/local"
)

// TestRetire: the grant is gone, and the call, which answers nothing, is recorded as such
// without a complaint.
func TestRetire(t *testing.T) {
	var complaints bytes.Buffer
	w := newWorld(t, func(o *local.Options) { o.Log = slog.New(slog.NewTextHandler(&complaints, nil)) })
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	e := known.Type("AWS::Bedrock::Guardrail")
	slot := &e.Slots[0]
	s := w.subject(e, slot)
	var allowed []any
	for i := range slot.Needs {
		allowed = append(allowed, statements(w, s, &slot.Needs[i], element{})...)
	}
	call := plane.Start(w.caller, region, w.World.Now())
	sealed, err := w.World.Keys.Seal(t.Context(), call, s, w.key(t, allowed), "create", []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	grants := func() int {
		return len(w.KMS.View(account, region, sealed.Key[strings.LastIndexByte(sealed.Key, '/')+1:]).Grants)
	}
	if n := grants(); n != 1 {
		t.Fatalf("%d grants, want 1", n)
	}
	if err := w.World.Keys.Retire(t.Context(), call, s, sealed); err != nil {
		t.Fatal(err)
	}
	if n := grants(); n != 0 {
		t.Errorf("%d grants after Retire, want 0", n)
	}
	if complaints.Len() > 0 {
		t.Errorf("logged: %s", complaints.String())
	}
}
