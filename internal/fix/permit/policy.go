package permit

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// May says which operations the plan calls, for a client that is to make no others.
func May(p *fix.Plan) func(service, operation string) bool {
	type called struct{ service, operation string }
	all := map[called]bool{}
	for i := range p.Steps {
		for _, c := range p.Steps[i].Calls() {
			all[called{c.Service, c.Operation}] = true
		}
	}
	return func(service, operation string) bool { return all[called{service, operation}] }
}

// Policy returns the document. That of a plan for several accounts is for the same role in each.
// roles are those that may be assumed besides.
func Policy(p *fix.Plan, c *catalog.Catalog, roles ...string) (string, error) {
	b := &builder{plan: p, index: map[string]int{}}
	for i := range p.Steps {
		s := &p.Steps[i]
		for _, call := range s.Calls() {
			if err := b.call(s, call); err != nil {
				return "", err
			}
		}
		for _, call := range slices.Concat(s.Do, s.Undo) {
			b.roles(s, call)
		}
	}
	for i := range p.Subjects {
		s := &p.Subjects[i]
		if s.Why == "" {
			b.needs(c, s)
		}
		if typ := fix.PublishedType(s.Type); typ != "" && b.publishes(s.Resource) {
			version := *s
			version.Type, version.From = typ, ""
			b.needs(c, &version)
		}
	}
	b.stays(c)
	for _, role := range roles {
		b.allow("sts:AssumeRole", nil, role)
	}
	return document{"2012-10-17", joined(b.least())}.print()
}

// condition is that of a statement: operator, key, values.
type condition map[string]map[string][]string

type statement struct {
	Effect    string
	Action    []string
	Resource  []string
	Condition condition `json:",omitempty"`
}

// builder collects statements, of which no two have the same resources and conditions.
type builder struct {
	plan       *fix.Plan
	statements []statement
	index      map[string]int
}

func (b *builder) allow(action string, when condition, resources ...string) {
	name, _ := json.Marshal([]any{resources, when}) // of texts only
	i, ok := b.index[string(name)]
	if !ok {
		i = len(b.statements)
		b.index[string(name)] = i
		b.statements = append(b.statements, statement{Effect: "Allow", Resource: resources, Condition: when})
	}
	if s := &b.statements[i]; !slices.Contains(s.Action, action) {
		s.Action = append(s.Action, action)
		slices.Sort(s.Action)
	}
}

// least are the statements without actions that another one allows for the same resources under
// fewer conditions.
func (b *builder) least() (out []statement) {
	alike := map[string][]statement{} // by their resources
	name := func(s *statement) string { return strings.Join(s.Resource, "\n") }
	for i := range b.statements {
		s := &b.statements[i]
		alike[name(s)] = append(alike[name(s)], *s)
	}
	for i, s := range b.statements {
		s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(action string) bool {
			return slices.ContainsFunc(alike[name(&s)], func(wider statement) bool {
				return slices.Equal(wider.Resource, s.Resource) && wider.Condition.within(s.Condition) && slices.Contains(wider.Action, action)
			})
		})
		if len(s.Action) > 0 {
			out = append(out, b.statements[i])
			out[len(out)-1].Action = s.Action
		}
	}
	return out
}

// joined makes one statement of those that allow the same under the same conditions, so that the
// policy of a plan for many resources stays within what IAM takes.
func joined(list []statement) (out []statement) {
	index := map[string]int{}
	var have []map[string]bool // the resources of each
	for _, s := range list {
		name, _ := json.Marshal([]any{s.Action, s.Condition}) // of texts only
		i, ok := index[string(name)]
		if !ok {
			index[string(name)] = len(out)
			s.Resource = slices.Clone(s.Resource)
			out, have = append(out, s), append(have, map[string]bool{})
			for _, r := range s.Resource {
				have[len(have)-1][r] = true
			}
			continue
		}
		for _, r := range s.Resource {
			if !have[i][r] {
				have[i][r] = true
				out[i].Resource = append(out[i].Resource, r)
			}
		}
	}
	return out
}

// within says whether a condition is part of another one, and less than it.
func (c condition) within(more condition) bool {
	for operator, keys := range c {
		for key, values := range keys {
			if !slices.Equal(more[operator][key], values) {
				return false
			}
		}
	}
	return len(c) < len(more)
}

