package terraform

import (
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/bedlock/bedlock/iac/syntax"
)

// labels says how many names stand between a block's type and its body in the
// JSON syntax of Terraform.
// Source: https://developer.hashicorp.com/terraform/language/syntax/json
var labels = map[string]int{
	"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "locals": 0, "check": 1,
}

// parseJSON turns a .tf.json or .tfvars.json file into the body that the same code
// in HCL would have. Texts are templates, parsed with their place in the file.
func (f *file) parseJSON(data []byte) {
	n, err := syntax.ParseJSON(f.name, data, syntax.Limits{MaxBytes: maxFile, MaxDepth: 100})
	if err != nil {
		f.err = syntaxError(f.name, err)
		return
	}
	if n.Kind != syntax.Map {
		f.err = &syntax.Error{At: n.At(f.name), Message: "the file is not a JSON object"}
		return
	}
	c := jsonCode{f: f, plain: !isCode(f.name)}
	if c.plain { // variables
		f.body = c.body(n)
		return
	}
	f.body = &hclsyntax.Body{}
	for i := 0; i+1 < len(n.Items); i += 2 {
		key := n.Items[i].Text
		if count, known := labels[key]; known {
			f.body.Blocks = append(f.body.Blocks, c.blocks(key, nil, count, &n.Items[i+1])...)
		}
	}
}

type jsonCode struct {
	f *file
	// plain: texts are no templates
	plain bool
}

// blocks descends through the labels to the bodies. Lists hold several blocks.
func (c *jsonCode) blocks(typ string, names []string, more int, n *syntax.Node) (out []*hclsyntax.Block) {
	switch {
	case n.Kind == syntax.List:
		for i := range n.Items {
			out = append(out, c.blocks(typ, names, more, &n.Items[i])...)
		}
	case n.Kind == syntax.Map && more > 0:
		for i := 0; i+1 < len(n.Items); i += 2 {
			if n.Items[i].Text != "//" {
				out = append(out, c.blocks(typ, append(names[:len(names):len(names)], n.Items[i].Text), more-1, &n.Items[i+1])...)
			}
		}
	case n.Kind == syntax.Map:
		b := &hclsyntax.Block{Type: typ, Labels: names, TypeRange: c.at(n), Body: c.body(n)}
		if typ == "resource" || typ == "data" || typ == "module" {
			c.lift(b, n)
		}
		out = append(out, b)
	}
	return out
}

// lift makes real blocks of the members that can only be blocks.
func (c *jsonCode) lift(b *hclsyntax.Block, n *syntax.Node) {
	if dynamic := n.Get("dynamic"); dynamic != nil {
		delete(b.Body.Attributes, "dynamic")
		for _, d := range c.blocks("dynamic", nil, 1, dynamic) {
			if content := c.member(n.Get("dynamic"), d.Labels[0], "content"); content != nil {
				delete(d.Body.Attributes, "content")
				d.Body.Blocks = append(d.Body.Blocks, c.blocks("content", nil, 0, content)...)
			}
			b.Body.Blocks = append(b.Body.Blocks, d)
		}
	}
}

func (c *jsonCode) member(n *syntax.Node, names ...string) *syntax.Node {
	for _, name := range names {
		if n != nil && n.Kind == syntax.List && len(n.Items) > 0 {
			n = &n.Items[0]
		}
		n = n.Get(name)
	}
	return n
}

func (c *jsonCode) body(n *syntax.Node) *hclsyntax.Body {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: c.at(n)}
	for i := 0; i+1 < len(n.Items); i += 2 {
		key := &n.Items[i]
		if key.Text != "//" {
			body.Attributes[key.Text] = &hclsyntax.Attribute{Name: key.Text, Expr: c.expression(&n.Items[i+1]), NameRange: c.at(key), SrcRange: c.at(key)}
		}
	}
	return body
}

// at is a range without text: its bytes are outside the source.
func (c *jsonCode) at(n *syntax.Node) hcl.Range {
	pos := hcl.Pos{Line: int(n.Line), Column: int(n.Column), Byte: -1}
	return hcl.Range{Filename: c.f.name, Start: pos, End: pos}
}

func (c *jsonCode) expression(n *syntax.Node) hclsyntax.Expression {
	at := c.at(n)
	switch n.Kind {
	case syntax.Bool:
		return &hclsyntax.LiteralValueExpr{Val: cty.BoolVal(n.Text == "true"), SrcRange: at}
	case syntax.Number:
		if v, err := cty.ParseNumberVal(n.Text); err == nil {
			return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}
		}
		return &hclsyntax.LiteralValueExpr{Val: cty.NumberVal(new(big.Float)), SrcRange: at}
	case syntax.String:
		return c.template(n, at)
	case syntax.List:
		list := &hclsyntax.TupleConsExpr{SrcRange: at, OpenRange: at}
		for i := range n.Items {
			list.Exprs = append(list.Exprs, c.expression(&n.Items[i]))
		}
		return list
	case syntax.Map:
		object := &hclsyntax.ObjectConsExpr{SrcRange: at, OpenRange: at}
		for i := 0; i+1 < len(n.Items); i += 2 {
			if n.Items[i].Text != "//" {
				object.Items = append(object.Items, hclsyntax.ObjectConsItem{KeyExpr: c.expression(&n.Items[i]), ValueExpr: c.expression(&n.Items[i+1])})
			}
		}
		return object
	}
	return &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: at}
}

// template parses a text; one that is no template stands for itself.
func (c *jsonCode) template(n *syntax.Node, at hcl.Range) hclsyntax.Expression {
	literal := &hclsyntax.LiteralValueExpr{Val: cty.StringVal(n.Text), SrcRange: at}
	if c.plain || !containsTemplate(n.Text) || tooDeep(c.f.name, []byte(n.Text)) != nil {
		return literal
	}
	// The texts are kept one after the other, so that conditions can be quoted.
	start := hcl.Pos{Line: int(n.Line), Column: int(n.Column) + 1, Byte: len(c.f.src)}
	c.f.src = append(c.f.src, n.Text...)
	expr, diags := hclsyntax.ParseTemplate([]byte(n.Text), c.f.name, start)
	if diags.HasErrors() {
		if c.f.err == nil {
			c.f.err = c.f.diagnostic(diags)
		}
		return literal
	}
	return expr
}

func containsTemplate(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if (s[i] == '$' || s[i] == '%') && s[i+1] == '{' {
			return true
		}
	}
	return false
}
