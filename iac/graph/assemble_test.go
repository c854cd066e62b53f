package graph

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/inventory"
)

const testCatalog = `
- type: AWS::T::Thing
  title: thing
  service: t
  family: bedrock
  terraform: [aws_thing, awscc_t_thing]
  name: {cloudformation: Name, aws_thing: name}
  tags: {cloudformation: Tags, aws_thing: tags}
  roles: [{name: service, at: {cloudformation: RoleArn, aws_thing: role_arn}}]
  sources: {type: [https://example.com]}
  slots:
    - name: main
      title: main
      at: {cloudformation: KmsKeyArn, aws_thing: kms_key_arn}
      default: {owner: aws-owned, text: default}
      change: in-place
      sources: &s {fields: [https://example.com], default: [https://example.com], change: [https://example.com]}
    - name: volume
      title: volume
      at: {cloudformation: Volumes.Key, aws_thing: volume.key}
      applies: [{at: {cloudformation: Kind, aws_thing: kind}, in: [EBS]}]
      default: {owner: aws-owned}
      change: in-place
      sources: *s
- type: AWS::T::Bucket
  title: bucket
  service: t
  family: store
  terraform: [aws_bucket]
  name: {cloudformation: BucketName, aws_bucket: bucket}
  sources: {type: [https://example.com]}
  companions: [{type: aws_bucket_encryption, by: bucket}]
  slots:
    - name: default
      title: default
      at: {cloudformation: Enc.Rule.Key, aws_bucket_encryption: rule.key}
      mode:
        at: {cloudformation: Enc.Rule.Alg, aws_bucket_encryption: rule.alg}
        values: {AES256: {owner: aws-owned, text: SSE}, "aws:kms": {owner: aws-managed, alias: alias/aws/s3}}
        wins: [AES256]
      default: {owner: aws-owned, text: none set}
      change: in-place
      sources: *s
- type: AWS::T::Base
  title: base
  service: t
  family: bedrock
  terraform: [aws_base]
  sources: {type: [https://example.com]}
  slots:
    - name: store
      title: store
      through: [{at: {cloudformation: Bucket, aws_base: bucket}, type: AWS::T::Bucket, slot: default}]
      default: {owner: aws-owned}
      change: elsewhere
      sources: {through: [https://example.com], change: [https://example.com]}
- type: AWS::KMS::Key
  title: key
  service: kms
  family: kms
  kind: key
  terraform: [aws_kms_key, aws_kms_external_key]
  attributes:
    enabled: {cloudformation: Enabled, aws_kms_key: is_enabled, aws_kms_external_key: enabled}
    rotation: {cloudformation: EnableKeyRotation, aws_kms_key: enable_key_rotation}
    rotationDays: {cloudformation: RotationPeriodInDays, aws_kms_key: rotation_period_in_days}
    deletionDays: {cloudformation: PendingWindowInDays, aws_kms_key: deletion_window_in_days}
    spec: {cloudformation: KeySpec, aws_kms_key: customer_master_key_spec}
    usage: {cloudformation: KeyUsage, aws_kms_key: key_usage}
    origin: {cloudformation: Origin}
    policy: {cloudformation: KeyPolicy, aws_kms_key: policy, aws_kms_key_policy: policy}
    tags: {cloudformation: Tags, aws_kms_key: tags}
  companions: [{type: aws_kms_key_policy, by: key_id}]
  sources: {type: [https://example.com]}
- type: AWS::KMS::Alias
  title: alias
  service: kms
  family: kms
  kind: alias
  terraform: [aws_kms_alias]
  attributes: {name: {cloudformation: AliasName, aws_kms_alias: name}, target: {cloudformation: TargetKeyId, aws_kms_alias: target_key_id}}
  sources: {type: [https://example.com]}
- type: AWS::KMS::Grant
  title: grant
  service: kms
  family: kms
  kind: grant
  cloudformation: absent
  terraform: [aws_kms_grant]
  attributes:
    key: {aws_kms_grant: key_id}
    grantee: {aws_kms_grant: grantee_principal}
    retiring: {aws_kms_grant: retiring_principal}
    operations: {aws_kms_grant: operations}
    contextEquals: {aws_kms_grant: constraints.encryption_context_equals}
    contextSubset: {aws_kms_grant: constraints.encryption_context_subset}
  sources: {type: [https://example.com]}
`

