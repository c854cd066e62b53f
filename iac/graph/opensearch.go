package graph

import (
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
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

// encryptionRules are the rules of all encryption policies of one module.
type encryptionRules struct {
	// byPattern finds policies by collection names, with * at the end of some.
	byPattern map[string][]string
	// byTarget finds policies by the collections that their rules refer to.
	byTarget map[string][]string
	// open is a policy whose rules are not determined by the code.
	open string
}

func (a *assembly) noteEncryptionPolicy(r *Resource, e *catalog.Entry) {
	if e.Type != policyType {
		return
	}
	detail := r.Attributes
	if r.Dialect == API {
		if detail = detail.Get("GetSecurityPolicy").Get("securityPolicyDetail"); detail.Kind != Map {
			return
		}
	}
	policy := firstOf(detail, "Policy", "policy")
	if kind := firstOf(detail, "Type", "type"); kind.Kind == String && kind.Text != "encryption" {
		return
	}
	rules := a.encryption[a.module[r.ID]]
	if rules == nil {
		rules = &encryptionRules{byPattern: map[string][]string{}, byTarget: map[string][]string{}}
		a.encryption[a.module[r.ID]] = rules
	}
	for _, doc := range flatten(parseText(policy), "") {
		if doc.Value.Kind != Map {
			rules.open = r.ID
		}
		for _, rule := range listOf(doc.Value.Get("Rules")) {
			for _, res := range listOf(rule.Get("Resource")) {
				rules.add(r.ID, res)
			}
		}
	}
}

func (e *encryptionRules) add(policy string, resource Value) {
	name, ok := strings.CutPrefix(resource.Print(), "collection/")
	if !ok || resource.Kind == Unknown {
		e.open = policy
		return
	}
	if ids := e.byPattern[name]; len(ids) == 0 || ids[len(ids)-1] != policy {
		e.byPattern[name] = append(ids, policy)
	}
	for _, item := range resource.Items {
		if item.Kind == Ref {
			e.byTarget[item.Target] = append(e.byTarget[item.Target], policy)
		}
	}
}

// longestName bounds the names that patterns are tried for; a collection has at
// most 32 characters, or tokens.
const longestName = 512

// match returns the policies of the pattern that is closest to a collection. One
// without a wildcard comes first; a wildcard counts from some length of what stands
// before it.
func (e *encryptionRules) match(id, name string, from int) []string {
	if e == nil || len(name) > longestName {
		return nil
	}
	if ids := e.byTarget[id]; len(ids) > 0 {
		return ids
	}
	if ids := e.byPattern[name]; name != "" && len(ids) > 0 {
		return ids
	}
	for n := len(name); n >= from; n-- {
		if ids := e.byPattern[name[:n]+"*"]; len(ids) > 0 {
			return ids
		}
	}
	return nil
}

// joinEncryptionPolicies lets the encryption policies decide the collections that
// say nothing of their own.
func (a *assembly) joinEncryptionPolicies() {
	e := a.catalog.Type(collectionType)
	if e == nil || e.Slot(encryptionSlot) == nil {
		return
	}
	silent := e.Slot(encryptionSlot).Default
	for i := range a.parts.Resources {
		r := &a.parts.Resources[i]
		if r.Type != collectionType {
			continue
		}
		s := r.Slot(encryptionSlot)
		if s != nil && len(s.Named) == 1 && s.Named[0].Text.State() == inventory.StateAbsent && s.Named[0].Default == silent.Text {
			s.Named = a.byEncryptionPolicy(r, s.Named[0].Text.At())
		}
	}
}

// byEncryptionPolicy names the policy of a collection, or says why it is not known.
func (a *assembly) byEncryptionPolicy(r *inventory.Resource, at bedlock.Position) []inventory.Named {
	name, known := r.Name.Get()
	rules := a.encryption[a.module[r.ID]]
	ids := rules.match(r.ID, name, 0)
	switch {
	case len(ids) > 0:
	case rules != nil && rules.open != "":
		return unknownPolicy("the rules of encryption policy "+address(rules.open)+" are not determined by the code", at)
	case !known || arn.IsToken(name):
		why := r.Name.Why()
		if why == "" {
			why = "the name of the collection is known only after deployment"
		}
		return unknownPolicy("which encryption policy matches is not known: "+why, at)
	default:
		ids = a.encryptionElsewhere(r, name)
	}
	if len(ids) == 0 {
		return []inventory.Named{{Text: inventory.Unread[string]("no encryption policy among the inputs matches the collection", at)}}
	}
	var named []inventory.Named
	for _, id := range ids {
		n := inventory.Named{Text: inventory.Absent[string](at), Store: id, StoreSlot: encryptionSlot, How: "by encryption policy " + address(id)}
		if len(ids) > 1 {
			if n.When = a.resources[id].When; n.When == "" || len(named) == maxBranches {
				return unknownPolicy("several encryption policies match, "+address(ids[0])+" and "+address(ids[1])+" among them", at)
			}
		}
		named = append(named, n)
	}
	return named
}

func unknownPolicy(why string, at bedlock.Position) []inventory.Named {
	return []inventory.Named{{Text: inventory.Unknown[string](why, at)}}
}

// encryptionElsewhere finds the one policy of other modules that matches by more
// than a mere *.
func (a *assembly) encryptionElsewhere(r *inventory.Resource, name string) []string {
	var found []string
	for _, m := range slices.Sorted(maps.Keys(a.encryption)) {
		for _, id := range a.encryption[m].match(r.ID, name, 1) {
			if a.near(id, r.ID) {
				found = append(found, id)
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found
}

// near reports whether two resources can be in the same account and Region.
func (a *assembly) near(x, y string) bool {
	r, s := a.resources[x], a.resources[y]
	return r != nil && s != nil && s.samePlace(arn.ARN{Account: r.Account, Region: r.Region})
}
