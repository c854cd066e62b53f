package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/zstd"
)

// format is the table format that this package reads; see FORMAT in
// tools/modelgen.
const format = 1

// maxTable bounds a decompressed table, in bytes; the largest has a tenth.
const maxTable = 8 << 20

// maxExact is the largest magnitude below which float64 holds every integer.
const maxExact = 1 << 53

// table returns the decompressed bytes of an embedded table.
func table(service string) ([]byte, error) {
	packed, err := files.ReadFile("data/" + service + suffix)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", service, err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxTable))
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", service, err)
	}
	defer dec.Close()
	plain, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", service, err)
	}
	return plain, nil
}

// decode reads one table. It is strict: an unknown or repeated field, another
// format, a reference to nothing or a binding that makes no sense is an error,
// because a model read by halves is worse than none.
func decode(plain []byte) (*Service, error) {
	var t struct {
		Format     int                   `json:"format"`
		Name       string                `json:"name"`
		Metadata   Metadata              `json:"metadata"`
		Operations map[string]*Operation `json:"operations"`
		Shapes     map[string]*Shape     `json:"shapes"`
	}
	if err := json.Unmarshal(plain, &t, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("decode table: %w", err)
	}
	if t.Format != format {
		return nil, fmt.Errorf("decode table: format %d, want %d", t.Format, format)
	}
	s := &Service{Name: t.Name, Metadata: t.Metadata, Operations: t.Operations, Shapes: t.Shapes}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("decode table: %w", err)
	}
	return s, nil
}

// check completes what the tables leave out and verifies the rest, in sorted
// order so that the first problem is always the same.
func (s *Service) check() error {
	switch {
	case s.Name == "":
		return errors.New("no name")
	case s.Protocol == 0:
		return errors.New("no protocol")
	case !slices.Contains(s.Protocols, s.Protocol):
		return fmt.Errorf("protocol %s is not among the protocols", s.Protocol)
	case s.EndpointPrefix == "" || s.SigningName == "":
		return errors.New("no endpoint prefix or signing name")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Shapes)) {
		sh := s.Shapes[name]
		if sh == nil {
			return fmt.Errorf("shape %s: null", name)
		}
		sh.Name = name
		if err := s.checkShape(sh); err != nil {
			return fmt.Errorf("shape %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Operations)) {
		op := s.Operations[name]
		if op == nil {
			return fmt.Errorf("operation %s: null", name)
		}
		op.Name = name
		if err := s.checkOperation(op); err != nil {
			return fmt.Errorf("operation %s: %w", name, err)
		}
	}
	return nil
}

func (s *Service) checkShape(sh *Shape) error {
	if sh.Type == 0 {
		return errors.New("no type")
	}
	if (sh.Type == TypeList) != (sh.Element != nil) {
		return fmt.Errorf("%s and element do not fit", sh.Type)
	}
	if (sh.Type == TypeMap) != (sh.Key != nil && sh.Value != nil) || (sh.Key == nil) != (sh.Value == nil) {
		return fmt.Errorf("%s and key or value do not fit", sh.Type)
	}
	if sh.Members != nil && sh.Type != TypeStructure {
		return fmt.Errorf("%s has members", sh.Type)
	}
	for _, m := range []*Member{sh.Element, sh.Key, sh.Value} {
		if m == nil {
			continue
		}
		if m.Name != "" {
			return fmt.Errorf("element, key or value has the name %q", m.Name)
		}
		if err := s.checkMember(m); err != nil {
			return err
		}
	}
	seen := make(map[string]bool, len(sh.Members))
	for i := range sh.Members {
		m := &sh.Members[i]
		if m.Name == "" || seen[m.Name] {
			return fmt.Errorf("member %d: empty or repeated name %q", i, m.Name)
		}
		seen[m.Name] = true
		if err := s.checkMember(m); err != nil {
			return fmt.Errorf("member %s: %w", m.Name, err)
		}
	}
	if sh.Payload != "" && !seen[sh.Payload] {
		return fmt.Errorf("payload %s is not a member", sh.Payload)
	}
	return checkBounds(sh)
}

func checkBounds(sh *Shape) error {
	for _, bound := range []*float64{sh.Min, sh.Max} {
		if bound != nil && (*bound > maxExact || *bound < -maxExact) {
			return fmt.Errorf("bound %g is not exact", *bound)
		}
	}
	if sh.Min != nil && sh.Max != nil && *sh.Min > *sh.Max {
		return fmt.Errorf("min %g is above max %g", *sh.Min, *sh.Max)
	}
	return nil
}

func (s *Service) checkMember(m *Member) error {
	if s.Shapes[m.Shape] == nil {
		return fmt.Errorf("no shape %q", m.Shape)
	}
	if m.Location == 0 {
		m.Location = LocationBody
	}
	return nil
}

func (s *Service) checkOperation(op *Operation) error {
	if op.Method == "" || !strings.HasPrefix(op.URI, "/") {
		return fmt.Errorf("no binding in %q %q", op.Method, op.URI)
	}
	if op.Code < 100 || op.Code > 599 {
		return fmt.Errorf("status %d", op.Code)
	}
	for _, name := range []string{op.Input, op.Output} {
		if name == "" {
			continue
		}
		if sh := s.Shapes[name]; sh == nil || sh.Type != TypeStructure {
			return fmt.Errorf("no structure %q", name)
		}
	}
	for _, name := range op.Errors {
		if sh := s.Shapes[name]; sh == nil || !sh.Exception {
			return fmt.Errorf("no error %q", name)
		}
	}
	if p := op.Page; p != nil && (len(p.Input) == 0 || len(p.Input) != len(p.Output)) {
		return fmt.Errorf("page tokens %q and %q do not pair", p.Input, p.Output)
	}
	return nil
}
