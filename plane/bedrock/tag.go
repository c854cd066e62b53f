package bedrock

import "github.com/bedlock/bedlock/plane/emulate"

// mostTags of a resource. Source: https://docs.aws.amazon.com/bedrock/latest/userguide/tagging.html
const mostTags = 50

// tags are the operations of the tags of all resources of the API.
func tags() operations {
	return emulate.Tagging{Member: "resourceARN", Known: exists, Allowed: allowedTags}.Operations()
}

// taggable says whether a resource exists that can have tags, by the families of the API.
var taggable = []func(r *emulate.Request, arn string) bool{
	func(r *emulate.Request, arn string) bool {
		g, err := guardrailOf(r, arn)
		return err == nil && g.arn == arn && g.account == r.Account && g.record(r.Service.World, draft) != nil
	},
	func(r *emulate.Request, arn string) bool { return applicationProfile(r, arn) != nil },
	func(r *emulate.Request, arn string) bool {
		for _, c := range collections {
			if rec := c.find(r, arn); rec != nil && rec.Doc.Text(c.arn) == arn {
				return true
			}
		}
		return false
	},
	func(r *emulate.Request, arn string) bool {
		_, err := reasoningAt(r, arn)
		return err == nil
	},
	func(r *emulate.Request, arn string) bool { return asyncOf(r, arn) != nil },
}

func exists(r *emulate.Request, arn string) error {
	for _, known := range taggable {
		if known(r, arn) {
			return nil
		}
	}
	return r.Fail("ResourceNotFoundException", "The resource %s does not exist.", arn)
}

func allowedTags(r *emulate.Request, _ map[string]string, count int) error {
	if count > mostTags {
		return r.Fail("TooManyTagsException", "The resource would have %d tags; the quota is %d.", count, mostTags)
	}
	return nil
}
