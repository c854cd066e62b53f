package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// At is the configuration for an endpoint with an access key of its own, such as a local
// plane. client makes the requests; nil: one of this package.
func At(endpoint, accessKeyID, secretAccessKey, region string, client aws.HTTPClient) aws.Config {
	key := aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey}
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(endpoint), HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return key, nil }),
	}
}
