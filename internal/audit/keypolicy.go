package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
)

// judgePolicy judges the text of a key's policy. An absent policy is the default
// one, which is no finding.
func judgePolicy(inv *inventory.Inventory, v *keyVerdict, l linter) {
	k := v.key
	switch k.Policy.State() {
	case inventory.Unrecorded:
		v.unjudged = append(v.unjudged, "key policy")
		return
	case inventory.StateUnknown, inventory.StateUnread:
		addGap(&v.other, k.Policy, "the policy of key "+v.name)
		return
	}
	p, ok := k.Policy.Get()
	if !ok {
		return
	}
	at := orAt(k.Policy.At(), k.At)
	doc, err := policy.Parse(p.Text)
	if err != nil {
		var syntax *policy.SyntaxError
		reason := err.Error()
		if errors.As(err, &syntax) {
			reason = syntax.Reason
		}
		message := "the policy of key " + v.name + " is no policy document: " + reason
		v.faults.add(ruleBadPolicy, message, at)
		v.other = append(v.other, gap{rung: bedlock.Unread, reason: message, lift: table().byID[ruleBadPolicy].Remediation, at: at})
		return
	}
	if n := len(p.Text); n > policy.MaxKeyPolicySize {
		v.faults.add(rulePolicyLong, fmt.Sprintf("the policy of key %s has %d bytes; KMS accepts %d", v.name, n, policy.MaxKeyPolicySize), at)
	}
	j := policyJudge{v: v, inv: inv, policy: &p, doc: doc, at: at}
	j.grammar()
	for i := range doc.Statements {
		j.statement(&doc.Statements[i])
	}
	j.foreign()
	j.lint(l)
}

type policyJudge struct {
	v      *keyVerdict
	inv    *inventory.Inventory
	policy *inventory.Policy
	doc    *policy.Document
	at     bedlock.Position
	// accounts are those that statements allow, in their order, when the key's own
	// is not known.
	accounts []namedAccount
	// open: somebody governs the key who may be of any account, so no account is
	// told to be its own.
	open bool
}

type namedAccount struct {
	id        string
	governs   bool // it may change the policy
	statement int  // the first that allows it
}

// label names a statement in a message, with the condition under which it exists.
func (j *policyJudge) label(i int) string {
	s := fmt.Sprintf("statement %d", i+1)
	if sid := j.doc.Statements[i].Sid; sid != "" {
		s = fmt.Sprintf("statement %q", clip(sid))
	}
	s += " of the policy of key " + j.v.name
	if when := j.when(i); when != "" {
		s += " (when " + when + ")"
	}
	return s
}

// when is the condition under which a statement exists.
func (j *policyJudge) when(i int) string {
	if i >= 0 && i < len(j.policy.Whens) {
		return j.policy.Whens[i]
	}
	return ""
}

// gap records what of a statement is not known, and why.
func (j *policyJudge) gap(statement int, text, why string) {
	j.v.other = append(j.v.other, gap{rung: bedlock.Unresolved, reason: text, lift: liftUnknown(why), at: j.place(statement), when: j.when(statement)})
}

func (j *policyJudge) place(i int) bedlock.Position {
	if i >= 0 && i < len(j.policy.Statements) {
		return orAt(j.policy.Statements[i], j.at)
	}
	return j.at
}

func (j *policyJudge) grammar() {
	for _, p := range j.doc.Problems {
		subject := "the policy of key " + j.v.name
		if p.Statement >= 0 {
			subject = j.label(p.Statement)
		}
		at := j.place(p.Statement)
		switch {
		case p.Kind == policy.NotKnown:
			j.gap(p.Statement, subject+": "+p.Text, "")
		case p.Kind == policy.BarePrincipal:
			j.v.faults.add(ruleBadPrincipal, subject+": "+p.Text, at)
		case p.Kind == policy.Incomplete && p.Text == "there is no Action":
			j.v.faults.add(ruleNoEffect, subject+" has no Action", at)
		default:
			j.v.faults.add(ruleGrammar, subject+": "+p.Text, at)
		}
	}
}

