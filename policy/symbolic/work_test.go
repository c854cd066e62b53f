package symbolic

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// crowd is statements for n accounts: one each, or one for all.
func crowd(n int, apart bool) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"%012d"`, 200000000000+i)
	}
	if !apart {
		return allowTo(`{"AWS":[` + strings.Join(list, ",") + `]}`)
	}
	for i := range list {
		list[i] = allowTo(`{"AWS":` + list[i] + `}`)
	}
	return strings.Join(list, ",")
}

// TestLargestKeyPolicy: of a key policy as large as KMS takes everything is answered.
// External and Beyond ask many times more, so they get a part.
func TestLargestKeyPolicy(t *testing.T) {
	u := &Universe{}
	for _, list := range []struct{ whole, part string }{{crowd(2100, false), crowd(250, false)}, {crowd(340, true), crowd(75, true)}} {
		if size := len(key(list.whole)); size > 32<<10 || size < 30_000 {
			t.Errorf("the policy has %d bytes", size)
		}
		whole := &Target{Key: theKey, Policy: compiled(t, "key", list.whole)}
		verdicts := map[Verdict]int{}
		access, err := u.WhoCan("kms:Decrypt", whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range access {
			verdicts[a.Verdict]++
		}
		if verdicts[Unknown] > 0 || verdicts[Exists] != 4*strings.Count(list.whole, `"2`) {
			t.Errorf("who can: %v", verdicts)
		}
		if got, err := u.LocksOut(whole); err != nil || got.Verdict != Never {
			t.Errorf("locks out: %v %s (%v)", got.Verdict, got.Reason, err)
		}
		if got := u.Compare(whole.Policy.Document(), doc(t, key(list.part)), KeyPolicy, theKey); got.Relation != MorePermissive {
			t.Errorf("compare: %v: %s %s", got.Relation, got.More.Reason, got.Less.Reason)
		}
		part := &Target{Key: theKey, Policy: compiled(t, "key", list.part)}
		external, err := u.External(&Zone{}, part)
		if err != nil || len(external) != 4*strings.Count(list.part, `"2`) || slices.ContainsFunc(external, notKnown) {
			t.Errorf("external: %d (%v)", len(external), err)
		}
		beyond, err := u.Beyond([]Need{ofRole("kms:Decrypt")}, part)
		if err != nil || len(beyond) != len(external) || slices.ContainsFunc(beyond, notKnown) {
			t.Errorf("beyond: %d (%v)", len(beyond), err)
		}
	}
}

func notKnown(x Exposure) bool {
	return slices.ContainsFunc(x.Actions, func(a Exposed) bool { return a.Verdict == Unknown })
}

// TestWorkOfACall: a call with many questions does not do more than its work, and says
// of which it has no answer.
func TestWorkOfACall(t *testing.T) {
	target := &Target{Key: theKey, Policy: compiled(t, "key", crowd(300, true))}
	u := &Universe{Work: 20_000} // a call may do 200,000, with some hundreds for each of 1,200 classes
	access, err := u.WhoCan("kms:Decrypt", target)
	if err != nil {
		t.Fatal(err)
	}
	first := slices.IndexFunc(access, func(a Access) bool { return a.Verdict == Unknown })
	if first < 100 || first > 600 {
		t.Errorf("who can: %d of %d are answered", first, len(access))
	}
	for _, a := range access[max(first, 0):] {
		if a.Verdict != Unknown || a.Reason != outOfWork {
			t.Errorf("who can: %s: %v %q", a.Who, a.Verdict, a.Reason)
		}
	}
	everybodyElse := func(what string, most int, list []Exposure, err error) {
		last := list[len(list)-1]
		if err != nil || len(list) < 3 || len(list) > most || last.Who != "everybody else" || !last.Others || !last.Public || len(last.Actions) != len(keyActions) || last.Actions[0].Reason != outOfWork {
			t.Errorf("%s: %d, the last is %s with %d actions (%v)", what, len(list), last.Who, len(last.Actions), err)
		}
		if slices.ContainsFunc(list[:len(list)-2], notKnown) {
			t.Errorf("%s: something else is not known", what)
		}
	}
	external, err := u.External(&Zone{}, target)
	everybodyElse("external", 299, external, err) // accounts that the key does not let in take no work
	beyond, err := u.Beyond([]Need{ofRole("kms:Decrypt")}, target)
	everybodyElse("beyond", 100, beyond, err)
	need := ofAccount("200000000299", "kms:Decrypt", "kms:Encrypt")
	small := &Universe{Work: 10}
	for what, ask := range map[string]func() (Answer, error){
		"locks out": func() (Answer, error) { return small.LocksOut(target) },
		"denied":    func() (Answer, error) { return small.Denied(&need, target) },
		"exceeds":   func() (Answer, error) { return small.Exceeds([]Need{need}, target) },
		"outside":   func() (Answer, error) { return small.Outside(&need, []Need{need}, theKey) },
		"compare": func() (Answer, error) {
			d := target.Policy.Document()
			return (&Universe{Work: 5000}).NoMorePermissive(d, d, KeyPolicy, theKey), nil
		},
	} {
		if got, err := ask(); err != nil || got.Verdict != Unknown || got.Reason != outOfWork {
			t.Errorf("%s: %v %q (%v)", what, got.Verdict, got.Reason, err)
		}
	}
}

