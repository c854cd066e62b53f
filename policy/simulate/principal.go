package simulate

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/policy/authz"
)

var (
	principalFields = []string{"kind", "arn", "role", "parent", "account", "id", "service-linked", "management"}
	kinds           = []string{"user", "session", "federated", "root", "service", "anonymous"}
)

// principal reads who asks: a mapping, or a text that is a name of principals, an
// ARN, a service's name, or "anonymous".
func (r *reading) principal(n *yaml.Node) authz.Principal {
	switch {
	case n == nil:
		return authz.Principal{}
	case n.Kind == yaml.ScalarNode:
		if shared := r.principals[n.Value]; shared != nil && shared.Kind == yaml.MappingNode {
			return r.principal(shared)
		} else if shared != nil {
			n = shared
		}
		return r.complete(n, authz.Principal{ARN: r.text(n, "principal")}, "")
	}
	f := r.mapping(n, "a principal", principalFields)
	p := authz.Principal{ARN: r.text(f["arn"], "arn"), Role: r.text(f["role"], "role"), Parent: r.text(f["parent"], "parent"),
		Account: r.account(f["account"], "account"), ID: r.text(f["id"], "id"), ServiceLinked: r.flag(f["service-linked"], "service-linked"),
		Management: r.flag(f["management"], "management")}
	if len(f) == 0 {
		return p
	}
	return r.complete(n, p, r.text(f["kind"], "kind"))
}

// complete derives from the ARN what is not given. A role's ARN stands for a
// session of the role, for it is sessions that ask.
func (r *reading) complete(n *yaml.Node, p authz.Principal, kind string) authz.Principal {
	parts := strings.SplitN(p.ARN, ":", 6)
	name := ""
	if len(parts) == 6 {
		name = parts[5]
		if p.Account == "" {
			p.Account = parts[4]
		}
	}
	found := kindOf(p.ARN, name)
	if found == "role" {
		role := name[strings.LastIndex(name, "/")+1:]
		p.Role, found = p.ARN, "session"
		p.ARN = "arn:" + parts[1] + ":sts::" + parts[4] + ":assumed-role/" + role + "/session"
	}
	switch kind {
	case "":
		kind = found
	case "service":
	case "anonymous":
		p.ARN = ""
	default:
		if found != kind {
			r.fail(n, "leave kind out, or give an ARN of that kind", "the principal %q is no %s", p.ARN, kind)
		}
	}
	if strings.HasPrefix(p.Role, "arn:") && strings.Contains(p.Role, ":role/aws-service-role/") {
		p.ServiceLinked = true
	}
	switch kind {
	case "user":
		p.Kind = authz.User
	case "session":
		p.Kind = authz.Session
	case "federated":
		p.Kind = authz.Federated
	case "root":
		p.Kind = authz.Root
	case "service":
		p.Kind = authz.Service
	case "anonymous":
		p.Kind, p.ARN = authz.Anonymous, ""
	default:
		r.fail(n, "the ARN of a user, a role or its session, a federated user or a root user, a service such as logs.amazonaws.com, or anonymous",
			"what the principal %q is cannot be told", p.ARN)
	}
	return p
}

func kindOf(arn, name string) string {
	resource, _, _ := strings.Cut(name, "/")
	switch resource {
	case "user", "role", "root":
		return resource
	case "assumed-role":
		if strings.Count(name, "/") == 2 {
			return "session"
		}
	case "federated-user":
		return "federated"
	}
	if arn == "anonymous" {
		return arn
	}
	if name == "" && strings.Contains(arn, ".") && !strings.Contains(arn, ":") {
		return "service"
	}
	return ""
}
