package agents_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime/document"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// node makes a node. Inputs are "name type expression", outputs "name type".
func node(name, typ string, config types.FlowNodeConfiguration, inputs, outputs []string) types.FlowNode {
	n := types.FlowNode{Name: &name, Type: types.FlowNodeType(typ), Configuration: config}
	for _, in := range inputs {
		f := strings.Fields(in)
		n.Inputs = append(n.Inputs, types.FlowNodeInput{Name: &f[0], Type: types.FlowNodeIODataType(f[1]), Expression: &f[2]})
	}
	for _, out := range outputs {
		f := strings.Fields(out)
		n.Outputs = append(n.Outputs, types.FlowNodeOutput{Name: &f[0], Type: types.FlowNodeIODataType(f[1])})
	}
	return n
}

// connections makes connections of "source.output target.input" and "node?condition target".
func connections(list ...string) []types.FlowConnection {
	var out []types.FlowConnection
	for i, text := range list {
		from, to, _ := strings.Cut(text, " ")
		c := types.FlowConnection{Name: aws.String(fmt.Sprintf("c%da", i)), Type: "Data"}
		if source, condition, ok := strings.Cut(from, "?"); ok {
			c.Type, c.Source, c.Target = "Conditional", &source, &to
			c.Configuration = &types.FlowConnectionConfigurationMemberConditional{Value: types.FlowConditionalConnectionConfiguration{Condition: &condition}}
		} else {
			source, output, _ := strings.Cut(from, ".")
			target, input, _ := strings.Cut(to, ".")
			c.Source, c.Target = &source, &target
			c.Configuration = &types.FlowConnectionConfigurationMemberData{Value: types.FlowDataConnectionConfiguration{SourceOutput: &output, TargetInput: &input}}
		}
		out = append(out, c)
	}
	return out
}

func inputNode(typ string) types.FlowNode {
	return node("start", "Input", &types.FlowNodeConfigurationMemberInput{}, nil, []string{"document " + typ})
}

func outputNode(name, typ string) types.FlowNode {
	return node(name, "Output", &types.FlowNodeConfigurationMemberOutput{}, []string{"document " + typ + " $.data"}, nil)
}

func promptNode(name, template string) types.FlowNode {
	return node(name, "Prompt", &types.FlowNodeConfigurationMemberPrompt{Value: types.PromptFlowNodeConfiguration{
		SourceConfiguration: &types.PromptFlowNodeSourceConfigurationMemberInline{Value: types.PromptFlowNodeInlineConfiguration{
			ModelId: aws.String("amazon.nova-lite-v1:0"), TemplateType: "TEXT",
			TemplateConfiguration: &types.PromptTemplateConfigurationMemberText{Value: types.TextPromptTemplateConfiguration{Text: &template}},
		}},
	}}, []string{"word String $.data"}, []string{"modelCompletion String"})
}

// echo is a flow that answers with what it is given.
func echo() *types.FlowDefinition {
	return &types.FlowDefinition{Nodes: []types.FlowNode{inputNode("String"), outputNode("stop", "String")}, Connections: connections("start.document stop.document")}
}

// priced is a flow with a condition.
func priced() *types.FlowDefinition {
	choose := node("choose", "Condition", &types.FlowNodeConfigurationMemberCondition{Value: types.ConditionFlowNodeConfiguration{Conditions: []types.FlowCondition{
		{Name: aws.String("dear"), Expression: aws.String("price >= 100")}, {Name: aws.String("fair"), Expression: aws.String("price > 10")}, {Name: aws.String("default")},
	}}}, []string{"price Number $.data.price"}, nil)
	named := func(name string) types.FlowNode {
		n := outputNode(name, "String")
		n.Inputs[0].Expression = aws.String("$.data.name")
		return n
	}
	return &types.FlowDefinition{
		Nodes: []types.FlowNode{inputNode("Object"), choose, named("dearOut"), named("fairOut"), named("cheapOut")},
		Connections: connections("start.document choose.price", "start.document dearOut.document", "start.document fairOut.document", "start.document cheapOut.document",
			"choose?dear dearOut", "choose?fair fairOut", "choose?default cheapOut"),
	}
}

