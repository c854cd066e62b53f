package agentcore

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const (
	// bundleVersion is the name of the records of versions.
	bundleVersion = "ConfigurationBundleVersion"
	// mainline is the branch of versions that name none.
	mainline = "mainline"
)

// bundleKind is a configuration bundle: versions on branches. The components of a version are
// under the key that the bundle had when it was made; whether a new key re-encrypts those
// before is not documented.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/configuration-bundles-encryption.html
func bundleKind() *kind {
	return &kind{
		noun: "ConfigurationBundle", plural: "ConfigurationBundles", path: "configuration-bundle/", without: []string{"GetConfigurationBundle", "UpdateConfigurationBundle"},
		in: "bundleId", out: "bundleId", arn: "bundleArn", title: "bundleName", id: mixedID, ready: "ACTIVE",
		key:     keyUse{typ: "AWS::BedrockAgentCore::ConfigurationBundle", slot: "components", member: "kmsKeyArn"},
		content: contentUse{members: []string{"components"}, write: "use", read: "use"},
		made: func(_ context.Context, r *emulate.Request, n *draft) error {
			commit(r, n, mainline)
			return nil
		},
		kept: keepBundleVersion,
		gone: func(tx *records.Tx, _ *emulate.Request, rec *records.Record) { dropParts(tx, rec, bundleVersion) },
	}
}

// commit makes a draft the next version, on the branch that the request names or another.
func commit(r *emulate.Request, n *draft, branch string) {
	if given := r.In.Text("branchName"); given != "" {
		branch = given
	}
	n.members = n.members.Without("branchName", "commitMessage", "createdBy", "parentVersionIds").With(wire.Object{
		"versionId":       r.Service.UUID(),
		"lineageMetadata": r.In.Pick("commitMessage", "createdBy", "parentVersionIds").With(wire.Object{"branchName": branch}),
	})
}

func keepBundleVersion(tx *records.Tx, r *emulate.Request, rec *records.Record) {
	tx.Put(&records.Record{Key: r.Key(bundleVersion, rec.ID+"/"+rec.Doc.Text("versionId")), Doc: rec.Doc, Sealed: rec.Sealed})
}

func bundleOperations() operations {
	k := bundleKind()
	return operations{
		"GetConfigurationBundle":          {Resource: k.resource, Do: getBundle},
		"GetConfigurationBundleVersion":   {Resource: k.resource, Do: getBundleVersion},
		"ListConfigurationBundleVersions": {Resource: k.resource, Do: listBundleVersions},
		"UpdateConfigurationBundle":       {Resource: k.resource, Do: updateBundle},
	}
}

// versions are those of a bundle on a branch, or all, in the order in which they were made.
func bundleVersions(r *emulate.Request, bundle *records.Record, branch string) []*records.Record {
	return slices.DeleteFunc(r.List(bundleVersion), func(v *records.Record) bool {
		return within(v) != bundle.ID+"/" || branch != "" && branchOf(v) != branch
	})
}

func branchOf(version *records.Record) string { return version.Doc.Text("lineageMetadata.branchName") }

// showVersion is a version with its components.
func showVersion(ctx context.Context, r *emulate.Request, bundle, version *records.Record) (wire.Object, error) {
	content, err := bundleKind().open(ctx, r, version, nil)
	if err != nil {
		return nil, err
	}
	return version.Doc.With(content).With(times(bundle)).With(wire.Object{"versionCreatedAt": version.Created}), nil
}

func getBundle(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := bundleKind().find(r)
	if err != nil {
		return nil, err
	}
	branch := r.In.Text("branchName")
	versions := bundleVersions(r, rec, branch)
	if len(versions) == 0 {
		return nil, r.Fail("ResourceNotFoundException", "Branch '%s' of ConfigurationBundle '%s' was not found.", branch, rec.ID)
	}
	return showVersion(ctx, r, rec, versions[len(versions)-1])
}

func getBundleVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := bundleKind().find(r)
	if err != nil {
		return nil, err
	}
	version, err := bundleVersionAt(r, rec, r.In.Text("versionId"))
	if err != nil {
		return nil, err
	}
	return showVersion(ctx, r, rec, version)
}

func bundleVersionAt(r *emulate.Request, bundle *records.Record, id string) (*records.Record, error) {
	if v := r.Service.Records.Get(r.Key(bundleVersion, bundle.ID+"/"+id)); v != nil {
		return v, nil
	}
	return nil, r.Fail("ResourceNotFoundException", "Version '%s' of ConfigurationBundle '%s' was not found.", id, bundle.ID)
}

func listBundleVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := bundleKind().find(r)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, v := range bundleVersions(r, rec, r.In.Text("filter.branchName")) {
		if by := r.In.Text("filter.createdByName"); by != "" && by != v.Doc.Text("lineageMetadata.createdBy.name") {
			continue
		}
		if latest := bundleVersions(r, rec, branchOf(v)); r.In.Bool("filter.latestPerBranch") && latest[len(latest)-1].ID != v.ID {
			continue
		}
		items = append(items, v.Doc.With(wire.Object{"versionCreatedAt": v.Created}))
	}
	return r.Page(items, pageSize, "ValidationException")
}

// updateBundle makes a new version of what is left out as its first parent has it.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_UpdateConfigurationBundle.html
func updateBundle(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := bundleKind()
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	if err := k.settled(r, rec, "updated"); err != nil {
		return nil, err
	}
	parents := r.In.Texts("parentVersionIds")
	if len(parents) == 0 {
		return nil, r.Fail("ValidationException", "A version needs a parent.")
	}
	parent, err := bundleVersionAt(r, rec, parents[0])
	if err != nil {
		return nil, err
	}
	content, err := k.open(ctx, r, parent, nil)
	if err != nil {
		return nil, err
	}
	n := &draft{id: rec.ID, arn: rec.Doc.Text(k.arn), old: parent.Doc.With(content).With(rec.Doc.Pick("kmsKeyArn"))}
	n.members = k.merged(r, n.old, nil)
	commit(r, n, branchOf(parent))
	branch := n.members.Text("lineageMetadata.branchName")
	if on := bundleVersions(r, rec, branch); len(on) > 0 && on[len(on)-1].ID != parent.ID {
		return nil, r.Fail("ConflictException", "The first parent must be the latest version on the branch '%s'.", branch)
	}
	next := rec.Change(r.Service.Now(), nil)
	if err := k.seal(ctx, r, next, n); err != nil {
		return nil, err
	}
	next.Doc["status"] = k.ready
	k.ready = "" // a version is there at once
	return k.put(ctx, r, rec, next, n)
}
