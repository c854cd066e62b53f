package inventory

import (
	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
)

// Parts are what an inventory is made of, and its JSON form. [New] checks them
// and makes them immutable.
type Parts struct {
	// Inputs say what was read and what was not.
	Inputs     []bedlock.Input `json:"inputs"`
	Resources  []Resource      `json:"resources"`
	Keys       []Key           `json:"keys"`
	Aliases    []Alias         `json:"aliases,omitempty"`
	Grants     []Grant         `json:"grants,omitempty"`
	Principals []Principal     `json:"principals,omitempty"`
	Accounts   []Account       `json:"accounts,omitempty"`
	// ControlPolicies are the service and resource control policies that accounts
	// refer to.
	ControlPolicies []ControlPolicy `json:"controlPolicies,omitempty"`
	// Alarms are those of CloudWatch on metrics of KMS, as far as code makes them.
	Alarms []Alarm `json:"alarms,omitempty"`
}

// Alarm is an alarm of CloudWatch on a metric of KMS.
type Alarm struct {
	ID      string        `json:"id"`
	Address string        `json:"address,omitempty"`
	Name    Value[string] `json:"name,omitzero"`
	Metric  Value[string] `json:"metric"`
	// Dimensions are the names of the metric's dimensions.
	Dimensions Value[[]string] `json:"dimensions,omitzero"`
	// When is the undecided condition under which it exists; empty: always.
	When string           `json:"when,omitempty"`
	At   bedlock.Position `json:"at,omitzero"`
}

// Place is where a thing lives. In infrastructure code the account and Region
// are known only when the code says so.
type Place struct {
	Account Value[string] `json:"account,omitzero"` // 12 digits
	Region  Value[string] `json:"region,omitzero"`
}

// Tags are a thing's tags, as far as they are known. Open is the reason why
// there may be more; empty when the list is complete.
type Tags struct {
	Known map[string]string `json:"known,omitempty"`
	Open  string            `json:"open,omitempty"`
}

// Resource is one encryptable thing.
type Resource struct {
	// ID is unique in the inventory: the ARN when known, else file#address.
	ID string `json:"id"`
	// Type is the catalogue entry's type.
	Type string `json:"type"`
	// Source is the type's name in the source when it is another one
	// (aws_bedrock_guardrail).
	Source string `json:"source,omitempty"`
	// Address is its name within the source: logical id or Terraform address.
	Address string        `json:"address,omitempty"`
	Name    Value[string] `json:"name,omitzero"`
	Place
	Tags Tags `json:"tags,omitzero"`
	// Policy is the resource's own policy: a bucket policy, the policy of a queue. Unrecorded
	// where the type has none.
	Policy Value[Policy] `json:"policy,omitzero"`
	// When is the undecided condition under which it exists; empty: always.
	When  string           `json:"when,omitempty"`
	Slots []Slot           `json:"slots"`
	Roles []RoleRef        `json:"roles,omitempty"`
	At    bedlock.Position `json:"at,omitzero"`
}

// Slot is one slot of a resource with what it names.
type Slot struct {
	// Name is that of the catalogue's slot, with [i] appended when the resource
	// has several of them.
	Name string `json:"name"`
	// Named is what the slot names: exactly one entry, or one per branch of a
	// condition that the source cannot decide.
	Named []Named `json:"named"`
}

// Named is what a slot names in one branch.
type Named struct {
	// When is the branch's condition; empty when there is only one.
	When string `json:"when,omitempty"`
	// Text is what is written: an ARN, id or alias. Absent when no key is named.
	Text Value[string] `json:"text"`
	// Key is the ID of the key in the inventory that Text leads to; empty when it
	// leads to none of them.
	Key string `json:"key,omitempty"`
	// How says how Key was found, for evidence: "by reference",
	// "through alias alias/app".
	How string `json:"how,omitempty"`
	// Form is how the key is written, also where Text is a reference; empty when
	// Text is no key or the form cannot be told.
	Form catalog.Form `json:"form,omitempty"`
	// Owner says what protects the slot when no key is named: aws-owned,
	// aws-managed or none; empty when a key is named.
	Owner catalog.Owner `json:"owner,omitempty"`
	// Default is the phrase for that protection: "SSE-S3".
	Default string `json:"default,omitempty"`
	// Store and StoreSlot are the resource and its slot whose key counts, for
	// slots that lead through another resource.
	Store     string `json:"store,omitempty"`
	StoreSlot string `json:"storeSlot,omitempty"`
}

