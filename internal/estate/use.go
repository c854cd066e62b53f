package estate

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
)

// Verdict says whether a use of a key is possible. The zero value is invalid.
type Verdict uint8

// The verdicts, worst first.
const (
	// Unable: some action is denied, whatever is not known.
	Unable Verdict = iota + 1
	// NotRead: a policy that matters could not be read.
	NotRead
	// NotKnown: it depends on what the source does not say.
	NotKnown
	// Depends: it depends on the request, in ways that [Use.Why] says.
	Depends
	// Able: every action is allowed.
	Able
)

// String returns the verdict as a phrase, or "invalid".
func (v Verdict) String() string {
	names := [...]string{Unable: "cannot", NotRead: "not read", NotKnown: "not known", Depends: "depends", Able: "can"}
	if v < Unable || int(v) >= len(names) {
		return "invalid"
	}
	return names[v]
}

// Use is one use of a key that a slot needs, decided.
type Use struct {
	Need *catalog.Need
	// Who is the principal that must be able to: "role reader", "bedrock.amazonaws.com",
	// "a caller of the account".
	Who     string
	Verdict Verdict
	// Steps are the decisions on the need's actions, in the catalogue's order.
	Steps []Step
	// Why says what the verdict depends on, for all but Able and Unable.
	Why []bedlock.Evidence
	// Assumed are what was taken for granted.
	Assumed []string

	resource *inventory.Resource
}

// Step is the decision on one action.
type Step struct {
	Action   string // kms:Decrypt
	Verdict  Verdict
	Decision authz.Decision
	// Request and Layers are what was decided; Case is the deployment in which it was.
	Request *authz.Request
	Layers  *authz.Layers
	Case    *Case
}

// Denied returns the first step that is denied, nil when there is none.
func (u *Use) Denied() *Step {
	for i := range u.Steps {
		if u.Steps[i].Verdict == Unable {
			return &u.Steps[i]
		}
	}
	return nil
}

type useKey struct {
	key, when, who, account string
	need                    *catalog.Need
}

// Uses decides the uses of a key that a slot of a resource needs, in the catalogue's
// order. when is the condition of the source under which it is asked. Needs of roles
// that the resource does not name are left out.
func (e *Estate) Uses(r *inventory.Resource, slot *catalog.Slot, key, when string) []Use {
	var out []Use
	for i := range slot.Needs {
		need := &slot.Needs[i]
		role, ok := strings.CutPrefix(need.Who, "role:")
		if !ok {
			out = append(out, e.use(r, need, key, when, nil))
			continue
		}
		for n := range r.Roles {
			if ref := &r.Roles[n]; baseName(ref.Name) == role && ref.Text.State() != inventory.StateAbsent && ref.Text.State() != inventory.Unrecorded {
				out = append(out, e.use(r, need, key, when, ref))
			}
		}
	}
	return out
}

func baseName(name string) string {
	name, _, _ = strings.Cut(name, "[")
	return name
}

// use decides one need. What does not depend on the resource itself is decided once.
func (e *Estate) use(r *inventory.Resource, need *catalog.Need, key, when string, ref *inventory.RoleRef) Use {
	cases, ok := e.Cases(key, when)
	if !ok {
		return Use{Need: need, Who: need.Who, Verdict: NotKnown, Why: []bedlock.Evidence{{Text: "the key could be deployed in too many accounts and Regions to look at each"}}}
	}
	who := need.Who
	if ref != nil {
		who = firstText(ref.Principal, ref.Text.Or(""), ref.Text.Why())
	}
	id := useKey{key, when, who, known(r.Account), need}
	if cached, ok := e.decided.Load(id); ok {
		if u := cached.(*Use); u != nil {
			own := *u
			own.resource = r
			return own
		}
	} else {
		u := decideAll(cases, func(c *Case) Use { return c.decide(r, need, ref, false) })
		if u.Verdict == Able || u.Verdict == Unable || u.Verdict == NotRead || !needsContext(need) {
			e.decided.Store(id, &u)
			return u
		}
		e.decided.Store(id, (*Use)(nil))
	}
	return decideAll(cases, func(c *Case) Use { return c.decide(r, need, ref, true) })
}

// needsContext reports whether a need has values that depend on the resource.
func needsContext(n *catalog.Need) bool { return len(n.Context) > 0 || n.SourceARN != "" }

// decideAll decides in every deployment. An answer that is not the same in all of
// them is none.
func decideAll(cases []*Case, decide func(*Case) Use) Use {
	first := decide(cases[0])
	for _, c := range cases[1:] {
		other := decide(c)
		if other.Verdict == first.Verdict {
			continue
		}
		text := first.Who + " " + first.Verdict.String() + "; " + c.Deployed + ": " + other.Verdict.String()
		first.Verdict = NotKnown
		first.Why = append(slices.Clip(first.Why), bedlock.Evidence{Text: text, At: c.Key.At})
		break
	}
	return first
}

