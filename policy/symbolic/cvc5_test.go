package symbolic

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
)

// TestAgainstCVC5 compares verdicts with those of an SMT solver, which gets the
// policies in an encoding of its own: strings and regular expressions, integers
// for addresses and numbers, a flag for presence. Everybody is the principal.
func TestAgainstCVC5(t *testing.T) {
	path, err := exec.LookPath("cvc5")
	if err != nil {
		t.Skip("SKIPPED: cvc5 is not installed; no verdict was compared with it (apt-get install cvc5)")
	}
	pairs := smtPairs(t, 180) // for each of two processes
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			againstCVC5(t, path, newGenerator(31+seed), KeyPolicy, pairs)
		})
	}
}

// smtPairs is how many pairs a process gets. BEDLOCK_SMT_PAIRS=2000 makes a long
// run.
func smtPairs(t *testing.T, usual int) int {
	t.Helper()
	s := os.Getenv("BEDLOCK_SMT_PAIRS")
	switch {
	case s == "" && testing.Short():
		return usual / 8
	case s == "":
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("BEDLOCK_SMT_PAIRS=%s: %v", s, err)
	}
	return n
}

// TestLimitsAgainstCVC5 is TestAgainstCVC5 for documents that only limit.
func TestLimitsAgainstCVC5(t *testing.T) {
	path, err := exec.LookPath("cvc5")
	if err != nil {
		t.Skip("SKIPPED: cvc5 is not installed; no verdict was compared with it (apt-get install cvc5)")
	}
	pairs := smtPairs(t, 90)
	for seed, kind := range []Kind{Endpoint, ResourceControl} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			againstCVC5(t, path, newGenerator(uint64(51+seed)), kind, pairs)
		})
	}
}

func againstCVC5(t *testing.T, path string, g *generator, kind Kind, pairs int) {
	var script strings.Builder
	script.WriteString(preamble)
	var ours []Verdict
	var texts []string
	for range pairs {
		a, b := g.plain(t), g.plain(t)
		ours = append(ours, (&Universe{}).NoMorePermissive(a, b, kind, theKey).Verdict)
		texts = append(texts, source(a)+"\n"+source(b))
		fmt.Fprintf(&script, "(push)\n(assert (and %s (not %s)))\n(check-sat)\n(pop)\n", smtDocument(a), smtDocument(b))
	}
	cmd := exec.Command(path, "--incremental", "--tlimit-per=3000", "-")
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.CombinedOutput()
	answers := strings.Fields(string(out))
	if err != nil || len(answers) != pairs {
		t.Fatalf("cvc5: %v, %d answers to %d questions: %.300s", err, len(answers), pairs, out)
	}
	agree := map[string]int{}
	for i, theirs := range answers {
		want := map[string]Verdict{"sat": Exists, "unsat": Never}[theirs]
		switch {
		case want == 0:
			agree["cvc5 says unknown"]++
		case ours[i] != want:
			t.Errorf("pair %d: %v, cvc5 says %s\n%s", i, ours[i], theirs, texts[i])
		default:
			agree[theirs]++
		}
	}
	t.Logf("%d pairs: %v", pairs, agree)
	if agree["sat"] < pairs/12 || agree["unsat"] < pairs/12 {
		t.Errorf("the pairs show too little: %v", agree)
	}
}

const preamble = `(set-logic ALL)
(set-option :strings-exp true)
(declare-const action String)
(assert (str.in_re action (re.++ (str.to_re "kms:") (re.+ (re.union (re.range "a" "z") (re.range "0" "9"))))))
(assert (distinct action "kms:retiregrant" "kms:connectcustomkeystore" "kms:createcustomkeystore" "kms:createkey"
 "kms:deletecustomkeystore" "kms:describecustomkeystores" "kms:disconnectcustomkeystore" "kms:generaterandom" "kms:listaliases"
 "kms:listkeys" "kms:listretirablegrants" "kms:updatecustomkeystore"))
(declare-const s1 String) (declare-const has1 Bool)
(declare-const s2 String) (declare-const has2 Bool)
(declare-const ip Int) (declare-const hasip Bool)
(assert (and (<= 0 ip) (<= ip 4294967296))) ; the last stands for an address of version 6
(declare-const n Real) (declare-const hasn Bool)
`

// smtKeys are the keys that plain policies use, with their variables.
var smtKeys = map[string]string{"aws:principaltag/team": "1", "aws:requesttag/x": "2", "aws:sourceip": "ip", "aws:multifactorauthage": "n"}

