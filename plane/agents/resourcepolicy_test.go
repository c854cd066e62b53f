package agents_test

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const stranger = "AKIASTRANGER0000" // of another account

const neighbour = `
  "444455556666":
    users:
      - name: stranger
        access-keys: [{id: AKIASTRANGER0000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

func sharing(resource, action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"` + action + `","Resource":"` + resource + `"}]}`
}

func TestResourcePolicy(t *testing.T) {
	w := &world{localtest.Open(t, library+neighbour), t}
	agent := func(operation string, in wire.Object) (wire.Object, error) {
		return w.call(admin, "bedrock-agent", operation, in)
	}
	made := localtest.Must(agent("CreateKnowledgeBase", wire.Object{
		"name": "managed", "roleArn": baseRole, "knowledgeBaseConfiguration": wire.Object{"type": "MANAGED", "managedKnowledgeBaseConfiguration": wire.Object{"embeddingModelType": "MANAGED"}},
	}))(t).Object("knowledgeBase")
	arn := made.Text("knowledgeBaseArn")
	retrieve := func() error {
		_, err := w.call(stranger, "bedrock-agent-runtime", "Retrieve", wire.Object{"knowledgeBaseId": arn, "retrievalQuery": wire.Object{"text": "x"}})
		return err
	}
	refusedBy(t, retrieve(), "AccessDeniedException", "bedrock:Retrieve")

	name := wire.Object{"resourceArn": arn}
	_, err := agent("GetResourcePolicy", name)
	refusedBy(t, err, "ResourceNotFoundException", absent)
	for text, want := range map[string]string{
		"{":                                      "The resource policy is not valid",
		sharing(arn, "bedrock:GetKnowledgeBase"): "can be about bedrock:Retrieve and bedrock:GetDocumentContent only",
		sharing(strings.TrimSuffix(arn, made.Text("knowledgeBaseId"))+"*", "bedrock:Retrieve"): "The resource of the policy must be " + arn,
	} {
		_, err := agent("PutResourcePolicy", name.With(wire.Object{"policy": text}))
		refusedBy(t, err, "ValidationException", want)
	}
	_, err = agent("PutResourcePolicy", wire.Object{"resourceArn": arn + "x", "policy": sharing(arn+"x", "bedrock:Retrieve")})
	refusedBy(t, err, "ResourceNotFoundException", absent)
	vector := "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/" + w.base("vector")
	_, err = agent("PutResourcePolicy", wire.Object{"resourceArn": vector, "policy": sharing(vector, "bedrock:Retrieve")})
	refusedBy(t, err, "ValidationException", "Resource policies are supported only for managed knowledge bases.")

	put := localtest.Must(agent("PutResourcePolicy", name.With(wire.Object{"policy": sharing(arn, "bedrock:Retrieve")})))(t)
	if err := retrieve(); err != nil {
		t.Error(err)
	}
	got := localtest.Must(agent("GetResourcePolicy", name))(t)
	if got.Text("policy") != sharing(arn, "bedrock:Retrieve") || got.Text("revisionId") != put.Text("revisionId") {
		t.Errorf("%v", got)
	}
	_, err = agent("DeleteResourcePolicy", name.With(wire.Object{"expectedRevisionId": "other"}))
	refusedBy(t, err, "ConflictException", "The revision of the resource policy is not other.")
	localtest.Must(agent("DeleteResourcePolicy", name.With(wire.Object{"expectedRevisionId": put.Text("revisionId")})))(t)
	refusedBy(t, retrieve(), "AccessDeniedException", "bedrock:Retrieve")
}