func (j *policyJudge) statement(s *policy.Statement) {
	if j.inert(s) || s.Effect != policy.Allow {
		return
	}
	for _, u := range s.Undetermined {
		if u.Element == "Action" || u.Element == "NotAction" {
			reason := unknownPart(u.Text)
			j.gap(s.Index, j.label(s.Index)+" allows actions that are not known: "+reason, reason)
			return
		}
	}
	if !s.Touches("kms") {
		return
	}
	if s.NotPrincipals != nil {
		j.open = j.open || governs(s)
		j.hold(s, ruleNotPrincipal, "allows everyone except the principals it lists")
	}
	for _, u := range s.Undetermined {
		if u.Element == "Principal" {
			j.unknown(s, unknownPart(u.Text))
		}
	}
	if p := s.Principals; p != nil {
		j.principals(s, p)
	}
}

// inert reports a statement that KMS stores and that has no effect.
func (j *policyJudge) inert(s *policy.Statement) bool {
	if len(s.Undetermined) > 0 && s.Undetermined[0].Element == "Statement" {
		return true
	}
	noResource := s.Resources == nil && s.NotResources == nil
	if noResource && s.Effect != 0 {
		j.v.faults.add(ruleNoEffect, j.label(s.Index)+" has no Resource", j.place(s.Index))
	}
	aliases := 0
	for _, r := range s.Resources {
		if strings.HasPrefix(r, "arn:") && strings.Contains(r, ":alias/") {
			aliases++
			j.v.faults.add(ruleAliasResource, j.label(s.Index)+" names the alias "+clip(r)+" as resource, which covers no key", j.place(s.Index))
		}
	}
	return noResource || aliases > 0 && aliases == len(s.Resources)
}

func (j *policyJudge) hold(s *policy.Statement, rule, message string) {
	message = j.label(s.Index) + " " + message
	j.v.holdWhen(j.when(s.Index), rule, message, "", j.place(s.Index), s.Index+1)
}

func (j *policyJudge) unknown(s *policy.Statement, why string) {
	j.open = j.open || governs(s)
	message := j.label(s.Index) + " allows a principal that is not known: " + why
	j.v.faults.add(ruleUnknownWho, message, j.place(s.Index))
	j.gap(s.Index, message, why)
}

func (j *policyJudge) principals(s *policy.Statement, p *policy.Principals) {
	all := p.Any
	j.open = j.open || all && governs(s)
	var broad []string
	for _, text := range slices.Concat(p.AWS, p.Bare) {
		switch w := readPrincipal(text); w.kind {
		case everyone:
			all, j.open = true, j.open || governs(s)
		case unknownWho:
			j.unknown(s, w.why)
		case deletedWho:
			j.v.faults.add(ruleDeletedWho, j.label(s.Index)+" names "+text+", which is what is left of a deleted user or role", j.place(s.Index))
		case invalidWho:
			j.v.faults.add(ruleBadPrincipal, j.label(s.Index)+" names "+clip(text)+", which is no principal", j.place(s.Index))
		default:
			j.open = j.open || w.account == "" && governs(s)
			j.account(s, w.account)
			if w.kind == person {
				broad = append(broad, shortPrincipal(text))
			}
		}
	}
	for _, text := range slices.Concat(p.Federated, p.CanonicalUser) {
		j.v.faults.add(ruleBadPrincipal, j.label(s.Index)+" names "+clip(text)+", a kind of principal that key policies do not have", j.place(s.Index))
	}
	if all {
		j.everyone(s)
	}
	if len(broad) > 0 && len(s.Conditions) == 0 && len(s.Undetermined) == 0 && everyAction(s) {
		j.hold(s, ruleBroadAdmin, "gives "+list(broad)+" every action on the key")
	}
	j.rolesByText(s, p)
	j.services(s, p.Service)
}

func everyAction(s *policy.Statement) bool {
	return slices.ContainsFunc(s.Actions, func(a string) bool { return a == "*" || strings.EqualFold(a, "kms:*") })
}

func (j *policyJudge) everyone(s *policy.Statement) {
	switch whoStrength(s) {
	case unconditional:
		j.hold(s, ruleWildcard, "allows everyone to use the key, without a condition")
	case weak:
		j.hold(s, ruleWeakWildcard, "allows everyone to use the key under conditions that do not say who: "+conditionKeys(s))
	case undecided:
		j.gap(s.Index, j.label(s.Index)+" allows everyone under a condition that is not known", "")
	case narrow:
		for i := range s.Conditions {
			c := &s.Conditions[i]
			key := strings.ToLower(c.Key)
			if _, ok := positive(c.Operator); ok && (key == "kms:calleraccount" || key == "aws:principalaccount" || key == "aws:sourceaccount") {
				for _, value := range c.Values {
					j.account(s, plain(value))
				}
			}
		}
	}
}

