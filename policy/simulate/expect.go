package simulate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/policy/authz"
)

var (
	expectFields = []string{"outcome", "reasons", "missing", "absent", "open"}
	outcomes     = []string{"Allow", "ExplicitDeny", "ImplicitDeny", "Unknown"}
)

func (r *reading) expect(n *yaml.Node) *Expectation {
	if n == nil {
		return nil
	}
	out := &Expectation{}
	if n.Kind == yaml.ScalarNode {
		out.Outcome = r.outcome(n)
		return out
	}
	f := r.mapping(n, "expect", expectFields)
	if f["outcome"] == nil {
		r.fail(n, oneOf(outcomes), "expect has no outcome")
	} else {
		out.Outcome = r.outcome(f["outcome"])
	}
	if f["reasons"] != nil {
		out.Reasons = []Reason{}
		for _, item := range r.list(f["reasons"], "reasons") {
			out.Reasons = append(out.Reasons, r.reason(item))
		}
	}
	if f["missing"] != nil {
		out.Missing = []authz.Layer{}
		for _, item := range r.list(f["missing"], "missing") {
			out.Missing = append(out.Missing, r.layer(item, r.text(item, "a layer")))
		}
	}
	out.Absent, out.Open = lower(r.texts(f["absent"], "absent")), lower(r.texts(f["open"], "open"))
	return out
}

func lower(list []string) []string {
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	slices.Sort(list)
	return list
}

func (r *reading) outcome(n *yaml.Node) authz.Outcome {
	i := slices.Index(outcomes, r.text(n, "outcome"))
	if i < 0 {
		r.fail(n, oneOf(outcomes), "there is no outcome %q", n.Value)
	}
	return authz.Outcome(i + 1)
}

func (r *reading) layer(n *yaml.Node, name string) authz.Layer {
	i := slices.Index(layerNames[:], name)
	if i <= 0 {
		r.fail(n, oneOf(layerNames[1:]), "there is no layer %q", name)
		return 0
	}
	return authz.Layer(i)
}

// reasonForm is "LAYER POLICY[STATEMENT]" with "by MATCH" if wanted, or "grant ID".
var reasonForm = regexp.MustCompile(`^(\S+) (.*?)(?:\[(\d{1,6})\])?(?: by (direct|parent|role|account))?$`)

func (r *reading) reason(n *yaml.Node) Reason {
	s := r.text(n, "a reason")
	m := reasonForm.FindStringSubmatch(s)
	if m == nil || (m[3] == "") != (m[1] == "grant") {
		r.fail(n, `such as "resource key-policy[0]", "identity reader[1] by account" or "grant ID"`, "the reason %q is not LAYER POLICY[STATEMENT]", s)
		return Reason{}
	}
	out := Reason{Layer: r.layer(n, m[1]), Policy: m[2]}
	out.Statement, _ = strconv.Atoi(m[3])
	if m[4] != "" {
		out.Match = authz.Match(slices.Index(matchNames[:], m[4]))
	}
	return out
}

// Check compares a decision with the expectation, and returns what differs, one
// phrase each.
func (e *Expectation) Check(d authz.Decision) (faults []string) {
	if d.Outcome != e.Outcome {
		return []string{fmt.Sprintf("outcome is %s, not %s", d.Outcome, e.Outcome)}
	}
	if e.Reasons != nil && !e.sameReasons(d.Reasons) {
		faults = append(faults, "reasons are "+describe(d.Reasons))
	}
	if e.Missing != nil && !slices.Equal(d.Missing, e.Missing) {
		var names []string
		for _, l := range d.Missing {
			names = append(names, LayerName(l))
		}
		faults = append(faults, fmt.Sprintf("missing is %v", names))
	}
	if e.Absent != nil && !slices.Equal(d.Absent, e.Absent) {
		faults = append(faults, fmt.Sprintf("absent is %v, not %v", d.Absent, e.Absent))
	}
	if e.Open != nil && !slices.Equal(d.Open, e.Open) {
		faults = append(faults, fmt.Sprintf("open is %v, not %v", d.Open, e.Open))
	}
	return faults
}

// sameReasons compares as sets; a policy attached at several levels is one.
func (e *Expectation) sameReasons(got []authz.Reason) bool {
	for _, g := range got {
		if !slices.ContainsFunc(e.Reasons, func(w Reason) bool { return w.names(g) }) {
			return false
		}
	}
	for _, w := range e.Reasons {
		if !slices.ContainsFunc(got, w.names) {
			return false
		}
	}
	return true
}

func (w Reason) names(g authz.Reason) bool {
	name := g.Policy
	if g.Layer == authz.LayerGrant {
		name = g.Grant
	}
	return w.Layer == g.Layer && w.Policy == name && w.Statement == g.Statement && (w.Match == 0 || w.Match == g.Match)
}

func describe(list []authz.Reason) string {
	var out []string
	for _, r := range list {
		s := LayerName(r.Layer) + " " + r.Policy + fmt.Sprintf("[%d]", r.Statement)
		if r.Layer == authz.LayerGrant {
			s = "grant " + r.Grant
		}
		if r.Match != authz.NoPrincipal {
			s += " by " + matchNames[r.Match]
		}
		out = append(out, s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}
