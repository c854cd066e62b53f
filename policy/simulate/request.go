package simulate

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/policy/authz"
)

var (
	defaultFields = []string{"principal", "action", "resource", "resource-account", "context", "encryption-context", "grant-tokens", "policies", "grants", "organization"}
	caseFields    = slices.Concat([]string{"name", "source", "expect"}, defaultFields)
)

func (r *reading) oneCase(n *yaml.Node) Case {
	f := r.mapping(n, "a case", caseFields)
	for name, value := range r.defaults {
		if f[name] == nil {
			f[name] = value
		}
	}
	c := Case{Name: r.text(f["name"], "name"), Source: r.text(f["source"], "source"), Line: n.Line}
	if c.Source != "" && !strings.HasPrefix(c.Source, "https://") {
		r.fail(f["source"], "give the page that justifies the expectation", "source is not an https URL")
	}
	for _, needed := range []string{"principal", "action", "resource"} {
		if f[needed] == nil && n.Kind == yaml.MappingNode {
			r.fail(n, "say who does what to which resource; for actions without a resource write resource: \"*\"", "the case has no %s", needed)
		}
	}
	c.Request = authz.Request{Principal: r.principal(f["principal"]), Action: r.action(f["action"]), Resource: r.text(f["resource"], "resource"),
		ResourceAccount: r.account(f["resource-account"], "resource-account"), GrantTokens: r.texts(f["grant-tokens"], "grant-tokens"), Context: authz.Context{}}
	if v := c.Request.Resource; v != "" && v != "*" && strings.Count(v, ":") < 5 {
		r.fail(f["resource"], "give its ARN, or \"*\" for actions without a resource", "resource %q is no ARN", v)
	}
	r.context(f["context"], c.Request.Context)
	r.encryptionContext(f["encryption-context"], c.Request.Context)
	r.policies(f["policies"], &c.Layers)
	c.Layers.Grants = r.grants(f["grants"])
	r.organization(f["organization"], &c)
	c.Expect = r.expect(f["expect"])
	return c
}

func (r *reading) action(n *yaml.Node) string {
	a := r.text(n, "action")
	if service, name, ok := strings.Cut(a, ":"); n != nil && (!ok || service == "" || name == "" || strings.ContainsAny(a, "*?")) {
		r.fail(n, "one action such as kms:Decrypt", "action %q is not service:Name", a)
	}
	return a
}

func (r *reading) account(n *yaml.Node, what string) string {
	s := r.text(n, what)
	if s != "" && !isAccount(s) {
		r.fail(n, "twelve digits", "%s %q is no account", what, s)
	}
	return s
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// context reads condition keys: a text, a list of texts for keys with many values,
// or {unknown: true}.
func (r *reading) context(n *yaml.Node, out authz.Context) {
	if n == nil || !r.is(n, yaml.MappingNode, "context", "a mapping from condition keys") {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := strings.ToLower(key.Value)
		if !strings.Contains(name, ":") {
			r.fail(key, "keys have a prefix, such as aws:SourceIp", "%q is no condition key", key.Value)
		}
		if _, twice := out[name]; twice {
			r.fail(key, "the case of keys does not count", "the key %s is there twice", key.Value)
		}
		if value.Kind == yaml.MappingNode {
			if !r.flag(r.mapping(value, "the value of a condition key", []string{"unknown"})["unknown"], "unknown") {
				r.fail(value, "a value that is not known is {unknown: true}; leave out keys that are absent", "the value of %s is a mapping", key.Value)
			}
			out[name] = authz.Value{Unknown: true}
			continue
		}
		out[name] = authz.Value{Values: r.texts(value, key.Value)}
	}
}

// encryptionContext sets the condition keys that come with an encryption context.
func (r *reading) encryptionContext(n *yaml.Node, out authz.Context) {
	pairs := r.pairs(n, "encryption-context")
	if len(pairs) == 0 {
		return
	}
	names := []string{}
	for name, value := range pairs {
		names = append(names, name)
		key := "kms:encryptioncontext:" + strings.ToLower(name)
		if _, twice := out[key]; twice {
			r.fail(n, "leave one", "%s is in context as well", key)
		}
		out[key] = authz.Value{Values: []string{value}}
	}
	slices.Sort(names)
	out["kms:encryptioncontextkeys"] = authz.Value{Values: names}
}

var grantFields = []string{"id", "token", "grantee", "retiring", "operations", "encryption-context-equals", "encryption-context-subset", "source-arn", "pending"}

func (r *reading) grants(n *yaml.Node) []authz.Grant {
	if n == nil {
		return nil
	}
	out := []authz.Grant{}
	for _, item := range r.list(n, "grants") {
		f := r.mapping(item, "a grant", grantFields)
		g := authz.Grant{ID: r.text(f["id"], "id"), Token: r.text(f["token"], "token"), Grantee: r.text(f["grantee"], "grantee"),
			Retiring: r.text(f["retiring"], "retiring"), Operations: r.texts(f["operations"], "operations"),
			ContextEquals: r.pairs(f["encryption-context-equals"], "encryption-context-equals"),
			ContextSubset: r.pairs(f["encryption-context-subset"], "encryption-context-subset"),
			SourceARN:     r.text(f["source-arn"], "source-arn"), Pending: r.flag(f["pending"], "pending")}
		if item.Kind == yaml.MappingNode && (g.ID == "" || g.Grantee == "" || len(g.Operations) == 0) {
			r.fail(item, "a grant has an id, a grantee and operations", "the grant is not complete")
		}
		for i, name := range g.Operations {
			if strings.HasPrefix(name, "kms:") {
				r.fail(f["operations"], "write "+name[len("kms:"):], "operation %d is an action", i+1)
			}
		}
		out = append(out, g)
	}
	return out
}
