package simulate

import "github.com/bedlock/bedlock/policy/authz"

// Case is one request with what stands before it.
type Case struct {
	Name string
	// Source is the URL of the documentation that justifies the expectation; may be
	// empty.
	Source string
	// Line is where the case begins in the file, from 1.
	Line    int
	Request authz.Request
	Layers  authz.Layers
	// Expect is nil when the case has no expectation.
	Expect *Expectation
}

// Expectation is what a decision should be. Lists that are nil are not compared.
type Expectation struct {
	Outcome authz.Outcome
	Reasons []Reason
	Missing []authz.Layer
	// Absent and Open are context keys in lower case.
	Absent, Open []string
}

// Reason names a statement or a grant that must be among a decision's reasons.
type Reason struct {
	Layer authz.Layer
	// Policy and Statement name the statement; of a grant, Policy is its ID.
	Policy    string
	Statement int
	// Match is how the principal must have matched; zero is not compared.
	Match authz.Match
}

// layerNames are the words for layers, in policies and in expectations.
var layerNames = [...]string{
	authz.LayerIdentity: "identity", authz.LayerBoundary: "boundary", authz.LayerSession: "session", authz.LayerSCP: "scp", authz.LayerRCP: "rcp",
	authz.LayerEndpoint: "endpoint", authz.LayerResource: "resource", authz.LayerGrant: "grant", authz.LayerCrossAccount: "cross-account",
}

var matchNames = [...]string{authz.Direct: "direct", authz.ByParent: "parent", authz.ByRole: "role", authz.ByAccount: "account"}

// LayerName returns the word that request files use for a layer.
func LayerName(l authz.Layer) string {
	if l == 0 || int(l) >= len(layerNames) {
		return "invalid"
	}
	return layerNames[l]
}
