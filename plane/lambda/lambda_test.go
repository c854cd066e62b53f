package lambda_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/functions"
	role    = "arn:aws:iam::111122223333:role/run"
	second  = "arn:aws:iam::111122223333:role/service/second"
	arn     = "arn:aws:lambda:eu-west-1:111122223333:function:"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: exact
        access-keys: [{id: AKIAEXACT0000000, secret: secret}]
        policies:
          own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "lambda:*", Resource: "arn:aws:lambda:eu-west-1:111122223333:function:own"}]}
          pass: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:PassRole", Resource: "*", Condition: {StringEquals: {"iam:PassedToService": lambda.amazonaws.com}}}]}
    roles:
      - name: run
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      - name: second
        path: /service/
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      - name: stranger
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/functions}
      - {region: eu-west-1, alias: alias/packages}
  "222233334444":
    users:
      - name: guest
        access-keys: [{id: AKIAGUEST0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

const (
	admin = "AKIAADMIN0000000"
	exact = "AKIAEXACT0000000"
	guest = "AKIAGUEST0000000"
)

func client(p *localtest.Plane, accessKey string) *lambda.Client {
	return lambda.NewFromConfig(sdktest.Config(p, accessKey, "lambda"))
}

// packed is a package with one file.
func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w := localtest.Must(z.Create("index.py"))(t)
	localtest.Must(w.Write([]byte(text)))(t)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func create(t testing.TB, c *lambda.Client, name string, change ...func(*lambda.CreateFunctionInput)) (*lambda.CreateFunctionOutput, error) {
	t.Helper()
	in := &lambda.CreateFunctionInput{
		FunctionName: &name, Role: aws.String(role), Runtime: types.RuntimePython313, Handler: aws.String("index.handler"),
		Code: &types.FunctionCode{ZipFile: packed(t, "pass")},
	}
	for _, f := range change {
		f(in)
	}
	return c.CreateFunction(t.Context(), in)
}

func variables(v map[string]string) func(*lambda.CreateFunctionInput) {
	return func(in *lambda.CreateFunctionInput) { in.Environment = &types.Environment{Variables: v} }
}

func keyed(p *localtest.Plane) func(*lambda.CreateFunctionInput) {
	return func(in *lambda.CreateFunctionInput) { in.KMSKeyArn = aws.String(p.KeyARN(account, region, alias)) }
}

func configuration(t *testing.T, c *lambda.Client, name string) *lambda.GetFunctionConfigurationOutput {
	t.Helper()
	return localtest.Must(c.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &name}))(t)
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func env(e *types.EnvironmentResponse) string {
	switch {
	case e == nil:
		return "none"
	case e.Error != nil:
		return *e.Error.ErrorCode + ": " + *e.Error.Message
	}
	return text(e.Variables)
}

// grants are the grants of the functions' key: grantee and operations.
func grants(t *testing.T, p *localtest.Plane) string {
	t.Helper()
	var out []string
	for _, g := range p.API("kms", admin).Do(t, "ListGrants", `{"KeyId": "`+p.KeyARN(account, region, alias)+`"}`).Objects("Grants") {
		out = append(out, g.Text("GranteePrincipal")+" "+strings.Join(g.Texts("Operations"), ",")+" "+text(g.Map("Constraints.EncryptionContextSubset")))
	}
	return strings.Join(out, "\n")
}

func TestFunction(t *testing.T) {
	p := localtest.Open(t, seed)
	p.World.Settle = time.Minute
	c, ctx := client(p, admin), t.Context()
	out := localtest.Must(create(t, c, "f", func(in *lambda.CreateFunctionInput) { in.Tags = map[string]string{"team": "blue"} }))(t)
	if *out.FunctionArn != arn+"f" || out.State != "Pending" || out.StateReasonCode != "Creating" || *out.Version != "$LATEST" || out.LastUpdateStatus != "" {
		t.Errorf("created %s", text(out))
	}
	_, err := create(t, c, "f")
	localtest.Refused(t, err, "ResourceConflictException", "Function already exist: f")
	_, err = c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("f"), Timeout: aws.Int32(9)})
	localtest.Refused(t, err, "ResourceConflictException", "The operation cannot be performed at this time. The function is currently in the following state: Pending")
	p.Pass(time.Minute)
	c = client(p, admin)
	zip := packed(t, "pass")
	d := configuration(t, c, "f")
	if d.State != "Active" || d.StateReason != nil || d.LastUpdateStatus != "Successful" || *d.Timeout != 3 || *d.MemorySize != 128 || d.PackageType != "Zip" || d.CodeSize != int64(len(zip)) || *d.CodeSha256 != digest(zip) ||
		*d.Handler != "index.handler" || d.Runtime != "python3.13" || d.TracingConfig.Mode != "PassThrough" || d.Architectures[0] != "x86_64" || *d.EphemeralStorage.Size != 512 || *d.LoggingConfig.LogGroup != "/aws/lambda/f" ||
		d.Environment != nil || d.KMSKeyArn != nil || d.SnapStart.ApplyOn != "None" || *d.LastModified != p.Now().Add(-time.Minute).Format("2006-01-02T15:04:05.000")+"+0000" {
		t.Errorf("configuration %s", text(d))
	}
	for _, name := range []string{"f", arn + "f", account + ":function:f", "f:$LATEST"} {
		if d := configuration(t, c, name); *d.FunctionName != "f" {
			t.Errorf("%s is %s", name, text(d))
		}
	}
	g := localtest.Must(c.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("f")}))(t)
	if *g.Code.RepositoryType != "S3" || g.Code.SourceKMSKeyArn != nil || g.Code.Error != nil || text(g.Tags) != `{"team":"blue"}` || *g.Configuration.FunctionArn != arn+"f" {
		t.Errorf("function %s", text(g))
	}
	u := localtest.Must(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("f"), Timeout: aws.Int32(9)}))(t)
	if u.LastUpdateStatus != "InProgress" || *u.Timeout != 9 || *u.MemorySize != 128 || *u.RevisionId == *d.RevisionId {
		t.Errorf("updated %s", text(u))
	}
	_, err = c.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("f"), ZipFile: packed(t, "x")})
	localtest.Refused(t, err, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: "+arn+"f")
	p.Pass(time.Minute)
	c = client(p, admin)
	_, err = c.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("f"), ZipFile: packed(t, "x"), RevisionId: d.RevisionId})
	localtest.Refused(t, err, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
	localtest.Must(c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String("f")}))(t)
	_, err = c.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("f"), Qualifier: aws.String("1")})
	localtest.Refused(t, err, "ResourceNotFoundException", "Function not found: "+arn+"f:1")
}

