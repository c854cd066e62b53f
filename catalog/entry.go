package catalog

import "github.com/bedlock/bedlock/arn"

// Entry is everything known about one resource type.
type Entry struct {
	// Type is the CloudFormation type name (AWS::Bedrock::Guardrail). Where
	// CloudFormation has no such type the name is ours, in the same form, and
	// CloudFormation is "absent".
	Type string `yaml:"type"`
	// Title is what a person calls one of them, singular, lower case: "guardrail".
	Title string `yaml:"title"`
	// Service is the API model that owns it (bedrock, bedrock-agent, s3 …).
	Service string `yaml:"service"`
	// Family groups types in reports.
	Family Family `yaml:"family"`
	// Kind says what the entry describes; most are resources.
	Kind Kind `yaml:"kind"`
	// CloudFormation says whether CloudFormation has the type.
	CloudFormation Presence `yaml:"cloudformation"`
	// Terraform are the resource types of the aws and awscc providers that
	// create it, e.g. aws_bedrock_guardrail.
	Terraform []string `yaml:"terraform,omitempty"`
	// ARN is the form of its ARN with {partition}, {region}, {account} and {name}
	// or {id} placeholders; empty when it has none.
	ARN string `yaml:"arn,omitempty"`
	// Name is where its physical name stands.
	Name At `yaml:"name,omitempty"`
	// Tags is where its tags stand.
	Tags At `yaml:"tags,omitempty"`
	// Policy is where its resource policy stands, for types that can have one.
	Policy At `yaml:"policy,omitempty"`
	// Operations of the service API on the type.
	Operations Operations `yaml:"operations,omitempty"`
	// Update holds what an update replaces and renames.
	Update *Update `yaml:"update,omitempty"`
	// Events are the CloudTrail event names that change it.
	Events []string `yaml:"events,omitempty"`
	// Roles are the IAM roles the resource names, by our name of the role.
	Roles []Role `yaml:"roles,omitempty"`
	// Slots are the places where it names a key, or the store whose key counts.
	Slots []Slot `yaml:"slots,omitempty"`
	// NoSlot is the reason why the type has no slot; required when Slots is empty
	// and Kind is resource.
	NoSlot string `yaml:"noSlot,omitempty"`
	// Companions are other types that carry part of the configuration.
	Companions []Companion `yaml:"companions,omitempty"`
	// Attributes of a key, alias, grant or principal entry, by our name.
	Attributes map[string]At `yaml:"attributes,omitempty"`
	// Notes are traps worth telling a person, one sentence each.
	Notes []string `yaml:"notes,omitempty"`
	// Sources of the facts outside the slots: "type", "operations", "update",
	// "events", "noSlot" as far as those are set.
	Sources Sources `yaml:"sources"`
}

// Kind says what an entry describes. The zero value is invalid; an entry without
// a kind is a resource.
type Kind string

// The kinds.
const (
	KindResource Kind = "resource"
	KindKey      Kind = "key"         // AWS::KMS::Key
	KindReplica  Kind = "replica-key" // AWS::KMS::ReplicaKey
	KindAlias    Kind = "alias"
	KindGrant    Kind = "grant"
)

// Family groups entries in reports. The zero value is invalid.
type Family string

// The families.
const (
	FamilyBedrock   Family = "bedrock"   // Bedrock's own resources
	FamilyAgentCore Family = "agentcore" // Bedrock AgentCore
	FamilyStore     Family = "store"     // stores behind and around Bedrock
	FamilyKMS       Family = "kms"
)

// Presence says whether CloudFormation has the type.
type Presence string

// The presences.
const (
	Registered Presence = "registered"
	Missing    Presence = "absent"
)

// At maps a dialect to the path of one attribute there. The dialects are
// "cloudformation", "api" and Terraform type names. A path of an awscc_* type may be
// left out: it is the snake_case form of the CloudFormation path.
type At map[string]Path

// Operations names the API operations by purpose, "Operation.path.to.field" style
// without the path.
type Operations struct {
	List   []string `yaml:"list,omitempty"`
	Get    []string `yaml:"get,omitempty"`
	Create []string `yaml:"create,omitempty"`
	Update []string `yaml:"update,omitempty"`
	Delete []string `yaml:"delete,omitempty"`
}

// Update says what an update operation does to what is not sent.
type Update struct {
	// Replaces: fields left out of the update are reset or removed.
	Replaces bool `yaml:"replaces"`
	// Renames maps a path of the read response to its path in the update request.
	Renames map[string]string `yaml:"renames,omitempty"`
	// Drop are members of the read response that the update does not take.
	Drop []string `yaml:"drop,omitempty"`
	// After are operations that must follow for the change to take effect.
	After []string `yaml:"after,omitempty"`
}

