package agents

import (
	"context"
	"slices"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func agentAliasARN(r *emulate.Request) (string, error) {
	return r.ARN("agent-alias/" + r.In.Text("agentId") + "/" + r.In.Text("agentAliasId")), nil
}

func agentAliasKey(r *emulate.Request, agent, alias string) records.Key {
	return r.Key(kindAgentAlias, agent+"/"+alias)
}

// newTestAlias is the alias that an agent has from the beginning.
func newTestAlias(r *emulate.Request, agent string) *records.Record {
	rec := &records.Record{Key: agentAliasKey(r, agent, testAlias), Doc: wire.Object{
		"agentId": agent, "agentAliasId": testAlias, "agentAliasName": "AgentTestAlias", "agentAliasStatus": "PREPARED",
		"agentAliasArn": r.ARN("agent-alias/" + agent + "/" + testAlias), "aliasInvocationState": "ACCEPT_INVOCATIONS",
	}}
	route(rec.Doc, routing(wire.Object{"agentVersion": draft}), r.Service.Now())
	return rec
}

func routing(to wire.Object) []any { return []any{to} }

// routedTo is the version that an alias serves.
func routedTo(alias *records.Record) string {
	for _, to := range alias.Doc.Objects("routingConfiguration") {
		return to.Text("agentVersion")
	}
	return ""
}

// mostEvents is the number of entries of an alias's history that an answer can have.
const mostEvents = 10

// route has an alias serve another version, and writes it in its history.
func route(doc wire.Object, to []any, now time.Time) {
	events := slices.Clone(doc.List("agentAliasHistoryEvents"))
	if n := len(events); n > 0 {
		last, _ := events[n-1].(wire.Object)
		events[n-1] = last.With(wire.Object{"endDate": now})
	}
	events = append(events, wire.Object{"routingConfiguration": to, "startDate": now})
	doc["routingConfiguration"], doc["agentAliasHistoryEvents"] = to, events[max(0, len(events)-mostEvents):]
}

// routeOf is the routing that the input asks for. Without one a version is cut, which the
// alias serves when its status has settled.
// https://docs.aws.amazon.com/bedrock/latest/userguide/deploy-agent-proc.html
func routeOf(tx *records.Tx, r *emulate.Request, agent *records.Record) (to []any, cut bool, err error) {
	if list := r.In.Objects("routingConfiguration"); len(list) > 0 {
		number := list[0].Text("agentVersion")
		if number == "" {
			return nil, false, r.Fail(invalid, "A routing configuration must have an agentVersion.") // unconfirmed text
		}
		if number != draft && tx.Get(r.Key(kindAgentVersion, agent.ID+"/"+number)) == nil {
			return nil, false, missing(r)
		}
		return routing(list[0]), false, nil
	}
	if status := agent.Doc.Text("agentStatus"); status != "PREPARED" {
		// Unconfirmed: the text.
		return nil, false, r.Fail(invalid, "A version of the agent can't be created when its status is %s. Prepare the agent first.", status)
	}
	number, err := cutAgentVersion(tx, r, agent)
	return routing(wire.Object{"agentVersion": number}), true, err
}

func createAgentAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	if err := settled(r, agent, "CreateAgentAlias"); err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.UpperDigits, 10)
	rec := &records.Record{Key: agentAliasKey(r, agent.ID, id), Doc: r.In.Pick("agentAliasName", "description").With(wire.Object{
		"agentId": agent.ID, "agentAliasId": id, "agentAliasArn": r.ARN("agent-alias/" + agent.ID + "/" + id),
		"agentAliasStatus": "CREATING", "aliasInvocationState": "ACCEPT_INVOCATIONS",
	})}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, agent); err != nil {
			return err
		}
		all := ofAgent(tx.List(control, kindAgentAlias, r.Account, r.Region), agent.ID)
		if err := full(r, "aliases per agent", len(all)-1, mostAgentAliases); err != nil {
			return err
		}
		if err := agentAliasNameFree(r, all, ""); err != nil {
			return err
		}
		emulate.PutTags(tx, rec.Doc.Text("agentAliasArn"), r.TagsIn("tags"))
		return putAgentAlias(tx, r, agent, rec)
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"agentAlias": dated(rec)}, nil
}

