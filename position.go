package bedlock

import (
	"strconv"
)

// Position is a place in a source file. Line and Column count from 1; Column
// counts bytes of the UTF-8 text. The zero Position means "nowhere": the fact
// does not come from a file. File is slash-separated and as the user gave it.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int32  `json:"line,omitempty"`
	Column int32  `json:"column,omitempty"`
}

// IsZero reports whether p is nowhere.
func (p Position) IsZero() bool { return p == Position{} }

// String returns file:line:column, leaving out what is not known.
func (p Position) String() string {
	if p.File == "" && p.Line == 0 {
		return ""
	}
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(int(p.Line))
		if p.Column > 0 {
			s += ":" + strconv.Itoa(int(p.Column))
		}
	}
	return s
}
