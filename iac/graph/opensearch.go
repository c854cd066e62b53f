package graph

import (
	"strings"

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
	module   int
	patterns []string // collection names with * at the end
	unknown  bool     // its rules are not determined by the code
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
	p := encryptionPolicy{id: r.ID, module: a.module[r.ID], unknown: doc.Kind != Map}
	for _, rule := range doc.Get("Rules").Items {
		for _, res := range rule.Get("Resource").Items {
			if name, ok := strings.CutPrefix(res.Print(), "collection/"); ok && res.Kind != Unknown {
				p.patterns = append(p.patterns, name)
			} else {
				p.unknown = true
			}
		}
	}
	a.encryption = append(a.encryption, p)
}

// joinEncryptionPolicies lets the encryption policies decide the collections that
// name no key of their own.
func (a *assembly) joinEncryptionPolicies() {
	for i := range a.parts.Resources {
		r := &a.parts.Resources[i]
		if r.Type != collectionType {
			continue
		}
		s := r.Slot(encryptionSlot)
		if s == nil || len(s.Named) != 1 || s.Named[0].Text.State() != inventory.StateAbsent {
			continue
		}
		if id := a.encryptionPolicyFor(r); id != "" {
			s.Named[0] = inventory.Named{
				Text: s.Named[0].Text, Store: id, StoreSlot: encryptionSlot,
				How: "by encryption policy " + address(id),
			}
		}
	}
}

func (a *assembly) encryptionPolicyFor(r *inventory.Resource) string {
	name, _ := r.Name.Get()
	best, bestLen := "", -1
	for _, p := range a.encryption {
		if p.module != a.module[r.ID] || a.partsResource(p.id) == nil {
			continue
		}
		for _, pattern := range p.patterns {
			prefix, wild := strings.CutSuffix(pattern, "*")
			if name == pattern || wild && strings.HasPrefix(name, prefix) {
				if len(prefix) > bestLen {
					best, bestLen = p.id, len(prefix)
				}
			}
		}
	}
	return best
}

func (a *assembly) partsResource(id string) *inventory.Resource {
	for i := range a.parts.Resources {
		if r := &a.parts.Resources[i]; r.ID == id && r.Slot(encryptionSlot) != nil {
			return r
		}
	}
	return nil
}
