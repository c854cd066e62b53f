package graph

import (
	"slices"

	"github.com/bedlock/bedlock/inventory"
)

// membership says how a type that puts users into groups names both.
type membership struct{ users, groups string }

// memberships are the types that put users into groups.
// Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-usertogroupaddition.html,
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_user_group_membership
var memberships = map[string]membership{
	"AWS::IAM::UserToGroupAddition": {"Users", "GroupName"},
	"aws_iam_user_group_membership": {"user", "groups"},
	"aws_iam_group_membership":      {"users", "group"},
}

// groups are those of one user; why is set when they are not known.
type groups struct {
	ids []string
	why Value
}

func (g *groups) unknown(why string) { g.lacking(Value{Kind: Unknown, Text: why}) }

func (g *groups) lacking(why Value) {
	if g.why.Kind == Absent {
		g.why = why
	}
}

func (a *assembly) groupsOf(user string) *groups {
	g := a.groups[user]
	if g == nil {
		g = &groups{}
		a.groups[user] = g
	}
	return g
}

// join puts the users that r names into the groups that it names.
func (a *assembly) join(m int, r *Resource, t membership) {
	into := itemsUnder(r.Attributes.Get(t.groups), r.When)
	for _, who := range itemsUnder(r.Attributes.Get(t.users), r.When) {
		if who.Value.Kind == Unknown {
			a.note(m, "the user that "+r.Address+" is for is not known: "+who.Value.Text, who.Value.At)
			continue
		}
		ids := a.iamNamed(r, string(inventory.User), who.Value)
		for _, id := range ids {
			if len(ids) > 1 {
				a.groupsOf(id).unknown(several("users"))
				continue
			}
			for _, b := range into {
				if when, ok := conjoin(who.When, b.When); ok {
					a.addGroup(r, id, Branch{When: when, Value: b.Value})
				}
			}
		}
	}
}

// addGroup puts a user into a group that r names.
func (a *assembly) addGroup(r *Resource, user string, b Branch) {
	g := a.groupsOf(user)
	when, ok := conjoin(a.resources[user].When, b.When)
	if !ok {
		return
	}
	if when = without(when, a.resources[user].When); when != "" {
		g.unknown("membership in a group depends on whether " + when)
		return
	}
	ids := a.iamNamed(r, string(inventory.Group), b.Value)
	switch {
	case len(ids) == 1:
		g.ids = append(g.ids, ids[0])
	case len(ids) > 1:
		g.unknown(several("groups"))
	case b.Value.Kind == String:
		g.ids = append(g.ids, r.substitute(b.Value.Text))
	case b.Value.Kind == Unknown:
		g.unknown(b.Value.Text)
	default:
		g.unknown(b.Value.describe() + " is not among the inputs")
	}
}

// joinGroups tells the users their groups.
func (a *assembly) joinGroups() {
	for i := range a.parts.Principals {
		p := &a.parts.Principals[i]
		if p.Kind != inventory.User {
			continue
		}
		switch g := a.groupsOf(p.ID); {
		case g.why.Kind != Absent:
			p.Groups = gap[[]string](Value{Kind: g.why.Kind, Text: g.why.Text, At: p.At})
		case len(g.ids) == 0:
			p.Groups = inventory.Absent[[]string](p.At)
		default:
			slices.Sort(g.ids)
			p.Groups = inventory.Known(slices.Compact(g.ids), p.At)
		}
	}
}
