package apply

import (
	"crypto/rand"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
)

// Unwritten begins a journal that is in memory only: of a run that nobody goes on with, as that of a
// rehearsal.
func Unwritten(p *fix.Plan, now func() time.Time) *Journal {
	j := &Journal{steps: map[string]*progress{}, now: now}
	j.begin(p, rand.Text(), now().UTC())
	return j
}
