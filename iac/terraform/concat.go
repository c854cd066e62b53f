package terraform

import (
	"encoding/json"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// maxText bounds a text that evaluation makes, in bytes.
const maxText = 4 << 20

// concat joins parts to one text. Undecided parts make an undecided text.
func (ev *evaluator) concat(parts []graph.Value, at bedlock.Position) graph.Value {
	return distributeAll(parts, func(parts []graph.Value) graph.Value {
		j := joiner{at: at}
		for _, p := range parts {
			if isFailure(p) {
				return p
			}
			if p.Kind == graph.Absent {
				return failure("null in a text", at)
			}
			j.add(ev, p)
		}
		return j.value()
	})
}

type joiner struct {
	at    bedlock.Position
	items []graph.Value
	text  strings.Builder
	size  int
}

func (j *joiner) add(ev *evaluator, p graph.Value) {
	switch p.Kind {
	case graph.Bool, graph.Number, graph.String:
		j.write(p.Text)
	case graph.Concat:
		for _, item := range p.Items {
			j.add(ev, item)
		}
	case graph.List, graph.Map: // what jsonencode made
		j.add(ev, ev.unseal(ev.json(p), j.at))
	case graph.Ref, graph.Unknown:
		j.flush()
		if isObject(p) {
			p = graph.Unresolved("all attributes of "+addressOf(p.Target), p.At)
		}
		j.items = append(j.items, p)
	case graph.Choice:
		j.flush()
		j.items = append(j.items, graph.Unresolved(reasonOf(p), p.At))
	}
}

func (j *joiner) write(s string) {
	if j.size += len(s); j.size <= maxText {
		j.text.WriteString(s)
	}
}

func (j *joiner) flush() {
	if j.text.Len() > 0 {
		j.items = append(j.items, graph.Str(j.text.String(), j.at))
		j.text.Reset()
	}
}

func (j *joiner) value() graph.Value {
	if j.size > maxText || len(j.items) > maxItems {
		return graph.Unresolved("the text is too long", j.at)
	}
	if len(j.items) == 0 {
		return graph.Str(j.text.String(), j.at)
	}
	j.flush()
	if len(j.items) == 1 {
		return moved(j.items[0], j.at)
	}
	return graph.Value{Kind: graph.Concat, Items: j.items, At: j.at}
}

// A seal is a text that stands for a value inside a longer text, while the text
// goes through functions that know only plain texts. Its delimiters are
// private-use characters, which no configuration contains.
const (
	sealOpen  = "\uE0B1"
	sealClose = "\uE0B2"
)

// seal returns a text for a scalar, reference or text with references.
func (ev *evaluator) seal(v graph.Value) string {
	if settled(v) {
		return v.Text
	}
	if v.Kind == graph.Concat {
		var b strings.Builder
		for _, item := range v.Items {
			b.WriteString(ev.seal(item))
		}
		return b.String()
	}
	ev.seals = append(ev.seals, v)
	return sealOpen + encodeIndex(len(ev.seals)-1) + sealClose
}

// encodeIndex writes a number in letters, so that it survives as text.
func encodeIndex(n int) string {
	var b []byte
	for {
		b = append(b, byte('a'+n%16))
		if n /= 16; n == 0 {
			return string(b)
		}
	}
}

func decodeIndex(s string) (n int, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < 'a' || s[i] > 'p' || n > 1<<24 {
			return 0, false
		}
		n = n*16 + int(s[i]-'a')
	}
	return n, s != ""
}

// unseal turns a text with seals back into a value.
func (ev *evaluator) unseal(s string, at bedlock.Position) graph.Value {
	if !strings.Contains(s, sealOpen) {
		return graph.Str(s, at)
	}
	var parts []graph.Value
	for s != "" {
		before, rest, found := strings.Cut(s, sealOpen)
		if before != "" {
			parts = append(parts, graph.Str(before, at))
		}
		if !found {
			break
		}
		index, after, closed := strings.Cut(rest, sealClose)
		n, ok := decodeIndex(index)
		if !closed || !ok || n >= len(ev.seals) {
			return graph.Unresolved("the text cannot be followed", at)
		}
		parts = append(parts, ev.seals[n])
		s = after
	}
	if len(parts) == 1 {
		return moved(parts[0], at)
	}
	return ev.concat(parts, at)
}

// json writes a value as jsonencode does, with seals for what is not known.
func (ev *evaluator) json(v graph.Value) string {
	var b strings.Builder
	ev.writeJSON(&b, v)
	return b.String()
}

func (ev *evaluator) writeJSON(b *strings.Builder, v graph.Value) {
	if b.Len() > maxText || !ev.step() {
		return
	}
	switch v.Kind {
	case graph.Absent:
		b.WriteString("null")
	case graph.Bool, graph.Number:
		b.WriteString(v.Text)
	case graph.List:
		b.WriteByte('[')
		for i, item := range v.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			ev.writeJSON(b, item)
		}
		b.WriteByte(']')
	case graph.Map:
		b.WriteByte('{')
		for i, m := range v.Members {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, m.Name)
			b.WriteByte(':')
			ev.writeJSON(b, m.Value)
		}
		b.WriteByte('}')
	default:
		quote(b, ev.seal(v))
	}
}

func quote(b *strings.Builder, s string) {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if e.Encode(s) == nil { // texts always encode
		b.WriteString(strings.TrimSuffix(text.String(), "\n"))
	}
}
