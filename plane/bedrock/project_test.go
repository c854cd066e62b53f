package bedrock_test

import (
	"testing"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestProject(t *testing.T) {
	w := newModels(t)
	api := w.API("bedrock", admin)
	p := api.Do(t, "CreateProject", `{"name":"ward","tags":[{"key":"team","value":"ml"}]}`)
	arn := p.Text("arn")
	localtest.Same(t, "project", p, `{"name":"ward","status":"active","dataRetention.mode":"inherit","archivedAt":null}`)
	api.Refused(t, admin, "CreateProject", `{"name":"ward"}`, "ConflictException")
	if tags := api.Do(t, "ListTagsForResource", `{"resourceARN":"`+arn+`"}`).Objects("tags"); len(tags) != 1 {
		t.Error(tags)
	}
	localtest.Same(t, "update", api.Do(t, "UpdateProject", `{"projectIdentifier":"`+p.Text("id")+`","dataRetention":{"mode":"none"}}`), `{"name":"ward","dataRetention.mode":"none"}`)
	localtest.Same(t, "get", api.Do(t, "GetProject", `{"projectIdentifier":"`+arn+`"}`), `{"arn":"`+arn+`","name":"ward","dataRetention.mode":"none"}`)
	if out := api.Do(t, "ArchiveProject", `{"projectIdentifier":"`+arn+`"}`); out.Text("status") != "archived" || !out.Has("archivedAt") {
		t.Error(out)
	}
	if got := api.Refused(t, admin, "UpdateProject", `{"projectIdentifier":"`+arn+`","name":"other"}`, "ConflictException"); got != "The project "+arn+" is archived." {
		t.Error(got)
	}
	for filter, want := range map[string]int{"active": 0, "archived": 1} {
		if list := api.Do(t, "ListProjects", `{"statusFilter":"`+filter+`"}`).Objects("projectSummaries"); len(list) != want {
			t.Errorf("%s: %v", filter, list)
		}
	}
}

// TestProjectStorage: the service is told apart by the ARN of the project.
func TestProjectStorage(t *testing.T) {
	w := newModels(t)
	api := w.API("bedrock", admin)
	arn := api.Do(t, "CreateProject", `{"name":"ward"}`).Text("arn")
	of := func(condition string) string {
		return `"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnEquals":{"aws:SourceArn":"` + condition + `"}}`
	}
	w.bucket("retained", `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["s3:PutObject","s3:GetObject","s3:DeleteObject"],"Resource":["arn:aws:s3:::retained/*"],`+of(arn)+`}`)
	policy := func(source string) {
		w.SetKeyPolicy(account, region, "alias/guardrails", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},`+
			`{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*",`+of(source)+`},`+
			`{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com","kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::retained"}}}]}`)
	}
	at := `{"projectIdentifier":"` + arn + `","modelProvider":"anthropic"`
	put := at + `,"storageDestination":"customer_managed","storageConfiguration":{"kmsKeyArn":"` + w.key("alias/guardrails") + `","s3BucketArn":"arn:aws:s3:::retained","s3BucketOwner":"111122223333"}}`
	if got := api.Refused(t, admin, "GetProjectDataRetentionStorage", at+"}", "ResourceNotFoundException"); got != "The project has no retention storage for anthropic." {
		t.Error(got)
	}
	policy(arn[:len(arn)-1])
	api.Refused(t, admin, "PutProjectDataRetentionStorage", put, "ValidationException")
	policy(arn)
	want := `{"scope":"project","projectArn":"` + arn + `","modelProvider":"anthropic","kmsKeyStatus":"active","storageConfiguration.kmsKeyArn":"` + w.key("alias/guardrails") + `"}`
	localtest.Same(t, "put", api.Do(t, "PutProjectDataRetentionStorage", put), want)
	localtest.Same(t, "get", api.Do(t, "GetProjectDataRetentionStorage", at+"}"), want)
	api.Refused(t, admin, "GetAccountDataRetentionStorage", `{"modelProvider":"anthropic"}`, "ResourceNotFoundException")
	api.Do(t, "DeleteProjectDataRetentionStorage", at+"}")
	api.Refused(t, admin, "GetProjectDataRetentionStorage", at+"}", "ResourceNotFoundException")
	if got := api.Refused(t, admin, "PutProjectDataRetentionStorage", `{"projectIdentifier":"proj_none","modelProvider":"anthropic","storageDestination":"amazon_managed"}`, "ResourceNotFoundException"); got != "The project proj_none does not exist." {
		t.Error(got)
	}
}
