package agents

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// kindMemory is the kind of the summaries of sessions.
const kindMemory = "agent-memory"

// memorySlot is the slot of the catalogue.
const memorySlot = "memory"

// How long summaries are kept, and how many are told to the model, when the agent does not
// say. Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_MemoryConfiguration.html
const (
	memoryDays    = 30
	memoriesAsked = 20
)

// memorySubject is the memory of an alias, for its key.
func memorySubject(r *emulate.Request) *behalf.Subject {
	arn, _ := agentAliasARN(r) // it never fails
	return r.Subject(typeAgent, memorySlot, arn)
}

// memories are the summaries of an alias, the newest first; of one memory, or of one session,
// when the input names it.
func memories(r *emulate.Request, all []*records.Record) []*records.Record {
	var out []*records.Record
	for _, rec := range all {
		matches := true
		for _, member := range []string{"agentId", "agentAliasId", "memoryId"} {
			matches = matches && (!r.In.Has(member) || rec.Doc.Text(member) == r.In.Text(member))
		}
		if matches {
			out = append(out, rec)
		}
	}
	slices.Reverse(out)
	return out
}

// remembers says whether an agent has a memory across sessions.
func remembers(agent *records.Record) bool {
	return slices.Contains(agent.Doc.Texts("memoryConfiguration.enabledMemoryTypes"), "SESSION_SUMMARY")
}

// retire ends the sessions of the memory that nobody used for as long as the agent says. They
// are summarized when the memory is used next, for nobody calls when time has passed.
func (t *turn) retire(ctx context.Context) error {
	for _, rec := range t.r.List(kindAgentSession) {
		if !rec.Doc.Has("expired") || rec.Doc.Text("agentId") != t.r.In.Text("agentId") || rec.Doc.Text("agentAliasId") != t.r.In.Text("agentAliasId") {
			continue
		}
		own := t.session.record != nil && t.session.record.Key == rec.Key
		if !own && (rec.Doc.Text("memoryId") == "" || rec.Doc.Text("memoryId") != t.r.In.Text("memoryId")) {
			continue
		}
		state, err := sessionState(ctx, t.r, agentSubject(t.r, typeAgent, t.agent.Doc.Text("agentArn")), t.session.key, rec)
		if err != nil {
			return err
		}
		if err := t.end(ctx, &agentSession{r: t.r, record: rec, state: state}); err != nil {
			return err
		}
		if own {
			t.session = &agentSession{r: t.r, key: t.session.key, state: wire.Object{}}
		}
	}
	return nil
}

// end ends a session. What was said in it becomes a part of the memory, if there is one. The
// session ends also when the memory cannot be stored, such as when the key's policy does not
// let the service: that shows in the calls of KMS only.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-memory.html
func (t *turn) end(ctx context.Context, s *agentSession) error {
	if s.record == nil {
		return nil
	}
	memory, err := t.summary(ctx, s)
	if err != nil {
		return err
	}
	return t.r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(s.record.Key) == nil {
			return nil // another request ended it
		}
		tx.Delete(s.record.Key)
		if memory != nil {
			tx.Put(memory)
		}
		return nil
	})
}

