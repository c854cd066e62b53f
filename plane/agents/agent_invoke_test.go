package agents_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// executing is the session of the execution role.
const executing = "arn:aws:sts::111122223333:assumed-role/execution/bedrock"

// talker makes an agent that was prepared, and returns its id.
func (w *world) talker(change func(*bedrockagent.CreateAgentInput)) string {
	w.t.Helper()
	in := &bedrockagent.CreateAgentInput{
		AgentName: aws.String("talker"), Instruction: aws.String(instruction), FoundationModel: aws.String("amazon.nova-lite-v1:0"),
		AgentResourceRoleArn: aws.String(role), CustomerEncryptionKeyArn: w.key("alias/one"),
		MemoryConfiguration: &types.MemoryConfiguration{EnabledMemoryTypes: []types.MemoryType{"SESSION_SUMMARY"}, StorageDays: aws.Int32(7)},
	}
	if change != nil {
		change(in)
	}
	id := localtest.Must(w.as(admin).CreateAgent(w.t.Context(), in))(w.t).Agent.AgentId
	localtest.Must(w.as(admin).PrepareAgent(w.t.Context(), &bedrockagent.PrepareAgentInput{AgentId: id}))(w.t)
	return *id
}

// turn is what is said to an agent.
func turn(agent, session, text string) *bedrockagentruntime.InvokeAgentInput {
	return &bedrockagentruntime.InvokeAgentInput{AgentId: &agent, AgentAliasId: aws.String("TSTALIASID"), SessionId: &session, InputText: &text}
}

// heard are the chunks of an answer, and the traces.
func (w *world) heard(in *bedrockagentruntime.InvokeAgentInput) (chunks []string, traces []run.TracePart) {
	w.t.Helper()
	out := localtest.Must(w.running(admin).InvokeAgent(w.t.Context(), in))(w.t)
	if *out.SessionId != *in.SessionId || *out.ContentType != "application/json" {
		w.t.Errorf("%s %s", *out.SessionId, *out.ContentType)
	}
	for e := range out.GetStream().Events() {
		switch e := e.(type) {
		case *run.ResponseStreamMemberChunk:
			chunks = append(chunks, string(e.Value.Bytes))
		case *run.ResponseStreamMemberTrace:
			traces = append(traces, e.Value)
		}
	}
	if err := out.GetStream().Err(); err != nil {
		w.t.Fatal(err)
	}
	return chunks, traces
}

func (w *world) tell(agent, session, text string) string {
	w.t.Helper()
	chunks, _ := w.heard(turn(agent, session, text))
	return strings.Join(chunks, "")
}

// logModels has what models are asked be logged, and returns the bodies of the requests, all by
// somebody.
func (w *world) logModels(by string) func() []string {
	w.t.Helper()
	w.do("logs", "CreateLogGroup", map[string]any{"logGroupName": "models"})
	w.do("bedrock", "PutModelInvocationLoggingConfiguration", map[string]any{"loggingConfig": map[string]any{
		"cloudWatchConfig": map[string]any{"logGroupName": "models", "roleArn": "arn:aws:iam::111122223333:role/logging"},
	}})
	return func() []string {
		out := w.do("logs", "GetLogEvents", map[string]any{"logGroupName": "models", "logStreamName": "aws/bedrock/modelinvocations", "startFromHead": true})
		var bodies []string
		for _, e := range out.Objects("events")[1:] {
			var line struct {
				Identity struct{ ARN string }
				Input    struct{ InputBodyJSON json.RawMessage }
			}
			if err := json.Unmarshal([]byte(e.Text("message")), &line); err != nil {
				w.t.Fatal(err)
			}
			if line.Identity.ARN != by {
				w.t.Errorf("asked by %s", line.Identity.ARN)
			}
			bodies = append(bodies, string(line.Input.InputBodyJSON))
		}
		return bodies
	}
}

