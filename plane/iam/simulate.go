package iam

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// maxSimulated is how many pairs of action and resource one call may ask about. It is ours.
const maxSimulated = 10_000

// contextEntry is a context key of a simulated request.
type contextEntry struct {
	ContextKeyName   string
	ContextKeyValues []string
}

// principalSimulation is the input of SimulatePrincipalPolicy, customSimulation that of
// SimulateCustomPolicy.
type principalSimulation struct {
	PolicySourceArn                                     string
	PolicyInputList, PermissionsBoundaryPolicyInputList []string
	PolicyExclusionList                                 []struct{}
	ActionNames, ResourceArns                           []string
	ResourcePolicy, ResourceOwner, CallerArn            string
	ContextEntries                                      []contextEntry
	MaxItems                                            int
	Marker                                              string
}

type customSimulation struct {
	PolicyInputList, PermissionsBoundaryPolicyInputList []string
	OrderedOrganizationPolicyInputList                  []struct{ ServiceControlPolicyInputList []string }
	ActionNames, ResourceArns                           []string
	ResourcePolicy, ResourceOwner, CallerArn            string
	ContextEntries                                      []contextEntry
	MaxItems                                            int
	Marker                                              string
}

type position struct{ Line, Column int }

type matchedStatement struct {
	SourcePolicyId, SourcePolicyType string
	StartPosition                    position
}

type organizationsDetail struct{ AllowedByOrganizations bool }

type boundaryDetail struct{ AllowedByPermissionsBoundary bool }

type evaluation struct {
	EvalActionName, EvalResourceName, EvalDecision string
	MatchedStatements                              []matchedStatement
	MissingContextValues                           []string
	OrganizationsDecisionDetail                    *organizationsDetail `json:",omitempty"`
	PermissionsBoundaryDecisionDetail              *boundaryDetail      `json:",omitempty"`
}

type evaluations struct {
	EvaluationResults []evaluation
	IsTruncated       bool
	Marker            string `json:",omitempty"`
}

// simulation is what is asked about, and of whom.
type simulation struct {
	principal authz.Principal
	layers    authz.Layers
	// sources are the policies by the names that they were compiled with.
	sources map[string]matchedStatement
	owner   string
	context authz.Context
}

// statement source types that the model does not list:
// https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html
const inputPolicy = "IAM Policy"

func (s *Service) simulateOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "SimulateCustomPolicy", s.simulateCustomPolicy)
	plane.AddQuery(t, "SimulatePrincipalPolicy", s.simulatePrincipalPolicy)
}

func (s *Service) simulateCustomPolicy(ctx context.Context, c *plane.Call, in *customSimulation) (*evaluations, error) {
	if err := s.allow(ctx, c, "*", "", nil); err != nil {
		return nil, err
	}
	m := newSimulation(c.Account, in.ContextEntries)
	if err := m.inputs(in.PolicyInputList, in.PermissionsBoundaryPolicyInputList); err != nil {
		return nil, err
	}
	for _, level := range in.OrderedOrganizationPolicyInputList {
		policies, err := m.parse("ServiceControlPolicyInputList", level.ServiceControlPolicyInputList)
		if err != nil {
			return nil, err
		}
		m.layers.SCPs = append(m.layers.SCPs, policies)
	}
	if err := m.resource(in.ResourcePolicy, in.ResourceOwner); err != nil {
		return nil, err
	}
	m.principal = callerOf(in.CallerArn, c.Account)
	return m.run(in.ActionNames, in.ResourceArns, in.Marker, in.MaxItems)
}

func (s *Service) simulatePrincipalPolicy(ctx context.Context, c *plane.Call, in *principalSimulation) (*evaluations, error) {
	if err := s.allow(ctx, c, in.PolicySourceArn, "", nil); err != nil {
		return nil, err
	}
	a := s.view(c.Account)
	e := a.byARN(in.PolicySourceArn)
	if e == nil {
		return nil, noSuchEntity("Entity %s cannot be found.", in.PolicySourceArn) // the text is not confirmed
	}
	if len(in.PolicyExclusionList) > 0 {
		return nil, invalidInput("PolicyExclusionList is not implemented by the local plane.")
	}
	m := newSimulation(c.Account, in.ContextEntries)
	m.entity(a, e)
	if err := m.inputs(in.PolicyInputList, in.PermissionsBoundaryPolicyInputList); err != nil {
		return nil, err
	}
	if err := m.resource(in.ResourcePolicy, in.ResourceOwner); err != nil {
		return nil, err
	}
	if in.CallerArn != "" {
		m.principal = callerOf(in.CallerArn, c.Account)
	}
	return m.run(in.ActionNames, in.ResourceArns, in.Marker, in.MaxItems)
}

