package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// DefaultWindow is how old the last use of a key may be and still prove a slot.
const DefaultWindow = 90 * 24 * time.Hour

// proved lifts a sound slot whose key was used for this very resource within the window: the
// record of the key's last use has the encryption context that a need of the slot says, with
// the ARN or the id of the resource in it.
func (j *judge) proved(c slotCase, v *keyVerdict, s standing) standing {
	use, ok := v.key.LastUse.Get()
	if !ok || len(s.unjudged) > 0 || c.slot == nil {
		return s
	}
	at, err := time.Parse(time.RFC3339, use.Time)
	if err != nil || j.now.Sub(at) > j.window || at.After(j.now.Add(time.Hour)) {
		return s
	}
	if key, ok := Names(c.slot, c.resource, use.Context); ok {
		s.rung, s.lift = bedlock.Proved, ""
		s.evidence = append(s.evidence, evidence(v.key.LastUse.At(), fmt.Sprintf("last used by %s at %s with %s = %s (CloudTrail event %s)", use.Operation, use.Time, key, use.Context[key], use.EventID)))
	}
	return s
}

// Names says whether an encryption context names a resource, by the member that a need of the
// slot says.
func Names(slot *catalog.Slot, r *inventory.Resource, context map[string]string) (key string, ok bool) {
	for i := range slot.Needs {
		for _, key := range slices.Sorted(maps.Keys(slot.Needs[i].Context)) {
			if value := context[key]; value != "" && tells(slot.Needs[i].Context[key], value, r) {
				return key, true
			}
		}
	}
	return "", false
}

// tells says whether the value of an encryption context names the resource, where the
// catalogue has it as a template. One for all resources of a kind names none.
func tells(template, value string, r *inventory.Resource) bool {
	own := r.ID
	id := own[strings.LastIndexAny(own, "/:")+1:]
	switch {
	case !strings.HasPrefix(own, "arn:"):
		return false
	case template == unconfirmedContext:
		return value == own || value == id
	case template == "{arn}/*": // with a bucket key the bucket itself
		return value == own || strings.HasPrefix(value, own+"/")
	case template == "{arn}":
		return value == own
	case template == "{id}":
		return value == id
	case template == "{name}":
		name, ok := r.Name.Get()
		return ok && value == name
	}
	return false
}

// unconfirmedContext is the template of a context whose form is not documented.
const unconfirmedContext = "unconfirmed"
