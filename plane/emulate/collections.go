package emulate

import (
	"context"

	"github.com/bedlock/bedlock/plane"
)

// Collections is what services do with the documents of collections of OpenSearch Serverless,
// whose data plane has no API model. who does it for the service by: IAM and the data access
// policies of the collection say whether it may, and the documents are under the collection's
// key. collection is an ARN, index a name. Errors are [*wire.Error], or those of the key.
type Collections interface {
	// Describe says whether the index is there.
	Describe(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string) error
	// Write adds or replaces documents, by their ids.
	Write(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string, documents map[string][]byte) error
	// Remove takes documents away; ids without one are no error.
	Remove(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string, ids []string) error
	// Read returns all documents, in the order in which they were first written.
	Read(ctx context.Context, before *plane.Call, who *plane.Caller, by, collection, index string) ([][]byte, error)
}
