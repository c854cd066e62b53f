package prove

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Detour is an identity that cannot, or need not, do an action itself and can give
// itself the power: by a grant, by a new key policy, by becoming a role that can, or by
// changing the policies of one that can.
//
// These are followed: kms:CreateGrant and kms:PutKeyPolicy on the key; sts:AssumeRole
// of a role that can, again and again; and the IAM actions that change the policies,
// trust or credentials of an identity that can, or of the identity itself where the key
// policy leaves the decision to IAM. Passing a role to a service (iam:PassRole) is not
// followed.
type Detour struct {
	Who     string `json:"who"`
	Verdict string `json:"verdict"` // can, depends
	// Path are the steps, each an action with what it is done to.
	Path []Move `json:"path"`
}

// Move is one step of a detour.
type Move struct {
	Action  string             `json:"action"`
	On      string             `json:"on"`
	Verdict string             `json:"verdict"`
	Because []bedlock.Evidence `json:"because,omitempty"`
	// Open are condition keys that it depends on.
	Open []string `json:"open,omitempty"`
}

// changers are the IAM actions that give whoever has them the power of an identity, by
// the kind of identity.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
var changers = map[inventory.PrincipalKind][]string{
	inventory.Role: {"iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"},
	inventory.User: {"iam:CreateAccessKey", "iam:UpdateLoginProfile", "iam:CreateLoginProfile", "iam:PutUserPolicy", "iam:AttachUserPolicy"},
}

// givesItself reports the actions that add to the policies of an identity.
func givesItself(action string) bool {
	return strings.HasPrefix(action, "iam:Put") || strings.HasPrefix(action, "iam:Attach")
}

// grantable are the actions of a key that a grant can give.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
var grantable = []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
	"kms:ReEncryptTo", "kms:Sign", "kms:Verify", "kms:GetPublicKey", "kms:CreateGrant", "kms:RetireGrant", "kms:DescribeKey",
	"kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateMac", "kms:VerifyMac", "kms:DeriveSharedSecret"}

type finder struct {
	c       *estate.Case
	members []*estate.Party
	reached map[*estate.Party]*Detour
	// holders are those who have the action, by any way found so far.
	holders []*estate.Party
	// unknown are those whose own policies are not known.
	unknown map[*estate.Party]bool
}

// detours finds who can give itself an action, given who has it, and of whom it is not
// known because their own policies are not.
func detours(c *estate.Case, action string, holders map[string]bool) (found []Detour, unknown []string) {
	f := &finder{c: c, members: c.Members(), reached: map[*estate.Party]*Detour{}, unknown: map[*estate.Party]bool{}}
	for _, p := range f.members {
		if holders[p.Name] {
			f.holders = append(f.holders, p)
		}
	}
	for _, p := range f.members {
		if holders[p.Name] {
			continue
		}
		if slices.Contains(grantable, action) {
			f.byKey(p, "kms:CreateGrant")
		}
		f.byKey(p, "kms:PutKeyPolicy")
		f.byItself(p)
	}
	for next := f.holders; len(next) > 0; {
		next = f.before(next, holders)
		f.holders = append(f.holders, next...)
	}
	for _, p := range f.members {
		if d := f.reached[p]; d != nil {
			found = append(found, *d)
		} else if f.unknown[p] {
			unknown = append(unknown, p.Name)
		}
	}
	return found, unknown
}

// add notes the first, which is the shortest, way of a party.
func (f *finder) add(p *estate.Party, m Move, rest []Move) bool {
	if f.reached[p] != nil || m.Verdict == "cannot" {
		return false
	}
	if slices.ContainsFunc(m.Open, func(s string) bool { return strings.HasPrefix(s, "statement ") }) {
		f.unknown[p] = true
		return false
	}
	d := &Detour{Who: p.Name, Verdict: m.Verdict, Path: append([]Move{m}, rest...)}
	for _, r := range rest {
		if r.Verdict == "depends" {
			d.Verdict = "depends"
		}
	}
	f.reached[p] = d
	return true
}

func (f *finder) byKey(p *estate.Party, action string) {
	d := f.c.Can(p, action)
	if f.add(p, f.move(action, "key "+estate.KeyName(f.c.Key), &d), nil) {
		f.holders = append(f.holders, p)
	}
}

// byItself: a party that may change its own policies has what the key policy leaves to
// IAM.
func (f *finder) byItself(p *estate.Party) {
	if f.reached[p] != nil || !f.delegates(p) {
		return
	}
	for _, action := range changers[p.Identity.Kind] {
		if !givesItself(action) || !touches(p, "iam") {
			continue
		}
		d := f.c.Ask(p, action, f.c.ARN(p), nil)
		if f.add(p, f.move(action, "itself", &d), nil) {
			f.holders = append(f.holders, p)
			return
		}
	}
}

// delegates reports whether the key policy leaves what the party may do to IAM.
func (f *finder) delegates(p *estate.Party) bool {
	d := f.c.Target.Policy.Document()
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect != policy.Allow || s.Principals == nil || !s.Covers("kms:Decrypt") {
			continue
		}
		for _, who := range s.Principals.AWS {
			if who == p.Principal.Account || strings.HasSuffix(who, "::"+p.Principal.Account+":root") {
				return true
			}
		}
	}
	return false
}

// before finds who can become or change one of the parties, and was not reached yet.
func (f *finder) before(targets []*estate.Party, holders map[string]bool) (found []*estate.Party) {
	for _, p := range f.members {
		if holders[p.Name] || f.reached[p] != nil {
			continue
		}
		for _, target := range targets {
			if target == p {
				continue
			}
			var rest []Move
			if d := f.reached[target]; d != nil {
				rest = d.Path
			}
			if f.become(p, target, rest) {
				found = append(found, p)
				break
			}
		}
	}
	return found
}

func (f *finder) become(p, target *estate.Party, rest []Move) bool {
	on := f.c.ARN(target)
	if trust := f.c.Trust(target); trust != nil {
		d := f.c.Ask(p, "sts:AssumeRole", on, trust)
		if f.add(p, f.move("sts:AssumeRole", target.Name, &d), rest) {
			return true
		}
	}
	if !touches(p, "iam") || p.Principal.Account != target.Principal.Account {
		return false
	}
	for _, action := range changers[target.Identity.Kind] {
		if givesItself(action) {
			continue // it gives the target more, not the party
		}
		d := f.c.Ask(p, action, on, nil)
		if f.add(p, f.move(action, target.Name, &d), rest) {
			return true
		}
	}
	return false
}

// touches reports whether a policy of the party may cover actions of a service.
func touches(p *estate.Party, service string) bool {
	for _, doc := range p.Layers.Identity {
		statements := doc.Document().Statements
		for i := range statements {
			if statements[i].Effect == 0 || statements[i].Effect == policy.Allow && statements[i].Touches(service) {
				return true
			}
		}
	}
	return false
}

func (f *finder) move(action, on string, d *authz.Decision) Move {
	m := Move{Action: action, On: on, Verdict: can(d.Outcome), Open: d.Open}
	if d.Outcome == authz.Allow {
		for _, r := range d.Reasons {
			m.Because = append(m.Because, f.c.Reason(&r))
		}
	}
	return m
}
