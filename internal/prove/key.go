package prove

import (
	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Proof is what is known of a key or a resource.
type Proof struct {
	// Subject is what a person calls it, Kind "key" or the type's title.
	Subject string           `json:"subject"`
	Kind    string           `json:"kind"`
	ID      string           `json:"id"`
	At      bedlock.Position `json:"at,omitzero"`
	// Uses are those that slots need, decided; Open what could not be asked.
	Uses []Use              `json:"uses"`
	Open []bedlock.Evidence `json:"open,omitempty"`
	// Of a key only:
	// Access are the answers to who can kms:Decrypt.
	Access []Access `json:"access,omitempty"`
	// Outside are those outside the account and its organization who can use it.
	Outside []Outsider `json:"outside,omitempty"`
	// OutsideOpen says what about them is not known; empty with an empty Outside: it is
	// proved that there are none.
	OutsideOpen    []bedlock.Evidence `json:"outsideOpen,omitempty"`
	OutsideAssumed []string           `json:"outsideAssumed,omitempty"`
	// Surplus are identities that can use the key and need not.
	Surplus []Surplus `json:"surplus,omitempty"`
	// Locked says whether the key policy locks its account out: "no", "yes" (proved), or
	// why it is not known.
	Locked string `json:"locked,omitempty"`
}

// Outsider is somebody outside who can use a key.
type Outsider struct {
	Who        string             `json:"who"`
	Public     bool               `json:"public,omitempty"`
	Actions    []string           `json:"actions"`
	Conditions []string           `json:"conditions,omitempty"`
	Because    []bedlock.Evidence `json:"because,omitempty"`
}

// Surplus is an identity that can use a key and need not.
type Surplus struct {
	Who     string             `json:"who"`
	Action  string             `json:"action"`
	Because []bedlock.Evidence `json:"because,omitempty"`
	At      bedlock.Position   `json:"at,omitzero"`
}

// Of proves what there is to prove about a subject. The error is about a key that
// could be deployed in too many places.
func Of(e *estate.Estate, s Subject) (*Proof, error) {
	if s.Key == nil {
		r := s.Resource
		return &Proof{Subject: resourceName(e, r), Kind: e.Title(r.Type), ID: r.ID, At: r.At, Uses: Uses(e, s), Open: Open(e, s)}, nil
	}
	k := s.Key
	p := &Proof{Subject: "key " + estate.KeyName(k), Kind: "key", ID: k.ID, At: k.At, Uses: Uses(e, s), Open: Open(e, s)}
	access, err := WhoCan(e, "kms:Decrypt", k)
	if err != nil {
		return nil, err
	}
	p.Access = access
	out := e.Outside(k.ID)
	for i := range out.Outsiders {
		o := &out.Outsiders[i]
		p.Outside = append(p.Outside, Outsider{Who: o.Who, Public: o.Public, Actions: o.Actions, Conditions: o.Conditions, Because: o.Because})
	}
	p.OutsideOpen, p.OutsideAssumed = out.Open, out.Assumed
	for _, x := range e.Surplus(k.ID) {
		p.Surplus = append(p.Surplus, Surplus{Who: x.Who, Action: x.Action, Because: x.Because, At: x.At})
	}
	p.Locked = locked(e, k)
	return p, nil
}

// locked asks whether anybody of the key's account can change the key policy again.
func locked(e *estate.Estate, k *inventory.Key) string {
	cases, _ := e.Cases(k.ID, "")
	answer := ""
	for _, c := range cases {
		found, err := c.Inside().LocksOut(c.Target)
		is := "no"
		switch {
		case err != nil:
			is = "not known: " + err.Error()
		case found.Verdict == symbolic.Never:
			is = "yes"
		case found.Verdict == symbolic.Unknown:
			is = "not known: " + c.Unknown(found.Reason)
		}
		if answer != "" && answer != is {
			return "not known: it depends on where the key is deployed"
		}
		answer = is
	}
	return answer
}
