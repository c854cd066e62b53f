package organizations

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/records"
)

// Begin puts what the records have of organizations into force, when a plane starts. seed is the
// organization that it begins with, unless the records have it with changes; nil: none.
func Begin(ctx context.Context, w *emulate.World, seed *iam.Tree) error {
	err := w.Records.Update(ctx, func(tx *records.Tx) error {
		for _, rec := range tx.List(api, orgKind, "", "") {
			if !rec.Doc.Bool("Changed") && (seed == nil || rec.ID != seed.ID) {
				drop(tx, load(tx, rec.ID)) // that of another seed
			}
		}
		if seed == nil {
			return nil
		}
		return plant(tx, seed)
	})
	if err != nil {
		return fmt.Errorf("organizations: %w", err)
	}
	if seed != nil {
		for _, n := range seed.Nodes { // the accounts may be elsewhere by now
			if n.IsAccount() {
				if err := w.IAM.SetOrganization(n.ID, iam.Organization{}); err != nil {
					return err
				}
			}
		}
	}
	for _, rec := range w.Records.List(api, orgKind, "", "") {
		if s := load(w.Records, rec.ID); s != nil {
			if err := enforce(w, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop deletes an organization with everything in it.
func drop(tx *records.Tx, s *state) {
	for _, n := range s.nodes {
		emulate.PutTags(tx, s.nodeARN(n), nil)
	}
	for _, p := range s.policies {
		emulate.PutTags(tx, s.policy(p.ID).arn, nil)
	}
	for _, list := range [][]*records.Record{s.nodes, s.policies, s.own(tx, creationKind)} {
		for _, rec := range list {
			tx.Delete(rec.Key)
		}
	}
	tx.Delete(key(orgKind, s.id))
}

// enforce makes the policies of an organization count.
func enforce(w *emulate.World, s *state) error {
	for account, at := range s.tree().Accounts() {
		if err := w.IAM.SetOrganization(account, at); err != nil {
			return err
		}
	}
	return nil
}

// plant replaces the organization of the records by that of the seed.
func plant(tx *records.Tx, seed *iam.Tree) error {
	if rec := tx.Get(key(orgKind, seed.ID)); rec != nil && rec.Doc.Bool("Changed") {
		return nil
	}
	before := load(tx, seed.ID)
	put(tx, orgKind, seed.ID, wire.Object{"Management": seed.Management})
	kept := map[records.Key]bool{}
	for i := range seed.Nodes {
		n := &seed.Nodes[i]
		if other := tx.Get(key(nodeKind, n.ID)); other != nil && other.Doc.Text("Organization") != seed.ID {
			return fmt.Errorf("%s of the seed is in the organization %s", n.ID, other.Doc.Text("Organization"))
		}
		doc := wire.Object{"Organization": seed.ID, "Type": unitType, "Name": n.Name, "Parent": n.Parent}
		switch {
		case n.Parent == "":
			doc["Type"], doc["PolicyTypes"] = rootType, ids(types...)
		case n.IsAccount():
			doc = accountDoc(doc, "INVITED", tx.Now())
		}
		if n.Name == "" {
			doc["Name"] = n.ID
			if n.Parent == "" {
				doc["Name"] = "Root"
			}
		}
		for typ, list := range map[string][]iam.NamedPolicy{serviceControl: n.SCPs, resourceControl: n.RCPs} {
			var attached []string
			for _, p := range list {
				id := seeded(typ, p)
				attached = append(attached, id)
				if id != kinds[typ].fullID {
					put(tx, policyKind, id, wire.Object{"Organization": seed.ID, "Type": typ, "Name": p.Name, "Content": p.Document})
					kept[key(policyKind, id)] = true
				}
			}
			doc[typ] = ids(attached...)
		}
		put(tx, nodeKind, n.ID, doc)
		kept[key(nodeKind, n.ID)] = true
	}
	if before == nil {
		return nil
	}
	for _, list := range [][]*records.Record{before.nodes, before.policies} {
		for _, rec := range list {
			if !kept[rec.Key] {
				tx.Delete(rec.Key)
			}
		}
	}
	return nil
}

// seeded is the id of a policy of a seed: the same at each start.
func seeded(typ string, p iam.NamedPolicy) string {
	if p == kinds[typ].full {
		return kinds[typ].fullID
	}
	digest := sha256.Sum256([]byte(typ + "\x00" + p.Name + "\x00" + p.Document))
	return "p-" + hex.EncodeToString(digest[:5])
}

// put adds a record, or replaces the document of one that is there.
func put(tx *records.Tx, kind, id string, doc wire.Object) {
	rec := &records.Record{Key: key(kind, id), Doc: doc}
	if old := tx.Get(rec.Key); old != nil {
		rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		if joined := old.Doc.Time("JoinedTimestamp"); !joined.IsZero() {
			doc["JoinedTimestamp"] = joined
		}
	}
	tx.Put(rec)
}
