package agentcore

import (
	"slices"

	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// tagOperations are those of tags.
func tagOperations() operations {
	return emulate.Tagging{Member: "resourceArn", Known: exists, Allowed: allowedTags}.Operations()
}

// exists refuses an ARN of no resource of the caller's.
func exists(r *emulate.Request, arn string) error {
	if arn == r.ARN("token-vault/"+defaultVault) {
		return nil
	}
	for _, model := range []string{control, data} {
		for _, k := range kindsOf(model) {
			if k.arn != "" && k.has(r, model, arn) {
				return nil
			}
		}
	}
	return r.Fail("ResourceNotFoundException", "The resource '%s' was not found.", arn)
}

// has says whether there is a resource of the kind with an ARN.
func (k *kind) has(r *emulate.Request, model, arn string) bool {
	return slices.ContainsFunc(r.Service.Records.List(model, k.name(), r.Account, r.Region), func(rec *records.Record) bool { return rec.Doc.Text(k.arn) == arn })
}

// mostTags is how many a resource can have.
// Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const mostTags = 50

func allowedTags(r *emulate.Request, _ map[string]string, count int) error {
	if count > mostTags {
		return r.Fail("ServiceQuotaExceededException", "A resource can have at most %d tags.", mostTags)
	}
	return nil
}
