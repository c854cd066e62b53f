package registry

import "github.com/bedlock/bedlock/plane/emulate"

// tags are the operations of tags.
func tags() map[string]emulate.Op {
	return emulate.Tagging{Member: "resourceArn", Known: exists}.Operations()
}

// exists refuses an ARN of no resource of the caller's.
func exists(r *emulate.Request, arn string) error {
	for kind, member := range map[string]string{registryKind: "registryArn", recordKind: "recordArn"} {
		for _, rec := range r.List(kind) {
			if rec.Doc.Text(member) == arn {
				return nil
			}
		}
	}
	return r.Fail("ResourceNotFoundException", "The resource %s was not found.", arn)
}
