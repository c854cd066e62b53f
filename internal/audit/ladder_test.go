package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// TestLadder stands single slots, with no key in the inventory.
func TestLadder(t *testing.T) {
	live := guardrail(none(catalog.OwnerAWSOwned, "key owned by AWS"))
	live.At, live.ID, live.Address = bedlock.Position{}, "arn:aws:bedrock:eu-west-1:111122223333:guardrail/g1", ""
	hcl := guardrail(none(catalog.OwnerAWSOwned, "key owned by AWS"))
	hcl.Source, hcl.Address = "aws_bedrock_guardrail", "aws_bedrock_guardrail.main"
	awscc := hcl
	awscc.Source = "awscc_bedrock_guardrail"
	bucket := res("AWS::S3::Bucket", "aws_s3_bucket.docs", "default-encryption", none(catalog.OwnerAWSOwned, "SSE-S3"))
	bucket.Source = "aws_s3_bucket"
	job := res("AWS::Bedrock::ModelCustomizationJob", "", "output-model", none("", ""))
	job.At, job.ID = bedlock.Position{}, "arn:aws:bedrock:eu-west-1:111122223333:model-customization-job/j1"
	bare := func(r inventory.Resource) inventory.Resource { r.At = bedlock.Position{}; return r }
	const lost = "include the source that creates the key, or audit what is deployed"
	notAmong := func(s string) []string {
		return []string{"names " + s + ", which is not among the inputs; its owner, state and policy could not be read"}
	}
	for name, c := range map[string]struct {
		resource inventory.Resource
		rung     bedlock.Rung
		rule     string
		key      string
		evidence []string
		lift     string
	}{
		"unread": {guardrail(inventory.Named{Text: unreadV[string]("AccessDeniedException")}), bedlock.Unread, ruleUnread, "",
			[]string{"could not be read: AccessDeniedException"}, liftUnread},
		"unrecorded": {guardrail(inventory.Named{}), bedlock.Unread, ruleUnread, "",
			[]string{"the source does not record what is named here"}, liftUnread},
		"parameter": {guardrail(inventory.Named{Text: unknown[string]("parameter KeyArn has no default")}), bedlock.Unresolved, ruleUnresolved, "",
			[]string{"parameter KeyArn has no default"}, "give the parameter: --parameters KeyArn=…"},
		"variable": {guardrail(inventory.Named{Text: unknown[string]("var.key_arn has no value")}), bedlock.Unresolved, ruleUnresolved, "",
			[]string{"var.key_arn has no value"}, "give the variable in a tfvars file, or --parameters key_arn=…, or audit the plan"},
		"after apply": {guardrail(inventory.Named{Text: unknown[string]("known only after apply")}), bedlock.Unresolved, ruleUnresolved, "",
			[]string{"known only after apply"}, "audit what is deployed, or a state after the next apply"},
		"unknown part": {guardrail(text("arn:aws:kms:eu-west-1:${bedlock:account}:key/${bedlock:unknown:the macro Foo}")), bedlock.Unresolved, ruleUnresolved, "",
			[]string{"the macro Foo"}, "audit the plan or what is deployed instead of the source code"},
		"reference to something else": {guardrail(text("${bedlock:ref:a/t.yaml#Custom#KeyArn}")), bedlock.Unresolved, ruleUnresolved, "",
			[]string{"KeyArn of Custom is known only after deployment"}, "audit what is deployed, or a state after the next apply"},
		"no key, CloudFormation": {guardrail(none(catalog.OwnerAWSOwned, "key owned by AWS")), bedlock.Unkeyed, ruleUnkeyed, "",
			[]string{"no key is named: key owned by AWS"}, "set KmsKeyArn to a customer-managed key"},
		"no key, Terraform": {hcl, bedlock.Unkeyed, ruleUnkeyed, "", []string{"no key is named: key owned by AWS"}, "set kms_key_arn to a customer-managed key"},
		"no key, awscc":     {awscc, bedlock.Unkeyed, ruleUnkeyed, "", []string{"no key is named: key owned by AWS"}, "set kms_key_arn to a customer-managed key"},
		"no key, live":      {live, bedlock.Unkeyed, ruleUnkeyed, "", []string{"no key is named: key owned by AWS"}, "set kmsKeyId with UpdateGuardrail to a customer-managed key"},
		"no key, companion": {bucket, bedlock.Unkeyed, ruleStoreUnkeyed, "", []string{"no key is named: SSE-S3"},
			"set rule.kms_master_key_id of aws_s3_bucket_server_side_encryption_configuration to a customer-managed key"},
		"no key, new version": {agent(none(catalog.OwnerAWSOwned, "")), bedlock.Unkeyed, ruleUnkeyed, "", []string{"no key is named: a key owned by the service"},
			"set CustomerEncryptionKeyArn to the ARN of a customer-managed key, then publish a new version: published versions keep their key"},
		"no key, recreate": {res("AWS::Bedrock::Agent", "Helper", "memory", none(catalog.OwnerNone, "")), bedlock.Unkeyed, ruleUnkeyed, "",
			[]string{"no key is named: stored without encryption"}, "set Memory.Document.KmsARN to a customer-managed key; this takes a new resource, as the key cannot be changed in place"},
		"no key, once": {res("AWS::DynamoDB::Table", "T", "table", none(catalog.OwnerAWSOwned, "")), bedlock.Unkeyed, ruleStoreUnkeyed, "",
			[]string{"no key is named: a key owned by the service"}, "set SSESpecification.KMSMasterKeyId to the ARN of a customer-managed key; once set, it can be neither changed nor removed"},
		"no key, the catalogue's default": {job, bedlock.Unkeyed, ruleUnkeyed, "", []string{"no key is named: a key owned by the service"},
			"set customModelKmsKeyId with CreateModelCustomizationJob to a customer-managed key for the next one; what a finished job wrote keeps its key"},
		"empty string": {guardrail(text("")), bedlock.Unkeyed, ruleUnkeyed, "", []string{"the value is an empty string, which names no key"}, "set KmsKeyArn to a customer-managed key"},
		"AWS-managed by default": {res("AWS::DynamoDB::Table", "T", "table", none(catalog.OwnerAWSManaged, "alias/aws/dynamodb")), bedlock.AWSManaged, ruleAWSManaged, "",
			[]string{"no key is named: alias/aws/dynamodb"}, "set SSESpecification.KMSMasterKeyId to the ARN of a customer-managed key; once set, it can be neither changed nor removed"},
		"AWS-managed alias": {guardrail(text("alias/aws/s3")), bedlock.AWSManaged, ruleAWSManaged, "alias/aws/s3",
			[]string{"names alias/aws/s3, a key that AWS manages"}, "set KmsKeyArn to a customer-managed key"},
		"AWS-managed alias ARN, refused": {agent(text("arn:aws:kms:eu-west-1:111122223333:alias/aws/s3")), bedlock.AWSManaged, ruleAWSManaged, "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3",
			[]string{"names arn:aws:kms:eu-west-1:111122223333:alias/aws/s3, a key that AWS manages", "the service does not accept AWS-managed keys here"},
			"set CustomerEncryptionKeyArn to the ARN of a customer-managed key, then publish a new version: published versions keep their key"},
		"customer mode without a key": {guardrail(none(catalog.OwnerCustomer, "")), bedlock.Unread, ruleUnread, "",
			[]string{"a customer-managed key is asked for, but which one is not written"}, liftUnread},
		"junk": {guardrail(text("$aws_kms_key.main.arn")), bedlock.Broken, ruleNoKey, "$aws_kms_key.main.arn",
			[]string{`the value "$aws_kms_key.main.arn" is neither a key ARN, a key id nor an alias; the service refuses it`}, "write the reference itself, not its text in quotes"},
		"an id that KMS does not give": {guardrail(text("arn:aws:kms:eu-west-1:111122223333:key/my-key")), bedlock.Broken, ruleNoKey, "arn:aws:kms:eu-west-1:111122223333:key/my-key",
			[]string{`the value "arn:aws:kms:eu-west-1:111122223333:key/my-key" has a key id that is neither a UUID nor mrk- with 32 hexadecimal digits; KMS has no such key`}, "write the ARN of a customer-managed key"},
		"ARN of another service": {guardrail(text("arn:aws:s3:::docs")), bedlock.Broken, ruleNoKey, "arn:aws:s3:::docs",
			[]string{`the value "arn:aws:s3:::docs" is neither a key ARN, a key id nor an alias; the service refuses it`}, "write the ARN of a customer-managed key"},
		"empty string, the mode says AWS-managed": {res("AWS::DynamoDB::Table", "T", "table", inventory.Named{Text: known(""), Owner: catalog.OwnerAWSManaged, Default: "alias/aws/dynamodb"}), bedlock.AWSManaged, ruleAWSManaged, "",
			[]string{"the value is an empty string, which names no key: alias/aws/dynamodb"}, "set SSESpecification.KMSMasterKeyId to the ARN of a customer-managed key; once set, it can be neither changed nor removed"},
		"empty string for a store": {res("AWS::Bedrock::KnowledgeBase", "KB", "store", text("")), bedlock.Unkeyed, ruleUnkeyed, "",
			[]string{"the value is an empty string, which names no key"}, "name a customer-managed key, at the resource that holds the key"},
		"declared form, in code": {res("AWS::DynamoDB::Table", "T", "stream", text("alias/app")), bedlock.Broken, ruleForm, "alias/app",
			[]string{"alias/app is written as alias; the resource type accepts key ARN here and refuses this"}, "write the key as key ARN"},
		"declared form, live": {bare(res("AWS::DynamoDB::Table", "T", "stream", text("alias/app"))), bedlock.Unread, ruleUnread, "alias/app", notAmong("alias/app"), lost},
		"boolean as text": {guardrail(text("true")), bedlock.Broken, ruleNoKey, "true",
			[]string{`the value "true" is neither a key ARN, a key id nor an alias; the service refuses it`}, "write the ARN of a customer-managed key"},
		"alias where only ARNs": {agent(text("alias/app")), bedlock.Broken, ruleForm, "alias/app",
			[]string{"alias/app is written as alias; the service accepts key ARN here and refuses this"}, "write the key as key ARN"},
		"id where only ARNs": {agent(text(uuid)), bedlock.Broken, ruleForm, uuid,
			[]string{uuid + " is written as key id; the service accepts key ARN here and refuses this"}, "write the key as key ARN"},
		"multi-Region refused": {agent(text("arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab")), bedlock.Broken, ruleMultiRegion,
			"arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
			[]string{"key arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab is a multi-Region key, which the service does not accept here"}, "Name a single-Region key."},
		"other Region": {placed(guardrail(text(keyARN)), account, "us-east-1"), bedlock.Broken, ruleRegion, keyARN,
			[]string{"key " + keyARN + " is in Region eu-west-1, the resource in us-east-1"}, "name a key of us-east-1"},
		"other partition": {placed(guardrail(text("arn:aws-cn:kms:cn-north-1:111122223333:key/"+uuid)), account, "us-gov-west-1"), bedlock.Broken, rulePartition,
			"arn:aws-cn:kms:cn-north-1:111122223333:key/" + uuid, []string{"key arn:aws-cn:kms:cn-north-1:111122223333:key/" + uuid + " is in partition aws-cn, the resource in aws-us-gov"},
			"Name a key of the resource's own partition and Region."},
		"other account, refused": {placed(agent(text(keyARN)), other, "eu-west-1"), bedlock.Broken, ruleAccount, keyARN,
			[]string{"key " + keyARN + " is in account 111122223333, the resource in 444455556666; the service accepts keys of its own account only"}, "Name a key of the resource's own account."},
		"other account, not refused": {placed(guardrail(text(keyARN)), other, "eu-west-1"), bedlock.Unread, ruleUnread, keyARN, notAmong(keyARN), lost},
		"GovCloud": {placed(guardrail(text("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/"+uuid)), account, "us-gov-west-1"), bedlock.Unread, ruleUnread,
			"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/" + uuid, notAmong("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/" + uuid), lost},
		"China": {placed(guardrail(text("arn:aws-cn:kms:cn-north-1:111122223333:key/"+uuid)), account, "cn-north-1"), bedlock.Unread, ruleUnread,
			"arn:aws-cn:kms:cn-north-1:111122223333:key/" + uuid, notAmong("arn:aws-cn:kms:cn-north-1:111122223333:key/" + uuid), lost},
		"tokens of the deployment": {placed(agent(text("arn:${bedlock:partition}:kms:${bedlock:region}:${bedlock:account}:key/"+uuid)), account, "eu-west-1"), bedlock.Unread, ruleUnread,
			"arn:<partition>:kms:<region>:<account>:key/" + uuid,
			notAmong("arn:<partition>:kms:<region>:<account>:key/" + uuid), lost},
		"key id":    {guardrail(text(uuid)), bedlock.Unread, ruleUnread, uuid, notAmong(uuid), lost},
		"alias ARN": {guardrail(text("arn:aws:kms:eu-west-1:111122223333:alias/app")), bedlock.Unread, ruleUnread, "arn:aws:kms:eu-west-1:111122223333:alias/app", notAmong("arn:aws:kms:eu-west-1:111122223333:alias/app"), lost},
		"store not among the inputs": {res("AWS::Bedrock::KnowledgeBase", "KB", "store", text("docs-bucket")), bedlock.Unread, ruleUnread, "",
			[]string{"stored in docs-bucket, which is not among the inputs; its key could not be read"}, "include the source that creates the store, or audit what is deployed"},
		"store unknown": {res("AWS::Bedrock::KnowledgeBase", "KB", "store", inventory.Named{Text: unknown[string]("parameter Docs has no default")}), bedlock.Unresolved, ruleUnresolved, "",
			[]string{"parameter Docs has no default"}, "give the parameter: --parameters Docs=…"},
		"store by reference that is no resource": {res("AWS::Bedrock::KnowledgeBase", "KB", "store", text("${bedlock:ref:t.yaml#X#Ref}")), bedlock.Unresolved, ruleUnresolved, "",
			[]string{"Ref of X is known only after deployment"}, "audit what is deployed, or a state after the next apply"},
		"store absent": {res("AWS::Bedrock::KnowledgeBase", "KB", "store", none("", "")), bedlock.Unread, ruleUnread, "",
			[]string{"the store is not written, so its key is not known"}, "include the source that names the store"},
		"type without an entry": {res("AWS::New::Thing", "N", "data", text(keyARN)), bedlock.Unread, ruleUnread, keyARN, notAmong(keyARN), lost},
		"type without an entry, no key": {res("AWS::New::Thing", "N", "data", none("", "")), bedlock.Unread, ruleUnread, "",
			[]string{"what protects the slot when no key is named is not known to this version"}, liftUnread},
	} {
		t.Run(name, func(t *testing.T) {
			out := audit(t, inventory.Parts{Resources: []inventory.Resource{c.resource}})
			s := out.slots[0]
			if s.Rung != c.rung || s.Key != c.key || s.Lift != c.lift {
				t.Errorf("rung %s, key %q, lift %q\nwant %s, %q, %q", s.Rung, s.Key, s.Lift, c.rung, c.key, c.lift)
			}
			if diff := cmp.Diff(c.evidence, texts(s.Evidence)); diff != "" {
				t.Errorf("evidence (-want +got)\n%s", diff)
			}
			rules := without(without(out.rules(), ruleLoggingUnseen), ruleLoggingOff)
			if diff := cmp.Diff([]string{c.rule}, rules); diff != "" {
				t.Errorf("rules (-want +got)\n%s", diff)
			}
		})
	}
}