// Role is an IAM role that the resource names.
type Role struct {
	Name string `yaml:"name"` // e.g. "service", "execution"
	At   At     `yaml:"at"`
}

// Companion is a type, of Terraform or CloudFormation, that holds configuration of another
// one's resource, such as aws_s3_bucket_server_side_encryption_configuration.
type Companion struct {
	Type string `yaml:"type"`
	// By is the attribute of the companion that names the resource, or several.
	By Path `yaml:"by"`
}

// Slot is one place where a resource names a key.
type Slot struct {
	// Name is unique within the entry and stable; it is part of fingerprints.
	Name string `yaml:"name"`
	// Title says what the key protects: "guardrail configuration".
	Title string `yaml:"title"`
	// At is where the key is named. Empty for a Through slot.
	At At `yaml:"at,omitempty"`
	// Fields are the API fields, "Operation.path": read, create, update.
	Fields Fields `yaml:"fields,omitempty"`
	// Mode is an attribute that says who owns the key when none is named.
	Mode *Mode `yaml:"mode,omitempty"`
	// Default says what holds when no key is named (and Mode does not say).
	Default Default `yaml:"default"`
	// Owned and Managed say whether the slot can be under a key that AWS owns, and under one that
	// AWS manages in the account; nil: see [Slot.Offered].
	Owned   *Offer `yaml:"owned,omitempty"`
	Managed *Offer `yaml:"managed,omitempty"`
	// Applies restricts the slot to resources with certain attribute values.
	Applies []Condition `yaml:"applies,omitempty"`
	// Through: the slot's key is that of a slot of another resource.
	Through []Through `yaml:"through,omitempty"`
	// Change says whether the key can be changed after creation.
	Change Change `yaml:"change"`
	// Key says which keys the service accepts here.
	Key KeyRules `yaml:"key,omitempty"`
	// Needs are the uses of the key without which the slot does not work.
	Needs []Need `yaml:"needs,omitempty"`
	// Sources must cover "fields" (or "at"), "default" and "change", and "key"
	// and "through" when they are set.
	Sources Sources `yaml:"sources"`
}

// Fields are API fields in the form Operation.path.
type Fields struct {
	Read   []string `yaml:"read,omitempty"`
	Create []string `yaml:"create,omitempty"`
	Update []string `yaml:"update,omitempty"`
}

// Owner is who owns the key that protects a slot. The zero value is invalid.
type Owner string

// The owners.
const (
	// OwnerNone: not encrypted at rest by KMS or the service at all.
	OwnerNone Owner = "none"
	// OwnerAWSOwned: a key that the service owns and the customer cannot see
	// (SSE-S3 and the like included).
	OwnerAWSOwned Owner = "aws-owned"
	// OwnerAWSManaged: the account's alias/aws/… key.
	OwnerAWSManaged Owner = "aws-managed"
	// OwnerCustomer: a customer-managed key.
	OwnerCustomer Owner = "customer"
)

// Default says what protects the slot when no key is named.
type Default struct {
	Owner Owner `yaml:"owner"`
	// Alias is the AWS-managed key's alias when Owner is aws-managed.
	Alias string `yaml:"alias,omitempty"`
	// Text is one phrase for a report: "SSE-S3", "stored in plain text".
	Text string `yaml:"text,omitempty"`
}

// Mode is an attribute whose value says who owns the key when none is named.
type Mode struct {
	At At `yaml:"at"`
	// Values maps attribute values ("true", "AES256") to what then holds.
	Values map[string]Default `yaml:"values"`
	// Absent is what holds when the attribute is absent; nil: the slot's Default.
	Absent *Default `yaml:"absent,omitempty"`
	// Wins: the mode overrides a key that is named (the key is ignored by the
	// service), for values listed here.
	Wins []string `yaml:"wins,omitempty"`
}

// Condition restricts a slot.
type Condition struct {
	At At `yaml:"at"`
	// In lists the attribute values for which the slot exists.
	In []string `yaml:"in,omitempty"`
	// Present: the slot exists when the attribute is set at all.
	Present bool `yaml:"present,omitempty"`
	// Absent is whether an absent attribute satisfies the condition.
	Absent bool `yaml:"absent,omitempty"`
}

// Through points at the store, or the parent, whose key counts for the slot.
type Through struct {
	// At is where the other resource is named: by reference, ARN or name.
	At At `yaml:"at"`
	// Type and Slot of the other resource.
	Type string `yaml:"type"`
	Slot string `yaml:"slot"`
}