// decide decides one need in one deployment. With exact, the values that depend on the
// resource are those of the resource; without, they are left open.
func (c *Case) decide(r *inventory.Resource, need *catalog.Need, ref *inventory.RoleRef, exact bool) Use {
	w := c.w
	account := firstText(known(r.Account), c.Account)
	candidates := []*Party{}
	switch service, isService := strings.CutPrefix(need.Who, "service:"); {
	case ref != nil:
		p, why := w.roleOf(ref)
		if p == nil {
			return Use{Need: need, Who: strings.Replace(need.Who, ":", " ", 1), Verdict: NotKnown, Why: why}
		}
		candidates = append(candidates, p)
	case isService:
		candidates = append(candidates, w.service(catalog.ServicePrincipal(service, firstText(known(r.Region), c.Region))))
	default:
		candidates = c.callers(account)
	}
	best := Use{Need: need, Who: "a caller of the account", Verdict: NotKnown, Why: []bedlock.Evidence{{Text: "the account has no users and roles"}}}
	var hopeful func(*Party) bool
	if len(candidates) > few {
		hopeful = c.hopeful(account, need.Actions)
	}
	for i, p := range candidates {
		if i > 0 && hopeful != nil && !hopeful(p) {
			continue
		}
		if u := c.decideFor(p, r, need, exact); i == 0 || u.Verdict > best.Verdict {
			best = u
		}
		if best.Verdict == Able {
			break
		}
	}
	return best
}

// few callers are asked one by one. Of more, those who may be able to are looked for first.
const few = 16

// roleOf returns the role that a resource names.
func (w *world) roleOf(ref *inventory.RoleRef) (*Party, []bedlock.Evidence) {
	if ref.Principal != "" {
		return w.party(ref.Principal), nil
	}
	text := w.text(ref.Text.Or(""))
	if text == "" || arn.IsToken(text) {
		why := firstText(ref.Text.Why(), "it is known only after deployment")
		return nil, []bedlock.Evidence{{Text: "which role is used is not known: " + why, At: ref.Text.At()}}
	}
	if !strings.HasPrefix(text, "arn:") {
		text = "arn:" + w.partition + ":iam::" + w.account + ":role/" + strings.TrimPrefix(text, "/")
	}
	return w.stranger(text, false), nil
}

// callers are those who may be the caller of a service: any principal of the account,
// then those whom the key policy or a grant names. Of an account that the inventory has
// completely it is the principals there.
func (c *Case) callers(account string) []*Party {
	var out []*Party
	if a := c.w.e.inv.Account(account); a == nil || !a.Complete {
		out = append(out, c.w.anyone(account))
	} else {
		for _, p := range c.w.identities(account) {
			out = append(out, c.w.party(p.ID))
		}
	}
	for _, full := range c.named() {
		if accountOf(full) == account {
			out = append(out, c.w.partyByARN(full))
		}
	}
	return out
}

// accountOf is the account of an ARN, "" when it is none.
func accountOf(s string) string {
	a, err := arn.Parse(s)
	if err != nil {
		return ""
	}
	return a.Account
}

// named are the users and roles that the key policy and the grants name.
func (c *Case) named() (out []string) {
	add := func(s string) {
		a, err := arn.Parse(s)
		if err == nil && a.Resource != "root" && !arn.IsToken(s) && (a.Service == "iam" || a.Service == "sts") {
			out = append(out, s)
		}
	}
	d := c.Target.Policy.Document()
	for i := range d.Statements {
		if p := d.Statements[i].Principals; p != nil {
			for _, s := range p.AWS {
				add(s)
			}
		}
	}
	for _, g := range c.Target.Grants {
		add(g.Grantee)
	}
	return distinct(out)
}

// partyByARN returns the identity of the inventory with that ARN, or a stranger whose
// policies are assumed to allow everything.
func (w *world) partyByARN(full string) *Party {
	if id := w.idOf(full); id != "" {
		return w.party(id)
	}
	return w.stranger(full, true)
}

// decideFor decides all actions of a need for one principal.
func (c *Case) decideFor(p *Party, r *inventory.Resource, need *catalog.Need, exact bool) Use {
	u := Use{Need: need, Who: p.Name, Verdict: Able, Assumed: p.Assumed, resource: r}
	layers := p.Layers
	layers.Resource, layers.Grants, layers.RCPs = c.Target.Policy, c.Target.Grants, c.Target.RCPs
	for _, action := range need.Actions {
		step := c.step(p, &layers, r, need, "kms:"+action, exact)
		u.Steps = append(u.Steps, step)
		if step.Verdict < u.Verdict {
			u.Verdict = step.Verdict
		}
		if step.Verdict != Able && step.Verdict != Unable {
			u.Why = c.grounds(u.Why, &step)
		}
	}
	if u.Verdict != Unable {
		return u
	}
	if need.Optional {
		u.Verdict = Depends
		u.Why = append(u.Why, bedlock.Evidence{Text: u.Denied().Says() + "; the resource works without it"})
	}
	if strings.HasPrefix(need.Source, "unconfirmed") {
		u.Verdict = Depends
		u.Why = append(u.Why, bedlock.Evidence{Text: "the need itself is " + need.Source})
	}
	if len(u.Steps) > 1 && !slices.ContainsFunc(u.Steps, func(s Step) bool { return s.Verdict == Unable && s.Action != "kms:DescribeKey" }) {
		u.Verdict = Depends
		text := u.Denied().Says() + ", which AWS documents as needed; whether the service does without it is not documented"
		u.Why = append(u.Why, bedlock.Evidence{Text: text, At: orAt(c.Key.Policy.At(), c.Key.At)})
	}
	return u
}

