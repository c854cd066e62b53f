package awsapi

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock/arn"
)

// foreign reads the keys that resources name but that are in accounts and Regions outside the
// collection, as far as their accounts let the naming account know of them.
func (c *collection) foreign(ctx context.Context) error {
	named, err := c.foreignKeys()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.Parallel)
	for id, from := range named {
		key, _ := arn.ParseKey(id)
		unit := unitName(from, key.ARN.Region, "kms/"+id)
		if c.journal.finished(unit) {
			continue
		}
		g.Go(func() error {
			u := c.unit(c.caller(c.as(from), from, key.ARN.Region), "kms")
			u.name = unit
			if err := u.foreignKey(ctx, key); err != nil {
				return err
			}
			return c.journal.write(record{Unit: unit, Done: true})
		})
	}
	return g.Wait()
}

// foreignKeys are ARNs of keys outside the collection with an account whose resource names them.
func (c *collection) foreignKeys() (map[string]string, error) {
	named := map[string]string{}
	err := c.journal.records(func(r record) error {
		if r.Resource == nil || strings.HasPrefix(r.Resource.Type, "AWS::IAM::") || strings.HasPrefix(r.Resource.Type, "AWS::KMS::") {
			return nil
		}
		for _, answer := range r.Resource.Answers {
			texts(answer, func(s string) {
				key, ok := arn.ParseKey(s)
				if !ok || key.ARN.Service != "kms" || arn.IsToken(s) {
					return
				}
				if c.reads(key.ARN.Account, key.ARN.Region) {
					return
				}
				if from := named[s]; from == "" || r.Resource.Account < from {
					named[s] = r.Resource.Account
				}
			})
		}
		return nil
	})
	return named, err
}

// texts calls visit for every string in a document.
func texts(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, inner := range v {
			texts(inner, visit)
		}
	case map[string]any:
		for _, inner := range v {
			texts(inner, visit)
		}
	}
}
