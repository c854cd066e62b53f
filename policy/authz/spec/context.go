package spec

import (
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// key returns the values of a context key; none when it is absent. Names are
// compared without case, also the key of an encryption context and of a tag.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
func (e *evaluation) key(name string) []string {
	name = strings.ToLower(name)
	if !e.offered(name) {
		return nil
	}
	if v, ok := e.req.Context[name]; ok {
		return v.Values
	}
	return e.derived(name)
}

// derived are the keys that follow from who asks for what. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account
func (e *evaluation) derived(name string) []string {
	p := e.req.Principal
	last := p.ARN[strings.LastIndex(p.ARN, "/")+1:]
	person := p.Kind != authz.Service && p.Kind != authz.Anonymous
	switch name {
	case "aws:principalarn":
		if p.Kind == authz.Session {
			return one(e.role())
		}
		if person {
			return one(p.ARN)
		}
	case "aws:principalaccount", "kms:calleraccount":
		if person && (name == "aws:principalaccount" || e.isKMS()) {
			return one(p.Account)
		}
	case "aws:principaltype":
		return one(map[authz.Kind]string{authz.User: "User", authz.Session: "AssumedRole", authz.Federated: "FederatedUser",
			authz.Root: "Account", authz.Anonymous: "Anonymous"}[p.Kind])
	case "aws:principalisawsservice":
		if p.Kind == authz.Service {
			return one("true")
		}
		if person {
			return one("false")
		}
	case "aws:principalservicename":
		if p.Kind == authz.Service {
			return one(p.ARN)
		}
	case "aws:username":
		if p.Kind == authz.User {
			return one(last)
		}
	case "aws:userid":
		switch p.Kind {
		case authz.Root:
			return one(p.Account)
		case authz.Federated:
			return one(p.Account + ":" + last)
		case authz.User:
			return one(p.ID)
		case authz.Session:
			return one(p.ID + ":" + last)
		}
	case "aws:resourceaccount":
		return one(e.resourceAccount())
	case "kms:encryptioncontextkeys":
		return e.encryptionContextKeys()
	}
	return nil
}

// follows reports whether a key follows from who asks for what, so that a request
// need not say it. The account of a resource does when its ARN has it.
func (e *evaluation) follows(name string) bool {
	switch name {
	case "aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:principaltype", "aws:principalisawsservice",
		"aws:principalservicename", "aws:username", "aws:userid", "kms:encryptioncontextkeys":
		return true
	case "aws:resourceaccount":
		return e.resourceAccount() != ""
	}
	return false
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// pairPrefix begins the keys that stand for the pairs of an encryption context.
const pairPrefix = "kms:encryptioncontext:"

func (e *evaluation) encryptionContextKeys() (out []string) {
	for name := range e.req.Context {
		if pair, ok := strings.CutPrefix(name, pairPrefix); ok && len(e.req.Context[name].Values) > 0 {
			out = append(out, pair)
		}
	}
	return out
}

// offered reports whether a request for the action can carry a KMS condition key:
// a key is absent on operations it is not for. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func (e *evaluation) offered(name string) bool {
	if !e.isKMS() || e.rules.everyKeyOffered {
		return true
	}
	action := e.operation
	is := func(list string) bool {
		for _, a := range strings.Fields(list) {
			if strings.EqualFold(a, action) {
				return true
			}
		}
		return false
	}
	const crypt = "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext ReEncryptFrom ReEncryptTo"
	const stores = "ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore UpdateCustomKeyStore"
	const keyless = "GenerateRandom ListAliases ListKeys ListRetirableGrants"
	if strings.HasPrefix(name, pairPrefix) {
		return is(crypt + " CreateGrant RetireGrant")
	}
	if strings.HasPrefix(name, "kms:recipientattestation:") {
		return is("Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateRandom")
	}
	switch name {
	case "kms:bypasspolicylockoutsafetycheck":
		return is("CreateKey PutKeyPolicy")
	case "kms:calleraccount":
		return !is(keyless)
	case "kms:viaservice":
		return !is(stores + " " + keyless)
	case "kms:keyorigin", "kms:keyspec", "kms:keyusage", "kms:multiregion", "kms:multiregionkeytype", "kms:customermasterkeyspec",
		"kms:customermasterkeyusage":
		return is("CreateKey") || !is(withoutKey)
	case "kms:resourcealiases":
		return !is(withoutKey)
	case "kms:datakeypairspec":
		return is("GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext")
	case "kms:encryptionalgorithm":
		return is(crypt)
	case "kms:encryptioncontextkeys":
		return is(crypt + " CreateGrant RetireGrant")
	case "kms:expirationmodel", "kms:validto":
		return is("ImportKeyMaterial")
	case "kms:grantconstrainttype":
		return is("CreateGrant RetireGrant")
	case "kms:grantisforawsresource":
		return is("CreateGrant ListGrants RevokeGrant")
	case "kms:grantconstraintsourcearn", "kms:grantoperations", "kms:granteeprincipal", "kms:granteeserviceprincipal",
		"kms:retiringprincipal", "kms:retiringserviceprincipal":
		return is("CreateGrant")
	case "kms:keyagreementalgorithm":
		return is("DeriveSharedSecret")
	case "kms:macalgorithm":
		return is("GenerateMac VerifyMac")
	case "kms:messagetype", "kms:signingalgorithm":
		return is("Sign Verify")
	case "kms:primaryregion":
		return is("UpdatePrimaryRegion")
	case "kms:reencryptonsamekey":
		return is("ReEncryptFrom ReEncryptTo")
	case "kms:replicaregion":
		return is("ReplicateKey")
	case "kms:requestalias":
		return is(crypt + " DescribeKey GetPublicKey Sign Verify GenerateMac VerifyMac DeriveSharedSecret Encapsulate Decapsulate")
	case "kms:rotationperiodindays":
		return is("EnableKeyRotation")
	case "kms:schedulekeydeletionpendingwindowindays":
		return is("ScheduleKeyDeletion")
	case "kms:trailingdayswithoutkeyusage":
		return is("DisableKey ScheduleKeyDeletion")
	case "kms:wrappingalgorithm", "kms:wrappingkeyspec":
		return is("GetParametersForImport")
	}
	return true
}

// manyValued: keys that hold several values, and need a set operator. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func manyValued(name string) bool {
	switch strings.ToLower(name) {
	case "aws:calledvia", "aws:tagkeys", "aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths",
		"aws:principalservicenameslist", "kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases":
		return true
	}
	return false
}
