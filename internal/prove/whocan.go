package prove

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Access is the answer to who can do an action on a key.
type Access struct {
	Key    string `json:"key"`
	ID     string `json:"id"`
	Action string `json:"action"`
	// Deployed says under which deployment the answer holds, when the source leaves that
	// open and it matters.
	Deployed string `json:"deployed,omitempty"`
	// Who are those for whom a request is allowed, or it is not known.
	Who []Holder `json:"who"`
	// Never are those of whom it is proved that no request of theirs is allowed.
	Never []string `json:"never,omitempty"`
	// Detours are identities that can give themselves the action.
	Detours []Detour `json:"detours,omitempty"`
	// Unknown are identities whose own policies are not known, so that it is not known
	// whether they have a detour.
	Unknown []string `json:"unknown,omitempty"`
}

// Holder are principals that can do the action.
type Holder struct {
	Who string `json:"who"`
	// Others: they are not one principal but all others of a kind.
	Others  bool   `json:"others,omitempty"`
	Verdict string `json:"verdict"` // can, not known
	Reason  string `json:"reason,omitempty"`
	// Conditions are the ways in which a request is allowed: all conditions of one way
	// must hold, an empty way has none. More: there are further ways.
	Conditions [][]string `json:"conditions,omitempty"`
	More       bool       `json:"more,omitempty"`
	Assumed    []string   `json:"assumed,omitempty"`
	// Witness is a request that the engine allows, and Because are the statements and
	// grants that allow it.
	Witness *Request           `json:"witness,omitempty"`
	Because []bedlock.Evidence `json:"because,omitempty"`
}

// Request is a request in the form of a request file.
type Request struct {
	Principal string              `json:"principal"`
	Action    string              `json:"action"`
	Resource  string              `json:"resource"`
	Context   map[string][]string `json:"context,omitempty"`
}

// WhoCan asks of every principal of the inventory, and of all those outside it, whether
// it can do an action on a key. There is one answer for each deployment that makes a
// difference. The error is about the action.
func WhoCan(e *estate.Estate, action string, k *inventory.Key) ([]Access, error) {
	if !strings.Contains(action, ":") {
		action = "kms:" + action
	}
	for _, name := range Actions() {
		if strings.EqualFold(name, action) {
			action = name
		}
	}
	cases, ok := e.Cases(k.ID, "")
	if !ok {
		return nil, fmt.Errorf("who can %s with key %s: the key could be deployed in too many accounts and Regions to look at each; give them with --account and --region", action, estate.KeyName(k))
	}
	var out []Access
	for _, c := range cases {
		a, err := whoCan(c, action)
		if err != nil {
			return nil, fmt.Errorf("who can %s with key %s: %w", action, estate.KeyName(k), err)
		}
		out = append(out, *a)
	}
	return out, nil
}

func whoCan(c *estate.Case, action string) (*Access, error) {
	found, err := c.Inside().WhoCan(action, c.Target)
	if err != nil {
		return nil, err
	}
	a := &Access{Key: estate.KeyName(c.Key), ID: c.Key.ID, Action: action, Deployed: c.Deployed, Who: []Holder{}}
	holders := map[string]bool{}
	for i := range found {
		f := &found[i]
		name := c.Name(f.Who)
		if f.Verdict == symbolic.Never {
			if !slices.Contains(a.Never, name) {
				a.Never = append(a.Never, name)
			}
			continue
		}
		h := Holder{Who: name, Others: f.Others, Verdict: "can", Conditions: readAll(c, f.Conditions), More: f.More, Assumed: f.Assumed}
		if f.Verdict == symbolic.Unknown {
			h.Verdict, h.Reason = "not known", c.Unknown(f.Reason)
		}
		if f.Witness != nil {
			h.Witness = requestOf(c, &f.Witness.Request)
			for _, r := range f.Witness.Decision.Reasons {
				if because := c.Reason(&r); !strings.HasPrefix(because.Text, "assumed") {
					h.Because = append(h.Because, because)
				}
			}
		}
		holders[name] = true
		a.Who = append(a.Who, h)
	}
	a.Detours, a.Unknown = detours(c, action, holders)
	return a, nil
}

func readAll(c *estate.Case, ways [][]string) [][]string {
	for _, way := range ways {
		for i := range way {
			way[i] = c.Readable(way[i])
		}
	}
	return ways
}

func requestOf(c *estate.Case, r *authz.Request) *Request {
	out := &Request{Principal: c.Readable(r.Principal.ARN), Action: r.Action, Resource: c.Readable(r.Resource), Context: map[string][]string{}}
	for key, v := range r.Context {
		if v.Values != nil {
			out.Context[key] = v.Values
		}
	}
	return out
}

// Actions returns the actions of KMS on keys: kms:Decrypt and the like.
func Actions() (out []string) {
	for _, a := range authz.KMSActions() {
		if a.OnKey {
			out = append(out, a.Name)
		}
	}
	return out
}
