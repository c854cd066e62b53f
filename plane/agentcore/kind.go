package agentcore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// kind is a kind of resource that is made, shown, listed, changed and deleted as the others
// are. Its records hold the members of the API's outputs by their names there, without those
// that are sealed; an answer is all of them, of which the model takes what the operation has.
type kind struct {
	// noun and plural are in the names of operations: CreateGateway, ListGateways. without
	// are operations of those that the kind does not have. verb makes one; empty: Create.
	noun, plural, verb string
	without            []string
	// path is before the id in ARNs; with a parent it follows the parent's ARN.
	path string
	// parent is what the resource is a part of; nil: nothing.
	parent *kind
	// in names the resource in inputs; out, arn and title are the members of outputs with its
	// id, ARN and name.
	in, out, arn, title string
	// id makes the id from a name; nil: the name is the id.
	id func(w *emulate.World, name string) string
	// ready is the status of a resource that can be used; empty: there is no status. begins is
	// that of a new one; empty: CREATING.
	ready, begins string
	// wrap is the member of outputs around the resource; empty: none is.
	wrap string
	// own: creating is authorized against the resource itself, as its name is its id.
	own bool

	key     keyUse
	content contentUse
	// role is the member with the role that the service assumes.
	role string
	// update says what an update does with members that are left out.
	update updateRule
	// keeps are members that an update that replaces does not touch, beside those of above.
	keeps []string
	// wrapped are members of an update that are in an [optional].
	wrapped []string
	// blocks are kinds whose resources must be deleted before.
	blocks []string
	// taken is the code for a name that there is already; empty: ConflictException.
	taken string
	// identity: the resource gets a workload identity.
	identity bool

	// conditions are the service's condition keys of creating; nil: there are none.
	conditions func(r *emulate.Request) authz.Context
	// made completes the members of a new resource, and changed those of an update, before
	// they are kept; nil: nothing is to do.
	made    func(ctx context.Context, r *emulate.Request, n *draft) error
	changed func(ctx context.Context, r *emulate.Request, n *draft) error
	// kept puts what belongs to a resource that is made or changed; gone takes it away.
	kept, gone func(tx *records.Tx, r *emulate.Request, rec *records.Record)
	// hidden says whether a list leaves a record out; nil: none is.
	hidden func(r *emulate.Request, rec *records.Record) bool
	// shown completes what is answered to Get; nil: nothing is to do.
	shown func(r *emulate.Request, o wire.Object)
}

// keyUse is how a kind has a key.
type keyUse struct {
	// typ and slot are those of the catalogue; empty: there is no key.
	typ, slot string
	// member has the key's ARN; empty: it is that of the parent.
	member string
	// once: a key can be added but not changed.
	once bool
	// role is the catalogue's name of the resource's role.
	role string
}

// contentUse is what a kind keeps under its key, and for what.
type contentUse struct {
	members []string
	// from are the members of inputs that it comes from; nil: those.
	from []string
	// write and read are the purposes of the catalogue; also are those that are met when it
	// is written beside the first.
	write, read string
	also        []string
	// without says whether a request reads without the content; nil: never.
	without func(r *emulate.Request) bool
	// hidden: the content is in no answer of the kind's own operations.
	hidden bool
	// listed: a list shows the content too; unavailable is shown where it cannot be read,
	// empty: then the list is refused.
	listed      bool
	unavailable string
}

// updateRule says what becomes of the members that an update leaves out.
type updateRule int

const (
	_ updateRule = iota
	// merges: they stay.
	merges
	// replaces: they go.
	replaces
)

// draft is a resource before it is kept.
type draft struct {
	id, arn string
	// parent is the record of what it is a part of.
	parent *records.Record
	// members are all, those of the content too; old are those of before an update.
	members, old wire.Object
	// answer are members that only the answer has.
	answer wire.Object
	// more are records that are kept with it.
	more []*records.Record
}

// optional is the member around values of partial updates; without it the value is taken
// away.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_UpdatedDescription.html
const optional = "optionalValue"

func (k *kind) operations() operations {
	create := cmp.Or(k.verb, "Create") + k.noun
	all := operations{
		create:            {Resource: k.above, Do: k.create},
		"Get" + k.noun:    {Resource: k.resource, Do: k.get},
		"List" + k.plural: {Resource: k.listing, Do: k.list},
		"Update" + k.noun: {Resource: k.resource, Do: k.change},
		"Delete" + k.noun: {Resource: k.resource, Do: k.remove},
	}
	if k.conditions != nil {
		all[create] = emulate.Op{Action: emulate.ByItself, Do: k.createAsked}
	}
	for _, name := range k.without {
		delete(all, name)
	}
	return all
}

// name is that of the records of the kind.
func (k *kind) name() string { return k.noun }

