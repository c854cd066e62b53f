package permit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// What IAM takes of identity policies, in characters without white space: of a managed policy, and of
// the inline policies of a role and of a user together; and how many managed policies a role or user
// has unless AWS is asked for more.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	MaxManaged    = 6144
	MaxInlineRole = 10240
	MaxInlineUser = 2048
	MaxAttached   = 10
)

// document is a policy as [Policy] makes it: all of its statements allow.
type document struct {
	Version   string
	Statement []statement
}

// Size is what counts of a policy's text.
func Size(policy string) (int, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(policy)); err != nil {
		return 0, fmt.Errorf("size of policy: %w", err)
	}
	return b.Len(), nil
}

// Split makes of a policy of [Policy] as many as are needed for none to be longer than most: together
// they allow what it allows. Statements stay in their order and whole, unless one is too long by itself:
// then it is made several of fewer resources, or of fewer actions. A policy that fits is returned as it
// is.
func Split(policy string, most int) ([]string, error) {
	var whole document
	d := json.NewDecoder(bytes.NewReader([]byte(policy)))
	d.DisallowUnknownFields()
	if err := d.Decode(&whole); err != nil {
		return nil, fmt.Errorf("split policy: %w", err)
	}
	if whole.size() <= most {
		return []string{policy}, nil
	}
	var parts []document
	for _, s := range whole.Statement {
		short, err := s.fitting(whole.Version, most)
		if err != nil {
			return nil, err
		}
		for _, s := range short {
			if (document{whole.Version, []statement{s}}).size() > most {
				return nil, fmt.Errorf("split policy: %s on %s is too long for a policy by itself", s.Action[0], s.Resource[0])
			}
			i := slices.IndexFunc(parts, func(d document) bool { return d.with(s).size() <= most })
			if i < 0 {
				i = len(parts)
				parts = append(parts, document{Version: whole.Version})
			}
			parts[i] = parts[i].with(s)
		}
	}
	var out []string
	for _, p := range parts {
		text, err := p.print()
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// fitting are statements that together allow what a statement allows, each of which fits into a policy.
func (s statement) fitting(version string, most int) ([]statement, error) {
	fits := func(s statement) bool { return document{version, []statement{s}}.size() <= most }
	if fits(s) {
		return []statement{s}, nil
	}
	if len(s.Resource) == 0 || len(s.Action) == 0 {
		return nil, errors.New("split policy: a statement has no actions or resources")
	}
	longest := slices.MaxFunc(s.Resource, func(a, b string) int { return len(a) - len(b) })
	if one := s; len(s.Resource) > 1 {
		if one.Resource = []string{longest}; fits(one) {
			return s.byResources(fits), nil
		}
	}
	if len(s.Action) == 1 {
		return nil, fmt.Errorf("split policy: %s on %s is too long for a policy by itself", s.Action[0], longest)
	}
	// Its actions fill a policy with one resource alone.
	var out []statement
	for _, half := range [][]string{s.Action[:len(s.Action)/2], s.Action[len(s.Action)/2:]} {
		part := s
		part.Action = half
		parts, err := part.fitting(version, most)
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return out, nil
}

// byResources are statements of as many resources as fit; one does.
func (s statement) byResources(fits func(statement) bool) (out []statement) {
	for list := s.Resource; len(list) > 0; {
		part, n := s, 1
		for part.Resource = list[:n]; n < len(list); n++ {
			if part.Resource = list[:n+1]; !fits(part) {
				break
			}
		}
		part.Resource = list[:n:n]
		out, list = append(out, part), list[n:]
	}
	return out
}

func (d document) with(s statement) document {
	d.Statement = append(slices.Clip(d.Statement), s)
	return d
}

// size is that of the text without white space.
func (d document) size() int {
	b, _ := json.Marshal(d) // of texts only
	return len(b)
}

func (d document) print() (string, error) {
	out, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return "", fmt.Errorf("print policy: %w", err)
	}
	return string(out) + "\n", nil
}
