package awsquery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// serve answers the SDK: answer gets the operation and the form.
func serve(t *testing.T, s *Service, answer func(operation string, form []byte) ([]byte, error)) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, _ := io.ReadAll(r.Body)
		operation, ok := s.Operation(form)
		if !ok {
			t.Errorf("no operation in %s", form)
		}
		s.SetHeader(w.Header(), "id-1")
		body, err := answer(operation, form)
		var e *Error
		if errors.As(err, &e) {
			w.WriteHeader(e.Status())
			body = s.AppendError(nil, "id-1", e.Code, e.Message)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server
}

var anybody = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s"}, nil
})

func answers[I, O any](t *testing.T, s *Service, operation string, do func(*I) *O) func([]byte) ([]byte, error) {
	t.Helper()
	d, e := newDecoder[I](t, s, operation), newEncoder[O](t, s, operation)
	return func(form []byte) ([]byte, error) {
		in, err := d.Decode(form)
		if err != nil {
			return nil, err
		}
		return e.Append(nil, "id-1", do(in)), nil
	}
}

func TestSDKOfSTS(t *testing.T) {
	s := sts(t)
	expires := time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)
	assume := answers(t, s, "AssumeRole", func(in *assumeRoleInput) *assumeRoleOutput {
		out := &assumeRoleOutput{AssumedRoleUser: &struct{ AssumedRoleId, Arn string }{"AROA:" + in.RoleSessionName, in.RoleArn}}
		out.Credentials = &struct {
			AccessKeyId, SecretAccessKey, SessionToken string
			Expiration                                 time.Time
		}{"ASIA", fmt.Sprint(*in.DurationSeconds, in.PolicyArns, in.Tags), *in.Policy, expires}
		return out
	})
	server := serve(t, s, func(_ string, form []byte) ([]byte, error) { return assume(form) })
	c := awssts.New(awssts.Options{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: anybody, Retryer: aws.NopRetryer{}})
	in := &awssts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::111122223333:role/r"), RoleSessionName: aws.String("s-1"), DurationSeconds: aws.Int32(900),
		Policy: aws.String("{\"a\": \"ü&+ <%\"}"), PolicyArns: []ststypes.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/P")}},
		Tags: []ststypes.Tag{{Key: aws.String("k"), Value: aws.String("")}},
	}
	out, err := c.AssumeRole(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := &ststypes.Credentials{AccessKeyId: aws.String("ASIA"), SecretAccessKey: aws.String("900 [{arn:aws:iam::aws:policy/P}] [{k }]"), SessionToken: in.Policy, Expiration: &expires}
	if *out.AssumedRoleUser.AssumedRoleId != "AROA:s-1" || *out.AssumedRoleUser.Arn != *in.RoleArn || cmp.Diff(want, out.Credentials, exportAll) != "" {
		t.Errorf("%+v", out)
	}
	in.DurationSeconds = aws.Int32(1)
	_, err = c.AssumeRole(t.Context(), in)
	fails(t, err, "ValidationError", "1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900")
}

func fails(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || e.ErrorMessage() != message || e.ErrorFault() == smithy.FaultServer {
		t.Errorf("%v, want %s %s", err, code, message)
	}
}

