package cloudformation

import (
	"strings"
	"testing"
)

const samHead = `
Transform: AWS::Serverless-2016-10-31
Parameters:
  RoleArn: {Type: String}
  Boundary: {Type: String, Default: "arn:aws:iam::111122223333:policy/limit"}
Conditions:
  HasRole: !Not [!Equals [!Ref RoleArn, ""]]
Globals:
  Function: {RolePath: /app/}
Resources:
  Key: {Type: AWS::KMS::Key}
  F:
    Type: AWS::Serverless::Function
`

// What the role of a function has, beside what every one of these has.
func TestSAMRolePolicies(t *testing.T) {
	const (
		basic = `"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"`
		doc   = `{Version:"2012-10-17" Statement:[{Effect:"Allow" Action:["%a"] Resource:%r}]}`
	)
	allow := func(name, action, resource string) string {
		return `{PolicyName:"` + name + `" PolicyDocument:` + strings.NewReplacer("%a", action, "%r", resource).Replace(doc) + `}`
	}
	unknown := func(name, why string) string {
		return `{PolicyName:"` + name + `" PolicyDocument:unknown(` + why + `)}`
	}
	key := func(name, actions, id string) string {
		return `{PolicyName:"` + name + `" PolicyDocument:{Statement:[{Effect:"Allow" Action:[` + actions + `] Resource:` + id + `}]}}`
	}
	const keyARN = `"arn:aws:kms:us-east-1:111122223333:key/"`
	for properties, want := range map[string]struct{ managed, inline string }{
		`{}`:                              {basic, ``},
		`{Tracing: Active}`:               {basic + ` "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"`, ``},
		`{Tracing: Disabled}`:             {basic, ``},
		`{VpcConfig: {SubnetIds: [a]}}`:   {basic + ` "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"`, ``},
		`{DurableConfig: {Retention: 1}}`: {`"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"`, ``},
		`{Policies: AmazonS3FullAccess}`:  {basic + ` "AmazonS3FullAccess"`, ``},
		`{Policies: [!Ref Boundary, ` + strings.Trim(basic, `"`) + `]}`: {basic + ` "arn:aws:iam::111122223333:policy/limit"`, ``},
		`{Policies: [AWSLambdaBasicExecutionRole, A, A]}`:               {basic + ` "A"`, ``},
		`{Policies: [!Ref RoleArn]}`:                                    {basic + ` unknown(parameter RoleArn has no default)`, ``},
		`{Policies: {Statement: [{Effect: Deny}]}}`:                     {basic, `{PolicyName:"FRolePolicy0" PolicyDocument:{Statement:[{Effect:"Deny"}]}}`},
		`{Policies: [ReadOnlyAccess, {KMSDecryptPolicy: {KeyId: !Ref Key}}]}`: {
			basic + ` "ReadOnlyAccess"`, key("FRolePolicy1", `"kms:Decrypt"`, keyARN+`+@Key.Ref`)},
		`{Policies: [{KMSEncryptPolicy: {KeyId: abc}}]}`: {basic, key("FRolePolicy0", `"kms:Encrypt"`, strings.TrimSuffix(keyARN, `"`)+`abc"`)},
		`{Policies: [{KMSEncryptPolicy_v2: {KeyId: "*"}}]}`: {basic, key("FRolePolicy0",
			`"kms:Encrypt" "kms:GenerateDataKey" "kms:GenerateDataKeyWithoutPlaintext" "kms:GenerateDataKeyPair" "kms:GenerateDataKeyPairWithoutPlaintext"`, strings.TrimSuffix(keyARN, `"`)+`*"`)},
		`{Policies: [{KMSDecryptPolicy: {}}]}`:          {basic, unknown("FRolePolicy0", "SAM policy template KMSDecryptPolicy has no KeyId")},
		`{Policies: [{S3ReadPolicy: {BucketName: b}}]}`: {basic, unknown("FRolePolicy0", "SAM policy template S3ReadPolicy is not resolved")},
		`{Policies: [{A: 1, B: 2}]}`:                    {basic, unknown("FRolePolicy0", "the policy is none that SAM knows")},
		`{Policies: [!If [HasRole, ReadOnlyAccess, !Ref AWS::NoValue]]}`: {
			basic + ` <HasRole is true => "ReadOnlyAccess" | HasRole is false => absent>`, ``},
		`{Policies: !If [HasRole, [{KMSDecryptPolicy: {KeyId: k}}], [A]]}`: {
			basic + ` <HasRole is true => absent | HasRole is false => "A">`,
			`<HasRole is true => ` + key("FRolePolicy0", `"kms:Decrypt"`, strings.TrimSuffix(keyARN, `"`)+`k"`) + ` | HasRole is false => absent>`},
		`{DeadLetterQueue: {Type: SNS, TargetArn: !Ref Key}}`: {basic, allow("DeadLetterQueuePolicy", "sns:Publish", "@Key.Ref")},
		`{EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS}, OnFailure: {Type: S3Bucket, Destination: b}}}}`: {basic,
			allow("FEventInvokeConfigOnSuccessSQSPolicy", "sqs:SendMessage", "unknown(SAM makes the destination)") +
				` {PolicyName:"FEventInvokeConfigOnFailureS3BucketPolicy" PolicyDocument:{Version:"2012-10-17" Statement:[{Effect:"Allow" Action:["s3:PutObject"] Resource:"b/*"} {Effect:"Allow" Action:["s3:ListBucket"] Resource:"b"}]}}`},
		`{EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: !Ref RoleArn, Destination: x}}}}`: {basic,
			unknown("FEventInvokeConfigOnSuccess", "the type of a destination is not determined by the template")},
		`{EventInvokeConfig: !If [HasRole, {DestinationConfig: {}}, {}]}`: {basic,
			unknown("FEventInvokeConfig", "the destinations of the function are not determined by the template")},
		`{Events: {Q: {Type: SQS, Properties: {Queue: q}}, R: {Type: SQS}, Web: {Type: Api}}}`: {basic + ` "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"`, ``},
		`{Events: {K: {Type: Kinesis, Properties: {DestinationConfig: {OnFailure: {Type: SNS, Destination: d}}}}}}`: {
			basic + ` "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole"`, allow("FKSNSPolicy", "sns:Publish", `"d"`)},
		`{Events: {B: {Type: MQ, Properties: {SecretsManagerKmsKeyId: k}}}}`: {basic, unknown("FB", "the policy that SAM makes for event B is not resolved")},
		`{Events: {B: {Type: MSK, Properties: {SourceAccessConfigurations: []}}}}`: {
			basic + ` "arn:aws:iam::aws:policy/service-role/AWSLambdaMSKExecutionRole"`, unknown("FB", "the policy that SAM makes for event B is not resolved")},
		`{Events: {B: {Type: !Ref RoleArn}}}`: {basic, unknown("FB", "the type of event B is not determined by the template")},
		`{Events: !Ref RoleArn}`:              {basic, unknown("FEvents", "the events of the function are not determined by the template")},
	} {
		mods := evaluate(t, Options{Parameters: map[string]string{"AWS::Region": "us-east-1", "AWS::AccountId": "111122223333"}}, "t.yaml", samHead+"    Properties: "+properties+"\n")
		role := find(t, mods, "t.yaml#FRole")
		if got := show(role.Attributes.Get("ManagedPolicyArns")); got != "["+want.managed+"]" {
			t.Errorf("%s\n got managed %s\nwant         [%s]", properties, got, want.managed)
		}
		if got := show(role.Attributes.Get("Policies")); got != "["+want.inline+"]" {
			t.Errorf("%s\n got inline %s\nwant        [%s]", properties, got, want.inline)
		}
		if got := show(role.Attributes.Get("Path")); got != `"/app/"` {
			t.Errorf("%s: path %s", properties, got)
		}
		if got := show(find(t, mods, "t.yaml#F").Attributes.Get("Role")); got != "@FRole.Arn" {
			t.Errorf("%s: the function's role is %s", properties, got)
		}
	}
}

