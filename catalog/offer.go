package catalog

import (
	"maps"
	"slices"
	"strings"
)

// Offer says whether a slot can be under a key of AWS. The zero value says nothing.
type Offer struct {
	// Text is one phrase for it, as in [Default].
	Text string `yaml:"text,omitempty"`
	// Alias is that of the key that AWS manages in the account.
	Alias string `yaml:"alias,omitempty"`
	// None is why the slot cannot; the others but Source are empty then.
	None string `yaml:"none,omitempty"`
	// Source is where that is documented, or "unconfirmed: reason".
	Source string `yaml:"source"`
}

// Offered is the offer of a key of an owner, aws-owned or aws-managed. What the slot does not say
// by itself follows from its default and from the values of its mode.
func (s *Slot) Offered(owner Owner) Offer {
	switch {
	case owner == OwnerAWSOwned && s.Owned != nil:
		return *s.Owned
	case owner == OwnerAWSManaged && s.Managed != nil:
		return *s.Managed
	}
	out := Offer{Source: first(s.Sources["default"])}
	known := []Default{s.Default}
	if s.Mode != nil {
		for _, v := range slices.Sorted(maps.Keys(s.Mode.Values)) {
			known = append(known, s.Mode.Values[v])
		}
	}
	for _, d := range known {
		if d.Owner == owner {
			out.Text, out.Alias = d.Text, d.Alias
			return out
		}
	}
	out.None = "the service offers none for it"
	if owner == OwnerAWSManaged {
		out.None = "the service offers none for it in the account"
	}
	return out
}

// Back is who owns the key that a slot has when it names none any more: that of the default, and
// where the default is no encryption at all, of the key that the service has besides.
func (s *Slot) Back() Owner {
	if s.Default.Owner != OwnerNone {
		return s.Default.Owner
	}
	for _, owner := range []Owner{OwnerAWSOwned, OwnerAWSManaged} {
		if s.Offered(owner).None == "" {
			return owner
		}
	}
	return OwnerNone
}

// first is the first address among sources, else the first of them.
func first(sources []string) string {
	for _, s := range sources {
		if strings.HasPrefix(s, "https://") {
			return s
		}
	}
	if len(sources) == 0 {
		return ""
	}
	return sources[0]
}

// offer checks one of the offers that a slot says by itself.
func (k *checker) offer(where string, o *Offer, managed bool) {
	if o == nil {
		return
	}
	switch {
	case (o.None == "") == (o.Text == ""):
		k.fail("%s: either a text, or why there is none", where)
	case managed && o.None == "" && !strings.HasPrefix(o.Alias, "alias/aws/"), o.Alias != "" && (!managed || o.None != ""):
		k.fail("%s: alias %q", where, o.Alias)
	}
	k.source(where, o.Source)
}
