package behalf

import (
	"cmp"
	"context"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// actor is who calls KMS.
type actor struct {
	before  *plane.Call
	who     *plane.Caller
	service string // that makes the call
	context authz.Context
	need    *catalog.Need
}

// actor returns who meets a need.
func (k *Keys) actor(ctx context.Context, c *plane.Call, s *Subject, n *catalog.Need) (*actor, error) {
	a := &actor{before: c, who: c.Caller, service: s.Service, context: authz.Context{}, need: n}
	via := s.Fill(n.Via)
	if via != "" {
		a.context["kms:viaservice"] = one(via)
		a.context["aws:viaawsservice"] = one("true")
		service := principalOf(via)
		a.context["aws:calledvia"] = one(service)
		a.context["aws:calledviafirst"], a.context["aws:calledvialast"] = one(service), one(service)
		a.service = service
	}
	source := authz.Context{}
	if n.SourceARN != "" {
		source["aws:sourcearn"] = one(s.source(n.SourceARN))
	}
	if n.SourceAccount {
		source["aws:sourceaccount"] = one(s.Account)
	}
	who, name, _ := strings.Cut(n.Who, ":")
	switch who {
	case "caller":
		if via == "" {
			// The page of the service does not say that it calls for its caller; it does.
			a.context["aws:viaawsservice"] = one("true")
		}
		if c.Caller.Principal.Kind == authz.Service {
			// What the service said of the resource that it works for is said to KMS too: by
			// these keys the key's policy lets the logs of Bedrock into a bucket.
			// https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
			for _, key := range []string{"aws:sourcearn", "aws:sourceaccount"} {
				if v, ok := c.Context[key]; ok {
					a.context[key] = v
				}
			}
		}
	case "role":
		role := s.Roles[name]
		session, err := k.opts.Sessions.ServiceSession(ctx, s.Service, role, sessionName(s), s.roleContext())
		if err != nil {
			return nil, &Error{Code: RoleRefused, Operation: "AssumeRole", Need: n, Message: s.Service + " is not able to assume the role " + role}
		}
		a.who = session
	case "service":
		a.who = Principal(catalog.ServicePrincipal(name, s.Region))
		for key, v := range source {
			a.context[key] = v
		}
	}
	return a, nil
}

// Principal is a service, such as bedrock.amazonaws.com, that calls for itself.
func Principal(service string) *plane.Caller {
	return &plane.Caller{Principal: authz.Principal{Kind: authz.Service, ARN: service}}
}

// roleContext are the keys by which trust policies tell whose role a service assumes.
func (s *Subject) roleContext() authz.Context {
	return authz.Context{"aws:sourceaccount": one(s.Account), "aws:sourcearn": one(s.ARN)}
}

// sessionName is that of the session of a role.
func sessionName(s *Subject) string {
	name, _, _ := strings.Cut(s.Service, ".")
	return cmp.Or(s.Session, name)
}

// principalOf is the principal of a service of a Region: bedrock.us-east-1.amazonaws.com is
// bedrock.amazonaws.com.
func principalOf(via string) string {
	parts := strings.Split(via, ".")
	if len(parts) < 3 {
		return via
	}
	return parts[0] + "." + strings.Join(parts[len(parts)-2:], ".")
}

// source is the value of aws:SourceArn. A template for all resources of a kind stands for
// the one that the subject is.
func (s *Subject) source(template string) string {
	filled := s.Fill(template)
	if before, ok := strings.CutSuffix(filled, "*"); ok && strings.HasPrefix(s.ARN, before) {
		return s.ARN
	}
	return filled
}

// Fill replaces the placeholders of a template of the catalogue.
func (s *Subject) Fill(template string) string {
	partition := "aws"
	if a, err := arn.Parse(s.ARN); err == nil {
		partition = a.Partition
	}
	return strings.NewReplacer("{partition}", partition, "{region}", s.Region, "{account}", s.Account, "{arn}", s.ARN, "{id}", s.ID, "{name}", s.Name).Replace(template)
}

// EncryptionContext is that of a need.
func (s *Subject) EncryptionContext(n *catalog.Need) map[string]string {
	if len(n.Context) == 0 && len(s.Context) == 0 {
		return nil
	}
	out := make(map[string]string, len(n.Context)+len(s.Context))
	for key, template := range n.Context {
		out[key] = s.source(template)
		if template == unconfirmed {
			out[key] = s.ARN
		}
	}
	for key, v := range s.Context {
		out[key] = v
	}
	return out
}

const unconfirmed = "unconfirmed"

func one(s string) authz.Value { return authz.Value{Values: []string{s}} }