func TestRefusals(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	for name, o := range map[string]struct {
		change     func(*lambda.CreateFunctionInput)
		code, text string
	}{
		"role": {func(in *lambda.CreateFunctionInput) { in.Role = aws.String("arn:aws:iam::111122223333:role/stranger") }, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."},
		"zip":  {func(in *lambda.CreateFunctionInput) { in.Code.ZipFile = []byte("no") }, "InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again."},
		"empty": {func(in *lambda.CreateFunctionInput) {
			in.Code.ZipFile = []byte("PK\x05\x06" + strings.Repeat("\x00", 18))
		}, "InvalidParameterValueException", "Uploaded file must be a non-empty zip"},
		"none":  {func(in *lambda.CreateFunctionInput) { in.Code = &types.FunctionCode{} }, "InvalidParameterValueException", "Please provide a source for function code."},
		"image": {func(in *lambda.CreateFunctionInput) { in.Code = &types.FunctionCode{ImageUri: aws.String("x")} }, "InvalidParameterValueException", "Please do not provide ImageUri when the PackageType is Zip."},
		"run":   {func(in *lambda.CreateFunctionInput) { in.Runtime = "" }, "InvalidParameterValueException", "Runtime and Handler are mandatory parameters for functions created with deployment packages."},
		"s3": {func(in *lambda.CreateFunctionInput) {
			in.Code = &types.FunctionCode{S3Bucket: aws.String("none-such"), S3Key: aws.String("k")}
		}, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := create(t, c, "f", o.change)
			localtest.Refused(t, err, o.code, o.text)
		})
	}
	_, err := create(t, client(p, exact), "f")
	localtest.Refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: lambda:CreateFunction on resource: "+arn+"f because no identity-based policy allows the lambda:CreateFunction action")
}

