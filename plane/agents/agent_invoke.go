package agents

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// conversations are the operations of agents that are talked to.
func conversations() operations {
	return operations{
		"InvokeAgent":       {Resource: agentAliasARN, Do: invokeAgent},
		"GetAgentMemory":    {Resource: agentAliasARN, Do: getAgentMemory},
		"DeleteAgentMemory": {Resource: agentAliasARN, Do: deleteAgentMemory},
	}
}

// servedAgent is the version of an agent that an alias serves; for the test alias it is the
// draft as it was prepared. Unconfirmed: the texts.
func servedAgent(r *emulate.Request) (*records.Record, error) {
	id, aliasID := r.In.Text("agentId"), r.In.Text("agentAliasId")
	alias := r.Service.Records.Get(inControl(r, kindAgentAlias, id+"/"+aliasID))
	if alias == nil {
		return nil, missing(r)
	}
	if alias.Doc.Text("aliasInvocationState") == "REJECT_INVOCATIONS" {
		return nil, r.Fail(invalid, "The alias %s of the agent %s rejects invocations.", aliasID, id)
	}
	version := routedTo(alias)
	agent := r.Service.Records.Get(inControl(r, kindAgentVersion, id+"/"+version))
	if version == draft {
		agent = r.Service.Records.Get(inControl(r, kindPrepared, id))
	}
	if agent == nil {
		return nil, r.Fail(invalid, "The agent %s was not prepared for the alias %s. Prepare it and retry your request.", id, aliasID)
	}
	if agent.Doc.Text("orchestrationType") == "CUSTOM_ORCHESTRATION" {
		return nil, unserved(r, "an agent with custom orchestration")
	}
	return agent, nil
}

// turn is one call of InvokeAgent.
type turn struct {
	*voice
	agent   *records.Record
	opened  wire.Object // the agent's content
	session *agentSession
	events  []any
}

// invokeAgent answers with events. It is refused with an error where AWS would send an event
// with one, for all is done before the first event is sent. The model of the plane uses no
// tools: no action group, collaborator or knowledge base takes part.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_InvokeAgent.html
func invokeAgent(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := toldOnly(r); err != nil {
		return nil, err
	}
	agent, err := servedAgent(r)
	if err != nil {
		return nil, err
	}
	t := &turn{voice: &voice{r: r}, agent: agent}
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	if err := t.retire(ctx); err != nil {
		return nil, err
	}
	// The text is the one that is seen of AWS, in the code of many who call it.
	answer := "Session is terminated as 'endSession' flag is set in request."
	if r.In.Bool("endSession") {
		err = t.end(ctx, t.session)
	} else if answer, err = t.converse(ctx); err == nil {
		err = t.session.keep(ctx, agent)
	}
	if err != nil {
		return nil, err
	}
	pieces := []string{answer}
	if r.In.Bool("streamingConfigurations.streamFinalResponse") {
		pieces = strings.SplitAfter(answer, " ")
	}
	for _, text := range pieces {
		t.events = append(t.events, wire.Object{"chunk": wire.Object{"bytes": []byte(text)}})
	}
	return r.In.Pick("sessionId", "memoryId").With(wire.Object{"contentType": "application/json", "completion": t.events}), nil
}

// toldOnly refuses what needs more than a conversation, and a turn in which nothing is said.
func toldOnly(r *emulate.Request) error {
	for _, member := range []string{"returnControlInvocationResults", "files", "knowledgeBaseConfigurations", "conversationHistory"} {
		if r.In.Has("sessionState." + member) {
			return unserved(r, "sessionState."+member+" of InvokeAgent")
		}
	}
	if r.In.Text("inputText") == "" && !r.In.Bool("endSession") {
		return r.Fail(invalid, "inputText is required unless endSession is set.") // unconfirmed text
	}
	return nil
}

