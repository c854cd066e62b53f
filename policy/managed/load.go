package managed

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
)

// A file of the table is lines of a field and its words, one space between them.
// Lines that are empty or begin with # say nothing. The fields, in their order:
//
//	policy NAME                    begins a policy: path and name
//	version VERSION DAY            its default version on that day
//	partition NAME...              where it says what follows
//	source URL                     the page on which AWS publishes it
//	allow [SID] | deny [SID]       begins a statement
//	action SERVICE NAME...         actions of one service; "action *" are all there are
//	not-action SERVICE NAME...
//	resource ARN...                or *
//	not-resource ARN...
//	condition OPERATOR KEY VALUE...
//
// The lines of actions and of resources may be several; they add up.
var fields = map[string]struct {
	stage, least, most int // most is 0 where any number of words will do
	read               func(*loader, []string) error
}{
	"policy":       {0, 1, 1, (*loader).policy},
	"version":      {1, 2, 2, (*loader).version},
	"partition":    {2, 1, 0, (*loader).partition},
	"source":       {3, 1, 1, (*loader).source},
	"allow":        {4, 0, 1, (*loader).allow},
	"deny":         {4, 0, 1, (*loader).deny},
	"action":       {5, 1, 0, (*loader).action},
	"not-action":   {5, 1, 0, (*loader).notAction},
	"resource":     {6, 1, 0, (*loader).resource},
	"not-resource": {6, 1, 0, (*loader).notResource},
	"condition":    {7, 3, 0, (*loader).condition},
}