func TestInvokeAgent(t *testing.T) {
	w := newWorld(t)
	asked := w.logModels(executing)
	id := w.talker(nil)
	if got := w.tell(id, "s1", "hello"); got != "You said: hello" {
		t.Error(got)
	}
	in := turn(id, "s1", "more of it")
	in.StreamingConfigurations = &run.StreamingConfigurations{StreamFinalResponse: true}
	if chunks, traces := w.heard(in); !slices.Equal(chunks, []string{"You ", "said: ", "more ", "of ", "it"}) || traces != nil {
		t.Errorf("%q %v", chunks, traces)
	}
	w.do("bedrock-agent-runtime", "InvokeAgent", map[string]any{ // AWS's client of the time did not have the member
		"agentId": id, "agentAliasId": "TSTALIASID", "sessionId": "s1", "inputText": "more of it",
		"promptCreationConfigurations": map[string]any{"previousConversationTurnsToInclude": 1},
	})
	if got := w.tell(id, "s2", "hello"); got != "You said: hello" {
		t.Error(got)
	}
	user := func(text string) string { return `{"content":[{"text":"` + text + `"}],"role":"user"}` }
	model := func(text string) string { return `{"content":[{"text":"You said: ` + text + `"}],"role":"assistant"}` }
	body := func(messages ...string) string {
		return `{"messages":[` + strings.Join(messages, ",") + `],"system":[{"text":"` + instruction + `"}]}`
	}
	want := []string{
		body(user("hello")), body(user("hello"), model("hello"), user("more of it")),
		body(user("more of it"), model("more of it"), user("more of it")), body(user("hello")),
	}
	if got := asked(); !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	for name, c := range map[string]struct {
		change     func(*bedrockagentruntime.InvokeAgentInput)
		code, text string
	}{
		"agent":   {func(in *bedrockagentruntime.InvokeAgentInput) { in.AgentId = aws.String("NOTTHEREX1") }, "ResourceNotFoundException", absent},
		"nothing": {func(in *bedrockagentruntime.InvokeAgentInput) { in.InputText = nil }, "ValidationException", "inputText is required unless endSession is set."},
		"files": {func(in *bedrockagentruntime.InvokeAgentInput) {
			in.SessionState = &run.SessionState{Files: []run.InputFile{{Name: aws.String("f"), UseCase: "CHAT", Source: &run.FileSource{SourceType: "S3"}}}}
		}, "UnknownOperationException", "not implemented by the local plane: sessionState.files of InvokeAgent"},
	} {
		in := turn(id, "s1", "x")
		c.change(in)
		_, err := w.running(admin).InvokeAgent(t.Context(), in)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		refused(t, err, c.code, c.text)
	}
}

// TestInvokeAgentVersions: the test alias serves the draft as it was prepared, another alias
// the version that it is routed to.
func TestInvokeAgentVersions(t *testing.T) {
	w := newWorld(t)
	asked := w.logModels(executing)
	c := w.as(admin)
	id := w.talker(nil)
	alias := localtest.Must(c.CreateAgentAlias(t.Context(), &bedrockagent.CreateAgentAliasInput{AgentId: &id, AgentAliasName: aws.String("live")}))(t).AgentAlias.AgentAliasId
	localtest.Must(c.UpdateAgent(t.Context(), &bedrockagent.UpdateAgentInput{
		AgentId: &id, AgentName: aws.String("talker"), FoundationModel: aws.String("amazon.nova-lite-v1:0"), AgentResourceRoleArn: aws.String(role),
		Instruction: aws.String("Another instruction, which is long enough to be one."),
	}))(t)
	w.tell(id, "s1", "old")
	localtest.Must(c.PrepareAgent(t.Context(), &bedrockagent.PrepareAgentInput{AgentId: &id}))(t)
	w.tell(id, "s1", "new")
	live := turn(id, "s1", "live")
	live.AgentAliasId = alias
	w.heard(live)
	var told []string
	for _, body := range asked() {
		var in struct{ System []struct{ Text string } }
		if err := json.Unmarshal([]byte(body), &in); err != nil {
			t.Fatal(err)
		}
		told = append(told, in.System[0].Text[:7])
	}
	if got := strings.Join(told, ", "); got != "You ans, Another, You ans" {
		t.Error(got)
	}
	localtest.Must(c.UpdateAgentAlias(t.Context(), &bedrockagent.UpdateAgentAliasInput{
		AgentId: &id, AgentAliasId: alias, AgentAliasName: aws.String("live"), AliasInvocationState: "REJECT_INVOCATIONS", RoutingConfiguration: []types.AgentAliasRoutingConfigurationListItem{{AgentVersion: aws.String("1")}},
	}))(t)
	_, err := w.running(admin).InvokeAgent(t.Context(), live)
	refused(t, err, "ValidationException", "rejects invocations")
	draft := localtest.Must(c.CreateAgent(t.Context(), &bedrockagent.CreateAgentInput{AgentName: aws.String("draft")}))(t).Agent.AgentId
	_, err = w.running(admin).InvokeAgent(t.Context(), turn(*draft, "s1", "x"))
	refused(t, err, "ValidationException", "was not prepared")
}

