package cloudtrail

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// username is the name by which CloudTrail looks a caller up.
func username(p *authz.Principal) string {
	switch p.Kind {
	case authz.User, authz.Session, authz.Federated:
		return lastPart(p.ARN)
	case authz.Root:
		return "root"
	}
	return ""
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// identityTypes are the types of userIdentity.
var identityTypes = map[authz.Kind]string{authz.Root: "Root", authz.User: "IAMUser", authz.Session: "AssumedRole", authz.Federated: "FederatedUser"}

// principalID is the principalId of a caller.
func principalID(p *authz.Principal) string {
	switch p.Kind {
	case authz.Root:
		return p.Account
	case authz.Federated:
		return p.Account + ":" + lastPart(p.ARN)
	}
	return p.ID
}

// appendIdentity appends the userIdentity of a call, which a service may have made for the
// caller.
func appendIdentity(dst []byte, c *plane.Call, invokedBy string) []byte {
	p := &c.Caller.Principal
	kind := identityTypes[p.Kind]
	if kind == "" {
		dst = append(dst, `{"type":"AWSService","invokedBy":`...)
		return append(appendString(dst, p.ARN), '}')
	}
	dst = append(dst, `{"type":"`...)
	dst = append(dst, kind...)
	dst = append(dst, '"')
	dst = appendMember(dst, "principalId", principalID(p))
	dst = appendMember(dst, "arn", p.ARN)
	dst = appendMember(dst, "accountId", p.Account)
	dst = appendMember(dst, "accessKeyId", c.AccessKeyID)
	if p.Kind == authz.User {
		dst = appendMember(dst, "userName", lastPart(p.ARN))
	}
	if c.Caller.Session != nil {
		dst = appendSession(dst, p, c.Caller.Session)
	}
	if invokedBy != "" {
		dst = appendMember(dst, "invokedBy", invokedBy)
	}
	return append(dst, '}')
}

// appendSession appends sessionContext. Who issued it is said of roles and of federated
// users; sessions of users and root users are their own.
func appendSession(dst []byte, p *authz.Principal, s *plane.Session) []byte {
	dst = append(dst, `,"sessionContext":{`...)
	if p.Kind == authz.Session || p.Kind == authz.Federated {
		kind := "IAMUser"
		switch {
		case p.Kind == authz.Session:
			kind = "Role"
		case strings.HasSuffix(s.Issuer, ":root"):
			kind = "Root"
		}
		dst = append(dst, `"sessionIssuer":{"type":"`...)
		dst = append(dst, kind...)
		dst = append(dst, '"')
		dst = appendMember(dst, "principalId", s.IssuerID)
		dst = appendMember(dst, "arn", s.Issuer)
		dst = appendMember(dst, "accountId", p.Account)
		if kind != "Root" {
			dst = appendMember(dst, "userName", lastPart(s.Issuer))
		}
		dst = append(dst, `},`...)
	}
	dst = append(dst, `"attributes":{"creationDate":`...)
	dst = appendString(dst, s.Created)
	dst = append(dst, `,"mfaAuthenticated":"`...)
	dst = strconv.AppendBool(dst, s.MFA)
	dst = append(dst, `"}`...)
	if s.SourceIdentity != "" {
		dst = appendMember(dst, "sourceIdentity", s.SourceIdentity)
	}
	return append(dst, '}')
}

// appendForeigner appends what the record of a resource's owner says of a caller of another
// account. That KMS says no more than STS does is unconfirmed.
func appendForeigner(dst []byte, p *authz.Principal) []byte {
	dst = append(dst, `{"type":"AWSAccount"`...)
	dst = appendMember(dst, "principalId", principalID(p))
	dst = appendMember(dst, "accountId", p.Account)
	return append(dst, '}')
}
