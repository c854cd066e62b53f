package model

// Shape is a named type.
type Shape struct {
	// Name is the key in Service.Shapes.
	Name string `json:"-"`
	Type Type   `json:"type"`
	// Members are those of a structure, in the model's order, which is the
	// order of XML elements. Nil for every other type.
	Members []Member `json:"members,omitempty"`
	// Element is the reference of a list; Key and Value are those of a map.
	// Their Name is empty.
	Element *Member `json:"element,omitempty"`
	Key     *Member `json:"key,omitempty"`
	Value   *Member `json:"value,omitempty"`

	// Min and Max bound the number of characters of a string, of bytes of a
	// blob, of entries of a list or map, or the value of a number. Nil: no
	// bound. Whole numbers are exact.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
	// Pattern is a regular expression in the service's dialect (Java or
	// ECMAScript, sometimes with lookahead, often not anchored), so Go's
	// regexp may refuse it. Empty: no pattern.
	Pattern string `json:"pattern,omitempty"`
	// Enum lists the values of a string in the model's order. Services add
	// values; a reader must bear one that is not listed.
	Enum []string `json:"enum,omitempty"`

	// Payload names the member that is the whole HTTP body.
	Payload string `json:"payload,omitempty"`
	// LocationName is the XML element of the shape where it has its own.
	LocationName string        `json:"locationName,omitempty"`
	XMLNamespace *XMLNamespace `json:"xmlNamespace,omitempty"`
	// TimestampFormat is "iso8601", "rfc822" or "unixTimestamp"; empty means
	// the default of protocol and location.
	TimestampFormat string `json:"timestampFormat,omitempty"`
	// Flattened lists and maps have no wrapping element in XML and query.
	Flattened bool `json:"flattened,omitempty"`
	// Wrapper marks the structures that query results wrap once more.
	Wrapper bool `json:"wrapper,omitempty"`
	// Box says that null and the zero value differ.
	Box bool `json:"box,omitempty"`

	// Union is a structure with exactly one member set.
	Union bool `json:"union,omitempty"`
	// Document is free-form JSON; the structure has no members.
	Document bool `json:"document,omitempty"`
	// EventStream is a union of events sent over an open connection; Event
	// marks the structures in it.
	EventStream bool `json:"eventstream,omitempty"`
	Event       bool `json:"event,omitempty"`
	// Streaming blobs are sent without being held in memory.
	Streaming bool `json:"streaming,omitempty"`
	// Sensitive values must not be logged.
	Sensitive bool `json:"sensitive,omitempty"`
	// Deprecated shapes still work.
	Deprecated bool `json:"deprecated,omitempty"`

	// Exception marks errors; the fields below belong to them alone.
	Exception bool `json:"exception,omitempty"`
	// ErrorCode is the code on the wire where it differs from Name; see Code.
	ErrorCode string `json:"errorCode,omitempty"`
	// HTTPStatus is 0 where the model has none; see Status.
	HTTPStatus int `json:"httpStatus,omitempty"`
	// Fault says that the service is to blame, SenderFault that the caller is.
	Fault       bool `json:"fault,omitempty"`
	SenderFault bool `json:"senderFault,omitempty"`
	// Retryable errors may be retried; Throttling ones after a longer wait.
	Retryable  bool `json:"retryable,omitempty"`
	Throttling bool `json:"throttling,omitempty"`
}

// Member returns the member of a structure, or nil.
func (s *Shape) Member(name string) *Member {
	for i := range s.Members {
		if s.Members[i].Name == name {
			return &s.Members[i]
		}
	}
	return nil
}

// Code returns the error code on the wire.
func (s *Shape) Code() string {
	if s.ErrorCode != "" {
		return s.ErrorCode
	}
	return s.Name
}

// Status returns the HTTP status of an error: the modelled one, else 500 for a
// fault and 400 for the rest, which is what the protocols prescribe.
func (s *Shape) Status() int {
	switch {
	case s.HTTPStatus != 0:
		return s.HTTPStatus
	case s.Fault:
		return 500
	default:
		return 400
	}
}

// Member refers to a shape: as a member of a structure, element of a list, or
// key or value of a map.
type Member struct {
	// Name is the member's name; empty outside structures. The protocols JSON
	// and query send it unless LocationName says otherwise.
	Name string `json:"name,omitempty"`
	// Shape is a key of Service.Shapes.
	Shape string `json:"shape"`
	// Location says where in an HTTP message the member is.
	Location Location `json:"location,omitempty"`
	// LocationName is the name there, where it differs from Name or where the
	// model repeats it; see WireName.
	LocationName string        `json:"locationName,omitempty"`
	XMLNamespace *XMLNamespace `json:"xmlNamespace,omitempty"`
	// Required members of a request must be given; those of a response are
	// always there.
	Required bool `json:"required,omitempty"`
	// IdempotencyToken members are filled in by the SDKs.
	IdempotencyToken bool `json:"idempotencyToken,omitempty"`
	// JSONValue strings hold JSON: base64 in headers, text in bodies.
	JSONValue bool `json:"jsonvalue,omitempty"`
	// HostLabel members become part of the host name; see
	// Operation.HostPrefix.
	HostLabel bool `json:"hostLabel,omitempty"`
	// EventPayload is the body of an event.
	EventPayload bool `json:"eventpayload,omitempty"`
	// XMLAttribute members are attributes, not elements.
	XMLAttribute bool `json:"xmlAttribute,omitempty"`
	// Flattened, Streaming, Box and Deprecated are as in Shape.
	Flattened  bool `json:"flattened,omitempty"`
	Streaming  bool `json:"streaming,omitempty"`
	Box        bool `json:"box,omitempty"`
	Deprecated bool `json:"deprecated,omitempty"`
}

// WireName returns the member's name in its location.
func (m *Member) WireName() string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return m.Name
}

// XMLNamespace is the namespace of an element.
type XMLNamespace struct {
	URI    string `json:"uri"`
	Prefix string `json:"prefix,omitempty"`
}
