package estate

import (
	"sync"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
)

// Estate is an inventory as the policy engine sees it. It is safe for concurrent
// use; what it compiles, it compiles once.
type Estate struct {
	inv     *inventory.Inventory
	catalog *catalog.Catalog
	grants  map[string][]*inventory.Grant // by key ID
	aliases map[string]*inventory.Alias

	mu     sync.Mutex
	worlds map[deployment]*world
	cases  map[caseKey][]*Case

	documents sync.Map // texts to *compiled

	decided  sync.Map // useKey to *Use
	outside  sync.Map // policyKey to *exposures
	locked   sync.Map // policyKey to bool
	demanded func() map[string]*demand
	reached  func() map[string][]reach
	census   func() *census
	leading  func() map[string][]SlotRef
}

// New prepares an inventory. It reads nothing of it yet.
func New(inv *inventory.Inventory, c *catalog.Catalog) *Estate {
	e := &Estate{
		inv: inv, catalog: c, grants: map[string][]*inventory.Grant{}, aliases: map[string]*inventory.Alias{},
		worlds: map[deployment]*world{}, cases: map[caseKey][]*Case{},
	}
	parts := inv.Parts()
	for i := range parts.Grants {
		g := &parts.Grants[i]
		e.grants[g.Key] = append(e.grants[g.Key], g)
	}
	for i := range parts.Aliases {
		e.aliases[parts.Aliases[i].ID] = &parts.Aliases[i]
	}
	e.demanded = sync.OnceValue(e.demands)
	e.reached = sync.OnceValue(e.reaches)
	e.leading = sync.OnceValue(e.leads)
	e.census = sync.OnceValue(e.count)
	return e
}

// Inventory returns the inventory.
func (e *Estate) Inventory() *inventory.Inventory { return e.inv }

// deployment is one way in which the open ends of an inventory may be filled.
type deployment struct {
	account, region, partition string
	// when is the condition of the source under which a question is asked.
	when string
}

// world is the inventory under one deployment.
type world struct {
	e *Estate
	deployment

	mu      sync.Mutex
	parties map[string]*Party
	sources map[string]*source // by the name of the compiled policy
	twins   map[string]int     // how many sources have been called the same
	finders map[finderKey]*finder
	values  map[string]valuesOf
	touch   map[finderKey][]*Party
	levels  map[string]*control
	shared  map[string]*authz.Policy      // AWS managed policies by name
	ids     func() map[string]string      // identities by ARN
	made    func() []*inventory.Principal // identities whose names are made up
}

func (e *Estate) world(d deployment) *world {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.worlds[d]
	if w == nil {
		w = &world{e: e, deployment: d, parties: map[string]*Party{}, sources: map[string]*source{}, twins: map[string]int{}, finders: map[finderKey]*finder{}, values: map[string]valuesOf{}, touch: map[finderKey][]*Party{}, levels: map[string]*control{}, shared: map[string]*authz.Policy{}}
		w.ids, w.made = sync.OnceValue(w.index), sync.OnceValue(w.namesMadeUp)
		e.worlds[d] = w
	}
	return w
}

// index finds the users and roles of the inventory whose ARNs are those of this deployment only.
func (w *world) index() map[string]string {
	ids := map[string]string{}
	for _, p := range w.e.census().open {
		recognize(ids, p, w.principalARN(p))
	}
	return ids
}

// idOf returns the inventory's ID of a user or role, "" when it is not there.
func (w *world) idOf(full string) string {
	if id := w.ids()[full]; id != "" {
		return id
	}
	return w.e.census().ids[full]
}

// known returns a value without tokens, or nothing.
func known(v inventory.Value[string]) string {
	if s := v.Or(""); !arn.IsToken(s) {
		return s
	}
	return ""
}

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
