package authz

import "github.com/bedlock/bedlock/policy"

// visitor receives a statement that may have an effect, the reason it would be,
// and whether it applies.
type visitor func(r Reason, s *statement, t tri)

// eachStatement visits the statements with an effect in the layers that apply to
// the request, in the order of the layers, also those that do not match.
func (e *eval) eachStatement(effect policy.Effect, visit visitor) {
	l := e.layers
	e.eachOf(LayerIdentity, 0, l.Identity, effect, visit)
	e.eachIn(LayerBoundary, 0, l.Boundary, effect, visit)
	e.eachOf(LayerSession, 0, l.Session, effect, visit)
	if e.limitedBySCP() {
		for i, level := range l.SCPs {
			e.eachOf(LayerSCP, i, level, effect, visit)
		}
	}
	if e.limitedByRCP() {
		for i, level := range l.RCPs {
			e.eachOf(LayerRCP, i, level, effect, visit)
		}
	}
	e.eachIn(LayerEndpoint, 0, l.Endpoint, effect, visit)
	if e.hasResourcePolicy() {
		e.eachIn(LayerResource, 0, l.Resource, effect, visit)
	}
}

func (e *eval) eachOf(l Layer, level int, list []*Policy, effect policy.Effect, visit visitor) {
	for _, p := range list {
		e.eachIn(l, level, p, effect, visit)
	}
}

func (e *eval) eachIn(l Layer, level int, p *Policy, effect policy.Effect, visit visitor) {
	if p == nil {
		return
	}
	list := p.allows
	if effect == policy.Deny {
		list = p.denies
	}
	for _, i := range list {
		s := &p.statements[i]
		r := Reason{Layer: l, Policy: p.name, Statement: i, Level: level, Effect: effect, At: s.source.At}
		if l.side() == identitySide {
			visit(r, s, s.applies(e))
			continue
		}
		who, t := s.appliesTo(e, effect)
		r.Match = who.strongest()
		visit(r, s, t)
	}
}

func (l Layer) side() side {
	switch l {
	case LayerRCP, LayerEndpoint, LayerResource:
		return resourceSide
	}
	return identitySide
}

// strongest returns the strongest way of matching that is as certain as any.
func (c *classes) strongest() Match {
	whole := c.any()
	if whole == no {
		return NoPrincipal
	}
	for m := Direct; m < ByAccount; m++ {
		if c[m] == whole {
			return m
		}
	}
	return ByAccount
}

// ways are the ways by which a request that is allowed is allowed: all that
// would do alone.
type ways struct {
	policy, grant [ByAccount + 1]bool
	// session: the boundary and the session policies counted; identity: also the
	// principal's own policies.
	session, identity bool
}

func (e *eval) ways() ways {
	e.askedBy, e.full, e.byPolicy = false, true, classes{}
	session, identity := e.sessionPath() == yes, e.identityPath() == yes
	if e.identityOnly {
		return ways{session: identity, identity: identity}
	}
	var w ways
	if e.same != no { // when the accounts may be the same, both have to do
		e.waysWithin(&w, session, identity)
	}
	if e.same != yes {
		e.waysAcross(&w, session, identity)
	}
	w.session = w.session || w.identity
	return w
}

func (e *eval) waysWithin(w *ways, session, identity bool) {
	byPolicy, byGrant := e.policyClasses(), e.grantedClasses()
	w.policy[Direct], w.grant[Direct] = true, true
	for _, m := range [...]Match{ByParent, ByRole} {
		w.policy[m], w.grant[m] = session, session
		w.session = w.session || session && max(byPolicy[m], byGrant[m]) == yes
	}
	switch {
	case identity && !e.needsDelegation():
		w.identity = true
	case identity && max(byPolicy[ByAccount], byGrant[ByAccount]) == yes:
		w.policy[ByAccount], w.grant[ByAccount], w.identity = true, true, true
	}
}

func (e *eval) waysAcross(w *ways, session, identity bool) {
	byPolicy, byGrant := e.policyClasses(), e.grantedClasses()
	w.grant[Direct] = true
	for _, m := range [...]Match{ByParent, ByRole} {
		w.grant[m] = w.grant[m] || session
		w.session = w.session || session && byGrant[m] == yes
	}
	if identity && max(byPolicy.any(), byGrant[ByAccount]) == yes {
		w.policy = [ByAccount + 1]bool{Direct: true, ByParent: true, ByRole: true, ByAccount: true}
		w.grant[ByAccount], w.identity = true, true
	}
}

// allowing lists the statements and grants by which the request is allowed.
func (e *eval) allowing(d *Decision) {
	w := e.ways()
	e.eachStatement(policy.Allow, func(r Reason, _ *statement, t tri) {
		used := true
		switch r.Layer {
		case LayerIdentity:
			used = w.identity
		case LayerBoundary, LayerSession:
			used = w.session
		case LayerResource:
			used = w.policy[r.Match]
		}
		if used && t == yes {
			d.Reasons = append(d.Reasons, r)
		}
	})
	if e.identityOnly {
		return
	}
	for i := range e.layers.Grants {
		c := e.grantClasses(&e.layers.Grants[i])
		if m := c.strongest(); c.any() == yes && w.grant[m] {
			d.Reasons = append(d.Reasons, Reason{Layer: LayerGrant, Effect: policy.Allow, Match: m, Grant: e.layers.Grants[i].ID})
		}
	}
}

// missing lists the layers that had to allow and did not, first the one that AWS
// names.
func (e *eval) missing(d *Decision) {
	if l, never := e.forbidden(); never == yes {
		d.Missing = append(d.Missing, l)
		return
	}
	for _, l := range ceilings {
		if e.allows(l) == no {
			d.Missing = append(d.Missing, l)
		}
	}
	if e.permitted() != no {
		return
	}
	kind, giver := e.req.Principal.Kind, LayerResource
	switch {
	case e.identityOnly:
		giver = LayerIdentity
	case e.retiring():
		giver = LayerGrant
	}
	if kind == Service || kind == Anonymous {
		d.Missing = append(d.Missing, giver)
		return
	}
	own := ownLayers[:]
	if !e.identityOnly {
		byPolicy, byGrant := e.policyClasses(), e.grantedClasses()
		session := max(byGrant[ByRole], byGrant[ByParent])
		named := max(byPolicy.any(), byGrant.any())
		if e.same != no {
			session = max(session, byPolicy[ByRole], byPolicy[ByParent])
		}
		switch {
		case session != no: // given to the role: only what limits it is missing
			own = ownLayers[1:]
		case named == no && e.retiring() && e.same == no:
			d.Missing = append(d.Missing, giver)
			return
		case named == no && (e.same == no || e.delegated):
			d.Missing = append(d.Missing, giver)
		}
	}
	for _, l := range own {
		if e.allows(l) == no {
			d.Missing = append(d.Missing, l)
		}
	}
}
