package fix

import "github.com/bedlock/bedlock/internal/wire"

// Kind says what a step does. The zero value is invalid.
type Kind string

// The kinds of steps, in the order in which they come for one key.
const (
	CreateKey      Kind = "create-key"
	ManagedKey     Kind = "managed-key" // AWS makes its key in the account, if it is not there; nothing takes it back
	Rotation       Kind = "rotation"
	Alias          Kind = "alias"
	KeyPolicy      Kind = "key-policy"
	IdentityPolicy Kind = "identity-policy"
	Grant          Kind = "grant" // none is planned: services make the grants that they need, in the name of who may
	Update         Kind = "update"
	Publish        Kind = "publish" // a new version
	Switch         Kind = "switch"  // an alias, or a consumer, to a new version
	Alarm          Kind = "alarm"
)

// Call is one call of an API. Service and Operation are as in the API models, members of Input
// too.
type Call struct {
	Service   string      `json:"service"`
	Operation string      `json:"operation"`
	Input     wire.Object `json:"input"`
	// Whole: an answer with members that the model does not have is an error, because what is
	// made of it would lose them.
	Whole bool `json:"whole,omitempty"`
	// Already are the error codes that say that the call has had its effect before.
	Already []string `json:"already,omitempty"`
}

// Place is where calls are made.
type Place struct {
	Account string `json:"account"`
	Region  string `json:"region"`
}

// Step is one change of one thing.
type Step struct {
	// ID is unique in the plan and stable: "s07-update-guardrail-intake".
	ID    string `json:"id"`
	Title string `json:"title"` // one sentence without a full stop
	Kind  Kind   `json:"kind"`
	Place
	// Subject is the ARN of what is changed; for what the step creates, ${step:path}.
	Subject string `json:"subject"`
	// State is how it is read; nil for what has no state before it exists and is found by
	// Find, or made with a token that keeps it from being made twice.
	State *State `json:"state,omitempty"`
	// Before and After are its states; nil: it is not there.
	Before wire.Object `json:"before,omitempty"`
	After  wire.Object `json:"after,omitempty"`
	// Rest are members of the thing that the calls keep, as far as they were read: languages that
	// have configurations in the place of calls have to say them too. They are not compared.
	Rest wire.Object `json:"rest,omitempty"`
	// Given are facts that the step rests on and does not change, each read again before it.
	Given []Fact `json:"given,omitempty"`
	// Take is read right before the calls of Do, and of Undo, which name its answer as those of
	// the step [Taken]. What it answers stays in memory: it is how a value that no plan may have
	// gets from the service back to it.
	Take *Call `json:"take,omitempty"`
	// Do are the calls, in order; each may be made again. Undo are those back, in order; empty
	// with Lasting saying why there is no way back.
	Do      []Call `json:"do"`
	Undo    []Call `json:"undo,omitempty"`
	Lasting string `json:"lasting,omitempty"`
	// Wait is what has to come true after each of the calls, also of those of Undo.
	Wait *Wait `json:"wait,omitempty"`
	// Find is how the step's own work is found again when its answer was lost.
	Find *Find `json:"find,omitempty"`
	// Learn: After names answers of the step itself which its first call does not give.
	Learn *Learn `json:"learn,omitempty"`
	// Makes is how what a step without a state has made is looked at.
	Makes *Makes `json:"makes,omitempty"`
}

// State is how something is read, and what of the answer counts.
type State struct {
	Read Call `json:"read"`
	// At is the path in the answer; empty: all of it. Where a list is there, Pick are the
	// members by which the one that counts is told apart.
	At   string            `json:"at,omitempty"`
	Pick map[string]string `json:"pick,omitempty"`
	// Only are the members that count, Drop those that AWS changes by itself and that do not;
	// both are paths below At, and at most one of them is given. Lists are entered.
	Only []string `json:"only,omitempty"`
	Drop []string `json:"drop,omitempty"`
	// JSON are paths whose texts are JSON documents, which are compared as such; they may be
	// escaped as in URLs, as those of IAM are.
	JSON []string `json:"json,omitempty"`
	// Absent is the error code that says that it is not there.
	Absent string `json:"absent,omitempty"`
}

// Fact is something that must not have changed.
type Fact struct {
	State  State  `json:"state"`
	Digest string `json:"digest"` // of what was read, see Digest
	// Want is what was read, where a file may have it; nil: its digest has to do.
	Want wire.Object `json:"want,omitempty"`
	// Title says what it is: "policy of key alias/app".
	Title string `json:"title"`
}

// Wait is a status to wait for.
type Wait struct {
	Read Call   `json:"read"`
	At   string `json:"at"` // the path of the status
	// Until are the statuses that end the wait, Failed those that end it badly. Others are
	// waited out.
	Until  []string `json:"until"`
	Failed []string `json:"failed,omitempty"`
}

// Learn says that a step's own answers are what stands in its state, in the place of their names, when
// it has settled: the version that comes of an alias which is moved without being told where to.
type Learn struct {
	// Versions are those that there are. Those in But were there before: they are not the step's,
	// and if there are more, something was made.
	Versions
	But []string `json:"but"`
}

// Versions is how the versions of something are listed: the number of each is at Name in the entries
// of Items.
type Versions struct {
	List  Call   `json:"list"`
	Items string `json:"items"`
	Name  string `json:"name"`
}

// Makes is a version that a step makes, how it is read and what of it should be.
type Makes struct {
	State State       `json:"state"`
	Want  wire.Object `json:"want"`
	// Versions are those of which it is the last.
	Versions Versions `json:"versions"`
}

// Find is a way to something that was made and whose answer was lost. Keys have a tag of the
// plan's step.
type Find struct {
	Tag   string `json:"tag"`
	Value string `json:"value"`
}
