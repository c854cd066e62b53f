package agents_test

import (
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

// call makes a request by the model, for operations and members that the SDK does not have.
func (w *world) call(who, model, operation string, in wire.Object) (wire.Object, error) {
	w.t.Helper()
	api := localtest.Must(wire.Load(model, wire.Observed{}))(w.t)
	req := localtest.Must(api.Request(operation, in))(w.t)
	served := localtest.Must(url.Parse(w.URL))(w.t)
	req.URL.Scheme, req.URL.Host, req.Host = served.Scheme, served.Host, served.Host
	res := localtest.Must(w.Client(who, "bedrock").Do(req))(w.t)
	defer func() { _ = res.Body.Close() }()
	return api.Answer(operation, res.StatusCode, res.Header, localtest.Must(io.ReadAll(res.Body))(w.t))
}

// refusedBy is refused of an error of the model's client.
func refusedBy(t *testing.T, err error, code, text string) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v, want %s", err, code)
	}
	if e.Code != code || !strings.Contains(e.Message, text) {
		t.Errorf("%s, want %s: %s", e, code, text)
	}
}

func TestFlowExecution(t *testing.T) {
	w := newWorld(t, func(o *local.Options) { o.Settle = time.Minute })
	f := w.flow("f", priced())
	localtest.Must(w.as(admin).PrepareFlow(t.Context(), &bedrockagent.PrepareFlowInput{FlowIdentifier: f.Id}))(t)
	w.Pass(time.Minute)
	alias := wire.Object{"flowIdentifier": *f.Id, "flowAliasIdentifier": "TSTALIASID"}
	start := func(name string, item wire.Object) (wire.Object, error) {
		return w.call(admin, "bedrock-agent-runtime", "StartFlowExecution", alias.With(wire.Object{"flowExecutionName": name, "inputs": []any{
			wire.Object{"nodeName": "start", "nodeOutputName": "document", "content": wire.Object{"document": item}},
		}}))
	}
	get := func(name string) wire.Object {
		return localtest.Must(w.call(admin, "bedrock-agent-runtime", "GetFlowExecution", alias.With(wire.Object{"executionIdentifier": name})))(t)
	}
	tea := wire.Object{"price": int64(1), "name": "tea"}
	arn := localtest.Must(start("one", tea))(t).Text("executionArn")
	if arn != *f.Arn+"/alias/TSTALIASID/execution/one" {
		t.Error(arn)
	}
	_, err := start("one", tea)
	refusedBy(t, err, "ConflictException", "An execution with the name one already exists.")
	localtest.Must(start("two", wire.Object{"price": int64(1)}))(t)
	if s := get("one").Text("status"); s != "Running" {
		t.Error(s)
	}
	w.Pass(time.Minute)
	if one, two := get("one").Text("status"), get("two").Text("status"); one != "Succeeded" || two != "Failed" {
		t.Error(one, two)
	}
	list := localtest.Must(w.call(admin, "bedrock-agent-runtime", "ListFlowExecutions", wire.Object{"flowIdentifier": *f.Id}))(t).Objects("flowExecutionSummaries")
	if len(list) != 2 || !list[0].Has("endedAt") || list[0].Text("flowVersion") != "DRAFT" {
		t.Errorf("%v", list)
	}
	snapshot := alias.With(wire.Object{"executionIdentifier": "one"})
	got := localtest.Must(w.call(admin, "bedrock-agent-runtime", "GetExecutionFlowSnapshot", snapshot))(t)
	if got.Text("customerEncryptionKeyArn") != *w.key("alias/one") || got.Text("executionRoleArn") != role || !strings.HasPrefix(got.Text("definition"), `{"connections":[{`) {
		t.Errorf("%v", got)
	}
	_, err = w.call(keyless, "bedrock-agent-runtime", "GetExecutionFlowSnapshot", snapshot)
	refusedBy(t, err, "AccessDeniedException", "kms:Decrypt")
	// An execution needs a data key, which a role that may only decrypt does not get.
	w.SetKeyPolicy(account, region, "alias/one", rolePolicy("kms:Decrypt", *f.Arn))
	_, err = start("three", tea)
	refusedBy(t, err, "AccessDeniedException", "kms:GenerateDataKey")
}

func TestMetadataOnlyNeedsNoKey(t *testing.T) {
	w := newWorld(t)
	f := w.flow("f", echo())
	w.prepare(f.Id)
	localtest.Must(w.as(admin).CreateFlowVersion(t.Context(), &bedrockagent.CreateFlowVersionInput{FlowIdentifier: f.Id}))(t)
	for operation, in := range map[string]wire.Object{"GetFlow": {}, "GetFlowVersion": {"flowVersion": "1"}} {
		got := localtest.Must(w.call(keyless, "bedrock-agent", operation, in.With(wire.Object{"flowIdentifier": *f.Id, "includedData": "METADATA_ONLY"})))(t)
		if got.Has("definition") || got.Text("name") != "f" || got.Text("customerEncryptionKeyArn") != *w.key("alias/one") {
			t.Errorf("%s: %v", operation, got)
		}
	}
}
