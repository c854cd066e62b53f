package awsjson

// Encoder writes the output of one operation from a struct.
type Encoder[T any] struct{}

// NewEncoder compiles an encoder. It fails for an operation that the service does not have
// or that has no output, and for a field that has no member or another type.
func NewEncoder[T any](s *Service, operation string) (*Encoder[T], error) { panic("todo") }

// Append appends the body of an answer.
func (e *Encoder[T]) Append(dst []byte, out *T) []byte { panic("todo") }