// putAgentAlias routes an alias as the input asks for. While a version is cut the routing that
// is answered is empty.
func putAgentAlias(tx *records.Tx, r *emulate.Request, agent, alias *records.Record) error {
	to, cut, err := routeOf(tx, r, agent)
	if err != nil {
		return err
	}
	now := tx.Now()
	then := wire.Object{"agentAliasStatus": "PREPARED"}
	if cut {
		after := alias.Doc.Clone()
		route(after, to, now)
		to = routing(wire.Object{})
		then = then.With(after.Pick("routingConfiguration", "agentAliasHistoryEvents"))
	}
	route(alias.Doc, to, now)
	tx.Put(becomes(r, alias, then))
	return nil
}

func agentAliasNameFree(r *emulate.Request, all []*records.Record, but string) error {
	for _, other := range all {
		if other.ID != but && other.Doc.Text("agentAliasName") == r.In.Text("agentAliasName") {
			// Unconfirmed: the text.
			return r.Fail(conflict, "An alias with the name %s already exists for the agent %s.", r.In.Text("agentAliasName"), r.In.Text("agentId"))
		}
	}
	return nil
}

func findAgentAlias(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(agentAliasKey(r, r.In.Text("agentId"), r.In.Text("agentAliasId"))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

func getAgentAlias(_ context.Context, r *emulate.Request) (wire.Object, error) {
	alias, err := findAgentAlias(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"agentAlias": dated(alias)}, nil
}

func listAgentAliases(_ context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	var all []wire.Object
	for _, alias := range ofAgent(r.List(kindAgentAlias), agent.ID) {
		all = append(all, dated(alias).Pick("agentAliasId", "agentAliasName", "description", "routingConfiguration", "agentAliasStatus", "createdAt", "updatedAt", "aliasInvocationState"))
	}
	return r.Page(all, pageSize, invalid)
}

// updateAgentAlias replaces an alias.
func updateAgentAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := notTestAlias(r); err != nil {
		return nil, err
	}
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	if err := settled(r, agent, "UpdateAgentAlias"); err != nil {
		return nil, err
	}
	old, err := findAgentAlias(r)
	if err != nil {
		return nil, err
	}
	alias := old.Change(r.Service.Now(), nil)
	alias.Doc = old.Doc.Without("description").With(r.In.Pick("agentAliasName", "description"))
	alias.Doc["agentAliasStatus"], alias.Doc["aliasInvocationState"] = "UPDATING", "ACCEPT_INVOCATIONS"
	alias.Doc = alias.Doc.With(r.In.Pick("aliasInvocationState"))
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, read := range []*records.Record{agent, old} {
			if err := unchanged(tx, r, read); err != nil {
				return err
			}
		}
		if err := agentAliasNameFree(r, ofAgent(tx.List(control, kindAgentAlias, r.Account, r.Region), agent.ID), old.ID); err != nil {
			return err
		}
		return putAgentAlias(tx, r, agent, alias)
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"agentAlias": dated(alias)}, nil
}

// notTestAlias refuses to change the test alias. The text is reported by
// https://github.com/awslabs/amazon-bedrock-agent-samples/issues/137.
func notTestAlias(r *emulate.Request) error {
	if r.In.Text("agentAliasId") != testAlias {
		return nil
	}
	return r.Fail(invalid, `1 validation error detected: Value 'TSTALIASID' at 'agentAliasId' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!\bTSTALIASID\b)[0-9a-zA-Z]+`)
}

func deleteAgentAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := notTestAlias(r); err != nil {
		return nil, err
	}
	alias, err := findAgentAlias(r)
	if err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, alias); err != nil {
			return err
		}
		forgetSessions(tx, r, alias.Doc.Text("agentId"), alias.Doc.Text("agentAliasId"))
		emulate.PutTags(tx, alias.Doc.Text("agentAliasArn"), nil)
		vanish(tx, r, alias, wire.Object{"agentAliasStatus": "DELETING"})
		return nil
	})
	return wire.Object{"agentId": r.In.Text("agentId"), "agentAliasId": r.In.Text("agentAliasId"), "agentAliasStatus": "DELETING"}, err
}
