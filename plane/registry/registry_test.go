package registry_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/bedlock/bedlock/plane/local"
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
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["agent-registry:*"], Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/content}
`

func open(t *testing.T, change ...func(*local.Options)) (*localtest.Plane, *localtest.API) {
	p := localtest.Open(t, estate, change...)
	return p, p.API("agent-registry-control", admin)
}

const record = `{"registryId": %q, "name": "tools", "recordType": "MCP", "descriptors": {"mcpServer": {"data": "hush", "dataSchemaVersion": "1"}}}`

// A registry is made, found by id and by ARN, changed and deleted with its records.
func TestRegistry(t *testing.T) {
	p, api := open(t, func(o *local.Options) { o.Settle = time.Minute })
	arn := api.Do(t, "CreateRegistry", `{"name": "shelf", "description": "d", "discoveryConfiguration": {"authorizerType": "AWS_IAM"}, "approvalConfiguration": {"autoApprovalRules": ["APPROVE_ALL"]}, "tags": {"team": "ml"}}`).Text("registryArn")
	if !regexp.MustCompile(`^arn:aws:agent-registry:eu-west-1:111122223333:registry/[a-zA-Z0-9]{12}$`).MatchString(arn) {
		t.Fatalf("arn = %q", arn)
	}
	named := fmt.Sprintf(`{"registryId": %q}`, arn)
	got := api.Do(t, "GetRegistry", named)
	localtest.Same(t, "registry", got, `{"name": "shelf", "status": "CREATING", "discoveryConfiguration": {"authorizerType": "AWS_IAM"}, "encryptionConfiguration": null}`)
	api.Refused(t, admin, "CreateRegistry", `{"name": "shelf"}`, "ConflictException")
	api.Refused(t, admin, "UpdateRegistry", named, "ConflictException")
	p.Pass(time.Minute)
	byID := fmt.Sprintf(`{"registryId": %q`, got.Text("registryId"))
	// What has an empty wrapper goes, what has none stays.
	api.Do(t, "UpdateRegistry", byID+`, "description": {}, "customMetadataSchemaConfiguration": {"optionalValue": {"defaultSchema": "{}"}}}`)
	localtest.Same(t, "updated", api.Do(t, "GetRegistry", named), `{"status": "UPDATING", "description": null, "approvalConfiguration": {"autoApprovalRules": ["APPROVE_ALL"]}, "customMetadataSchemaConfiguration": {"defaultSchema": "{}"}}`)
	p.Pass(time.Minute)

	localtest.Same(t, "tags", api.Do(t, "ListTagsForResource", fmt.Sprintf(`{"resourceArn": %q}`, arn)), `{"tags": {"team": "ml"}}`)
	api.Do(t, "TagResource", fmt.Sprintf(`{"resourceArn": %q, "tags": {"stage": "test"}}`, arn))
	api.Do(t, "UntagResource", fmt.Sprintf(`{"resourceArn": %q, "tagKeys": ["team"]}`, arn))
	localtest.Same(t, "tags", api.Do(t, "ListTagsForResource", fmt.Sprintf(`{"resourceArn": %q}`, arn)), `{"tags": {"stage": "test"}}`)

	api.Do(t, "CreateRegistryRecord", fmt.Sprintf(record, arn))
	for filter, want := range map[string]int{`{"name": "status", "values": ["READY"]}`: 1, `{"name": "discoveryConfiguration.authorizerType", "values": ["CUSTOM_JWT"]}`: 0} {
		if list := api.Do(t, "ListRegistries", `{"filters": [`+filter+`]}`).Objects("registries"); len(list) != want {
			t.Errorf("%s: %v", filter, list)
		}
	}
	localtest.Same(t, "deleted", api.Do(t, "DeleteRegistry", named), `{"status": "DELETING"}`)
	p.Pass(time.Minute)
	api.Refused(t, admin, "GetRegistry", named, "ResourceNotFoundException")
	api.Refused(t, admin, "ListRegistryRecords", named, "ResourceNotFoundException")
}

// The descriptors of records are read with the registry's key, and not without.
func TestRecordsUnderKey(t *testing.T) {
	p, api := open(t)
	key := p.KeyARN(account, region, alias)
	input := `{"name": %q, "encryptionConfiguration": {"kmsKeyArn": %q}}`
	registry := api.Do(t, "CreateRegistry", fmt.Sprintf(input, "shelf", key)).Text("registryArn")
	api.Refused(t, keyless, "CreateRegistry", fmt.Sprintf(input, "other", key), "AccessDeniedException")
	named := fmt.Sprintf(`{"registryId": %q, "recordId": %q}`, registry, api.Do(t, "CreateRegistryRecord", fmt.Sprintf(record, registry)).Text("recordArn"))

	localtest.Same(t, "record", api.Do(t, "GetRegistryRecord", named), `{"name": "tools", "status": "DRAFT", "createdBy": "111122223333", "descriptors": {"mcpServer": {"data": "hush", "dataSchemaVersion": "1"}}}`)
	api.Refused(t, keyless, "GetRegistryRecord", named, "AccessDeniedException")
	api.Refused(t, keyless, "CreateRegistryRecord", fmt.Sprintf(record, registry), "AccessDeniedException")
	listed := func() {
		t.Helper()
		localtest.Same(t, "registry", api.Do(t, "GetRegistry", fmt.Sprintf(`{"registryId": %q}`, registry)), fmt.Sprintf(`{"encryptionConfiguration": {"kmsKeyArn": %q}}`, key))
		list := api.Do(t, "ListRegistryRecords", fmt.Sprintf(`{"registryId": %q}`, registry)).Objects("registryRecords")
		if len(list) != 1 || list[0].Text("name") != "tools" {
			t.Errorf("records = %v", list)
		}
	}
	p.DisableKey(account, region, alias)
	if got, want := api.Refused(t, admin, "GetRegistryRecord", named, "ValidationException"), key+" is disabled."; got != want {
		t.Errorf("message = %q, want %q", got, want)
	}
	api.Refused(t, admin, "CreateRegistryRecord", fmt.Sprintf(record, registry), "ValidationException")
	listed()
	p.EnableKey(account, region, alias)
	api.Do(t, "GetRegistryRecord", named)
	p.DeleteKey(account, region, alias)
	api.Refused(t, admin, "GetRegistryRecord", named, "ValidationException")
	listed()
}

// Records are changed member by member, submitted and decided on.
func TestRecord(t *testing.T) {
	_, api := open(t)
	registry := api.Do(t, "CreateRegistry", `{"name": "shelf"}`).Text("registryArn")
	id := api.Do(t, "CreateRegistryRecord", fmt.Sprintf(record, registry)).Text("recordArn")
	named := fmt.Sprintf(`{"registryId": %q, "recordId": %q`, registry, id)
	update := named + `, "displayName": {"optionalValue": "Tools"}, "descriptors": {"optionalValue": {"mcpServer": {"optionalValue": {"data": {"optionalValue": "loud"}, "dataSchemaVersion": {}}}, "custom": {"optionalValue": {"data": {"optionalValue": "c"}}}}}}`
	localtest.Same(t, "updated", api.Do(t, "UpdateRegistryRecord", update), `{"status": "UPDATING", "displayName": "Tools", "descriptors": {"mcpServer": {"data": "loud"}, "custom": {"data": "c"}}}`)
	localtest.Same(t, "submitted", api.Do(t, "SubmitRegistryRecordForApproval", named+"}"), `{"status": "PENDING_APPROVAL"}`)
	api.Refused(t, admin, "SubmitRegistryRecordForApproval", named+"}", "ConflictException")
	localtest.Same(t, "decided", api.Do(t, "UpdateRegistryRecordStatus", named+`, "status": "APPROVED", "statusReason": "fine"}`), `{"status": "APPROVED", "statusReason": "fine"}`)
	api.Refused(t, admin, "UpdateRegistryRecordStatus", named+`, "status": "DRAFT", "statusReason": "no"}`, "ConflictException")
	api.Do(t, "DeleteRegistryRecord", named+"}")
	api.Refused(t, admin, "GetRegistryRecord", named+"}", "ResourceNotFoundException")
}

// Records of a registry with a rule are approved at once.
func TestAutoApproval(t *testing.T) {
	_, api := open(t)
	registry := api.Do(t, "CreateRegistry", `{"name": "shelf", "approvalConfiguration": {"autoApprovalRules": ["APPROVE_ALL"]}}`).Text("registryArn")
	id := api.Do(t, "CreateRegistryRecord", fmt.Sprintf(record, registry)).Text("recordArn")
	localtest.Same(t, "submitted", api.Do(t, "SubmitRegistryRecordForApproval", fmt.Sprintf(`{"registryId": %q, "recordId": %q}`, registry, id)), `{"status": "APPROVED"}`)
}
