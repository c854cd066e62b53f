package awsapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/bedlock/bedlock/arn"
)

// The names of sessions in the CloudTrail of the accounts: of what reads, and of what may change
// something.
const (
	readingSession  = "bedlock-audit"
	changingSession = "bedlock-fix"
)

// baseError says why nobody knows whose the base credentials are.
type baseError struct{ err error }

func (e *baseError) Error() string { return "the base credentials: " + reason(e.err) }
func (e *baseError) Unwrap() error { return e.err }

// identify asks whose the base credentials are.
func (c *collection) identify(ctx context.Context) error {
	if c.base.Credentials == nil {
		return fmt.Errorf("no credentials are configured: set AWS_PROFILE or the like")
	}
	if _, err := c.base.Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("no credentials are found: %w", err)
	}
	answer, err := sts.NewFromConfig(c.base, func(o *sts.Options) {
		o.Retryer = retry.NewStandard() // a person waits for this one
	}).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return &baseError{err}
	}
	c.own = aws.ToString(answer.Account)
	id, err := arn.Parse(aws.ToString(answer.Arn))
	if err != nil {
		return err
	}
	c.partition = id.Partition
	return nil
}

// targets are the accounts to read, sorted.
func (c *collection) targets(ctx context.Context) ([]string, error) {
	all := slices.Clone(c.Accounts)
	if c.Organization {
		u := &unit{caller: c.caller(c.base, c.own, ""), service: services()["organizations"]}
		members, err := u.accounts(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, members...)
	}
	if len(all) == 0 {
		all = []string{c.own}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if c.Role == "" && !slices.Equal(all, []string{c.own}) {
		return nil, fmt.Errorf("the credentials are of account %s: name the role to read account %s as", c.own, all[0])
	}
	return all, nil
}

// as returns the configuration for an account: with its role's credentials, or with the base
// credentials for the own account when it may lack the role.
func (c *collection) as(account string) aws.Config {
	cfg := c.base.Copy()
	if c.Role == "" || account == c.own && !c.ownRole() {
		return cfg
	}
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(c.base), c.roleARN(account), func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = c.session
		if id, ok := c.externalID(account); ok {
			o.ExternalID = &id
		}
	})
	cfg.Credentials = aws.NewCredentialsCache(provider)
	return cfg
}

// ownRole: the own account is read as the role only where it is named on its own.
func (c *collection) ownRole() bool { return len(c.Accounts) == 0 && !c.Organization }

func (c *collection) externalID(account string) (string, bool) {
	if id, ok := c.ExternalIDs[account]; ok {
		return id, true
	}
	id, ok := c.ExternalIDs[""]
	return id, ok
}

// roleARN is the role of an account.
func (c *collection) roleARN(account string) string {
	if strings.HasPrefix(c.Role, "arn:") {
		return strings.ReplaceAll(c.Role, "{account}", account)
	}
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", c.partition, account, c.Role)
}
