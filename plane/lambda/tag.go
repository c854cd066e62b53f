package lambda

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// mostTags is the quota of a function.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
const mostTags = 50

// tagged returns the ARN of the function of a request about its tags.
func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	t := targetOf(r, "Resource", true)
	if t.qualifier != "" {
		return "", r.Fail(invalid, "Tags on function aliases and versions are not supported. Please specify a function ARN.")
	}
	_, err := t.find(r, get)
	return t.arn(r, ""), err
}

var tagger = emulate.Tagger{ARN: tagged, Allowed: emulate.AtMost(mostTags, invalid, "Number of tags exceeds resource tag limit.")}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Tags": wire.Of(tags)}, nil
}