// each is a flow with an iterator: a prompt for each item, an output inside, and a collector.
func each() *types.FlowDefinition {
	return &types.FlowDefinition{
		Nodes: []types.FlowNode{
			inputNode("Array"),
			node("items", "Iterator", &types.FlowNodeConfigurationMemberIterator{}, []string{"array Array $.data"}, []string{"arrayItem String", "arraySize Number"}),
			promptNode("say", "Say {{word}}!"), outputNode("every", "String"),
			node("all", "Collector", &types.FlowNodeConfigurationMemberCollector{}, []string{"arrayItem String $.data", "arraySize Number $.data"}, []string{"collectedArray Array"}),
			outputNode("stop", "Array"),
		},
		Connections: connections("start.document items.array", "items.arrayItem say.word", "say.modelCompletion every.document", "say.modelCompletion all.arrayItem",
			"items.arraySize all.arraySize", "all.collectedArray stop.document"),
	}
}

func (w *world) flow(name string, d *types.FlowDefinition) *bedrockagent.CreateFlowOutput {
	w.t.Helper()
	return localtest.Must(w.as(admin).CreateFlow(w.t.Context(), &bedrockagent.CreateFlowInput{
		Name: &name, Description: aws.String("d"), ExecutionRoleArn: aws.String(role), CustomerEncryptionKeyArn: w.key("alias/one"), Definition: d, Tags: map[string]string{"team": "red"},
	}))(w.t)
}

func (w *world) prepare(id *string) types.FlowStatus {
	w.t.Helper()
	if out := localtest.Must(w.as(admin).PrepareFlow(w.t.Context(), &bedrockagent.PrepareFlowInput{FlowIdentifier: id}))(w.t); out.Status != "Preparing" {
		w.t.Errorf("status %s", out.Status)
	}
	return localtest.Must(w.as(admin).GetFlow(w.t.Context(), &bedrockagent.GetFlowInput{FlowIdentifier: id}))(w.t).Status
}

// invoke runs a flow and returns its events in one line.
func (w *world) invoke(who string, id *string, alias string, in any, change ...func(*bedrockagentruntime.InvokeFlowInput)) (string, error) {
	input := &bedrockagentruntime.InvokeFlowInput{FlowIdentifier: id, FlowAliasIdentifier: &alias, Inputs: []run.FlowInput{{
		NodeName: aws.String("start"), NodeOutputName: aws.String("document"), Content: &run.FlowInputContentMemberDocument{Value: document.NewLazyDocument(in)},
	}}}
	for _, f := range change {
		f(input)
	}
	out, err := w.running(who).InvokeFlow(w.t.Context(), input)
	if err != nil {
		return "", err
	}
	stream := out.GetStream()
	defer stream.Close()
	var all []string
	for e := range stream.Events() {
		all = append(all, said(w.t, e))
	}
	return strings.Join(all, "; "), stream.Err()
}

func said(t *testing.T, e run.FlowResponseStream) string {
	switch e := e.(type) {
	case *run.FlowResponseStreamMemberFlowOutputEvent:
		return *e.Value.NodeName + " " + text(t, e.Value.Content.(*run.FlowOutputContentMemberDocument).Value)
	case *run.FlowResponseStreamMemberFlowCompletionEvent:
		return string(e.Value.CompletionReason)
	case *run.FlowResponseStreamMemberFlowTraceEvent:
		switch e := e.Value.Trace.(type) {
		case *run.FlowTraceMemberNodeInputTrace:
			return "[" + *e.Value.NodeName + " gets " + *e.Value.Fields[0].NodeInputName + " " + text(t, e.Value.Fields[0].Content.(*run.FlowTraceNodeInputContentMemberDocument).Value) + "]"
		case *run.FlowTraceMemberNodeOutputTrace:
			return "[" + *e.Value.NodeName + " gives " + *e.Value.Fields[0].NodeOutputName + " " + text(t, e.Value.Fields[0].Content.(*run.FlowTraceNodeOutputContentMemberDocument).Value) + "]"
		case *run.FlowTraceMemberConditionNodeResultTrace:
			return "[" + *e.Value.NodeName + " is " + *e.Value.SatisfiedConditions[0].ConditionName + "]"
		}
	}
	return fmt.Sprintf("%T", e)
}

