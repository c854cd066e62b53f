package estate

import (
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Reach returns those of the identities that can use a key for which some request is allowed, by
// their names. Keys that may be deployed in several ways are left out, and what is not known is
// not said.
func (e *Estate) Reach(key, action string, identities []string) (out []string) {
	cases, ok := e.Cases(key, "")
	if !ok || len(cases) != 1 {
		return nil
	}
	c := cases[0]
	u := &symbolic.Universe{Partition: c.w.partition}
	var parties []*Party
	for _, id := range identities {
		p := c.w.party(id)
		all := p.Party
		if all.Principal.Kind == authz.Session {
			all.Principal.ARN = "" // a role is all of its sessions
		}
		parties, u.Parties = append(parties, p), append(u.Parties, all)
	}
	found, err := u.Reach(action, []*symbolic.Target{c.Target})
	if err != nil {
		return nil // of an ARN that is not known
	}
	for _, r := range found[0] {
		if r.Verdict == symbolic.Exists {
			out = append(out, parties[r.Party].Name)
		}
	}
	return out
}
