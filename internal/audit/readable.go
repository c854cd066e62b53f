package audit

import (
	"strings"

	"github.com/bedlock/bedlock"
)

// readable writes the tokens of a text for people: <account> for what only the
// deployment tells, Key.Arn for a reference, <reason> for what is not known.
func readable(s string) string {
	const begin = "${bedlock:"
	if !strings.Contains(s, begin) {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, begin)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		var token string
		token, s, _ = strings.Cut(rest, "}")
		kind, text, _ := strings.Cut(token, ":")
		switch kind {
		case "ref":
			target, attribute, _ := reference(tokenRef + text + "}")
			b.WriteString(target)
			if attribute != "" && attribute != "Ref" {
				b.WriteString("." + attribute)
			}
		case "unknown":
			b.WriteString("<" + text + ">")
		default:
			b.WriteString("<" + kind + ">")
		}
	}
}

// readableMessage writes every text of a message for people. It is the one place
// where tokens leave the audit; what is compared or joined keeps them.
func readableMessage(m *bedlock.Message) {
	evidence := func(list []bedlock.Evidence) {
		for i := range list {
			list[i].Text = readable(list[i].Text)
		}
	}
	switch {
	case m.Slot != nil:
		s := m.Slot
		s.Key, s.Lift, s.Subject.Name = readable(s.Key), readable(s.Lift), readable(s.Subject.Name)
		evidence(s.Evidence)
	case m.Finding != nil:
		f := m.Finding
		f.Message, f.Remediation, f.Subject.Name = readable(f.Message), readable(f.Remediation), readable(f.Subject.Name)
		evidence(f.Evidence)
	}
}
