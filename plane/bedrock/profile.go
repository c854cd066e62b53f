package bedrock

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// profileKind is the kind of the inference profiles of applications.
const profileKind = "application-inference-profile"

// mostProfiles of an account and Region.
// Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const mostProfiles = 1000

// inferenceProfiles are the operations of inference profiles: those that AWS defines, of the
// plane's models, and those of applications. A profile of the plane has the model of its own
// Region only.
func inferenceProfiles() operations {
	return operations{
		"CreateInferenceProfile": {Action: emulate.ByItself, Do: createProfile},
		"GetInferenceProfile":    {Resource: profileARN, Do: getProfile},
		"ListInferenceProfiles":  {Do: listProfiles},
		"DeleteInferenceProfile": {Resource: profileARN, Do: deleteProfile},
	}
}

// defined is the profile of an id that AWS defines, such as eu.amazon.nova-lite-v1:0; nil:
// there is none in the Region. Models that need a profile have one for all Regions too.
func defined(r *emulate.Request, id string) (wire.Object, *foundation) {
	part, model, _ := strings.Cut(id, ".")
	m := foundationByID(model)
	if m == nil || m.embedding || part != geography(r) && !(part == everywhere && m.profiled) {
		return nil, nil
	}
	return wire.Object{
		"inferenceProfileName": strings.ToUpper(part) + " " + m.provider + " " + m.name, "inferenceProfileArn": r.ARN("inference-profile/" + id), "inferenceProfileId": id,
		"models": []any{wire.Object{"modelArn": m.arn(r)}}, "status": "ACTIVE", "type": "SYSTEM_DEFINED",
	}, m
}

const everywhere = "global"

// idOf is the id at the end of an identifier.
func idOf(identifier string) string { return identifier[strings.LastIndexByte(identifier, '/')+1:] }

func profileARN(r *emulate.Request) (string, error) {
	identifier := r.In.Text("inferenceProfileIdentifier")
	if strings.HasPrefix(identifier, "arn:") {
		return identifier, nil
	}
	if p, _ := defined(r, identifier); p != nil {
		return r.ARN("inference-profile/" + identifier), nil
	}
	return r.ARN("application-inference-profile/" + identifier), nil
}

func createProfile(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	id := r.Service.ID(emulate.LowerDigits, 12)
	arn := r.ARN("application-inference-profile/" + id)
	from := r.In.Text("modelSource.copyFrom")
	actions := []struct{ action, resource string }{{"bedrock:CreateInferenceProfile", from}, {"bedrock:CreateInferenceProfile", arn}}
	tags := r.TagsIn("tags")
	if len(tags) > 0 {
		actions = append(actions, struct{ action, resource string }{"bedrock:TagResource", arn})
	}
	for _, a := range actions {
		if err := r.Allow(ctx, a.action, a.resource); err != nil {
			return nil, err
		}
	}
	model := foundationByID(idOf(from))
	if model == nil {
		_, model = defined(r, idOf(from))
	}
	if model == nil {
		return nil, r.Fail("ResourceNotFoundException", "The model source %s does not exist.", from)
	}
	rec := &records.Record{Key: r.Key(profileKind, id), Doc: r.In.Pick("inferenceProfileName", "description").With(wire.Object{
		"inferenceProfileArn": arn, "inferenceProfileId": id, "models": []any{wire.Object{"modelArn": model.arn(r)}}, "status": "ACTIVE", "type": "APPLICATION",
	})}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if len(tx.List(control, profileKind, r.Account, r.Region)) >= mostProfiles {
			return r.Fail("ServiceQuotaExceededException", "The number of inference profiles exceeds the quota of %d.", mostProfiles)
		}
		tx.Put(rec)
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return wire.Object{"inferenceProfileArn": arn, "status": "ACTIVE"}, err
}

// applicationProfile is the record of an application's profile; nil: there is none.
func applicationProfile(r *emulate.Request, identifier string) *records.Record {
	rec := r.Service.Records.Get(records.Key{Service: control, Kind: profileKind, Account: r.Account, Region: r.Region, ID: idOf(identifier)})
	if rec == nil || strings.HasPrefix(identifier, "arn:") && rec.Doc.Text("inferenceProfileArn") != identifier {
		return nil
	}
	return rec
}

func shownProfile(rec *records.Record) wire.Object {
	return rec.Doc.With(wire.Object{"createdAt": rec.Created, "updatedAt": rec.Updated})
}

func getProfile(_ context.Context, r *emulate.Request) (wire.Object, error) {
	identifier := r.In.Text("inferenceProfileIdentifier")
	if rec := applicationProfile(r, identifier); rec != nil {
		return shownProfile(rec), nil
	}
	if p, _ := defined(r, idOf(identifier)); p != nil {
		return p, nil
	}
	return nil, noProfile(r, identifier)
}

func noProfile(r *emulate.Request, identifier string) error {
	return r.Fail("ResourceNotFoundException", "The inference profile %s does not exist.", identifier)
}

func listProfiles(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	typ := r.In.Text("typeEquals")
	if typ != "APPLICATION" {
		for i := range models {
			for _, part := range []string{geography(r), everywhere} {
				if p, _ := defined(r, part+"."+models[i].id); p != nil {
					items = append(items, p)
				}
			}
		}
	}
	if typ != "SYSTEM_DEFINED" {
		for _, rec := range r.List(profileKind) {
			items = append(items, shownProfile(rec))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

func deleteProfile(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec := applicationProfile(r, r.In.Text("inferenceProfileIdentifier"))
	if rec == nil {
		return nil, noProfile(r, r.In.Text("inferenceProfileIdentifier"))
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Delete(rec.Key)
		emulate.PutTags(tx, rec.Doc.Text("inferenceProfileArn"), nil)
		return nil
	})
}