// Whether SAM makes a role, under which condition, and whom it trusts.
func TestSAMRoleIsMade(t *testing.T) {
	const lambda, states = `{Version:"2012-10-17" Statement:[{Effect:"Allow" Principal:{Service:"lambda.amazonaws.com"} Action:"sts:AssumeRole"}]}`,
		`{Version:"2012-10-17" Statement:[{Effect:"Allow" Principal:{Service:"states.amazonaws.com"} Action:"sts:AssumeRole"}]}`
	for resource, want := range map[string]string{
		`{Type: AWS::Serverless::Function}`:                                                                                      `@XRole.Arn [] ` + lambda,
		`{Type: AWS::Serverless::Function, Condition: HasRole, Properties: {}}`:                                                  `@XRole.Arn [HasRole is true] ` + lambda,
		`{Type: AWS::Serverless::Function, Properties: {Role: !Ref RoleArn}}`:                                                    `unknown(parameter RoleArn has no default) none`,
		`{Type: AWS::Serverless::Function, Properties: {Role: !If [HasRole, !Ref RoleArn, !Ref AWS::NoValue]}}`:                  `<HasRole is true => unknown(parameter RoleArn has no default) | HasRole is false => @XRole.Arn> [HasRole is false] ` + lambda,
		`{Type: AWS::Serverless::Function, Properties: {Role: {"Fn::If": [HasRole, {Ref: AWS::NoValue}, r]}}}`:                   `<HasRole is true => @XRole.Arn | HasRole is false => "r"> [HasRole is true] ` + lambda,
		`{Type: AWS::Serverless::Function, Properties: {Role: !If [HasRole, !Ref AWS::NoValue, !Ref AWS::NoValue]}}`:             `@XRole.Arn [] ` + lambda,
		`{Type: AWS::Serverless::Function, Properties: {Role: !If [HasRole, a, b]}}`:                                             `<HasRole is true => "a" | HasRole is false => "b"> none`,
		`{Type: AWS::Serverless::Function, Properties: {Role: !If [HasRole, !GetAtt XRole.Arn, !Ref AWS::NoValue]}}`:             `<HasRole is true => unknown(XRole is not made: HasRole is true) | HasRole is false => @XRole.Arn> [HasRole is false] ` + lambda,
		`{Type: AWS::Serverless::Function, Properties: {AssumeRolePolicyDocument: {Statement: []}}}`:                             `@XRole.Arn [] {Statement:[]}`,
		`{Type: AWS::Serverless::StateMachine, Properties: {Policies: [A], Tracing: {Enabled: true}}}`:                           `@XRole.Arn [] ` + states,
		`{Type: AWS::Serverless::StateMachine, Properties: {Role: r}}`:                                                           `"r" none`,
		`{Type: AWS::Serverless::SimpleTable}`:                                                                                   `absent none`,
		`{Type: AWS::Serverless::Function, Fn::Transform: {Name: M}}`:                                                            `absent [] absent`,
		`{Type: AWS::Serverless::Function, Properties: {PermissionsBoundary: !Ref Boundary}, Connectors: {C: {Properties: {}}}}`: `@XRole.Arn [] ` + lambda,
	} {
		mods := evaluate(t, Options{}, "t.yaml", samHead+"  X: "+resource+"\n")
		x := find(t, mods, "t.yaml#X")
		named := x.Attributes.Get("Role")
		if strings.Contains(x.Type, "StateMachine") {
			named = x.Attributes.Get("RoleArn")
		}
		got := show(named) + " none"
		for _, r := range mods[0].Resources {
			if r.ID == "t.yaml#XRole" {
				got = strings.TrimSuffix(got, "none") + "[" + r.When + "] " + show(r.Attributes.Get("AssumeRolePolicyDocument"))
			}
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", resource, got, want)
		}
	}
}

