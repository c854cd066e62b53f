package awsapi

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock/arn"
)

// The types of KMS.
const (
	keyType   = "AWS::KMS::Key"
	aliasType = "AWS::KMS::Alias"
	grantType = "AWS::KMS::Grant"
)

// customerKeyReads are asked for customer-managed keys only: of keys that AWS manages they fail,
// and denied calls set off alarms.
var customerKeyReads = []string{"GetKeyPolicy", "GetKeyRotationStatus", "GetKeyLastUsage"}

// kms reads aliases, then keys with everything about them.
func (u *unit) kms(ctx context.Context) error {
	err := u.each(ctx, "ListAliases", nil, "Aliases", aliasType, func(_ context.Context, alias document) error {
		res := u.kmsResource(aliasType, text(alias, "AliasArn"))
		res.answer("ListAliases", alias)
		return u.write(record{Resource: res})
	})
	if err != nil {
		return err
	}
	return u.each(ctx, "ListKeys", nil, "Keys", keyType, func(ctx context.Context, key document) error {
		return u.key(ctx, text(key, "KeyArn"))
	})
}

// key reads one key.
func (u *unit) key(ctx context.Context, id string) error {
	res := u.kmsResource(keyType, id)
	doc, err := u.caller.get(ctx, u.service, "DescribeKey", map[string]any{"KeyId": id})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	res.result("DescribeKey", nil, doc, err)
	metadata, _ := doc["KeyMetadata"].(document)
	switch {
	case err != nil: // whose key it is is not known, so nothing more is asked
		for _, operation := range customerKeyReads {
			res.failed(operation, err)
		}
		res.failed("Tags", err)
	case text(metadata, "KeyManager") == "CUSTOMER":
		if err := u.customerKey(ctx, id, res); err != nil {
			return err
		}
	}
	return u.write(record{Resource: res})
}

func (u *unit) customerKey(ctx context.Context, id string, res *resource) error {
	in := map[string]any{"KeyId": id}
	for _, operation := range customerKeyReads {
		doc, err := u.caller.get(ctx, u.service, operation, in)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		res.result(operation, nil, doc, err)
		if operation == "GetKeyLastUsage" && err == nil {
			if err := u.lastUse(ctx, res, doc); err != nil {
				return err
			}
		}
	}
	tags := []any{}
	err := u.caller.call(ctx, u.service, "ListResourceTags", in, func(page document) error {
		more, _ := page["Tags"].([]any)
		tags = append(tags, more...)
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		res.failed("Tags", err)
		res.failed("ListResourceTags", err)
	default:
		res.answer("ListResourceTags", document{"Tags": tags})
		res.Tags = tagsOf(document{"Tags": tags}, "Tags")
	}
	return u.each(ctx, "ListGrants", in, "Grants", grantType, func(_ context.Context, grant document) error {
		res := u.kmsResource(grantType, id+"/grant/"+text(grant, "GrantId"))
		res.answer("ListGrants", grant)
		return u.write(record{Resource: res})
	})
}

// foreignKey reads what another account lets be known of a key, by the ARN of the key or of an
// alias of it. Its policy cannot be read from here.
func (u *unit) foreignKey(ctx context.Context, named arn.Key) error {
	id := named.ARN
	doc, err := u.caller.get(ctx, u.service, "DescribeKey", map[string]any{"KeyId": id.String()})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	metadata, _ := doc["KeyMetadata"].(document)
	key := id.String()
	if err == nil {
		key = text(metadata, "Arn")
	}
	if named.Form == arn.AliasARN {
		if err != nil {
			return u.fail(aliasType, u.service, "DescribeKey", err)
		}
		res := u.kmsResource(aliasType, id.String())
		res.Account = id.Account
		res.answer("ListAliases", document{"AliasName": named.Name, "AliasArn": id.String(), "TargetKeyId": text(metadata, "KeyId")})
		if err := u.write(record{Resource: res}); err != nil {
			return err
		}
	}
	res := u.kmsResource(keyType, key)
	res.Account = id.Account
	res.result("DescribeKey", nil, doc, err)
	if err != nil || text(metadata, "KeyManager") == "CUSTOMER" {
		for _, operation := range append([]string{"Tags", "ListResourceTags"}, customerKeyReads...) {
			res.Errors[operation] = "not readable from account " + u.caller.account + "; audit account " + id.Account + " too"
		}
	}
	return u.write(record{Resource: res})
}

func (u *unit) kmsResource(typ, id string) *resource {
	return &resource{Type: typ, ID: id, Account: u.caller.account, Region: u.caller.region, Errors: map[string]string{}}
}

// each hands every entry of a list to read, several at once.
func (u *unit) each(ctx context.Context, operation string, in map[string]any, items, subject string, read func(context.Context, document) error) error {
	err := u.caller.call(ctx, u.service, operation, in, func(page document) error {
		entries, _ := page[items].([]any)
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(together)
		for _, entry := range entries {
			members, _ := entry.(document)
			g.Go(func() error { return read(ctx, members) })
		}
		return g.Wait()
	})
	return u.finally(ctx, err, subject, u.service, operation)
}

func text(doc document, name string) string {
	s, _ := doc[name].(string)
	return s
}
