package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/simulate"
)

// listedGrants is what `aws kms list-grants` prints. Source:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
type listedGrants struct {
	Grants           []listedGrant
	Truncated        bool
	NextMarker       string
	NextToken        string
	ResponseMetadata jsontext.Value
}

// listedGrant is one of them. Source:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html
type listedGrant struct {
	KeyId, GrantId, Name                        string
	CreationDate                                jsontext.Value
	GranteePrincipal, GranteeServicePrincipal   string
	RetiringPrincipal, RetiringServicePrincipal string
	IssuingAccount                              string
	Operations                                  []string
	Constraints                                 struct {
		EncryptionContextSubset, EncryptionContextEquals map[string]string
		SourceArn                                        string
	}
}

const grantsHint = "give what `aws kms list-grants` prints, or YAML with grants: as in a request file"

// grants reads the grants of the key; nil without the flag.
func (w *requestText) grants(r *requestFlags) ([]authz.Grant, error) {
	if r.grants == "" {
		return nil, nil
	}
	file, b, err := w.in.read(r.grants, "--grants", simulate.MaxSize)
	if err != nil {
		return nil, err
	}
	return readGrants(file, b, r.resource)
}

// readGrants reads grants on a key, as the AWS CLI prints them or as they stand in
// request files.
func readGrants(file string, b []byte, key string) ([]authz.Grant, error) {
	if len(b) > simulate.MaxSize {
		return nil, &documentError{bedlock.Position{File: file}, fmt.Sprintf("the file has more than %d bytes", simulate.MaxSize)}
	}
	if text := strings.TrimLeft(strings.TrimPrefix(string(b), "\ufeff"), " \t\r\n"); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		return readListedGrants(file, []byte(strings.TrimPrefix(string(b), "\ufeff")), key)
	}
	return readWrittenGrants(file, b)
}

func readListedGrants(file string, b []byte, key string) (out []authz.Grant, err error) {
	d := newDocument(file, b)
	var list listedGrants
	if err := json.Unmarshal(b, &list, json.RejectUnknownMembers(true)); err != nil {
		return nil, &documentError{d.place(errorOffset(err)), fmt.Sprintf("not a list of grants: %v (%s)", shortError(err), grantsHint)}
	}
	if list.Truncated || list.NextMarker != "" || list.NextToken != "" {
		return nil, &documentError{d.place(0), "the list of grants is cut short (list them without a limit)"}
	}
	if list.Grants == nil {
		return nil, &documentError{d.place(0), "there is no member Grants (" + grantsHint + ")"}
	}
	for i, g := range list.Grants {
		one := authz.Grant{
			ID: g.GrantId, Grantee: g.GranteePrincipal + g.GranteeServicePrincipal, Retiring: g.RetiringPrincipal + g.RetiringServicePrincipal,
			Operations: g.Operations, ContextEquals: g.Constraints.EncryptionContextEquals,
			ContextSubset: g.Constraints.EncryptionContextSubset, SourceARN: g.Constraints.SourceArn,
		}
		reason := ""
		switch {
		case g.GrantId == "" || one.Grantee == "" || len(g.Operations) == 0:
			reason = "is not complete: a grant has a GrantId, a grantee and Operations"
		case g.GranteePrincipal != "" && g.GranteeServicePrincipal != "", g.RetiringPrincipal != "" && g.RetiringServicePrincipal != "":
			reason = "has two grantees or two retiring principals"
		case g.KeyId != "" && g.KeyId != key && !strings.HasSuffix(key, ":key/"+g.KeyId):
			reason = "is on the key " + g.KeyId + ", not on " + key
		}
		if reason != "" {
			return nil, &documentError{bedlock.Position{File: file}, printable(fmt.Sprintf("grant %d (%s) %s", i+1, g.GrantId, reason))}
		}
		out = append(out, one)
	}
	return out, nil
}

// errorOffset is where JSON is at fault.
func errorOffset(err error) int {
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntactic):
		return int(syntactic.ByteOffset)
	case errors.As(err, &semantic):
		return int(semantic.ByteOffset)
	}
	return 0
}

// shortError is what is wrong, without the names of Go.
func shortError(err error) string {
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntactic):
		return syntactic.Err.Error()
	case errors.As(err, &semantic) && semantic.Err != nil:
		return fmt.Sprintf("%s: %v", semantic.JSONPointer, semantic.Err)
	case semantic != nil:
		return fmt.Sprintf("%q is not expected to be %s", string(semantic.JSONPointer), jsonKinds[semantic.JSONKind])
	}
	return err.Error()
}

var jsonKinds = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a text", '0': "a number", '{': "an object", '[': "a list",
}

// writtenGrants is the request around the grants of a file, which makes it one that
// is read as all others.
const writtenGrants = "\nprincipal: anonymous\naction: kms:Decrypt\nresource: \"*\"\n"

func readWrittenGrants(file string, b []byte) ([]authz.Grant, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(b, &root); err != nil {
		return nil, &documentError{bedlock.Position{File: file}, fmt.Sprintf("%v (%s)", err, grantsHint)}
	}
	if len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode || len(root.Content[0].Content) != 2 || root.Content[0].Content[0].Value != "grants" {
		return nil, &documentError{bedlock.Position{File: file, Line: 1, Column: 1}, "the file has not grants: alone (" + grantsHint + ")"}
	}
	cases, err := simulate.Read(file, append(slices.Clip(b), writtenGrants...))
	if err != nil {
		return nil, err
	}
	return cases[0].Layers.Grants, nil
}