// A condition that a parameter decides decides about the role, and what is declared
// under its name is left alone. Connectors add what is not known.
func TestSAMRoleBeside(t *testing.T) {
	const function = "  X: {Type: AWS::Serverless::Function, Properties: {Role: !If [HasRole, !Ref RoleArn, !Ref AWS::NoValue]}}\n"
	addresses := func(opts Options, resources string) string {
		var out []string
		for _, r := range evaluate(t, opts, "t.yaml", samHead+"    Properties: {Role: r}\n"+resources)[0].Resources {
			out = append(out, r.Address+":"+r.Type)
		}
		return strings.Join(out[2:], " ")
	}
	given := Options{Parameters: map[string]string{"RoleArn": "r"}}
	none := Options{Parameters: map[string]string{"RoleArn": ""}}
	for _, tt := range []struct {
		opts            Options
		resources, want string
	}{
		{given, function, "X:AWS::Lambda::Function"},
		{none, function, "X:AWS::Lambda::Function XRole:AWS::IAM::Role"},
		{none, "  XRole: {Type: AWS::S3::Bucket}\n" + function, "XRole:AWS::S3::Bucket X:AWS::Lambda::Function"},
	} {
		if got := addresses(tt.opts, tt.resources); got != tt.want {
			t.Errorf("got %s\nwant %s", got, tt.want)
		}
	}
	mods := evaluate(t, Options{}, "t.yaml", samHead+`    Connectors: {Own: {Properties: {}}}
  Apart: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: F}, Destination: {Id: Key}}}
`)
	want := `[{PolicyName:"Own" PolicyDocument:unknown(the permissions of SAM connector Own are not resolved)}` +
		` {PolicyName:"Apart" PolicyDocument:unknown(the permissions of SAM connector Apart are not resolved)}]`
	if got := show(find(t, mods, "t.yaml#FRole").Attributes.Get("Policies")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	mods = evaluate(t, Options{}, "t.yaml", samHead+"    Properties: {Role: !If [HasRole, !Ref RoleArn, !Ref AWS::NoValue], Policies: !If [HasRole, A, B]}\n")
	if got, want := show(find(t, mods, "t.yaml#FRole").Attributes.Get("ManagedPolicyArns")), `["arn:${bedlock:partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" "B"]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
