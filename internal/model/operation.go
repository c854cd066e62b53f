package model

// Operation is one call of an API.
type Operation struct {
	// Name is the key in Service.Operations.
	Name string `json:"-"`
	// Method, URI and Code are the HTTP binding: the method, the path template
	// with labels like {id} or {key+} and perhaps a fixed query, and the
	// status of success. JSON, query and CBOR have POST, "/" and 200.
	Method string `json:"method"`
	URI    string `json:"uri"`
	Code   int    `json:"code"`
	// Input and Output are names of structures; empty where there is none.
	Input  string `json:"input,omitempty"`
	Output string `json:"output,omitempty"`
	// InputElement is the root element of a rest-xml request body.
	InputElement   string        `json:"inputElement,omitempty"`
	InputNamespace *XMLNamespace `json:"inputNamespace,omitempty"`
	// ResultWrapper is the element around the members of a query response.
	ResultWrapper string `json:"resultWrapper,omitempty"`
	// Errors are the sorted shape names of the modelled errors. Any operation
	// can also fail with the errors common to all services, which only some
	// models list.
	Errors []string `json:"errors,omitempty"`
	// Page is nil for an operation without a paginator.
	Page *Page `json:"page,omitempty"`
	// Idempotent and ReadOnly are claims of the model, which many services
	// leave out: false means not known.
	Idempotent bool `json:"idempotent,omitempty"`
	ReadOnly   bool `json:"readonly,omitempty"`
	Deprecated bool `json:"deprecated,omitempty"`
	// Auth replaces Metadata.Auth for this operation.
	Auth []string `json:"auth,omitempty"`
	// HostPrefix is put before the host, with labels like {AccountId}.
	HostPrefix string `json:"hostPrefix,omitempty"`
	// ChecksumRequired says that a request must have a checksum header;
	// ChecksumMember names the input member that chooses its algorithm, and
	// ChecksumModeMember the one that asks for checksums in the response.
	ChecksumRequired   bool   `json:"checksumRequired,omitempty"`
	ChecksumMember     string `json:"checksumMember,omitempty"`
	ChecksumModeMember string `json:"checksumModeMember,omitempty"`
	// UnsignedPayload leaves the body out of the signature.
	UnsignedPayload bool `json:"unsignedPayload,omitempty"`
}

// Page says how the pages of a listing follow each other. The values are
// member names of input or output, those of the output sometimes in botocore's
// small expression language (JMESPath: "a.b", "a || b", "a[-1].b").
type Page struct {
	// Input members take the values of the Output members of the page before;
	// both lists have the same length, which is 1 but for a few of S3.
	Input  []string `json:"input"`
	Output []string `json:"output"`
	// Limit is the input member with the page size; empty: none.
	Limit string `json:"limit,omitempty"`
	// More is the output member that says whether pages follow; empty: they do
	// as long as there is a token.
	More string `json:"more,omitempty"`
	// Result are the output members with the entries.
	Result []string `json:"result,omitempty"`
}
