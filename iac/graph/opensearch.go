package graph

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// An OpenSearch Serverless collection takes its key from the encryption policy
// whose rule matches its name, unless it names one itself.
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-encryption.html
const (
	collectionType = "AWS::OpenSearchServerless::Collection"
	policyType     = "AWS::OpenSearchServerless::SecurityPolicy"
	encryptionSlot = "encryption"
)

type encryptionPolicy struct {
	id       string
	patterns []string        // collection names with * at the end
	targets  map[string]bool // collections that a rule refers to
	unknown  bool            // its rules are not determined by the code
}

func (a *assembly) noteEncryptionPolicy(r *Resource, e *catalog.Entry) {
	if e.Type != policyType {
		return
	}
	policy := r.Attributes.Get("Policy")
	if r.Dialect == Terraform {
		policy = r.Attributes.Get("policy")
	}
	if kind := firstOf(r.Attributes, "Type", "type"); kind.Kind == String && kind.Text != "encryption" {
		return
	}
	doc := parseText(policy)
	p := encryptionPolicy{id: r.ID, unknown: doc.Kind != Map, targets: map[string]bool{}}
	for _, rule := range listOf(doc.Get("Rules")) {
		for _, res := range listOf(rule.Get("Resource")) {
			name, ok := strings.CutPrefix(res.Print(), "collection/")
			if !ok || res.Kind == Unknown {
				p.unknown = true
				continue
			}
			p.patterns = append(p.patterns, name)
			for _, item := range res.Items {
				if item.Kind == Ref {
					p.targets[item.Target] = true
				}
			}
		}
	}
	a.encryption[a.module[r.ID]] = append(a.encryption[a.module[r.ID]], p)
}

// joinEncryptionPolicies lets the encryption policies decide the collections that
// say nothing of their own.
func (a *assembly) joinEncryptionPolicies() {
	e := a.catalog.Type(collectionType)
	if e == nil || e.Slot(encryptionSlot) == nil {
		return
	}
	silent := e.Slot(encryptionSlot).Default
	joinable := map[string]bool{}
	for i := range a.parts.Resources {
		if r := &a.parts.Resources[i]; r.Type == policyType && r.Slot(encryptionSlot) != nil {
			joinable[r.ID] = true
		}
	}
	for i := range a.parts.Resources {
		r := &a.parts.Resources[i]
		if r.Type != collectionType {
			continue
		}
		s := r.Slot(encryptionSlot)
		if s == nil || len(s.Named) != 1 || s.Named[0].Text.State() != inventory.StateAbsent || s.Named[0].Default != silent.Text {
			continue
		}
		at := s.Named[0].Text.At()
		id, unknown := a.encryptionPolicyFor(r, joinable)
		switch {
		case id != "":
			s.Named[0] = inventory.Named{
				Text: s.Named[0].Text, Store: id, StoreSlot: encryptionSlot,
				How: "by encryption policy " + address(id),
			}
		case unknown != "":
			s.Named[0] = inventory.Named{Text: inventory.Unknown[string](unknown, at)}
		default:
			s.Named[0] = inventory.Named{Text: inventory.Unread[string]("no encryption policy among the inputs matches the collection", at)}
		}
	}
}

// encryptionPolicyFor finds the policy of a collection: the most specific one of its
// module, else the only one of the others that begins with a part of its name. It
// says why when that is not known.
func (a *assembly) encryptionPolicyFor(r *inventory.Resource, joinable map[string]bool) (id, unknown string) {
	name, known := r.Name.Get()
	own := a.module[r.ID]
	best := -1
	for _, p := range a.encryption[own] {
		if !joinable[p.id] {
			continue
		}
		if p.unknown {
			unknown = "the rules of encryption policy " + address(p.id) + " are not determined by the code"
		}
		if length := p.matches(r.ID, name); length > best {
			id, best = p.id, length
		}
	}
	if id != "" || unknown != "" {
		return id, unknown
	}
	if !known || arn.IsToken(name) {
		why := r.Name.Why()
		if why == "" {
			why = "the name of the collection is known only after deployment"
		}
		return "", "which encryption policy matches is not known: " + why
	}
	candidates := 0
	for m, policies := range a.encryption {
		if m == own {
			continue
		}
		for _, p := range policies {
			if length := p.matches(r.ID, name); length > 0 && joinable[p.id] && a.near(p.id, r.ID) {
				id = p.id
				candidates++
			}
		}
	}
	if candidates != 1 {
		return "", ""
	}
	return id, ""
}

// matches returns the length of the pattern that matches best, -1 when none does.
// One without a wildcard beats every other.
func (p *encryptionPolicy) matches(id, name string) int {
	const exact = 1 << 20
	if p.targets[id] {
		return exact
	}
	best := -1
	for _, pattern := range p.patterns {
		prefix, wild := strings.CutSuffix(pattern, "*")
		switch {
		case name == pattern && name != "":
			return exact
		case wild && strings.HasPrefix(name, prefix):
			best = max(best, len(prefix))
		}
	}
	return best
}

// near reports whether two resources can be in the same account and Region.
func (a *assembly) near(x, y string) bool {
	r, s := a.resources[x], a.resources[y]
	return r != nil && s != nil && s.samePlace(arn.ARN{Account: r.Account, Region: r.Region})
}
