// Package sdktest configures clients of the SDK for planes that tests serve.
package sdktest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// Config is the configuration of a client that makes each call once, signed for a service by the
// clock of the plane.
func Config(p *localtest.Plane, accessKey, signingName string) aws.Config {
	return aws.Config{
		Region: localtest.Region, BaseEndpoint: &p.URL, HTTPClient: p.Client(accessKey, signingName),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: localtest.Secret}, nil
		}),
	}
}
