package sts

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// AssumeRoleInput is the input of AssumeRole.
type AssumeRoleInput struct {
	RoleArn                 string
	RoleSessionName         string
	PolicyArns              []PolicyDescriptorType
	Policy                  string
	DurationSeconds         int
	Tags                    []Tag
	TransitiveTagKeys       []string
	ExternalId              string
	SerialNumber            string
	TokenCode               string
	SourceIdentity          string
	ProvidedContexts        []ProvidedContext
	MinimumSessionTokenSize int
}

// ProvidedContext is a context assertion, which is not supported.
type ProvidedContext struct{ ProviderArn, ContextAssertion string }

// AssumeRoleOutput is the output of AssumeRole.
type AssumeRoleOutput struct {
	AssumedRoleUser  AssumedRoleUser
	Credentials      *Credentials
	PackedPolicySize int    `json:",omitzero"`
	SourceIdentity   string `json:",omitempty"`
}

// AssumedRoleUser names a session of a role.
type AssumedRoleUser struct{ AssumedRoleId, Arn string }

// someARN is what STS takes for an ARN, as was recorded of it:
// https://github.com/localstack/localstack/blob/main/tests/aws/services/sts/test_sts.snapshot.json
var someARN = regexp.MustCompile(`^arn:[^:]+:[^:]+:[^:]*:[^:]*:[^:]+$`)

