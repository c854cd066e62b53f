package symbolic

// clause is a disjunction of demands on one value.
type clause []demand

// demand is a predicate that a value must satisfy, or must not.
type demand struct {
	pred *predicate
	not  bool
}

// verdict3 is an answer about feasibility. The zero value is invalid.
type verdict3 uint8

const (
	no verdict3 = iota + 1
	yes
	// maybe: not decided; treated as feasible, without a value to show.
	maybe
)

// product looks for a text that satisfies every clause, all of whose predicates
// are patterns: breadth first over the product of their automata, so the text
// found is a shortest one.
type product struct {
	clauses  []clause
	patterns []*pattern
	offset   []int // of each pattern's words in a state
	index    map[*pattern]int
	width    int

	states state // one after another
	parent []int32
	via    []byte
	seen   map[string]struct{}
}

func newProduct(clauses []clause) *product {
	p := &product{clauses: clauses, index: map[*pattern]int{}, seen: map[string]struct{}{}}
	for _, c := range clauses {
		for _, d := range c {
			if _, ok := p.index[d.pred.pattern]; ok {
				continue
			}
			p.index[d.pred.pattern] = len(p.patterns)
			p.patterns = append(p.patterns, d.pred.pattern)
			p.offset = append(p.offset, p.width)
			p.width += d.pred.pattern.words()
		}
	}
	return p
}

func (p *product) part(s state, i int) state {
	return s[p.offset[i] : p.offset[i]+p.patterns[i].words()]
}

// search visits at most so many states, with at most so much work. It returns the text
// and the work done, in steps of patterns.
func (p *product) search(states, work int) (string, verdict3, int) {
	start := make(state, p.width)
	for i, pat := range p.patterns {
		s := p.part(start, i)
		s[0] = 1
		pat.close(s)
	}
	if !p.hopeful(start) {
		return "", no, 1
	}
	alphabet := p.alphabet()
	p.push(start, -1, 0)
	next := make(state, p.width)
	for at := 0; at < len(p.parent); at++ {
		if done := p.work(at, alphabet); len(p.parent) > states || done > work {
			return "", maybe, done
		}
		if p.accepts(p.states[at*p.width : (at+1)*p.width]) {
			return p.text(at), yes, p.work(at, alphabet)
		}
		for _, b := range alphabet {
			here := p.states[at*p.width : (at+1)*p.width]
			for i, pat := range p.patterns {
				pat.step(p.part(next, i), p.part(here, i), b)
			}
			if p.hopeful(next) {
				p.push(next, at, b)
			}
		}
	}
	return "", no, p.work(len(p.parent), alphabet)
}

func (p *product) work(states int, alphabet []byte) int {
	return (states + 1) * len(p.patterns) * len(alphabet)
}

func (p *product) push(s state, parent int, via byte) {
	key := make([]byte, 0, 8*len(s))
	for _, w := range s {
		for k := 0; k < 64; k += 8 {
			key = append(key, byte(w>>k))
		}
	}
	if _, ok := p.seen[string(key)]; ok {
		return
	}
	p.seen[string(key)] = struct{}{}
	p.states = append(p.states, s...)
	p.parent = append(p.parent, int32(parent))
	p.via = append(p.via, via)
}

func (p *product) text(at int) string {
	n := 0
	for i := at; p.parent[i] >= 0; i = int(p.parent[i]) {
		n++
	}
	b := make([]rune, n)
	for i := at; n > 0; i = int(p.parent[i]) {
		n--
		if b[n] = rune(p.via[i]); b[n] == beyond {
			b[n] = 'é'
		}
	}
	return string(b)
}

func (p *product) accepts(s state) bool {
	return p.all(s, func(pat *pattern, s state, not bool) bool { return pat.accepts(s) != not })
}

// hopeful reports whether no clause is lost for good in a state.
func (p *product) hopeful(s state) bool {
	return p.all(s, func(pat *pattern, s state, not bool) bool {
		if not {
			return !pat.always(s)
		}
		for _, w := range s {
			if w != 0 {
				return true
			}
		}
		return false
	})
}

func (p *product) all(s state, holds func(*pattern, state, bool) bool) bool {
	for _, c := range p.clauses {
		ok := false
		for _, d := range c {
			i := p.index[d.pred.pattern]
			if ok = holds(d.pred.pattern, p.part(s, i), d.not); ok {
				break
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// preferred are the characters that stand for all characters which the patterns do not tell
// apart, the most readable first.
const preferred = "xqzj0987abcdefghiklmnoprstuvwyABCDEFGHIJKLMNOPQRSTUVWXYZ123456-_.~!/+=@,;#$%&()<>[]^{}|'`\" "

// alphabet returns one byte for each class of characters that no pattern tells apart.
func (p *product) alphabet() []byte {
	var single charset // characters that some token names alone, or as a pair of cases
	sets := map[charset]bool{}
	for _, pat := range p.patterns {
		for _, t := range pat.tokens {
			if n := t.set.size(); n > 2 {
				sets[t.set] = true
				continue
			}
			for w, x := range t.set {
				single[w] |= x
			}
		}
	}
	var out []byte
	classes := map[string]bool{}
	signature := make([]byte, 0, len(sets))
	list := make([]charset, 0, len(sets))
	for s := range sets {
		list = append(list, s)
	}
	try := func(b byte) {
		if single.has(b) {
			return
		}
		signature = signature[:0]
		for i := range list {
			if list[i].has(b) {
				signature = append(signature, '1')
			} else {
				signature = append(signature, '0')
			}
		}
		if !classes[string(signature)] {
			classes[string(signature)] = true
			out = append(out, b)
		}
	}
	for i := 0; i < len(preferred); i++ {
		try(preferred[i])
	}
	for b := 1; b <= beyond; b++ {
		if single.has(byte(b)) {
			out = append(out, byte(b))
		} else {
			try(byte(b))
		}
	}
	return out
}
