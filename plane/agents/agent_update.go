package agents

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// updateAgent replaces an agent: a member that is left out is gone afterwards, the key too.
// https://github.com/hashicorp/terraform-provider-aws/issues/39548
func updateAgent(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	if err := settled(r, old, "Update"); err != nil {
		return nil, err
	}
	if err := checkAgent(ctx, r); err != nil {
		return nil, err
	}
	sealed, err := sealAgent(ctx, r, old)
	if err != nil {
		return nil, err
	}
	moved, err := rekeyParts(ctx, r, old)
	if err != nil {
		return nil, err
	}
	doc := old.Doc.Pick("agentId", "agentArn", "agentVersion", "preparedAt", lastVersion).With(agentDefaults).With(r.In.Pick(agentMembers...))
	doc["agentStatus"] = "UPDATING"
	var agent *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		if err := agentNameFree(r, tx.List(control, kindAgent, r.Account, r.Region), old.ID); err != nil {
			return err
		}
		for _, rec := range moved {
			if err := unchanged(tx, r, rec.before); err != nil {
				return err
			}
			tx.Put(rec.after)
		}
		agent = old.Change(tx.Now(), nil)
		agent.Doc, agent.Sealed[content] = doc, sealed
		tx.Put(becomes(r, agent, wire.Object{"agentStatus": "NOT_PREPARED"}))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"agent": agentOut(agent, r.In.Pick(agentContent...))}, nil
}

// prepareAgent makes the draft what the test alias serves.
func prepareAgent(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	if err := settled(r, agent, "Prepare"); err != nil {
		return nil, err
	}
	opened, err := r.OpenObject(ctx, agentSubject(r, typeAgent, agent.Doc.Text("agentArn")), agent.Sealed[content], "use")
	if err != nil {
		return nil, err
	}
	if !opened.Has("instruction") || !agent.Doc.Has("foundationModel") || !agent.Doc.Has("agentResourceRoleArn") {
		// Unconfirmed: the text.
		return nil, r.Fail(invalid, "The agent can't be prepared without an instruction, a foundation model and a service role.")
	}
	now := r.Service.Now()
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, agent); err != nil {
			return err
		}
		tx.Put(becomes(r, agent.Change(now, wire.Object{"agentStatus": "PREPARING", "preparedAt": now}), wire.Object{"agentStatus": "PREPARED"}))
		tx.Put(&records.Record{Key: r.Key(kindPrepared, agent.ID), Doc: agent.Doc, Sealed: map[string]*records.Sealed{content: agent.Sealed[content]}})
		return nil
	})
	return wire.Object{"agentId": agent.ID, "agentStatus": "PREPARING", "agentVersion": draft, "preparedAt": now}, err
}

// deleteAgent deletes an agent with everything that belongs to it.
func deleteAgent(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	if err := settled(r, agent, "Delete"); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, agent); err != nil {
			return err
		}
		aliases := ofAgent(tx.List(control, kindAgentAlias, r.Account, r.Region), agent.ID)
		for _, alias := range aliases {
			if alias.Doc.Text("agentAliasId") != testAlias && !r.In.Bool("skipResourceInUseCheck") {
				// Unconfirmed: the text.
				return r.Fail(conflict, "The agent %s is in use by the alias %s. Delete it first, or set skipResourceInUseCheck.", agent.ID, alias.Doc.Text("agentAliasId"))
			}
		}
		for _, kind := range agentKinds() {
			for _, rec := range ofAgent(tx.List(control, kind, r.Account, r.Region), agent.ID) {
				emulate.PutTags(tx, rec.Doc.Text("agentAliasArn"), nil)
				vanish(tx, r, rec, nil)
			}
		}
		forgetSessions(tx, r, agent.ID, "")
		emulate.PutTags(tx, agent.Doc.Text("agentArn"), nil)
		vanish(tx, r, agent, wire.Object{"agentStatus": "DELETING"})
		return nil
	})
	return wire.Object{"agentId": agent.ID, "agentStatus": "DELETING"}, err
}

// agentKinds are the kinds of records that belong to an agent.
func agentKinds() []string {
	kinds := []string{kindPrepared, kindAgentVersion, kindAgentAlias}
	for _, p := range parts {
		kinds = append(kinds, p.kind)
	}
	return kinds
}

// ofAgent are the records that belong to an agent.
func ofAgent(all []*records.Record, agent string) []*records.Record {
	var out []*records.Record
	for _, rec := range all {
		if rec.Doc.Text("agentId") == agent {
			out = append(out, rec)
		}
	}
	return out
}
