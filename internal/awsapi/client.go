package awsapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/bedlock/bedlock/internal/wire"
)

// ClientOptions say as whom a [Client] calls, and what it may.
type ClientOptions struct {
	// Config has the base credentials and perhaps an endpoint; see [Load].
	Config aws.Config
	// Role and ExternalIDs are as in [Options]. Empty: the credentials are used as they are.
	Role        string
	ExternalIDs map[string]string
	// May says whether an operation may be called; nil: each may.
	May func(service, operation string) bool
	// Rate is as in [Options].
	Rate float64
}

// Client calls single operations of any API in several accounts and Regions, as their models
// describe them, with the credentials, the signatures and the endpoint of the SDK. It is what
// changes things. It is safe for concurrent use.
type Client struct {
	c   *collection
	may func(service, operation string) bool

	mu      sync.Mutex
	callers map[[2]string]*caller
}

// NewClient asks whose the base credentials are.
func NewClient(ctx context.Context, o ClientOptions) (*Client, error) {
	if o.Config.Region == "" {
		return nil, errors.New("no Region is configured")
	}
	base := o.Config.Copy()
	base.HTTPClient = transport(base, defaultInFlight)
	c := &collection{Options: Options{Config: base, Role: o.Role, ExternalIDs: o.ExternalIDs, Rate: o.Rate}, base: base, session: changingSession, gate: gate{make(chan struct{}, defaultInFlight)}}
	if err := c.identify(ctx); err != nil {
		return nil, err
	}
	return &Client{c: c, may: o.May, callers: map[[2]string]*caller{}}, nil
}

// Account is that of the base credentials.
func (c *Client) Account() string { return c.c.own }

// Call is one call of an operation.
type Call struct {
	Account, Region    string
	Service, Operation string // as the models name them
	Input              wire.Object
	// Whole: an answer with members that the model does not have is a [*NewerError].
	Whole bool
}

// NewerError says that a service has answered more than this program knows. A request that is
// made of the answer would lose it.
type NewerError struct {
	Service, Operation string
	Members            []string
}

// Error names the members.
func (e *NewerError) Error() string {
	return fmt.Sprintf("the answer to %s %s has members that this version of Bedlock does not know and an update would lose: %s; use a newer version", e.Service, e.Operation, strings.Join(e.Members, ", "))
}

// Call calls an operation once, and again only while AWS throttles it, which says that it had no
// effect. The answer to an operation that lists has all pages. The refusal of a service has
// ErrorCode() string; after another error it is open whether the call had an effect.
func (c *Client) Call(ctx context.Context, call Call) (all wire.Object, err error) {
	err = c.Pages(ctx, call, func(page wire.Object) bool {
		all = joined(all, page)
		return true
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Pages is Call for an answer that may be long: it is given page by page, until more says that it
// is enough.
func (c *Client) Pages(ctx context.Context, call Call, more func(page wire.Object) bool) error {
	if c.may != nil && !c.may(call.Service, call.Operation) {
		return fmt.Errorf("%s %s is not among what this client may call", call.Service, call.Operation)
	}
	caller, err := c.of(call.Account, call.Region)
	if err != nil {
		return err
	}
	api, err := c.c.apis.of(call.Service)
	if err != nil {
		return err
	}
	op := api.Model().Operations[call.Operation]
	if op == nil {
		return fmt.Errorf("the model of %s has no operation %s", call.Service, call.Operation)
	}
	in := call.Input
	for {
		out, unknown, err := caller.once(ctx, api, call.Operation, in)
		if err != nil {
			return err
		}
		if call.Whole && len(unknown) > 0 {
			return &NewerError{call.Service, call.Operation, unknown}
		}
		if !more(out) || op.Page == nil || out.Text(op.Page.Output[0]) == "" {
			return nil
		}
		in = in.With(wire.Object{op.Page.Input[0]: out.Text(op.Page.Output[0])})
	}
}

// joined appends the lists of a page to those before it.
func joined(all, page wire.Object) wire.Object {
	if all == nil {
		return page
	}
	for name, v := range page {
		if list, ok := v.([]any); ok {
			before, _ := all[name].([]any)
			v = slices.Concat(before, list)
		}
		all[name] = v
	}
	return all
}

func (c *Client) of(account, region string) (*caller, error) {
	if account != c.c.own && c.c.Role == "" {
		return nil, fmt.Errorf("the credentials are of account %s: name the role to use in account %s", c.c.own, account)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	place := [2]string{account, region}
	if c.callers[place] == nil {
		c.callers[place] = c.c.caller(c.c.as(account), account, region)
	}
	return c.callers[place], nil
}

// once makes a call, again only as long as it is throttled.
func (c *caller) once(ctx context.Context, api *wire.API, operation string, in wire.Object) (out wire.Object, unknown []string, err error) {
	retryer := newRetryer()
	b := c.buckets.of(api.Model().Name, operation)
	for n := 1; ; n++ {
		err = c.gate.pass(ctx, b, func() (err error) {
			out, unknown, err = c.send(ctx, api, operation, in)
			return err
		})
		if !throttles(err) || n == attempts {
			return out, unknown, err
		}
		pause, err := retryer.RetryDelay(n, err)
		if err != nil {
			return nil, nil, err
		}
		if err := pauseFor(ctx, pause); err != nil {
			return nil, nil, err
		}
	}
}
