package agents

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// find returns the part that the input names.
func (p *part) find(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(p.key(r, r.In.Text("agentId"), r.In.Text("agentVersion"), r.In.Text(p.id))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

// changing returns the agent whose draft a part of is changed.
func (p *part) changing(r *emulate.Request, operation string) (*records.Record, error) {
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	return agent, settled(r, agent, operation)
}

// put puts a part of the draft, which is then not prepared.
func (p *part) put(tx *records.Tx, agent, rec *records.Record) {
	tx.Put(rec)
	unprepare(tx, agent)
}

// unprepare says that the draft is not what the test alias serves.
func unprepare(tx *records.Tx, agent *records.Record) {
	tx.Put(agent.Change(tx.Now(), wire.Object{"agentStatus": "NOT_PREPARED"}))
}

func (p *part) seal(ctx context.Context, r *emulate.Request, agent *records.Record, content wire.Object) (*records.Sealed, error) {
	return r.SealObject(ctx, agentSubject(r, typeAgent, agent.Doc.Text("agentArn")), agent.Doc.Text("customerEncryptionKeyArn"), "create", content)
}

func (p *part) unseal(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	return r.OpenObject(ctx, agentSubject(r, typeAgent, r.ARN("agent/"+rec.Doc.Text("agentId"))), rec.Sealed[content], "use")
}

func (p *part) creates(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := p.changing(r, p.create)
	if err != nil {
		return nil, err
	}
	if err := p.check(r); err != nil {
		return nil, err
	}
	id := r.In.Text(p.id) // that of a knowledge base is given
	if id == "" {
		id = r.Service.ID(emulate.UpperDigits, 10)
	}
	sealed, err := p.seal(ctx, r, agent, r.In.Pick(p.sealed...))
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: p.key(r, agent.ID, draft, id), Sealed: map[string]*records.Sealed{content: sealed}}
	rec.Doc = p.defaults.With(r.In.Pick(p.open...)).With(wire.Object{"agentId": agent.ID, "agentVersion": draft, p.id: id})
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, agent); err != nil {
			return err
		}
		all := p.of(tx.List(control, p.kind, r.Account, r.Region), agent.ID, draft)
		if err := p.free(r, all, ""); err != nil {
			return err
		}
		if err := full(r, p.what, len(all), p.most); err != nil {
			return err
		}
		p.put(tx, agent, rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{p.out: p.answer(rec, r.In.Pick(p.sealed...))}, nil
}

// free refuses a name that another part has. Unconfirmed: the text.
func (p *part) free(r *emulate.Request, all []*records.Record, but string) error {
	for _, other := range all {
		if other.ID != but && other.Doc.Text(p.named) == r.In.Text(p.named) {
			return r.Fail(conflict, "The %s %s already exists for the agent %s.", p.named, r.In.Text(p.named), r.In.Text("agentId"))
		}
	}
	return nil
}

func (p *part) gets(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := p.find(r)
	if err != nil {
		return nil, err
	}
	opened, err := p.unseal(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	return wire.Object{p.out: p.answer(rec, opened)}, nil
}

// lists opens what it lists, for entries have descriptions and instructions. Unconfirmed:
// that AWS needs the key to list.
func (p *part) lists(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if version := r.In.Text("agentVersion"); version != draft {
		if _, err := findAgentVersion(r); err != nil {
			return nil, err
		}
	} else if _, err := findAgent(r); err != nil {
		return nil, err
	}
	var all []wire.Object
	for _, rec := range p.of(r.List(p.kind), r.In.Text("agentId"), r.In.Text("agentVersion")) {
		opened, err := p.unseal(ctx, r, rec)
		if err != nil {
			return nil, err
		}
		all = append(all, p.answer(rec, opened))
	}
	return r.Page(all, pageSize, invalid)
}

// updates replaces a part.
func (p *part) updates(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := p.changing(r, p.update)
	if err != nil {
		return nil, err
	}
	old, err := p.find(r)
	if err != nil {
		return nil, err
	}
	if err := p.check(r); err != nil {
		return nil, err
	}
	sealed, err := p.seal(ctx, r, agent, r.In.Pick(p.sealed...))
	if err != nil {
		return nil, err
	}
	var rec *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, read := range []*records.Record{agent, old} {
			if err := unchanged(tx, r, read); err != nil {
				return err
			}
		}
		if err := p.free(r, p.of(tx.List(control, p.kind, r.Account, r.Region), agent.ID, draft), old.ID); err != nil {
			return err
		}
		rec = old.Change(tx.Now(), nil)
		rec.Doc = old.Doc.Pick("agentId", "agentVersion", p.id).With(p.defaults).With(r.In.Pick(p.open...))
		rec.Sealed[content] = sealed
		p.put(tx, agent, rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{p.out: p.answer(rec, r.In.Pick(p.sealed...))}, nil
}

func (p *part) removes(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := p.changing(r, p.remove)
	if err != nil {
		return nil, err
	}
	rec, err := p.find(r)
	if err != nil {
		return nil, err
	}
	if p.inUse != nil && !r.In.Bool("skipResourceInUseCheck") {
		if why := p.inUse(rec); why != "" {
			return nil, r.Fail(conflict, "%s", why)
		}
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, read := range []*records.Record{agent, rec} {
			if err := unchanged(tx, r, read); err != nil {
				return err
			}
		}
		tx.Delete(rec.Key)
		unprepare(tx, agent)
		return nil
	})
}

// move is a record before and after it got another key.
type move struct{ before, after *records.Record }

// rekeyParts seals the parts of a draft under the key that an update gives to its agent.
// Versions stay as they are.
// https://docs.aws.amazon.com/bedrock/latest/userguide/cmk-agent-resources.html
func rekeyParts(ctx context.Context, r *emulate.Request, agent *records.Record) ([]move, error) {
	key := r.In.Text("customerEncryptionKeyArn")
	if key == agent.Doc.Text("customerEncryptionKeyArn") {
		return nil, nil
	}
	var all []move
	for _, p := range parts {
		for _, rec := range p.of(r.List(p.kind), agent.ID, draft) {
			opened, err := p.unseal(ctx, r, rec)
			if err != nil {
				return nil, err
			}
			after := rec.Change(r.Service.Now(), nil)
			after.Sealed[content], err = r.SealObject(ctx, agentSubject(r, typeAgent, agent.Doc.Text("agentArn")), key, "create", opened)
			if err != nil {
				return nil, err
			}
			all = append(all, move{rec, after})
		}
	}
	return all, nil
}
