package config

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// mostTags of a resource.
const mostTags = 50

// tagging are the operations of tags.
var tagging = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"TagResource": tagger.Tag, "UntagResource": tagger.Untag, "ListTagsForResource": listTags,
}

// tagged is the ARN of a request, of a rule or recorder that is there.
func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	arn := r.In.Text("ResourceArn")
	if rule(r, get, arn) != nil {
		return arn, nil
	}
	if rec := recorder(r, r.Service.Records.List); rec != nil && rec.Doc.Text("arn") == arn {
		return arn, nil
	}
	return "", r.Fail("ResourceNotFoundException", "ResourceArn '%s' does not exist", arn) // unconfirmed
}

// The text is unconfirmed.
var tagger = emulate.Tagger{
	ARN:     tagged,
	Allowed: emulate.AtMost(mostTags, "TooManyTagsException", "You have reached the limit of the number of tags you can use. For more information, see Service Limits."),
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return r.Page(emulate.Pairs(tags), mostTags, badToken)
}
