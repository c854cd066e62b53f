package audit

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// misplaced judges where a key is against where the resource is; what is not
// known on either side is not judged.
func (c slotCase) misplaced(partition, region, account, name string) *fault {
	own := c.resource.Region.Or("")
	if home := arn.PartitionOf(own); home != "" && partition != "" && home != partition {
		return &fault{rule: rulePartition, message: "key " + name + " is in partition " + partition + ", the resource in " + home}
	}
	if own = plain(own); own != "" && region != "" && own != region {
		return &fault{rule: ruleRegion, message: "key " + name + " is in Region " + region + ", the resource in " + own, fix: "name a key of " + own}
	}
	if mine := c.resource.Account.Or(""); c.slot != nil && c.slot.Key.CrossAccount == catalog.No && account != "" && plain(mine) != "" && mine != account {
		return &fault{rule: ruleAccount, message: "key " + name + " is in account " + account + ", the resource in " + mine + "; the service accepts keys of its own account only"}
	}
	return nil
}

var formNames = map[catalog.Form]string{
	catalog.FormKeyARN: "key ARN", catalog.FormAliasARN: "alias ARN", catalog.FormKeyID: "key id", catalog.FormAlias: "alias",
}

// dialect is the catalogue's name for the language of the source; empty when the
// resource does not come from code.
func (c slotCase) dialect() string {
	switch {
	case c.resource.At.IsZero():
		return ""
	case strings.HasPrefix(c.resource.Source, "aws_"):
		return c.resource.Source
	}
	return catalog.Dialect
}

// refused judges how a key is written, and whether it may be a multi-Region key.
func (c slotCase) refused(form catalog.Form, multiRegion bool, name string) *fault {
	if c.slot == nil {
		return nil
	}
	rules := &c.slot.Key
	forms, who := rules.Forms, "the service"
	if d := c.dialect(); rules.Declared[d] != nil {
		forms, who = rules.Declared[d], "the resource type"
	}
	if len(forms) > 0 && form != "" && !slices.Contains(forms, form) {
		accepted := make([]string, len(forms))
		for i, f := range forms {
			accepted[i] = formNames[f]
		}
		want := join(accepted, "or")
		return &fault{rule: ruleForm, message: name + " is written as " + formNames[form] + "; " + who + " accepts " + want + " here and refuses this", fix: "write the key as " + want}
	}
	if multiRegion && rules.MultiRegion == catalog.No {
		return &fault{rule: ruleMultiRegion, message: "key " + name + " is a multi-Region key, which the service does not accept here"}
	}
	return nil
}

// unfit judges the key's spec and usage.
func (c slotCase) unfit(v *keyVerdict) *fault {
	specs, usage := []string{"SYMMETRIC_DEFAULT"}, "ENCRYPT_DECRYPT"
	if c.slot != nil {
		if len(c.slot.Key.Specs) > 0 {
			specs = c.slot.Key.Specs
		}
		usage = firstText(c.slot.Key.Usage, usage)
	}
	if spec := specOf(v.key); !slices.Contains(specs, spec) {
		return &fault{rule: ruleSpec, message: "key " + v.name + " is of spec " + spec + "; the service accepts " + join(specs, "or")}
	}
	if got := usageOf(v.key); got != usage {
		return &fault{rule: ruleUsage, message: "key " + v.name + " is for " + got + "; the service needs " + usage}
	}
	return nil
}

// keyed judges a slot whose key is in the inventory.
func (j *judge) keyed(c slotCase, n *inventory.Named, v *keyVerdict) standing {
	at := orAt(n.Text.At(), c.resource.At)
	link := "names key " + v.name
	if n.How != "" {
		link += " (" + n.How + ")"
	}
	s := j.keyedStanding(c, n, v, at)
	s.key = n.Key
	s.evidence = append(s.evidence, evidence(at, link))
	if v.key.When != "" {
		s.evidence = append(s.evidence, evidence(v.key.At, "the key exists only when "+v.key.When))
	}
	if mine := plain(c.resource.Account.Or("")); mine != "" && v.account != "" && mine != v.account {
		s.evidence = append(s.evidence, evidence(v.key.At, "the key belongs to account "+v.account+", the resource to "+mine))
	}
	return s
}

