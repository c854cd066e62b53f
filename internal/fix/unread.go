package fix

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// unreadInput keeps an input that could not be read whole: what is in it is not planned, and
// what it says about principals and keys is not known.
func (m *maker) unreadInput(in *bedlock.Input) {
	if in != nil && in.Status == bedlock.InputFailed {
		m.plan.Unread = append(m.plan.Unread, bedlock.Evidence{Text: in.Path + ": " + in.Reason, At: in.At})
	}
}

// unreadSlot keeps a slot in scope that is not planned because nobody knows where it stands.
func (m *maker) unreadSlot(r *inventory.Resource, entry *catalog.Entry, s *bedlock.Slot) {
	if s.Rung.Judged() {
		return
	}
	e := bedlock.Evidence{Text: fmt.Sprintf("%s, %s: %s", title(entry, r), s.Subject.Slot, s.Rung)}
	if len(s.Evidence) > 0 {
		e.Text, e.At = e.Text+": "+s.Evidence[0].Text, s.Evidence[0].At
	}
	m.plan.Unread = append(m.plan.Unread, e)
}

// unreadable keeps a resource that stays as it is because it could not be read. Without its ARN the
// same reason reads the same for several.
func (m *maker) unreadable(c *choice, err error) {
	why := "its configuration could not be read: " + strings.ReplaceAll(err.Error(), c.resource.ID, "it")
	m.stuck[c.target()] = stuck{why, true}
	m.plan.Unread = append(m.plan.Unread, bedlock.Evidence{Text: c.subject.Title + ": " + why})
}

// nothing is the error of a plan without a slot.
func (m *maker) nothing() error {
	switch n := len(m.plan.Unread); n {
	case 0:
		return ErrNothing
	case 1:
		return fmt.Errorf("%w; %s", ErrNothing, m.plan.Unread[0].Text)
	default:
		return fmt.Errorf("%w; %d things could not be read", ErrNothing, n)
	}
}