func conditionKeys(s *policy.Statement) string {
	var keys []string
	for i := range s.Conditions {
		if key := s.Conditions[i].Key; !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return clip(list(keys))
}

// account judges one literal account that a statement allows.
func (j *policyJudge) account(s *policy.Statement, id string) {
	if !accountID.MatchString(id) || id == j.v.account {
		return
	}
	if j.v.account != "" {
		j.hold(s, ruleCrossAccount, "allows account "+id+"; the key is in account "+j.v.account)
		return
	}
	i := slices.IndexFunc(j.accounts, func(a namedAccount) bool { return a.id == id })
	if i < 0 {
		i = len(j.accounts)
		j.accounts = append(j.accounts, namedAccount{id: id, statement: s.Index})
	}
	j.accounts[i].governs = j.accounts[i].governs || governs(s)
}

// governs reports whether those that a statement allows may change the key policy.
func governs(s *policy.Statement) bool { return s.Covers("kms:PutKeyPolicy") }

// foreign tells of accounts that may be foreign. The only one that governs the key
// is its own, and the others are foreign: KMS refuses a policy that locks its author
// out. Which one it is stays open when several do, or none.
func (j *policyJudge) foreign() {
	own := -1
	for i, a := range j.accounts {
		if a.governs && !j.open {
			if own >= 0 {
				own = -1
				break
			}
			own = i
		}
	}
	for i, a := range j.accounts {
		allows := j.label(a.statement) + " allows account " + a.id
		switch at := j.place(a.statement); {
		case own < 0:
			j.v.notes = append(j.v.notes, evidence(at, allows+"; whether that is the key's own account is not known"))
		case i != own:
			j.v.holdWhen(j.when(a.statement), ruleCrossAccount, allows+"; account "+j.accounts[own].id+" alone governs the key", "", at, a.statement+1)
		}
	}
	if own < 0 && len(j.accounts) > 0 {
		j.v.unjudged = append(j.v.unjudged, "other accounts")
	}
}

// services judges the service principals of a statement, all in one message.
func (j *policyJudge) services(s *policy.Statement, names []string) {
	strength := deputyStrength(s)
	var open, undecidedFor []string
	for _, name := range names {
		if name == "*" {
			j.everyone(s)
			continue
		}
		if reason := unknownPart(name); reason != "" {
			j.unknown(s, reason)
			continue
		}
		switch {
		case strength == undecided:
			undecidedFor = append(undecidedFor, clip(name))
		case strength < undecided && !readsOnly(s) && !sendsNoSource(name, s):
			open = append(open, clip(name))
		}
	}
	if len(open) > 0 {
		j.hold(s, ruleDeputy, "allows "+list(shortened(open))+" without saying for whose resources")
	}
	if len(undecidedFor) > 0 {
		j.gap(s.Index, j.label(s.Index)+" allows "+list(shortened(undecidedFor))+" under a condition that is not known", "")
	}
}

// shortened is the first words of a long list, and how many more there are.
func shortened(words []string) []string {
	const shown = 5
	if len(words) <= shown {
		return words
	}
	return append(slices.Clone(words[:shown-1]), fmt.Sprintf("%d more", len(words)-shown+1))
}

// readsOnly reports a statement that gives no access to data: DescribeKey and the
// like, whose requests carry no encryption context that could be required.
func readsOnly(s *policy.Statement) bool {
	return len(s.Actions) > 0 && !slices.ContainsFunc(s.Actions, func(a string) bool {
		a = strings.ToLower(a)
		return !strings.HasPrefix(a, "kms:describe") && !strings.HasPrefix(a, "kms:list") && !strings.HasPrefix(a, "kms:get")
	})
}

// sendsNoSource reports the documented exception: AgentCore datasets send their
// source with GenerateDataKey, but not with Decrypt and DescribeKey.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/
func sendsNoSource(service string, s *policy.Statement) bool {
	return service == "bedrock-agentcore.amazonaws.com" && len(s.Actions) > 0 && !slices.ContainsFunc(s.Actions, func(a string) bool {
		return !strings.EqualFold(a, "kms:Decrypt") && !strings.EqualFold(a, "kms:DescribeKey")
	})
}

func shortPrincipal(s string) string {
	if target, _, ok := reference(s); ok {
		return target
	}
	return clip(s)
}