// TestEnvironment: what is left out of an update stays, and an empty key is that of the service.
func TestEnvironment(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	out := localtest.Must(create(t, c, "f", keyed(p), variables(map[string]string{"AA": "1"})))(t)
	if env(out.Environment) != `{"AA":"1"}` || *out.KMSKeyArn != p.KeyARN(account, region, alias) {
		t.Errorf("created %s", text(out))
	}
	want := "arn:aws:sts::111122223333:assumed-role/run/f Decrypt,GenerateDataKey " + `{"aws:lambda:FunctionArn":"` + arn + `f"}`
	if got := grants(t, p); got != want {
		t.Errorf("grants %s", got)
	}
	update := func(change func(*lambda.UpdateFunctionConfigurationInput)) string {
		t.Helper()
		in := &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("f")}
		change(in)
		localtest.Must(c.UpdateFunctionConfiguration(ctx, in))(t)
		d := configuration(t, c, "f")
		return env(d.Environment) + " " + strings.TrimPrefix(aws.ToString(d.KMSKeyArn), p.KeyARN(account, region, alias)[:len("arn:aws:kms:eu-west-1:111122223333:key/")])
	}
	id := p.KeyARN(account, region, alias)[len("arn:aws:kms:eu-west-1:111122223333:key/"):]
	if got := update(func(in *lambda.UpdateFunctionConfigurationInput) { in.MemorySize = aws.Int32(256) }); got != `{"AA":"1"} `+id {
		t.Error(got)
	}
	// Another role has another grant; the old one is retired.
	if got := update(func(in *lambda.UpdateFunctionConfigurationInput) { in.Role = aws.String(second) }); got != `{"AA":"1"} `+id {
		t.Error(got)
	}
	if got := grants(t, p); got != strings.Replace(want, "/run/", "/second/", 1) {
		t.Errorf("grants %s", got)
	}
	if got := update(func(in *lambda.UpdateFunctionConfigurationInput) { in.KMSKeyArn = aws.String("") }); got != `{"AA":"1"} ` {
		t.Error(got)
	}
	if got := grants(t, p); got != "" {
		t.Errorf("grants %s", got)
	}
	managed := p.API("kms", admin).Do(t, "ListGrants", `{"KeyId": "`+p.KeyARN(account, region, "alias/aws/lambda")+`"}`)
	if got := managed.Objects("Grants"); len(got) != 0 {
		t.Errorf("grants of the service's key %v", got)
	}
	p.DeleteKey(account, region, alias)
	c = client(p, admin)
	if d := configuration(t, c, "f"); env(d.Environment) != `{"AA":"1"}` {
		t.Error(env(d.Environment))
	}
	localtest.Must(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("f"), Environment: &types.Environment{}}))(t)
	if d := configuration(t, c, "f"); d.Environment != nil || *d.MemorySize != 256 {
		t.Error(text(d))
	}
}

