package policy

import "sort"

// lines finds line and column of an offset without counting from the start each
// time, so that a text with very many faults stays cheap.
type lines []int // offsets at which lines begin

func newLines(s string) lines {
	out := lines{0}
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

func (l lines) place(at int) Place {
	i := sort.SearchInts(l, at+1) - 1
	return Place{Offset: at, Line: i + 1, Column: at - l[i] + 1}
}