func text(t *testing.T, d document.Interface) string {
	t.Helper()
	return string(localtest.Must(d.MarshalSmithyDocument())(t))
}

func TestFlow(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.as(admin)
	made := w.flow("f", echo())
	if made.Status != "NotPrepared" || *made.Version != "DRAFT" || *made.Arn != "arn:aws:bedrock:eu-west-1:111122223333:flow/"+*made.Id || len(made.Definition.Nodes) != 2 {
		t.Errorf("%+v", made)
	}
	_, err := w.as(roleless).CreateFlow(ctx, &bedrockagent.CreateFlowInput{Name: aws.String("g"), ExecutionRoleArn: aws.String(role)})
	refused(t, err, "AccessDeniedException", "iam:PassRole")
	_, err = c.CreateFlow(ctx, &bedrockagent.CreateFlowInput{Name: aws.String("f"), ExecutionRoleArn: aws.String(role)})
	refused(t, err, "ConflictException", "a flow with the name f already exists")
	_, err = w.as(keyless).GetFlow(ctx, &bedrockagent.GetFlowInput{FlowIdentifier: made.Id})
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	if n := len(localtest.Must(w.as(keyless).ListFlows(ctx, &bedrockagent.ListFlowsInput{}))(t).FlowSummaries); n != 1 {
		t.Errorf("%d flows", n)
	}
	localtest.Must(c.UpdateFlow(ctx, &bedrockagent.UpdateFlowInput{FlowIdentifier: made.Arn, Name: aws.String("renamed"), ExecutionRoleArn: aws.String(role)}))(t)
	got := localtest.Must(c.GetFlow(ctx, &bedrockagent.GetFlowInput{FlowIdentifier: made.Id}))(t)
	if got.CustomerEncryptionKeyArn != nil || got.Description != nil || got.Definition != nil || *got.Name != "renamed" || got.Status != "NotPrepared" {
		t.Errorf("an omitted member stayed: %+v", got)
	}
	if len(got.Validations) != 2 || got.Validations[0].Type != "MissingStartingNodes" || got.Validations[0].Severity != "Error" {
		t.Errorf("%+v", got.Validations)
	}
	if s := w.prepare(made.Id); s != "Failed" {
		t.Errorf("a flow without nodes is %s", s)
	}
	if tags := localtest.Must(c.ListTagsForResource(ctx, &bedrockagent.ListTagsForResourceInput{ResourceArn: made.Arn}))(t).Tags; tags["team"] != "red" {
		t.Errorf("tags %v", tags)
	}
}

