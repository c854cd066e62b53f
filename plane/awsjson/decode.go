package awsjson

// Decoder reads the input of one operation into a struct.
type Decoder[T any] struct{}

// NewDecoder compiles a decoder. It fails for an operation that the service does not have,
// for a field that has no member or another type, and for a required member without a
// field. Other members without a field are ignored when they are sent; see
// [Decoder.Ignored].
func NewDecoder[T any](s *Service, operation string) (*Decoder[T], error) { panic("todo") }

// Decode reads and checks a body. An error is a [*Error].
func (d *Decoder[T]) Decode(body []byte) (*T, error) { panic("todo") }

// Ignored returns the paths of the members of the model that T has no field for, such as
// "ResourceOwners".
func (d *Decoder[T]) Ignored() []string { panic("todo") }

// Unchecked returns the names of the shapes whose pattern RE2 cannot express. Their
// values are not matched.
func (d *Decoder[T]) Unchecked() []string { panic("todo") }
