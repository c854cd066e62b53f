package apply_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/wire"
)

// late is an estate that loses the answer to the call that cuts a version, and tells of the alias for a
// while afterwards what was there before.
type late struct {
	fix.Estate
	lose  bool
	stale wire.Object
	reads int
}

func (l *late) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	cuts := c.Operation == "UpdateAgentAlias" && !c.Input.Has("routingConfiguration")
	if cuts && l.stale == nil {
		out, err := l.Estate.Call(ctx, at, fix.Call{Service: c.Service, Operation: "GetAgentAlias", Input: c.Input.Pick("agentId", "agentAliasId")})
		if err != nil {
			return nil, err
		}
		l.stale, l.reads = out, 3
		if out, err = l.Estate.Call(ctx, at, c); err != nil || !l.lose {
			return out, err
		}
		return nil, errors.New("read: connection timed out")
	}
	if c.Operation == "GetAgentAlias" && l.reads > 0 && c.Input.Text("agentAliasId") == l.stale.Text("agentAlias.agentAliasId") {
		l.reads--
		return l.stale, nil
	}
	return l.Estate.Call(ctx, at, c)
}

// TestVersionsLate: a version that was cut is waited for when the alias does not show it yet, with and
// without an answer; it is not cut again.
func TestVersionsLate(t *testing.T) {
	for _, lose := range []bool{false, true} {
		b := pinned(t)
		plan := b.publishAll(newKey)
		j := journal(t, plan)
		e := &late{Estate: b.Estate(), lose: lose}
		o := apply.Options{Estate: e, Told: told(t), Poll: time.Microsecond, Pause: time.Microsecond}
		if err := apply.Apply(t.Context(), j, o); err != nil {
			t.Fatal(err)
		}
		b.production()
		if e.reads != 0 || e.stale == nil {
			t.Errorf("%d reads are left", e.reads)
		}
		var got []string
		for _, v := range b.do("bedrock-agent ListAgentVersions", `{"agentId": "$agent"}`).Objects("agentVersionSummaries") {
			got = append(got, v.Text("agentVersion"))
		}
		if d := cmp.Diff([]string{"DRAFT", "1", "2"}, got); d != "" {
			t.Errorf("lost is %t: %s", lose, d)
		}
	}
}
