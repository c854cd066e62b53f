package lint

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// family groups operators by what they compare. The zero value is an operator that
// does not exist.
type family uint8

const (
	textFamily family = iota + 1
	likeFamily
	arnFamily
	numericFamily
	dateFamily
	boolFamily
	addressFamily
	binaryFamily
	nullFamily
)

// familyOf classifies an operator.
func familyOf(o policy.Operator) family {
	if !o.Valid() {
		return 0
	}
	base := strings.ToLower(o.Base)
	switch {
	case strings.HasSuffix(base, "like") && strings.HasPrefix(base, "string"):
		return likeFamily
	case strings.HasPrefix(base, "string"):
		return textFamily
	case strings.HasPrefix(base, "arn"):
		return arnFamily
	case strings.HasPrefix(base, "numeric"):
		return numericFamily
	case strings.HasPrefix(base, "date"):
		return dateFamily
	case base == "bool":
		return boolFamily
	case base == "null":
		return nullFamily
	case base == "binaryequals":
		return binaryFamily
	}
	return addressFamily
}

// reads reports whether values under the operator have variables. Of Bool the
// documentation says both.
func (f family) reads() bool {
	return f == 0 || f == textFamily || f == likeFamily || f == arnFamily || f == boolFamily
}

// compares reports whether the operators of a family make sense for keys of a type.
// A text operator compares anything as text; dates may be counted in seconds.
func (f family) compares(t valueType) bool {
	switch f {
	case numericFamily:
		return t == numericValue || t == dateValue
	case dateFamily:
		return t == dateValue
	case boolFamily:
		return t == boolValue
	case addressFamily:
		return t == addressValue
	case binaryFamily:
		return false
	case arnFamily:
		return t == arnValue || t == stringValue
	}
	return true
}

// conditions judges the conditions of the statement.
func (c *checker) conditions() {
	for i := range c.s.Conditions {
		cond := &c.s.Conditions[i]
		if token(cond.Key) {
			continue
		}
		c.values(i, cond)
		prefix, _, _ := strings.Cut(cond.Key, ":")
		if strings.ContainsAny(prefix, "./") {
			continue // a claim of an identity provider
		}
		k, known := c.table.key(cond.Key)
		if !known {
			c.strange(cond)
			continue
		}
		c.sets(i, cond, k)
		c.applies(i, cond)
		f := familyOf(cond.Operator)
		if f == nullFamily && cond.Operator.Set != "" {
			c.add("null-set-operator", cond.At, "write Null", "%s says the same of every request", cond.Operator)
		}
		if f != 0 && !f.compares(k.typed) {
			c.add("operator-type", cond.At, "", "%s cannot compare %s, which is %s", cond.Operator, cond.Key, k.typed)
		}
		if k.typed == boolValue && (f == textFamily || f == likeFamily) {
			c.booleans(i, cond)
		}
		c.wellKnown(i, cond, f)
	}
	c.contextKeys()
}

// booleans judges texts that a Boolean is compared with.
func (c *checker) booleans(i int, cond *policy.Condition) {
	for j, v := range cond.Values {
		if !token(v) && !hasVariable(v) && !readable(boolFamily, v) && !strings.ContainsAny(v, "*?") {
			c.add("unreadable-value", c.s.Place("Condition", i, j), "write true or false", "%s is a Boolean, never %q", cond.Key, v)
		}
	}
}

// String names the type with its article.
func (t valueType) String() string {
	return [...]string{"nothing", "a text", "an ARN", "a Boolean", "a number", "a date", "an address"}[t]
}

// exists reports whether a condition key exists, as far as that can be told.
func (c *checker) exists(name string) bool {
	name = strings.ToLower(name)
	prefix, _, ok := strings.Cut(name, ":")
	if _, known := c.table.key(name); known || strings.ContainsAny(prefix, "./") || legacyKeys[name] {
		return true
	}
	return ok && prefix != "aws" && c.table.of[prefix] == nil
}

// strange judges a condition on a key of which nothing is known.
func (c *checker) strange(cond *policy.Condition) {
	name := strings.ToLower(cond.Key)
	prefix, _, ok := strings.Cut(name, ":")
	tag := slices.ContainsFunc(needsTag, func(k string) bool { return strings.TrimSuffix(name, "/") == k })
	switch {
	case tag:
		c.add("tag-key-missing", cond.At, "write "+strings.TrimSuffix(cond.Key, "/")+"/TAG", "%s does not say which tag", cond.Key)
	case legacyKeys[name]:
	case !ok, prefix == "aws", c.table.of[prefix] != nil:
		c.add("unknown-condition-key", cond.At, c.nearKey(name), "there is no condition key %s", cond.Key)
	case c.table.known[prefix]:
		c.notJudged(prefix, cond.At)
	default:
		c.add("unknown-service", cond.At, "", "there is no service %q in the list of AWS, so no condition key %s", prefix, cond.Key)
	}
}

// nearKey suggests a condition key.
func (c *checker) nearKey(name string) string {
	return c.suggest(name, func() (from []string) {
		for i := range globalKeys {
			from = append(from, globalKeys[i].name)
		}
		prefix, _, _ := strings.Cut(strings.ToLower(name), ":")
		if s := c.table.of[prefix]; s != nil {
			for i := range s.keys {
				from = append(from, s.keys[i].name)
			}
		}
		return from
	})
}

