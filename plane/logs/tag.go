package logs

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// mostTags is the quota of a resource.
const mostTags = 50

var tagger = emulate.Tagger{
	ARN: groupTagged, Tags: "tags", Keys: "tagKeys",
	Allowed: emulate.AtMost(mostTags, "TooManyTagsException", "The request exceeds the number of tags that a resource can have: %d.", mostTags),
}

// formerly are the operations of log groups, in which the keys have the name of the tags.
var formerly = emulate.Tagger{ARN: groupTagged, Tags: "tags", Keys: "tags", Allowed: tagger.Allowed}

func groupTagged(r *emulate.Request, get emulate.Reader) (string, error) {
	g, err := group(r, get)
	if err != nil {
		return "", err
	}
	return r.ARN("log-group:" + g.ID), nil
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"tags": wire.Of(tags)}, nil
}