// TestInvokeAgentKeys: the caller needs the agent's key, for the instruction and for the
// session; what was said is gone with it. A session goes on under a new key.
func TestInvokeAgentKeys(t *testing.T) {
	w := newWorld(t)
	asked := w.logModels(executing)
	id := w.talker(nil)
	w.tell(id, "s1", "one")
	_, err := w.running(keyless).InvokeAgent(t.Context(), turn(id, "s1", "x"))
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	localtest.Must(w.as(admin).UpdateAgent(t.Context(), &bedrockagent.UpdateAgentInput{
		AgentId: &id, AgentName: aws.String("talker"), FoundationModel: aws.String("amazon.nova-lite-v1:0"), AgentResourceRoleArn: aws.String(role),
		Instruction: aws.String(instruction), CustomerEncryptionKeyArn: w.key("alias/two"),
	}))(t)
	localtest.Must(w.as(admin).PrepareAgent(t.Context(), &bedrockagent.PrepareAgentInput{AgentId: &id}))(t)
	w.tell(id, "s1", "two")
	if bodies := asked(); !strings.Contains(bodies[1], "You said: one") {
		t.Errorf("forgot: %q", bodies)
	}
	w.DisableKey(account, region, "alias/one")
	w.tell(id, "s1", "three")
	w.DisableKey(account, region, "alias/two")
	_, err = w.running(admin).InvokeAgent(t.Context(), turn(id, "s1", "x"))
	refused(t, err, "ValidationException", "is disabled")
	w.EnableKey(account, region, "alias/two")
	w.DeleteKey(account, region, "alias/two")
	_, err = w.running(admin).InvokeAgent(t.Context(), turn(id, "s1", "x"))
	refused(t, err, "ValidationException", "does not exist")
}

// TestInvokeAgentSession: a session is kept as long as somebody uses it, or until it is ended.
func TestInvokeAgentSession(t *testing.T) {
	w := newWorld(t)
	asked := w.logModels(executing)
	id := w.talker(func(in *bedrockagent.CreateAgentInput) { in.IdleSessionTTLInSeconds = aws.Int32(900) })
	w.tell(id, "s1", "one")
	w.Pass(14 * time.Minute)
	w.tell(id, "s1", "two")
	w.Pass(15 * time.Minute)
	w.tell(id, "s1", "three")
	end := turn(id, "s1", "")
	end.InputText, end.EndSession = nil, aws.Bool(true)
	if chunks, _ := w.heard(end); !slices.Equal(chunks, []string{"Session is terminated as 'endSession' flag is set in request."}) {
		t.Errorf("%q", chunks)
	}
	w.tell(id, "s1", "four")
	var turns []int
	for _, body := range asked() {
		turns = append(turns, strings.Count(body, `"role":"user"`))
	}
	if !slices.Equal(turns, []int{1, 2, 1, 1}) {
		t.Errorf("%v", turns)
	}
}

// TestInvokeAgentRole: it is the agent's role that asks the model.
func TestInvokeAgentRole(t *testing.T) {
	w := newWorld(t)
	id := w.talker(func(in *bedrockagent.CreateAgentInput) {
		in.AgentResourceRoleArn = aws.String("arn:aws:iam::111122223333:role/logging")
	})
	_, err := w.running(admin).InvokeAgent(t.Context(), turn(id, "s1", "x"))
	refused(t, err, "AccessDeniedException", "Access denied when calling Bedrock. Check your request permissions and retry the request.")
	id = w.talker(func(in *bedrockagent.CreateAgentInput) {
		in.AgentName, in.AgentResourceRoleArn = aws.String("other"), aws.String("arn:aws:iam::111122223333:role/untrusting")
	})
	_, err = w.running(admin).InvokeAgent(t.Context(), turn(id, "s1", "x"))
	refused(t, err, "AccessDeniedException", "is not able to assume the role arn:aws:iam::111122223333:role/untrusting.")
}

