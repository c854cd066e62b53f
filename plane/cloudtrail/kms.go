package cloudtrail

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/plane"
)

// The particulars of single services follow. Where no page is named, the source is that of
// the operation, https://docs.aws.amazon.com/kms/latest/developerguide/ct-….html.

const (
	keyType  = "AWS::KMS::Key" // of aliases too
	roleType = "AWS::IAM::Role"
)

// unrecorded are operations whose requestParameters are null.
var unrecorded = map[string]bool{"kms:GenerateRandom": true, "kms:RetireGrant": true}

// defaults are what is recorded of parameters of KMS that were not sent, by operation and
// name. The encryption algorithm of Decrypt is documented so; that of other operations, and
// messageType, follow from the examples.
var defaults = map[string]map[string]string{
	"CreateKey": {
		"bypassPolicyLockoutSafetyCheck": "false", "description": `""`, "keyUsage": `"ENCRYPT_DECRYPT"`, "origin": `"AWS_KMS"`, "multiRegion": "false",
	},
	"Decrypt":      {"encryptionAlgorithm": `"SYMMETRIC_DEFAULT"`},
	"Encrypt":      {"encryptionAlgorithm": `"SYMMETRIC_DEFAULT"`},
	"PutKeyPolicy": {"bypassPolicyLockoutSafetyCheck": "false", "policyName": `"default"`},
	"ReEncrypt":    {"sourceEncryptionAlgorithm": `"SYMMETRIC_DEFAULT"`, "destinationEncryptionAlgorithm": `"SYMMETRIC_DEFAULT"`},
	"ReplicateKey": {"bypassPolicyLockoutSafetyCheck": "false", "description": `""`},
	"Sign":         {"messageType": `"RAW"`},
	"Verify":       {"messageType": `"RAW"`},
}

// asDone is an input as it was understood: the key spec of a new key stands under both of
// its names.
func asDone(input any) any {
	in, ok := input.(*kms.CreateKeyInput)
	if !ok {
		return input
	}
	out := *in
	out.KeySpec = cmp.Or(in.KeySpec, in.CustomerMasterKeySpec, material.Spec("SYMMETRIC_DEFAULT"))
	out.CustomerMasterKeySpec = out.KeySpec
	return &out
}

// answers says whether responseElements tell what a call returned. STS marks calls as
// read-only that make sessions.
func answers(c *plane.Call) bool {
	if c.Service.Name == "sts" {
		return strings.HasPrefix(c.Operation, "AssumeRo") || c.Operation == "GetSessionToken" || c.Operation == "GetFederationToken"
	}
	return !c.ReadOnly()
}

// appendKMSResponse appends what a change returned; where that does not name the key, the
// record does all the same, since December 2022.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
func (t *Trail) appendKMSResponse(dst []byte, r *record) []byte {
	key := ""
	for _, x := range r.event.Resources {
		if strings.Contains(x.ARN, ":key/") {
			key = x.ARN
			break
		}
	}
	if r.call.Output == nil {
		if key == "" {
			return append(dst, "null"...)
		}
		return appendKeyID(dst, key)
	}
	dst = t.appendElements(dst, r.call, model.Output, r.call.Output)
	if r.call.Operation == "CreateGrant" {
		dst = append(appendMember(dst[:len(dst)-1], "keyId", key), '}')
	}
	return dst
}

func appendKeyID(dst []byte, key string) []byte {
	return append(appendString(append(dst, `{"keyId":`...), key), '}')
}

// appendAdditional appends additionalEventData, if there are any. Those of custom key
// stores are missing.
func appendAdditional(dst []byte, c *plane.Call) []byte {
	if c.KMS == nil {
		return dst
	}
	before := len(dst)
	dst = append(dst, `,"additionalEventData":{`...)
	start := len(dst)
	if c.KMS.Grant != "" {
		dst = appendMember(dst, "grantId", c.KMS.Grant)
	}
	if c.KMS.Material != "" {
		dst = appendMember(dst, "keyMaterialId", c.KMS.Material)
	}
	if a := c.KMS.Attestation; a != nil {
		dst = append(dst, `,"recipient":{"attestationDocumentModuleId":`...)
		dst = appendString(dst, a.ModuleID)
		dst = appendMember(dst, "attestationDocumentEnclaveImageDigest", a.ImageDigest())
		dst = append(dst, '}')
	}
	if len(dst) == start {
		return dst[:before]
	}
	dst = slices.Delete(dst, start, start+1) // the comma before the first member
	return append(dst, '}')
}

// resources are what a call was about.
func resources(c *plane.Call) []Resource {
	switch c.Service.Name {
	case "kms":
		return keys(c)
	case "sts":
		for _, d := range c.Decisions {
			if d.Action == "sts:AssumeRole" {
				return []Resource{{roleType, d.Resource}}
			}
		}
	}
	return nil
}

// keys are the keys and the alias that a call of KMS was about.
func keys(c *plane.Call) []Resource {
	if c.KMS == nil || isList(c.Operation) {
		return nil
	}
	if out, ok := c.Output.(*kms.CreateKeyOutput); ok {
		return []Resource{{keyType, out.KeyMetadata.Arn}}
	}
	all := make([]Resource, 0, 2)
	for _, key := range c.KMS.Touched {
		if x := (Resource{keyType, key}); !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	alias := ""
	switch in := c.Input.(type) {
	case *kms.CreateAliasInput:
		return append(all, aliasOf(c, in.AliasName))
	case *kms.UpdateAliasInput: // the key that the alias has now
		alias, all = in.AliasName, all[max(0, len(all)-1):]
	case *kms.DeleteAliasInput:
		alias = in.AliasName
	default:
		return all
	}
	return slices.Insert(all, 0, aliasOf(c, alias))
}

func aliasOf(c *plane.Call, name string) Resource {
	return Resource{keyType, arn.ARN{Partition: cmp.Or(arn.PartitionOf(c.Region), "aws"), Service: "kms", Region: c.Region, Account: c.Account, Resource: name}.String()}
}

// isList says whether an operation of KMS is about no key, even if one is named.
func isList(operation string) bool {
	switch operation {
	case "ListAliases", "ListKeys", "ListRetirableGrants":
		return true
	}
	return false
}

// listsNoResources says whether resources is an empty list when there are none: in records
// of KMS, but not of custom key stores.
func listsNoResources(c *plane.Call) bool {
	return c.Service.Name == "kms" && !strings.Contains(c.Operation, "CustomKeyStore")
}
