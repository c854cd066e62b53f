package automation

import "github.com/bedlock/bedlock/plane/emulate"

// tags are the operations of tags.
func tags() operations {
	return emulate.Tagging{Member: "resourceARN", Known: exists}.Operations()
}

// exists refuses an ARN of no resource of the caller's.
func exists(r *emulate.Request, arn string) error {
	for _, k := range []*kind{project(), blueprint(), library()} {
		for _, rec := range r.Service.Records.List(control, k.name, r.Account, r.Region) {
			if rec.Doc.Text(k.arn) == arn {
				return nil
			}
		}
	}
	for _, rec := range r.Service.Records.List(runtime, invocation, r.Account, r.Region) {
		if rec.Doc.Text("invocationArn") == arn {
			return nil
		}
	}
	return r.Fail("ResourceNotFoundException", "The resource %s was not found.", arn)
}
