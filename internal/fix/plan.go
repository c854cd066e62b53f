package fix

import (
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
)

// Version is that of the JSON form; a reader refuses any other.
const Version = "bedlock-plan/v1"

// Plan is an ordered change set. Its JSON form is stable: the same inventory and target give the
// same bytes but for Made.
type Plan struct {
	Version string `json:"version"`
	// ID is made of the plan's content; it names what the plan creates.
	ID string `json:"id"`
	// Made is when, and Source from what it was made.
	Made   time.Time `json:"made"`
	Source string    `json:"source"`
	Target Target    `json:"target"`
	// Without are the ARNs of users and roles that may lose the use of what is planned.
	Without []string `json:"without,omitempty"`
	// Subjects are the slots that the plan is about, sorted by resource and slot.
	Subjects []Subject `json:"subjects"`
	// Steps in the order in which they are done.
	Steps []Step `json:"steps"`
	// Manual is what no update can do.
	Manual []Manual `json:"manual,omitempty"`
	Cost   Cost     `json:"cost"`
	// Former are the customer's keys that slots leave. No plan deletes a key.
	Former []Former `json:"former,omitempty"`
	// Open are questions that the inventory leaves open about what is planned, and what is lost
	// with a key that slots leave for one of AWS.
	Open []bedlock.Evidence `json:"open,omitempty"`
	// Unread is what of the source could not be read, and the slots that were asked for of which
	// nobody knows where they stand: they are not planned, and neither in order nor amiss.
	Unread []bedlock.Evidence `json:"unread,omitempty"`
}

// Former is a key that slots leave.
type Former struct {
	Key  string `json:"key"` // its ARN
	Name string `json:"name"`
	// Left are the slots that leave it, Users those of the source that lead to it afterwards:
	// guardrail "intake", configuration. Without Users nothing of the source does.
	Left  []string `json:"left"`
	Users []string `json:"users,omitempty"`
}

// Aim says what kind of key is wanted. The zero value is invalid.
type Aim string

const (
	// Existing: one key that is there.
	Existing Aim = "existing"
	// New: keys that the plan creates.
	New Aim = "new"
	// Default: no key of the customer, but what AWS does when none is named: for one service a key
	// that AWS owns, for another one that AWS manages in the account. Encryption is never turned
	// off where the service has a key of its own.
	Default Aim = "default"
	// AWSOwned: a key that AWS owns and nobody else sees, or what the service does without KMS.
	AWSOwned Aim = "aws-owned"
	// AWSManaged: the key alias/aws/… that AWS manages in the account.
	AWSManaged Aim = "aws-managed"
)

// OfAWS says whether the wanted keys are those of AWS.
func (a Aim) OfAWS() bool { return a == Default || a == AWSOwned || a == AWSManaged }

// Group says for what one key each is made. The zero value is invalid.
type Group string

// The groups. All of them are within one account and Region, where a key and what it protects
// have to be together.
const (
	PerRegion    Group = "region"          // one key for each account and Region
	PerIsolation Group = "isolation-group" // one for each value of the isolation tag besides
	PerResource  Group = "resource"        // one for each resource
)

// Target is where the subjects go.
type Target struct {
	Aim Aim `json:"aim"`
	// Key is the ARN of an existing key.
	Key string `json:"key,omitempty"`
	// Per, Alias, Tags, RotationDays and DeletionDays are of new keys. Alias has {group} for
	// what tells the keys of a plan apart. RotationDays: 90 to 2560, DeletionDays: 7 to 30.
	Per          Group             `json:"per,omitempty"`
	Alias        string            `json:"alias,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
	RotationDays int               `json:"rotationDays,omitempty"`
	DeletionDays int               `json:"deletionDays,omitempty"`
	// Administrators are the ARNs of principals that manage a new key; empty: the account, which
	// leaves it to its IAM policies.
	Administrators []string `json:"administrators,omitempty"`
}

// Subject is a slot that a plan is about.
type Subject struct {
	Resource string `json:"resource"` // the inventory's ID, an ARN
	Type     string `json:"type"`
	Slot     string `json:"slot"`
	Title    string `json:"title"` // what a person calls it: guardrail "intake"
	Account  string `json:"account"`
	Region   string `json:"region"`
	// From and To are the keys before and after: an ARN, ${step:path}, or empty for none. A key
	// that AWS manages is alias/aws/… there, but where the service tells its ARN.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Owner is whose the key after is, when it is none of the customer: aws-owned, aws-managed,
	// or none where the service does not encrypt.
	Owner catalog.Owner `json:"owner,omitempty"`
	// Rung is where it stands, Reaches where it will; the same for what stays (see Why).
	Rung    bedlock.Rung `json:"rung"`
	Reaches bedlock.Rung `json:"reaches"`
	// Because is what keeps it from a better rung then, Lift what would raise it.
	Because []bedlock.Evidence `json:"because,omitempty"`
	Lift    string             `json:"lift,omitempty"`
	// Callers: what keeps it is that nobody of those that were read can use the key through the
	// service; who is to has to be named (Request.Callers).
	Callers bool `json:"callers,omitempty"`
	// Users are the ARNs of the roles and named callers that need its key, sorted.
	Users []string `json:"users,omitempty"`
	// Losing are those who call what uses it and could not use its key, LosingMore how many more
	// there are.
	Losing     []Loss `json:"losing,omitempty"`
	LosingMore int    `json:"losingMore,omitempty"`
	// Data says what becomes of data that is there: what the service encrypts again by itself,
	// what has to be written or ingested again.
	Data string `json:"data,omitempty"`
	// Why says why no step changes it; empty: one does.
	Why string `json:"why,omitempty"`
}

// Manual is a way for people, where nothing can be changed in place.
type Manual struct {
	Resource string `json:"resource"`
	Title    string `json:"title"`
	// Why it cannot be done by a step, What is lost or interrupted on the way.
	Why  string `json:"why"`
	What string `json:"what,omitempty"`
	// Steps are sentences, in order.
	Steps []string `json:"steps"`
	// Source is where AWS says so.
	Source string `json:"source,omitempty"`
}

// Cost is what a plan changes of the bill, in US dollars. Requests are not in it: their number is
// not in an inventory.
type Cost struct {
	// Keys are created, Monthly is their storage per month in the first year.
	Keys    int     `json:"keys"`
	Monthly float64 `json:"monthly"`
	// Notes say what comes besides: rotations, requests, ingestion.
	Notes  []string `json:"notes,omitempty"`
	Source string   `json:"source,omitempty"`
}

// Step returns the step of an ID, nil when there is none.
func (p *Plan) Step(id string) *Step {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return &p.Steps[i]
		}
	}
	return nil
}