// TestKeyedLadder stands a guardrail on one key of the inventory.
func TestKeyedLadder(t *testing.T) {
	const link = "names key Key (by reference)"
	for name, c := range map[string]struct {
		change   func(*inventory.Key)
		rung     bedlock.Rung
		evidence []string
		lift     string
	}{
		"sound": {func(*inventory.Key) {}, bedlock.Sound, []string{"key Key is customer-managed, can serve here and is rotated", link},
			"show the key in use for this resource by CloudTrail or GetKeyLastUsage"},
		"updating": {func(k *inventory.Key) { k.State = known("Updating") }, bedlock.Sound, []string{"key Key is customer-managed, can serve here and is rotated", link},
			"show the key in use for this resource by CloudTrail or GetKeyLastUsage"},
		"AWS-managed": {func(k *inventory.Key) { k.Manager, k.Rotation = known(catalog.OwnerAWSManaged), known(false) }, bedlock.AWSManaged, []string{"key Key is managed by AWS", link},
			"set KmsKeyArn to a customer-managed key"},
		"disabled": {func(k *inventory.Key) { k.State = known("Disabled") }, bedlock.Broken, []string{"key Key is disabled", link}, "Enable the key, or move the resource to another key."},
		"pending deletion": {func(k *inventory.Key) { k.State = known("PendingDeletion") }, bedlock.Broken, []string{"key Key is pending deletion", link},
			"Cancel the deletion and enable the key, then move what uses it before deleting again."},
		"pending replica deletion": {func(k *inventory.Key) { k.State = known("PendingReplicaDeletion") }, bedlock.Broken,
			[]string{"key Key is pending deletion as soon as its replicas are deleted", link}, "Cancel the deletion and enable the key, then move what uses it before deleting again."},
		"pending import": {func(k *inventory.Key) { k.State = known("PendingImport") }, bedlock.Broken,
			[]string{"key Key has no key material: it was never imported, was deleted or has expired", link}, "Import the key material again, or move the resource to another key."},
		"unavailable": {func(k *inventory.Key) { k.State = known("Unavailable") }, bedlock.Broken,
			[]string{"key Key is unavailable: its custom key store is not connected", link}, "Connect the custom key store, or move the resource to another key."},
		"creating":      {func(k *inventory.Key) { k.State = known("Creating") }, bedlock.Unresolved, []string{"key Key is still being created", link}, "audit again in a minute"},
		"a state to be": {func(k *inventory.Key) { k.State = known("Frozen") }, bedlock.Unread, []string{`key Key is in state "Frozen", which this version does not know`, link}, liftUnread},
		"state unknown": {func(k *inventory.Key) {
			k.State, k.Rotation = unknown[string]("parameter On has no default"), known(false)
		}, bedlock.Unresolved,
			[]string{"the state of key Key is not known: parameter On has no default", link}, "give the parameter: --parameters On=…"},
		"wrong spec": {func(k *inventory.Key) { k.Spec, k.Usage = known("RSA_2048"), known("SIGN_VERIFY") }, bedlock.Broken,
			[]string{"key Key is of spec RSA_2048; the service accepts SYMMETRIC_DEFAULT", link}, "Name a symmetric encryption key."},
		"wrong usage": {func(k *inventory.Key) { k.Usage = known("GENERATE_VERIFY_MAC") }, bedlock.Broken,
			[]string{"key Key is for GENERATE_VERIFY_MAC; the service needs ENCRYPT_DECRYPT", link}, "Name a key whose usage is ENCRYPT_DECRYPT."},
		"spec unread": {func(k *inventory.Key) {
			k.Spec, k.Usage = unreadV[string]("AccessDenied"), unknown[string]("known only after apply")
		}, bedlock.Unread,
			[]string{"the spec of key Key could not be read: AccessDenied", "the usage of key Key is not known: known only after apply", link}, liftUnread},
		"rotation off": {func(k *inventory.Key) { k.Rotation = known(false) }, bedlock.Exposed, []string{"held below sound: automatic rotation of key Key is off", link},
			"Enable automatic rotation (EnableKeyRotation in CloudFormation, enable_key_rotation in Terraform)."},
		"rotation unknown": {func(k *inventory.Key) { k.Rotation = unknown[bool]("var.rotate has no value") }, bedlock.Unresolved,
			[]string{"whether key Key is rotated is not known: var.rotate has no value", link}, "give the variable in a tfvars file, or --parameters rotate=…, or audit the plan"},
		"rotation unread": {func(k *inventory.Key) { k.Rotation = unreadV[bool]("AccessDenied") }, bedlock.Unread, []string{"whether key Key is rotated could not be read: AccessDenied", link}, liftUnread},
		"policy unread":   {func(k *inventory.Key) { k.Policy = unreadV[inventory.Policy]("AccessDenied") }, bedlock.Unread, []string{"the policy of key Key could not be read: AccessDenied", link}, liftUnread},
		"definite before unknown": {func(k *inventory.Key) {
			k.Policy, k.Rotation = unknown[inventory.Policy]("known only after apply"), known(false)
		}, bedlock.Exposed,
			[]string{"held below sound: automatic rotation of key Key is off", "the policy of key Key is not known: known only after apply", link},
			"Enable automatic rotation (EnableKeyRotation in CloudFormation, enable_key_rotation in Terraform)."},
		"window": {func(k *inventory.Key) { k.DeletionDays = known(7) }, bedlock.Exposed, []string{"held below sound: key Key can be deleted after 7 days; 14 or more leave time to notice", link},
			"Leave the waiting period at 30 days (PendingWindowInDays in CloudFormation, deletion_window_in_days in Terraform)."},
		"conditional key": {func(k *inventory.Key) { k.When = "HasKey is true" }, bedlock.Sound,
			[]string{"key Key is customer-managed, can serve here and is rotated", link, "the key exists only when HasKey is true"},
			"show the key in use for this resource by CloudTrail or GetKeyLastUsage"},
		"wildcard": {withPolicy(allow(`"*"`, `"kms:*"`, "")), bedlock.Exposed, []string{`statement "S" of the policy of key Key allows everyone to use the key, without a condition`, link},
			"Name the principals that need the key, or add a condition on aws:PrincipalOrgID, aws:PrincipalAccount or kms:CallerAccount."},
		"bad policy": {withPolicy("{"), bedlock.Unread, []string{"the policy of key Key is no policy document: a member name in double quotes is missing", link}, "Correct the JSON of the key policy."},
		"imported":   {func(k *inventory.Key) { k.Origin, k.Rotation = known("EXTERNAL"), known(false) }, bedlock.Sound, []string{"key Key is customer-managed and can serve here; automatic rotation does not exist for its spec or origin", link}, "show the key in use for this resource by CloudTrail or GetKeyLastUsage"},
	} {
		t.Run(name, func(t *testing.T) {
			out := keyed(t, c.change)
			s := out.slots[0]
			if s.Rung != c.rung || s.Key != "t.yaml#Key" || s.Lift != c.lift {
				t.Errorf("rung %s, key %q, lift %q\nwant %s, lift %q", s.Rung, s.Key, s.Lift, c.rung, c.lift)
			}
			if diff := cmp.Diff(c.evidence, texts(s.Evidence)); diff != "" {
				t.Errorf("evidence (-want +got)\n%s", diff)
			}
			if sound := s.Rung >= bedlock.Exposed; sound != contains(s.Unjudged, "needs") {
				t.Errorf("unjudged is %q on rung %s", s.Unjudged, s.Rung)
			}
			out.rules()
		})
	}
}