// RoleRef is an IAM role that a resource names.
type RoleRef struct {
	Name string        `json:"name"` // of the catalogue's role
	Text Value[string] `json:"text"`
	// Principal is the ID of the role in the inventory; empty when not there.
	Principal string `json:"principal,omitempty"`
}

// Key is a KMS key.
type Key struct {
	ID      string        `json:"id"`
	Address string        `json:"address,omitempty"`
	ARN     Value[string] `json:"arn,omitzero"`
	Name    string        `json:"name,omitempty"` // what a person calls it
	Place
	// Manager is aws-managed or customer.
	Manager Value[catalog.Owner] `json:"manager,omitzero"`
	// State is the KeyState of the KMS API: Enabled, Disabled, PendingDeletion,
	// PendingImport, PendingReplicaDeletion, Unavailable, Creating, Updating.
	State Value[string] `json:"state,omitzero"`
	// Spec, Usage and Origin are KeySpec, KeyUsage and Origin of the KMS API.
	// Infrastructure code that leaves them out has the API's defaults here.
	Spec   Value[string] `json:"spec,omitzero"`
	Usage  Value[string] `json:"usage,omitzero"`
	Origin Value[string] `json:"origin,omitzero"`
	// MultiRegion is true for primaries and replicas.
	MultiRegion Value[bool] `json:"multiRegion,omitzero"`
	// Replica is true when the key is a replica; Primary then names its primary
	// (an inventory ID when there, else the ARN).
	Replica bool          `json:"replica,omitempty"`
	Primary Value[string] `json:"primary,omitzero"`
	// Rotation says whether automatic rotation is on, RotationDays its period in
	// days (90 to 2560).
	Rotation     Value[bool] `json:"rotation,omitzero"`
	RotationDays Value[int]  `json:"rotationDays,omitzero"`
	// DeletionDays is the waiting period declared in code (7 to 30).
	DeletionDays Value[int] `json:"deletionDays,omitzero"`
	// DeletionDate is when a key that is pending deletion will be deleted, ValidTo
	// when imported key material expires; absent: never. RFC 3339, only of deployed
	// keys.
	DeletionDate Value[string] `json:"deletionDate,omitzero"`
	ValidTo      Value[string] `json:"validTo,omitzero"`
	// LastUse is the newest successful cryptographic operation with the key; absent:
	// none since UseTracked, from when on KMS records uses (RFC 3339). Only of
	// deployed keys.
	LastUse     Value[KeyUse] `json:"lastUse,omitzero"`
	UseTracked  Value[string] `json:"useTracked,omitzero"`
	Description Value[string] `json:"description,omitzero"`
	Tags        Tags          `json:"tags,omitzero"`
	// Policy is the key policy; absent in code means the default key policy.
	Policy Value[Policy] `json:"policy,omitzero"`
	// When is the undecided condition under which it exists; empty: always.
	When string           `json:"when,omitempty"`
	At   bedlock.Position `json:"at,omitzero"`
}

// KeyUse is one use of a key, as GetKeyLastUsage tells it.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
type KeyUse struct {
	Time      string `json:"time"`      // RFC 3339
	Operation string `json:"operation"` // of the KMS API: Decrypt, GenerateDataKey …
	// EventID is that of the CloudTrail record in the key's account.
	EventID string `json:"eventId,omitempty"`
	// Context is the encryption context in that record; nil: it has none, or was not looked
	// up.
	Context map[string]string `json:"context,omitempty"`
}

// Policy is a policy document as JSON text, with the position of each statement
// in its source, in order, when it comes from a file.
type Policy struct {
	Text       string             `json:"text"`
	Statements []bedlock.Position `json:"statements,omitempty"`
	// Whens are the undecided conditions of statements, parallel to Statements;
	// empty strings (or a short list) mean unconditional.
	Whens []string `json:"whens,omitempty"`
}

