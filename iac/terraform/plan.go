package terraform

import (
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/iac/terraform/planfile"
)

// DetectPlan reports whether a file is a plan; see [planfile.DetectPlan].
func DetectPlan(n *syntax.Node) bool { return planfile.DetectPlan(n) }

// DetectState reports whether a file is a state; see [planfile.DetectState].
func DetectState(n *syntax.Node) bool { return planfile.DetectState(n) }

// State reads a state; see [planfile.State].
func State(file string, n *syntax.Node) (graph.Module, error) { return planfile.State(file, n) }

// Plan reads a plan; see [planfile.Plan]. A policy document that a data source makes,
// and that is known only after apply, is made from the planned arguments: what is
// open in it is then a reference in one place, not the document as a whole.
func Plan(file string, n *syntax.Node) (graph.Module, error) {
	m, err := planfile.Plan(file, n)
	if err != nil {
		return m, err
	}
	d := documents{sources: map[string]*graph.Resource{}, made: map[string]graph.Value{}}
	for i := range m.Resources {
		if r := &m.Resources[i]; r.Type == "data.aws_iam_policy_document" {
			d.sources[r.ID] = r
		}
	}
	if len(d.sources) > 0 {
		for i := range m.Resources {
			m.Resources[i].Attributes = d.resolve(m.Resources[i].Attributes, 0)
		}
	}
	return m, nil
}

// documents makes policy documents of the data sources of a plan.
type documents struct {
	sources map[string]*graph.Resource
	made    map[string]graph.Value
}

// resolve replaces references to documents by the documents. The values are
// those of a module that nobody else has seen yet.
func (d documents) resolve(v graph.Value, depth int) graph.Value {
	switch {
	case depth > maxDepth:
	case v.Kind == graph.Ref && (v.Text == "json" || v.Text == "minified_json"):
		source := d.sources[v.Target]
		if source == nil {
			return v
		}
		if made, ok := d.made[v.Target]; ok {
			return made
		}
		d.made[v.Target] = v // a document that includes itself ends here
		made := policyDocument(d.resolve(source.Attributes, depth+1))
		d.made[v.Target] = made
		return made
	case v.Kind == graph.List:
		for i := range v.Items {
			v.Items[i] = d.resolve(v.Items[i], depth+1)
		}
	case v.Kind == graph.Map:
		for i := range v.Members {
			v.Members[i].Value = d.resolve(v.Members[i].Value, depth+1)
		}
	}
	return v
}
