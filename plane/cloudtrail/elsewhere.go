package cloudtrail

import (
	"strings"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

// elsewhere is the call that KMS makes in another Region to do a call, which is recorded
// there; nil: it makes none. What the record of a replica's CreateKey says is unconfirmed.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-update-primary-region.html,
// https://docs.aws.amazon.com/kms/latest/developerguide/ct-replicate-key.html
func elsewhere(c *plane.Call) *plane.Call {
	if c.Code != "" {
		return nil
	}
	switch in := c.Input.(type) {
	case *kms.UpdatePrimaryRegionInput:
		key := strings.Replace(c.KMS.Touched[0], ":"+c.Region+":", ":"+in.PrimaryRegion+":", 1)
		there := *c
		there.EventID, there.Region, there.KMS = newID(), in.PrimaryRegion, &kms.Call{Touched: []string{key}}
		there.Input = &kms.UpdatePrimaryRegionInput{KeyId: key, PrimaryRegion: in.PrimaryRegion}
		return &there
	case *kms.ReplicateKeyInput:
		made := c.Output.(*kms.ReplicateKeyOutput).ReplicaKeyMetadata
		there := *c
		there.EventID, there.Region, there.Operation = newID(), in.ReplicaRegion, "CreateKey"
		there.Input = &kms.CreateKeyInput{
			Policy: in.Policy, Description: in.Description, BypassPolicyLockoutSafetyCheck: in.BypassPolicyLockoutSafetyCheck, Tags: in.Tags,
			KeyUsage: made.KeyUsage, KeySpec: made.KeySpec, Origin: made.Origin, MultiRegion: true,
		}
		there.Output = &kms.CreateKeyOutput{KeyMetadata: made}
		return &there
	}
	return nil
}
