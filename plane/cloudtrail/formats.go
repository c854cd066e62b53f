package cloudtrail

import (
	"cmp"
	"log/slog"
	"reflect"
	"sync"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
	"github.com/bedlock/bedlock/plane"
)

// formats are how inputs and outputs are recorded: compiled once per operation and Go type.
type formats struct {
	log *slog.Logger

	mu       sync.RWMutex
	services map[string]*service
	compiled map[formatKey]*format
}

type formatKey struct {
	service, operation string
	side               model.Direction
	t                  reflect.Type
}

// service is an API.
type service struct {
	source string     // the eventSource
	api    *shape.API // nil: there is no model of it
	// codes are the names of exceptions by their code on the wire, where the two differ.
	codes map[string]string
	dates string
}

// append appends an input or output, which is a pointer to a struct; null for one that
// does not fit the model, which is logged once.
func (f *formats) append(dst []byte, c *plane.Call, side model.Direction, v any) []byte {
	value := reflect.ValueOf(v)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return append(dst, "null"...)
	}
	value = value.Elem()
	key := formatKey{c.Service.Name, c.Operation, side, value.Type()}
	f.mu.RLock()
	known, ok := f.compiled[key]
	f.mu.RUnlock()
	if !ok {
		known = f.compile(key)
	}
	if known == nil {
		return append(dst, "null"...)
	}
	return known.append(dst, value)
}

// code is the errorCode for a code on the wire. IAM's are the names of exceptions, as
// recorded: LimitExceededException for LimitExceeded.
func (s *service) code(wire string) string {
	if wire == "AccessDeniedException" {
		return accessDenied
	}
	return cmp.Or(s.codes[wire], wire)
}

// service returns what is known of a service, loading it at first.
func (f *formats) service(name string) *service {
	f.mu.RLock()
	s := f.services[name]
	f.mu.RUnlock()
	if s != nil {
		return s
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.services[name]; s != nil {
		return s
	}
	if f.services == nil {
		f.services = map[string]*service{}
	}
	s = &service{source: name + ".amazonaws.com", codes: map[string]string{}, dates: "Jan 2, 2006, 3:04:05 PM"}
	f.services[name] = s
	if name == "iam" {
		s.dates = "Jan 2, 2006 3:04:05 PM" // recorded in 2024, when STS had the comma
	}
	m, err := model.Load(name)
	if err != nil {
		f.log.Warn("calls are recorded without their parameters", "service", name, "error", err)
		return s
	}
	s.api = shape.New(m, shape.Observed{})
	for _, sh := range m.Shapes {
		if sh.Exception && sh.Code() != sh.Name {
			s.codes[sh.Code()] = sh.Name
		}
	}
	return s
}

// compile makes a format; nil: it cannot be made.
func (f *formats) compile(key formatKey) *format {
	s := f.service(key.service)
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.compiled[key]; ok {
		return known
	}
	if f.compiled == nil {
		f.compiled = map[formatKey]*format{}
	}
	f.compiled[key] = nil
	if s.api == nil {
		return nil
	}
	plan, err := s.api.Compile(key.operation, key.side, key.t)
	if err != nil {
		f.log.Warn("a call is recorded without its parameters", "service", key.service, "operation", key.operation, "error", err)
		return nil
	}
	m := maker{input: key.side == model.Input, dates: s.dates, done: map[*shape.Node]*format{}}
	made := m.format(plan.Root)
	if key.service == "kms" && m.input {
		made.adapt(key.operation)
	}
	f.compiled[key] = made
	return made
}