func TestFlowVersions(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.as(admin)
	made := w.flow("f", echo())
	cut := &bedrockagent.CreateFlowVersionInput{FlowIdentifier: made.Id, Description: aws.String("first")}
	_, err := c.CreateFlowVersion(ctx, cut)
	refused(t, err, "ValidationException", "Prepare the flow first.")
	if s := w.prepare(made.Id); s != "Prepared" {
		t.Fatal(s)
	}
	cut.ClientToken = nil
	first := localtest.Must(c.CreateFlowVersion(ctx, cut))(t)
	if *first.Version != "1" || *first.Description != "first" || *first.CustomerEncryptionKeyArn != *w.key("alias/one") {
		t.Errorf("%+v", first)
	}
	alias := localtest.Must(c.CreateFlowAlias(ctx, &bedrockagent.CreateFlowAliasInput{
		FlowIdentifier: made.Id, Name: aws.String("live"), Description: aws.String("d"), RoutingConfiguration: []types.FlowAliasRoutingConfigurationListItem{{FlowVersion: aws.String("1")}},
		ConcurrencyConfiguration: &types.FlowAliasConcurrencyConfiguration{Type: "Manual", MaxConcurrency: aws.Int32(5)},
	}))(t)
	if *alias.Arn != *made.Arn+"/alias/"+*alias.Id {
		t.Error(*alias.Arn)
	}
	// The draft changes; its prepared form and the version do not.
	localtest.Must(c.UpdateFlow(ctx, &bedrockagent.UpdateFlowInput{FlowIdentifier: made.Id, Name: aws.String("f"), ExecutionRoleArn: aws.String(role), Definition: priced()}))(t)
	for _, a := range []string{"TSTALIASID", *alias.Id} {
		if got := localtest.Must(w.invoke(admin, made.Id, a, "hello"))(t); got != `stop "hello"; SUCCESS` {
			t.Errorf("%s: %s", a, got)
		}
	}
	if s := w.prepare(made.Id); s != "Prepared" {
		t.Fatal(s)
	}
	if got := localtest.Must(w.invoke(admin, made.Id, "TSTALIASID", map[string]any{"price": 1, "name": "tea"}))(t); got != `cheapOut "tea"; SUCCESS` {
		t.Error(got)
	}
	second := localtest.Must(c.CreateFlowVersion(ctx, &bedrockagent.CreateFlowVersionInput{FlowIdentifier: made.Id}))(t)
	if *second.Version != "2" || second.CustomerEncryptionKeyArn != nil {
		t.Errorf("%+v", second)
	}
	localtest.Must(c.UpdateFlowAlias(ctx, &bedrockagent.UpdateFlowAliasInput{
		FlowIdentifier: made.Id, AliasIdentifier: alias.Id, Name: aws.String("live"), RoutingConfiguration: []types.FlowAliasRoutingConfigurationListItem{{FlowVersion: aws.String("2")}},
	}))(t)
	got := localtest.Must(c.GetFlowAlias(ctx, &bedrockagent.GetFlowAliasInput{FlowIdentifier: made.Id, AliasIdentifier: alias.Arn}))(t)
	if got.Description != nil || got.ConcurrencyConfiguration != nil || *got.RoutingConfiguration[0].FlowVersion != "2" {
		t.Errorf("an omitted member stayed: %+v", got)
	}
	_, err = c.UpdateFlowAlias(ctx, &bedrockagent.UpdateFlowAliasInput{
		FlowIdentifier: made.Id, AliasIdentifier: alias.Id, Name: aws.String("live"), RoutingConfiguration: []types.FlowAliasRoutingConfigurationListItem{{FlowVersion: aws.String("9")}},
	})
	refused(t, err, "ResourceNotFoundException", absent)
	_, err = c.DeleteFlowVersion(ctx, &bedrockagent.DeleteFlowVersionInput{FlowIdentifier: made.Id, FlowVersion: aws.String("2")})
	refused(t, err, "ConflictException", "is in use by the alias")
	localtest.Must(c.DeleteFlowVersion(ctx, &bedrockagent.DeleteFlowVersionInput{FlowIdentifier: made.Id, FlowVersion: aws.String("1")}))(t)
	_, err = c.DeleteFlow(ctx, &bedrockagent.DeleteFlowInput{FlowIdentifier: made.Id})
	refused(t, err, "ConflictException", "is in use by the alias")
	localtest.Must(c.DeleteFlow(ctx, &bedrockagent.DeleteFlowInput{FlowIdentifier: made.Id, SkipResourceInUseCheck: true}))(t)
	_, err = c.GetFlowVersion(ctx, &bedrockagent.GetFlowVersionInput{FlowIdentifier: made.Id, FlowVersion: aws.String("2")})
	refused(t, err, "ResourceNotFoundException", absent)
}

