package apply

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// counting are members that count what was written, so that they differ after a change and its
// way back, random those that differ from plane to plane.
var (
	counting = []string{"Version", "VersionId", "versionId", "policyVersion", "RevisionId", "revisionId", "VersionIdsToStages", "lineageMetadata", "LastUpdateTimestamp", "agentAliasHistoryEvents"}
	random   = []string{"CurrentKeyMaterialId", "RoleId", "UserId", "GrantToken"}
)

// still is an answer without some members, its policies in one order.
func still(v any, without []string) any {
	switch v := v.(type) {
	case wire.Object:
		out := wire.Object{}
		for name, inner := range v {
			if !slices.Contains(without, name) {
				out[name] = still(inner, without)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = still(v[i], without)
		}
		return out
	case string:
		var document map[string]any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &document) == nil {
			return document
		}
	}
	return v
}

// look is all that a plan's steps are about, and all keys, aliases, grants and identities of its
// places: every member of it.
func (e *estate) look(t *testing.T) []string {
	t.Helper()
	e.mu.Lock()
	seen := e.at.seen
	e.mu.Unlock()
	if seen != nil {
		return seen
	}
	l := &looking{t: t, e: e}
	for i := range e.fixed.Steps {
		s := &e.fixed.Steps[i]
		l.at = s.Place
		if s.State != nil && len(fix.Pieces(string(marshal(t, s.State.Read)))) == 1 {
			l.add(s.State.Read)
		}
		if s.Makes != nil {
			l.add(s.Makes.Versions.List)
		}
	}
	for i := range e.fixed.Steps {
		if at := e.fixed.Steps[i].Place; i == 0 || at != l.at {
			l.at = at
			l.keys()
			l.identities()
		}
	}
	e.mu.Lock()
	e.at.seen = l.out
	e.mu.Unlock()
	return l.out
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type looking struct {
	t   *testing.T
	e   *estate
	at  fix.Place
	out []string
}

// add reads something; a refusal is what there is to see too.
func (l *looking) add(c fix.Call) wire.Object {
	l.t.Helper()
	out, err := l.e.Call(l.t.Context(), l.at, c)
	if err != nil && fix.Code(err) == "" {
		l.t.Fatalf("%s: %v", c.Operation, err)
	}
	l.out = append(l.out, fmt.Sprintf("%s %s: %s%s", c.Operation, marshal(l.t, c.Input), marshal(l.t, still(out, slices.Concat(counting, random))), fix.Code(err)))
	return out
}

func (l *looking) ask(service, operation string, in wire.Object) wire.Object {
	l.t.Helper()
	return l.add(fix.Call{Service: service, Operation: operation, Input: in})
}

// keys looks at the keys of the customer; those that wait for their deletion are none any more.
func (l *looking) keys() {
	l.t.Helper()
	l.ask("kms", "ListAliases", wire.Object{})
	list, err := l.e.Call(l.t.Context(), l.at, fix.Call{Service: "kms", Operation: "ListKeys", Input: wire.Object{}})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, k := range list.Objects("Keys") {
		id := wire.Object{"KeyId": k.Text("KeyId")}
		read, err := l.e.Call(l.t.Context(), l.at, fix.Call{Service: "kms", Operation: "DescribeKey", Input: id})
		if err != nil {
			l.t.Fatal(err)
		}
		if read.Text("KeyMetadata.KeyState") == "PendingDeletion" {
			continue
		}
		l.ask("kms", "DescribeKey", id)
		l.ask("kms", "GetKeyPolicy", id.With(wire.Object{"PolicyName": "default"}))
		l.ask("kms", "ListGrants", id)
		l.ask("kms", "ListResourceTags", id)
		l.ask("kms", "GetKeyRotationStatus", id)
	}
}

func (l *looking) identities() {
	l.t.Helper()
	for _, kind := range []string{"Role", "User"} {
		for _, r := range l.ask("iam", "List"+kind+"s", wire.Object{}).Objects(kind + "s") {
			id := wire.Object{kind + "Name": r.Text(kind + "Name")}
			l.ask("iam", "ListAttached"+kind+"Policies", id)
			for _, name := range l.ask("iam", "List"+kind+"Policies", id).List("PolicyNames") {
				l.ask("iam", "Get"+kind+"Policy", id.With(wire.Object{"PolicyName": name}))
			}
		}
	}
}

// twice says whether a call was made again and has made another thing.
func (e *estate) twice() error {
	made := map[string]string{}
	for m := e.at; m.before != nil; m = m.before {
		if m.reply.err != nil || !strings.HasPrefix(m.call.Operation, "Create") && m.call.Operation != "UpdateConfigurationBundle" {
			continue
		}
		answer := fix.Digest(still(m.reply.out, random).(wire.Object))
		if before := made[m.call.key]; before != "" && before != answer {
			return fmt.Errorf("%s has made two things", m.call.Operation)
		}
		made[m.call.key] = answer
	}
	return nil
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
