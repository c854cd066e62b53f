package kms

import (
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// State is the KeyState of the KMS API.
type State string

// The states.
const (
	Creating               State = "Creating"
	Enabled                State = "Enabled"
	DisabledState          State = "Disabled"
	PendingDeletion        State = "PendingDeletion"
	PendingImport          State = "PendingImport"
	PendingReplicaDeletion State = "PendingReplicaDeletion"
	Unavailable            State = "Unavailable"
	Updating               State = "Updating"
)

// Origin is the Origin of the KMS API.
type Origin string

// The origins.
const (
	OriginKMS      Origin = "AWS_KMS"
	OriginExternal Origin = "EXTERNAL"
	OriginCloudHSM Origin = "AWS_CLOUDHSM"
	OriginXKS      Origin = "EXTERNAL_KEY_STORE"
)

// Key is a KMS key as it is at one moment. It is never changed; changes replace it.
type Key struct {
	ID          string         `json:"id"` // a UUID, or mrk- and 32 hexadecimal digits
	Account     string         `json:"account"`
	Region      string         `json:"region"`
	Partition   string         `json:"partition"`
	Created     time.Time      `json:"created"`
	Description string         `json:"description,omitempty"`
	Spec        material.Spec  `json:"spec"`
	Usage       material.Usage `json:"usage"`
	Origin      Origin         `json:"origin"`
	// State is Enabled, Disabled, PendingDeletion, PendingReplicaDeletion, PendingImport,
	// Creating or Updating; settled adds what follows from time, state what follows from
	// the key store.
	State State `json:"state"`
	// Until is when a passing state ends: the deletion date, or the end of Creating and
	// Updating.
	Until  time.Time `json:"until,omitzero"`
	Window int       `json:"window,omitempty"` // days of the pending window
	// Manager is AWS for an AWS managed key, of Service; else the customer.
	Manager string `json:"manager,omitempty"`
	Service string `json:"service,omitempty"`

	Policy string `json:"policy"`
	Tags   []Pair `json:"tags,omitempty"` // in the order in which they were added

	// Materials are all that the key ever had, oldest first. Current is the one that
	// encrypts.
	Materials []Generation `json:"materials,omitempty"`
	Current   string       `json:"current,omitempty"` // its KeyMaterialId

	Rotation       bool      `json:"rotation,omitempty"`
	RotationPeriod int       `json:"rotationPeriod,omitempty"` // days
	NextRotation   time.Time `json:"nextRotation,omitzero"`
	OnDemand       int       `json:"onDemand,omitempty"` // rotations so far

	MultiRegion bool     `json:"multiRegion,omitempty"`
	Primary     string   `json:"primary,omitempty"`  // Region of the primary key
	Replicas    []string `json:"replicas,omitempty"` // Regions, of a primary key

	KeyStore string `json:"keyStore,omitempty"` // CustomKeyStoreId
	XksKeyID string `json:"xksKeyId,omitempty"`
}

// Generation is one key material of a key.
type Generation struct {
	ID string `json:"id"` // KeyMaterialId
	// State is CURRENT, NON_CURRENT or PENDING_ROTATION. It is
	// PENDING_MULTI_REGION_IMPORT_AND_ROTATION instead, which is not stored, until all
	// related keys have the material.
	State   string    `json:"state"`
	Created time.Time `json:"created"`
	// Rotated is when it became current, RotationType AUTOMATIC or ON_DEMAND; the first
	// has neither.
	Rotated      time.Time `json:"rotated,omitzero"`
	RotationType string    `json:"rotationType,omitempty"`
	// Of imported material: whether it is there, until when, and how it was described.
	Imported    bool      `json:"imported,omitempty"`
	ValidTo     time.Time `json:"validTo,omitzero"`
	Description string    `json:"description,omitempty"`
	// Print tells the same imported material again when it has no KeyMaterialId to do so: a
	// MAC under the store's own key.
	Print []byte `json:"print,omitempty"`
	// Public is the public key (DER) of an asymmetric key whose imported material was
	// deleted or has expired: GetPublicKey goes on.
	Public []byte `json:"public,omitempty"`
}

// Pair is a tag.
type Pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ARN returns the key's ARN.
func (k *Key) ARN() string {
	return "arn:" + k.Partition + ":kms:" + k.Region + ":" + k.Account + ":key/" + k.ID
}

// Alias is an alias of a key of its account and Region.
type Alias struct {
	Name      string    `json:"name"` // alias/…
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Partition string    `json:"partition"`
	Key       string    `json:"key"` // id of the key; empty for an AWS managed one that does not exist yet
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
}

// ARN returns the alias's ARN.
func (a *Alias) ARN() string {
	return "arn:" + a.Partition + ":kms:" + a.Region + ":" + a.Account + ":" + a.Name
}

// Grant is a grant on a key.
type Grant struct {
	ID      string    `json:"id"` // 64 hexadecimal digits
	Key     string    `json:"key"`
	Account string    `json:"account"` // of the key
	Region  string    `json:"region"`
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created"`
	// Issuer is the ARN of the account that issued it.
	Issuer          string            `json:"issuer"`
	Grantee         string            `json:"grantee,omitempty"`
	GranteeService  string            `json:"granteeService,omitempty"`
	Retiring        string            `json:"retiring,omitempty"`
	RetiringService string            `json:"retiringService,omitempty"`
	Operations      []string          `json:"operations"`
	ContextEquals   map[string]string `json:"contextEquals,omitempty"`
	ContextSubset   map[string]string `json:"contextSubset,omitempty"`
	SourceARN       string            `json:"sourceArn,omitempty"`
	// Propagated is when it counts without its token.
	Propagated time.Time `json:"propagated"`
}
