package prove

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/least"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Least is the least policy for the needs on a key, with what is proved of it.
type Least struct {
	Key string `json:"key"`
	ID  string `json:"id"`
	// Deployed says under which deployment it holds, when there are several.
	Deployed string `json:"deployed,omitempty"`
	// Needs are the uses that it is made for, in words.
	Needs []string `json:"needs"`
	// Policy is the key policy, Identity are the policies that principals need besides,
	// both as JSON texts with <…> for names that exist only after deployment.
	Policy   string         `json:"policy"`
	Identity []LeastForRole `json:"identity,omitempty"`
	// Sufficient: every request of every need is allowed. Beyond: no other request is.
	// Least: without any of its parts a need is not met, or more is allowed. Each is
	// "proved", "refuted" or "unknown".
	Sufficient string `json:"sufficient"`
	Beyond     string `json:"beyond"`
	Least      string `json:"least"`
	// Parts counts the parts that were taken away to show the last.
	Parts int `json:"parts"`
	// Open are limits that are left out, because no source confirms them or none is
	// documented, and needs that could not be stated.
	Open []bedlock.Evidence `json:"open,omitempty"`
}

// LeastForRole is the identity policy that a principal needs.
type LeastForRole struct {
	Who    string `json:"who"`
	Policy string `json:"policy"`
}

// LeastOptions are the choices that needs do not settle.
type LeastOptions struct {
	// Administrators are ARNs; empty: the account's root, which leaves it to IAM.
	Administrators []string
	// Delegated leaves principals of the key's account to their identity policies.
	Delegated bool
	// Unproved leaves the proofs out, which take most of the time: Sufficient, Beyond, Least and
	// Parts are empty then.
	Unproved bool
}

// LeastFor computes the least policy for the needs of all slots with a key, and proves
// what it can of it. The error is about a key without needs, or needs that no policy
// can meet.
func LeastFor(e *estate.Estate, k *inventory.Key, o LeastOptions) ([]Least, error) {
	cases, ok := e.Cases(k.ID, "")
	if !ok {
		return nil, fmt.Errorf("least policy of key %s: it could be deployed in too many accounts and Regions to look at each; give them with --account and --region", estate.KeyName(k))
	}
	var out []Least
	for _, c := range cases {
		l, err := leastFor(c, o)
		if err != nil {
			return nil, fmt.Errorf("least policy of key %s: %w", estate.KeyName(k), err)
		}
		out = append(out, *l)
	}
	return out, nil
}

// ErrNoNeeds says that nothing that leads to a key has a need that is documented.
var ErrNoNeeds = errors.New("no slot of the sources with a known need leads to it")

func leastFor(c *estate.Case, o LeastOptions) (*Least, error) {
	needs, open := c.Needs()
	if len(needs) == 0 {
		return nil, ErrNoNeeds
	}
	r, err := least.For(c.Target.Key, needs, least.Options{Administrators: o.Administrators, Delegated: o.Delegated})
	if err != nil {
		return nil, err
	}
	out := &Least{Key: estate.KeyName(c.Key), ID: c.Key.ID, Deployed: c.Deployed, Policy: c.Placeholders(r.Key.Print()), Open: open}
	if !o.Unproved {
		p, err := least.Prove(&symbolic.Universe{}, r, nil)
		if err != nil {
			return nil, err
		}
		out.Sufficient, out.Beyond, out.Least, out.Parts = worst(p.Met, p.Refused), beyond(p), p.Least().String(), len(p.Parts)
	}
	for i := range r.Needs[:r.Administration] {
		out.Needs = append(out.Needs, c.Placeholders(inWords(&r.Needs[i])))
	}
	for _, who := range slices.Sorted(maps.Keys(r.Identity)) {
		out.Identity = append(out.Identity, LeastForRole{Who: c.Name(who), Policy: c.Placeholders(r.Identity[who].Print())})
	}
	for _, x := range r.Open {
		text := fmt.Sprintf("%s: not limited by %s", inWords(&r.Needs[x.Need]), x.Limit)
		if x.Unconfirmed {
			text += ", which no source confirms"
		}
		out.Open = append(out.Open, bedlock.Evidence{Text: c.Placeholders(text)})
	}
	return out, nil
}

// inWords says what a need is.
func inWords(n *symbolic.Need) string {
	who := n.Principal.ARN
	switch {
	case n.Principal.Kind == authz.Session:
		who = n.Principal.Role
	case n.Principal.Kind == 0:
		who = "account " + n.Principal.Account
	}
	text := who + ": "
	for i, a := range n.Actions {
		if i > 0 {
			text += ", "
		}
		text += a
	}
	if n.Via != "" {
		text += " through " + n.Via
	}
	return text
}

// worst sums up whether all needs are met.
func worst(answers []symbolic.Answer, refused []symbolic.Witness) string {
	if len(refused) > 0 {
		return least.Refuted.String()
	}
	out := least.Proved
	for i := range answers {
		switch answers[i].Verdict {
		case symbolic.Exists:
			return least.Refuted.String()
		case symbolic.Unknown:
			out = least.Unknown
		}
	}
	return out.String()
}

// beyond sums up whether something beyond the needs is allowed.
func beyond(p *least.Proof) string {
	out := least.Proved
	for i := range p.Beyond {
		for _, a := range p.Beyond[i].Actions {
			if a.Verdict == symbolic.Exists {
				return least.Refuted.String()
			}
			out = least.Unknown
		}
	}
	for _, a := range p.Own {
		switch a.Verdict {
		case symbolic.Exists:
			return least.Refuted.String()
		case symbolic.Unknown:
			out = least.Unknown
		}
	}
	return out.String()
}