// TestInvokeAgentGuardrail: the agent's guardrail looks at what is said and at the answer.
func TestInvokeAgentGuardrail(t *testing.T) {
	w := newWorld(t)
	guardrail := w.do("bedrock", "CreateGuardrail", map[string]any{
		"name": "g", "blockedInputMessaging": "not asked", "blockedOutputsMessaging": "not said", "kmsKeyId": *w.key("alias/two"),
		"wordPolicyConfig":                 map[string]any{"wordsConfig": []any{map[string]any{"text": "gizmo"}, map[string]any{"text": "said gadget", "inputEnabled": false}}},
		"sensitiveInformationPolicyConfig": map[string]any{"piiEntitiesConfig": []any{map[string]any{"type": "EMAIL", "action": "ANONYMIZE"}}},
	}).Text("guardrailId")
	id := w.talker(func(in *bedrockagent.CreateAgentInput) {
		in.GuardrailConfiguration = &types.GuardrailConfiguration{GuardrailIdentifier: &guardrail, GuardrailVersion: aws.String("DRAFT")}
	})
	for _, c := range []struct{ text, want, action string }{
		{"hello", "You said: hello", "NONE NONE"},
		{"a gizmo", "not asked", "INTERVENED"},
		{"gadget", "not said", "NONE INTERVENED"},
		{"mail a@b.example", "You said: mail {EMAIL}", "INTERVENED NONE"},
	} {
		in := turn(id, "s1", c.text)
		in.EnableTrace = aws.Bool(true)
		chunks, traces := w.heard(in)
		var actions []string
		var finals []string
		for _, part := range traces {
			if *part.AgentVersion != "DRAFT" || !part.EventTime.Equal(w.Now()) {
				t.Errorf("%+v", part)
			}
			switch trace := part.Trace.(type) {
			case *run.TraceMemberGuardrailTrace:
				actions = append(actions, string(trace.Value.Action))
			case *run.TraceMemberOrchestrationTrace:
				if o, ok := trace.Value.(*run.OrchestrationTraceMemberObservation); ok {
					finals = append(finals, *o.Value.FinalResponse.Text)
				}
			}
		}
		if got := strings.Join(chunks, ""); got != c.want || strings.Join(actions, " ") != c.action || len(finals) > 0 && finals[0] != c.want {
			t.Errorf("%s: %s %v %v", c.text, got, actions, finals)
		}
	}
	w.DisableKey(account, region, "alias/two")
	_, err := w.running(admin).InvokeAgent(t.Context(), turn(id, "s1", "x"))
	refused(t, err, "ValidationException", "is disabled")
}

// memoryPolicy is the policy of AWS's page for the key of an agent with a memory.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/ltm-permissions.html
const memoryPolicy = `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKeyWithoutPlaintext","kms:ReEncrypt*"],"Resource":"*",
"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:111122223333:agent-alias/*",
"kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn":"arn:aws:bedrock:eu-west-1:111122223333:agent-alias/*"}}}]}`

func TestAgentMemory(t *testing.T) {
	w := newWorld(t)
	asked := w.logModels(executing)
	w.SetKeyPolicy(account, region, "alias/one", memoryPolicy)
	id := w.talker(nil)
	say := func(session, text string) {
		in := turn(id, session, text)
		in.MemoryId = aws.String("jane")
		if text == "" {
			in.InputText, in.EndSession = nil, aws.Bool(true)
		}
		w.heard(in)
	}
	get := &bedrockagentruntime.GetAgentMemoryInput{AgentId: &id, AgentAliasId: aws.String("TSTALIASID"), MemoryId: aws.String("jane"), MemoryType: "SESSION_SUMMARY"}
	memory := func() (texts []string) {
		t.Helper()
		for _, m := range localtest.Must(w.running(admin).GetAgentMemory(t.Context(), get))(t).MemoryContents {
			s := m.(*run.MemoryMemberSessionSummary).Value
			texts = append(texts, *s.SessionId+": "+*s.SummaryText+" "+s.SessionExpiryTime.Sub(*s.SessionStartTime).String())
		}
		return texts
	}
	say("s1", "I am Jane")
	if got := memory(); got != nil {
		t.Errorf("%q", got)
	}
	w.Pass(time.Minute)
	say("s1", "")
	first := "s1: You said: user: I am Jane\nassistant: You said: I am Jane 1m0s"
	if got := memory(); !slices.Equal(got, []string{first}) {
		t.Errorf("%q", got)
	}
	say("s2", "hello")
	bodies := asked()
	if last := bodies[len(bodies)-1]; !strings.Contains(last, `"system":[{"text":"`+instruction+`"},{"text":"You said: user: I am Jane\nassistant: You said: I am Jane"}]`) {
		t.Error(last)
	}
	// A session that nobody uses ends by itself, and is summarized when the memory is used.
	w.Pass(20 * time.Minute)
	say("s3", "hello")
	second := "s2: You said: user: hello\nassistant: You said: hello 10m0s"
	if got := memory(); !slices.Equal(got, []string{second, first}) {
		t.Errorf("%q", got)
	}
	get.MaxItems = aws.Int32(1)
	page := localtest.Must(w.running(admin).GetAgentMemory(t.Context(), get))(t)
	if len(page.MemoryContents) != 1 || page.NextToken == nil {
		t.Errorf("%+v", page)
	}
	get.MaxItems = nil
	_, err := w.running(keyless).GetAgentMemory(t.Context(), get)
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	w.DisableKey(account, region, "alias/one")
	_, err = w.running(admin).GetAgentMemory(t.Context(), get)
	refused(t, err, "ValidationException", "is disabled")
	w.EnableKey(account, region, "alias/one")
	localtest.Must(w.running(admin).DeleteAgentMemory(t.Context(), &bedrockagentruntime.DeleteAgentMemoryInput{AgentId: &id, AgentAliasId: aws.String("TSTALIASID"), MemoryId: aws.String("jane"), SessionId: aws.String("s1")}))(t)
	if got := memory(); !slices.Equal(got, []string{second}) {
		t.Errorf("%q", got)
	}
	w.Pass(7 * 24 * time.Hour)
	if got := memory(); got != nil {
		t.Errorf("kept too long: %q", got)
	}
}

