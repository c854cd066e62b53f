package agents_test

import (
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestRetrievalInstruction(t *testing.T) {
	w := newWorld(t)
	as := func(who, operation string, in wire.Object) (wire.Object, error) {
		return w.call(who, "bedrock-agent", operation, in)
	}
	in := wire.Object{"name": "i", "description": "d", "customerEncryptionKeyArn": *w.key("alias/one"), "instruction": wire.Object{"persona": "a nurse"}, "tags": wire.Object{"team": "red"}}
	made := localtest.Must(as(admin, "CreateRetrievalInstruction", in))(t)
	id := wire.Object{"retrievalInstructionId": made.Text("retrievalInstructionId")}
	if made.Text("lastTransitionStatus") != "CREATING" || made.Text("retrievalInstructionArn") != "arn:aws:bedrock:eu-west-1:111122223333:retrieval-instruction/"+id.Text("retrievalInstructionId") {
		t.Errorf("%v", made)
	}
	_, err := as(admin, "CreateRetrievalInstruction", in)
	refusedBy(t, err, "ConflictException", "a retrieval instruction with the name i already exists")
	_, err = as(keyless, "GetRetrievalInstruction", id)
	refusedBy(t, err, "AccessDeniedException", "kms:Decrypt")
	if v := localtest.Must(as(admin, "CreateRetrievalInstructionVersion", id))(t).Text("version"); v != "1" {
		t.Error(v)
	}
	localtest.Must(as(admin, "UpdateRetrievalInstruction", id.With(wire.Object{"instruction": wire.Object{"answerFormat": "brief"}})))(t)
	got := localtest.Must(as(admin, "GetRetrievalInstruction", id))(t)
	if got.Has("description") || got.Has("instruction.persona") || got.Text("instruction.answerFormat") != "brief" || got.Text("customerEncryptionKeyArn") != *w.key("alias/one") ||
		got.Text("status") != "ACTIVE" || got.Text("lastTransitionStatus") != "UPDATE_SUCCESSFUL" || got.Text("latestVersion") != "1" {
		t.Errorf("%v", got)
	}
	if old := localtest.Must(as(admin, "GetRetrievalInstruction", id.With(wire.Object{"retrievalInstructionVersion": "1"})))(t); old.Text("instruction.persona") != "a nurse" {
		t.Errorf("%v", old)
	}
	if n := len(localtest.Must(as(keyless, "ListRetrievalInstructionVersions", id))(t).Objects("retrievalInstructionVersionSummaries")); n != 1 {
		t.Errorf("%d versions", n)
	}
	localtest.Must(as(admin, "DeleteRetrievalInstruction", id))(t)
	_, err = as(admin, "GetRetrievalInstruction", id.With(wire.Object{"retrievalInstructionVersion": "1"}))
	refusedBy(t, err, "ResourceNotFoundException", absent)
	if n := len(localtest.Must(as(admin, "ListRetrievalInstructions", nil))(t).Objects("retrievalInstructionSummaries")); n != 0 {
		t.Errorf("%d instructions", n)
	}
}
