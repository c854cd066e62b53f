package spec

import (
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// mutants are engines with one rule wrong each.
var mutants = map[string]rules{
	"star crosses the colons of an ARN":                   {starCrossesColon: true},
	"ForAnyValue holds of no values":                      {anyValueOfNone: true},
	"an absent key fails a negated operator":              {absentNegatedFails: true},
	"IfExists is ignored":                                 {ifExistsIgnored: true},
	"a value of the wrong type satisfies a negation":      {wrongTypeNegatedHolds: true},
	"a negated operator needs one value that differs":     {negatedIsOr: true},
	"NotPrincipal spares principals with a boundary":      {boundarySpares: true},
	"NotPrincipal spares by one name":                     {oneNameSpares: true},
	"the case of actions matters":                         {actionCase: true},
	"a key policy statement without Resource has effect":  {missingResourceMatches: true},
	"pending grants count without their tokens":           {pendingCounts: true},
	"constraints of grants are ignored":                   {constraintsIgnored: true},
	"variables work in every version":                     {variablesAlways: true},
	"KMS keys are there on every operation":               {everyKeyOffered: true},
	"a role's ARN bypasses the boundary":                  {roleBypassesBoundary: true},
	"a role's ARN bypasses session policies":              {roleBypassesSession: true},
	"the boundary limits what is given directly":          {directNeedsBoundary: true},
	"a key needs no delegation":                           {keyNeedsNoDelegation: true},
	"one account is enough across accounts":               {oneSideAcross: true},
	"every KMS action works across accounts":              {everyActionAcross: true},
	"a boundary's Deny is ignored":                        {boundaryDenyIgnored: true},
	"one level of an organization is enough":              {oneLevelEnough: true},
	"SCPs limit service-linked roles":                     {serviceLinkedLimited: true},
	"SCPs limit the management account":                   {managementLimited: true},
	"the key policy controls kms:RetireGrant":             {retireByPolicy: true},
	"a grant needs an identity policy across accounts":    {grantNeedsIdentity: true},
	"VPC endpoint policies are ignored":                   {endpointIgnored: true},
	"the root user needs a policy":                        {rootNeedsIdentity: true},
	"a federated session without policies has its user's": {federatedHasIdentity: true},
	"naming the user helps such a session":                {parentNeedsNoSession: true},
}

// mutantCases bounds how many cases may pass before a wrong rule shows.
const mutantCases = 400_000

// TestMutantsAreCaught proves that the differential test can fail: an engine with
// any one rule wrong is told from the specification.
func TestMutantsAreCaught(t *testing.T) {
	for name, wrong := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried, caught := 0, ""
			for seed := uint64(0); caught == "" && tried < mutantCases; seed++ {
				differ(seed, broken(wrong), func(authz.Outcome) { tried++ }, func(_ *authz.Request, _ *authz.Layers, how string) { caught = how })
			}
			if caught == "" {
				t.Fatalf("not caught in %d cases", tried)
			}
			t.Logf("caught after %d cases: %s", tried, caught)
		})
	}
}

// broken is an engine that decides by the specification with rules changed.
func broken(wrong rules) engine {
	return func(req *authz.Request, l *authz.Layers) authz.Decision {
		a := decide(req, l, wrong)
		d := authz.Decision{Outcome: a.Outcome}
		from, effect := a.Allows, policy.Allow
		switch a.Outcome {
		case authz.ExplicitDeny:
			from, effect = a.Denies, policy.Deny
		case authz.ImplicitDeny:
			d.Missing, from = []authz.Layer{authz.LayerIdentity}, nil
		}
		for _, r := range from {
			d.Reasons = append(d.Reasons, authz.Reason{Layer: r.Layer, Policy: r.Policy, Statement: r.Statement, Level: r.Level, Effect: effect, Match: r.Match, Grant: r.Grant})
		}
		return d
	}
}
