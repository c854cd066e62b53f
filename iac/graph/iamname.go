package graph

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
)

// kindPolicy is the kind of managed policies; the other kinds are those of
// principals. Each kind is what an ARN has before the path: role/team/reader.
const kindPolicy = "policy"

// managedPolicies are the types of managed policies.
var managedPolicies = map[string]struct{ name, path, document string }{
	"AWS::IAM::ManagedPolicy":  {"ManagedPolicyName", "Path", "PolicyDocument"},
	"aws_iam_policy":           {"name", "path", "policy"},
	"awscc_iam_managed_policy": {"managed_policy_name", "path", "policy_document"},
}

// iamLookups are the data sources that look IAM things up, with the attributes that
// name one, the first that is set counting.
var iamLookups = map[string][]string{
	"data.aws_iam_role": {"name"}, "data.aws_iam_user": {"user_name"}, "data.aws_iam_group": {"group_name"}, "data.aws_iam_policy": {"arn", "name"},
}

// iamKind returns the kind of an IAM thing with the attributes that hold name and
// path; "" for anything else.
func iamKind(typ string) (kind, name, path string) {
	if t, ok := identityTypes[typ]; ok {
		return string(t.kind), t.name, t.path
	}
	if t, ok := managedPolicies[typ]; ok {
		return kindPolicy, t.name, t.path
	}
	return "", "", ""
}

// namesakes are the things of one kind and name: those of each module, and all. Of
// many only the first are kept.
type namesakes struct {
	here map[int][]string
	all  []string
}

const maxNamesakes = 16

// iamNames files identities and managed policies under their names.
func (a *assembly) iamNames(m int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		kind, attribute, _ := iamKind(r.Type)
		if kind == "" {
			continue
		}
		for _, b := range flatten(r.Attributes.Get(attribute), "") {
			if name, ok := a.iamName(r, b.Value); ok {
				a.fileIAM(m, kind+"\x00"+name, r.ID)
			}
		}
	}
}

func (a *assembly) fileIAM(m int, key, id string) {
	n := a.iam[key]
	if n == nil {
		n = &namesakes{here: map[int][]string{}}
		a.iam[key] = n
	}
	if here := n.here[m]; len(here) < maxNamesakes && !slices.Contains(here, id) {
		n.here[m] = append(here, id)
	}
	if len(n.all) < maxNamesakes && !slices.Contains(n.all, id) {
		n.all = append(n.all, id)
	}
}

// iamName is a name as things are filed under it. A name of which a part is not known
// is the same where the same stack writes the same text.
func (a *assembly) iamName(r *Resource, v Value) (string, bool) {
	switch v.Kind {
	case String, Number:
		return r.substitute(v.Text), v.Text != ""
	case Concat:
		return a.localAlias(r, v, v.Print())
	}
	return "", false
}

// iamNamed finds the identities or managed policies of a kind that a value names, by
// reference, name or ARN. More than one means that several have that name and that the
// code does not say which is meant.
func (a *assembly) iamNamed(r *Resource, kind string, v Value) []string {
	switch v.Kind {
	case Ref:
		return a.iamReferred(kind, v)
	case String, Number:
		return a.iamLiteral(r, kind, v, r.substitute(v.Text))
	case Concat:
		if len(v.Items) == 0 {
			return nil
		}
		last := v.Items[len(v.Items)-1]
		if last.Kind == Ref && !strings.HasSuffix(strings.ToLower(last.Text), "arn") {
			if _, name, _, ok := splitIAM(kind, v.Print()); ok && name == last.Print() {
				return a.iamReferred(kind, last)
			}
		}
		return a.iamLiteral(r, kind, v, v.Print())
	}
	return nil
}

// iamReferred follows a reference to a thing of a kind, or to a data source that looks
// one up by name or ARN.
func (a *assembly) iamReferred(kind string, v Value) []string {
	target := a.resources[v.Target]
	if target == nil {
		return nil
	}
	if k, _, _ := iamKind(target.Type); k == kind {
		return []string{v.Target}
	}
	if target.Type != "data.aws_iam_"+kind {
		return nil
	}
	for _, attribute := range iamLookups[target.Type] {
		if lookup := target.Attributes.Get(attribute); lookup.Kind == String && lookup.Text != "" {
			return a.iamLiteral(target, kind, lookup, target.substitute(lookup.Text))
		}
	}
	return nil
}

// iamLiteral finds things by a name or ARN that is written out: those of the same
// module, else the only one of all, as far as path, account and condition agree.
func (a *assembly) iamLiteral(r *Resource, kind string, v Value, literal string) []string {
	path, name, account := "", literal, r.Account
	if strings.HasPrefix(literal, "arn:") {
		var ok bool
		if path, name, account, ok = splitIAM(kind, literal); !ok {
			return nil
		}
	}
	key := name
	if v.Kind == Concat {
		local, ok := a.localAlias(r, v, name)
		if !ok {
			return nil
		}
		key = local
	}
	n := a.iam[kind+"\x00"+key]
	if n == nil {
		return nil
	}
	fits := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !a.iamFits(r, id, path, account) })
	}
	if here := n.here[a.module[r.ID]]; len(here) > 0 || arn.IsToken(name) {
		return a.nearest(r, fits(here))
	}
	if elsewhere := fits(n.all); len(elsewhere) == 1 {
		return elsewhere
	}
	return nil
}

// nearest chooses among several things of one name the one that stands in the same
// Terraform module or nested stack. One account has only one of them, so the others are
// deployed elsewhere.
func (a *assembly) nearest(r *Resource, ids []string) []string {
	if len(ids) < 2 {
		return ids
	}
	scope := r.scope()
	near := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return a.resources[id].scope() != scope })
	if len(near) == 1 {
		return near
	}
	return ids
}

// scope is the part of the address that says in which module or nested stack the
// resource stands.
func (r *Resource) scope() string {
	if r.Dialect == CloudFormation {
		return r.Address[:strings.LastIndexByte(r.Address, '/')+1]
	}
	return r.Address[:max(strings.LastIndex(r.Address, r.Type+"."), 0)]
}

// iamFits reports whether a thing can be the one that r names with a path (or ""
// without) in an account.
func (a *assembly) iamFits(r *Resource, id, path, account string) bool {
	t := a.resources[id]
	if _, ok := conjoin(r.When, t.When); !ok || !t.samePlace(arn.ARN{Account: account}) {
		return false
	}
	_, _, attribute := iamKind(t.Type)
	switch own := t.Attributes.Get(attribute); {
	case path == "" || arn.IsToken(path):
		return true
	case own.Kind == Absent:
		return path == "/"
	case own.Kind == String:
		return path == own.Text || arn.IsToken(own.Text)
	}
	return true
}

// splitIAM splits the ARN of an identity or managed policy. Those of AWS itself have
// no account: ok is false for them.
func splitIAM(kind, s string) (path, name, account string, ok bool) {
	x, err := arn.Parse(s)
	rest, is := strings.CutPrefix(x.Resource, kind+"/")
	if err != nil || x.Service != "iam" || !is || x.Account == "aws" {
		return "", "", "", false
	}
	depth, slash := 0, -1 // a token may have slashes in it
	for i := range len(rest) {
		switch {
		case strings.HasPrefix(rest[i:], "${"):
			depth++
		case rest[i] == '}' && depth > 0:
			depth--
		case rest[i] == '/' && depth == 0:
			slash = i
		}
	}
	return "/" + rest[:slash+1], rest[slash+1:], x.Account, rest[slash+1:] != ""
}