func (j *judge) keyedStanding(c slotCase, n *inventory.Named, v *keyVerdict, at bedlock.Position) standing {
	parsed, _ := arn.ParseKey(n.Text.Or(""))
	if v.managed || parsed.IsAWSManaged() {
		return standing{rung: bedlock.AWSManaged, rule: ruleAWSManaged, lift: c.setting(), evidence: []bedlock.Evidence{evidence(at, "key "+v.name+" is managed by AWS")}}
	}
	partition := firstText(plain(parsed.ARN.Partition), v.partition)
	region := firstText(plain(parsed.ARN.Region), v.region)
	for _, f := range []*fault{
		c.misplaced(partition, region, firstText(plain(parsed.ARN.Account), v.account), v.name),
		v.broken,
		c.unfit(v),
		c.refused(formOf(n, parsed), v.key.MultiRegion.Or(parsed.IsMultiRegion()), v.name),
	} {
		if f == nil {
			continue
		}
		s := brokenBy(f, "", at)
		if len(f.evidence) > 0 {
			s.evidence = slices.Clone(f.evidence)
		}
		return s
	}
	if len(v.serving) > 0 {
		return gapped(v.serving)
	}
	auth := j.authorize(c, n.Key, estate.Both(c.when, n.When))
	if auth.denied != nil {
		return *auth.denied
	}
	held := slices.DeleteFunc(slices.Clone(v.held), func(h holding) bool { return !estate.Compatible(c.when, n.When, h.when) })
	other := slices.DeleteFunc(slices.Clone(v.other), func(g gap) bool { return !estate.Compatible(c.when, n.When, g.when) })
	other = append(other, auth.gaps...)
	if len(held) > 0 {
		s := standing{rung: bedlock.Exposed, lift: held[0].lift, unjudged: v.open(&auth)}
		for _, h := range held {
			s.evidence = append(s.evidence, h.Evidence)
		}
		for _, g := range other {
			s.evidence = append(s.evidence, evidence(g.at, g.reason))
		}
		s.evidence = slices.Concat(s.evidence, v.notes, auth.open, auth.spared)
		return s
	}
	if len(other) > 0 {
		return gapped(other)
	}
	s := standing{rung: bedlock.Sound, evidence: []bedlock.Evidence{evidence(v.key.At, v.praise())}, unjudged: v.open(&auth)}
	s.evidence = slices.Concat(s.evidence, v.notes, auth.open, auth.spared)
	if len(auth.assumed) > 0 {
		s.evidence = append(s.evidence, evidence(v.key.At, "every principal with a need can use the key, given that "+list(auth.assumed)))
	}
	s.lift = "show the key in use for this resource by CloudTrail or GetKeyLastUsage"
	return j.proved(c, v, s)
}

// open are the questions that are left open for a slot with this key.
func (v *keyVerdict) open(a *authorization) []string {
	var open []string
	if len(a.open) > 0 {
		open = append(open, openAuthorization)
	}
	if a.needless {
		open = append(open, openNeeds)
	}
	return append(open, v.unjudged...)
}

func (v *keyVerdict) praise() string {
	if on, ok := v.key.Rotation.Get(); ok && on && rotatable(v.key) {
		return "key " + v.name + " is customer-managed, can serve here and is rotated"
	}
	if v.key.Replica {
		return "key " + v.name + " is customer-managed and can serve here; its rotation is that of its primary key"
	}
	if !rotatable(v.key) {
		return "key " + v.name + " is customer-managed and can serve here; automatic rotation does not exist for its spec or origin"
	}
	return "key " + v.name + " is customer-managed and can serve here"
}

// gapped is the standing of a slot that a gap decides: what is unread before what
// is unresolved.
func gapped(gaps []gap) standing {
	decides := 0
	for i := range gaps {
		if gaps[i].rung < gaps[decides].rung {
			decides = i
		}
	}
	g := gaps[decides]
	s := standing{rung: g.rung, rule: ruleUnresolved, lift: g.lift, evidence: []bedlock.Evidence{evidence(g.at, g.reason)}}
	if g.rung == bedlock.Unread {
		s.rule = ruleUnread
	}
	for i := range gaps {
		if i != decides {
			s.evidence = append(s.evidence, evidence(gaps[i].at, gaps[i].reason))
		}
	}
	return s
}
