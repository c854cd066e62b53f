package graph

import (
	"fmt"
	"sort"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// Assemble makes one inventory of what the readers delivered: it finds the slots
// by the catalogue's paths, joins each to its key (by reference, ARN, id or
// alias), to the store that it leads through and to the roles that use it, and
// collects key policies, grants, identities and control policies. The modules' inputs, with
// notes about types that are not known, become the inventory's inputs.
//
// A reference is joined within its module first; a literal name is joined across
// modules only when it is unambiguous.
func Assemble(cat *catalog.Catalog, modules []Module) (*inventory.Inventory, error) {
	a := &assembly{
		catalog:    cat,
		resources:  map[string]*Resource{},
		module:     map[string]int{},
		keyIDs:     map[string]bool{},
		keyByARN:   map[string]string{},
		aliases:    map[string]*candidates{},
		principals: map[string]int{},
		iam:        map[string]*namesakes{},
		groups:     map[string]*groups{},
		texts:      map[string]inventory.Value[inventory.Policy]{},
		noted:      map[int]map[bedlock.Note]bool{},
		notes:      map[int][]bedlock.Note{},
		names:      map[string]*candidates{},
		companions: map[string][]*Resource{},
		arns:       map[string]string{},
		located:    map[string]string{},
		encryption: map[int]*encryptionRules{},
	}
	for m := range modules {
		for i := range modules[m].Resources {
			r := &modules[m].Resources[i]
			if (r.Dialect == API) != modules[m].deployed() {
				return nil, fmt.Errorf("assemble %s: one module has what is written and what is deployed", r.ID)
			}
			if first, twice := a.resources[r.ID]; twice {
				if r.isAWSPolicy() && first.isAWSPolicy() {
					continue // the same in every account
				}
				return nil, fmt.Errorf("assemble %s: resource is there twice", r.ID)
			}
			a.resources[r.ID] = r
			a.module[r.ID] = m
		}
	}
	written, deployed := apart(modules)
	for _, pass := range []func(int, []Resource){a.nameIndex, a.companionIndex, a.keys, a.aliasNames, a.aliasesAndGrants, a.iamNames, a.identities, a.attach, a.alarms} {
		for _, m := range written {
			pass(m, modules[m].Resources)
		}
	}
	for _, pass := range []func(int, []Resource){a.deployedIndex, a.deployedKeys, a.aliasesAndGrants, a.deployedIdentities} {
		for _, m := range deployed {
			pass(m, modules[m].Resources)
		}
	}
	a.joinGroups()
	a.organizations(modules, written)
	for _, m := range deployed {
		a.parts.Accounts = append(a.parts.Accounts, modules[m].Accounts...)
		a.parts.ControlPolicies = append(a.parts.ControlPolicies, modules[m].ControlPolicies...)
	}
	a.nameDeployedKeys()
	for m := range modules {
		a.moduleResources(&modules[m])
		modules[m].Input.Notes = append(modules[m].Input.Notes, a.notes[m]...)
	}
	a.joinStores()
	a.joinEncryptionPolicies()
	for m := range modules {
		a.parts.Inputs = append(a.parts.Inputs, modules[m].Input)
		a.parts.Inputs = append(a.parts.Inputs, modules[m].Consumed...)
	}
	sort.SliceStable(a.parts.Inputs, func(i, j int) bool { return a.parts.Inputs[i].Path < a.parts.Inputs[j].Path })
	return inventory.New(a.parts)
}

type assembly struct {
	catalog   *catalog.Catalog
	parts     inventory.Parts
	resources map[string]*Resource
	module    map[string]int // of each resource
	keyIDs    map[string]bool
	// keyByARN finds keys whose ARN or id the source knows, as states do.
	keyByARN map[string]string
	// aliases finds the resources of aliases by alias name.
	aliases map[string]*candidates
	// names finds resources by type and literal name: "TYPE\x00NAME".
	names      map[string]*candidates
	companions map[string][]*Resource
	// arns finds deployed resources by ARN, located by type, place and name: "" where
	// several have it.
	arns, located map[string]string
	// principals finds principals by the resource that makes them.
	principals map[string]int
	// iam finds identities and managed policies by kind and name: "role\x00NAME".
	iam map[string]*namesakes
	// groups are those that users are in, by the resource of the user.
	groups map[string]*groups
	// texts are the texts of managed policies, by resource and condition.
	texts map[string]inventory.Value[inventory.Policy]
	// notes are for the input of each module, noted those that are there.
	notes map[int][]bedlock.Note
	noted map[int]map[bedlock.Note]bool
	// encryption are the rules of the encryption policies of each module.
	encryption map[int]*encryptionRules
}

// entry returns the catalogue entry of a resource, nil when it has none.
func (a *assembly) entry(r *Resource) *catalog.Entry {
	switch r.Dialect {
	case Terraform:
		return a.catalog.Terraform(r.Type)
	case API:
		return a.catalog.Type(r.Type)
	}
	if e := a.catalog.Type(r.Type); e != nil && e.CloudFormation == catalog.Registered {
		return e
	}
	return nil
}

// dialect is the key of the resource's paths in the catalogue.
func (r *Resource) dialect() string {
	switch r.Dialect {
	case Terraform:
		return r.Type
	case API:
		return catalog.API
	}
	return catalog.Dialect
}

// attribute returns the branches of one attribute of a resource; ok is false when
// the dialect does not have it.
func (r *Resource) attribute(at catalog.At) (branches []Branch, ok bool) {
	p, ok := at.Path(r.dialect())
	if !ok {
		return nil, false
	}
	return first(r.Attributes, p), true
}

// one returns the attribute's single value: an undecided one is Unknown.
func (r *Resource) one(at catalog.At) Value {
	branches, ok := r.attribute(at)
	if !ok {
		return Value{At: r.At}
	}
	return single(branches)
}

func single(branches []Branch) Value {
	if len(branches) == 1 {
		return branches[0].Value
	}
	for _, b := range branches[1:] {
		if b.Value.Kind != branches[0].Value.Kind || b.Value.Print() != branches[0].Value.Print() || !b.Value.IsScalar() && b.Value.Kind != Ref {
			return Unresolved("depends on whether "+branches[0].When, branches[0].Value.At)
		}
	}
	return branches[0].Value
}

// text turns a value into a fact. References and unknown parts are kept as tokens
// when the text has others, else they make the fact unknown.
func text(v Value) inventory.Value[string] {
	switch v.Kind {
	case Absent:
		return inventory.Absent[string](v.At)
	case Unknown, Unread:
		return gap[string](v)
	case Ref, Concat, Bool, Number, String:
		return inventory.Known(v.Print(), v.At)
	}
	return inventory.Unknown[string]("not a text", v.At)
}

// bedrockNamespaces are those in which an unknown type deserves a note: a person
// who writes it expects it to be audited.
var bedrockNamespaces = []string{"AWS::Bedrock::", "AWS::BedrockAgentCore::", "AWS::BedrockAgent::", "AWS::AgentRegistry::", "AWS::BedrockMantle::", "AWS::KMS::"}

var bedrockPrefixes = []string{"aws_bedrock", "awscc_bedrock"}

func (a *assembly) moduleResources(m *Module) {
	resources, slots := 0, 0
	for i := range m.Resources {
		r := &m.Resources[i]
		resources++
		e := a.entry(r)
		if e == nil {
			if note := a.unknownType(r); note != "" {
				m.Input.Notes = append(m.Input.Notes, bedlock.Note{Text: note, At: r.At})
			}
			continue
		}
		if e.Kind != catalog.KindResource {
			continue
		}
		res := a.resource(r, e)
		slots += len(res.Slots)
		a.parts.Resources = append(a.parts.Resources, res)
	}
	m.Input.Resources, m.Input.Slots = resources, slots
}

func (a *assembly) unknownType(r *Resource) string {
	if r.Dialect == Terraform {
		if hasPrefix(r.Type, bedrockPrefixes) {
			if _, c := a.catalog.Companion(r.Type); c.Type == "" {
				return r.Type + " is not in the catalogue of this version; it is not audited"
			}
		}
		return ""
	}
	if !hasPrefix(r.Type, bedrockNamespaces) {
		return ""
	}
	if e := a.catalog.Type(r.Type); e != nil {
		return "CloudFormation has no resource type " + r.Type + ": a " + e.Title + " cannot be created by a template; it is not audited"
	}
	return r.Type + " is no CloudFormation resource type that this version knows; it is not audited"
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func (a *assembly) resource(r *Resource, e *catalog.Entry) inventory.Resource {
	res := inventory.Resource{
		ID: r.ID, Type: e.Type, Address: r.Address, When: r.When, At: r.At,
		Name: r.name(e), Place: r.place(), Tags: r.tags(e.Tags), Policy: a.resourcePolicy(r, e),
	}
	if r.Type != e.Type {
		res.Source = r.Type
	}
	for _, role := range e.Roles {
		if branches, ok := r.attribute(role.At); ok {
			if v := single(branches); v.Kind != Absent {
				res.Roles = append(res.Roles, a.roleRef(r, role.Name, v))
			}
		}
	}
	for i := range e.Slots {
		res.Slots = append(res.Slots, a.slots(r, &e.Slots[i])...)
	}
	a.noteEncryptionPolicy(r, e)
	return res
}

func (r *Resource) place() inventory.Place {
	place := func(s, what string) inventory.Value[string] {
		if s == "" {
			return inventory.Unknown[string]("the source does not say where it is deployed", r.At)
		}
		return inventory.Known(s, r.At)
	}
	return inventory.Place{Account: place(r.Account, "account"), Region: place(r.Region, "Region")}
}

func (r *Resource) tags(at catalog.At) inventory.Tags {
	p, ok := at.Path(r.dialect())
	if !ok && r.Dialect == API {
		return tagsOf(r.Attributes.Get("Tags"))
	}
	if !ok {
		return inventory.Tags{Open: "this kind of source does not give its tags"}
	}
	return tagsOf(whole(r.Attributes, p))
}

// tagsOf reads tags written as a map or as a list of Key and Value.
func tagsOf(v Value) inventory.Tags {
	t := inventory.Tags{}
	open := func(why string) {
		if t.Open == "" {
			t.Open = why
		}
	}
	set := func(name, value Value) {
		if !name.IsScalar() || !(value.IsScalar() || value.Kind == Absent) {
			open("a tag is not determined by the code")
			return
		}
		if t.Known == nil {
			t.Known = map[string]string{}
		}
		t.Known[name.Text] = value.Text
	}
	var read func(v Value, inList bool)
	read = func(v Value, inList bool) {
		switch {
		case v.Kind == Map && inList:
			set(firstOf(v, "Key", "key", "TagKey"), firstOf(v, "Value", "value", "TagValue"))
		case v.Kind == Map:
			for _, m := range v.Members {
				set(Str(m.Name, m.At), m.Value)
			}
		case v.Kind == List:
			for _, item := range v.Items {
				read(item, true)
			}
		case v.Kind == Absent:
		case v.isGap():
			open(v.Text)
		default:
			open("tags depend on a condition")
		}
	}
	read(v, false)
	return t
}

func firstOf(v Value, names ...string) Value {
	for _, n := range names {
		if got := v.Get(n); got.Kind != Absent {
			return got
		}
	}
	return Value{At: v.At}
}
