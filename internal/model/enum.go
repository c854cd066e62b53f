package model

import (
	"fmt"
	"slices"
)

// Type is the type of a shape. The zero value is invalid.
type Type uint8

// The types, named as in the tables. A document is a structure with
// Shape.Document; an enumeration is a string with Shape.Enum.
const (
	TypeStructure Type = iota + 1
	TypeList
	TypeMap
	TypeString
	TypeBoolean
	TypeInteger
	TypeLong
	TypeFloat
	TypeDouble
	TypeTimestamp
	TypeBlob
)

func typeNames() []string {
	return []string{"", "structure", "list", "map", "string", "boolean", "integer",
		"long", "float", "double", "timestamp", "blob"}
}

// String returns the name in the tables.
func (t Type) String() string { return enumName("Type", int(t), typeNames()) }

// UnmarshalText accepts the names in the tables.
func (t *Type) UnmarshalText(text []byte) error {
	n, err := enumValue("type", text, typeNames())
	*t = Type(n)
	return err
}

// Number says whether Min and Max bound a value and not a length.
func (t Type) Number() bool { return t >= TypeInteger && t <= TypeDouble }

// Location says where in an HTTP message a member is. The zero value is
// invalid.
type Location uint8

// The locations, named as in the tables; a member without one is in the body.
const (
	// LocationBody is also that of members that are the whole body, see
	// Shape.Payload.
	LocationBody Location = iota + 1
	// LocationURI fills a label of Operation.URI.
	LocationURI
	// LocationQuery is a query parameter; of a map, one per entry.
	LocationQuery
	LocationHeader
	// LocationHeaders is a map of headers that begin with the wire name.
	LocationHeaders
	// LocationStatus is the status code of the response.
	LocationStatus
)

func locationNames() []string {
	return []string{"", "body", "uri", "querystring", "header", "headers", "statusCode"}
}

// String returns the name in the tables.
func (l Location) String() string { return enumName("Location", int(l), locationNames()) }

// UnmarshalText accepts the names in the tables.
func (l *Location) UnmarshalText(text []byte) error {
	n, err := enumValue("location", text, locationNames())
	*l = Location(n)
	return err
}

// Protocol is a wire protocol. The zero value is invalid.
type Protocol uint8

// The protocols, named as in the tables.
const (
	ProtocolRESTJSON Protocol = iota + 1
	ProtocolJSON
	ProtocolRESTXML
	ProtocolQuery
	ProtocolCBOR
)

func protocolNames() []string {
	return []string{"", "rest-json", "json", "rest-xml", "query", "smithy-rpc-v2-cbor"}
}

// String returns the name in the tables.
func (p Protocol) String() string { return enumName("Protocol", int(p), protocolNames()) }

// UnmarshalText accepts the names in the tables.
func (p *Protocol) UnmarshalText(text []byte) error {
	n, err := enumValue("protocol", text, protocolNames())
	*p = Protocol(n)
	return err
}

// Direction is a side of an operation. The zero value is invalid.
type Direction uint8

// The directions.
const (
	Input Direction = iota + 1
	Output
)

func directionNames() []string { return []string{"", "input", "output"} }

// String returns "input" or "output".
func (d Direction) String() string { return enumName("Direction", int(d), directionNames()) }

// Role says what a key field is. The zero value is invalid.
type Role uint8

// The roles.
const (
	// Key names a KMS key.
	Key Role = iota + 1
	// Companion changes what the key beside it means: whose key is used, for
	// what, with which encryption context.
	Companion
)

func roleNames() []string { return []string{"", "key", "companion"} }

// String returns "key" or "companion".
func (r Role) String() string { return enumName("Role", int(r), roleNames()) }

// enumName returns the name of a value; an invalid one is shown as such.
func enumName(kind string, n int, names []string) string {
	if n <= 0 || n >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, n)
	}
	return names[n]
}

// enumValue returns the value of a name, or 0 and an error.
func enumValue(kind string, text []byte, names []string) (int, error) {
	if n := slices.Index(names, string(text)); n > 0 {
		return n, nil
	}
	return 0, fmt.Errorf("unknown %s %q", kind, text)
}