// sets judges set operators: needed for keys of many values, and misleading for
// others.
func (c *checker) sets(i int, cond *policy.Condition, k conditionKey) {
	f := familyOf(cond.Operator)
	if f == 0 || f == nullFamily {
		return
	}
	many := k.many || authz.ManyValued(cond.Key)
	forAll := strings.EqualFold(cond.Operator.Set, "ForAllValues")
	switch {
	case many && cond.Operator.Set == "" && !strings.HasPrefix(strings.ToLower(cond.Key), "events:"): // whose own examples have none
		c.add("set-operator-missing", cond.At, "write ForAnyValue:"+cond.Operator.String()+", or ForAllValues:", "%s can have several values", cond.Key)
	case many && cond.Operator.Set == "":
	case !many && forAll:
		c.add("for-all-values-single", cond.At, "write "+plain(cond.Operator).String(), "%s has one value, and ForAllValues also holds when it is absent", cond.Key)
	case !many && cond.Operator.Set != "":
		c.add("for-any-value-single", cond.At, "write "+plain(cond.Operator).String(), "%s has one value", cond.Key)
	case forAll && c.s.Effect == policy.Allow && !c.present(cond.Key):
		c.add("for-all-values-allow", cond.At, `add "Null": {"`+cond.Key+`": "false"}`, "the Allow also holds when %s is absent", cond.Key)
	}
}

func plain(o policy.Operator) policy.Operator { o.Set = ""; return o }

// present reports whether the statement holds only for requests that have the key,
// or where its absence is what is meant.
func (c *checker) present(key string) bool {
	if strings.EqualFold(key, "aws:TagKeys") {
		return true
	}
	if strings.EqualFold(key, "kms:GrantOperations") && c.s.Actions != nil &&
		!slices.ContainsFunc(c.s.Actions, func(a string) bool { return !strings.EqualFold(a, "kms:CreateGrant") }) {
		return true // a grant always has operations
	}
	for i := range c.s.Conditions {
		cond := &c.s.Conditions[i]
		if !strings.EqualFold(cond.Key, key) {
			continue
		}
		isNull := familyOf(cond.Operator) == nullFamily && slices.ContainsFunc(cond.Values, func(v string) bool { return strings.EqualFold(v, "false") })
		if isNull || strings.EqualFold(cond.Operator.Set, "ForAnyValue") && !cond.Operator.IfExists {
			return true
		}
	}
	return false
}

// needs reports whether a condition fails when its key is absent.
func needs(cond *policy.Condition) bool {
	if familyOf(cond.Operator) == nullFamily {
		return !slices.ContainsFunc(cond.Values, func(v string) bool { return !strings.EqualFold(v, "false") })
	}
	return !cond.Operator.IfExists && !strings.EqualFold(cond.Operator.Set, "ForAllValues") &&
		(!cond.Operator.Negated() || cond.Operator.Set != "")
}

// applies looks for actions of the statement that never have the condition's key.
func (c *checker) applies(i int, cond *policy.Condition) {
	name := strings.ToLower(cond.Key)
	if _, ok := global[name]; ok || strings.HasPrefix(name, "aws:") || strings.HasPrefix(name, "saml:") || len(c.s.Actions) == 0 {
		return
	}
	isNull := familyOf(cond.Operator) == nullFamily
	var lacking []int
	for j, entry := range c.s.Actions {
		has, sure := c.has(entry, name)
		switch {
		case !sure:
			return
		case !has:
			lacking = append(lacking, j)
		}
	}
	if len(lacking) == len(c.s.Actions) && !(isNull && !needs(cond)) {
		c.add("key-not-of-action", cond.At, "", "requests for %s never have %s", strings.Join(c.s.Actions[:min(3, len(c.s.Actions))], ", "), cond.Key)
		return
	}
	if c.s.Effect != policy.Allow || !needs(cond) || !strings.HasPrefix(name, "kms:") {
		return
	}
	for _, j := range lacking {
		if strings.ContainsAny(c.s.Actions[j], "*?") {
			continue // AWS's checks do not judge patterns either
		}
		c.add("key-not-of-action", c.s.Place("Action", j), "allow it by a statement of its own", "requests for %s never have %s, so the Allow does not cover it", c.s.Actions[j], cond.Key)
	}
}

// has reports whether some action that an entry covers has a condition key, in
// lower case; sure is false when that is not known.
func (c *checker) has(entry, key string) (has, sure bool) {
	prefix, name, ok := strings.Cut(strings.ToLower(entry), ":")
	s := c.table.of[prefix]
	if !ok || s == nil || token(entry) {
		return false, false
	}
	matching := s.matching(name)
	if len(matching) == 0 {
		return true, prefix != "kms" || newKMS(name) // nothing is said twice of an action that does not exist
	}
	kms := prefix == "kms" && strings.HasPrefix(key, "kms:")
	return slices.ContainsFunc(matching, func(j int) bool {
		a := &s.actions[j]
		return kms && authz.HasKey("kms:"+a.name, key) ||
			slices.ContainsFunc(a.keys, func(i int) bool { return policy.Match(s.keys[i].lower, key) })
	}), true
}