// resourceOf is the ARN of a resource of the caller's.
func (k *kind) resourceOf(r *emulate.Request, parent, id string) string {
	if k.parent != nil && k.parent.path != "" {
		return r.ARN(k.parent.path + parent + "/" + k.path + id)
	}
	return r.ARN(k.path + id)
}

// parentID is that of the parent that a request names.
func (k *kind) parentID(r *emulate.Request) string {
	if k.parent == nil {
		return ""
	}
	return r.In.Text(k.parent.in)
}

// above is what creating is authorized against: the parent, or everything.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrockagentcore.html
func (k *kind) above(r *emulate.Request) (string, error) {
	switch {
	case k.parent != nil:
		return k.parent.resourceOf(r, "", k.parentID(r)), nil
	case k.own:
		return k.resourceOf(r, "", r.In.Text(k.in)), nil
	}
	return "*", nil
}

// listing is what listing is authorized against: the parent, or everything.
func (k *kind) listing(r *emulate.Request) (string, error) {
	if k.parent != nil {
		return k.above(r)
	}
	return "*", nil
}

// resource is what the operations of one resource are authorized against: itself. What has
// no ARN of its own is authorized as its parent.
func (k *kind) resource(r *emulate.Request) (string, error) {
	if k.parent != nil && k.path == "" {
		return k.above(r)
	}
	return k.resourceOf(r, k.parentID(r), r.In.Text(k.in)), nil
}

// recordKey names the record of a resource.
func (k *kind) recordKey(r *emulate.Request, parent, id string) records.Key {
	if k.parent != nil {
		id = parent + "/" + id
	}
	return r.Key(k.name(), id)
}

// find returns the record that a request names.
func (k *kind) find(r *emulate.Request) (*records.Record, error) {
	return k.at(r, k.parentID(r), r.In.Text(k.in))
}

func (k *kind) at(r *emulate.Request, parent, id string) (*records.Record, error) {
	if rec := r.Service.Records.Get(k.recordKey(r, parent, id)); rec != nil {
		return rec, nil
	}
	return nil, r.Fail("ResourceNotFoundException", "%s with ID '%s' was not found.", k.noun, id)
}

// parentOf returns the record of the parent that a request names; nil: there is none to have.
func (k *kind) parentOf(r *emulate.Request) (*records.Record, error) {
	if k.parent == nil {
		return nil, nil
	}
	return k.parent.at(r, "", k.parentID(r))
}

// all returns the records of the kind, of one parent.
func (k *kind) all(r *emulate.Request, parent string) []*records.Record {
	list := r.List(k.name())
	if k.parent == nil {
		return list
	}
	return slices.DeleteFunc(list, func(rec *records.Record) bool { return !strings.HasPrefix(rec.ID, parent+"/") })
}

// ownID is the id of a record without that of its parent.
func ownID(rec *records.Record) string { return rec.ID[strings.LastIndexByte(rec.ID, '/')+1:] }

// within is the beginning of a record's id that says of what the resource is a part.
func within(rec *records.Record) string { return rec.ID[:len(rec.ID)-len(ownID(rec))] }

// names are the members by which the parts of a resource name it.
func (k *kind) names(rec *records.Record) wire.Object {
	o := rec.Doc.Pick(k.arn)
	o[k.in] = ownID(rec)
	return o
}

// subject is the resource for its key, and the key. parent is the record of its parent, where
// that has the key.
func (k *kind) subject(r *emulate.Request, arn string, members wire.Object, parent *records.Record) (*behalf.Subject, string) {
	holder, key := members, ""
	if k.key.member == "" && parent != nil {
		holder, arn = parent.Doc, parent.Doc.Text(k.parent.arn)
		key = holder.Text(k.parent.key.member)
	} else {
		key = members.Text(k.key.member)
	}
	s := r.Subject(k.key.typ, k.key.slot, arn)
	s.ID = arn[strings.LastIndexByte(arn, '/')+1:]
	if role := holder.Text(cmp.Or(k.role, k.roleOfParent())); k.key.role != "" {
		s.Roles = map[string]string{k.key.role: role}
	}
	return s, key
}

func (k *kind) roleOfParent() string {
	if k.parent == nil {
		return ""
	}
	return k.parent.role
}

// times are the members with the times of a record, by all the names that outputs have.
func times(rec *records.Record) wire.Object {
	return wire.Object{
		"createdAt": rec.Created, "createdTime": rec.Created,
		"updatedAt": rec.Updated, "lastUpdatedAt": rec.Updated, "lastUpdatedTime": rec.Updated,
	}
}

// show is a resource as outputs have it.
func (k *kind) show(rec *records.Record, content wire.Object) wire.Object {
	o := rec.Doc.With(content).With(times(rec))
	o[k.in] = ownID(rec)
	if k.wrap != "" {
		o[k.wrap] = maps.Clone(o)
	}
	return o
}
