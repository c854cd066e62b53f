package cloudtrail

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// TestRecordings: everything that the table names exists in the models, so that a renamed
// shape does not become visible; and every API is there whose services are not typed.
func TestRecordings(t *testing.T) {
	for _, name := range model.Services() {
		_, ok := recordings[name]
		if typed := slices.Contains([]string{"iam", "kms", "sts"}, name); ok == typed {
			t.Errorf("%s: in recordings: %t; how its calls are recorded is a row there, {} where nothing is known", name, ok)
		}
	}
	for name, rec := range recordings {
		m, err := model.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, sh := range slices.Concat(rec.hidden, rec.shown) {
			if !hasShape(m, sh) {
				t.Errorf("%s has no shape %s", name, sh)
			}
		}
		operations := slices.Concat(rec.reads, rec.data, slices.Collect(maps.Keys(rec.names)))
		for _, operation := range operations {
			if operation != "*" && m.Operations[operation] == nil {
				t.Errorf("%s has no operation %s", name, operation)
			}
		}
		for operation, members := range rec.only {
			hasMembers(t, m, operation, members, func(op *model.Operation) string { return op.Input })
		}
		for operation, members := range rec.answers {
			hasMembers(t, m, operation, members, func(op *model.Operation) string { return op.Output })
		}
	}
}

func hasShape(m *model.Service, name string) bool {
	of, member, ok := strings.Cut(name, ".")
	if !ok {
		return m.Shapes[name] != nil
	}
	for _, sh := range m.Shapes {
		if (of == "*" || of == sh.Name) && sh.Member(member) != nil {
			return true
		}
	}
	return false
}

func hasMembers(t *testing.T, m *model.Service, operation string, members []string, side func(*model.Operation) string) {
	t.Helper()
	op := m.Operations[operation]
	if op == nil {
		t.Errorf("%s has no operation %s", m.Name, operation)
		return
	}
	for _, member := range members {
		if m.Shapes[side(op)].Member(member) == nil {
			t.Errorf("%s %s has no member %s", m.Name, operation, member)
		}
	}
}
