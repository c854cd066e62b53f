package seed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Call is one call of an API that a seed makes: what a client would do, written down.
type Call struct {
	// File is the file beside the seed that has the call; empty: the seed itself. Line is that
	// of the call there.
	File            string
	Line            int
	Account, Region string
	// As is role/NAME or user/NAME of the account, with the path; empty: its root user.
	As string
	// API and Operation are the name of the API's model and one of its operations:
	// bedrock-agent and CreateAgent.
	API, Operation string
	// Keep are paths in the answer by the names of variables.
	Keep map[string]string

	input any
}

// call is the YAML of a Call.
type call struct {
	Account string            `yaml:"account"`
	Region  string            `yaml:"region"`
	As      string            `yaml:"as"`
	Do      string            `yaml:"do"`
	With    yaml.Node         `yaml:"with"`
	Keep    map[string]string `yaml:"keep"`
}

var (
	variableName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	variable     = regexp.MustCompile(`\$\{([^${}]*)\}`)
)

// calls reads the calls of a seed. A text among them is the name of a file beside the seed, a
// list of calls that stands in its place.
func (r *reading) calls(nodes []yaml.Node) {
	for i := range nodes {
		n := &nodes[i]
		if n.Kind != yaml.ScalarNode {
			r.call("", n)
			continue
		}
		inner, err := r.file(n.Value)
		if err != nil {
			r.fail(fmt.Sprintf("line %d: calls of %s", n.Line, n.Value), "%v", err)
		}
		for j := range inner {
			r.call(n.Value, &inner[j])
		}
	}
}

// file reads the calls of a file.
func (r *reading) file(name string) ([]yaml.Node, error) {
	if r.open == nil {
		return nil, errors.New("files are not read here")
	}
	b, err := r.open(name)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%d bytes; more than %d are not read", len(b), MaxSize)
	}
	var nodes []yaml.Node
	return nodes, yaml.Unmarshal(b, &nodes)
}

func (r *reading) call(file string, n *yaml.Node) {
	var c call
	where := place(file, n.Line) + ": call"
	if err := strictly(n, &c); err != nil {
		r.fail(where, "%v", err)
		return
	}
	made := &Call{File: file, Line: n.Line, Account: c.Account, Region: c.Region, As: c.As, Keep: c.Keep}
	var ok bool
	if made.API, made.Operation, ok = strings.Cut(c.Do, ":"); !ok {
		r.fail(where, "do is an API and an operation, such as bedrock:CreateGuardrail")
	}
	if !accountID.MatchString(c.Account) || c.Region == "" {
		r.fail(where, "a call needs an account of twelve digits, in quotes, and a region")
	}
	if kind, name, found := strings.Cut(c.As, "/"); c.As != "" && (!found || name == "" || kind != "role" && kind != "user") {
		r.fail(where, "as is role/NAME or user/NAME; without it the call is the root user's")
	}
	for _, name := range sorted(c.Keep) {
		if !variableName.MatchString(name) {
			r.fail(where, "a variable has a name of lower case letters, digits and hyphens, not %q", name)
		}
	}
	made.input = map[string]any{}
	if !c.With.IsZero() {
		if err := c.With.Decode(&made.input); err != nil {
			r.fail(where, "with: %v", err)
		}
	}
	r.seed.calls = append(r.seed.calls, made)
}

// place is where a call is written: "line 7", "tenants.yaml: line 7".
func place(file string, line int) string {
	if file != "" {
		file += ": "
	}
	return fmt.Sprintf("%sline %d", file, line)
}

// callMembers are those of a call.
var callMembers = []string{"account", "region", "as", "do", "with", "keep"}

// strictly decodes a call; an unknown member is an error with its line.
func strictly(n *yaml.Node, into *call) error {
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			if name := n.Content[i]; !slices.Contains(callMembers, name.Value) {
				return fmt.Errorf("line %d: a call has no member %q", name.Line, name.Value)
			}
		}
	}
	return n.Decode(into)
}

