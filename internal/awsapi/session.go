package awsapi

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// shortest is how long a session of a role lasts at least.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const shortest = 15 * time.Minute

// Session is a session of a role that a [Client] begins.
type Session struct {
	Account, Region string // of the role, and where it is assumed
	Role            string // its ARN
	Name            string // of the session, for CloudTrail
	// Policy is what the session is limited to; empty: all that the role may.
	Policy string
	// May is as in [ClientOptions].
	May func(service, operation string) bool
}

// As begins a session of a role, as whoever this client is in the role's account, and returns a
// client that calls with it for 15 minutes, in that account. The refusal of STS has
// ErrorCode() string.
func (c *Client) As(ctx context.Context, s Session) (*Client, error) {
	by, err := c.of(s.Account, s.Region)
	if err != nil {
		return nil, err
	}
	cfg := by.config.Copy()
	cfg.Region = s.Region
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), s.Role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = s.Name, shortest
		if s.Policy != "" {
			o.Policy = &s.Policy
		}
	}))
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, err
	}
	as := &collection{Options: Options{Config: cfg, Rate: c.c.Rate}, base: cfg, session: s.Name, gate: c.c.gate, own: s.Account, partition: c.c.partition}
	return &Client{c: as, may: s.May, callers: map[[2]string]*caller{}}, nil
}
