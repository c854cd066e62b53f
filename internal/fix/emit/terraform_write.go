package emit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// resource writes a resource, with an import if it is there. The resources that are updated come
// after those that are first.
func (t *terraform) resource(s *fix.Step, typ, title, id string, nodes []node, first bool) {
	name := t.unique(typ, title)
	if id != "" {
		t.imports(s, typ, name, id)
	}
	t.write(s, typ, name, nodes, nil)
	if first {
		t.first = append(t.first, typ+"."+name)
	}
}

// imports writes how a live resource is taken over.
func (t *terraform) imports(s *fix.Step, typ, name, id string) {
	body := t.file.Body().AppendNewBlock("import", nil).Body()
	t.provider(body, s, typ)
	body.SetAttributeTraversal("to", hcl.Traversal{hcl.TraverseRoot{Name: typ}, hcl.TraverseAttr{Name: name}})
	body.SetAttributeValue("id", cty.StringVal(id))
	t.file.Body().AppendNewline()
}

// provider names the provider of a step's place, where there are several.
func (t *terraform) provider(body *hclwrite.Body, s *fix.Step, typ string) {
	if len(t.places) > 1 {
		name, _, _ := strings.Cut(typ, "_")
		body.SetAttributeTraversal("provider", hcl.Traversal{hcl.TraverseRoot{Name: name}, hcl.TraverseAttr{Name: providerName(slices.Index(t.places, s.Place))}})
	}
}

func (t *terraform) write(s *fix.Step, typ, name string, nodes []node, ignore []string) {
	t.comment(s.Title)
	body := t.file.Body().AppendNewBlock("resource", []string{typ, name}).Body()
	t.provider(body, s, typ)
	if ofCloudControl(typ) {
		t.attributes(body, nodes)
	} else {
		t.nodes(body, nodes)
	}
	if s.Kind == fix.Update && len(t.first) > 0 {
		var list []hclwrite.Tokens
		for _, address := range t.first {
			list = append(list, hclwrite.TokensForIdentifier(address))
		}
		body.SetAttributeRaw("depends_on", hclwrite.TokensForTuple(list))
	}
	if len(ignore) > 0 {
		var list []hclwrite.Tokens
		for _, attribute := range ignore {
			list = append(list, hclwrite.TokensForIdentifier(attribute))
		}
		body.AppendNewBlock("lifecycle", nil).Body().SetAttributeRaw("ignore_changes", hclwrite.TokensForTuple(list))
	}
}

// nodes writes attributes first, and then blocks.
func (t *terraform) nodes(body *hclwrite.Body, nodes []node) {
	for _, n := range nodes {
		switch {
		case n.blocks != nil || n.value == nil:
		case n.json:
			body.SetAttributeRaw(n.name, hclwrite.TokensForFunctionCall("jsonencode", t.tokens(n.value)))
		default:
			body.SetAttributeRaw(n.name, t.tokens(n.value))
		}
	}
	for _, n := range nodes {
		for _, inner := range n.blocks {
			t.nodes(body.AppendNewBlock(n.name, nil).Body(), inner)
		}
	}
}

// ofCloudControl says whether a type is of the provider awscc, in which structures are attributes.
func ofCloudControl(typ string) bool { return strings.HasPrefix(typ, "awscc_") }

func (t *terraform) attributes(body *hclwrite.Body, nodes []node) {
	for _, n := range nodes {
		body.SetAttributeRaw(n.name, t.attribute(n))
	}
}

func (t *terraform) attribute(n node) hclwrite.Tokens {
	object := func(nodes []node) hclwrite.Tokens {
		var members []hclwrite.ObjectAttrTokens
		for _, inner := range nodes {
			members = append(members, hclwrite.ObjectAttrTokens{Name: hclwrite.TokensForIdentifier(inner.name), Value: t.attribute(inner)})
		}
		return hclwrite.TokensForObject(members)
	}
	switch {
	case n.keyed != nil:
		var members []hclwrite.ObjectAttrTokens
		for _, name := range slices.Sorted(maps.Keys(n.keyed)) {
			members = append(members, hclwrite.ObjectAttrTokens{Name: hclwrite.TokensForValue(cty.StringVal(name)), Value: object(n.keyed[name])})
		}
		return hclwrite.TokensForObject(members)
	case n.many:
		var list []hclwrite.Tokens
		for _, inner := range n.blocks {
			list = append(list, object(inner))
		}
		return hclwrite.TokensForTuple(list)
	case len(n.blocks) == 1:
		return object(n.blocks[0])
	case n.json:
		return hclwrite.TokensForFunctionCall("jsonencode", t.tokens(n.value))
	}
	return t.tokens(n.value)
}