// Client makes the calls of a seed.
type Client interface {
	// Call makes a call and returns the answer as JSON. input is JSON.
	Call(ctx context.Context, c *Call, input []byte) (answer []byte, err error)
	// Key is the ARN of the key of an alias in an account and Region.
	Key(ctx context.Context, account, region, alias string) (string, error)
}

// Calls makes the calls of the seed in their order. In texts of their inputs ${name} stands
// for what an earlier call kept, ${account} and ${region} for the call's own, and
// ${key:alias/NAME} for the ARN of a key there, or of another place with
// ${key:ACCOUNT/REGION/alias/NAME}; another name that no call keeps is an error, and what is no
// name, such as the policy variable ${aws:username}, stays.
func (s *Seed) Calls(ctx context.Context, to Client) error {
	kept := map[string]string{}
	for _, c := range s.calls {
		if err := c.make(ctx, to, kept); err != nil {
			return fmt.Errorf("seed: %s: %s:%s in %s, %s: %w", place(c.File, c.Line), c.API, c.Operation, c.Account, c.Region, err)
		}
	}
	return nil
}

func (c *Call) make(ctx context.Context, to Client, kept map[string]string) error {
	filled, err := c.fill(ctx, to, kept, c.input)
	if err != nil {
		return err
	}
	input, err := json.Marshal(filled)
	if err != nil {
		return err
	}
	answer, err := to.Call(ctx, c, input)
	if err != nil || len(c.Keep) == 0 {
		return err
	}
	var out any
	if err := json.Unmarshal(answer, &out); err != nil {
		return err
	}
	for _, name := range sorted(c.Keep) {
		text, ok := at(out, c.Keep[name])
		if !ok {
			return fmt.Errorf("keep %s: the answer has no text at %s", name, c.Keep[name])
		}
		kept[name] = text
	}
	return nil
}

func at(v any, path string) (string, bool) {
	for _, name := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	text, ok := v.(string)
	return text, ok
}

// fill replaces the variables in the texts of a value.
func (c *Call) fill(ctx context.Context, to Client, kept map[string]string, v any) (any, error) {
	switch v := v.(type) {
	case string:
		return c.text(ctx, to, kept, v)
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			var err error
			if out[i], err = c.fill(ctx, to, kept, inner); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			filled, err := c.fill(ctx, to, kept, inner)
			if err != nil {
				return nil, err
			}
			if name, err = c.text(ctx, to, kept, name); err != nil {
				return nil, err
			}
			out[name] = filled
		}
		return out, nil
	}
	return v, nil
}

func (c *Call) text(ctx context.Context, to Client, kept map[string]string, s string) (string, error) {
	var failed error
	out := variable.ReplaceAllStringFunc(s, func(match string) string {
		name := match[2 : len(match)-1]
		switch {
		case name == "account":
			return c.Account
		case name == "region":
			return c.Region
		case strings.HasPrefix(name, "key:"):
			arn, err := c.key(ctx, to, name[len("key:"):])
			if err != nil {
				failed = fmt.Errorf("%s: %w", match, err)
			}
			return arn
		case kept[name] != "":
			return kept[name]
		case variableName.MatchString(name):
			failed = fmt.Errorf("%s: no call before this one keeps %s", match, name)
		}
		return match // such as a policy variable, ${aws:username}
	})
	return out, failed
}

func (c *Call) key(ctx context.Context, to Client, name string) (string, error) {
	if strings.HasPrefix(name, "alias/") {
		return to.Key(ctx, c.Account, c.Region, name)
	}
	parts := strings.SplitN(name, "/", 3)
	if len(parts) != 3 {
		return "", fmt.Errorf("a key is alias/NAME, or ACCOUNT/REGION/alias/NAME")
	}
	return to.Key(ctx, parts[0], parts[1], parts[2])
}