// assumeRole makes a session of a role. In which order AWS looks for faults is not
// documented; here nothing that only the role knows is told before the call is authorized.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func (s *Service) assumeRole(ctx context.Context, c *plane.Call, in *AssumeRoleInput) (*AssumeRoleOutput, error) {
	who := c.Caller.Principal
	chained := who.Kind == authz.Session
	switch {
	case who.Kind == authz.Root:
		// The text is that of many reports; AWS documents none.
		return nil, accessDenied("Roles may not be assumed by root accounts.")
	case who.Kind == authz.Federated:
		return nil, withSession(c.Operation)
	case !someARN.MatchString(in.RoleArn):
		return nil, validationError(in.RoleArn + " is invalid")
	case len(in.ProvidedContexts) > 0:
		return nil, &plane.Error{Status: 400, Code: "InvalidContextAssertion", Message: "not implemented by the local plane: ProvidedContexts"}
	}
	if err := noMFA(in.SerialNumber, in.TokenCode); err != nil {
		return nil, err
	}
	tags, err := sessionTags(in.Tags, in.TransitiveTagKeys, c.Caller.Session)
	if err != nil {
		return nil, err
	}
	identity, err := sourceIdentity(in.SourceIdentity, c.Caller.Session)
	if err != nil {
		return nil, err
	}
	role := s.role(in.RoleArn)
	if err := s.mayAssume(ctx, c, in, role, len(tags) > 0, identity); err != nil {
		return nil, err
	}
	lifetime, err := roleLifetime(in.DurationSeconds, role.MaxSession, chained)
	if err != nil {
		return nil, err
	}
	of := &session{Kind: roleSession, Account: role.Account, Name: role.Name, ID: role.ID, Session: in.RoleSessionName, Tags: tags, SourceIdentity: identity}
	size, err := s.limit(of, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	credentials, err := s.issue(of, lifetime, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &AssumeRoleOutput{
		AssumedRoleUser: AssumedRoleUser{role.ID + ":" + in.RoleSessionName, sessionARN(role.ARN, role.Account, "assumed-role/"+role.Name+"/"+in.RoleSessionName)},
		Credentials:     credentials, PackedPolicySize: size, SourceIdentity: identity,
	}, nil
}

// role finds a role by its whole ARN, path included; nil: there is none.
func (s *Service) role(named string) *Entity {
	a, err := arn.Parse(named)
	path, ok := strings.CutPrefix(a.Resource, "role/")
	if err != nil || !ok {
		return nil
	}
	role := s.directory.Role(a.Account, path[strings.LastIndexByte(path, '/')+1:])
	if role == nil || role.ARN != named {
		return nil
	}
	return role
}

// mayAssume authorizes a call of AssumeRole. A role that does not exist is one that nobody
// may assume, and the answer is the same.
func (s *Service) mayAssume(ctx context.Context, c *plane.Call, in *AssumeRoleInput, role *Entity, tagged bool, identity string) error {
	asked := plane.Asked{Resource: in.RoleArn, Context: tagContext(in.Tags, in.TransitiveTagKeys)}
	asked.Context["sts:rolesessionname"] = one(in.RoleSessionName)
	if in.ExternalId != "" {
		asked.Context["sts:externalid"] = one(in.ExternalId)
	}
	if identity != "" {
		asked.Context["sts:sourceidentity"] = one(identity)
	}
	if role != nil {
		asked.Policy = role.Trust
		for key, v := range role.Tags {
			key = strings.ToLower(key)
			asked.Context["aws:resourcetag/"+key], asked.Context["iam:resourcetag/"+key] = one(v), one(v)
		}
	}
	actions := []string{"sts:AssumeRole"}
	// Inherited tags and a source identity that is kept need the permission again, at every
	// role of the chain. For source identities that is documented, for tags it was seen:
	// https://github.com/mattrobinsonsre/terrapod/pull/1546
	if tagged {
		actions = append(actions, "sts:TagSession")
	}
	if identity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	for _, action := range actions {
		asked.Action = action
		if err := s.authorizer.Allow(ctx, &asked); err != nil {
			return discreet(c, err)
		}
	}
	if role == nil {
		return notAuthorized(c, "sts:AssumeRole", in.RoleArn)
	}
	return nil
}

// roleLifetime is how long a session of a role is: an hour, unless the request says it.
// Sessions of chained roles end after an hour.
// Source of the texts: https://github.com/99designs/aws-vault/issues/263 and others.
func roleLifetime(seconds int, longest time.Duration, chained bool) (time.Duration, error) {
	asked := time.Duration(seconds) * time.Second
	switch {
	case seconds == 0:
		return time.Hour, nil
	case chained && asked > time.Hour:
		return 0, validationError("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case asked > longest:
		return 0, validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return asked, nil
}

// sourceIdentity is that of a new session: once it is set it stays. That another is refused
// is documented, with which error is not.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
func sourceIdentity(asked string, calling *plane.Session) (string, error) {
	if calling == nil || calling.SourceIdentity == "" {
		return asked, nil
	}
	if asked != "" && asked != calling.SourceIdentity {
		return "", accessDenied("The source identity of the calling session cannot be changed.")
	}
	return calling.SourceIdentity, nil
}

// sessionTags are the tags of a new session: those of the request and those that it
// inherits from the calling session. Keys are compared without case.
// Source of the texts, recorded in April 2025:
// https://github.com/localstack/localstack/blob/main/tests/aws/services/sts/test_sts.snapshot.json
func sessionTags(asked []Tag, transitive []string, calling *plane.Session) ([]tag, error) {
	var tags []tag
	at := map[string]int{} // by key in lower case
	for _, t := range asked {
		key := strings.ToLower(t.Key)
		if _, twice := at[key]; twice {
			return nil, invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if strings.HasPrefix(key, "aws:") {
			// The words are ours. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
			return nil, invalidParameter("Tag keys must not begin with aws:, which is reserved.")
		}
		at[key] = len(tags)
		tags = append(tags, tag{Key: t.Key, Value: t.Value})
	}
	if calling != nil {
		for key := range calling.Transitive {
			if _, conflict := at[strings.ToLower(key)]; conflict {
				return nil, invalidParameter("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
			}
		}
	}
	for _, key := range transitive {
		i, ok := at[strings.ToLower(key)]
		if !ok {
			return nil, invalidParameter("The specified transitive tag key must be included in the requested tags.")
		}
		tags[i].Transitive = true
	}
	if calling != nil {
		for _, key := range slices.Sorted(maps.Keys(calling.Transitive)) {
			tags = append(tags, tag{Key: key, Value: calling.Transitive[key], Transitive: true})
		}
	}
	return tags, nil
}

// tagContext are the condition keys of tags in a request.
func tagContext(tags []Tag, transitive []string) authz.Context {
	out := authz.Context{}
	var keys []string
	for _, t := range tags {
		out["aws:requesttag/"+strings.ToLower(t.Key)] = one(t.Value)
		keys = append(keys, t.Key)
	}
	if len(keys) > 0 {
		out["aws:tagkeys"] = authz.Value{Values: keys}
	}
	if len(transitive) > 0 {
		out["sts:transitivetagkeys"] = authz.Value{Values: slices.Clone(transitive)}
	}
	return out
}
