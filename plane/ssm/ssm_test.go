package ssm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/parameters"
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
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "ssm:*", Resource: ["arn:aws:ssm:eu-west-1:111122223333:parameter/app/*", "arn:aws:ssm:eu-west-1:111122223333:parameter/app"]}]}
    keys:
      - {region: eu-west-1, alias: alias/parameters}
`

const (
	admin = "AKIAADMIN0000000"
	exact = "AKIAEXACT0000000"
)

func client(p *localtest.Plane, accessKey string) *ssm.Client {
	return ssm.NewFromConfig(sdktest.Config(p, accessKey, "ssm"))
}

func kmsText(message, code string) string {
	return fmt.Sprintf("%s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: ID; Proxy: null)", message, code)
}

func put(t *testing.T, c *ssm.Client, name, value string, change ...func(*ssm.PutParameterInput)) error {
	in := &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeString}
	for _, f := range change {
		f(in)
	}
	_, err := c.PutParameter(t.Context(), in)
	return err
}

func overwrite(in *ssm.PutParameterInput) { in.Overwrite = aws.Bool(true) }

func under(key string) func(*ssm.PutParameterInput) {
	return func(in *ssm.PutParameterInput) {
		in.Type = types.ParameterTypeSecureString
		if key != "" {
			in.KeyId = &key
		}
	}
}

func tier(t types.ParameterTier) func(*ssm.PutParameterInput) {
	return func(in *ssm.PutParameterInput) { in.Tier = t }
}

func get(t *testing.T, c *ssm.Client, name string) (string, error) {
	out, err := c.GetParameter(t.Context(), &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return "", err
	}
	return *out.Parameter.Value, nil
}

func TestParameter(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	out := localtest.Must(c.PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String("/app/a"), Value: aws.String("one"), Type: "StringList", Description: aws.String("first"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}}))(t)
	if out.Version != 1 || out.Tier != "Standard" {
		t.Errorf("put %+v", out)
	}
	localtest.Refused(t, put(t, c, "/app/a", "two"), "HierarchyTypeMismatchException", "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.")
	list := func(in *ssm.PutParameterInput) { in.Type = "" }
	localtest.Refused(t, put(t, c, "/app/a", "two", list), "ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	if err := put(t, c, "/app/a", "two", list, overwrite); err != nil {
		t.Fatal(err)
	}
	g := localtest.Must(c.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/app/a")}))(t).Parameter
	if *g.Value != "two" || g.Version != 2 || g.Type != "StringList" || *g.ARN != "arn:aws:ssm:eu-west-1:111122223333:parameter/app/a" || *g.DataType != "text" || !g.LastModifiedDate.Equal(p.Now()) {
		t.Errorf("got %+v", g)
	}
	// What was left out is gone.
	d := localtest.Must(c.DescribeParameters(ctx, &ssm.DescribeParametersInput{}))(t).Parameters
	if len(d) != 1 || d[0].Description != nil || d[0].KeyId != nil || *d[0].LastModifiedUser != "arn:aws:iam::111122223333:user/admin" {
		t.Errorf("described %+v", d)
	}
	for name, want := range map[string]string{"/app/a:1": "one", "/app/a:2": "two", *g.ARN: "two"} {
		if got, err := get(t, c, name); got != want || err != nil {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	_, err := get(t, c, "/app/a:3")
	localtest.Refused(t, err, "ParameterVersionNotFound", "Systems Manager could not find version 3 of /app/a. Verify the version and try again.")
	_, err = get(t, c, "none")
	localtest.Refused(t, err, "ParameterNotFound", "")

	several := localtest.Must(c.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{"/app/a", "none"}}))(t)
	if len(several.Parameters) != 1 || len(several.InvalidParameters) != 1 || several.InvalidParameters[0] != "none" {
		t.Errorf("several %+v", several)
	}
	h := localtest.Must(c.GetParameterHistory(ctx, &ssm.GetParameterHistoryInput{Name: aws.String("/app/a")}))(t).Parameters
	if len(h) != 2 || *h[0].Value != "one" || *h[0].Description != "first" || h[1].Version != 2 {
		t.Errorf("history %+v", h)
	}
	tags := localtest.Must(c.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{ResourceType: "Parameter", ResourceId: aws.String("/app/a")}))(t).TagList
	if len(tags) != 1 || *tags[0].Value != "blue" {
		t.Errorf("tags %+v", tags)
	}
	gone := localtest.Must(c.DeleteParameters(ctx, &ssm.DeleteParametersInput{Names: []string{"/app/a", "none"}}))(t)
	if strings.Join(gone.DeletedParameters, "") != "/app/a" || strings.Join(gone.InvalidParameters, "") != "none" {
		t.Errorf("deleted %+v", gone)
	}
	_, err = c.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String("/app/a")})
	localtest.Refused(t, err, "ParameterNotFound", "")
}

func TestPutRefusals(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	const names = `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`
	for _, name := range []string{"/aws/x", "ssm.x", "a b", "//x", "x/"} {
		localtest.Refused(t, put(t, c, name, "v"), "ValidationException", names)
	}
	localtest.Refused(t, put(t, c, strings.Repeat("/a", 16), "v"), "HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels.")
	localtest.Refused(t, put(t, c, "x", "v", func(in *ssm.PutParameterInput) { in.Type = "" }), "ValidationException", "A parameter type is required when you create a parameter.")
	localtest.Refused(t, put(t, c, "x", "v", func(in *ssm.PutParameterInput) { in.AllowedPattern = aws.String(`\d+`) }), "ParameterPatternMismatchException", `Parameter value, cannot be validated against allowedPattern: \d+`)
	localtest.Refused(t, put(t, c, "x", strings.Repeat("x", 4097)), "ValidationException", "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html")
	localtest.Refused(t, put(t, c, "x", strings.Repeat("x", 8193), tier("Advanced")), "ValidationException", "Advanced tier parameters support a maximum parameter value of 8192 characters.")
	if err := put(t, c, "x", strings.Repeat("x", 4097), tier("Intelligent-Tiering")); err != nil {
		t.Fatal(err)
	}
	if d := localtest.Must(c.DescribeParameters(t.Context(), &ssm.DescribeParametersInput{}))(t).Parameters[0]; d.Tier != "Advanced" {
		t.Errorf("tier %s", d.Tier)
	}
	localtest.Refused(t, put(t, c, "x", "v", tier("Standard"), overwrite), "ValidationException", "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.")
	if err := put(t, c, "x", "v", overwrite); err != nil {
		t.Error(err)
	}
}

func TestPath(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	for _, name := range []string{"/app/b", "/app/a", "/app/deep/c", "/apple", "top"} {
		if err := put(t, c, name, "v"); err != nil {
			t.Fatal(err)
		}
	}
	found := func(in *ssm.GetParametersByPathInput) string {
		var out []string
		for pages := ssm.NewGetParametersByPathPaginator(c, in); pages.HasMorePages(); {
			for _, x := range localtest.Must(pages.NextPage(ctx))(t).Parameters {
				out = append(out, *x.Name)
			}
		}
		return strings.Join(out, " ")
	}
	if got := found(&ssm.GetParametersByPathInput{Path: aws.String("/app"), MaxResults: aws.Int32(1)}); got != "/app/a /app/b" {
		t.Errorf("one level %q", got)
	}
	if got := found(&ssm.GetParametersByPathInput{Path: aws.String("/app/"), Recursive: aws.Bool(true)}); got != "/app/a /app/b /app/deep/c" {
		t.Errorf("recursive %q", got)
	}
	described := func(key, option string, values ...string) string {
		f := types.ParameterStringFilter{Key: &key, Values: values}
		if option != "" {
			f.Option = &option
		}
		var out []string
		for _, x := range localtest.Must(c.DescribeParameters(ctx, &ssm.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{f}}))(t).Parameters {
			out = append(out, *x.Name)
		}
		return strings.Join(out, " ")
	}
	localtest.Must(c.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: "Parameter", ResourceId: aws.String("top"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}}))(t)
	for _, x := range [][]string{
		{"/app/a top", "Name", "", "top", "/app/a"}, {"/app/a /app/b /app/deep/c /apple", "Name", "BeginsWith", "/app"},
		{"/app/deep/c", "Name", "Contains", "deep"}, {"/app/a /app/b", "Path", "OneLevel", "/app"}, {"top", "tag:team", "", "blue"}, {"", "Type", "", "SecureString"},
	} {
		if got := described(x[1], x[2], x[3:]...); got != x[0] {
			t.Errorf("%q: %q", x, got)
		}
	}
	if _, err := get(t, client(p, exact), "/app/a"); err != nil {
		t.Error(err)
	}
	_, err := client(p, exact).GetParameters(ctx, &ssm.GetParametersInput{Names: []string{"/app/a", "top"}})
	localtest.Refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/top because no identity-based policy allows the ssm:GetParameters action")
}

func TestLabels(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	if err := errors.Join(put(t, c, "x", "one"), put(t, c, "x", "two", overwrite)); err != nil {
		t.Fatal(err)
	}
	out := localtest.Must(c.LabelParameterVersion(ctx, &ssm.LabelParameterVersionInput{Name: aws.String("x"), ParameterVersion: aws.Int64(1), Labels: []string{"good", "1bad", "aws-bad"}}))(t)
	if strings.Join(out.InvalidLabels, " ") != "1bad aws-bad" || out.ParameterVersion != 1 {
		t.Errorf("labelled %+v", out)
	}
	if got, err := get(t, c, "x:good"); got != "one" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	localtest.Must(c.LabelParameterVersion(ctx, &ssm.LabelParameterVersionInput{Name: aws.String("x"), Labels: []string{"good"}}))(t)
	if got, err := get(t, c, "x:good"); got != "two" || err != nil {
		t.Errorf("moved %q %v", got, err)
	}
	localtest.Must(c.UnlabelParameterVersion(ctx, &ssm.UnlabelParameterVersionInput{Name: aws.String("x"), ParameterVersion: aws.Int64(2), Labels: []string{"good"}}))(t)
	_, err := get(t, c, "x:good")
	localtest.Refused(t, err, "ParameterVersionLabelNotFound", "Systems Manager could not find label good of x. Verify the label and try again.")
}

func allowing(action, via, parameter string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/exact"},"Action":"` + action + `","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"` + via + `","kms:EncryptionContext:PARAMETER_ARN":"` + parameter + `"}}}]}`
}