// summary is the record of the memory that a session leaves; nil: it leaves none. The agent's
// model makes it of the conversation.
func (t *turn) summary(ctx context.Context, s *agentSession) (*records.Record, error) {
	memory := cmp.Or(t.r.In.Text("memoryId"), s.record.Doc.Text("memoryId"))
	var lines []string
	for _, m := range s.state.Objects("messages") {
		for _, c := range m.Objects("content") {
			lines = append(lines, m.Text("role")+": "+c.Text("text"))
		}
	}
	if memory == "" || !remembers(t.agent) || lines == nil {
		return nil, nil
	}
	text, err := t.answer(ctx, wire.Object{"modelId": t.agent.Doc.Text("foundationModel"), "messages": []any{said("user", strings.Join(lines, "\n"))}})
	if err != nil {
		return nil, err
	}
	key := t.agent.Doc.Text("customerEncryptionKeyArn")
	sealed, err := t.r.SealObject(ctx, memorySubject(t.r), key, "store", wire.Object{"summaryText": text})
	var refused *behalf.Error
	if errors.As(err, &refused) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := t.r.Service.Now()
	ended := now
	if at := s.record.Doc.Time("expired"); !at.IsZero() {
		ended = at
	}
	days := cmp.Or(int(t.agent.Doc.Int("memoryConfiguration.storageDays")), memoryDays)
	return &records.Record{
		Key: t.r.Key(kindMemory, t.r.Service.UUID()), Sealed: map[string]*records.Sealed{memorySlot: sealed},
		Doc: s.record.Doc.Pick("agentId", "agentAliasId", "sessionId").With(wire.Object{
			"memoryId": memory, "sessionStartTime": s.record.Created, "sessionExpiryTime": ended,
		}),
		Next: &records.Next{At: now.AddDate(0, 0, days), Gone: true},
	}, nil
}

// recall decrypts a summary as the caller.
func recall(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	opened, err := r.OpenObject(ctx, memorySubject(r), rec.Sealed[memorySlot], "use")
	return rec.Doc.Pick("memoryId", "sessionId", "sessionStartTime", "sessionExpiryTime").With(opened), err
}

// remembered are the summaries that the model is told.
func (t *turn) remembered(ctx context.Context) ([]string, error) {
	if !t.r.In.Has("memoryId") || !remembers(t.agent) {
		return nil, nil
	}
	all := memories(t.r, t.r.List(kindMemory))
	most := cmp.Or(int(t.agent.Doc.Int("memoryConfiguration.sessionSummaryConfiguration.maxRecentSessions")), memoriesAsked)
	var texts []string
	for _, rec := range all[:min(len(all), most)] {
		opened, err := recall(ctx, t.r, rec)
		if err != nil {
			return nil, err
		}
		texts = append(texts, opened.Text("summaryText"))
	}
	return texts, nil
}

// getAgentMemory shows the summaries. Unconfirmed: that the newest is the first.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_GetAgentMemory.html
func getAgentMemory(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := servedAgent(r); err != nil {
		return nil, err
	}
	const contents = "memoryContents"
	var ids []wire.Object
	for _, rec := range memories(r, r.List(kindMemory)) {
		ids = append(ids, wire.Object{"id": rec.ID})
	}
	page, err := r.PageAs(ids, sessionPages, invalid, "nextToken", "nextToken", "maxItems", contents)
	if err != nil {
		return nil, err
	}
	summaries := []any{}
	for _, o := range page.Objects(contents) {
		opened, err := recall(ctx, r, r.Service.Records.Get(r.Key(kindMemory, o.Text("id"))))
		if err != nil {
			return nil, err
		}
		summaries = append(summaries, wire.Object{"sessionSummary": opened})
	}
	return page.With(wire.Object{contents: summaries}), nil
}

// deleteAgentMemory deletes the summaries of an alias: all, those of a memory, or those of a
// session.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_DeleteAgentMemory.html
func deleteAgentMemory(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := servedAgent(r); err != nil {
		return nil, err
	}
	session := r.In.Text("sessionId")
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, rec := range memories(r, tx.List(runtime, kindMemory, r.Account, r.Region)) {
			if session == "" || rec.Doc.Text("sessionId") == session {
				tx.Delete(rec.Key)
			}
		}
		return nil
	})
}

// forgetSessions deletes the sessions and the memory of an agent, or of one of its aliases.
func forgetSessions(tx *records.Tx, r *emulate.Request, agent, alias string) {
	for _, kind := range []string{kindAgentSession, kindMemory} {
		for _, rec := range ofAgent(tx.List(runtime, kind, r.Account, r.Region), agent) {
			if alias == "" || rec.Doc.Text("agentAliasId") == alias {
				tx.Delete(rec.Key)
			}
		}
	}
}
