package estate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// openStatement splits "statement NAME[i]" of [authz.Decision.Open].
func openStatement(s string) (name string, index int, ok bool) {
	s, ok = strings.CutPrefix(s, "statement ")
	i := strings.LastIndexByte(s, '[')
	if !ok || i < 0 || !strings.HasSuffix(s, "]") {
		return "", 0, false
	}
	index, err := strconv.Atoi(s[i+1 : len(s)-1])
	return s[:i], index, err == nil
}

// rate tells why an outcome is Unknown: what was not read before what is not known
// before what depends on the request.
func (c *Case) rate(open []string) Verdict { return c.w.rate(open) }

func (w *world) rate(open []string) Verdict {
	worst := Depends
	for _, s := range open {
		name, _, ok := openStatement(s)
		if !ok {
			continue
		}
		v := NotKnown
		if src := w.source(name); src != nil && src.rung == bedlock.Unread {
			v = NotRead
		}
		worst = min(worst, v)
	}
	return worst
}

func (w *world) source(name string) *source {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sources[name]
}

// grounds adds what a step's answer depends on, each once.
func (c *Case) grounds(to []bedlock.Evidence, s *Step) []bedlock.Evidence {
	add := func(e bedlock.Evidence) {
		e.Text = readable(e.Text)
		if !slices.Contains(to, e) {
			to = append(to, e)
		}
	}
	var keys []string
	for _, o := range s.Decision.Open {
		name, i, ok := openStatement(o)
		if !ok {
			keys = append(keys, o)
			continue
		}
		src := c.w.source(name)
		switch {
		case src == nil:
			add(bedlock.Evidence{Text: name + " is not known"})
		case src.why != "":
			add(bedlock.Evidence{Text: src.what + ": " + src.why, At: src.at})
		case src.conditional[i] != "":
			add(bedlock.Evidence{Text: fmt.Sprintf("statement %d of %s exists only when %s", i+1, src.what, src.conditional[i]), At: src.place(i)})
		default:
			add(bedlock.Evidence{Text: fmt.Sprintf("statement %d of %s holds what is not known", i+1, src.what), At: src.place(i)})
		}
	}
	if len(keys) > 0 {
		add(bedlock.Evidence{Text: s.Action + " depends on " + strings.Join(keys, ", ")})
	}
	if s.Decision.Outcome != authz.Unknown && s.Verdict == NotKnown {
		add(bedlock.Evidence{Text: s.Action + " depends on where the key is deployed: policies name accounts or Regions"})
	}
	return to
}

// Reasons are the statements and grants that decided a step, in words, with their
// places in the source; those that are only assumed are left out.
func (s *Step) Reasons() (out []bedlock.Evidence) {
	for _, r := range s.Decision.Reasons {
		if src := s.Case.w.source(r.Policy); src == nil || !src.assumed {
			out = append(out, s.Case.reason(&r))
		}
	}
	return out
}

// Reason is one statement or grant that decided, in words, with its place.
func (c *Case) Reason(r *authz.Reason) bedlock.Evidence { return c.reason(r) }

// statementIn finds the statements in the reasons of [symbolic.Answer].
var statementIn = regexp.MustCompile(`statement (.+?)\[([0-9]+)\]`)

// Unknown says in words why a question about all requests has no answer.
func (c *Case) Unknown(reason string) string {
	var words []string
	for _, m := range statementIn.FindAllStringSubmatch(reason, -1) {
		index, _ := strconv.Atoi(m[2])
		text := fmt.Sprintf("statement %d of %s holds what is not known", index+1, m[1])
		switch src := c.w.source(m[1]); {
		case src != nil && src.why != "":
			text = src.what + ": " + src.why
		case src != nil && src.conditional[index] != "":
			text = fmt.Sprintf("statement %d of %s exists only when %s", index+1, src.what, src.conditional[index])
		}
		if !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	if len(words) == 0 {
		return c.readable(reason)
	}
	return c.readable(strings.Join(words, "; "))
}

// Readable puts words for what stands for an account or Region that is not known.
func (c *Case) Readable(s string) string { return c.readable(s) }

func (c *Case) reason(r *authz.Reason) bedlock.Evidence {
	if r.Layer == authz.LayerGrant {
		e := bedlock.Evidence{Text: "grant " + r.Grant + " allows"}
		for _, g := range c.w.e.grants[c.Key.ID] {
			if g.ID == r.Grant {
				e.At = g.At
			}
		}
		return e
	}
	verb := "allows"
	if r.Effect == policy.Deny {
		verb = "denies"
	}
	src := c.w.source(r.Policy)
	if src == nil {
		return bedlock.Evidence{Text: r.Policy + " " + verb}
	}
	text := c.statementName(r) + " " + verb + how(r.Match)
	return bedlock.Evidence{Text: readable(text), At: src.place(r.Statement)}
}

func how(m authz.Match) string {
	if m == authz.ByAccount {
		return ": it leaves the decision to the account's IAM policies"
	}
	return ""
}

// statementName is "statement "Ingestion" of the policy of key records".
func (c *Case) statementName(r *authz.Reason) string {
	name := fmt.Sprintf("statement %d", r.Statement+1)
	if d := c.document(r); d != nil && r.Statement < len(d.Statements) && d.Statements[r.Statement].Sid != "" {
		name = fmt.Sprintf("statement %q", d.Statements[r.Statement].Sid)
	}
	src := c.w.source(r.Policy)
	return name + " of " + src.what
}

func (c *Case) document(r *authz.Reason) *policy.Document {
	if r.Layer == authz.LayerResource {
		return c.Target.Policy.Document()
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if s := c.w.sources[r.Policy]; s != nil {
		return s.doc
	}
	return nil
}

// layers in the words of a person.
var layerWords = map[authz.Layer]string{
	authz.LayerIdentity: "its identity policies", authz.LayerBoundary: "its permissions boundary", authz.LayerSession: "its session policies",
	authz.LayerSCP: "the service control policies", authz.LayerRCP: "the resource control policies", authz.LayerEndpoint: "the VPC endpoint's policy",
	authz.LayerResource: "the key policy", authz.LayerGrant: "a grant",
}

// Says is what a step's denial is, in one sentence without its subject: "the key policy
// does not allow kms:Decrypt".
func (s *Step) Says() string {
	switch s.Decision.Outcome {
	case authz.ExplicitDeny:
		return s.Action + " is denied explicitly"
	case authz.ImplicitDeny:
		if len(s.Decision.Missing) > 0 && s.Decision.Missing[0] == authz.LayerCrossAccount {
			return s.Action + " cannot be used across accounts"
		}
		var words []string
		for _, l := range s.Decision.Missing {
			if word := layerWords[l]; word != "" {
				words = append(words, word)
			}
		}
		switch len(words) {
		case 0:
			return "nothing allows " + s.Action
		case 1:
			verb := " does not allow "
			if strings.HasSuffix(words[0], "policies") {
				verb = " do not allow "
			}
			return words[0] + verb + s.Action
		}
		return "neither " + strings.Join(words[:len(words)-1], ", ") + " nor " + words[len(words)-1] + " allows " + s.Action
	}
	return s.Action + " is allowed"
}