// open decrypts, as the caller, what the agent is told to do and what the session remembers.
func (t *turn) open(ctx context.Context) error {
	s := agentSubject(t.r, typeAgent, t.agent.Doc.Text("agentArn"))
	key, err := t.r.Service.Keys.Unlock(ctx, t.r.Call, s, t.agent.Sealed[content], "use")
	if err != nil {
		return err
	}
	text, err := key.Open(t.agent.Sealed[content])
	if err != nil {
		return err
	}
	if err := t.opened.UnmarshalJSON(text); err != nil {
		return err
	}
	if t.who, err = asRole(ctx, t.r, t.agent.Doc.Text("agentResourceRoleArn"), t.agent.Doc.Text("agentArn")); err != nil {
		return t.r.Fail("AccessDeniedException", "Amazon Bedrock is not able to assume the role %s.", t.agent.Doc.Text("agentResourceRoleArn")) // unconfirmed text
	}
	t.session, err = openAgentSession(ctx, t.r, s, key)
	return err
}

// converse is a turn of the conversation, between the agent's guardrails, which look at what
// the user says and at the answer, and at nothing in between.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-guardrail.html
func (t *turn) converse(ctx context.Context) (string, error) {
	guardrail := t.agent.Doc.Object("guardrailConfiguration")
	asked, err := t.guard(ctx, guardrail, "INPUT", t.r.In.Text("inputText"))
	if err != nil {
		return "", err
	}
	t.traceGuardrail("pre", "inputAssessments", asked)
	if asked.blocked {
		return asked.text, nil
	}
	system, err := t.system(ctx)
	if err != nil {
		return "", err
	}
	model := t.agent.Doc.Text("foundationModel")
	t.trace(wire.Object{"orchestrationTrace": wire.Object{"modelInvocationInput": wire.Object{
		"foundationModel": model, "text": asked.text, "type": "ORCHESTRATION", "traceId": t.r.RequestID + "-0",
	}}})
	answer, err := t.answer(ctx, wire.Object{"modelId": model, "system": system, "messages": append(t.session.before(t.r), said("user", asked.text))})
	if err != nil {
		return "", err
	}
	told, err := t.guard(ctx, guardrail, "OUTPUT", answer)
	if err != nil {
		return "", err
	}
	t.trace(wire.Object{"orchestrationTrace": wire.Object{"observation": wire.Object{
		"type": "FINISH", "traceId": t.r.RequestID + "-0", "finalResponse": wire.Object{"text": told.text},
	}}})
	t.traceGuardrail("post", "outputAssessments", told)
	t.session.add(asked.text, told.text)
	return told.text, nil
}

// system is what the model is instructed with: the agent's instruction, and what it remembers.
func (t *turn) system(ctx context.Context) ([]any, error) {
	remembered, err := t.remembered(ctx)
	out := []any{wire.Object{"text": t.opened.Text("instruction")}}
	for _, text := range remembered {
		out = append(out, wire.Object{"text": text})
	}
	return out, err
}

// trace adds an event with a trace, when traces are wanted.
func (t *turn) trace(trace wire.Object) {
	if !t.r.In.Bool("enableTrace") {
		return
	}
	version := t.agent.Doc.Text("version")
	if version == "" {
		version = draft
	}
	t.events = append(t.events, wire.Object{"trace": t.r.In.Pick("agentId", "agentAliasId", "sessionId").With(wire.Object{
		"agentVersion": version, "eventTime": t.r.Service.Now(), "trace": trace,
	})})
}

// traceGuardrail adds what a guardrail found.
func (t *turn) traceGuardrail(when, member string, found *verdict) {
	if found.assessments == nil {
		return
	}
	action := "NONE"
	if found.intervened {
		action = "INTERVENED"
	}
	var assessments []any
	for _, a := range found.assessments {
		if a, ok := a.(wire.Object); ok {
			assessments = append(assessments, a.Pick("topicPolicy", "contentPolicy", "wordPolicy", "sensitiveInformationPolicy"))
		}
	}
	t.trace(wire.Object{"guardrailTrace": wire.Object{"action": action, member: assessments, "traceId": t.r.RequestID + "-guardrail-" + when + "-0"}})
}
