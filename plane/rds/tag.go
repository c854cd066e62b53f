package rds

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// tagging are the operations of tags.
var tagging = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"AddTagsToResource": tagger.Tag, "RemoveTagsFromResource": tagger.Untag, "ListTagsForResource": listTags,
}

// tagged is the ARN of a request, of something that is there.
func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	name := r.In.Text("ResourceName")
	for _, k := range kinds {
		if k.arnOf(r, k.name(r, name)) == name {
			_, err := k.find(r, get, name)
			return name, err
		}
	}
	return "", r.Fail(badValue, "Invalid resource name: %s", name)
}

var tagger = emulate.Tagger{ARN: tagged}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"TagList": emulate.TagList(tags)}, nil
}
