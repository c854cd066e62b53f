package workload

import (
	"regexp"
	"slices"
	"strings"
)

// Version is that of the profile's form; a reader refuses any other.
const Version = "bedlock-workload/v1"

// Profile is what a file says, before its variables have values.
type Profile struct {
	Name, Title string
	// Variables are the values of {name} where nobody gives another; empty: somebody must.
	Variables map[string]string
	Key       Key
	Stores    []Store
	Callers   []Caller
	Services  []Service
	Alarms    Alarms

	file string
	// texts are those with variables, with their places.
	texts []text
}

// Key says which key the stores go under.
type Key struct {
	// To is new, default, aws-owned, aws-managed, or the ARN or alias of a key. Environment is the variable of the
	// environment that may name another.
	To, Environment string
	// Alias, RotationDays, DeletionDays and Tags are of a new key; 0: the defaults of plans.
	Alias        string
	RotationDays int
	DeletionDays int
	Tags         map[string]string
}

// Store is stores of one type. Names are patterns with * and ?, any of which fits; Tags must all
// be there; Stack is the pattern of the CloudFormation stack that made them. What is given must
// all hold.
type Store struct {
	Type  string
	Names []string
	Tags  map[string]string
	Stack string
	// Slots are those of the catalogue that get the key; empty: all.
	Slots []string
}

// Caller is roles and users, by patterns of their names, with the types of stores that they use.
// What only those need who create or configure stores is given to them for the types of Creates.
type Caller struct {
	Names         []string
	Uses, Creates []string
}

// Service is a service that uses the key by itself; see [fix.Service].
type Service struct {
	Principal string
	Actions   []string
	Uses      []string
	SourceARN string
}

// Alarms are the alarms on the key.
type Alarms struct {
	// Topic is the SNS topic that they go to; it is made when it is not there. Trail is the
	// trail whose log group the events of CloudTrail are counted in; empty: that of no trail.
	Topic, Trail string
	List         []Alarm
}

// Alarm is one alarm: when more than Above happen in so many Seconds.
type Alarm struct {
	Name string
	// Metric and Operation are a metric of KMS, counted for one operation on the key. Events
	// is denied or endangered, counted in CloudTrail. One of the two is given.
	Metric, Operation string
	Events            Events
	Above             int
	Seconds           int
}

// Events are kinds of events of CloudTrail that KMS has no metric for. The zero value is none.
type Events string

// The kinds of events.
const (
	Denied     Events = "denied"     // requests to KMS that were refused for lack of permission
	Endangered Events = "endangered" // keys that were disabled, or whose deletion was scheduled
)

// text is a text of the profile with its place.
type text struct {
	value     string
	line, col int
}

// variable is a name in braces.
var variable = regexp.MustCompile(`\{([^{}]*)\}`)

// reserved are the names that plans know themselves, in the sources of services.
var reserved = []string{"partition", "region", "account"}

// filled puts values in the place of variables.
func filled(s string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(s, func(m string) string {
		name := m[1 : len(m)-1]
		if v, ok := values[name]; ok && !slices.Contains(reserved, name) {
			return v
		}
		return m
	})
}

// literal is a value as a pattern that fits nothing else.
func literal(v string) bool { return !strings.ContainsAny(v, "*?") }