// TestKeyAgainstPlace judges a key of the inventory against where the resource is.
func TestKeyAgainstPlace(t *testing.T) {
	k := goodKey(func(k *inventory.Key) {
		k.ID, k.ARN, k.At = keyARN, known(keyARN), bedlock.Position{}
		k.MultiRegion = known(true)
	})
	for name, c := range map[string]struct {
		resource inventory.Resource
		rung     bedlock.Rung
		first    string
	}{
		"same place":          {placed(guardrail(toKey(keyARN, keyARN, "")), account, "eu-west-1"), bedlock.Sound, "key Key is customer-managed, can serve here and is rotated"},
		"other Region":        {placed(guardrail(toKey(keyARN, keyARN, "")), account, "us-east-1"), bedlock.Broken, "key Key is in Region eu-west-1, the resource in us-east-1"},
		"other account":       {placed(agent(toKey(keyARN, keyARN, "")), other, "eu-west-1"), bedlock.Broken, "key Key is in account 111122223333, the resource in 444455556666; the service accepts keys of its own account only"},
		"partition":           {placed(guardrail(toKey(keyARN, keyARN, "")), account, "us-gov-west-1"), bedlock.Broken, "key Key is in partition aws, the resource in aws-us-gov"},
		"multi-Region":        {placed(agent(toKey(keyARN, keyARN, "")), account, "eu-west-1"), bedlock.Broken, "key Key is a multi-Region key, which the service does not accept here"},
		"form":                {placed(agent(inventory.Named{Text: known(uuid), Key: keyARN, Form: catalog.FormKeyID}), account, "eu-west-1"), bedlock.Broken, "Key is written as key id; the service accepts key ARN here and refuses this"},
		"unknown Region":      {guardrail(toKey(keyARN, keyARN, "")), bedlock.Sound, "key Key is customer-managed, can serve here and is rotated"},
		"other spec accepted": {res("AWS::DynamoDB::Table", "T", "table", toKey(keyARN, keyARN, "")), bedlock.Sound, "key Key is customer-managed, can serve here and is rotated"},
	} {
		t.Run(name, func(t *testing.T) {
			out := audit(t, inventory.Parts{Resources: []inventory.Resource{c.resource}, Keys: []inventory.Key{k}})
			if s := out.slots[0]; s.Rung != c.rung || s.Evidence[0].Text != c.first {
				t.Errorf("rung %s: %s\nwant %s: %s", s.Rung, s.Evidence[0].Text, c.rung, c.first)
			}
			out.rules()
		})
	}
	// A key of another account where the service does not refuse it is evidence.
	out := audit(t, inventory.Parts{Resources: []inventory.Resource{placed(guardrail(toKey(keyARN, keyARN, "")), other, "eu-west-1")}, Keys: []inventory.Key{k}})
	want := []string{"key Key is customer-managed, can serve here and is rotated", "names key Key", "the key belongs to account 111122223333, the resource to 444455556666"}
	if diff := cmp.Diff(want, texts(out.slots[0].Evidence)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBranches(t *testing.T) {
	k := goodKey()
	good := inventory.Named{When: "HasKey is true", Text: known("${bedlock:ref:t.yaml#Key#Arn}"), Key: k.ID, How: "by reference"}
	branch := func(when string, n inventory.Named) inventory.Named { n.When = when; return n }
	soft := goodKey(func(k *inventory.Key) { k.ID, k.Name, k.Rotation = "t.yaml#Soft", "Soft", known(false) })
	for name, c := range map[string]struct {
		named    []inventory.Named
		rung     bedlock.Rung
		lift     string
		evidence []string
	}{
		"lowest judged": {[]inventory.Named{good, branch("HasKey is false", none(catalog.OwnerAWSOwned, "key owned by AWS"))}, bedlock.Unkeyed,
			"when HasKey is false: set KmsKeyArn to a customer-managed key",
			[]string{"when HasKey is false: no key is named: key owned by AWS", "when HasKey is true: key Key is customer-managed, can serve here and is rotated"}},
		"unknown before good": {[]inventory.Named{good, branch("HasKey is false", inventory.Named{Text: unknown[string]("known only after apply")})}, bedlock.Unresolved,
			"when HasKey is false: audit what is deployed, or a state after the next apply",
			[]string{"when HasKey is false: known only after apply", "when HasKey is true: key Key is customer-managed, can serve here and is rotated"}},
		"unread before unresolved": {[]inventory.Named{branch("A", inventory.Named{Text: unknown[string]("x")}), branch("B", inventory.Named{Text: unreadV[string]("y")})}, bedlock.Unread,
			"when B: " + liftUnread, []string{"when B: could not be read: y", "when A: x"}},
		"bad before unknown": {[]inventory.Named{branch("A", inventory.Named{Text: unknown[string]("x")}), branch("B", text("junk"))}, bedlock.Broken,
			"when B: write the ARN of a customer-managed key",
			[]string{`when B: the value "junk" is neither a key ARN, a key id nor an alias; the service refuses it`, "when A: x"}},
		"unknown before exposed": {[]inventory.Named{branch("A", toKey("x", soft.ID, "")), branch("B", inventory.Named{Text: unknown[string]("x")})}, bedlock.Unresolved,
			"when B: audit the plan or what is deployed instead of the source code", []string{"when B: x", "when A: held below sound: automatic rotation of key Soft is off"}},
		"exposed before sound": {[]inventory.Named{good, branch("B", toKey("x", soft.ID, ""))}, bedlock.Exposed,
			"when B: Enable automatic rotation (EnableKeyRotation in CloudFormation, enable_key_rotation in Terraform).",
			[]string{"when B: held below sound: automatic rotation of key Soft is off", "when B: names key Soft", "when HasKey is true: key Key is customer-managed, can serve here and is rotated"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := audit(t, inventory.Parts{Resources: []inventory.Resource{guardrail(c.named...)}, Keys: []inventory.Key{k, soft}})
			s := out.slots[0]
			if s.Rung != c.rung || s.Lift != c.lift {
				t.Errorf("rung %s, lift %q; want %s, %q", s.Rung, s.Lift, c.rung, c.lift)
			}
			if diff := cmp.Diff(c.evidence, texts(s.Evidence)); diff != "" {
				t.Errorf("evidence (-want +got)\n%s", diff)
			}
		})
	}
}

func TestStores(t *testing.T) {
	k := goodKey()
	kb := func(store, slot string) inventory.Resource {
		return res("AWS::Bedrock::KnowledgeBase", "KB", "store", inventory.Named{Text: known("docs"), Store: store, StoreSlot: slot})
	}
	docs := res("AWS::S3::Bucket", "Docs", "default-encryption", toKey(keyARN, k.ID, "by reference"))
	bare := res("AWS::S3::Bucket", "Docs", "default-encryption", none(catalog.OwnerAWSOwned, "SSE-S3"))
	many := docs
	many.Slots = []inventory.Slot{{Name: "default-encryption[0]", Named: docs.Slots[0].Named}, {Name: "default-encryption[1]", Named: bare.Slots[0].Named}}
	version := res("AWS::Bedrock::KnowledgeBase", "KB", "store", inventory.Named{Text: known("g"), Store: "t.yaml#Guard", StoreSlot: "configuration"})
	circle := res("AWS::Bedrock::KnowledgeBase", "KB", "store", inventory.Named{Text: known("docs"), Store: "t.yaml#KB", StoreSlot: "store"})
	for name, c := range map[string]struct {
		resources []inventory.Resource
		rung      bedlock.Rung
		rule      string
		key       string
		evidence  []string
		lift      string
	}{
		"keyed": {[]inventory.Resource{kb("t.yaml#Docs", "default-encryption"), docs}, bedlock.Sound, "", k.ID,
			[]string{"key Key is customer-managed, can serve here and is rotated", "names key Key (by reference)", "stored in S3 bucket Docs"},
			"at S3 bucket Docs: show the key in use for this resource by CloudTrail or GetKeyLastUsage"},
		"unkeyed": {[]inventory.Resource{kb("t.yaml#Docs", "default-encryption"), bare}, bedlock.Unkeyed, ruleStoreUnkeyed, "",
			[]string{"no key is named: SSE-S3", "stored in S3 bucket Docs"}, "at S3 bucket Docs: set BucketEncryption.KMSMasterKeyID to a customer-managed key"},
		"several": {[]inventory.Resource{kb("t.yaml#Docs", "default-encryption"), many}, bedlock.Unkeyed, ruleStoreUnkeyed, "",
			[]string{"default-encryption[1]: no key is named: SSE-S3", "default-encryption[0]: key Key is customer-managed, can serve here and is rotated", "stored in S3 bucket Docs"},
			"at S3 bucket Docs: default-encryption[1]: set BucketEncryption.KMSMasterKeyID to a customer-managed key"},
		"a parent that is Bedrock's": {[]inventory.Resource{version, guardrail(none(catalog.OwnerAWSOwned, ""))}, bedlock.Unkeyed, ruleUnkeyed, "",
			[]string{"no key is named: a key owned by the service", "stored in guardrail Guard"}, "at guardrail Guard: set KmsKeyArn to a customer-managed key"},
		"no such slot": {[]inventory.Resource{kb("t.yaml#Docs", "vectors"), bare}, bedlock.Unread, ruleUnread, "", []string{"stored in S3 bucket Docs, which has no slot vectors"}, liftUnread},
	} {
		t.Run(name, func(t *testing.T) {
			out := audit(t, inventory.Parts{Resources: c.resources, Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)}})
			s := out.slot(t, "t.yaml#KB")
			if s.Rung != c.rung || s.Key != c.key || s.Lift != c.lift {
				t.Errorf("rung %s, key %q, lift %q; want %s, %q, %q", s.Rung, s.Key, s.Lift, c.rung, c.key, c.lift)
			}
			if diff := cmp.Diff(c.evidence, texts(s.Evidence)); diff != "" {
				t.Errorf("evidence (-want +got)\n%s", diff)
			}
			for _, f := range out.findings {
				if f.Subject.ID == "t.yaml#KB" && f.Rule != c.rule {
					t.Errorf("finding %s, want %q", f.Rule, c.rule)
				}
			}
		})
	}
	out := audit(t, inventory.Parts{Resources: []inventory.Resource{circle}})
	if s := out.slots[0]; s.Rung != bedlock.Unresolved || s.Evidence[0].Text != "the way to the key leads through more than 8 stores, or in a circle" {
		t.Errorf("circle stands on %s: %q", s.Rung, texts(s.Evidence))
	}
}
