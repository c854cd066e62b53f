package agents_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// running is a client of bedrock-agent-runtime.
func (w *world) running(accessKey string) *bedrockagentruntime.Client {
	return bedrockagentruntime.New(bedrockagentruntime.Options{
		Region: region, BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.Client(accessKey, "bedrock"), Retryer: aws.NopRetryer{},
	})
}

func TestSession(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.running(admin)
	made := localtest.Must(c.CreateSession(ctx, &bedrockagentruntime.CreateSessionInput{
		EncryptionKeyArn: w.key("alias/one"), SessionMetadata: map[string]string{"patient": "7"}, Tags: map[string]string{"team": "red"},
	}))(t)
	if made.SessionStatus != "ACTIVE" || *made.SessionArn != "arn:aws:bedrock:eu-west-1:111122223333:session/"+*made.SessionId {
		t.Errorf("%+v", made)
	}
	get := &bedrockagentruntime.GetSessionInput{SessionIdentifier: made.SessionArn}
	if got := localtest.Must(c.GetSession(ctx, get))(t); got.SessionMetadata["patient"] != "7" || *got.EncryptionKeyArn != *w.key("alias/one") {
		t.Errorf("%+v", got)
	}
	_, err := w.running(keyless).GetSession(ctx, get)
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	localtest.Must(c.UpdateSession(ctx, &bedrockagentruntime.UpdateSessionInput{SessionIdentifier: made.SessionId}))(t)
	if got := localtest.Must(c.GetSession(ctx, get))(t); got.SessionMetadata != nil || got.EncryptionKeyArn == nil {
		t.Errorf("%+v", got)
	}
	if tags := localtest.Must(c.ListTagsForResource(ctx, &bedrockagentruntime.ListTagsForResourceInput{ResourceArn: made.SessionArn}))(t).Tags; tags["team"] != "red" {
		t.Errorf("tags %v", tags)
	}
	_, err = c.DeleteSession(ctx, &bedrockagentruntime.DeleteSessionInput{SessionIdentifier: made.SessionId})
	refused(t, err, "ConflictException", "is active. End it with EndSession")
	if out := localtest.Must(c.EndSession(ctx, &bedrockagentruntime.EndSessionInput{SessionIdentifier: made.SessionId}))(t); out.SessionStatus != "ENDED" {
		t.Error(out.SessionStatus)
	}
	_, err = c.UpdateSession(ctx, &bedrockagentruntime.UpdateSessionInput{SessionIdentifier: made.SessionId})
	refused(t, err, "ConflictException", "is ENDED")
	localtest.Must(c.DeleteSession(ctx, &bedrockagentruntime.DeleteSessionInput{SessionIdentifier: made.SessionId}))(t)
	_, err = c.GetSession(ctx, get)
	refused(t, err, "ResourceNotFoundException", absent)
}

func TestSessionExpires(t *testing.T) {
	w := newWorld(t)
	made := localtest.Must(w.running(admin).CreateSession(t.Context(), &bedrockagentruntime.CreateSessionInput{}))(t)
	status := func() run.SessionStatus {
		return localtest.Must(w.running(admin).GetSession(t.Context(), &bedrockagentruntime.GetSessionInput{SessionIdentifier: made.SessionId}))(t).SessionStatus
	}
	w.Pass(59 * time.Minute)
	localtest.Must(w.running(admin).CreateInvocation(t.Context(), &bedrockagentruntime.CreateInvocationInput{SessionIdentifier: made.SessionId}))(t)
	w.Pass(59 * time.Minute)
	if s := status(); s != "ACTIVE" {
		t.Error(s)
	}
	w.Pass(time.Minute)
	if s := status(); s != "EXPIRED" {
		t.Error(s)
	}
}

func TestInvocationSteps(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.running(admin)
	id := localtest.Must(c.CreateSession(ctx, &bedrockagentruntime.CreateSessionInput{EncryptionKeyArn: w.key("alias/one")}))(t).SessionId
	invocation := localtest.Must(c.CreateInvocation(ctx, &bedrockagentruntime.CreateInvocationInput{SessionIdentifier: id, Description: aws.String("d")}))(t).InvocationId
	at := w.Now()
	put := &bedrockagentruntime.PutInvocationStepInput{
		SessionIdentifier: id, InvocationIdentifier: invocation, InvocationStepTime: &at,
		Payload: &run.InvocationStepPayloadMemberContentBlocks{Value: []run.BedrockSessionContentBlock{
			&run.BedrockSessionContentBlockMemberText{Value: "hello"},
			&run.BedrockSessionContentBlockMemberImage{Value: run.ImageBlock{Format: "png", Source: &run.ImageSourceMemberBytes{Value: []byte{1, 2}}}},
		}},
	}
	_, err := w.running(keyless).PutInvocationStep(ctx, put)
	refused(t, err, "AccessDeniedException", "kms:DescribeKey")
	step := localtest.Must(c.PutInvocationStep(ctx, put))(t).InvocationStepId
	get := &bedrockagentruntime.GetInvocationStepInput{SessionIdentifier: id, InvocationIdentifier: invocation, InvocationStepId: step}
	got := localtest.Must(c.GetInvocationStep(ctx, get))(t).InvocationStep
	blocks := got.Payload.(*run.InvocationStepPayloadMemberContentBlocks).Value
	if text := blocks[0].(*run.BedrockSessionContentBlockMemberText).Value; text != "hello" || !got.InvocationStepTime.Equal(at) {
		t.Errorf("%q at %s, want %s", text, got.InvocationStepTime, at)
	}
	if image := blocks[1].(*run.BedrockSessionContentBlockMemberImage).Value.Source.(*run.ImageSourceMemberBytes).Value; string(image) != "\x01\x02" {
		t.Errorf("%x", image)
	}
	put.InvocationStepId = step
	_, err = c.PutInvocationStep(ctx, put)
	refused(t, err, "ConflictException", "has an entry with that id")
	list := localtest.Must(w.running(keyless).ListInvocationSteps(ctx, &bedrockagentruntime.ListInvocationStepsInput{SessionIdentifier: id, InvocationIdentifier: invocation}))(t).InvocationStepSummaries
	if len(list) != 1 || *list[0].InvocationStepId != *step {
		t.Errorf("%+v", list)
	}
	w.DeleteKey(account, region, "alias/one")
	_, err = c.GetInvocationStep(ctx, get)
	refused(t, err, "ValidationException", "does not exist")
	if n := len(localtest.Must(c.ListSessions(ctx, &bedrockagentruntime.ListSessionsInput{}))(t).SessionSummaries); n != 1 {
		t.Errorf("%d sessions", n)
	}
}
