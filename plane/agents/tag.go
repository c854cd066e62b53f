package agents

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// tags are the operations of tags, which both APIs have.
func tags() operations {
	return operations{
		"ListTagsForResource": {Resource: taggedARN, Do: listTags},
		"TagResource":         {Resource: taggedARN, Do: tagResource},
		"UntagResource":       {Resource: taggedARN, Do: untagResource},
	}
}

func taggedARN(r *emulate.Request) (string, error) { return r.In.Text("resourceArn"), nil }

// mostTags is the number of tags that a resource can have.
// https://docs.aws.amazon.com/bedrock/latest/userguide/tagging.html
const mostTags = 50

// taggable are what can be tagged: kinds of records with the members that have their ARNs.
var taggable = []struct{ api, kind, arn string }{
	{control, kindAgent, "agentArn"},
	{control, kindAgentAlias, "agentAliasArn"},
	{control, kindFlow, "arn"},
	{control, kindFlowAlias, "arn"},
	{control, kindPrompt, "arn"},
	{control, kindPromptVersion, "arn"},
	{control, kindKnowledgeBase, "knowledgeBaseArn"},
	{control, kindInstruction, "retrievalInstructionArn"},
	{runtime, kindSession, "sessionArn"},
}

// tagged refuses a resource that is not there.
func tagged(r *emulate.Request) error {
	for _, t := range taggable {
		for _, rec := range r.Service.Records.List(t.api, t.kind, r.Account, r.Region) {
			if rec.Doc.Text(t.arn) == r.In.Text("resourceArn") {
				return nil
			}
		}
	}
	return missing(r)
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if err := tagged(r); err != nil {
		return nil, err
	}
	return wire.Object{"tags": wire.Of(r.Service.Tags(r.In.Text("resourceArn")))}, nil
}

func tagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := tagged(r); err != nil {
		return nil, err
	}
	arn, more := r.In.Text("resourceArn"), r.TagsIn("tags")
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := r.Service.Tags(arn)
		added := 0
		for key := range more {
			if strings.HasPrefix(strings.ToLower(key), "aws:") {
				return r.Fail(invalid, "The tag key %s is reserved for AWS.", key) // unconfirmed text
			}
			if _, ok := all[key]; !ok {
				added++
			}
		}
		if len(all)+added > mostTags {
			return r.Fail(overQuota, "A resource can have at most %d tags.", mostTags) // unconfirmed text
		}
		emulate.AddTags(tx, arn, more)
		return nil
	})
}

func untagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := tagged(r); err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.RemoveTags(tx, r.In.Text("resourceArn"), r.In.Texts("tagKeys"))
		return nil
	})
}
