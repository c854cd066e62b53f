//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
)

// person is what a user of IAM is known to be; the zero value: there is none.
type person struct {
	Exists, Policy bool
	Keys           int
	Tag            string
}

// registrar is a client that makes users, changes them and deletes some.
type registrar struct {
	users map[string]person
	keys  map[string]holder // access keys that were made, by user
	n     int
	// unsure is the user whom the call under way changes, and to what.
	unsure string
	then   person
}

func (p *process) config(who holder) aws.Config {
	return aws.Config{
		Region: localRegion, BaseEndpoint: &p.url, Credentials: who, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute},
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

var localHolder = holder{id: localKeyID, secret: localSecret}

const listing = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:ListKeys","Resource":"*"}]}`

// works makes one user after the other until p is killed.
func (r *registrar) works(t *testing.T, p *process) func(asks) {
	client := iam.NewFromConfig(p.config(localHolder))
	return func(ask asks) {
		for {
			r.n++
			name, policy := aws.String(fmt.Sprint("user", r.n)), aws.String("own")
			var made holder
			steps := []struct {
				call func(context.Context) error
				then func(*person)
			}{
				{func(ctx context.Context) error {
					_, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: name})
					return err
				}, func(u *person) { u.Exists = true }},
				{func(ctx context.Context) error {
					out, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
					if err == nil {
						made = holder{id: *out.AccessKey.AccessKeyId, secret: *out.AccessKey.SecretAccessKey}
					}
					return err
				}, func(u *person) { u.Keys = 1 }},
				{func(ctx context.Context) error {
					_, err := client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: policy, PolicyDocument: aws.String(listing)})
					return err
				}, func(u *person) { u.Policy = true }},
				{func(ctx context.Context) error {
					_, err := client.TagUser(ctx, &iam.TagUserInput{UserName: name, Tags: []types.Tag{{Key: aws.String("t"), Value: name}}})
					return err
				}, func(u *person) { u.Tag = *name }},
				{func(ctx context.Context) error {
					_, err := client.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: name, PolicyName: policy})
					return err
				}, func(u *person) { u.Policy = false }},
				{func(ctx context.Context) error {
					_, err := client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: &made.id})
					return err
				}, func(u *person) { u.Keys = 0 }},
				{func(ctx context.Context) error {
					_, err := client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name})
					return err
				}, func(u *person) { *u = person{} }},
			}
			for _, step := range steps[:4+r.n%4] {
				r.unsure, r.then = *name, r.users[*name]
				step.then(&r.then)
				if !ask(step.call) {
					return
				}
				r.users[*name] = r.then
				r.keys[*name] = made
			}
		}
	}
}

// check looks at the user whose change was not acknowledged, and at the last ones before.
func (r *registrar) check(t *testing.T, p *process) {
	t.Helper()
	if got := observedUser(t, p, r.unsure); got != r.users[r.unsure] && got != r.then {
		t.Errorf("%s is %+v, want %+v or %+v", r.unsure, got, r.users[r.unsure], r.then)
	} else {
		r.users[r.unsure] = got
	}
	for n := max(1, r.n-20); n <= r.n; n++ {
		r.is(t, p, fmt.Sprint("user", n))
	}
}

func (r *registrar) everybody(t *testing.T, p *process) {
	t.Helper()
	for name := range r.users {
		r.is(t, p, name)
	}
}

// is demands that a user is what it should be, and that the access key does what it may.
func (r *registrar) is(t *testing.T, p *process, name string) {
	t.Helper()
	want := r.users[name]
	if got := observedUser(t, p, name); got != want {
		t.Errorf("%s is %+v, want %+v", name, got, want)
	}
	key := r.keys[name]
	if key.id == "" {
		return
	}
	_, err := awskms.NewFromConfig(p.config(key)).ListKeys(t.Context(), &awskms.ListKeysInput{Limit: aws.Int32(1)})
	code := ""
	switch {
	case want.Keys == 0:
		code = "UnrecognizedClientException: The security token included in the request is invalid."
	case !want.Policy:
		code = "AccessDeniedException: User: arn:aws:iam::" + localAccount + ":user/" + name + " is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy allows the kms:ListKeys action"
	}
	if got := message(err); got != code || err != nil && got == "" {
		t.Errorf("the access key of %s, who is %+v: %v, want %q", name, want, err, code)
	}
}

func observedUser(t *testing.T, p *process, name string) (u person) {
	t.Helper()
	ctx, client := t.Context(), iam.NewFromConfig(p.config(localHolder))
	out, err := client.GetUser(ctx, &iam.GetUserInput{UserName: &name})
	var none *types.NoSuchEntityException
	if errors.As(err, &none) {
		return u
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return u
	}
	u.Exists = true
	for _, tag := range out.User.Tags {
		u.Tag += *tag.Value
	}
	keys, err1 := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &name})
	policies, err2 := client.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: &name})
	if err := errors.Join(err1, err2); err != nil {
		t.Errorf("%s: %v", name, err)
		return u
	}
	u.Keys, u.Policy = len(keys.AccessKeyMetadata), len(policies.PolicyNames) == 1
	return u
}
