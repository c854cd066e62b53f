package agents

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// lastVersion is the member of an agent's, flow's or prompt's document with the number of the
// version that was cut last; numbers are not used again.
const lastVersion = "lastVersion"

// cutAgentVersion makes a version of the draft with all its parts, as they are under the key
// that they have. It returns the number.
// https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html
func cutAgentVersion(tx *records.Tx, r *emulate.Request, agent *records.Record) (string, error) {
	if have := len(ofAgent(tx.List(control, kindAgentVersion, r.Account, r.Region), agent.ID)); have >= mostAgentVersions {
		return "", full(r, "versions per agent", have, mostAgentVersions)
	}
	number := fmt.Sprint(agent.Doc.Int(lastVersion) + 1)
	doc := agent.Doc.Without("agentVersion", "preparedAt", lastVersion).With(wire.Object{"version": number, "agentStatus": "PREPARED"})
	tx.Put(&records.Record{Key: r.Key(kindAgentVersion, agent.ID+"/"+number), Doc: doc, Sealed: agent.Sealed})
	for _, p := range parts {
		for _, rec := range p.of(tx.List(control, p.kind, r.Account, r.Region), agent.ID, draft) {
			tx.Put(&records.Record{
				Key: p.key(r, agent.ID, number, rec.Doc.Text(p.id)), Sealed: rec.Sealed,
				Doc: rec.Doc.With(wire.Object{"agentVersion": number}),
			})
		}
	}
	cut := agent.Change(tx.Now(), wire.Object{"agentStatus": "VERSIONING", lastVersion: agent.Doc.Int(lastVersion) + 1})
	tx.Put(becomes(r, cut, wire.Object{"agentStatus": "PREPARED"}))
	return number, nil
}

func findAgentVersion(r *emulate.Request) (*records.Record, error) {
	rec := r.Service.Records.Get(r.Key(kindAgentVersion, r.In.Text("agentId")+"/"+r.In.Text("agentVersion")))
	if rec == nil {
		return nil, missing(r)
	}
	return rec, nil
}

func getAgentVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	version, err := findAgentVersion(r)
	if err != nil {
		return nil, err
	}
	opened, err := r.OpenObject(ctx, agentSubject(r, typeAgentVersion, version.Doc.Text("agentArn")), version.Sealed[content], "use")
	if err != nil {
		return nil, err
	}
	return wire.Object{"agentVersion": agentOut(version, opened)}, nil
}

// listAgentVersions lists the draft too.
func listAgentVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	var all []wire.Object
	for _, rec := range append([]*records.Record{agent}, ofAgent(r.List(kindAgentVersion), agent.ID)...) {
		entry := dated(rec).Renamed(map[string]string{"version": "agentVersion"})
		all = append(all, entry.Pick("agentName", "agentStatus", "agentVersion", "createdAt", "updatedAt", "description", "guardrailConfiguration"))
	}
	return r.Page(all, pageSize, invalid)
}

func deleteAgentVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	version, err := findAgentVersion(r)
	if err != nil {
		return nil, err
	}
	agent, number := r.In.Text("agentId"), r.In.Text("agentVersion")
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, version); err != nil {
			return err
		}
		for _, alias := range ofAgent(tx.List(control, kindAgentAlias, r.Account, r.Region), agent) {
			if routedTo(alias) != number {
				continue
			}
			if !r.In.Bool("skipResourceInUseCheck") {
				// Unconfirmed: the text.
				return r.Fail(conflict, "The version %s of the agent %s is in use by the alias %s.", number, agent, alias.Doc.Text("agentAliasId"))
			}
			tx.Put(alias.Change(tx.Now(), wire.Object{"agentAliasStatus": "DISSOCIATED"}))
		}
		for _, p := range parts {
			for _, rec := range p.of(tx.List(control, p.kind, r.Account, r.Region), agent, number) {
				vanish(tx, r, rec, nil)
			}
		}
		vanish(tx, r, version, wire.Object{"agentStatus": "DELETING"})
		return nil
	})
	return wire.Object{"agentId": agent, "agentVersion": number, "agentStatus": "DELETING"}, err
}