func TestSDKOfIAM(t *testing.T) {
	s := iam(t)
	created := time.Date(2026, 2, 19, 18, 34, 51, 0, time.UTC)
	type user struct {
		Path, UserName, UserId, Arn string
		CreateDate                  time.Time
		Tags                        []tag `json:",omitempty"`
	}
	type createUserOutput struct{ User *user }
	type listUsersInput struct {
		Marker, PathPrefix string
		MaxItems           int
	}
	type listUsersOutput struct {
		Users       []user
		IsTruncated bool
		Marker      string `json:",omitempty"`
	}
	type simulateOutput struct {
		EvaluationResults []struct {
			EvalActionName, EvalDecision string
			EvalDecisionDetails          map[string]string
		}
		IsTruncated bool
	}
	one := func(name string, tags []tag) user {
		return user{Path: "/", UserName: name, UserId: "AIDA", Arn: "arn:aws:iam::111122223333:user/" + name, CreateDate: created, Tags: tags}
	}
	create := answers(t, s, "CreateUser", func(in *createUserInput) *createUserOutput {
		u := one(in.UserName, nil)
		for _, got := range in.Tags {
			u.Tags = append(u.Tags, tag(got))
		}
		return &createUserOutput{&u}
	})
	list := answers(t, s, "ListUsers", func(in *listUsersInput) *listUsersOutput {
		if in.Marker == "" {
			return &listUsersOutput{Users: []user{one("a", nil)}, IsTruncated: true, Marker: "m&<>"}
		}
		return &listUsersOutput{Users: []user{one("marked "+in.Marker, nil)}}
	})
	simulate := answers(t, s, "SimulateCustomPolicy", func(in *simulateInput) *simulateOutput {
		out := &simulateOutput{}
		for _, a := range in.ActionNames {
			out.EvaluationResults = append(out.EvaluationResults, struct {
				EvalActionName, EvalDecision string
				EvalDecisionDetails          map[string]string
			}{a, "allowed", map[string]string{"x": "explicitDeny", "y": fmt.Sprint(in.ContextEntries)}})
		}
		return out
	})
	remove := newDecoder[struct{ UserName string }](t, s, "DeleteUser")
	server := serve(t, s, func(operation string, form []byte) ([]byte, error) {
		switch operation {
		case "CreateUser":
			return create(form)
		case "ListUsers":
			return list(form)
		case "SimulateCustomPolicy":
			return simulate(form)
		}
		if _, err := remove.Decode(form); err != nil {
			return nil, err
		}
		return s.AppendEmpty(nil, operation, "id-1"), nil
	})
	c := awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: anybody, Retryer: aws.NopRetryer{}})
	tags := []iamtypes.Tag{{Key: aws.String("a b"), Value: aws.String("")}, {Key: aws.String("c"), Value: aws.String("d")}}
	made, err := c.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: aws.String("u"), Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	if u := made.User; *u.UserName != "u" || !u.CreateDate.Equal(created) || cmp.Diff(tags, u.Tags, exportAll) != "" {
		t.Errorf("%+v", u)
	}
	made, err = c.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: aws.String("u"), Tags: []iamtypes.Tag{}})
	if err != nil || made.User.Tags != nil {
		t.Errorf("%+v %v", made, err)
	}
	_, err = c.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: aws.String("a/b")})
	fails(t, err, "ValidationError", "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	if _, err := c.DeleteUser(t.Context(), &awsiam.DeleteUserInput{UserName: aws.String("u")}); err != nil {
		t.Error(err)
	}
	var names []string
	for p := awsiam.NewListUsersPaginator(c, &awsiam.ListUsersInput{}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Users {
			names = append(names, *u.UserName)
		}
	}
	if fmt.Sprint(names) != "[a marked m&<>]" {
		t.Error(names)
	}
	result, err := c.SimulateCustomPolicy(t.Context(), &awsiam.SimulateCustomPolicyInput{
		ActionNames: []string{"kms:Decrypt", "kms:Encrypt"}, PolicyInputList: []string{"{}"},
		ContextEntries: []iamtypes.ContextEntry{{ContextKeyName: aws.String("aws:SourceIp"), ContextKeyValues: []string{"10.0.0.1"}}},
	})
	if err != nil || len(result.EvaluationResults) != 2 {
		t.Fatalf("%+v %v", result, err)
	}
	if r := result.EvaluationResults[1]; *r.EvalActionName != "kms:Encrypt" || r.EvalDecision != "allowed" || fmt.Sprint(r.EvalDecisionDetails) != "map[x:explicitDeny y:[{aws:SourceIp [10.0.0.1]}]]" {
		t.Errorf("%+v", r)
	}
}
