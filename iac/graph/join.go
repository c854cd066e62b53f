package graph

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// maxHops bounds chains of aliases and data sources.
const maxHops = 8

// nameKey says what a value that should name a key leads to.
func (a *assembly) nameKey(r *Resource, v Value) inventory.Named { return a.follow(r, v, maxHops) }

func (a *assembly) follow(r *Resource, v Value, hops int) inventory.Named {
	n := inventory.Named{Text: text(v)}
	if hops == 0 {
		n.Text = inventory.Unknown[string]("references lead in a circle", v.At)
		return n
	}
	switch v.Kind {
	case Ref:
		return a.followRef(r, v, hops)
	case Concat:
		return a.followConcat(r, v, hops)
	case String, Number, Bool:
		if r.Dialect == API {
			return a.followDeployed(v, r, hops)
		}
		return a.followText(r, v, hops)
	case List, Map:
		n.Text = inventory.Known("(not a text)", v.At)
	}
	return n
}

// followRef joins a reference to a key, to an alias of one, or to a data source
// that looks one up.
func (a *assembly) followRef(r *Resource, v Value, hops int) inventory.Named {
	n := inventory.Named{Text: inventory.Known(v.Print(), v.At)}
	target := a.resources[v.Target]
	if target == nil {
		n.Text = inventory.Unknown[string](v.describe()+" is not among the inputs", v.At)
		return n
	}
	if a.keyIDs[v.Target] {
		n.Key, n.How, n.Form = v.Target, "by reference to "+target.Address, keyForm(v.Text)
		return n
	}
	if e := a.entry(target); e != nil && e.Kind == catalog.KindAlias {
		inner := a.follow(target, (facts{a, target, e}).value("target"), hops-1)
		n.Key, n.How, n.Form = inner.Key, "through alias "+target.Address, aliasForm(v.Text)
		if n.Form == catalog.FormKeyARN || n.Form == catalog.FormKeyID {
			n.How = "by the target of alias " + target.Address
		}
		if n.Key == "" {
			n.Text = inner.Text
		}
		return n
	}
	switch target.Type {
	case "data.aws_kms_key", "data.aws_kms_alias":
		return a.followData(target, v, hops)
	}
	n.Text = inventory.Unknown[string](v.describe()+" is known only after deployment, and "+target.Type+" is no key", v.At)
	return n
}

// followData joins what a data source looks up by a name that the code gives.
func (a *assembly) followData(d *Resource, v Value, hops int) inventory.Named {
	lookup := d.Attributes.Get("key_id")
	if d.Type == "data.aws_kms_alias" {
		lookup = d.Attributes.Get("name")
	}
	if known := d.Attributes.Get(v.Text); known.Kind == String && known.Text != "" {
		lookup = known // a state or a plan that has read it
	}
	n := a.follow(d, lookup, hops-1)
	n.Form = catalog.Form(catalog.FormKeyARN)
	switch v.Text {
	case "id", "key_id", "target_key_id":
		n.Form = catalog.FormKeyID
	}
	if d.Type == "data.aws_kms_alias" && v.Text == "arn" {
		n.Form = catalog.FormAliasARN
	}
	if n.How == "" {
		n.How = "looked up by " + d.Address
	} else {
		n.How += ", looked up by " + d.Address
	}
	return n
}

// keyForm is the form of an attribute of a key, in either dialect; a plan may not
// say which attribute was meant.
func keyForm(attribute string) catalog.Form {
	switch {
	case attribute == "":
		return ""
	case strings.EqualFold(attribute, "arn"):
		return catalog.FormKeyARN
	}
	return catalog.FormKeyID
}

func aliasForm(attribute string) catalog.Form {
	switch attribute {
	case "":
		return ""
	case "arn", "Arn", "AliasArn":
		return catalog.FormAliasARN
	case "target_key_arn":
		return catalog.FormKeyARN
	case "target_key_id", "TargetKeyId":
		return catalog.FormKeyID
	}
	return catalog.FormAlias
}

