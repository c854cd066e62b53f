package cloudtrail

import (
	"cmp"
	"log/slog"
	"reflect"
	"sync"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
)

// formats are how inputs and outputs are recorded: compiled once per operation and Go type.
type formats struct {
	log *slog.Logger

	mu       sync.RWMutex
	services map[string]*service
	compiled map[formatKey]*format
	outlined map[outlineKey]*outline
}

type outlineKey struct {
	api, operation string
	side           model.Direction
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
	// model and recording are those of an API whose calls have objects; rec is nil for others.
	// Calls of CloudTrail have objects, but for LookupEvents.
	model *model.Service
	rec   *recording
}

// append appends an input or output, which is an object or a pointer to a struct; null for
// one that does not fit the model, which is logged once.
func (f *formats) append(dst []byte, c *plane.Call, side model.Direction, v any) []byte {
	if o, ok := v.(wire.Object); ok {
		if known := f.outline(c, side); known != nil && o != nil {
			return known.append(dst, o)
		}
		return append(dst, "null"...)
	}
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
func (f *formats) service(of *plane.Service) *service {
	name := api(of)
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
	s = &service{source: of.Name + ".amazonaws.com", codes: map[string]string{}, dates: "Jan 2, 2006, 3:04:05 PM"}
	f.services[name] = s
	if name == "iam" {
		s.dates = "Jan 2, 2006 3:04:05 PM" // recorded in 2024, when STS had the comma
	}
	m, err := model.Load(name)
	if err != nil {
		f.log.Warn("calls are recorded without their parameters", "service", name, "error", err)
		return s
	}
	if rec, ok := recordings[name]; ok {
		rec.dates = cmp.Or(rec.dates, s.dates)
		s.model, s.rec = m, &rec
	}
	s.api = shape.New(m, shape.Observed{})
	if s.rec != nil {
		return s
	}
	for _, sh := range m.Shapes {
		if sh.Exception && sh.Code() != sh.Name {
			s.codes[sh.Code()] = sh.Name
		}
	}
	return s
}

// outline returns how an input or output is recorded, making it at first; nil: not at all.
func (f *formats) outline(c *plane.Call, side model.Direction) *outline {
	key := outlineKey{api(c.Service), c.Operation, side}
	f.mu.RLock()
	known, ok := f.outlined[key]
	f.mu.RUnlock()
	if ok {
		return known
	}
	s := f.service(c.Service)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.outlined == nil {
		f.outlined = map[outlineKey]*outline{}
	}
	var made *outline
	if s.rec != nil {
		o := outliner{model: s.model, rec: s.rec, done: map[string]*outline{}}
		made = o.root(c.Operation, side)
	}
	f.outlined[key] = made
	return made
}

// compile makes a format; nil: it cannot be made.
func (f *formats) compile(key formatKey) *format {
	f.mu.RLock()
	s := f.services[key.service]
	f.mu.RUnlock()
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