// call allows a call of a step.
func (b *builder) call(s *fix.Step, c fix.Call) error {
	action, err := awsapi.Action(c.Service, c.Operation)
	if err != nil {
		return err
	}
	switch {
	case c.Service == "kms":
		b.key(s, c, action)
	case anywhere(c):
		b.allow(action, nil, "*")
	default:
		b.allow(action, nil, resources(c, s.Subject)...)
	}
	return nil
}

// anywhere says whether an operation is not about one resource.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func anywhere(c fix.Call) bool {
	return strings.HasPrefix(c.Operation, "List") && c.Service != "dynamodb" || slices.Contains([]string{
		"logs:DescribeLogGroups", "cloudwatch:DescribeAlarms", "ssm:DescribeParameters", "cloudtrail:DescribeTrails",
		"opensearchserverless:GetSecurityPolicy", "opensearchserverless:UpdateSecurityPolicy",
	}, c.Service+":"+c.Operation)
}

// resources are the ARNs by which a call's resource is authorized: log groups with the ending of
// their streams, sources of data by their knowledge base, versions of agents by the agent.
func resources(c fix.Call, subject string) []string {
	switch c.Service {
	case "logs":
		return []string{strings.TrimSuffix(subject, ":*") + ":*", strings.TrimSuffix(subject, ":*")}
	case "bedrock-agent":
		subject, _, _ = strings.Cut(subject, "/data-source/")
		if before, alias, ok := strings.Cut(subject, ":agent-alias/"); ok && !strings.HasSuffix(c.Operation, "Alias") {
			agent, _, _ := strings.Cut(alias, "/")
			subject = before + ":agent/" + agent
		}
	}
	return []string{subject}
}

// key allows a call of KMS. A key that the plan creates has no ARN yet: it is known by the tag
// that it is created with.
func (b *builder) key(s *fix.Step, c fix.Call, action string) {
	if c.Operation == "ListKeys" || c.Operation == "ListAliases" {
		b.allow(action, nil, "*")
		return
	}
	if c.Operation == "CreateKey" {
		when := condition{"StringLike": {"aws:RequestTag/" + fix.RunTag: {"*/" + s.ID}}}
		b.allow(action, when, "*")
		b.allow("kms:TagResource", when, keys(s.Place))
		return
	}
	name := c.Input.Text("KeyId")
	if strings.HasPrefix(name, "alias/aws/") { // it may not be there yet
		b.allow(action, condition{"StringEquals": {"kms:RequestAlias": {name}}}, keys(s.Place))
		return
	}
	if alias := c.Input.Text("AliasName"); alias != "" {
		b.allow(action, nil, fmt.Sprintf("arn:%s:kms:%s:%s:%s", arn.PartitionOf(s.Region), s.Region, s.Account, alias))
		name = s.Subject
	}
	resource, when := b.known(s.Place, name)
	b.allow(action, when, resource)
}

// known is a key as a statement has it.
func (b *builder) known(at fix.Place, name string) (resource string, when condition) {
	step, ok := strings.CutPrefix(name, "${")
	if !ok {
		return name, nil
	}
	step, _, _ = strings.Cut(step, ":")
	return keys(at), condition{"StringLike": {"aws:ResourceTag/" + fix.RunTag: {"*/" + step}}}
}