func (c *Case) step(p *Party, layers *authz.Layers, r *inventory.Resource, need *catalog.Need, action string, exact bool) Step {
	given, made := c.context(p, r, need, action, exact)
	req := &authz.Request{Principal: p.Principal, Action: action, Resource: c.Target.Key, Context: given, Open: true}
	s := Step{Action: action, Request: req, Layers: layers, Case: c, Decision: authz.Decide(req, layers)}
	if len(made) > 0 && s.Decision.Outcome != authz.Allow {
		// What a policy says about names that are made up at deployment is not known.
		for _, key := range made {
			given[key] = authz.Value{Unknown: true}
		}
		s.Decision = authz.Decide(req, layers)
	}
	switch s.Decision.Outcome {
	case authz.Allow:
		s.Verdict = Able
	case authz.Unknown:
		s.Verdict = c.rate(s.Decision.Open)
	default:
		s.Verdict = Unable
		if c.elsewhere(p) {
			s.Verdict = NotKnown
		}
	}
	return s
}

// elsewhere reports whether statements on KMS of the principal's own policies name
// accounts or Regions in which the key may be, when that is not known.
func (c *Case) elsewhere(p *Party) bool {
	noAccount, noRegion := c.Account == unnamedAccount, known(c.Key.Region) == ""
	if !noAccount && !noRegion || p.Identity == nil {
		return false
	}
	other := func(text string) bool {
		return noAccount && accountNumber.MatchString(strings.ReplaceAll(text, unnamedAccount, "")) ||
			noRegion && slices.ContainsFunc(regionName.FindAllString(text, -1), func(s string) bool { return s != c.Region })
	}
	for _, doc := range p.Layers.Identity {
		statements := doc.Document().Statements
		for i := range statements {
			s := &statements[i]
			if !s.Touches("kms") {
				continue
			}
			if slices.ContainsFunc(s.Resources, other) || slices.ContainsFunc(s.NotResources, other) {
				return true
			}
			for n := range s.Conditions {
				if slices.ContainsFunc(s.Conditions[n].Values, other) {
					return true
				}
			}
		}
	}
	return false
}

// context are the context keys of the request that a need makes. made are those whose
// values are made up at deployment or vary.
func (c *Case) context(p *Party, r *inventory.Resource, need *catalog.Need, action string, exact bool) (given authz.Context, made []string) {
	w := c.w
	given = authz.Context{
		"aws:requestedregion": {Values: []string{c.Region}}, "aws:resourceaccount": {Values: []string{c.Account}},
		"aws:securetransport": {Values: []string{"true"}},
	}
	for key, v := range p.context {
		given[key] = v
	}
	absent := authz.Value{Values: []string{}}
	via := strings.ReplaceAll(need.Via, "{region}", firstText(known(r.Region), c.Region))
	switch {
	case via != "":
		given["kms:viaservice"] = authz.Value{Values: []string{via}}
		given["aws:viaawsservice"] = authz.Value{Values: []string{"true"}}
		given["kms:grantisforawsresource"] = authz.Value{Values: []string{"true"}}
	case p.Principal.Kind == authz.Service:
		given["kms:viaservice"], given["aws:principalorgid"] = absent, absent
	}
	set := func(key, template string) {
		text := ""
		if exact && template != string(catalog.Unconfirmed) {
			text = w.fill(template, r)
		}
		switch {
		case text == "":
			given[key] = authz.Value{Unknown: true}
		default:
			if strings.Contains(text, "*") {
				text = strings.ReplaceAll(text, "*", "deployed")
				made = append(made, key)
			} else if !strings.HasPrefix(r.ID, "arn:") && (strings.Contains(template, "{id}") || strings.Contains(template, "{arn}") || strings.Contains(template, "{name}")) {
				made = append(made, key)
			}
			given[key] = authz.Value{Values: []string{text}}
		}
	}
	for key, template := range need.Context {
		set("kms:encryptioncontext:"+strings.ToLower(key), template)
	}
	if need.SourceARN != "" {
		set("aws:sourcearn", need.SourceARN)
	}
	if need.SourceAccount {
		given["aws:sourceaccount"] = authz.Value{Values: []string{firstText(known(r.Account), c.Account)}}
	}
	if action == "kms:CreateGrant" && len(need.GrantOperations) > 0 {
		given["kms:grantoperations"] = authz.Value{Values: need.GrantOperations}
	}
	return given, made
}