// tokens writes a value.
func (t *terraform) tokens(v any) hclwrite.Tokens {
	switch v := v.(type) {
	case string:
		return t.text(v)
	case bool:
		return hclwrite.TokensForValue(cty.BoolVal(v))
	case int64:
		return hclwrite.TokensForValue(cty.NumberIntVal(v))
	case float64:
		return number(strconv.FormatFloat(v, 'f', -1, 64))
	case json.Number:
		return number(v.String())
	case []any:
		list := make([]hclwrite.Tokens, len(v))
		for i := range v {
			list[i] = t.tokens(v[i])
		}
		return hclwrite.TokensForTuple(list)
	case wire.Object:
		var members []hclwrite.ObjectAttrTokens
		for _, name := range slices.Sorted(maps.Keys(v)) {
			key := hclwrite.TokensForValue(cty.StringVal(name))
			if hclsyntax.ValidIdentifier(name) {
				key = hclwrite.TokensForIdentifier(name)
			}
			members = append(members, hclwrite.ObjectAttrTokens{Name: key, Value: t.tokens(v[name])})
		}
		return hclwrite.TokensForObject(members)
	}
	return t.text(fmt.Sprint(ordinary(v)))
}

func number(text string) hclwrite.Tokens {
	return hclwrite.Tokens{{Type: hclsyntax.TokenNumberLit, Bytes: []byte(text)}}
}

// text writes a text, in which names of answers become references.
func (t *terraform) text(text string) hclwrite.Tokens {
	pieces := fix.Pieces(text)
	if len(pieces) == 1 && pieces[0].Step != "" {
		return t.reference(pieces[0])
	}
	if !slices.ContainsFunc(pieces, func(p fix.Piece) bool { return p.Step != "" }) {
		return hclwrite.TokensForValue(cty.StringVal(text))
	}
	out := hclwrite.Tokens{{Type: hclsyntax.TokenOQuote, Bytes: []byte(`"`)}}
	for _, p := range pieces {
		if p.Step == "" {
			plain := strings.TrimRight(p.Text, "$%")
			out = append(out, literal(plain)...)
			// Before a template these signs would be an escape.
			for _, sign := range p.Text[len(plain):] {
				out = append(out, within(hclwrite.TokensForValue(cty.StringVal(string(sign))))...)
			}
			continue
		}
		out = append(out, within(t.reference(p))...)
	}
	return append(out, &hclwrite.Token{Type: hclsyntax.TokenCQuote, Bytes: []byte(`"`)})
}

// literal is a text within quotes.
func literal(text string) hclwrite.Tokens {
	if text == "" {
		return nil
	}
	quoted := hclwrite.TokensForValue(cty.StringVal(text))
	return quoted[1 : len(quoted)-1]
}

// within is an expression within quotes.
func within(inner hclwrite.Tokens) hclwrite.Tokens {
	return slices.Concat(
		hclwrite.Tokens{{Type: hclsyntax.TokenTemplateInterp, Bytes: []byte("${")}}, inner,
		hclwrite.Tokens{{Type: hclsyntax.TokenTemplateSeqEnd, Bytes: []byte("}")}})
}

func (t *terraform) reference(p fix.Piece) hclwrite.Tokens {
	return hclwrite.TokensForTraversal(hcl.Traversal{hcl.TraverseRoot{Name: "aws_kms_key"}, hcl.TraverseAttr{Name: t.names[p.Step]}, hcl.TraverseAttr{Name: keyAttribute(p.Path)}})
}

// keyAttribute is the attribute of a key that the call that creates it answers at a path.
func keyAttribute(path string) string {
	switch path {
	case "KeyMetadata.Arn":
		return "arn"
	case "KeyMetadata.KeyId":
		return "key_id"
	}
	return ""
}