// Alias is a KMS alias.
type Alias struct {
	ID   string        `json:"id"`
	Name Value[string] `json:"name"` // alias/…
	Place
	// Target is what the alias names, Key the key's ID when it is in the inventory.
	Target Value[string]    `json:"target"`
	Key    string           `json:"key,omitempty"`
	At     bedlock.Position `json:"at,omitzero"`
}

// Grant is a KMS grant.
type Grant struct {
	ID         string           `json:"id"`
	KeyText    Value[string]    `json:"keyText"`
	Key        string           `json:"key,omitempty"`
	Grantee    Value[string]    `json:"grantee"`
	Retiring   Value[string]    `json:"retiring,omitzero"`
	Operations Value[[]string]  `json:"operations"`
	At         bedlock.Position `json:"at,omitzero"`
	// ContextEquals and ContextSubset are the grant's constraints.
	ContextEquals map[string]string `json:"contextEquals,omitempty"`
	ContextSubset map[string]string `json:"contextSubset,omitempty"`
	// SourceARN constrains a grant to a service principal.
	SourceARN Value[string] `json:"sourceArn,omitzero"`
}

// PrincipalKind says what a principal is. The zero value is invalid.
type PrincipalKind string

// The kinds of principals.
const (
	Role  PrincipalKind = "role"
	User  PrincipalKind = "user"
	Group PrincipalKind = "group"
)

// Principal is an IAM identity with its policies.
type Principal struct {
	ID      string        `json:"id"`
	Kind    PrincipalKind `json:"kind"`
	Address string        `json:"address,omitempty"`
	ARN     Value[string] `json:"arn,omitzero"`
	Name    Value[string] `json:"name,omitzero"`
	// Path is the IAM path, "/" or "/team/"; absent in code means "/".
	Path    Value[string] `json:"path,omitzero"`
	Account Value[string] `json:"account,omitzero"`
	// UniqueID is the id (AIDA…, AROA…) that stored policies may name.
	UniqueID Value[string] `json:"uniqueId,omitzero"`
	// Trust is a role's trust policy.
	Trust    Value[Policy] `json:"trust,omitzero"`
	Policies []NamedPolicy `json:"policies,omitempty"`
	// Groups are a user's groups: IDs where they are in the inventory, else ARNs or
	// names.
	Groups Value[[]string] `json:"groups,omitzero"`
	// Boundary is the permissions boundary as it is named, BoundaryPolicy its text.
	Boundary       Value[string]    `json:"boundary,omitzero"`
	BoundaryPolicy Value[Policy]    `json:"boundaryPolicy,omitzero"`
	At             bedlock.Position `json:"at,omitzero"`
}

// NamedPolicy is an identity policy: inline, or a managed one by ARN whose text
// may not be known.
type NamedPolicy struct {
	Name   string           `json:"name,omitempty"`
	ARN    Value[string]    `json:"arn,omitzero"`
	Policy Value[Policy]    `json:"policy,omitzero"`
	At     bedlock.Position `json:"at,omitzero"`
}

// Account is what is known of an AWS account as a whole. An account without an
// entry is one of which none of this was read.
type Account struct {
	ID string `json:"id"` // 12 digits
	// Complete: the inventory has every user, group and role of the account.
	Complete bool `json:"complete,omitempty"`
	// Organization is the id (o-…) of its organization; absent: it has none.
	Organization Value[string] `json:"organization,omitzero"`
	// Management: it is the management account, to which no SCPs apply.
	Management bool `json:"management,omitempty"`
	// SCPs and RCPs are the control policies by level from the root to the account,
	// those that AWS attaches by itself included; absent: none apply.
	SCPs Value[[]Level] `json:"scps,omitzero"`
	RCPs Value[[]Level] `json:"rcps,omitzero"`
}

// Level is the root, an organizational unit or an account with the IDs of the
// control policies that are attached to it.
type Level struct {
	Name     string   `json:"name"` // r-…, ou-…, or the account's id
	Policies []string `json:"policies"`
}

// ControlPolicy is a service or resource control policy.
type ControlPolicy struct {
	ID     string           `json:"id"` // p-…
	Name   string           `json:"name,omitempty"`
	Policy Value[Policy]    `json:"policy"`
	At     bedlock.Position `json:"at,omitzero"`
}
