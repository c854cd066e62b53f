package cloudtrail

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
)

// canary is a string in an input, and whether it must not be told.
type canary struct {
	path   string
	secret bool
}

// aviary fills inputs with strings that are found again.
type aviary struct {
	m     *model.Service
	rec   *recording
	birds map[string]canary
	open  map[string]int
	// allowed are members that only sound like secrets, with those that were met.
	allowed map[string]bool
}

func (a *aviary) bird(path string, secret bool) string {
	s := "canary" + strconv.Itoa(len(a.birds)) + "."
	a.birds[s] = canary{path, secret}
	return s
}

// fill returns a value of a shape with everything in it.
func (a *aviary) fill(name, path string, secret bool) any {
	sh := a.m.Shapes[name]
	secret = secret || (sh.Sensitive && !slices.Contains(a.rec.shown, name))
	if a.open[name] > 0 {
		return nil
	}
	a.open[name]++
	defer func() { a.open[name]-- }()
	switch sh.Type {
	case model.TypeStructure:
		if sh.Document {
			return wire.Object{"document": a.bird(path, true)}
		}
		o := wire.Object{}
		for _, m := range sh.Members {
			at := path + "." + m.Name
			if v := a.fill(m.Shape, at, secret || a.told(m, at)); v != nil {
				o[m.Name] = v
			}
		}
		return o
	case model.TypeList:
		if v := a.fill(sh.Element.Shape, path, secret); v != nil {
			return []any{v}
		}
	case model.TypeMap:
		if v := a.fill(sh.Value.Shape, path, secret); v != nil {
			return wire.Object{a.bird(path+"[]", secret): v}
		}
	case model.TypeString:
		return a.bird(path, secret)
	case model.TypeBlob:
		return []byte(a.bird(path, true))
	case model.TypeBoolean:
		return true
	case model.TypeTimestamp:
		return time.Unix(0, 0)
	case model.TypeInteger, model.TypeLong:
		return int64(1)
	case model.TypeFloat, model.TypeDouble:
		return 1.5
	}
	return nil
}

// told says whether a member with a single value is secret or content by its name.
func (a *aviary) told(m model.Member, path string) bool {
	sh := a.m.Shapes[m.Shape]
	for sh.Type == model.TypeList {
		sh = a.m.Shapes[sh.Element.Shape]
	}
	if sh.Type != model.TypeString || len(sh.Enum) > 0 {
		return false
	}
	if !telling.MatchString(m.Name) || harmless.MatchString(path) {
		return false
	}
	service, rest, _ := strings.Cut(path, ":")
	parts := strings.Split(rest, ".")
	last := service + " " + strings.Join(parts[len(parts)-2:], ".")
	if _, ok := a.allowed[last]; !ok {
		return true
	}
	a.allowed[last] = true
	return false
}

// telling are names of members that hold secrets or content by all we know, whatever the
// models say; harmless are paths of those that only sound so, beyond testdata/harmless.txt:
// names and kinds of things, tokens of pages and requests, tags, filters.
var (
	telling  = regexp.MustCompile(`(?i)secret|password|credential|prompt|instruction|message|content|text|payload|body|query|schema|document|value|answer|apikey|token|private`)
	harmless = regexp.MustCompile(`(?i)((arn|id|ids|type|types|format|status|version|versions|source|hash|name|url|endpoint|location|bucket|length|size)|(client|request|next|pagination|previous|continuation|sequence|starting|marker|idempotency)(request)?token|\btags?\.value|filters?\.values?|filter.*)$`)
)

var bird = regexp.MustCompile(`canary\d+\.`)

// TestCanaries: no string of an input that is secret or content is in a record, of no
// operation of any API that is driven by its model.
func TestCanaries(t *testing.T) {
	text, err := os.ReadFile("testdata/harmless.txt")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		allowed[strings.TrimSpace(line)] = false
	}
	for _, name := range slices.Sorted(maps.Keys(recordings)) {
		m, err := model.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		rec := recordings[name]
		for _, operation := range slices.Sorted(maps.Keys(m.Operations)) {
			for _, side := range []model.Direction{model.Input, model.Output} {
				root := m.Operations[operation].Input
				if side == model.Output {
					c := plane.Call{Service: &plane.Service{}, Operation: operation}
					if c.ReadOnly() || slices.Contains(rec.reads, operation) || rec.markup && !slices.Contains(rec.data, operation) {
						continue
					}
					root = m.Operations[operation].Output
				}
				if root == "" {
					continue
				}
				a := &aviary{m: m, rec: &rec, birds: map[string]canary{}, open: map[string]int{}, allowed: allowed}
				in, _ := a.fill(root, name+":"+operation, false).(wire.Object)
				o := outliner{model: m, rec: &rec, done: map[string]*outline{}}
				out := o.root(operation, side).append(nil, in)
				if !json.Valid(out) {
					t.Errorf("%s %s: no JSON: %s", name, operation, out)
				}
				for _, s := range bird.FindAllString(string(out), -1) {
					if a.birds[s].secret {
						t.Errorf("%v tells %s", side, a.birds[s].path)
					}
				}
			}
		}
	}
	for _, line := range slices.Sorted(maps.Keys(allowed)) {
		if !allowed[line] {
			t.Errorf("testdata/harmless.txt: nothing is called %s", line)
		}
	}
}
