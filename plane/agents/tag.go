package agents

import (
	"strings"

	"github.com/bedlock/bedlock/plane/emulate"
)

// tags are the operations of tags, which both APIs have.
func tags() operations {
	return emulate.Tagging{Member: "resourceArn", Known: tagged, Allowed: allowedTags}.Operations()
}

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
func tagged(r *emulate.Request, arn string) error {
	for _, t := range taggable {
		for _, rec := range r.Service.Records.List(t.api, t.kind, r.Account, r.Region) {
			if rec.Doc.Text(t.arn) == arn {
				return nil
			}
		}
	}
	return missing(r)
}

// allowedTags refuses reserved keys and too many tags. Both texts are unconfirmed.
func allowedTags(r *emulate.Request, more map[string]string, count int) error {
	for key := range more {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return r.Fail(invalid, "The tag key %s is reserved for AWS.", key)
		}
	}
	if count > mostTags {
		return r.Fail(overQuota, "A resource can have at most %d tags.", mostTags)
	}
	return nil
}
