package graph

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// deployed reports whether the module holds what is deployed, in the dialect API.
func (m *Module) deployed() bool { return len(m.Resources) == 0 || m.Resources[0].Dialect == API }

// apart divides the modules, by index, into those of what is written and those of what
// is deployed.
func apart(modules []Module) (written, deployed []int) {
	for m := range modules {
		if modules[m].deployed() {
			deployed = append(deployed, m)
		} else {
			written = append(written, m)
		}
	}
	return written, deployed
}

// deployedIndex files deployed resources under their ARNs, and under their ids and names
// in their place.
func (a *assembly) deployedIndex(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		a.arns[plainARN(r.ID)] = r.ID
		if t, ok := deployedIdentities[r.Type]; ok {
			a.locate(location(r, nil, r.Type, r.Attributes.Get(authorizationDetails).Get(t.name).Text), r.ID)
		}
		e := a.entry(r)
		if e == nil || e.Kind != catalog.KindResource {
			continue
		}
		if name, ok := r.name(e).Get(); ok {
			a.locate(location(r, e, e.Type, name), r.ID)
		}
		if strings.HasSuffix(e.ARN, "{id}") {
			a.locate(location(r, e, e.Type, r.ID[strings.LastIndexAny(r.ID, ":/")+1:]), r.ID)
		}
	}
}

// plainARN is an ARN without the wildcard that CloudWatch Logs puts behind those of log
// groups.
func plainARN(s string) string { return strings.TrimSuffix(s, ":*") }

func (a *assembly) locate(where, id string) {
	if other, taken := a.located[where]; taken && other != id {
		id = ""
	}
	a.located[where] = id
}

// location is where a name of a type means one resource: the account and Region of r
// as far as the ARNs of the type have them. Buckets are named for all accounts.
func location(r *Resource, e *catalog.Entry, typ, name string) string {
	account, region := r.Account, r.Region
	if e != nil && e.ARN != "" && !strings.Contains(e.ARN, "{account}") {
		account, region = "", ""
	}
	return strings.Join([]string{typ, r.Partition, account, region, name}, "\x00")
}

// inPlace finds the deployed resource of a type that r names by ARN, id, name or URI;
// "" when there is none.
func (a *assembly) inPlace(r *Resource, typ, literal string) string {
	if path, isURI := strings.CutPrefix(literal, "s3://"); isURI {
		literal, _, _ = strings.Cut(path, "/")
	}
	if id := a.arns[plainARN(literal)]; id != "" {
		return id
	}
	return a.located[location(r, a.catalog.Type(typ), typ, literal)]
}

// parent is the deployed resource that r is a part or a version of; nil when there is
// none.
func (a *assembly) parent(r *Resource) *Resource {
	for id := r.ID; ; {
		end := strings.LastIndexAny(id, ":/")
		if end < 0 {
			return nil
		}
		id = id[:end]
		if found := a.resources[id]; found != nil {
			return found
		}
	}
}

// name is the name that the attributes give. That of a deployed resource may stand only
// in its ARN, as those of topics and queues do.
func (r *Resource) name(e *catalog.Entry) inventory.Value[string] {
	if _, ok := r.attribute(e.Name); ok || r.Dialect != API {
		return text(r.one(e.Name))
	}
	form, named := strings.CutSuffix(e.ARN, "{name}")
	x, err := arn.Parse(r.ID)
	if parts := strings.SplitN(form, ":", 6); named && err == nil && len(parts) == 6 {
		if name, ok := strings.CutPrefix(x.Resource, parts[5]); ok {
			return inventory.Known(name, r.At)
		}
	}
	return inventory.Absent[string](r.At)
}

// followDeployed joins a key that a deployed resource names.
func (a *assembly) followDeployed(v Value, r *Resource, hops int) inventory.Named {
	n := inventory.Named{Text: inventory.Known(v.Text, v.At)}
	k, ok := arn.ParseKey(v.Text)
	if !ok {
		return n
	}
	n.Form = catalog.FormOf(k)
	if k.IsAWSManaged() {
		return n
	}
	id := v.Text
	switch k.Form {
	case arn.KeyID:
		id = r.kmsARN("key/" + k.ID)
	case arn.Alias:
		id = r.kmsARN(k.Name)
	}
	target := a.resources[id]
	switch {
	case a.keyIDs[id]:
		n.Key, n.How = id, "by its "+strings.ReplaceAll(string(n.Form), "-", " ")
	case target != nil && target.Type == "AWS::KMS::Alias":
		inner := a.follow(target, (facts{a, target, a.entry(target)}).value("target"), hops-1)
		n.Key, n.How = inner.Key, "through "+k.Name
	}
	return n
}

// kmsARN is the ARN of a key or alias in the place of r.
func (r *Resource) kmsARN(resource string) string {
	return arn.ARN{Partition: r.Partition, Service: "kms", Region: r.Region, Account: r.Account, Resource: resource}.String()
}

// deployedRole joins the role that a deployed resource names: by ARN, or by the id of
// what it is a part of, whose role it uses.
func (a *assembly) deployedRole(r *Resource, name string, v Value) inventory.RoleRef {
	if parent := a.parent(r); v.Kind == String && !strings.HasPrefix(v.Text, "arn:") {
		if parent == nil || !strings.HasSuffix(parent.ID, "/"+v.Text) || a.entry(parent) == nil || len(a.entry(parent).Roles) == 0 {
			return inventory.RoleRef{Name: name, Text: inventory.Unread[string](v.Text+", whose role it uses, is not among the inputs", v.At)}
		}
		v = parent.one(a.entry(parent).Roles[0].At)
	}
	ref := inventory.RoleRef{Name: name, Text: text(v)}
	if i, ok := a.principals[v.Text]; ok && a.parts.Principals[i].Kind == inventory.Role {
		ref.Principal = v.Text
	}
	return ref
}