// build makes resources of a compact JSON form: {"address": ["TYPE", {attributes}]}.
// In attributes {"$ref": ["address", "attribute"]} is a reference,
// {"$if": ["condition", then, else]} a choice, {"$unknown": "reason"} unknown and
// {"$join": [parts]} a text of parts.
func build(t *testing.T, file, src string) Module {
	t.Helper()
	n, err := syntax.ParseJSON(file, []byte(src), syntax.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m := Module{Input: bedlock.Input{Path: file, Status: bedlock.InputAudited}}
	for i := 0; i+1 < len(n.Items); i += 2 {
		address, body := n.Items[i].Text, n.Items[i+1]
		r := Resource{ID: file + "#" + address, Address: address, Type: body.Items[0].Text, Dialect: CloudFormation, At: n.Items[i].At(file)}
		if !strings.HasPrefix(r.Type, "AWS::") {
			r.Dialect = Terraform
		}
		r.Attributes = testValue(file, &body.Items[1])
		if len(body.Items) > 2 {
			r.When = body.Items[2].Text
		}
		m.Resources = append(m.Resources, r)
	}
	return m
}

func testValue(file string, n *syntax.Node) Value {
	at := n.At(file)
	if n.Kind == syntax.Map && len(n.Items) == 2 {
		arg := &n.Items[1]
		switch n.Items[0].Text {
		case "$ref":
			id := arg.Items[0].Text
			if !strings.Contains(id, "#") {
				id = file + "#" + id
			}
			return Reference(id, arg.Items[1].Text, at)
		case "$unknown":
			return Unresolved(arg.Text, at)
		case "$if":
			c := arg.Items[0].Text
			return Value{Kind: Choice, At: at, Choices: []Branch{
				{When: c + " is true", Value: testValue(file, &arg.Items[1])}, {When: c + " is false", Value: testValue(file, &arg.Items[2])}}}
		case "$join":
			v := Value{Kind: Concat, At: at}
			for i := range arg.Items {
				v.Items = append(v.Items, testValue(file, &arg.Items[i]))
			}
			return v
		}
	}
	v := fromNode(n, at)
	v.Items, v.Members = nil, nil
	switch n.Kind {
	case syntax.List:
		for i := range n.Items {
			v.Items = append(v.Items, testValue(file, &n.Items[i]))
		}
	case syntax.Map:
		for i := 0; i+1 < len(n.Items); i += 2 {
			v.Members = append(v.Members, Member{Name: n.Items[i].Text, At: n.Items[i].At(file), Value: testValue(file, &n.Items[i+1])})
		}
	}
	return v
}

func assemble(t *testing.T, modules ...Module) *inventory.Inventory {
	t.Helper()
	cat, err := catalog.Load(fstest.MapFS{"t.yaml": {Data: []byte(testCatalog)}})
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Assemble(cat, modules)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// show prints what a slot names, one branch per line.
func show(s inventory.Slot) string {
	var lines []string
	for _, n := range s.Named {
		line := n.Text.State().String()
		if v, ok := n.Text.Get(); ok {
			line = v
		} else if n.Text.Why() != "" {
			line += "(" + n.Text.Why() + ")"
		}
		for _, part := range []struct{ label, value string }{
			{"form", string(n.Form)}, {"key", n.Key}, {"store", n.Store}, {"owner", string(n.Owner)}, {"default", n.Default}, {"how", n.How},
		} {
			if part.value != "" {
				line += " " + part.label + "=" + part.value
			}
		}
		if n.When != "" {
			line = n.When + ": " + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestSlotNames(t *testing.T) {
	const keys = `"Key": ["AWS::KMS::Key", {}], "Alias": ["AWS::KMS::Alias", {"AliasName": "alias/app", "TargetKeyId": {"$ref": ["Key", "Ref"]}}],`
	const arnKey = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	for name, tt := range map[string]struct{ value, want string }{
		"nothing":      {`{}`, "absent owner=aws-owned default=default"},
		"empty string": {`{"KmsKeyArn": ""}`, " owner=aws-owned default=default"},
		"GetAtt":       {`{"KmsKeyArn": {"$ref": ["Key", "Arn"]}}`, "${bedlock:ref:t#Key#Arn} form=key-arn key=t#Key how=by reference to Key"},
		"Ref is an id": {`{"KmsKeyArn": {"$ref": ["Key", "Ref"]}}`, "${bedlock:ref:t#Key#Ref} form=key-id key=t#Key how=by reference to Key"},
		"alias":        {`{"KmsKeyArn": {"$ref": ["Alias", "Ref"]}}`, "${bedlock:ref:t#Alias#Ref} form=alias key=t#Key how=through alias Alias"},
		"alias text":   {`{"KmsKeyArn": "alias/app"}`, "alias/app form=alias key=t#Key how=through alias/app"},
		"alias ARN":    {`{"KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:alias/app"}`, "arn:aws:kms:us-east-1:111122223333:alias/app form=alias-arn key=t#Key how=through alias/app"},
		"other alias":  {`{"KmsKeyArn": "alias/other"}`, "alias/other form=alias"},
		"aws alias":    {`{"KmsKeyArn": "alias/aws/s3"}`, "alias/aws/s3 form=alias"},
		"literal":      {`{"KmsKeyArn": "` + arnKey + `"}`, arnKey + " form=key-arn"},
		"junk":         {`{"KmsKeyArn": "$aws_kms_key.k.arn"}`, "$aws_kms_key.k.arn"},
		"unknown":      {`{"KmsKeyArn": {"$unknown": "parameter K has no default"}}`, "unknown(parameter K has no default)"},
		"other thing":  {`{"KmsKeyArn": {"$ref": ["Elsewhere", "Arn"]}}`, "unknown(Elsewhere Arn is not among the inputs)"},
		"composed": {`{"KmsKeyArn": {"$join": ["arn:${bedlock:partition}:kms:${bedlock:region}:${bedlock:account}:key/", {"$ref": ["Key", "Ref"]}]}}`,
			"arn:${bedlock:partition}:kms:${bedlock:region}:${bedlock:account}:key/${bedlock:ref:t#Key#Ref} form=key-arn key=t#Key how=by reference to Key"},
		"two branches": {`{"KmsKeyArn": {"$if": ["HasKey", {"$ref": ["Key", "Arn"]}, null]}}`,
			"HasKey is true: ${bedlock:ref:t#Key#Arn} form=key-arn key=t#Key how=by reference to Key\nHasKey is false: absent owner=aws-owned default=default"},
		"the same on both branches": {`{"KmsKeyArn": {"$if": ["X", {"$ref": ["Key", "Arn"]}, {"$ref": ["Key", "Arn"]}]}}`,
			"${bedlock:ref:t#Key#Arn} form=key-arn key=t#Key how=by reference to Key"},
		"contradiction inside": {`{"KmsKeyArn": {"$if": ["X", {"$if": ["X", "alias/app", "alias/aws/s3"]}, {"$if": ["X", "alias/aws/s3", null]}]}}`,
			"X is true: alias/app form=alias key=t#Key how=through alias/app\nX is false: absent owner=aws-owned default=default"},
		"a list": {`{"KmsKeyArn": ["alias/app"]}`, "alias/app form=alias key=t#Key how=through alias/app"},
		"a map":  {`{"KmsKeyArn": {"a": "b"}}`, "(not a text)"},
	} {
		t.Run(name, func(t *testing.T) {
			inv := assemble(t, build(t, "t", `{`+keys+`"Thing": ["AWS::T::Thing", `+tt.value+`]}`))
			if got := show(*inv.Resource("t#Thing").Slot("main")); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestModeDecidesWhatAbsenceMeans(t *testing.T) {
	for name, tt := range map[string]struct{ value, want string }{
		"nothing":             {`{}`, "absent owner=aws-owned default=none set"},
		"algorithm only":      {`{"Enc": [{"Rule": {"Alg": "aws:kms"}}]}`, "absent owner=aws-managed default=alias/aws/s3"},
		"SSE wins over a key": {`{"Enc": [{"Rule": {"Alg": "AES256", "Key": "alias/x"}}]}`, "absent owner=aws-owned default=SSE"},
		"key":                 {`{"Enc": [{"Rule": {"Alg": "aws:kms", "Key": "alias/x"}}]}`, "alias/x form=alias"},
		"unknown algorithm":   {`{"Enc": [{"Rule": {"Alg": {"$unknown": "why"}}}]}`, "unknown(why)"},
		"consistent branches": {`{"Enc": [{"Rule": {"Alg": {"$if": ["K", "aws:kms", "AES256"]}, "Key": {"$if": ["K", "alias/x", null]}}}]}`, "K is true: alias/x form=alias\nK is false: absent owner=aws-owned default=SSE"},
		"no list on one side": {`{"Enc": {"$if": ["K", [{"Rule": {"Alg": "aws:kms", "Key": "alias/x"}}], null]}}`, "K is true: alias/x form=alias\nK is false: absent owner=aws-owned default=none set"},
	} {
		t.Run(name, func(t *testing.T) {
			inv := assemble(t, build(t, "t", `{"B": ["AWS::T::Bucket", `+tt.value+`]}`))
			if got := show(*inv.Resource("t#B").Slot("default")); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestListsMakeSeveralSlots(t *testing.T) {
	inv := assemble(t, build(t, "t", `{
		"A": ["AWS::T::Thing", {"Kind": "EBS", "Volumes": [{"Key": "alias/a"}, {}]}],
		"B": ["AWS::T::Thing", {"Kind": "NVME", "Volumes": [{"Key": "alias/a"}]}],
		"C": ["AWS::T::Thing", {"Kind": {"$unknown": "x"}, "Volumes": [{"Key": "alias/a"}]}],
		"D": ["AWS::T::Thing", {"Volumes": [{"Key": "alias/a"}]}]}`))
	for id, want := range map[string]string{"t#A": "main volume[0] volume[1]", "t#B": "main", "t#C": "main volume", "t#D": "main"} {
		var names []string
		for _, s := range inv.Resource(id).Slots {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s has slots %s, want %s", id, got, want)
		}
	}
}

func TestCompanionCompletesItsResource(t *testing.T) {
	m := build(t, "t", `{
		"aws_kms_key.k": ["aws_kms_key", {}],
		"aws_kms_key_policy.k": ["aws_kms_key_policy", {"key_id": {"$ref": ["aws_kms_key.k", "id"]}, "policy": "{\"Statement\":{\"Effect\":\"Deny\"}}"}],
		"aws_bucket.a": ["aws_bucket", {"bucket": "logs"}],
		"aws_bucket.b": ["aws_bucket", {"bucket": "other"}],
		"aws_bucket_encryption.a": ["aws_bucket_encryption", {"bucket": "logs", "rule": [{"alg": "aws:kms", "key": {"$ref": ["aws_kms_key.k", "arn"]}}]}],
		"aws_bucket_encryption.b": ["aws_bucket_encryption", {"bucket": {"$ref": ["aws_bucket.b", "id"]}, "rule": [{"alg": "aws:kms"}]}, "var.on is true"]}`)
	inv := assemble(t, m)
	for id, want := range map[string]string{
		"t#aws_bucket.a": "${bedlock:ref:t#aws_kms_key.k#arn} form=key-arn key=t#aws_kms_key.k how=by reference to aws_kms_key.k",
		"t#aws_bucket.b": "var.on is true: absent owner=aws-managed default=alias/aws/s3\nvar.on is false: absent owner=aws-owned default=none set",
	} {
		if got := show(*inv.Resource(id).Slot("default")); got != want {
			t.Errorf("%s: got  %s\nwant %s", id, got, want)
		}
	}
	p, ok := inv.Key("t#aws_kms_key.k").Policy.Get()
	if want := `{"Statement":[{"Effect":"Deny"}]}`; !ok || p.Text != want {
		t.Errorf("policy = %q, want %q", p.Text, want)
	}
}

func TestStores(t *testing.T) {
	for name, tt := range map[string]struct{ value, want string }{
		"by reference": {`{"Bucket": {"$ref": ["B", "Ref"]}}`, "${bedlock:ref:t#B#Ref} store=t#B how=through B"},
		"by name":      {`{"Bucket": "logs"}`, "logs store=t#B how=through B"},
		"by ARN":       {`{"Bucket": "arn:aws:s3:::logs"}`, "arn:aws:s3:::logs store=t#B how=through B"},
		"elsewhere":    {`{"Bucket": "foreign"}`, "foreign"},
		"wrong type":   {`{"Bucket": {"$ref": ["K", "Ref"]}}`, "unknown(K (AWS::KMS::Key) is no AWS::T::Bucket of the inputs)"},
	} {
		t.Run(name, func(t *testing.T) {
			inv := assemble(t, build(t, "t", `{"K": ["AWS::KMS::Key", {}], "B": ["AWS::T::Bucket", {"BucketName": "logs"}], "X": ["AWS::T::Base", `+tt.value+`]}`))
			if got := show(*inv.Resource("t#X").Slot("store")); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	inv := assemble(t, build(t, "t", `{"X": ["AWS::T::Base", {}]}`))
	if inv.Resource("t#X").Slot("store") != nil {
		t.Error("a store slot exists although no store is named")
	}
}

func TestKeyFacts(t *testing.T) {
	inv := assemble(t, build(t, "t", `{
		"Plain": ["AWS::KMS::Key", {}],
		"Full": ["AWS::KMS::Key", {"EnableKeyRotation": "true", "RotationPeriodInDays": 90, "PendingWindowInDays": "7", "Enabled": false, "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Tags": [{"Key": "a", "Value": "b"}]}],
		"Open": ["AWS::KMS::Key", {"EnableKeyRotation": {"$unknown": "why"}, "Tags": [{"Key": "a", "Value": {"$unknown": "x"}}]}],
		"Import": ["AWS::KMS::Key", {"Origin": "EXTERNAL"}],
		"aws_kms_key.hsm": ["aws_kms_key", {"custom_key_store_id": "cks-1"}],
		"aws_kms_key.xks": ["aws_kms_key", {"custom_key_store_id": "cks-2", "xks_key_id": "k"}],
		"aws_kms_key.none": ["aws_kms_key", {"custom_key_store_id": ""}],
		"aws_kms_external_key.e": ["aws_kms_external_key", {}]}`))
	for id, want := range map[string]string{"t#aws_kms_key.hsm": "AWS_CLOUDHSM", "t#aws_kms_key.xks": "EXTERNAL_KEY_STORE", "t#aws_kms_key.none": "AWS_KMS"} {
		if got := inv.Key(id).Origin.Or(""); got != want {
			t.Errorf("%s has origin %s, want %s", id, got, want)
		}
	}
	k := inv.Key("t#Plain")
	if r, ok := k.Rotation.Get(); r || !ok || k.DeletionDays.Or(0) != 30 || k.Spec.Or("") != "SYMMETRIC_DEFAULT" || k.State.Or("") != "Enabled" || k.Policy.State() != inventory.StateAbsent {
		t.Errorf("defaults: %+v", k)
	}
	k = inv.Key("t#Full")
	if !k.Rotation.Or(false) || k.RotationDays.Or(0) != 90 || k.DeletionDays.Or(0) != 7 || k.State.Or("") != "Disabled" || k.Spec.Or("") != "RSA_2048" || k.Tags.Known["a"] != "b" {
		t.Errorf("declared: %+v", k)
	}
	k = inv.Key("t#Open")
	if k.Rotation.State() != inventory.StateUnknown || k.Rotation.Why() != "why" || k.Tags.Open == "" {
		t.Errorf("open: %+v", k)
	}
	if k = inv.Key("t#Import"); k.State.State() != inventory.StateUnknown {
		t.Errorf("imported: %+v", k.State)
	}
	if k = inv.Key("t#aws_kms_external_key.e"); k.State.State() != inventory.StateUnknown || k.Origin.Or("") != "EXTERNAL" {
		t.Errorf("external: %+v", k)
	}
}

func TestPolicyStatementsKeepTheirConditions(t *testing.T) {
	inv := assemble(t, build(t, "t", `{"K": ["AWS::KMS::Key", {"KeyPolicy": {"Version": "2012-10-17", "Statement": [
		{"Sid": "A", "Principal": {"AWS": {"$join": ["arn:aws:iam::", {"$unknown": "parameter Acct"}, ":root"]}}},
		{"$if": ["C", {"Sid": "B", "Principal": "*"}, null]},
		{"Sid": "D", "Principal": {"$if": ["E", "x", "y"]}}]}}]}`))
	p, _ := inv.Key("t#K").Policy.Get()
	want := `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"A","Principal":{"AWS":"arn:aws:iam::${bedlock:unknown:parameter Acct}:root"}},` +
		`{"Sid":"B","Principal":"*"},{"Sid":"D","Principal":"x"},{"Sid":"D","Principal":"y"}]}`
	if p.Text != want {
		t.Errorf("text %s\nwant %s", p.Text, want)
	}
	if got := strings.Join(p.Whens, "|"); got != "|C is true|E is true|E is false" {
		t.Errorf("conditions %q", got)
	}
	if len(p.Statements) != 4 || p.Statements[0].Line != 2 || p.Statements[1].Line != 3 {
		t.Errorf("positions %v", p.Statements)
	}
}

func TestRolesAndPolicies(t *testing.T) {
	inv := assemble(t, build(t, "t", `{
		"R": ["AWS::IAM::Role", {"RoleName": "kb", "Path": "/service/", "AssumeRolePolicyDocument": {"Statement": []}, "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": []}}]}],
		"P": ["AWS::IAM::Policy", {"PolicyName": "q", "Roles": [{"$ref": ["R", "Ref"]}], "PolicyDocument": {"Statement": [{"Effect": "Allow"}]}}],
		"T": ["AWS::T::Thing", {"RoleArn": {"$ref": ["R", "Arn"]}}],
		"U": ["AWS::T::Thing", {"RoleArn": "arn:aws:iam::111122223333:role/service/kb"}]}`))
	for _, id := range []string{"t#T", "t#U"} {
		if roles := inv.Resource(id).Roles; len(roles) != 1 || roles[0].Principal != "t#R" {
			t.Errorf("%s roles %+v", id, roles)
		}
	}
	p := inv.Principal("t#R")
	if len(p.Policies) != 2 || p.Policies[0].Name != "p" || p.Policies[1].Name != "q" || p.Trust.State() != inventory.StateKnown {
		t.Errorf("principal %+v", p)
	}
}

func TestUnknownTypesAreNamed(t *testing.T) {
	m := build(t, "t", `{"X": ["AWS::Bedrock::AgentActionGroup", {}], "Y": ["AWS::EC2::VPC", {}], "aws_bedrock_new.z": ["aws_bedrock_new", {}]}`)
	inv := assemble(t, m)
	notes := inv.Parts().Inputs[0].Notes
	if len(notes) != 2 || !strings.HasPrefix(notes[0].Text, "AWS::Bedrock::AgentActionGroup is no CloudFormation resource type") || notes[0].At.Line != 1 {
		t.Errorf("notes %+v", notes)
	}
}

func TestAmbiguousAliasIsNotJoined(t *testing.T) {
	key := `"K": ["AWS::KMS::Key", {}], "A": ["AWS::KMS::Alias", {"AliasName": "alias/app", "TargetKeyId": {"$ref": ["K", "Ref"]}}]`
	user := build(t, "user", `{"T": ["AWS::T::Thing", {"KmsKeyArn": "alias/app"}]}`)
	if got := show(*assemble(t, build(t, "one", "{"+key+"}"), user).Resource("user#T").Slot("main")); !strings.Contains(got, "key=one#K") {
		t.Errorf("one candidate: %s", got)
	}
	if got := show(*assemble(t, build(t, "one", "{"+key+"}"), build(t, "two", "{"+key+"}"), user).Resource("user#T").Slot("main")); got != "alias/app form=alias" {
		t.Errorf("two candidates: %s", got)
	}
}

func TestReferencesSurviveTextsOfJSON(t *testing.T) {
	at := bedlock.Position{File: "t", Line: 1, Column: 1}
	ref := Reference("t#K", "Arn", at)
	v := Value{Kind: Concat, At: at, Items: []Value{Str(`{"a":"`, at), ref, Str(`","b":"x-`, at), ref, Str(`"}`, at)}}
	got := parseText(v)
	if a := got.Get("a"); a.Kind != Ref || a.Target != "t#K" || a.Text != "Arn" {
		t.Errorf("a = %+v", a)
	}
	if b := got.Get("b"); b.Kind != Concat || b.Print() != "x-${bedlock:ref:t#K#Arn}" {
		t.Errorf("b = %+v", b)
	}
}