// Change says whether a slot's key can be changed. The zero value is invalid.
type Change string

// The ways of changing a key.
const (
	// InPlace: an update takes the key.
	InPlace Change = "in-place"
	// Once: a key can be added once, then neither changed nor removed.
	Once Change = "once"
	// Recreate: a new resource is needed.
	Recreate Change = "recreate"
	// NewVersion: publish a new version; the old keeps its key.
	NewVersion Change = "new-version"
	// Elsewhere: the key is changed at the other resource (Through).
	Elsewhere Change = "elsewhere"
	// History: a finished job; nothing can be changed.
	History Change = "history"
)

// Answer is yes, no or unconfirmed. The zero value means unconfirmed.
type Answer string

// The answers.
const (
	Yes         Answer = "yes"
	No          Answer = "no"
	Unconfirmed Answer = "unconfirmed"
)

// KeyRules says which keys a slot accepts.
type KeyRules struct {
	// Forms are the ways of writing the key: key-arn, alias-arn, key-id, alias.
	// Empty: unconfirmed.
	Forms []Form `yaml:"forms,omitempty"`
	// Declared are the forms that infrastructure code may use, by dialect as in At,
	// where the type's own validation is stricter than the API; that of an awscc_*
	// type is CloudFormation's.
	Declared map[string][]Form `yaml:"declared,omitempty"`
	// Specs are the accepted key specs; empty means SYMMETRIC_DEFAULT only, as
	// GenerateDataKey demands.
	Specs []string `yaml:"specs,omitempty"`
	// Usage is the accepted key usage; empty means ENCRYPT_DECRYPT.
	Usage string `yaml:"usage,omitempty"`
	// MultiRegion, CrossAccount and AWSManaged: does the service accept them?
	MultiRegion  Answer `yaml:"multiRegion,omitempty"`
	CrossAccount Answer `yaml:"crossAccount,omitempty"`
	AWSManaged   Answer `yaml:"awsManaged,omitempty"`
}

// Form is a way of writing a key. The zero value is invalid.
type Form string

// The forms.
const (
	FormKeyARN   Form = "key-arn"
	FormAliasARN Form = "alias-arn"
	FormKeyID    Form = "key-id"
	FormAlias    Form = "alias"
)

// FormOf returns the form in which a key is written; empty when it is no key.
func FormOf(k arn.Key) Form {
	switch k.Form {
	case arn.KeyARN:
		return FormKeyARN
	case arn.AliasARN:
		return FormAliasARN
	case arn.KeyID:
		return FormKeyID
	case arn.Alias:
		return FormAlias
	}
	return ""
}

// Need is one use of the key without which the slot does not work.
type Need struct {
	// Who is the principal: "caller" (through the service, as a forward access
	// session), "role:NAME" (one of the entry's Roles) or "service:PRINCIPAL"
	// (bedrock.amazonaws.com), with {region} where AWS has it.
	Who string `yaml:"who"`
	// For says when: "create", "use", "ingest", "deliver" …
	For string `yaml:"for"`
	// Actions are kms: actions without the prefix: Decrypt, GenerateDataKey.
	Actions []string `yaml:"actions"`
	// Calls are the actions of the service that make the calls to KMS, for a need of callers:
	// dynamodb:GetItem. Whoever may do one of them has the need. Empty: not recorded.
	// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
	Calls []string `yaml:"calls,omitempty"`
	// On is the ARN that Calls are authorized against, a template as in Context; empty: {arn}.
	On string `yaml:"on,omitempty"`
	// Context is the encryption context: key to value template with {arn},
	// {region}, {account}, {id}; a value of "unconfirmed" is just that.
	Context map[string]string `yaml:"context,omitempty"`
	// Via is the kms:ViaService value with {region}; empty when none is set.
	Via string `yaml:"via,omitempty"`
	// SourceARN and SourceAccount: values the service sends for confused-deputy
	// conditions; empty when it sends none.
	SourceARN     string `yaml:"sourceArn,omitempty"`
	SourceAccount bool   `yaml:"sourceAccount,omitempty"`
	// GrantOperations are those of the grant that the actor creates.
	GrantOperations []string `yaml:"grantOperations,omitempty"`
	// Optional: the slot works without it; what is lost is in the entry's notes.
	Optional bool `yaml:"optional,omitempty"`
	// Source is where the need is documented, or "unconfirmed: reason".
	Source string `yaml:"source"`
}

// Sources maps a group of facts to where they are documented: https URLs, or
// "unconfirmed: reason".
type Sources map[string][]string