// byARN is an entity by its ARN; nil: there is none.
func (a *account) byARN(arn string) *entity {
	for _, k := range kinds {
		if e := a.entity(k, arn[strings.LastIndexByte(arn, '/')+1:]); e != nil && e.arn() == arn {
			return e
		}
	}
	return nil
}

// callerOf is a user by its ARN. Without one it has no name, and nothing that follows from
// it.
func callerOf(arn, account string) authz.Principal {
	return authz.Principal{Kind: authz.User, ARN: arn, Account: account}
}

func newSimulation(account string, entries []contextEntry) *simulation {
	m := &simulation{sources: map[string]matchedStatement{}, owner: account, context: authz.Context{}}
	m.layers.Identity = []*authz.Policy{}
	for _, e := range entries {
		m.context[strings.ToLower(e.ContextKeyName)] = authz.Value{Values: e.ContextKeyValues}
	}
	return m
}

// compile compiles a document under a name of its own, so that what matched can be told.
func (m *simulation) compile(d *policy.Document, id, kind string) *authz.Policy {
	name := strconv.Itoa(len(m.sources))
	m.sources[name] = matchedStatement{SourcePolicyId: id, SourcePolicyType: kind}
	return authz.Compile(name, d)
}

// parse reads the policies of a list of the input.
func (m *simulation) parse(list string, texts []string) ([]*authz.Policy, error) {
	out := []*authz.Policy{}
	for i, text := range texts {
		d, err := policy.Parse(text)
		if err != nil || broken(d) {
			return nil, invalidInput("%s.%d: %s", list, i+1, syntaxErrors) // the text is not confirmed
		}
		out = append(out, m.compile(d, list+"."+number(i+1), inputPolicy))
	}
	return out, nil
}

// inputs adds policies and replaces the boundary.
func (m *simulation) inputs(policies, boundaries []string) error {
	more, err := m.parse("PolicyInputList", policies)
	if err != nil {
		return err
	}
	m.layers.Identity = append(m.layers.Identity, more...)
	limits, err := m.parse("PermissionsBoundaryPolicyInputList", boundaries)
	if err != nil {
		return err
	}
	if len(limits) > 1 {
		return invalidInput("PermissionsBoundaryPolicyInputList: there can be one permissions boundary.") // the text is not confirmed
	}
	if len(limits) == 1 {
		m.layers.Boundary = limits[0]
	}
	return nil
}

// entity takes over the policies of a user, group or role. A role is simulated as a
// session of it.
func (m *simulation) entity(a *account, e *entity) {
	m.principal = authz.Principal{Kind: authz.User, ARN: e.arn(), Account: a.id, ID: e.ID, Management: a.org.Management}
	switch e.Kind {
	case kindGroup:
		m.principal.ARN, m.principal.ID = "", ""
	case kindRole:
		m.principal.Kind, m.principal.Role = authz.Session, e.arn()
		m.principal.ARN = "arn:" + cmp.Or(a.partition, defaultPartition) + ":sts::" + a.id + ":assumed-role/" + e.Name + "/simulated"
	}
	for _, of := range append([]*entity{e}, a.groupsOf(e)...) {
		for _, p := range of.Inline {
			m.layers.Identity = append(m.layers.Identity, m.compile(p.compiled.Document(), p.Name, string(of.Kind)))
		}
		for _, arn := range of.Attached {
			m.layers.Identity = append(m.layers.Identity, m.compile(a.compiled(arn).Document(), arn, managedKind(arn)))
		}
	}
	if e.Boundary != "" {
		m.layers.Boundary = m.compile(a.compiled(e.Boundary).Document(), e.Boundary, managedKind(e.Boundary))
	}
	for _, level := range a.org.scps {
		policies := []*authz.Policy{}
		for _, p := range level {
			policies = append(policies, m.compile(p.Document(), p.Name(), "none"))
		}
		m.layers.SCPs = append(m.layers.SCPs, policies)
	}
}

