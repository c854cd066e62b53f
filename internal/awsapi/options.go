package awsapi

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/bedlock/bedlock/catalog"
)

// Options say what is collected and how fast.
type Options struct {
	// Config has the base credentials, the Region and perhaps an endpoint; see [Load].
	Config  aws.Config
	Catalog *catalog.Catalog

	// Accounts are the accounts to read, 12 digits each; empty: that of the credentials. Each
	// but the own one is read as Role.
	Accounts []string
	// Organization adds every active account of the organization, and reads its service and
	// resource control policies. The credentials must be those of the management account or
	// of a delegated administrator.
	Organization bool
	// Role is assumed in each account: a role name, or an ARN with {account} in it. Empty: the
	// credentials are used as they are, for their own account alone.
	Role string
	// ExternalIDs are sent when the role is assumed, by account; that of "" goes to all others.
	ExternalIDs map[string]string
	// Regions to read; empty: that of Config; AllRegions alone: those that each account has
	// enabled.
	Regions []string
	// Types are the catalogue's types to read; empty: all. Keys, aliases and principals are
	// always read.
	Types []string

	// State is a folder for the journal of what was read; empty: an interrupted collection
	// begins anew.
	State string
	// Rate is the most requests a second to one API of one account and Region; zero: the
	// documented quotas.
	Rate float64
	// Parallel is how many Regions of accounts are read at once, InFlight how many calls are
	// made at once in all; zero: 16 and 64.
	Parallel, InFlight int
	// Progress is told of each unit that was read, from several goroutines; nil: nobody is.
	// A unit is one API of one account and Region.
	Progress func(done, total int)
}

// The defaults, with which a laptop reads a thousand accounts without running out of sockets.
const (
	defaultParallel = 16
	defaultInFlight = 64
)

// Load returns the base configuration as all tools that use the AWS SDK find it: from the
// environment (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL …), the shared files and the instance.
// https://docs.aws.amazon.com/sdkref/latest/guide/creds-config-files.html
func Load(ctx context.Context) (aws.Config, error) {
	// The SDK would write its warnings to standard error, into progress and JSON; what matters of
	// them is in the errors.
	cfg, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return cfg, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if e := aws.ToString(cfg.BaseEndpoint); e != "" && !endpointForm.MatchString(e) {
		return cfg, fmt.Errorf("endpoint %q is no URL: http://127.0.0.1:4599 is one", e)
	}
	return cfg, nil
}

var (
	endpointForm = regexp.MustCompile(`^https?://[^/]+`)
	accountForm  = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm   = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	roleForm     = regexp.MustCompile(`^[A-Za-z0-9+=,.@_/-]{1,512}$`)
	roleARN      = regexp.MustCompile(`^arn:[a-z-]+:iam::(\{account\}|[0-9]{12}):role/[A-Za-z0-9+=,.@_/-]{1,512}$`)
)

// Validate reports every problem at once.
func (o Options) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, a := range o.Accounts {
		if !accountForm.MatchString(a) {
			bad("account %q: an account id has 12 digits", a)
		}
	}
	if o.Role == "" && (o.Organization || len(o.Accounts) > 1) {
		bad("several accounts need the role to read them as")
	}
	if o.Role == "" && len(o.ExternalIDs) > 0 {
		bad("an external id is sent when a role is assumed, and no role is named")
	}
	switch {
	case o.Role == "":
	case strings.HasPrefix(o.Role, "arn:"):
		if !roleARN.MatchString(o.Role) {
			bad("role %q: an ARN of a role, with {account} for the account: arn:aws:iam::{account}:role/auditor", o.Role)
		}
	case !roleForm.MatchString(o.Role):
		bad("role %q is no name of a role", o.Role)
	}
	for _, r := range o.Regions {
		switch {
		case r == AllRegions && len(o.Regions) > 1:
			bad("all Regions are named, and others beside")
		case r != AllRegions && !regionForm.MatchString(r):
			bad("Region %q: a Region is written like eu-west-1", r)
		}
	}
	if len(o.Regions) == 0 && o.Config.Region == "" {
		bad("no Region is configured and none was given")
	}
	for _, t := range o.Types {
		if !slices.Contains(Types(), t) {
			bad("type %q is not one that is read", t)
		}
	}
	if o.Rate < 0 || o.Parallel < 0 || o.InFlight < 0 {
		bad("rates and bounds are not negative")
	}
	if o.Catalog == nil {
		bad("no catalogue")
	}
	return errors.Join(errs...)
}

func (o Options) regions() []string {
	if len(o.Regions) == 0 {
		return []string{o.Config.Region}
	}
	return slices.Compact(slices.Sorted(slices.Values(o.Regions)))
}