// TestAgentMemoryKey: without the service in the key's policy the session ends, and nothing is
// remembered.
func TestAgentMemoryKey(t *testing.T) {
	w := newWorld(t)
	id := w.talker(nil)
	in := turn(id, "s1", "hello")
	in.MemoryId = aws.String("jane")
	w.heard(in)
	in.EndSession = aws.Bool(true)
	w.heard(in)
	out := localtest.Must(w.running(admin).GetAgentMemory(t.Context(), &bedrockagentruntime.GetAgentMemoryInput{
		AgentId: &id, AgentAliasId: aws.String("TSTALIASID"), MemoryId: aws.String("jane"), MemoryType: "SESSION_SUMMARY",
	}))(t)
	if len(out.MemoryContents) != 0 {
		t.Errorf("%+v", out.MemoryContents)
	}
}

// TestAgentMemoryRestart: what was said, and what is remembered, outlive the plane, and go with
// the agent.
func TestAgentMemoryRestart(t *testing.T) {
	dir := t.TempDir()
	w := &world{localtest.OpenKept(t, dir, estate), t}
	w.SetKeyPolicy(account, region, "alias/one", memoryPolicy)
	id := w.talker(nil)
	say := func(session, text string) {
		in := turn(id, session, text)
		in.MemoryId, in.EndSession = aws.String("jane"), aws.Bool(text == "")
		w.heard(in)
	}
	say("s1", "one")
	say("s1", "")
	say("s2", "two")
	w.Close()

	w = &world{localtest.OpenKept(t, dir, ""), t}
	say("s2", "three")
	say("s2", "")
	get := &bedrockagentruntime.GetAgentMemoryInput{AgentId: &id, AgentAliasId: aws.String("TSTALIASID"), MemoryId: aws.String("jane"), MemoryType: "SESSION_SUMMARY"}
	var texts []string
	for _, m := range localtest.Must(w.running(admin).GetAgentMemory(t.Context(), get))(t).MemoryContents {
		texts = append(texts, *m.(*run.MemoryMemberSessionSummary).Value.SummaryText)
	}
	want := []string{"You said: user: two\nassistant: You said: two\nuser: three\nassistant: You said: three", "You said: user: one\nassistant: You said: one"}
	if !slices.Equal(texts, want) {
		t.Errorf("%q", texts)
	}
	say("s3", "four")
	localtest.Must(w.as(admin).DeleteAgent(t.Context(), &bedrockagent.DeleteAgentInput{AgentId: &id, SkipResourceInUseCheck: true}))(t)
	for _, kind := range []string{"agent-session", "agent-memory"} {
		if left := w.World.Records.List("bedrock-agent-runtime", kind, account, region); len(left) != 0 {
			t.Errorf("%d of %s are left", len(left), kind)
		}
	}
	_, err := w.running(admin).GetAgentMemory(t.Context(), get)
	refused(t, err, "ResourceNotFoundException", absent)
}