// TestKeyOfEnvironment: with exactly what the needs say it works, and without any of it not.
func TestKeyOfEnvironment(t *testing.T) {
	p := localtest.Open(t, seed)
	key, user := p.KeyARN(account, region, alias), "arn:aws:iam::111122223333:user/exact"
	const root = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:user/exact", "arn:aws:iam::111122223333:role/run"]}}}`
	policy := func(actions string) {
		p.SetKeyPolicy(account, region, alias, fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [%s, {"Effect": "Allow", "Principal": {"AWS": %q}, "Action": [%s], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "lambda.eu-west-1.amazonaws.com", "kms:EncryptionContext:aws:lambda:FunctionArn": "%sown"}}}]}`, root, user, actions, arn))
	}
	e, ctx := client(p, exact), t.Context()
	kms := func(action string) string {
		return "KMS Exception: AccessDeniedException KMS Message: User: " + user + " is not authorized to perform: kms:" + action + " on resource: " + key + " because no resource-based policy allows the kms:" + action + " action"
	}
	secret := variables(map[string]string{"SECRET": "s"})
	policy(`"kms:Encrypt"`)
	_, err := create(t, e, "own", keyed(p), secret)
	localtest.Refused(t, err, "AccessDeniedException", "Lambda was unable to configure access to your environment variables because the KMS access was denied. Please check your KMS permissions. "+kms("CreateGrant"))
	policy(`"kms:CreateGrant"`)
	_, err = create(t, e, "own", keyed(p), secret)
	localtest.Refused(t, err, "AccessDeniedException", "Lambda was unable to encrypt your environment variables because the KMS access was denied. Please check your KMS permissions. "+kms("Encrypt"))
	policy(`"kms:CreateGrant", "kms:Encrypt"`)
	localtest.Must(create(t, e, "own", keyed(p), secret))(t)

	denied := "AccessDeniedException: Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. " + kms("Decrypt")
	d := configuration(t, e, "own")
	if env(d.Environment) != denied || d.State != "Active" || *d.KMSKeyArn != key {
		t.Errorf("configuration %s", text(d))
	}
	if l := localtest.Must(client(p, admin).ListFunctions(ctx, &lambda.ListFunctionsInput{}))(t).Functions; len(l) != 1 || env(l[0].Environment) != `{"SECRET":"s"}` || l[0].State != "" {
		t.Errorf("listed %s", text(l))
	}
	// The grant lets the role decrypt; running code is another matter.
	_, err = e.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("own")})
	localtest.Refused(t, err, "UnknownOperationException", "not implemented by the local plane: running the code of a function")
	if out := localtest.Must(e.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("own"), InvocationType: types.InvocationTypeDryRun}))(t); out.StatusCode != 204 {
		t.Errorf("dry run %d", out.StatusCode)
	}
	policy(`"kms:Decrypt"`)
	if d := configuration(t, e, "own"); env(d.Environment) != `{"SECRET":"s"}` {
		t.Error(env(d.Environment))
	}
	p.DisableKey(account, region, alias)
	if d := configuration(t, e, "own"); env(d.Environment) != "DisabledException: Lambda was unable to decrypt your environment variables because the KMS key used is disabled. Please check your KMS key settings. KMS Exception: DisabledException KMS Message: "+key+" is disabled." {
		t.Error(env(d.Environment))
	}
	_, err = e.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("own")})
	localtest.Refused(t, err, "KMSDisabledException", "Lambda was unable to decrypt the environment variables because the KMS key used is disabled. Please check the function's KMS key settings. KMS Exception: DisabledExceptionKMS Message: "+key+" is disabled.")
	_, err = create(t, client(p, admin), "other", keyed(p), secret)
	localtest.Refused(t, err, "InvalidParameterValueException", "Lambda was unable to configure access to your environment variables because the KMS key used is disabled. Please check your KMS key settings. KMS Exception: DisabledException KMS Message: "+key+" is disabled.")
	p.EnableKey(account, region, alias)
	p.DeleteKey(account, region, alias)
	e = client(p, exact)
	if d := configuration(t, e, "own"); !strings.HasPrefix(env(d.Environment), "NotFoundException: Lambda was unable to decrypt your environment variables because the KMS key is invalid for Decrypt.") {
		t.Error(env(d.Environment))
	}
	_, err = e.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("own")})
	localtest.Refused(t, err, "KMSNotFoundException", "Lambda was unable to decrypt the environment variables because the KMS key was not found. Please check the function's KMS key settings. KMS Exception: NotFoundExceptionKMS Message: Key '"+key+"' does not exist")
}

func TestPackage(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	key := p.KeyARN(account, region, "alias/packages")
	under := func(in *lambda.CreateFunctionInput) { in.Code.SourceKMSKeyArn = &key }
	statement := func(actions string) string {
		return `{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": [` + actions + `], "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": "` + arn + `f"}}}`
	}
	policy := func(actions string) {
		p.SetKeyPolicy(account, region, "alias/packages", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}, `+statement(actions)+`]}`)
	}
	for _, missing := range []string{"GenerateDataKey", "Decrypt"} {
		policy(map[string]string{"GenerateDataKey": `"kms:Decrypt"`, "Decrypt": `"kms:GenerateDataKey"`}[missing])
		_, err := create(t, c, "f", under)
		localtest.Refused(t, err, "AccessDeniedException", "Lambda was unable to use the KMS key of your deployment package because the KMS access was denied. Please check your KMS permissions. KMS Exception: AccessDeniedException KMS Message: User: lambda.amazonaws.com is not authorized to perform: kms:"+missing+" on resource: "+key)
	}
	policy(`"kms:GenerateDataKey", "kms:Decrypt"`)
	localtest.Must(create(t, c, "f", under))(t)
	get := func() *types.FunctionCodeLocation {
		return localtest.Must(c.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("f")}))(t).Code
	}
	if l := get(); *l.SourceKMSKeyArn != key || l.Error != nil {
		t.Errorf("code %s", text(l))
	}
	p.DisableKey(account, region, "alias/packages")
	if l := get(); *l.SourceKMSKeyArn != key || *l.Error.ErrorCode != "DisabledException" {
		t.Errorf("code %s", text(l))
	}
	// From S3, without a key: the caller reads the object.
	who := p.STS.UserCaller(p.IAM.User(account, "admin"))
	zip := packed(t, "from S3")
	localtest.Must(p.World.Do(ctx, who, region, "s3", "CreateBucket", []byte(`{"Bucket": "packages", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}`)))(t)
	localtest.Must(p.World.Invoke(ctx, plane.Start(who, region, p.Now()), who, "", nil, "s3", "PutObject", wire.Object{"Bucket": "packages", "Key": "f.zip", "Body": zip}))(t)
	out := localtest.Must(c.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("f"), S3Bucket: aws.String("packages"), S3Key: aws.String("f.zip")}))(t)
	if *out.CodeSha256 != digest(zip) || out.CodeSize != int64(len(zip)) || get().SourceKMSKeyArn != nil || get().Error != nil {
		t.Errorf("updated %s %s", text(out), text(get()))
	}
	_, err := client(p, exact).CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: aws.String("own"), Role: aws.String(role), Runtime: types.RuntimePython313, Handler: aws.String("h"), Code: &types.FunctionCode{S3Bucket: aws.String("packages"), S3Key: aws.String("f.zip")}})
	localtest.Refused(t, err, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: AccessDenied. S3 Error Message: "+denied)
	image := localtest.Must(create(t, c, "image", func(in *lambda.CreateFunctionInput) {
		in.PackageType, in.Runtime, in.Handler = "Image", "", nil
		in.Code = &types.FunctionCode{ImageUri: aws.String("111122223333.dkr.ecr.eu-west-1.amazonaws.com/i@sha256:" + strings.Repeat("a", 64))}
	}))(t)
	if image.PackageType != "Image" || *image.CodeSha256 != strings.Repeat("a", 64) {
		t.Errorf("image %s", text(image))
	}
}

const denied = "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::packages/f.zip\" because no identity-based policy allows the s3:GetObject action"

func TestVersions(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	f := aws.String("f")
	localtest.Must(create(t, c, "f", keyed(p), variables(map[string]string{"AA": "1"})))(t)
	one := localtest.Must(c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: f, Description: aws.String("first")}))(t)
	if *one.Version != "1" || *one.FunctionArn != arn+"f:1" || *one.Description != "first" || env(one.Environment) != `{"AA":"1"}` {
		t.Errorf("version %s", text(one))
	}
	if again := localtest.Must(c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: f}))(t); *again.Version != "1" {
		t.Errorf("again %s", *again.Version)
	}
	_, err := c.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: f, CodeSha256: aws.String("x")})
	localtest.Refused(t, err, "InvalidParameterValueException", "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ("+*one.CodeSha256+"). Please try again with the CodeSHA256 in $LATEST.")
	// The version keeps the key that it was published with, and its grant.
	localtest.Must(c.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: f, KMSKeyArn: aws.String(""), Environment: &types.Environment{Variables: map[string]string{"AA": "2"}}}))(t)
	up := localtest.Must(c.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: f, ZipFile: packed(t, "two"), Publish: true}))(t)
	if *up.Version != "2" || *up.FunctionArn != arn+"f:2" {
		t.Errorf("updated %s", text(up))
	}
	for name, want := range map[string]string{"f:1": `{"AA":"1"}`, "f:2": `{"AA":"2"}`, "f": `{"AA":"2"}`} {
		if got := env(configuration(t, c, name).Environment); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := grants(t, p); !strings.HasPrefix(got, "arn:aws:sts::111122223333:assumed-role/run/f ") {
		t.Errorf("grants %q", got)
	}
	list := localtest.Must(c.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: f}))(t).Versions
	if len(list) != 3 || *list[0].FunctionArn != arn+"f:$LATEST" || *list[1].FunctionArn != arn+"f:1" || *list[2].Version != "2" {
		t.Errorf("versions %s", text(list))
	}
	if all := localtest.Must(c.ListFunctions(ctx, &lambda.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll, MaxItems: aws.Int32(2)}))(t); len(all.Functions) != 2 || all.NextMarker == nil {
		t.Errorf("all %s", text(all))
	}

	a := localtest.Must(c.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: f, Name: aws.String("live"), FunctionVersion: aws.String("1"), RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.5}}}))(t)
	if *a.AliasArn != arn+"f:live" || *a.FunctionVersion != "1" || *a.Description != "" {
		t.Errorf("alias %s", text(a))
	}
	_, err = c.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: f, Name: aws.String("live"), FunctionVersion: aws.String("1")})
	localtest.Refused(t, err, "ResourceConflictException", "Alias already exists: "+arn+"f:live")
	_, err = c.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: f, Name: aws.String("x"), FunctionVersion: aws.String("9")})
	localtest.Refused(t, err, "ResourceNotFoundException", "Function not found: "+arn+"f:9")
	if d := configuration(t, c, "f:live"); *d.Version != "1" || *d.FunctionArn != arn+"f:live" {
		t.Errorf("by alias %s", text(d))
	}
	_, err = c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: f, Qualifier: aws.String("2")})
	localtest.Refused(t, err, "ResourceConflictException", "Version 2 is in use by alias live")
	_, err = c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: f, Qualifier: aws.String("$LATEST")})
	localtest.Refused(t, err, "InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function.")
	// What is left out of an update stays.
	localtest.Must(c.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: f, Name: aws.String("live"), Description: aws.String("d")}))(t)
	n := localtest.Must(c.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: f, Name: aws.String("live"), FunctionVersion: aws.String("2"), RoutingConfig: &types.AliasRoutingConfiguration{}}))(t)
	if *n.Description != "d" || *n.FunctionVersion != "2" || n.RoutingConfig != nil || *n.RevisionId == *a.RevisionId {
		t.Errorf("updated %s", text(n))
	}
	localtest.Must(c.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: f, Qualifier: aws.String("1")}))(t)
	if got := grants(t, p); got != "" {
		t.Errorf("grants %q", got)
	}
	if l := localtest.Must(c.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: f, FunctionVersion: aws.String("1")}))(t).Aliases; len(l) != 0 {
		t.Errorf("aliases %s", text(l))
	}
	localtest.Must(c.DeleteAlias(ctx, &lambda.DeleteAliasInput{FunctionName: f, Name: aws.String("live")}))(t)
	_, err = c.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: f, Name: aws.String("live")})
	localtest.Refused(t, err, "ResourceNotFoundException", "Cannot find alias arn: "+arn+"f:live")
}

// TestPermissions: the policy of a function lets another account in, and only as it says.
func TestPermissions(t *testing.T) {
	p := localtest.Open(t, seed)
	c, g, ctx := client(p, admin), client(p, guest), t.Context()
	localtest.Must(create(t, c, "f"))(t)
	dry := func() error {
		_, err := g.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(arn + "f"), InvocationType: types.InvocationTypeDryRun})
		return err
	}
	localtest.Refused(t, dry(), "AccessDeniedException", "User: arn:aws:iam::222233334444:user/guest is not authorized to perform: lambda:InvokeFunction on resource: "+arn+"f because no resource-based policy allows the lambda:InvokeFunction action")
	add := &lambda.AddPermissionInput{FunctionName: aws.String("f"), StatementId: aws.String("guest"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("222233334444")}
	out := localtest.Must(c.AddPermission(ctx, add))(t)
	guestStatement := `{"Sid":"guest","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222233334444:root"},"Action":"lambda:InvokeFunction","Resource":"` + arn + `f"}`
	if *out.Statement != guestStatement {
		t.Error(*out.Statement)
	}
	if err := dry(); err != nil {
		t.Error(err)
	}
	_, err := c.AddPermission(ctx, add)
	localtest.Refused(t, err, "ResourceConflictException", "The statement id (guest) provided already exists. Please provide a new statement id, or remove the existing statement.")
	localtest.Must(c.AddPermission(ctx, &lambda.AddPermissionInput{FunctionName: aws.String("f"), StatementId: aws.String("s3"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("s3.amazonaws.com"), SourceArn: aws.String("arn:aws:s3:::b"), SourceAccount: aws.String(account)}))(t)
	s3Statement := `{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"` + arn + `f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"},"StringEquals":{"AWS:SourceAccount":"111122223333"}}}`
	if got := *localtest.Must(c.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")}))(t).Policy; got != `{"Version":"2012-10-17","Id":"default","Statement":[`+guestStatement+`,`+s3Statement+`]}` {
		t.Error(got)
	}
	for _, id := range []string{"guest", "s3"} {
		localtest.Must(c.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: aws.String("f"), StatementId: &id}))(t)
	}
	_, err = c.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: aws.String("f"), StatementId: aws.String("guest")})
	localtest.Refused(t, err, "ResourceNotFoundException", "Statement guest is not found in resource policy.")
	_, err = c.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("f")})
	localtest.Refused(t, err, "ResourceNotFoundException", "The resource you requested does not exist.")
	localtest.Refused(t, dry(), "AccessDeniedException", "User: arn:aws:iam::222233334444:user/guest is not authorized to perform: lambda:InvokeFunction on resource: "+arn+"f because no resource-based policy allows the lambda:InvokeFunction action")
}

func TestTags(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(create(t, c, "f"))(t)
	at := aws.String(arn + "f")
	localtest.Must(c.TagResource(ctx, &lambda.TagResourceInput{Resource: at, Tags: map[string]string{"a": "1", "b": "2"}}))(t)
	localtest.Must(c.UntagResource(ctx, &lambda.UntagResourceInput{Resource: at, TagKeys: []string{"b"}}))(t)
	if got := localtest.Must(c.ListTags(ctx, &lambda.ListTagsInput{Resource: at}))(t).Tags; text(got) != `{"a":"1"}` {
		t.Error(text(got))
	}
	_, err := c.ListTags(ctx, &lambda.ListTagsInput{Resource: aws.String(arn + "f:1")})
	localtest.Refused(t, err, "InvalidParameterValueException", "Tags on function aliases and versions are not supported. Please specify a function ARN.")
	if n := len(p.World.Tags(arn + "f")); n != 1 {
		t.Errorf("%d tags in the world", n)
	}
}

// TestRestart: an environment under a key is there after a restart, and not in plain on disk.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	localtest.Must(create(t, client(p, admin), "f", keyed(p), variables(map[string]string{"AA": "1"})))(t)
	for _, rec := range p.World.Records.List("lambda", "function", account, region) {
		if rec.Doc.Has("Environment") || rec.Doc.With(wire.Object{}).Has("Code") {
			t.Errorf("the document has the content: %s", text(rec.Doc))
		}
	}
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	if got := env(configuration(t, client(p, admin), "f").Environment); got != `{"AA":"1"}` {
		t.Error(got)
	}
}