func managedKind(arn string) string {
	if isAWS(arn) {
		return "aws-managed"
	}
	return "user-managed"
}

// resource sets the resource's policy and owner. Without a policy the simulator of IAM
// looks at none; keys, which cannot be without one, have one here that delegates to the
// account.
func (m *simulation) resource(text, owner string) error {
	if owner != "" {
		if parts := strings.Split(owner, ":"); len(parts) == 6 {
			m.owner = parts[4]
		} else {
			m.owner = owner
		}
	}
	if text == "" {
		d, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + m.owner + `"},"Action":"kms:*","Resource":"*"}}`)
		if err != nil {
			return invalidInput("ResourceOwner %s is not valid.", owner)
		}
		m.layers.Resource = authz.Compile("delegation", d)
		return nil
	}
	d, err := policy.Parse(text)
	if err != nil || broken(d) {
		return invalidInput("ResourcePolicy: %s", syntaxErrors)
	}
	m.layers.Resource = m.compile(d, "ResourcePolicy", "resource")
	return nil
}

// run evaluates one page of the pairs of actions and resources.
func (m *simulation) run(actions, resources []string, marker string, max int) (*evaluations, error) {
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	if n := len(actions) * len(resources); n > maxSimulated {
		return nil, invalidInput("%d pairs of action and resource: the local plane simulates up to %d at once.", n, maxSimulated)
	}
	type pair struct {
		order, action, resource string
	}
	var pairs []pair
	for _, action := range actions {
		if !strings.Contains(action, ":") {
			return nil, invalidInput("Invalid Action: %s", action) // the text is not confirmed
		}
		for _, resource := range resources {
			pairs = append(pairs, pair{number(maxSimulated + len(pairs)), action, resource})
		}
	}
	pairs, next, err := paginate(pairs, func(p pair) string { return p.order }, marker, max)
	if err != nil {
		return nil, err
	}
	out := &evaluations{IsTruncated: next.IsTruncated, Marker: next.Marker}
	for _, p := range pairs {
		out.EvaluationResults = append(out.EvaluationResults, m.evaluate(p.action, p.resource))
	}
	return out, nil
}

func (m *simulation) evaluate(action, resource string) evaluation {
	req := &authz.Request{Principal: m.principal, Action: action, Resource: resource, ResourceAccount: m.owner, Context: m.context}
	d := authz.Decide(req, &m.layers)
	out := evaluation{EvalActionName: action, EvalResourceName: resource, EvalDecision: "implicitDeny", MatchedStatements: []matchedStatement{}, MissingContextValues: append([]string{}, d.Absent...)}
	switch d.Outcome {
	case authz.Allow:
		out.EvalDecision = "allowed"
	case authz.ExplicitDeny:
		out.EvalDecision = "explicitDeny"
	}
	for _, r := range d.Reasons {
		if matched, ok := m.sources[r.Policy]; ok {
			matched.StartPosition = position{r.At.Line, r.At.Column}
			out.MatchedStatements = append(out.MatchedStatements, matched)
		}
	}
	if m.layers.SCPs != nil {
		out.OrganizationsDecisionDetail = &organizationsDetail{m.allows(req, authz.Layers{SCPs: m.layers.SCPs, Identity: []*authz.Policy{anything()}})}
	}
	if m.layers.Boundary != nil {
		out.PermissionsBoundaryDecisionDetail = &boundaryDetail{m.allows(req, authz.Layers{Identity: []*authz.Policy{m.layers.Boundary}})}
	}
	return out
}

// allows tells whether some layers by themselves allow a request.
func (m *simulation) allows(req *authz.Request, layers authz.Layers) bool {
	alone := newSimulation(m.owner, nil)
	if err := alone.resource("", ""); err != nil {
		return false
	}
	layers.Resource = alone.layers.Resource
	return authz.OutcomeOf(req, &layers) == authz.Allow
}

// anything is a policy that allows everything.
func anything() *authz.Policy { return awsCompiled("arn:aws" + awsOwn + "AdministratorAccess") }
