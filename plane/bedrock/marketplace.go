package bedrock

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var marketplaceEndpoints = collection{
	kind: "endpoint", noun: "marketplace model endpoint", arn: "endpointArn", name: "endpointName", status: "endpointStatus", created: "createdAt", updated: "updatedAt",
	summary: []string{"endpointArn", "modelSourceIdentifier", "status", "createdAt", "updatedAt"},
	equals:  map[string]string{"modelSourceEquals": "modelSourceIdentifier"},
}

// marketplace are the operations of endpoints of models of the marketplace, which are endpoints
// of SageMaker. The plane keeps what they are declared to be; no instances run and nothing can
// be invoked. Endpoints that were made in SageMaker cannot be registered: there is none.
func marketplace() operations {
	const member = "endpointArn"
	return operations{
		"CreateMarketplaceModelEndpoint": {Do: createEndpoint},
		"GetMarketplaceModelEndpoint":    {Resource: marketplaceEndpoints.resource(member), Do: getEndpoint},
		"ListMarketplaceModelEndpoints":  marketplaceEndpoints.list(),
		"UpdateMarketplaceModelEndpoint": {Resource: marketplaceEndpoints.resource(member), Do: updateEndpoint},
		"DeleteMarketplaceModelEndpoint": marketplaceEndpoints.remove(member, nil),
	}
}

func shownEndpoint(rec *records.Record) wire.Object {
	return wire.Object{"marketplaceModelEndpoint": marketplaceEndpoints.shown(rec)}
}

// createEndpoint keeps an endpoint. Its key is SageMaker's to use, and is not looked at here:
// which calls that makes is not documented.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateMarketplaceModelEndpoint.html
func createEndpoint(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := r.PassRole(ctx, r.In.Text("endpointConfig.sageMaker.executionRole"), "sagemaker.amazonaws.com"); err != nil {
		return nil, err
	}
	name := r.In.Text("endpointName")
	arn := r.ARNOf("sagemaker", "endpoint/"+name)
	rec := &records.Record{Key: marketplaceEndpoints.key(r.Account, r.Region, name), Doc: r.In.Pick("modelSourceIdentifier", "endpointConfig", "endpointName").With(wire.Object{
		"endpointArn": arn, "endpointStatus": "Creating", "status": "REGISTERED",
	})}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := marketplaceEndpoints.free(r, tx, name); err != nil {
			return err
		}
		tx.Put(becomes(r, rec, wire.Object{"endpointStatus": "InService"}))
		emulate.PutTags(tx, arn, r.TagsIn("tags"))
		return nil
	})
	return shownEndpoint(rec), err
}

func getEndpoint(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := marketplaceEndpoints.named(r, "endpointArn")
	if err != nil {
		return nil, err
	}
	return shownEndpoint(rec), nil
}

// updateEndpoint replaces the whole configuration.
func updateEndpoint(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := marketplaceEndpoints.named(r, "endpointArn")
	if err != nil {
		return nil, err
	}
	if err := r.PassRole(ctx, r.In.Text("endpointConfig.sageMaker.executionRole"), "sagemaker.amazonaws.com"); err != nil {
		return nil, err
	}
	var next *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil {
			return marketplaceEndpoints.missing(r, r.In.Text("endpointArn"))
		}
		if status := now.Doc.Text("endpointStatus"); status != "InService" {
			return r.Fail("ConflictException", "The endpoint is in the status %s. Retry when it is InService.", status)
		}
		next = now.Change(tx.Now(), wire.Object{"endpointConfig": r.In["endpointConfig"], "endpointStatus": "Updating"})
		tx.Put(becomes(r, next, wire.Object{"endpointStatus": "InService"}))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownEndpoint(next), nil
}
