package registry

import (
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
)

// optional is the member around values of partial updates: what has no wrapper stays, what has
// an empty one goes. Around a structure, the members of the structure have wrappers too.
// Source: https://docs.aws.amazon.com/agent-registry-control/latest/APIReference/API_UpdatedDescription.html
const optional = "optionalValue"

// patch changes the members that an update has wrappers of.
func patch(old, update wire.Object) wire.Object {
	out := old.With(nil)
	for name, v := range update {
		wrapper, _ := v.(wire.Object)
		if !isWrapper(wrapper) {
			out[name] = v
			continue
		}
		if out[name] = patched(old.Object(name), wrapper[optional]); out[name] == nil {
			delete(out, name)
		}
	}
	return out
}

func patched(old wire.Object, value any) any {
	fields, ok := value.(wire.Object)
	if !ok || len(fields) == 0 {
		return value
	}
	for _, v := range fields {
		if inner, ok := v.(wire.Object); !ok || !isWrapper(inner) {
			return value
		}
	}
	return patch(old, fields)
}

// isWrapper says whether an object is the wrapper of a value, or of none.
func isWrapper(o wire.Object) bool {
	return o != nil && !slices.ContainsFunc(names(o), func(name string) bool { return name != optional })
}

func names(o wire.Object) []string {
	out := make([]string, 0, len(o))
	for name := range o {
		out = append(out, name)
	}
	return out
}