var (
	namePattern      = regexp.MustCompile(`^([A-Za-z0-9-]+/)*[A-Za-z0-9_+=,.@-]+$`)
	versionPattern   = regexp.MustCompile(`^v[1-9][0-9]*$`)
	partitionPattern = regexp.MustCompile(`^aws(-[a-z]+)*$`)
	sourcePattern    = regexp.MustCompile(`^https://[a-z0-9.-]+/[A-Za-z0-9/._-]+$`)
	sidPattern       = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	servicePattern   = regexp.MustCompile(`^[a-z0-9-]+$`)
	actionPattern    = regexp.MustCompile(`^[A-Za-z0-9_*?-]+$`)
	keyPattern       = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9:/_.-]+$`)
)

// table is every policy that is known, and where each name stands.
type table struct {
	policies []Policy
	index    map[string]int
}

func newTable() *table { return &table{index: map[string]int{}} }

// loader reads one file. It stands at a stage of the order of fields, within the last
// policy and its last statement.
type loader struct {
	table     *table
	into      *Policy
	statement *policy.Statement
	stage     int
}

// load adds the policies of a file's text. An error names the file and the line; the
// table is then of no use.
func (t *table) load(file, text string) error {
	l, begins := &loader{table: t}, 0
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "policy ") {
			if err := l.finish(); err != nil {
				return fmt.Errorf("load %s:%d: %w", file, begins, err)
			}
			begins = i + 1
		}
		if err := l.line(strings.Split(line, " ")); err != nil {
			return fmt.Errorf("load %s:%d: %w", file, i+1, err)
		}
	}
	if err := l.finish(); err != nil {
		return fmt.Errorf("load %s:%d: %w", file, begins, err)
	}
	return nil
}

func (l *loader) line(words []string) error {
	name, words := words[0], words[1:]
	field, ok := fields[name]
	switch {
	case !ok:
		return fmt.Errorf("there is no field %q", name)
	case slices.ContainsFunc(words, isNoWord):
		return fmt.Errorf("field %s: two spaces, or a character that no word has", name)
	case len(words) < field.least || field.most > 0 && len(words) > field.most:
		return fmt.Errorf("field %s: %d words", name, len(words))
	case l.into == nil && field.stage > 0:
		return fmt.Errorf("field %s before any policy", name)
	case !l.follows(field.stage):
		return fmt.Errorf("field %s out of order, or there twice", name)
	}
	l.stage = field.stage
	return field.read(l, words)
}

// isNoWord reports whether a text cannot be a word: facts are plain text, and none of
// them is a token.
func isNoWord(s string) bool {
	return s == "" || strings.Contains(s, "${bedlock:") ||
		strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

// follows reports whether a field of a stage may stand here. A statement begins when
// the one before has actions and resources; from actions on, fields may be several.
func (l *loader) follows(stage int) bool {
	switch stage {
	case 0:
		return true
	case 4:
		return l.stage == 3 || l.stage >= 6
	case 5, 6, 7:
		return l.stage == stage || l.stage == stage-1
	}
	return l.stage == stage-1
}

// finish checks the last policy and settles its document.
func (l *loader) finish() error {
	if l.into == nil {
		return nil
	}
	if l.stage < 6 {
		return fmt.Errorf("policy %s is not complete", l.into.Name)
	}
	d, err := settled(l.into.Document)
	if err != nil {
		return fmt.Errorf("policy %s: %w", l.into.Name, err)
	}
	l.into.Document = d
	l.table.index[l.into.Name] = len(l.table.policies)
	l.table.policies = append(l.table.policies, *l.into)
	return nil
}

// settled returns the document as its own text is read, so that everything has a
// place.
func settled(d *policy.Document) (*policy.Document, error) {
	parsed, err := policy.Parse(d.Print())
	if err != nil {
		return nil, err
	}
	if len(parsed.Problems) > 0 {
		p := parsed.Problems[0]
		return nil, fmt.Errorf("statement %d: %s", p.Statement, p.Text)
	}
	return parsed, nil
}

func (l *loader) policy(words []string) error {
	name := words[0]
	if _, twice := l.table.index[name]; twice || !namePattern.MatchString(name) {
		return fmt.Errorf("policy %q is there twice, or no name of a policy", name)
	}
	l.into = &Policy{Name: name, Document: &policy.Document{Version: "2012-10-17"}}
	return nil
}

func (l *loader) version(words []string) error {
	if _, err := time.Parse(time.DateOnly, words[1]); err != nil || !versionPattern.MatchString(words[0]) {
		return fmt.Errorf("version %s %s: want v and a number, and a day as in 2026-09-30", words[0], words[1])
	}
	l.into.Version, l.into.AsOf = words[0], words[1]
	return nil
}

func (l *loader) partition(words []string) error {
	for _, w := range words {
		if !partitionPattern.MatchString(w) {
			return fmt.Errorf("partition %q: want aws, aws-cn and the like", w)
		}
	}
	return add(&l.into.Partitions, "partition", words)
}

func (l *loader) source(words []string) error {
	if !sourcePattern.MatchString(words[0]) {
		return fmt.Errorf("source %q: want an https address", words[0])
	}
	l.into.Source = words[0]
	return nil
}

func (l *loader) allow(words []string) error { return l.begin(policy.Allow, words) }
func (l *loader) deny(words []string) error  { return l.begin(policy.Deny, words) }

func (l *loader) begin(effect policy.Effect, words []string) error {
	d := l.into.Document
	s := policy.Statement{Index: len(d.Statements), Effect: effect}
	if len(words) > 0 {
		s.Sid = words[0]
		if !sidPattern.MatchString(s.Sid) || slices.ContainsFunc(d.Statements, func(o policy.Statement) bool { return o.Sid == s.Sid }) {
			return fmt.Errorf("statement %q is there twice, or no Sid of a statement", s.Sid)
		}
	}
	d.Statements = append(d.Statements, s)
	l.statement = &d.Statements[s.Index]
	return nil
}

func (l *loader) action(words []string) error    { return actions(&l.statement.Actions, words) }
func (l *loader) notAction(words []string) error { return actions(&l.statement.NotActions, words) }

// actions adds the actions of a service to a list.
func actions(list *[]string, words []string) error {
	service, names := words[0], words[1:]
	if service == "*" && len(names) == 0 {
		return add(list, "action", words)
	}
	if len(names) == 0 || !servicePattern.MatchString(service) {
		return fmt.Errorf("action %s: want a service and names of its actions", service)
	}
	whole := make([]string, len(names))
	for i, n := range names {
		if !actionPattern.MatchString(n) {
			return fmt.Errorf("action %s %q: no name of an action", service, n)
		}
		whole[i] = service + ":" + n
	}
	return add(list, "action", whole)
}

func (l *loader) resource(words []string) error { return l.resources(&l.statement.Resources, words) }
func (l *loader) notResource(words []string) error {
	return l.resources(&l.statement.NotResources, words)
}

// resources adds ARNs to a list. IAM refuses those of another partition, so a policy
// with an ARN can say the same in one partition only.
func (l *loader) resources(list *[]string, words []string) error {
	for _, w := range words {
		if w == "*" {
			continue
		}
		a, err := arn.Parse(w)
		if err != nil {
			return err
		}
		if a.Partition != "*" && !slices.Equal(l.into.Partitions, []string{a.Partition}) {
			return fmt.Errorf("resource %s: its partition is not the policy's only one", w)
		}
	}
	return add(list, "resource", words)
}

func (l *loader) condition(words []string) error {
	c := policy.Condition{Operator: policy.ParseOperator(words[0]), Key: words[1]}
	if !c.Operator.Valid() || !keyPattern.MatchString(c.Key) {
		return fmt.Errorf("condition %s %s: no operator, or no key", words[0], c.Key)
	}
	if err := add(&c.Values, "value", words[2:]); err != nil {
		return err
	}
	l.statement.Conditions = append(l.statement.Conditions, c)
	return nil
}

// add appends words to a list that none of them may be in.
func add(list *[]string, what string, words []string) error {
	for _, w := range words {
		if slices.Contains(*list, w) {
			return fmt.Errorf("%s %q is there twice", what, w)
		}
		*list = append(*list, w)
	}
	return nil
}