// TestWorkOfReach: the targets share the work of a call; what ends with it is not known.
func TestWorkOfReach(t *testing.T) {
	u := &Universe{Accounts: []Account{{ID: home}}, Work: 600}
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	for i := range 20 {
		u.Parties = append(u.Parties, Party{sessionOf(fmt.Sprintf("arn:aws:iam::111122223333:role/r%d", i)), authz.Layers{Identity: all}})
	}
	contradiction := allowTo(`{"AWS":"111122223333"}`, `{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"},"DateGreaterThan":{"aws:CurrentTime":"2021-01-01T00:00:00Z"}}`)
	target := &Target{Key: theKey, Policy: compiled(t, "key", contradiction)}
	for _, c := range []struct{ targets, want int }{{1, 0}, {2, 0}, {100, 20}} {
		targets := slices.Repeat([]*Target{target}, c.targets)
		got, err := u.Reach("kms:Decrypt", targets)
		if err != nil {
			t.Fatal(err)
		}
		for i, list := range got {
			if len(list) != c.want || len(list) > 0 && list[19] != (Reached{Party: 19, Verdict: Unknown}) {
				t.Errorf("%d targets: %d is reached by %d parties: %v", c.targets, i, len(list), list)
			}
		}
	}
	for _, c := range []struct{ work, targets, want int }{{0, 1, 400_000_000}, {0, 100, 4_000_000}, {0, 5000, 400_000}, {1000, 10, 1000}, {1000, 10_000, 10}, {1000, 0, 10_000}} {
		if got := (&Universe{Work: c.work}).share(c.targets); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// TestWorkIsCounted: a question costs its call what it took.
func TestWorkIsCounted(t *testing.T) {
	u := &Universe{Accounts: []Account{{ID: home, Closed: true}}}
	target := &Target{Key: theKey, Policy: compiled(t, "key", allowTo(`{"AWS":"111122223333"}`, `{"StringLike":{"kms:ViaService":["a*","b*","c*"],"aws:SourceVpce":["v1","v2"]}}`)+","+allowTo(`"*"`, `{"StringLike":{"kms:ViaService":"d*"}}`))}
	classes, err := u.classesFor(target)
	if err != nil {
		t.Fatal(err)
	}
	c := &classes[0] // the root user
	if c.weight != 2+(2+5+3+2)/entriesPerStep {
		t.Errorf("weight %d", c.weight)
	}
	left := u.budget()
	before := left.left
	a := u.onKey("kms:Decrypt", target, c, applicability("kms:Decrypt"), left).ask()
	if a.Verdict != Exists || a.e.work != 12 || a.s.work <= a.e.work || before-left.left != classWork+c.weight+a.s.work {
		t.Errorf("%v: %d for the policies, %d in all, %d are counted", a.Verdict, a.e.work, a.s.work, before-left.left)
	}
	e, alone := newEncoder(), u.onKey("kms:Decrypt", target, c, applicability("kms:Decrypt"), left)
	alone.setUp(e)
	f := alone.encode(e)
	s := newSearch(e.m, 1<<40)
	if sat, _ := s.satisfiable(and(f, e.legality()), func() bool { return true }); !sat || a.s.work != s.work+e.work {
		t.Errorf("the search alone takes %d", s.work)
	}
	before, done := left.left, a.s.work
	if ways, _ := a.ways(maxWays); len(ways) < 2 || before-left.left != a.s.work-done || a.s.work == done {
		t.Errorf("%d ways: %d of %d are counted", len(ways), before-left.left, a.s.work-done)
	}
	// A call with little left ends a search that the work of one question would not.
	little := &budget{classWork + c.weight + a.e.work - 1}
	if got := u.onKey("kms:Decrypt", target, c, applicability("kms:Decrypt"), little).ask(); got.Verdict != Unknown || got.Reason != outOfWork {
		t.Errorf("with little left: %v %s", got.Verdict, got.Reason)
	}
}

// TestWorkOfAutomata: the work of a question ends the search for a text, too, and each
// text that is tried counts.
func TestWorkOfAutomata(t *testing.T) {
	var cs []clause
	for _, s := range []string{"*a*b*c*", "*b*a*c*", "*c*b*a*", "*c*a*b*"} {
		var l letters
		for i := range len(s) {
			l = append(l, letter{s[i], s[i] == '*'})
		}
		cs = append(cs, clause{{pred: textPredicate(l.like())}})
	}
	text, verdict, whole := newProduct(cs).search(maxStates, 1<<40)
	if verdict != yes || !satisfies(text, cs) {
		t.Fatalf("%q %v", text, verdict)
	}
	if _, verdict, work := newProduct(cs).search(maxStates, whole/4); verdict != maybe || work > whole/2 {
		t.Errorf("%v after %d of %d", verdict, work, whole)
	}
	m := newModel()
	v := m.variable("x", func(v *variable) { v.hints = []string{"one", "two"} })
	s := newSearch(m, whole/4)
	if _, verdict := s.element(v, cs); verdict != maybe || s.work < 2*len(cs) {
		t.Errorf("%v after %d", verdict, s.work)
	}
	if s = newSearch(m, 1<<40); true {
		s.element(v, []clause{{{pred: textPredicate(everything())}}})
		if s.work != 1 {
			t.Errorf("one text against one clause: %d", s.work)
		}
	}
}
