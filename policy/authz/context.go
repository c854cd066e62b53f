package authz

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
)

type keyState uint8

const (
	keyAbsent keyState = iota
	keyPresent
	keyUnknown
	keyMany // has several values where one is needed
)

// derived are the context keys that follow from the rest of a request.
type derived uint8

const (
	principalARN derived = iota + 1
	principalAccount
	principalType
	principalIsService
	principalServiceName
	userName
	userID
	callerAccount
	resourceAccount
	contextKeys
)

// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var derivedKeys = map[string]derived{
	"aws:principalarn": principalARN, "aws:principalaccount": principalAccount, "aws:principaltype": principalType,
	"aws:principalisawsservice": principalIsService, "aws:principalservicename": principalServiceName,
	"aws:username": userName, "aws:userid": userID, "aws:resourceaccount": resourceAccount,
	"kms:calleraccount": callerAccount, "kms:encryptioncontextkeys": contextKeys,
}

// contextKey is a condition key that a policy names.
type contextKey struct {
	name    string // in lower case
	derived derived
	actions kmsSet // the KMS actions on which it can be there
	many    bool
}

func newContextKey(name string) contextKey {
	name = strings.ToLower(name)
	return contextKey{name, derivedKeys[name], keyActions(name), manyValued[name]}
}

// values looks a key up. The result is valid until the next call.
func (e *eval) values(k *contextKey) ([]string, keyState) {
	if e.kms >= 0 && k.actions>>e.kms&1 == 0 {
		return nil, keyAbsent
	}
	if v, ok := e.req.Context[k.name]; ok {
		switch {
		case v.Unknown:
			return nil, keyUnknown
		case len(v.Values) == 0:
			return nil, keyAbsent
		}
		return v.Values, keyPresent
	}
	switch k.derived {
	case 0:
		return nil, e.unsaid()
	case contextKeys:
		return e.contextKeys()
	}
	v, state := e.derive(k.derived)
	e.scratch[0] = v
	return e.scratch[:1], state
}

// one looks a key up that must have one value, as variables need it.
func (e *eval) one(k *contextKey) (string, keyState) {
	if e.kms >= 0 && k.actions>>e.kms&1 == 0 {
		return "", keyAbsent
	}
	if v, ok := e.req.Context[k.name]; ok {
		switch {
		case v.Unknown:
			return "", keyUnknown
		case len(v.Values) == 0:
			return "", keyAbsent
		case len(v.Values) > 1 || k.many:
			return "", keyMany
		case hasToken(v.Values[0]):
			return "", keyUnknown
		}
		return v.Values[0], keyPresent
	}
	switch k.derived {
	case 0:
		return "", e.unsaid()
	case contextKeys:
		if _, state := e.contextKeys(); state != keyPresent {
			return "", state
		}
		return "", keyMany
	}
	return e.derive(k.derived)
}

// unsaid is the state of a key of which the request says nothing.
func (e *eval) unsaid() keyState {
	if e.req.Open {
		return keyUnknown
	}
	return keyAbsent
}

// derive returns the value of a key that follows from the principal and the
// resource. Which principals have which:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (e *eval) derive(k derived) (string, keyState) {
	p := &e.req.Principal
	switch k {
	case principalIsService:
		switch p.Kind {
		case Service:
			return "true", keyPresent
		case Anonymous:
			return "", keyAbsent
		}
		return "false", keyPresent
	case principalServiceName:
		if p.Kind == Service {
			return p.ARN, keyPresent
		}
		return "", keyAbsent
	case principalType:
		if t := principalTypes[p.Kind]; t != "" {
			return t, keyPresent
		}
		return "", keyAbsent
	case resourceAccount:
		return e.known(e.account)
	}
	if p.Kind == Service || p.Kind == Anonymous {
		return "", keyAbsent
	}
	switch k {
	case principalARN:
		if p.Kind == Session {
			return e.known(e.role())
		}
		return e.known(p.ARN)
	case principalAccount:
		return e.known(p.Account)
	case callerAccount:
		if !e.isKMS() {
			return "", keyAbsent
		}
		return e.known(p.Account)
	case userName:
		if p.Kind == User {
			return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:], keyPresent
		}
	case userID:
		return e.userID()
	}
	return "", keyAbsent
}

var principalTypes = [...]string{User: "User", Session: "AssumedRole", Federated: "FederatedUser", Root: "Account", Anonymous: "Anonymous", Service: ""}

// known is the state of a key that follows from what the request may not say.
func (e *eval) known(s string) (string, keyState) {
	switch {
	case s == "":
		return "", e.unsaid()
	case hasToken(s) && strings.Contains(s, unknownToken):
		return "", keyUnknown
	}
	return s, keyPresent
}

// role returns the ARN of the role of a session; made from the session's ARN when
// it is not given, and then without a path.
func (e *eval) role() string {
	p := &e.req.Principal
	if p.Role != "" {
		return p.Role
	}
	a, err := arn.Parse(p.ARN)
	name, ok := strings.CutPrefix(a.Resource, "assumed-role/")
	if err != nil || !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "/")
	return arn.ARN{Partition: a.Partition, Service: "iam", Account: a.Account, Resource: "role/" + name}.String()
}

// userID is not known rather than absent when the principal's id is not.
func (e *eval) userID() (string, keyState) {
	p := &e.req.Principal
	name := p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	switch {
	case p.Kind == Root:
		return e.known(p.Account)
	case p.Kind == Federated:
		return p.Account + ":" + name, keyPresent
	case p.ID == "":
		return "", keyUnknown
	case p.Kind == Session && !strings.Contains(p.ID, ":"):
		return p.ID + ":" + name, keyPresent
	}
	return p.ID, keyPresent
}

// contextKeys are the names in the encryption context, in lower case as the
// request has them.
func (e *eval) contextKeys() ([]string, keyState) {
	if e.req.Open {
		return nil, keyUnknown // there may be more of them
	}
	keys := e.scratch[:0]
	for name, v := range e.req.Context {
		if rest, ok := strings.CutPrefix(name, contextPrefix); ok {
			if v.Unknown {
				return nil, keyUnknown
			}
			if len(v.Values) > 0 {
				keys = append(keys, rest)
			}
		}
	}
	if len(keys) == 0 {
		return nil, keyAbsent
	}
	return keys, keyPresent
}
