package sts

import (
	"fmt"
	"io"
	"time"
)

// Credentials are temporary credentials.
type Credentials struct {
	AccessKeyId     string
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

// Format writes the access key id for every verb, so that no secret is printed by mistake.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.AccessKeyId) }

// Tag is a session tag.
type Tag struct{ Key, Value string }

// PolicyDescriptorType names a managed policy.
type PolicyDescriptorType struct {
	ARN string `json:"arn"`
}
