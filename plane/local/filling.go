package local

import (
	"crypto/rand"
	"io"
	"sync"
	"time"
)

// Filling is what a seed is filled in with.
type Filling struct {
	// IDs is the source of all ids. Keys are never made of it.
	IDs io.Reader
	// At is the time of everything; a plane's clock goes on from its own.
	At time.Time
}

// filling is the clock of a plane and its source of ids: those of Filling until it has ended.
type filling struct {
	*Filling
	random io.Reader        // nil: crypto/rand
	now    func() time.Time // nil: the machine's

	mu    sync.Mutex
	ended bool
}

func (f *filling) Read(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.ended:
		return f.IDs.Read(b)
	case f.random != nil:
		return f.random.Read(b)
	}
	return rand.Read(b)
}

// Now is the time.
func (f *filling) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.ended:
		return f.At
	case f.now != nil:
		return f.now()
	}
	return time.Now()
}

func (f *filling) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
}