// plain makes a policy of the part of the language that the SMT encoding has.
func (g *generator) plain(t testing.TB) *policy.Document {
	pattern := func() string {
		var b strings.Builder
		for range 1 + g.IntN(5) {
			b.WriteString(pick(g, "a", "b", "A", "*", "?", "ab", ":"))
		}
		return `"` + b.String() + `"`
	}
	list := func(one func() string) string {
		out := one()
		for g.IntN(3) == 0 {
			out += "," + one()
		}
		return "[" + out + "]"
	}
	condition := func() string {
		ifExists := pick(g, "", "", "IfExists")
		switch g.IntN(6) {
		case 0:
			net := func() string {
				return pick(g, `"10.0.0.0/8"`, `"10.128.0.0/9"`, `"10.1.0.0/16"`, `"192.0.2.7"`, `"0.0.0.0/0"`)
			}
			return fmt.Sprintf(`"%s%s":{"aws:SourceIp":%s}`, pick(g, "IpAddress", "NotIpAddress"), ifExists, list(net))
		case 1:
			num := func() string { return pick(g, `"1"`, `"2.5"`, `"3"`) }
			op := pick(g, "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
			return fmt.Sprintf(`"Numeric%s%s":{"aws:MultiFactorAuthAge":%s}`, op, ifExists, list(num))
		case 2:
			return fmt.Sprintf(`"Null":{"%s":"%s"}`, pick(g, "aws:PrincipalTag/team", "aws:RequestTag/x"), pick(g, "true", "false"))
		}
		op := pick(g, "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringLike", "StringNotLike")
		return fmt.Sprintf(`"%s%s":{"%s":%s}`, op, ifExists, pick(g, "aws:PrincipalTag/team", "aws:RequestTag/x"), list(pattern))
	}
	var statements []string
	for range 1 + g.IntN(4) {
		ops := map[string]bool{}
		var block []string
		for g.IntN(4) != 0 && len(block) < 3 {
			c := condition()
			op, _, _ := strings.Cut(c, ":{")
			if !ops[op] {
				ops[op] = true
				block = append(block, c)
			}
		}
		action := func() string { return pick(g, `"kms:*"`, `"kms:Decrypt"`, `"kms:*crypt"`, `"kms:D*"`, `"kms:?ecrypt"`) }
		statements = append(statements, fmt.Sprintf(`{"Effect":"%s","Principal":"*","%s":%s,"Resource":"*","Condition":{%s}}`,
			pick(g, "Allow", "Allow", "Deny"), pick(g, "Action", "Action", "Action", "NotAction"), list(action), strings.Join(block, ",")))
	}
	return doc(t, key(strings.Join(statements, ",")))
}

func smtJoin(op, neutral string, list []string) string {
	if len(list) == 0 {
		return neutral
	}
	return "(" + op + " " + strings.Join(list, " ") + ")"
}

func smtDocument(d *policy.Document) string {
	var allows, denies []string
	for i := range d.Statements {
		s := &d.Statements[i]
		var parts, actions []string
		for _, a := range append(s.Actions, s.NotActions...) {
			actions = append(actions, smtLike("action", strings.ToLower(a), true))
		}
		parts = append(parts, smtJoin("or", "false", actions))
		if s.NotActions != nil {
			parts[0] = "(not " + parts[0] + ")"
		}
		for j := range s.Conditions {
			parts = append(parts, smtCondition(&s.Conditions[j]))
		}
		if s.Effect == policy.Allow {
			allows = append(allows, smtJoin("and", "true", parts))
		} else {
			denies = append(denies, smtJoin("and", "true", parts))
		}
	}
	return "(and " + smtJoin("or", "false", allows) + " (not " + smtJoin("or", "false", denies) + "))"
}

func smtCondition(c *policy.Condition) string {
	v := smtKeys[strings.ToLower(c.Key)]
	has, val := "has"+v, v
	if v == "1" || v == "2" {
		val = "s" + v
	}
	op := c.Operator.Base
	if op == "Null" {
		null := fmt.Sprintf(`(or (not %s) (= %s ""))`, has, val)
		if c.Values[0] == "false" {
			return "(not " + null + ")"
		}
		return null
	}
	var terms []string
	for _, x := range c.Values {
		switch {
		case strings.HasPrefix(op, "String"):
			terms = append(terms, smtLike(val, x, strings.HasSuffix(op, "Like")))
		case strings.HasPrefix(op, "Numeric"):
			rel := map[string]string{"Equals": "=", "NotEquals": "=", "LessThan": "<", "LessThanEquals": "<=", "GreaterThan": ">", "GreaterThanEquals": ">="}
			terms = append(terms, fmt.Sprintf("(%s %s %s)", rel[strings.TrimPrefix(op, "Numeric")], val, x))
		default:
			p, _ := parsePrefix(x)
			low := smtAddress(p.Masked().Addr().AsSlice())
			terms = append(terms, fmt.Sprintf("(and (<= %d %s) (<= %s %d))", low, val, val, smtAddress(last(p).AsSlice())))
		}
	}
	m := smtJoin("or", "false", terms)
	switch {
	case c.Operator.Negated():
		return fmt.Sprintf("(or (not %s) (not %s))", has, m)
	case c.Operator.IfExists:
		return fmt.Sprintf("(or (not %s) %s)", has, m)
	}
	return fmt.Sprintf("(and %s %s)", has, m)
}

func smtAddress(b []byte) (n int64) {
	for _, x := range b {
		n = n<<8 | int64(x)
	}
	return n
}

// smtLike is a match with a pattern as a regular expression.
func smtLike(variable, pattern string, wild bool) string {
	if !wild {
		return fmt.Sprintf(`(= %s "%s")`, variable, pattern)
	}
	var parts []string
	for _, c := range pattern {
		switch c {
		case '*':
			parts = append(parts, "re.all")
		case '?':
			parts = append(parts, "re.allchar")
		default:
			parts = append(parts, `(str.to_re "`+string(c)+`")`)
		}
	}
	re := parts[0]
	if len(parts) > 1 {
		re = "(re.++ " + strings.Join(parts, " ") + ")"
	}
	return "(str.in_re " + variable + " " + re + ")"
}
