package agents

import (
	"context"
	"encoding/json"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// kindAgentSession is the kind of the sessions of agents, which are not those of
// CreateSession.
const kindAgentSession = "agent-session"

// agentSession is what an agent remembers of a conversation: the messages and the attributes,
// sealed under the key that the agent has.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-agents-new.html
type agentSession struct {
	r *emulate.Request
	// record is as it is kept; nil: the session is new.
	record *records.Record
	state  wire.Object
	key    *behalf.Unlocked
}

func agentSessionKey(r *emulate.Request) records.Key {
	return r.Key(kindAgentSession, r.In.Text("agentId")+"/"+r.In.Text("agentAliasId")+"/"+r.In.Text("sessionId"))
}

// openAgentSession opens the session of the input. key is that of the agent's content, which
// the caller decrypted; what was sealed under another one is decrypted by itself.
func openAgentSession(ctx context.Context, r *emulate.Request, s *behalf.Subject, key *behalf.Unlocked) (*agentSession, error) {
	session := &agentSession{r: r, key: key, state: wire.Object{}}
	rec := r.Service.Records.Get(agentSessionKey(r))
	if rec == nil {
		return session, nil
	}
	session.record = rec
	state, err := sessionState(ctx, r, s, key, rec)
	session.state = state
	return session, err
}

func sessionState(ctx context.Context, r *emulate.Request, s *behalf.Subject, key *behalf.Unlocked, rec *records.Record) (wire.Object, error) {
	sealed := rec.Sealed[content]
	if !key.Fits(sealed) {
		return r.OpenObject(ctx, s, sealed, "use")
	}
	text, err := key.Open(sealed)
	if err != nil {
		return nil, err
	}
	var state wire.Object
	err = json.Unmarshal(text, &state)
	return state, err
}

// before are the messages so far, or as many turns of them as the request wants.
func (s *agentSession) before(r *emulate.Request) []any {
	messages := s.state.List("messages")
	if c := "promptCreationConfigurations.previousConversationTurnsToInclude"; r.In.Has(c) {
		messages = messages[max(0, len(messages)-2*int(r.In.Int(c))):]
	}
	return append([]any{}, messages...)
}

// add adds a turn.
func (s *agentSession) add(asked, answer string) {
	s.state["messages"] = append(s.state.List("messages"), said("user", asked), said("assistant", answer))
}

// keep keeps the session with the attributes of the input, until nobody has used it for as
// long as the agent says.
func (s *agentSession) keep(ctx context.Context, agent *records.Record) error {
	r := s.r
	text, err := json.Marshal(s.state.With(r.In.Object("sessionState").Pick("sessionAttributes", "promptSessionAttributes")))
	if err != nil {
		return err
	}
	now := r.Service.Now()
	rec := &records.Record{Key: agentSessionKey(r), Doc: r.In.Pick("agentId", "agentAliasId", "sessionId")}
	if s.record != nil {
		rec = s.record.Change(now, nil)
	}
	rec.Doc = rec.Doc.With(r.In.Pick("memoryId"))
	rec.Sealed = map[string]*records.Sealed{content: s.key.Seal(text)}
	idle := time.Duration(agent.Doc.Int("idleSessionTTLInSeconds")) * time.Second
	rec.Next = &records.Next{At: now.Add(idle), Set: wire.Object{"expired": now.Add(idle)}}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if s.record != nil {
			if err := unchanged(tx, r, s.record); err != nil {
				return err
			}
		}
		tx.Put(rec)
		return nil
	})
}
