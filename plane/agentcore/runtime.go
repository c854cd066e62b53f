package agentcore

import (
	"context"
	"strconv"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// defaultEndpoint is the endpoint that every runtime and harness has.
const defaultEndpoint = "DEFAULT"

// runtimeVersion is the name of the records of versions.
const runtimeVersion = "AgentRuntimeVersion"

// runtimeKinds are runtimes and their endpoints.
func runtimeKinds() []*kind {
	return []*kind{agentRuntime(), runtimeEndpoint(agentRuntime())}
}

// agentRuntime is a runtime. That an update replaces what it leaves out is unconfirmed; a
// version is the whole configuration.
func agentRuntime() *kind {
	return &kind{
		noun: "AgentRuntime", plural: "AgentRuntimes", without: []string{"GetAgentRuntime"}, path: "runtime/",
		in: "agentRuntimeId", out: "agentRuntimeId", arn: "agentRuntimeArn", title: "agentRuntimeName", id: mixedID, ready: "READY",
		role: "roleArn", update: replaces, keeps: []string{"agentRuntimeVersion"}, blocks: []string{"AgentRuntimeEndpoint"}, identity: true,
		made: func(_ context.Context, _ *emulate.Request, n *draft) error {
			n.members["agentRuntimeVersion"] = "1"
			return lifecycle(n)
		},
		changed: func(_ context.Context, _ *emulate.Request, n *draft) error {
			n.members["agentRuntimeVersion"] = following(n.members.Text("agentRuntimeVersion"))
			return lifecycle(n)
		},
		kept: keepVersion, gone: dropVersions,
	}
}

// lifecycle completes a member that answers must have.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_LifecycleConfiguration.html
func lifecycle(n *draft) error {
	given := n.members.Object("lifecycleConfiguration")
	n.members["lifecycleConfiguration"] = wire.Object{"idleRuntimeSessionTimeout": int64(900), "maxLifetime": int64(28800)}.With(given)
	return nil
}

// following is the version after another.
func following(version string) string {
	n, _ := strconv.Atoi(version) // it was made here
	return strconv.Itoa(n + 1)
}

// keepVersion keeps the runtime as it is as a version, and points the default endpoint at it.
func keepVersion(tx *records.Tx, r *emulate.Request, rec *records.Record) {
	version := rec.Doc.Text("agentRuntimeVersion")
	tx.Put(&records.Record{Key: r.Key(runtimeVersion, rec.ID+"/"+version), Doc: rec.Doc, Next: rec.Next})
	endpoint := runtimeEndpoint(agentRuntime())
	key := endpoint.recordKey(r, rec.ID, defaultEndpoint)
	set := wire.Object{
		"name": defaultEndpoint, "endpointName": defaultEndpoint, "id": defaultEndpoint, "status": "READY", "liveVersion": version, "targetVersion": version,
		"agentRuntimeArn": rec.Doc.Text("agentRuntimeArn"), "agentRuntimeId": rec.ID, "agentRuntimeEndpointArn": endpoint.resourceOf(r, rec.ID, defaultEndpoint),
	}
	if old := tx.Get(key); old != nil {
		tx.Put(old.Change(tx.Now(), set))
		return
	}
	tx.Put(&records.Record{Key: key, Doc: set})
}

func dropVersions(tx *records.Tx, _ *emulate.Request, rec *records.Record) {
	dropParts(tx, rec, runtimeVersion)
	dropParts(tx, rec, "AgentRuntimeEndpoint")
}

func runtimeEndpoint(runtime *kind) *kind {
	return &kind{
		noun: "AgentRuntimeEndpoint", plural: "AgentRuntimeEndpoints", parent: runtime, path: "runtime-endpoint/",
		in: "endpointName", out: "endpointName", arn: "agentRuntimeEndpointArn", title: "name", ready: "READY", update: merges,
		made: func(_ context.Context, r *emulate.Request, n *draft) error {
			n.members["id"] = mixedID(r.Service.World, n.id)
			return pointEndpoint(r, n, n.parent.Doc.Text("agentRuntimeVersion"))
		},
		changed: func(_ context.Context, r *emulate.Request, n *draft) error {
			return pointEndpoint(r, n, n.old.Text("targetVersion"))
		},
	}
}

// pointEndpoint points an endpoint at the version that the request names, or another.
func pointEndpoint(r *emulate.Request, n *draft, version string) error {
	if v := r.In.Text("agentRuntimeVersion"); v != "" {
		version = v
	}
	if r.Service.Records.Get(r.Key(runtimeVersion, n.parent.ID+"/"+version)) == nil {
		return r.Fail("ResourceNotFoundException", "Version %s of AgentRuntime '%s' was not found.", version, n.parent.ID)
	}
	delete(n.members, "agentRuntimeVersion")
	n.members["liveVersion"], n.members["targetVersion"] = version, version
	return nil
}

// runtimeOperations are those of versions.
func runtimeOperations() operations {
	runtime := agentRuntime()
	return operations{
		"GetAgentRuntime":          {Resource: runtime.resource, Do: getRuntime},
		"ListAgentRuntimeVersions": {Resource: runtime.resource, Do: listRuntimeVersions},
	}
}

func getRuntime(_ context.Context, r *emulate.Request) (wire.Object, error) {
	k := agentRuntime()
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	version := r.In.Text("agentRuntimeVersion")
	if version == "" {
		return k.show(rec, nil), nil
	}
	at := r.Service.Records.Get(r.Key(runtimeVersion, rec.ID+"/"+version))
	if at == nil {
		return nil, r.Fail("ResourceNotFoundException", "Version %s of AgentRuntime '%s' was not found.", version, rec.ID)
	}
	return k.version(at), nil
}

// version is a record of a version as outputs have it.
func (k *kind) version(rec *records.Record) wire.Object { return rec.Doc.With(times(rec)) }

func listRuntimeVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	k := agentRuntime()
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, v := range r.List(runtimeVersion) {
		if within(v) == rec.ID+"/" {
			items = append(items, k.version(v))
		}
	}
	return r.Page(items, pageSize, "ValidationException")
}
