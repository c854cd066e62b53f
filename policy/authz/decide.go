package authz

import "github.com/bedlock/bedlock/policy"

// Decide decides a request and says why. It is safe for concurrent use.
func Decide(req *Request, layers *Layers) Decision {
	var d Decision
	DecideInto(&d, req, layers)
	return d
}

// DecideInto is Decide with the slices of an earlier decision, which are written
// over: decisions by the million then allocate nothing.
func DecideInto(d *Decision, req *Request, layers *Layers) {
	e := newEval(req, layers)
	denied, permitted := e.run()
	*d = Decision{outcome(denied, permitted), d.Reasons[:0], d.Missing[:0], d.Absent[:0], d.Open[:0]}
	if e.identification() {
		return
	}
	switch d.Outcome {
	case Allow:
		e.allowing(d)
	case ExplicitDeny:
		e.eachStatement(policy.Deny, func(r Reason, _ *statement, t tri) {
			if t == yes {
				d.Reasons = append(d.Reasons, r)
			}
		})
	case ImplicitDeny:
		e.missing(d)
		e.absent(d)
	case Unknown:
		e.open(d, denied, permitted)
	}
}

// OutcomeOf is the outcome that Decide gives, without grounds and without
// allocating.
func OutcomeOf(req *Request, layers *Layers) Outcome {
	e := newEval(req, layers)
	denied, permitted := e.run()
	return outcome(denied, permitted)
}

// run evaluates both sides of the question: does anything deny, and does all that
// must allow do so. The second is not worked out once the first is certain.
func (e *eval) run() (denied, permitted tri) {
	if e.identification() {
		return no, truth(e.req.Principal.Kind != Anonymous)
	}
	if denied = e.denied(); denied == yes {
		return yes, no
	}
	if permitted = e.permitted(); permitted != no {
		permitted = min(permitted, e.ceiling())
	}
	return denied, permitted
}

// identification: asking who one is needs no permission, and no policy forbids it.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (e *eval) identification() bool {
	return equalFold("sts:getcalleridentity", e.req.Action)
}

// outcome puts both answers together. A request that nothing permits is denied
// whether or not something that is not known denies it explicitly as well: the
// answer is then ImplicitDeny.
func outcome(denied, permitted tri) Outcome {
	switch {
	case denied == yes:
		return ExplicitDeny
	case permitted == no:
		return ImplicitDeny
	case denied == no && permitted == yes:
		return Allow
	}
	return Unknown
}
