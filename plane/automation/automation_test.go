package automation_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	admin   = "AKIAADMIN0000000"
	keyless = "AKIAKEYLESS00000"
	alias   = "alias/content"
)

const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock:*"], Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/content}
      - {region: eu-west-1, alias: alias/next}
`

func open(t *testing.T) (*localtest.Plane, *localtest.API) {
	p := localtest.Open(t, estate)
	return p, p.API("bedrock-data-automation", admin)
}

const standard = `"standardOutputConfiguration": {"image": {"extraction": {"category": {"state": "ENABLED", "types": ["TEXT_DETECTION"]}, "boundingBox": {"state": "ENABLED"}}}}`

// An update replaces all of one stage but name and type; the stages are apart.
func TestProject(t *testing.T) {
	p, api := open(t)
	key, next := p.KeyARN(account, region, alias), p.KeyARN(account, region, "alias/next")
	made := api.Do(t, "CreateDataAutomationProject", fmt.Sprintf(`{"projectName": "scans", "projectDescription": "hush", %s, "overrideConfiguration": {"image": {"modalityProcessing": {"state": "ENABLED"}}},
	  "encryptionConfiguration": {"kmsKeyId": %q, "kmsEncryptionContext": {"tenant": "a"}}, "tags": [{"key": "team", "value": "ml"}]}`, standard, key))
	localtest.Same(t, "made", made, `{"projectStage": "LIVE", "status": "IN_PROGRESS"}`)
	arn := made.Text("projectArn")
	if !regexp.MustCompile(`^arn:aws:bedrock:eu-west-1:111122223333:data-automation-project/[a-z0-9]{12}$`).MatchString(arn) {
		t.Fatalf("arn = %q", arn)
	}
	api.Refused(t, admin, "CreateDataAutomationProject", `{"projectName": "scans", `+standard+`}`, "ConflictException")
	named := fmt.Sprintf(`{"projectArn": %q`, arn)
	localtest.Same(t, "project", api.Do(t, "GetDataAutomationProject", named+"}"), fmt.Sprintf(`{"project.status": "COMPLETED", "project.projectType": "ASYNC", "project.projectDescription": "hush",
	  "project.kmsKeyId": %q, "project.kmsEncryptionContext": {"tenant": "a"}, "project.overrideConfiguration": {"image": {"modalityProcessing": {"state": "ENABLED"}}}}`, key))
	api.Refused(t, admin, "GetDataAutomationProject", named+`, "projectStage": "DEVELOPMENT"}`, "ResourceNotFoundException")

	api.Do(t, "UpdateDataAutomationProject", named+`, "projectStage": "DEVELOPMENT", `+standard+fmt.Sprintf(`, "encryptionConfiguration": {"kmsKeyId": %q}}`, next))
	localtest.Same(t, "live", api.Do(t, "GetDataAutomationProject", named+"}"), fmt.Sprintf(`{"project.kmsKeyId": %q, "project.projectDescription": "hush"}`, key))
	localtest.Same(t, "development", api.Do(t, "GetDataAutomationProject", named+`, "projectStage": "DEVELOPMENT"}`),
		fmt.Sprintf(`{"project.kmsKeyId": %q, "project.kmsEncryptionContext": null, "project.projectDescription": null, "project.projectName": "scans"}`, next))
	// Without the key it needs none any more.
	api.Do(t, "UpdateDataAutomationProject", named+`, `+standard+`}`)
	p.DisableKey(account, region, alias)
	localtest.Same(t, "live", api.Do(t, "GetDataAutomationProject", named+"}"),
		`{"project.kmsKeyId": null, "project.kmsEncryptionContext": null, "project.projectDescription": null, "project.overrideConfiguration": null, "project.projectType": "ASYNC"}`)

	for filter, want := range map[string]int{`{}`: 2, `{"projectStageFilter": "LIVE"}`: 1, `{"resourceOwner": "SERVICE"}`: 0, `{"maxResults": 1}`: 1} {
		if list := api.Do(t, "ListDataAutomationProjects", filter).Objects("projects"); len(list) != want {
			t.Errorf("%s: %v", filter, list)
		}
	}
	tagged(t, api, arn)
	api.Do(t, "DeleteDataAutomationProject", named+"}")
	api.Refused(t, admin, "GetDataAutomationProject", named+`, "projectStage": "DEVELOPMENT"}`, "ResourceNotFoundException")
}

// tagged asserts that a resource has the tag team, and others that are added.
func tagged(t *testing.T, api *localtest.API, arn string) {
	t.Helper()
	api.Do(t, "TagResource", fmt.Sprintf(`{"resourceARN": %q, "tags": [{"key": "a", "value": "b"}, {"key": "c", "value": "d"}]}`, arn))
	api.Do(t, "UntagResource", fmt.Sprintf(`{"resourceARN": %q, "tagKeys": ["c"]}`, arn))
	localtest.Same(t, "tags", api.Do(t, "ListTagsForResource", fmt.Sprintf(`{"resourceARN": %q}`, arn)), `{"tags": [{"key": "a", "value": "b"}, {"key": "team", "value": "ml"}]}`)
}

// Stages are copied, LIVE is kept in versions, and each has its key.
func TestBlueprint(t *testing.T) {
	p, api := open(t)
	key, next := p.KeyARN(account, region, alias), p.KeyARN(account, region, "alias/next")
	made := api.Do(t, "CreateBlueprint", fmt.Sprintf(`{"blueprintName": "invoice", "type": "DOCUMENT", "blueprintStage": "DEVELOPMENT", "schema": "one", "encryptionConfiguration": {"kmsKeyId": %q}, "tags": [{"key": "team", "value": "ml"}]}`, key)).Object("blueprint")
	localtest.Same(t, "made", made, fmt.Sprintf(`{"schema": "one", "blueprintStage": "DEVELOPMENT", "type": "DOCUMENT", "kmsKeyId": %q}`, key))
	arn := made.Text("blueprintArn")
	named := fmt.Sprintf(`{"blueprintArn": %q`, arn)
	get := func(more string) wire.Object {
		t.Helper()
		return api.Do(t, "GetBlueprint", named+more+"}").Object("blueprint")
	}
	api.Refused(t, admin, "GetBlueprint", named+"}", "ResourceNotFoundException")
	api.Refused(t, admin, "CreateBlueprintVersion", named+"}", "ResourceNotFoundException")
	api.Do(t, "CopyBlueprintStage", named+`, "sourceStage": "DEVELOPMENT", "targetStage": "LIVE"}`)
	localtest.Same(t, "live", get(""), fmt.Sprintf(`{"schema": "one", "blueprintStage": "LIVE", "kmsKeyId": %q}`, key))
	localtest.Same(t, "version", api.Do(t, "CreateBlueprintVersion", named+"}").Object("blueprint"), `{"blueprintVersion": "1", "schema": "one", "blueprintStage": null}`)
	localtest.Same(t, "update", api.Do(t, "UpdateBlueprint", named+fmt.Sprintf(`, "schema": "two", "encryptionConfiguration": {"kmsKeyId": %q}}`, next)).Object("blueprint"), fmt.Sprintf(`{"schema": "two", "kmsKeyId": %q}`, next))
	localtest.Same(t, "second version", api.Do(t, "CreateBlueprintVersion", named+"}").Object("blueprint"), `{"blueprintVersion": "2", "schema": "two"}`)

	p.DisableKey(account, region, alias)
	localtest.Same(t, "live", get(""), `{"schema": "two", "type": "DOCUMENT"}`)
	localtest.Same(t, "second version", get(`, "blueprintVersion": "2"`), `{"schema": "two"}`)
	for _, part := range []string{`, "blueprintVersion": "1"`, `, "blueprintStage": "DEVELOPMENT"`} {
		if got, want := api.Refused(t, admin, "GetBlueprint", named+part+"}", "ValidationException"), key+" is disabled."; got != want {
			t.Errorf("message = %q, want %q", got, want)
		}
	}
	p.EnableKey(account, region, alias)
	api.Refused(t, keyless, "GetBlueprint", named+`, "blueprintVersion": "1"}`, "AccessDeniedException")
	for filter, want := range map[string]int{`{}`: 2, `{"blueprintStageFilter": "LIVE"}`: 1, named + `}`: 4, `{"resourceOwner": "SERVICE"}`: 0} {
		if list := api.Do(t, "ListBlueprints", filter).Objects("blueprints"); len(list) != want {
			t.Errorf("%s: %v", filter, list)
		}
	}
	tagged(t, api, arn)
	// Without a key in the update it is gone.
	api.Do(t, "UpdateBlueprint", named+`, "schema": "three"}`)
	localtest.Same(t, "live", get(""), `{"schema": "three", "kmsKeyId": null}`)
	api.Do(t, "DeleteBlueprint", named+`, "blueprintVersion": "1"}`)
	api.Refused(t, admin, "GetBlueprint", named+`, "blueprintVersion": "1"}`, "ResourceNotFoundException")
	p.DeleteKey(account, region, alias)
	api.Refused(t, admin, "GetBlueprint", named+`, "blueprintStage": "DEVELOPMENT"}`, "ValidationException")
	api.Do(t, "DeleteBlueprint", named+"}")
	api.Refused(t, admin, "GetBlueprint", named+"}", "ResourceNotFoundException")
}

// grants are how many grants a key has.
func grants(p *localtest.Plane) int {
	n := 0
	for v := range p.KMS.All() {
		n += len(v.Grants)
	}
	return n
}

// The grant of a library lives until it is deleted.
func TestLibrary(t *testing.T) {
	p, api := open(t)
	input := fmt.Sprintf(`{"libraryName": "words", "libraryDescription": "hush", "encryptionConfiguration": {"kmsKeyId": %q}, "tags": [{"key": "team", "value": "ml"}]}`, alias)
	arn := api.Do(t, "CreateDataAutomationLibrary", input).Text("libraryArn")
	api.Refused(t, keyless, "CreateDataAutomationLibrary", strings.Replace(input, "words", "more", 1), "AccessDeniedException")
	if n := grants(p); n != 1 {
		t.Errorf("%d grants", n)
	}
	named := fmt.Sprintf(`{"libraryArn": %q`, arn)
	localtest.Same(t, "library", api.Do(t, "GetDataAutomationLibrary", named+"}"), `{"library.libraryDescription": "hush", "library.status": "ACTIVE", "library.kmsKeyId": "alias/content"}`)
	api.Do(t, "UpdateDataAutomationLibrary", named+`, "libraryDescription": "loud"}`)
	localtest.Same(t, "library", api.Do(t, "GetDataAutomationLibrary", named+"}"), `{"library.libraryDescription": "loud"}`)
	if n := grants(p); n != 1 {
		t.Errorf("%d grants after the update", n)
	}
	tagged(t, api, arn)
	p.DisableKey(account, region, alias)
	api.Refused(t, admin, "GetDataAutomationLibrary", named+"}", "ValidationException")
	if list := api.Do(t, "ListDataAutomationLibraries", "{}").Objects("libraries"); len(list) != 1 || list[0].Text("libraryName") != "words" {
		t.Errorf("libraries = %v", list)
	}
	p.EnableKey(account, region, alias)
	api.Do(t, "DeleteDataAutomationLibrary", named+"}")
	if n := grants(p); n != 0 {
		t.Errorf("%d grants after the end", n)
	}
}

// An invocation makes a grant under its key, and ends it; the job says that nothing is done.
func TestInvocation(t *testing.T) {
	p, api := open(t)
	runtime := p.API("bedrock-data-automation-runtime", admin)
	project := api.Do(t, "CreateDataAutomationProject", `{"projectName": "scans", `+standard+`}`).Text("projectArn")
	input := fmt.Sprintf(`{"inputConfiguration": {"s3Uri": "s3://scans-in/a.png"}, "outputConfiguration": {"s3Uri": "s3://scans-out/a"}, "dataAutomationConfiguration": {"dataAutomationProjectArn": %q},
	  "dataAutomationProfileArn": "arn:aws:bedrock:eu-west-1:111122223333:data-automation-profile/eu.data-automation-v1", "encryptionConfiguration": {"kmsKeyId": %q, "kmsEncryptionContext": {"tenant": "a"}}}`, project, p.KeyARN(account, region, alias))
	runtime.Refused(t, keyless, "InvokeDataAutomationAsync", input, "AccessDeniedException")
	job := runtime.Do(t, "InvokeDataAutomationAsync", input).Text("invocationArn")
	localtest.Same(t, "status", runtime.Do(t, "GetDataAutomationStatus", fmt.Sprintf(`{"invocationArn": %q}`, job)), `{"status": "ServiceError", "errorMessage": "The local plane does not extract data.", "outputConfiguration": {"s3Uri": "s3://scans-out/a"}}`)
	if n := grants(p); n != 0 {
		t.Errorf("%d grants", n)
	}
	p.DisableKey(account, region, alias)
	runtime.Refused(t, admin, "InvokeDataAutomationAsync", input, "ValidationException")
}
