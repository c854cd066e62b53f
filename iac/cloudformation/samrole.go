package cloudformation

import (
	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// The execution role that SAM makes for a function or state machine that names none.
// What SAM puts into it is taken from SAM's own translator, version 1.110:
// https://github.com/aws/serverless-application-model/blob/develop/samtranslator/model/sam_resources.py
// and role_utils, eventsources and stepfunctions beside it. What is not taken over is
// there as a policy that is not known, with its name.

// samSends are the actions that SAM allows on a destination, by its type.
var samSends = map[string]string{
	"SQS": "sqs:SendMessage", "SNS": "sns:Publish", "EventBridge": "events:PutEvents", "Lambda": "lambda:InvokeFunction",
}

// samEventPolicies are the managed policies of AWS that an event source adds.
var samEventPolicies = map[string]string{
	"Kinesis":  "service-role/AWSLambdaKinesisExecutionRole",
	"DynamoDB": "service-role/AWSLambdaDynamoDBExecutionRole",
	"SQS":      "service-role/AWSLambdaSQSQueueExecutionRole",
	"MSK":      "service-role/AWSLambdaMSKExecutionRole",
}

// roleFor declares the role that SAM makes for a resource; ok is false when it makes
// none. A role that is named under a condition only is made under the other.
func (t *Template) roleFor(r *resource) (role resource, ok bool) {
	role = resource{name: r.name + "Role", typ: "AWS::IAM::Role", at: r.at, node: r.node, condition: r.condition, roleOf: r.name}
	if _, taken := t.byName[role.name]; taken {
		return role, false
	}
	named := r.properties.Get("Role")
	if named == nil {
		named = r.properties.Get("RoleArn") // a state machine's Role, renamed
	}
	if named == nil {
		return role, true
	}
	fn, arg, isFunction := function(named)
	if !isFunction || fn != "Fn::If" || arg.Kind != syntax.List || len(arg.Items) != 3 {
		return role, false
	}
	switch then, otherwise := isNoValue(&arg.Items[1]), isNoValue(&arg.Items[2]); {
	case then && otherwise:
	case then:
		role.condition = arg.Items[0].Text
	case otherwise:
		role.condition, role.unless = arg.Items[0].Text, true
	default:
		return role, false
	}
	return role, true
}

func isNoValue(n *syntax.Node) bool {
	fn, arg, ok := function(n)
	return ok && fn == "Ref" && arg.Text == "AWS::NoValue"
}

// connectorsOf lists the connectors that begin at a resource: SAM adds their
// permissions to its role.
func (t *Template) connectorsOf(r *resource) (names []string) {
	if own := r.node.Get("Connectors"); own != nil && own.Kind == syntax.Map {
		for i := 0; i+1 < len(own.Items); i += 2 {
			name := own.Items[i].Text
			names = append(names, name)
			t.note(&own.Items[i], "the permissions of SAM connector %s of %s are not resolved", name, r.name)
		}
	}
	return append(names, t.connectors[r.name]...)
}

// samRole is a role while its properties are put together.
type samRole struct {
	s               *stack
	owner, name     string // logical ids
	at              bedlock.Position
	managed, inline []graph.Value
}

// roleOf makes the properties of the role of a function or state machine.
func (s *stack) roleOf(r *resource) graph.Value {
	owner := s.t.resource(r.roleOf)
	p := s.attributes(owner)
	if p.Kind != graph.Map {
		return p
	}
	b := &samRole{s: s, owner: r.roleOf, name: r.name, at: r.at}
	trust := p.Get("AssumeRolePolicyDocument")
	if owner.typ == "AWS::StepFunctions::StateMachine" {
		trust = b.trust("states.amazonaws.com")
		b.policies(p.Get("Policies"))
		if enabled := p.Get("TracingConfiguration").Get("Enabled"); enabled.Kind == graph.Bool && enabled.Text == "true" {
			b.xray()
		}
	} else {
		if trust.Kind == graph.Absent {
			trust = b.trust("lambda.amazonaws.com")
		}
		b.function(p)
	}
	for _, name := range owner.connectors {
		b.unknown(name, "the permissions of SAM connector "+name+" are not resolved")
	}
	return b.mapOf(
		b.member("AssumeRolePolicyDocument", trust),
		b.member("ManagedPolicyArns", b.list(b.managed...)),
		b.member("Policies", b.list(b.inline...)),
		b.member("Path", p.Get("RolePath")),
		b.member("PermissionsBoundary", p.Get("PermissionsBoundary")),
	)
}

// function adds what the role of a function has.
func (b *samRole) function(p graph.Value) {
	basic := "service-role/AWSLambdaBasicExecutionRole"
	if p.Get("DurableConfig").Kind != graph.Absent {
		basic = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
	}
	b.aws(basic)
	if tracing := p.Get("Tracing"); tracing.Kind != graph.Absent && tracing.Text != "Disabled" {
		b.xray()
	}
	if p.Get("VpcConfig").Kind != graph.Absent {
		b.aws("service-role/AWSLambdaVPCAccessExecutionRole")
	}
	if dead := p.Get("DeadLetterConfig"); dead.Kind != graph.Absent {
		b.deadLetters(dead.Get("Type"), dead.Get("TargetArn"))
	}
	if invoke := p.Get("EventInvokeConfig"); invoke.Kind != graph.Map && invoke.Kind != graph.Absent {
		b.unknown(b.owner+"EventInvokeConfig", "the destinations of the function are not determined by the template")
	}
	for _, outcome := range []string{"OnSuccess", "OnFailure"} {
		if d := p.Get("EventInvokeConfig").Get("DestinationConfig").Get(outcome); d.Kind != graph.Absent {
			b.destination(b.owner+"EventInvokeConfig"+outcome, d.Get("Type"), d.Get("Destination"))
		}
	}
	b.policies(p.Get("Policies"))
	events := p.Get("Events")
	if events.Kind != graph.Map && events.Kind != graph.Absent {
		b.unknown(b.owner+"Events", "the events of the function are not determined by the template")
	}
	for _, e := range events.Members {
		b.event(e.Name, e.Value)
	}
}

// event adds what an event source that Lambda polls needs; other sources need nothing.
func (b *samRole) event(name string, e graph.Value) {
	typ, p := e.Get("Type"), e.Get("Properties")
	policy, polled := samEventPolicies[typ.Text]
	switch {
	case typ.Kind != graph.String:
		b.unknown(b.owner+name, "the type of event "+name+" is not determined by the template")
	case polled:
		b.aws(policy)
		if typ.Text == "MSK" && (p.Get("SourceAccessConfigurations").Kind != graph.Absent || p.Get("SchemaRegistryConfig").Kind != graph.Absent) {
			b.unknown(b.owner+name, "the policy that SAM makes for event "+name+" is not resolved")
		}
	case typ.Text == "MQ", typ.Text == "SelfManagedKafka", typ.Text == "DocumentDB":
		b.unknown(b.owner+name, "the policy that SAM makes for event "+name+" is not resolved")
	}
	if d := p.Get("DestinationConfig").Get("OnFailure"); d.Get("Type").Kind != graph.Absent && typ.Kind == graph.String {
		b.destination(b.owner+name, d.Get("Type"), d.Get("Destination"))
	}
}

func (b *samRole) deadLetters(typ, target graph.Value) {
	action, known := samSends[typ.Text]
	if typ.Kind != graph.String || !known {
		b.unknown("DeadLetterQueuePolicy", "the type of the dead-letter queue is not determined by the template")
		return
	}
	b.allow("DeadLetterQueuePolicy", b.statement([]string{action}, target))
}

// destination allows sending to a place, if SAM knows its type.
func (b *samRole) destination(prefix string, typ, target graph.Value) {
	name := prefix + typ.Text + "Policy"
	if target.Kind == graph.Absent {
		target = graph.Unresolved("SAM makes the destination", b.at)
	}
	action, known := samSends[typ.Text]
	switch {
	case typ.Kind != graph.String:
		b.unknown(prefix, "the type of a destination is not determined by the template")
	case known:
		b.allow(name, b.statement([]string{action}, target))
	case typ.Text == "S3" || typ.Text == "S3Bucket":
		objects := lift([]graph.Value{target}, func(v []graph.Value) graph.Value {
			return b.s.text([]graph.Value{v[0], graph.Str("/*", b.at)}, b.at)
		})
		b.allow(name, b.statement([]string{"s3:PutObject"}, objects), b.statement([]string{"s3:ListBucket"}, target))
	case typ.Text != "Kafka": // which gets no policy
		b.unknown(name, "the destination of type "+typ.Text+" is not resolved")
	}
}

// withRole completes the properties of a resource with the role that SAM makes.
func (s *stack) withRole(r *resource, p graph.Value) graph.Value {
	name := "Role"
	if r.typ == "AWS::StepFunctions::StateMachine" {
		name = "RoleArn"
	}
	made := graph.Reference(s.id(r.role), "Arn", r.at)
	return overwrite(p, name, eachBranch(p.Get(name), func(v graph.Value) graph.Value {
		if v.Kind == graph.Absent {
			return made
		}
		return v
	}))
}
