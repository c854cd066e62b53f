package awsapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
)

// maxAnswer bounds an answer that is read by the model; those of lists have a few hundred
// entries.
const maxAnswer = 16 << 20

// callByModel calls an operation that the SDK lacks, as its model describes it.
func (c *caller) callByModel(ctx context.Context, s *service, operation string, in map[string]any, page func(document) error) error {
	api, err := c.apis.of(s.model)
	if err != nil {
		return err
	}
	op := api.Model().Operations[operation]
	if op == nil {
		return fmt.Errorf("call %s %s: neither the SDK nor the model has it", s.model, operation)
	}
	input := wire.Object{}
	for name, v := range in {
		input[name] = v
	}
	for {
		out, err := c.retry(ctx, s, api, operation, input)
		if err != nil {
			return err
		}
		if err := page(plainDocument(out)); err != nil {
			return err
		}
		if op.Page == nil || out.Text(op.Page.Output[0]) == "" {
			return nil
		}
		input = input.Clone()
		input[op.Page.Input[0]] = out.Text(op.Page.Output[0])
	}
}

// apis are the APIs that are called by their models; making one takes a while.
type apis struct {
	mu  sync.Mutex
	all map[string]*wire.API
}

func (a *apis) of(name string) (*wire.API, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if api := a.all[name]; api != nil {
		return api, nil
	}
	api, err := wire.Load(name, wire.Observed{})
	if err != nil {
		return nil, err
	}
	if a.all == nil {
		a.all = map[string]*wire.API{}
	}
	a.all[name] = api
	return api, nil
}

// retry makes a call until it succeeds, or finally fails.
func (c *caller) retry(ctx context.Context, s *service, api *wire.API, operation string, in wire.Object) (wire.Object, error) {
	retryer := newRetryer()
	b := c.buckets.of(s.model, operation)
	for n := 1; ; n++ {
		var out wire.Object
		err := c.gate.pass(ctx, b, func() (err error) {
			out, _, err = c.send(ctx, api, operation, in)
			return err
		})
		if err == nil || ctx.Err() != nil || n == retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) {
			return out, err
		}
		pause, err := retryer.RetryDelay(n, err)
		if err != nil {
			return nil, err
		}
		if err := pauseFor(ctx, pause); err != nil {
			return nil, err
		}
	}
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (c *caller) send(ctx context.Context, api *wire.API, operation string, in wire.Object) (_ wire.Object, unknown []string, err error) {
	r, err := api.Request(operation, in)
	if err != nil {
		return nil, nil, err
	}
	region, err := c.address(r, api.Model())
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, nil, err
	}
	r.Body, _ = r.GetBody()
	credentials, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, nil, err
	}
	digest := sha256.Sum256(body)
	sum := hex.EncodeToString(digest[:])
	s3 := api.Model().SigningName == "s3" // which wants the digest signed, and paths as they are
	if s3 {
		r.Header.Set("X-Amz-Content-Sha256", sum)
	}
	sign := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s3 }
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, sum, api.Model().SigningName, region, time.Now(), sign); err != nil {
		return nil, nil, err
	}
	response, err := c.config.HTTPClient.Do(r.WithContext(ctx))
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, nil, err
	}
	if len(answer) > maxAnswer {
		return nil, nil, fmt.Errorf("call %s %s: the answer has more than %d bytes", api.Model().Name, operation, maxAnswer)
	}
	out, unknown, err := api.AnswerWhole(operation, response.StatusCode, response.Header, answer)
	if refused, ok := err.(*wire.Error); ok {
		return nil, nil, refusal{refused}
	}
	return out, unknown, err
}

// address completes a request with where the service is, and returns the Region to sign it for.
func (c *caller) address(r *http.Request, m *model.Service) (region string, err error) {
	base, region := fmt.Sprintf("https://%s.%s.%s", m.EndpointPrefix, c.region, arn.SuffixOf(c.partition)), c.region
	switch m.Name { // S3 and STS have Regions besides their one name
	case "iam":
		region = cmp.Or(arn.HomeOf(c.partition), region)
		switch c.partition {
		case "aws":
			base = "https://" + m.GlobalEndpoint
		case "aws-us-gov":
			base = "https://iam.us-gov.amazonaws.com"
		default:
			base = fmt.Sprintf("https://%s.%s.%s", m.EndpointPrefix, region, arn.SuffixOf(c.partition))
		}
	case "account":
		region = home(c.partition)
		base = fmt.Sprintf("https://%s.%s.%s", m.EndpointPrefix, region, arn.SuffixOf(c.partition))
	}
	if c.config.BaseEndpoint != nil {
		base = *c.config.BaseEndpoint
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("endpoint %q: %w", base, err)
	}
	r.URL.Scheme, r.URL.Host, r.Host = u.Scheme, u.Host, u.Host
	return region, nil
}

// home is the Region of the one endpoint that Account Management has in a partition.
// https://docs.aws.amazon.com/general/latest/gr/accounts.html
func home(partition string) string {
	if partition == "aws-cn" {
		return "cn-northwest-1"
	}
	return cmp.Or(arn.HomeOf(partition), "us-east-1")
}

// refusal is an error of a service in the terms of the SDK.
type refusal struct{ answer *wire.Error }

func (r refusal) Error() string                 { return r.answer.Error() }
func (r refusal) ErrorCode() string             { return r.answer.Code }
func (r refusal) ErrorMessage() string          { return r.answer.Message }
func (r refusal) ErrorFault() smithy.ErrorFault { return smithy.FaultUnknown }
func (r refusal) HTTPStatusCode() int           { return r.answer.Status }

// plainDocument is an answer as a document: see there for what is left out.
func plainDocument(o wire.Object) document {
	doc := make(document, len(o))
	for name, v := range o {
		if v = plainValue(v); v != nil {
			doc[name] = v
		}
	}
	return doc
}

func plainValue(v any) any {
	switch v := v.(type) {
	case wire.Object:
		return plainDocument(v)
	case []any:
		list := make([]any, 0, len(v))
		for _, inner := range v {
			if inner = plainValue(inner); inner != nil {
				list = append(list, inner)
			}
		}
		return list
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case []byte:
		return nil
	}
	return v
}
