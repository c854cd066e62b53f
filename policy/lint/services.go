package lint

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed services.txt
var servicesText string

// embedded is the table of services. That it loads is tested; a table that does not
// is empty, and nothing is judged by it.
var embedded = sync.OnceValue(func() *services {
	t, err := loadServices(servicesText)
	if err != nil {
		return &services{}
	}
	return t
})

// services is what is known of AWS's services.
type services struct {
	known, rcp map[string]bool
	// of are the services of which everything is known.
	of map[string]*service
}

// service is what is known of one service.
type service struct {
	prefix    string
	keys      []conditionKey
	resources []resourceType
	actions   []action // by name in lower case
	index     map[string]int
}

// conditionKey is a condition key. In its name * stands for any text; lower is the
// name in lower case.
type conditionKey struct {
	name  string
	typed valueType
	many  bool
	lower string
}

// resourceType are the resources of a type: a pattern of ARNs, as overlap reads it.
type resourceType struct {
	name, pattern string
	keys          []int
}

// action is an action with the types of resources it works on, none for an action
// on no resource, and the condition keys it can have.
type action struct {
	name      string
	lower     string
	resources []int
	keys      []int
}

// valueType is what the values of a condition key are. The zero value is invalid.
type valueType uint8

const (
	stringValue valueType = iota + 1
	arnValue
	boolValue
	numericValue
	dateValue
	addressValue
)

var valueTypes = map[string]valueType{
	"String": stringValue, "ARN": arnValue, "Bool": boolValue, "Numeric": numericValue, "Date": dateValue, "IPAddress": addressValue,
}

// loadServices reads the table; its form is told at its head.
func loadServices(text string) (*services, error) {
	l := &loader{table: &services{known: map[string]bool{}, rcp: map[string]bool{}, of: map[string]*service{}}}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := l.line(strings.Split(line, " ")); err != nil {
			return nil, fmt.Errorf("table of services: line %d: %w", i+1, err)
		}
	}
	for name := range l.table.rcp {
		if !l.table.known[name] {
			return nil, fmt.Errorf("table of services: %s supports resource control policies and is not known", name)
		}
	}
	return l.table, nil
}

type loader struct {
	table   *services
	service *service
	stage   int // 1 keys, 2 resources, 3 actions
}

func (l *loader) line(words []string) error {
	directive, words := words[0], words[1:]
	if len(words) == 0 || slices.Contains(words, "") {
		return fmt.Errorf("%q without what it needs, or two spaces", directive)
	}
	switch directive {
	case "known", "rcp":
		into := l.table.known
		if directive == "rcp" {
			into = l.table.rcp
		}
		for _, w := range words {
			if into[w] {
				return fmt.Errorf("%s is there twice", w)
			}
			into[w] = true
		}
		return nil
	case "service":
		name := words[0]
		if len(words) != 1 || !l.table.known[name] || l.table.of[name] != nil {
			return fmt.Errorf("service %s is not known, or there twice", name)
		}
		l.service, l.stage = &service{prefix: name, index: map[string]int{}}, 1
		l.table.of[name] = l.service
		return nil
	}
	order := map[string]int{"key": 1, "resource": 2, "action": 3}[directive]
	switch {
	case order == 0:
		return fmt.Errorf("there is no directive %q", directive)
	case l.service == nil || order < l.stage:
		return fmt.Errorf("%s out of order", directive)
	case len(words) < 2:
		return fmt.Errorf("%s needs two words", directive)
	}
	l.stage = order
	switch directive {
	case "key":
		return l.key(words)
	case "resource":
		return l.resource(words)
	}
	return l.action(words)
}

func (l *loader) key(words []string) error {
	name, many := strings.CutPrefix(words[0], "ArrayOf")
	typed := valueTypes[name]
	if typed == 0 || len(words) != 2 {
		return fmt.Errorf("key of type %s", words[0])
	}
	k := conditionKey{name: words[1], typed: typed, many: many, lower: strings.ToLower(words[1])}
	if !strings.Contains(k.name, ":") || slices.ContainsFunc(l.service.keys, func(o conditionKey) bool { return o.lower == k.lower }) {
		return fmt.Errorf("key %s has no prefix, or is there twice", words[1])
	}
	l.service.keys = append(l.service.keys, k)
	return nil
}

func (l *loader) resource(words []string) error {
	if !strings.HasPrefix(words[1], "arn:") || l.service.resourceIndex(words[0]) >= 0 {
		return fmt.Errorf("resource %s has no ARN, or is there twice", words[0])
	}
	keys, err := l.keys(words[2:])
	l.service.resources = append(l.service.resources, resourceType{words[0], words[1], keys})
	return err
}

func (l *loader) action(words []string) error {
	a := action{name: words[0], lower: strings.ToLower(words[0])}
	if _, twice := l.service.index[a.lower]; twice {
		return fmt.Errorf("action %s is there twice", a.name)
	}
	if words[1] != "-" {
		for _, name := range strings.Split(words[1], ",") {
			i := l.service.resourceIndex(name)
			if i < 0 {
				return fmt.Errorf("action %s: there is no resource %q", a.name, name)
			}
			a.resources = append(a.resources, i)
			a.keys = append(a.keys, l.service.resources[i].keys...)
		}
	}
	keys, err := l.keys(words[2:])
	a.keys = append(a.keys, keys...)
	l.service.index[a.lower] = len(l.service.actions)
	l.service.actions = append(l.service.actions, a)
	return err
}

// keys reads numbers and ranges of keys.
func (l *loader) keys(words []string) (out []int, err error) {
	for _, w := range words {
		first, last, isRange := strings.Cut(w, "-")
		from, err := strconv.Atoi(first)
		to := from
		if err == nil && isRange {
			to, err = strconv.Atoi(last)
		}
		if err != nil || from < 0 || to < from || to >= len(l.service.keys) {
			return nil, fmt.Errorf("there are no keys %q", w)
		}
		for i := from; i <= to; i++ {
			out = append(out, i)
		}
	}
	return out, nil
}

func (s *service) resourceIndex(name string) int {
	return slices.IndexFunc(s.resources, func(r resourceType) bool { return r.name == name })
}
