package lint

import (
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/policy"
)

var problemCodes = map[policy.ProblemKind]string{
	policy.BadForm: "bad-form", policy.BadValue: "bad-value", policy.BadElement: "bad-element", policy.BadOperator: "bad-operator",
	policy.Duplicate: "duplicate", policy.Conflict: "conflict", policy.BarePrincipal: "bare-principal", policy.Incomplete: "incomplete",
	policy.NotKnown: "not-known",
}

// problems are the faults that reading found.
func (c *checker) problems() {
	for _, p := range c.doc.Problems {
		c.s = nil
		if p.Statement >= 0 && p.Statement < len(c.doc.Statements) {
			c.s = &c.doc.Statements[p.Statement]
		}
		code := problemCodes[p.Kind]
		if p.Kind == policy.BadForm {
			c.faults[p.Statement] = append(c.faults[p.Statement], p.Text)
		}
		if code == "bad-operator" && strings.Contains(strings.ToLower(p.Text), `nullifexists"`) {
			code = "null-if-exists"
		}
		c.add(code, p.At, "", "%s", p.Text)
	}
	c.s = nil
}

// document judges what is not about one statement.
func (c *checker) document() {
	c.size()
	c.characters()
	c.sids()
	version := c.doc.Place("Version")
	switch {
	case c.kind == RCP && c.doc.Version != "2012-10-17" && !token(c.doc.Version):
		if version.Line == 0 {
			version = c.start()
		}
		c.add("rcp-version", version, `add "Version": "2012-10-17"`, "a resource control policy needs the Version 2012-10-17")
	case c.doc.Version == "":
		c.add("version-missing", c.start(), `add "Version": "2012-10-17"`, "there is no Version, so the document is of 2008-10-17")
	}
	if len(c.doc.Statements) == 0 && len(c.doc.Problems) == 0 {
		c.add("empty-list", c.doc.Place("Statement"), "", "Statement is empty")
	}
}

// limit is the largest size of a kind of document.
type limit struct {
	hard, soft int
	// dense: white space does not count. spared: the console saves without it.
	dense, spared bool
	bytes         bool
	source        string
}

var limits = map[Kind]limit{
	Identity: {hard: 10240, soft: 6144, dense: true, source: iamGuide + "reference_iam-quotas.html"},
	Boundary: {hard: 6144, dense: true, source: iamGuide + "reference_iam-quotas.html"},
	Session:  {hard: 2048, dense: true, source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"},
	Trust:    {hard: 4096, soft: 2048, dense: true, source: iamGuide + "reference_iam-quotas.html"},
	Key:      {hard: policy.MaxKeyPolicySize, bytes: true, source: kmsGuide + "resource-limits.html"},
	SCP:      {hard: 10240, spared: true, source: orgGuide + "orgs_reference_limits.html"},
	RCP:      {hard: 5120, spared: true, source: orgGuide + "orgs_reference_limits.html"},
	Endpoint: {hard: 20480, source: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html"},
}

// size compares the length of the text with what AWS takes. A text with tokens has
// no length yet.
func (c *checker) size() {
	l, ok := limits[c.kind]
	text := c.doc.Text()
	if !ok || text == "" || token(text) {
		return
	}
	all, dense := len(text), 0
	if !l.bytes {
		all = utf8.RuneCountInString(text)
	}
	for _, r := range text {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' {
			dense++
		}
	}
	n, unit := all, "characters"
	switch {
	case l.dense:
		n, unit = dense, "characters without white space"
	case l.bytes:
		unit = "bytes"
	}
	say := func(code, hint string, most int) {
		c.add(code, c.start(), hint, "the policy has %d %s, more than %d", n, unit, most)
		c.out[len(c.out)-1].Source = l.source
	}
	switch {
	case l.spared && n > l.hard && dense <= l.hard:
		say("policy-long", "save it without white space, as the console does", l.hard)
	case n > l.hard:
		say("policy-too-long", "split the policy", l.hard)
	case l.soft > 0 && n > l.soft && c.kind == Trust:
		say("policy-long", "ask for a higher quota, or shorten it", l.soft)
	case l.soft > 0 && n > l.soft:
		say("policy-long", "it fits a role as an inline policy, but no managed policy", l.soft)
	}
}

// characters looks for the first character that IAM and KMS refuse.
func (c *checker) characters() {
	if !c.ofIAM() && c.kind != Key {
		return
	}
	text := c.doc.Text()
	for i, r := range text {
		if r >= ' ' && r <= 0xff || r == '\t' || r == '\n' || r == '\r' {
			continue
		}
		before := text[:i]
		at := policy.Place{Offset: i, Line: 1 + strings.Count(before, "\n"), Column: i - strings.LastIndexByte(before, '\n')}
		c.add("foreign-character", at, `write it as a \u escape, or replace it`, "the character %q (U+%04X) cannot be in a policy", r, r)
		return
	}
}

func (c *checker) sids() {
	first := map[string]int{}
	for i := range c.doc.Statements {
		c.s = &c.doc.Statements[i]
		sid := c.s.Sid
		if sid == "" || token(sid) {
			continue
		}
		if c.ofIAM() && strings.ContainsFunc(sid, func(r rune) bool { return !alphanumeric(r) }) {
			c.add("sid-characters", c.s.Place("Sid"), "use letters and digits", "the Sid %q has other characters than letters and digits", sid)
		}
		if at, twice := first[sid]; !twice {
			first[sid] = i
		} else if c.ofIAM() {
			c.add("duplicate-sid", c.s.Place("Sid"), "", "the Sid %q is that of statement %d too", sid, at)
		} else {
			c.add("repeated-sid", c.s.Place("Sid"), "", "the Sid %q is that of statement %d too", sid, at)
		}
	}
	c.s = nil
}

func alphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