func keys(at fix.Place) string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/*", arn.PartitionOf(at.Region), at.Region, at.Account)
}

var roleARN = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:role/.+$`)

// passed are the principals that the services say they are given roles as.
var passed = map[string]string{
	"bedrock": "bedrock.amazonaws.com", "bedrock-agent": "bedrock.amazonaws.com", "bedrock-agentcore-control": "bedrock-agentcore.amazonaws.com",
	"lambda": "lambda.amazonaws.com", "stepfunctions": "states.amazonaws.com", "firehose": "firehose.amazonaws.com", "cloudtrail": "cloudtrail.amazonaws.com",
}

// roles allows to pass the roles that an update names again.
func (b *builder) roles(s *fix.Step, c fix.Call) {
	principal, named := passed[c.Service], texts(c.Input)
	switch c.Operation {
	case "UpdateMarketplaceModelEndpoint":
		principal = "sagemaker.amazonaws.com" // whose endpoint it is
	case "UpdateDestination":
		named = texts(s.Before) // whether the role is passed again that the update does not name is unconfirmed
	}
	if principal == "" {
		return
	}
	when := condition{"StringEquals": {"iam:PassedToService": {principal}}}
	for _, text := range named {
		if roleARN.MatchString(text) {
			b.allow("iam:PassRole", when, text)
		}
	}
}

// texts are all texts in a value, in the order of their members.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, inner := range v {
			out = append(out, texts(inner)...)
		}
	case wire.Object:
		var names []string
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			out = append(out, texts(v[name])...)
		}
	}
	return out
}

// publishes says whether the plan publishes a draft.
func (b *builder) publishes(draft string) bool {
	return slices.ContainsFunc(b.plan.Steps, func(s fix.Step) bool { return s.Kind == fix.Publish && s.Subject == draft })
}

// stays allows what the service does with the keys of drafts whose key stays, when they name another
// version and are published.
func (b *builder) stays(c *catalog.Catalog) {
	for i := range b.plan.Steps {
		s := &b.plan.Steps[i]
		if s.Kind != fix.Switch || s.State == nil {
			continue
		}
		for _, e := range c.Entries() {
			if e.Service != s.State.Read.Service || !slices.Contains(e.Operations.Get, s.State.Read.Operation) {
				continue
			}
			for _, text := range texts(s.Before) {
				if a, err := arn.Parse(text); err == nil && a.Service == "kms" {
					b.needs(c, &fix.Subject{Type: e.Type, Slot: "content", To: text, Account: s.Account, Region: s.Region})
				}
			}
		}
	}
}

// needs allows what the service does with keys as the caller: with the new one on the way there,
// and with the old one on the way back.
func (b *builder) needs(c *catalog.Catalog, s *fix.Subject) {
	e := c.Type(s.Type)
	if e == nil {
		return
	}
	name, _, _ := strings.Cut(s.Slot, "[")
	slot := e.Slot(name)
	if slot == nil {
		return
	}
	for i := range slot.Needs {
		n := &slot.Needs[i]
		if !fix.Configures(n, s.Type) {
			continue
		}
		for _, key := range b.keys(s) {
			// The policy of a key that AWS manages lets in who may call the service.
			if key == s.To && s.Owner != "" || key == s.From && s.Rung == bedlock.AWSManaged {
				continue
			}
			if !strings.Contains(key, ":key/") && !strings.HasPrefix(key, "${") {
				continue
			}
			resource, when := b.known(fix.Place{Account: s.Account, Region: s.Region}, key)
			if n.Via != "" {
				via := condition{"StringEquals": {"kms:ViaService": {strings.ReplaceAll(n.Via, "{region}", s.Region)}}}
				for operator, keys := range when {
					via[operator] = keys
				}
				when = via
			}
			for _, action := range n.Actions {
				if !b.spared(s, action) {
					b.allow("kms:"+action, when, resource)
				}
			}
		}
	}
}

// keys are those of a slot before and after, of the copies of its resource too.
func (b *builder) keys(s *fix.Subject) []string {
	keys := []string{s.To, s.From}
	if slices.ContainsFunc(b.plan.Subjects, func(other fix.Subject) bool {
		return other.Resource == s.Resource && other.Slot != s.Slot
	}) {
		return keys // whose slot a key is that was read is not known
	}
	for i := range b.plan.Steps {
		step := &b.plan.Steps[i]
		if step.Kind != fix.Update || step.Subject != s.Resource {
			continue
		}
		for _, text := range texts(step.Before) {
			if a, err := arn.Parse(text); err == nil && a.Service == "kms" && !slices.Contains(keys, text) {
				keys = append(keys, text)
			}
		}
	}
	return keys
}

// spared says whether what a step has read says that a need is not made of its resource: KMS encrypts a
// standard parameter itself, and makes the data key of an advanced one.
// https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
func (b *builder) spared(s *fix.Subject, action string) bool {
	if s.Type != "AWS::SSM::Parameter" || action != "Encrypt" && action != "GenerateDataKey" {
		return false
	}
	for i := range b.plan.Steps {
		if step := &b.plan.Steps[i]; step.Subject == s.Resource && step.Before.Text("Tier") != "" {
			return (step.Before.Text("Tier") == "Advanced") == (action == "Encrypt")
		}
	}
	return false
}
