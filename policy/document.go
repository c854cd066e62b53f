package policy

// Document is a policy document as written.
type Document struct {
	// Version is 2012-10-17 or 2008-10-17; empty when left out, which means
	// 2008-10-17.
	Version string
	ID      string
	// Statements are in the order of the text; a single object is one statement.
	Statements []Statement
	// Problems are the faults of the text, in its order.
	Problems []Problem

	text   string
	places map[string]int
	lines  lines
}

// Place is where something stands in the text. Offset counts bytes from 0, Line
// and Column (in bytes) from 1.
type Place struct {
	Offset, Line, Column int
}

// Effect is what a statement does. The zero value is invalid and stands for an
// effect that is missing, misspelt or not known.
type Effect uint8

// The effects.
const (
	Allow Effect = iota + 1
	Deny
)

// String returns the effect as IAM spells it, or "invalid".
func (e Effect) String() string {
	switch e {
	case Allow:
		return "Allow"
	case Deny:
		return "Deny"
	}
	return "invalid"
}

// Statement is one statement as written.
type Statement struct {
	// Index counts the statements of the document from 0.
	Index  int
	Sid    string
	Effect Effect
	// Principals and NotPrincipals are nil when the element is left out.
	Principals, NotPrincipals *Principals
	// The lists are nil when the element is left out.
	Actions, NotActions     []string
	Resources, NotResources []string
	Conditions              []Condition
	// Undetermined names the elements whose whole value is a token, with what the
	// token says. "Statement" means that nothing of the statement is known.
	Undetermined []Undetermined
	At           Place

	places *places
}

// Undetermined is an element that the source of the text does not know.
type Undetermined struct {
	Element string // "Principal", "Condition", "Statement" …
	Text    string // the token
	// Operator is the condition operator, when the token stands for its keys and
	// not for the whole Condition.
	Operator string
}

// Principals are the principals of a statement by kind. The three invalid forms
// that occur in practice are kept apart, so that they can be judged and flagged.
type Principals struct {
	// Any is "Principal": "*". {"AWS": "*"} is an entry "*" of AWS.
	Any           bool
	AWS           []string
	Service       []string
	Federated     []string
	CanonicalUser []string
	// Bare are the entries of "Principal": [...] or "Principal": "arn:…", which
	// IAM refuses.
	Bare []string
}

// Condition is one key of one operator of a statement's condition block.
type Condition struct {
	Operator Operator
	Key      string // as written; names are compared without case
	Values   []string
	At       Place
}

// Problem is one fault of a document.
type Problem struct {
	Kind ProblemKind
	Text string // what is wrong, one phrase
	// Statement is the index of the statement at fault, -1 for the document.
	Statement int
	At        Place
}

// ProblemKind classifies faults. The zero value is invalid.
type ProblemKind uint8

// The kinds of faults.
const (
	// BadForm: an element has a JSON type that the grammar does not allow.
	BadForm ProblemKind = iota + 1
	// BadValue: a value that the grammar does not allow (Effect, Version).
	BadValue
	// BadElement: an element or principal kind that does not exist, or its name in
	// another case.
	BadElement
	// Duplicate: the same element twice, or twice in different case.
	Duplicate
	// Conflict: Action with NotAction and the like.
	Conflict
	// BarePrincipal: Principal is a list, or a string other than "*".
	BarePrincipal
	// Incomplete: a required element is missing.
	Incomplete
	// NotKnown: a token stands for an element.
	NotKnown
	// BadOperator: a condition operator that does not exist.
	BadOperator
)

var problemNames = [...]string{
	BadForm: "bad form", BadValue: "bad value", BadElement: "bad element", Duplicate: "duplicate", Conflict: "conflict",
	BarePrincipal: "bare principal", Incomplete: "incomplete", NotKnown: "not known", BadOperator: "bad operator",
}

// String returns the kind as a phrase, or "invalid".
func (k ProblemKind) String() string {
	if k < BadForm || int(k) >= len(problemNames) {
		return "invalid"
	}
	return problemNames[k]
}

// MaxSize is the longest text that Parse reads, in bytes. The longest policy AWS
// stores is a key policy of 32 KiB.
const MaxSize = 1 << 20

// MaxKeyPolicySize is the largest key policy KMS accepts, in bytes.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const MaxKeyPolicySize = 32 << 10