func TestKey(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, exact)
	key := p.KeyARN(account, region, alias)
	const via, arn = "ssm.eu-west-1.amazonaws.com", "arn:aws:ssm:eu-west-1:111122223333:parameter/app/a"
	denied := func(err error, action string) {
		t.Helper()
		localtest.Refused(t, err, "AccessDeniedException", kmsText("User: arn:aws:iam::111122223333:user/exact is not authorized to perform: kms:"+action+" on resource: "+key+" because no resource-based policy allows the kms:"+action+" action", "AccessDeniedException"))
	}
	for _, policy := range []string{
		allowing("kms:GenerateDataKey", via, arn), allowing("kms:Encrypt", "s3.eu-west-1.amazonaws.com", arn), allowing("kms:Encrypt", via, arn+"b"),
	} {
		p.SetKeyPolicy(account, region, alias, policy)
		denied(put(t, c, "/app/a", "v", under(key)), "Encrypt")
	}
	p.SetKeyPolicy(account, region, alias, allowing("kms:Encrypt", via, arn))
	if err := put(t, c, "/app/a", "v", under(key)); err != nil {
		t.Fatal(err)
	}
	denied(put(t, c, "/app/a", "v", under(key), tier("Advanced"), overwrite), "GenerateDataKey")
	_, err := get(t, c, "/app/a")
	denied(err, "Decrypt")
	sealed := localtest.Must(c.GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/app/a")}))(t).Parameter
	if strings.Contains(*sealed.Value, "v=") || len(*sealed.Value) < 100 {
		t.Errorf("not decrypted: %q", *sealed.Value)
	}
	p.SetKeyPolicy(account, region, alias, allowing("kms:GenerateDataKey", via, arn))
	if err := put(t, c, "/app/a", "w", under(key), tier("Advanced"), overwrite); err != nil {
		t.Fatal(err)
	}
	p.SetKeyPolicy(account, region, alias, allowing("kms:Decrypt", via, arn))
	for name, want := range map[string]string{"/app/a": "w", "/app/a:1": "v"} {
		if got, err := get(t, c, name); got != want || err != nil {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}

	a := client(p, admin)
	p.DisableKey(account, region, alias)
	_, err = get(t, a, "/app/a")
	localtest.Refused(t, err, "InvalidKeyId", kmsText(key+" is disabled.", "DisabledException"))
	localtest.Refused(t, put(t, a, "/app/b", "v", under("alias/none")), "InvalidKeyId", kmsText("Alias arn:aws:kms:eu-west-1:111122223333:alias/none is not found.", "NotFoundException"))
	p.EnableKey(account, region, alias)
	p.DeleteKey(account, region, alias)
	_, err = get(t, a, "/app/a")
	localtest.Refused(t, err, "InvalidKeyId", kmsText("Key '"+key+"' does not exist", "NotFoundException"))
	if d := localtest.Must(a.DescribeParameters(t.Context(), &ssm.DescribeParametersInput{}))(t).Parameters; len(d) != 1 || *d[0].KeyId != key {
		t.Errorf("described %+v", d)
	}
	// Without a key it is under the service's again.
	if err := put(t, a, "/app/a", "x", under(""), overwrite); err != nil {
		t.Fatal(err)
	}
	if d := localtest.Must(a.DescribeParameters(t.Context(), &ssm.DescribeParametersInput{}))(t).Parameters[0]; *d.KeyId != "alias/aws/ssm" {
		t.Errorf("key %s", *d.KeyId)
	}
	if got, err := get(t, c, "/app/a"); got != "x" || err != nil {
		t.Errorf("%q %v", got, err)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	if err := put(t, client(p, admin), "x", "v", under(alias)); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	if got, err := get(t, client(p, admin), "x"); got != "v" || err != nil {
		t.Errorf("after a restart: %q %v", got, err)
	}
}
