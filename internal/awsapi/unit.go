package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
)

// unit is a piece of work that is finished or not: one API of one account and Region.
type unit struct {
	name    string
	caller  *caller
	region  string // "" for global APIs
	service *service
	keeps   map[string]keep
	// wanted are the types whose resources are recorded.
	wanted map[string]bool
	record func(record) error
}

// together is how many resources of a unit are read at once; the rate of the API is the bound
// that matters.
const together = 8

// list reads all resources of a type below a parent, nil: of the account and Region.
func (u *unit) list(ctx context.Context, r *reading, parent *scope) error {
	s := &scope{parent: parent, caller: u.caller}
	if r.List == "" {
		return u.read(ctx, r, s)
	}
	err := u.caller.call(ctx, u.serviceOf(r), r.List, s.arguments(r.With), func(page document) error {
		entries, _ := page[r.Items].([]any)
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(together)
		for _, entry := range entries {
			s := &scope{entry: entry, parent: parent, caller: u.caller}
			if !r.keeps(s) {
				continue
			}
			g.Go(func() error { return u.read(ctx, r, s) })
		}
		return g.Wait()
	})
	return u.finally(ctx, err, r.Type, u.serviceOf(r), r.List)
}

// finally records that a list failed, unless the collection ends because of the error.
func (u *unit) finally(ctx context.Context, err error, subject string, s *service, operation string) error {
	var own *fatal
	if err == nil || ctx.Err() != nil || errors.As(err, &own) {
		return err
	}
	return u.fail(subject, s, operation, err)
}

// read reads one resource and its children.
func (u *unit) read(ctx context.Context, r *reading, s *scope) error {
	s.arn = s.expand(r.ARN)
	k := u.keeps[r.Type]
	res := &resource{Type: r.Type, ID: s.arn, Account: u.caller.account, Region: u.caller.region}
	if listed, ok := k[r.List]; ok && r.List != "" {
		res.answer(r.List, listed.cut(s.entry))
	}
	if u.wanted[r.Type] {
		for _, g := range r.operations(k) {
			doc, err := u.caller.get(ctx, u.serviceOf(r), g.Op, s.arguments(g.With))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if r.List == "" && slices.Contains(unoffered, codeOf(err)) {
				return u.fail(r.Type, u.serviceOf(r), g.Op, err)
			}
			res.result(g.Op, k[g.Op], doc, err)
			if r.Tags.Op == g.Op && err == nil {
				res.Tags = tagsOf(doc, r.Tags.At)
			}
		}
		if err := u.tags(ctx, r, s, res); err != nil {
			return err
		}
		if err := u.write(record{Resource: res}); err != nil {
			return err
		}
	}
	for _, child := range r.children() {
		if u.needs(child) {
			if err := u.list(ctx, child, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// needs says whether a type has to be listed: for itself or for a child.
func (u *unit) needs(r *reading) bool {
	return r.Skip == "" && (u.wanted[r.Type] || slices.ContainsFunc(r.children(), u.needs))
}

func (u *unit) serviceOf(r *reading) *service {
	if r.Service != "" {
		return services()[r.Service]
	}
	return u.service
}

// tags reads the tags with an operation of their own.
func (u *unit) tags(ctx context.Context, r *reading, s *scope, res *resource) error {
	if r.Tags.Op == "" || slices.ContainsFunc(r.Get, func(g get) bool { return g.Op == r.Tags.Op }) {
		return nil
	}
	doc, err := u.caller.get(ctx, u.serviceOf(r), r.Tags.Op, s.arguments(r.Tags.With))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		res.Tags = tagsOf(doc, r.Tags.At)
	case !isAbsent(r.Tags.Op, err):
		res.failed("Tags", err)
	}
	return nil
}

// fatal is an error of this machine, not of an API: it ends the collection.
type fatal struct{ error }

func (f *fatal) Unwrap() error { return f.error }

func (u *unit) write(r record) error {
	r.Unit = u.name
	if err := u.record(r); err != nil {
		return &fatal{err}
	}
	return nil
}

// fail records a list that could not be read.
func (u *unit) fail(subject string, s *service, operation string, err error) error {
	return u.write(record{Failed: &failure{
		Account: u.caller.account, Region: u.region, Service: s.model,
		Subject: subject, Operation: operation, Error: reason(err), Unoffered: slices.Contains(unoffered, codeOf(err)),
	}})
}

// result keeps the outcome of an operation.
func (r *resource) result(operation string, k keep, doc document, err error) {
	switch {
	case err == nil:
		r.answer(operation, k.cut(doc))
	case isAbsent(operation, err):
	default:
		r.failed(operation, err)
	}
}

func (r *resource) answer(operation string, v any) {
	if r.Answers == nil {
		r.Answers = map[string]any{}
	}
	r.Answers[operation] = v
}

func (r *resource) failed(operation string, err error) {
	if r.Errors == nil {
		r.Errors = map[string]string{}
	}
	r.Errors[operation] = reason(err)
}

// tagsOf reads the two forms that tags have: a map, or a list of pairs whose names end in key
// and value.
func tagsOf(doc document, at string) map[string]string {
	var v any = doc
	for name := range strings.SplitSeq(at, ".") {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		members, _ := v.(document)
		v = members[name]
	}
	tags := map[string]string{}
	switch v := v.(type) {
	case document:
		for key, value := range v {
			tags[key], _ = value.(string)
		}
	case []any:
		for _, pair := range v {
			var key, value string
			members, _ := pair.(document)
			for name, text := range members {
				switch name := strings.ToLower(name); {
				case strings.HasSuffix(name, "key"):
					key, _ = text.(string)
				case strings.HasSuffix(name, "value"):
					value, _ = text.(string)
				}
			}
			tags[key] = value
		}
	}
	return tags
}

// codeOf is the code of an API's error, "" for any other.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// unoffered are the codes by which an endpoint says that it does not have an operation, so that
// there can be no resources of its type: features come to some Regions later, or never.
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
var unoffered = []string{"UnknownOperationException", "InvalidAction"}

// off are the codes by which a Region that the account has not enabled refuses credentials.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
var off = []string{"UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired", "AuthFailure", "InvalidAccessKeyId"}

// reason is what a person is told about a call that failed.
func reason(err error) string {
	var api smithy.APIError
	var dns *net.DNSError
	switch {
	case errors.As(err, &api) && slices.Contains(off, api.ErrorCode()):
		return fmt.Sprintf("%s: %s (is the Region enabled for the account?)", api.ErrorCode(), api.ErrorMessage())
	case errors.As(err, &api):
		return api.ErrorCode() + ": " + api.ErrorMessage()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no endpoint: the service is not in this Region, or " + dns.Name + " does not resolve here"
	}
	return err.Error()
}