// followConcat joins a text such as arn:…:key/ followed by a reference to a key.
func (a *assembly) followConcat(r *Resource, v Value, hops int) inventory.Named {
	n := inventory.Named{Text: text(v)}
	if k, ok := arn.ParseKey(v.Print()); ok && k.Name != "" && r.samePlace(k.ARN) {
		if name, ok := a.localAlias(r, v, k.Name); ok {
			if id := a.pick(r, a.aliases[name]); id != "" {
				target := a.resources[id]
				inner := a.follow(target, (facts{a, target, a.entry(target)}).value("target"), hops-1)
				n.Key, n.How, n.Form = inner.Key, "through alias "+target.Address, catalog.FormOf(k)
				return n
			}
		}
	}
	for _, item := range v.Items {
		if item.Kind == Unknown {
			n.Text = inventory.Unknown[string](item.Text, v.At)
			return n
		}
	}
	k, ok := arn.ParseKey(v.Print())
	if !ok {
		return n
	}
	last := v.Items[len(v.Items)-1]
	switch {
	case k.Form == arn.KeyARN && last.Kind == Ref && a.keyIDs[last.Target] && keyForm(last.Text) == catalog.FormKeyID:
		n.Key, n.How, n.Form = last.Target, "by reference to "+address(last.Target), catalog.FormKeyARN
	case k.Form == arn.AliasARN || k.Form == arn.Alias:
		n.Form = catalog.FormOf(k)
		if last.Kind == Ref {
			inner := a.follow(r, last, hops-1)
			n.Key, n.How = inner.Key, inner.How
		}
	}
	return n
}

// localAlias files an alias name of which a part is not known under the stack in
// which it stands: the same text says the same there, as long as what is not known
// is a parameter or pseudo parameter and not just any value.
func (a *assembly) localAlias(r *Resource, v Value, name string) (key string, ok bool) {
	if r.Dialect != CloudFormation || v.Kind != Concat {
		return "", false
	}
	for _, item := range v.Items {
		if item.Kind == Unknown && !strings.HasPrefix(item.Text, "parameter ") && !strings.HasPrefix(item.Text, "AWS::Stack") {
			return "", false
		}
	}
	stack := r.Address[:strings.LastIndexByte(r.Address, '/')+1]
	return strings.Join([]string{strconv.Itoa(a.module[r.ID]), stack, name}, "\x00"), true
}

// followText joins a literal ARN, id or alias.
func (a *assembly) followText(r *Resource, v Value, hops int) inventory.Named {
	literal := r.substitute(v.Text)
	n := inventory.Named{Text: inventory.Known(literal, v.At)}
	k, ok := arn.ParseKey(literal)
	if !ok {
		return n
	}
	n.Form = catalog.FormOf(k)
	if id, found := a.keyByARN[literal]; found {
		n.Key, n.How = id, "by its "+strings.ReplaceAll(string(n.Form), "-", " ")
		return n
	}
	if k.Form == arn.KeyARN {
		if id, found := a.keyByARN[k.ID]; found {
			n.Key, n.How = id, "by its key id"
		}
		return n
	}
	if k.Name == "" || k.IsAWSManaged() || !r.samePlace(k.ARN) {
		return n
	}
	if id := a.pick(r, a.aliases[k.Name]); id != "" {
		target := a.resources[id]
		inner := a.follow(target, (facts{a, target, a.entry(target)}).value("target"), hops-1)
		n.Key, n.How = inner.Key, "through "+k.Name
	}
	return n
}

// samePlace reports whether an alias ARN can be in the account and Region of r.
func (r *Resource) samePlace(x arn.ARN) bool {
	differs := func(a, b string) bool { return a != "" && b != "" && !arn.IsToken(a) && !arn.IsToken(b) && a != b }
	return !differs(x.Account, r.Account) && !differs(x.Region, r.Region)
}

// substitute replaces the tokens of what the resource's place tells.
func (r *Resource) substitute(s string) string {
	if !strings.Contains(s, "${bedlock:") {
		return s
	}
	for token, v := range map[string]string{TokenAccount: r.Account, TokenRegion: r.Region, TokenPartition: r.Partition} {
		if v != "" {
			s = strings.ReplaceAll(s, token, v)
		}
	}
	return s
}