func TestInvokeFlow(t *testing.T) {
	w := newWorld(t)
	condition, iterator := w.flow("condition", priced()), w.flow("iterator", each())
	for _, f := range []*bedrockagent.CreateFlowOutput{condition, iterator} {
		_, err := w.invoke(admin, f.Id, "TSTALIASID", "x")
		refused(t, err, "ValidationException", "was not prepared")
		if s := w.prepare(f.Id); s != "Prepared" {
			t.Fatalf("%s: %+v", s, localtest.Must(w.as(admin).GetFlow(t.Context(), &bedrockagent.GetFlowInput{FlowIdentifier: f.Id}))(t).Validations)
		}
	}
	traced := func(in *bedrockagentruntime.InvokeFlowInput) { in.EnableTrace = aws.Bool(true) }
	for _, c := range []struct {
		flow   *string
		in     any
		change func(*bedrockagentruntime.InvokeFlowInput)
		want   string
	}{
		{condition.Id, map[string]any{"price": 100, "name": "car"}, nil, `dearOut "car"; SUCCESS`},
		{condition.Id, map[string]any{"price": 99.5, "name": "bike"}, nil, `fairOut "bike"; SUCCESS`},
		{condition.Id, map[string]any{"price": 10, "name": "tea"}, traced,
			`[start gives document {"name":"tea","price":10}]; [choose gets price 10]; [choose is default]; [cheapOut gets document "tea"]; cheapOut "tea"; SUCCESS`},
		{iterator.Id, []any{"yes", "no"}, nil, `every "Say yes!"; every "Say no!"; stop ["Say yes!","Say no!"]; SUCCESS`},
		{iterator.Id, []any{}, nil, `stop []; SUCCESS`},
	} {
		if c.change == nil {
			c.change = func(*bedrockagentruntime.InvokeFlowInput) {}
		}
		if got := localtest.Must(w.invoke(admin, c.flow, "TSTALIASID", c.in, c.change))(t); got != c.want {
			t.Errorf("%v\n got %s\nwant %s", c.in, got, c.want)
		}
	}
	_, err := w.invoke(admin, condition.Id, "TSTALIASID", "text")
	refused(t, err, "ValidationException", "The output document of the input node start is a Object, and gets a String.")
	_, err = w.invoke(admin, condition.Id, "TSTALIASID", map[string]any{"name": "x"})
	refused(t, err, "ValidationException", "The node choose can't run: the input price: the value has no member price.")
	_, err = w.invoke(admin, condition.Id, "NOTTHEREX1", map[string]any{})
	refused(t, err, "ResourceNotFoundException", absent)
}

func TestInvokeFlowRefusesWhatNoRuleDecides(t *testing.T) {
	w := newWorld(t)
	d := &types.FlowDefinition{
		Nodes: []types.FlowNode{inputNode("String"), node("code", "LambdaFunction", &types.FlowNodeConfigurationMemberLambdaFunction{Value: types.LambdaFunctionFlowNodeConfiguration{
			LambdaArn: aws.String("arn:aws:lambda:eu-west-1:111122223333:function:f"),
		}}, []string{"codeHookInput String $.data"}, []string{"functionResponse String"}), outputNode("stop", "String")},
		Connections: connections("start.document code.codeHookInput", "code.functionResponse stop.document"),
	}
	f := w.flow("f", d)
	w.prepare(f.Id)
	_, err := w.invoke(admin, f.Id, "TSTALIASID", "x")
	refused(t, err, "UnknownOperationException", "not implemented by the local plane: a flow node of the type LambdaFunction (code)")
}

// rolePolicy lets the admin do everything with a key, and the execution role what a statement
// says.
func rolePolicy(action, context string) string {
	return `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
 {"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":"` + action + `","Resource":"*",
  "Condition":{"StringEquals":{"kms:EncryptionContext:aws:bedrock-flows:arn":"` + context + `","kms:ViaService":"bedrock.eu-west-1.amazonaws.com"}}}]}`
}

