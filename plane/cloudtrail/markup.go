package cloudtrail

import (
	"cmp"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
)

// message makes the outline of a message of REST-XML: what is outside the body by its names
// there, the fixed part of the query as parameters without a value, and the document of the
// body, which is called as its root element is. Of headers those of Amazon are recorded, but
// for sums of the content; of an answer, only they, and only of data events.
func (o *outliner) message(op *model.Operation, name string, side model.Direction) *outline {
	sh := o.model.Shapes[name]
	made := &outline{kind: model.TypeStructure, dates: o.rec.dates, show: whole, markup: true}
	for i := range sh.Members {
		m := &sh.Members[i]
		value := o.outline(m.Shape)
		header := m.Location == model.LocationHeader
		if value.show == nothing || m.Location == model.LocationHeaders || header && !ours(m.WireName()) || side == model.Output && !header {
			continue
		}
		x := outlined{name: m.Name, value: value}
		switch {
		case header || m.Location == model.LocationQuery:
			x.as = quoted(strings.ToLower(m.WireName()))
		case o.rec.fields[m.Name] != "":
			x.as, x.document = quoted(o.rec.fields[m.Name]), m.Name == sh.Payload
		case m.Name == sh.Payload && value.kind == model.TypeStructure:
			root := *value
			if ns := o.namespace(op, m); ns != "" {
				root.fixed = quoted("xmlns") + string(appendString(nil, ns))
			}
			x.as, x.value = quoted(cmp.Or(op.InputElement, m.WireName())), &root
		default:
			x.as = quoted(m.WireName())
		}
		made.members = append(made.members, x)
	}
	if side == model.Input {
		made.fixed = fixedQuery(op.URI)
	}
	return made
}

// ours says whether a header is recorded.
func ours(header string) bool {
	name := strings.ToLower(header)
	return strings.HasPrefix(name, "x-amz-") && !strings.HasPrefix(name, "x-amz-checksum-")
}

// namespace is that of the document of a body.
func (o *outliner) namespace(op *model.Operation, m *model.Member) string {
	for _, ns := range []*model.XMLNamespace{m.XMLNamespace, o.model.Shapes[m.Shape].XMLNamespace, op.InputNamespace} {
		if ns != nil {
			return ns.URI
		}
	}
	return ""
}

// fixedQuery returns the fixed part of a query as members, without the one that only tells
// operations apart for SDKs.
func fixedQuery(uri string) string {
	_, query, _ := strings.Cut(uri, "?")
	var out []string
	for part := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(part, "="); name != "" && name != "x-id" {
			out = append(out, quoted(name)+string(appendString(nil, value)))
		}
	}
	return strings.Join(out, ",")
}
