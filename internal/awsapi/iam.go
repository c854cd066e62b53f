package awsapi

import (
	"context"
	"net/url"
	"strings"

	"github.com/bedlock/bedlock/inventory"
)

// identities are the lists of GetAccountAuthorizationDetails and the types of their entries.
var identities = map[string]string{
	"UserDetailList":  "AWS::IAM::User",
	"GroupDetailList": "AWS::IAM::Group",
	"RoleDetailList":  "AWS::IAM::Role",
	"Policies":        "AWS::IAM::ManagedPolicy",
}

const authorizationDetails = "GetAccountAuthorizationDetails"

// iam reads users, groups, roles and the managed policies they use. That all of them were read
// is what makes the account complete.
func (u *unit) iam(ctx context.Context) error {
	complete := true
	err := u.caller.call(ctx, u.service, authorizationDetails, nil, func(page document) error {
		for list, typ := range identities {
			entries, _ := page[list].([]any)
			for _, entry := range entries {
				members, _ := entry.(document)
				if !used(members) {
					continue
				}
				res := &resource{Type: typ, ID: text(members, "Arn"), Account: u.caller.account}
				res.answer(authorizationDetails, decodePolicies(members))
				if err := u.write(record{Resource: res}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		complete = false
		if err := u.finally(ctx, err, "AWS::IAM::Role", u.service, authorizationDetails); err != nil {
			return err
		}
	}
	return u.write(record{Account: &inventory.Account{ID: u.caller.account, Complete: complete}})
}

// used says whether anything has a managed policy; the list has all of AWS's.
func used(entry document) bool {
	attached, managed := entry["AttachmentCount"]
	if !managed || !strings.Contains(text(entry, "Arn"), ":iam::aws:policy/") {
		return true
	}
	boundaries := entry["PermissionsBoundaryUsageCount"]
	return attached != int64(0) || boundaries != nil && boundaries != int64(0)
}

// decodePolicies undoes the URL encoding of policy documents and drops what is not read of an
// identity: instance profiles, last use and versions that do not apply.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func decodePolicies(v document) document {
	out := document{}
	for name, inner := range v {
		switch inner := inner.(type) {
		case string:
			if strings.HasSuffix(name, "Document") {
				if decoded, err := url.QueryUnescape(strings.ReplaceAll(inner, "+", "%2B")); err == nil {
					out[name] = decoded
					continue
				}
			}
			out[name] = inner
		case []any:
			if name != "InstanceProfileList" {
				out[name] = decodeList(inner)
			}
		default:
			if name != "RoleLastUsed" {
				out[name] = inner
			}
		}
	}
	return out
}

func decodeList(list []any) []any {
	var out []any
	for _, entry := range list {
		members, ok := entry.(document)
		if !ok {
			out = append(out, entry)
			continue
		}
		if standard, version := members["IsDefaultVersion"]; version && standard == false {
			continue
		}
		out = append(out, decodePolicies(members))
	}
	return out
}