func TestInvokeFlowUsesTheKeyAsItsRole(t *testing.T) {
	w := newWorld(t)
	f := w.flow("f", echo())
	w.prepare(f.Id)
	for _, c := range []struct{ action, context, code string }{
		{"kms:Decrypt", *f.Arn, ""},
		{"kms:Encrypt", *f.Arn, "AccessDeniedException"},
		{"kms:Decrypt", *f.Arn + "x", "AccessDeniedException"},
	} {
		w.SetKeyPolicy(account, region, "alias/one", rolePolicy(c.action, c.context))
		// The caller needs no key, for the role has it.
		got, err := w.invoke(keyless, f.Id, "TSTALIASID", "hello")
		if c.code != "" {
			refused(t, err, c.code, "assumed-role/execution/")
		} else if err != nil || got != `stop "hello"; SUCCESS` {
			t.Errorf("%s: %v", got, err)
		}
	}
	w.SetKeyPolicy(account, region, "alias/one", rolePolicy("kms:Decrypt", *f.Arn))
	w.DisableKey(account, region, "alias/one")
	_, err := w.invoke(admin, f.Id, "TSTALIASID", "hello")
	refused(t, err, "ValidationException", "is disabled")
}

func TestInvokeFlowWithAPrompt(t *testing.T) {
	w := newWorld(t)
	w.SetKeyPolicy(account, region, "alias/one", promptPolicy)
	in := w.promptIn("p")
	in.Variants[0].ModelId = aws.String("amazon.nova-lite-v1:0")
	prompt := localtest.Must(w.as(admin).CreatePrompt(t.Context(), in))(t)
	ask := promptNode("ask", "")
	ask.Configuration = &types.FlowNodeConfigurationMemberPrompt{Value: types.PromptFlowNodeConfiguration{
		SourceConfiguration: &types.PromptFlowNodeSourceConfigurationMemberResource{Value: types.PromptFlowNodeResourceConfiguration{PromptArn: prompt.Arn}},
	}}
	f := w.flow("f", &types.FlowDefinition{
		Nodes: []types.FlowNode{inputNode("String"), ask, outputNode("stop", "String")}, Connections: connections("start.document ask.word", "ask.modelCompletion stop.document"),
	})
	w.prepare(f.Id)
	if got := localtest.Must(w.invoke(keyless, f.Id, "TSTALIASID", "hi"))(t); got != `stop "Say hi"; SUCCESS` {
		t.Error(got)
	}
}

// TestInvokeFlowWithAnAgent: the execution role invokes the agent, and needs its key.
func TestInvokeFlowWithAnAgent(t *testing.T) {
	w := newWorld(t)
	agent := w.talker(nil)
	alias := "arn:aws:bedrock:eu-west-1:111122223333:agent-alias/" + agent + "/TSTALIASID"
	f := w.flow("f", &types.FlowDefinition{
		Nodes: []types.FlowNode{inputNode("String"), node("ask", "Agent", &types.FlowNodeConfigurationMemberAgent{Value: types.AgentFlowNodeConfiguration{AgentAliasArn: &alias}},
			[]string{"agentInputText String $.data"}, []string{"agentResponse String"}), outputNode("stop", "String")},
		Connections: connections("start.document ask.agentInputText", "ask.agentResponse stop.document"),
	})
	if s := w.prepare(f.Id); s != "Prepared" {
		t.Fatal(s)
	}
	if got := localtest.Must(w.invoke(admin, f.Id, "TSTALIASID", "hello"))(t); got != `stop "You said: hello"; SUCCESS` {
		t.Error(got)
	}
	localtest.Must(w.as(admin).UpdateAgent(t.Context(), &bedrockagent.UpdateAgentInput{
		AgentId: &agent, AgentName: aws.String("talker"), FoundationModel: aws.String("amazon.nova-lite-v1:0"), AgentResourceRoleArn: aws.String(role),
		Instruction: aws.String(instruction), CustomerEncryptionKeyArn: w.key("alias/two"),
	}))(t)
	localtest.Must(w.as(admin).PrepareAgent(t.Context(), &bedrockagent.PrepareAgentInput{AgentId: &agent}))(t)
	w.SetKeyPolicy(account, region, "alias/two", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"}]}`)
	_, err := w.invoke(admin, f.Id, "TSTALIASID", "hello")
	refused(t, err, "AccessDeniedException", "assumed-role/execution/bedrock is not authorized to perform: kms:Decrypt")
}
