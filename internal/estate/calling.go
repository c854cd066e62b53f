package estate

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Calling is a user or role whose calls make a service use a key for it.
type Calling struct {
	Who *Party
	// Action is the first of the need's Calls that it may do, on Resource.
	Action, Resource string
	// Verdict is Able, or what keeps it from being sure that it may.
	Verdict Verdict
}

// Calling returns the users and roles of the inventory that may do what a need of callers comes
// of, by their own policies, their control policies and that of the resource, in the order of the
// inventory. It is empty for a need without Calls, and for a resource whose account is not known.
// Roles of services that nobody else can change are left out.
func (e *Estate) Calling(r *inventory.Resource, need *catalog.Need) (out []Calling) {
	account, region := known(r.Account), known(r.Region)
	if len(need.Calls) == 0 || account == "" || region == "" {
		return nil
	}
	w := e.world(deployment{account: account, region: region, partition: arn.PartitionOf(region)})
	on := w.calledOn(r, need)
	if on == "" {
		return nil
	}
	var own *authz.Policy
	if s := r.Policy.State(); s != inventory.Unrecorded && s != inventory.StateAbsent {
		w.mu.Lock()
		own = w.compile("the policy of "+firstText(known(r.Name), r.ID), r.Policy, r.At)
		w.mu.Unlock()
	}
	add := func(p *Party) {
		if c := w.calling(p, need, on, own, account, region); c.Verdict > Unable {
			out = append(out, c)
		}
	}
	if own == nil {
		service, _, _ := strings.Cut(need.Calls[0], ":")
		for _, p := range w.touching(account, service) {
			add(p)
		}
		return out
	}
	parts := e.inv.Parts()
	for i := range parts.Principals {
		if p := &parts.Principals[i]; p.Kind != inventory.Group && !strings.HasPrefix(p.Path.Or(""), "/aws-service-role/") {
			add(w.party(p.ID))
		}
	}
	return out
}

// touching are the users and roles of an account whose own policies say something of a service: of the
// others it is known that nothing lets them call it. Roles of services are left out.
func (w *world) touching(account, service string) []*Party {
	key := finderKey{account, service}
	w.mu.Lock()
	list, done := w.touch[key]
	w.mu.Unlock()
	if done {
		return list
	}
	for _, p := range w.identities(account) {
		if strings.HasPrefix(p.Path.Or(""), "/aws-service-role/") {
			continue
		}
		party := w.party(p.ID)
		if slices.ContainsFunc(party.Layers.Identity, func(doc *authz.Policy) bool {
			statements := doc.Document().Statements
			for i := range statements {
				if touches(&statements[i], service) {
					return true
				}
			}
			return false
		}) {
			list = append(list, party)
		}
	}
	w.mu.Lock()
	w.touch[key] = list
	w.mu.Unlock()
	return list
}

// touches says whether a statement may allow something of a service.
func touches(s *policy.Statement, service string) bool {
	return len(s.Undetermined) > 0 || s.Effect == policy.Allow && s.Touches(service)
}

// calledOn is the ARN or pattern that the calls of a need are authorized against; empty: not known.
func (w *world) calledOn(r *inventory.Resource, need *catalog.Need) string {
	template := need.On
	if template == "" {
		template = "{arn}"
	}
	a, err := arn.Parse(r.ID)
	if err != nil {
		return w.fill(template, r)
	}
	id := a.Resource[strings.LastIndexAny(a.Resource, "/:")+1:]
	return strings.NewReplacer("{arn}", r.ID, "{id}", id, "{partition}", a.Partition, "{region}", w.region, "{account}", w.account).Replace(template)
}

// calling decides for one principal. The best of its answers counts. What a policy of the resource
// allows to everybody of the account, as the default policy of topics does, makes nobody a caller:
// in the account, the own policies have to allow it too, or that policy has to name the principal.
func (w *world) calling(p *Party, need *catalog.Need, on string, own *authz.Policy, account, region string) Calling {
	best := Calling{Who: p, Verdict: Unable}
	service, _, _ := strings.Cut(need.Calls[0], ":")
	resources, open := w.calledBy(p, service, on, own)
	if len(resources) == 0 && !open {
		return best
	}
	given := authz.Context{
		"aws:requestedregion": {Values: []string{region}}, "aws:resourceaccount": {Values: []string{account}}, "aws:securetransport": {Values: []string{"true"}},
		// That it is the caller's is unconfirmed.
		"aws:sourceowner": {Values: []string{p.Principal.Account}},
	}
	for key, v := range p.context {
		given[key] = v
	}
	alone := p.Layers
	with := p.Layers
	with.Resource = own
	itself := own == nil || p.Principal.Account == account && !names(own, p)
	for _, action := range need.Calls {
		for _, resource := range resources {
			v := Able
			decide := func(layers *authz.Layers) {
				r := authz.Request{Principal: p.Principal, Action: action, Resource: resource, ResourceAccount: account, Context: given, Open: true}
				switch authz.OutcomeOf(&r, layers) {
				case authz.Allow:
				case authz.Unknown:
					v = min(v, w.rate(authz.Decide(&r, layers).Open))
				default:
					v = Unable
				}
			}
			if itself {
				decide(&alone)
			}
			if own != nil && v != Unable {
				decide(&with)
			}
			if v > best.Verdict {
				best.Action, best.Resource, best.Verdict = action, resource, v
			}
			if v == Able {
				return best
			}
		}
	}
	if open && best.Verdict < Depends {
		best.Action, best.Resource, best.Verdict = need.Calls[0], on, Depends
	}
	return best
}

// names says whether a policy of a resource has a statement for a principal and not for all.
func names(own *authz.Policy, p *Party) bool {
	full := p.Principal.ARN
	if p.Principal.Role != "" {
		full = p.Principal.Role
	}
	statements := own.Document().Statements
	return slices.ContainsFunc(statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && s.Principals != nil && slices.Contains(s.Principals.AWS, full)
	})
}

// variable is a part of a pattern that a request fills.
var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// calledBy are resources under on by which the policies of a principal can be told apart: one of
// each pattern that they name. open: some have variables, and what they cover depends on the
// request. Both are empty for who has no statement on the service.
func (w *world) calledBy(p *Party, service, on string, own *authz.Policy) (resources []string, open bool) {
	policies := p.Layers.Identity
	if own != nil {
		policies = append(slices.Clip(policies), own)
	}
	for _, compiled := range policies {
		statements := compiled.Document().Statements
		for i := range statements {
			s := &statements[i]
			if !touches(s, service) {
				continue
			}
			if len(resources) == 0 {
				resources = append(resources, strings.ReplaceAll(on, "*", "any"))
			}
			for _, pattern := range s.Resources {
				common, ok := policy.Common(on, variable.ReplaceAllString(pattern, "*"))
				switch {
				case !ok:
				case variable.MatchString(pattern):
					open = true
				default:
					resources = append(resources, common)
				}
			}
		}
	}
	slices.Sort(resources)
	return slices.Compact(resources), open
}
