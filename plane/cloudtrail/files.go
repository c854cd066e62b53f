package cloudtrail

import (
	"compress/gzip"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// soon is how many bytes of records are written before their time.
	soon = 8 << 20
	// tooMuch is how many bytes of records are kept while none can be written; what comes
	// then is not.
	tooMuch = 256 << 20

	temporaryNames = ".cloudtrail-*"
)

// files writes log files, one per account and Region and interval.
type files struct {
	dir   string
	every time.Duration
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	waiting map[place][]byte // records with a comma after each
	size    int
	lost    int // records that were not kept
	closed  bool

	wake, stop, stopped chan struct{}
	once                sync.Once
	err                 error // of the last writing, once stopped
}

type place struct{ account, region string }

// newFiles begins to write; close ends it.
func newFiles(o Options) (*files, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	// What a killed process was writing. If another one is writing just now, it fails and
	// tries again.
	left, err := filepath.Glob(filepath.Join(o.Dir, temporaryNames))
	if err != nil {
		return nil, err
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	f := &files{
		dir: o.Dir, every: o.Every, now: o.Now, log: o.Log, waiting: map[place][]byte{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go f.run()
	return f, nil
}

// add keeps a copy of a record to be written.
func (f *files) add(e *Event, encoded []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	if f.size+len(encoded) > tooMuch {
		f.lost++
		return
	}
	p := place{e.Account, e.Region}
	f.waiting[p] = append(append(f.waiting[p], encoded...), ',')
	if f.size += len(encoded) + 1; f.size > soon {
		select {
		case f.wake <- struct{}{}:
		default:
		}
	}
}

// run writes until close.
func (f *files) run() {
	defer close(f.stopped)
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-f.wake:
		case <-f.stop:
			f.err = f.write(true)
			return
		}
		if err := f.write(false); err != nil {
			f.log.Error("CloudTrail log files are not written; their records wait in memory", "folder", f.dir, "error", err)
		}
	}
}

// close writes what waits and stops.
func (f *files) close() error {
	f.once.Do(func() { close(f.stop) })
	<-f.stopped
	return f.err
}

// write writes what waits. What cannot be written waits on.
func (f *files) write(last bool) error {
	f.mu.Lock()
	waiting, lost := f.waiting, f.lost
	f.waiting, f.size, f.lost, f.closed = map[place][]byte{}, 0, 0, last
	f.mu.Unlock()
	var errs []error
	if lost > 0 {
		errs = append(errs, fmt.Errorf("%d records were not kept", lost))
	}
	for p, records := range waiting {
		if err := f.writeFile(p, records[:len(records)-1]); err != nil {
			errs = append(errs, err)
			f.mu.Lock()
			f.waiting[p] = append(records, f.waiting[p]...)
			f.size += len(records)
			f.mu.Unlock()
		}
	}
	return errors.Join(errs...)
}

// writeFile writes one file, which is there when it is complete.
// Source of its name: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
func (f *files) writeFile(p place, records []byte) (err error) {
	now := f.now().UTC()
	dir := filepath.Join(f.dir, "AWSLogs", p.account, "CloudTrail", p.region, now.Format("2006"), now.Format("01"), now.Format("02"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(f.dir, temporaryNames) // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temporary.Close()
			_ = os.Remove(temporary.Name())
		}
	}()
	if err := compress(temporary, records); err != nil {
		return err
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	name := p.account + "_CloudTrail_" + p.region + "_" + now.Format("20060102T1504Z") + "_" + rand.Text()[:16] + ".json.gz"
	if err := os.Rename(temporary.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

func compress(to *os.File, records []byte) error {
	z, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return err
	}
	for _, part := range [][]byte{[]byte(`{"Records":[`), records, []byte(`]}`)} {
		if _, err := z.Write(part); err != nil {
			return err
		}
	}
	return z.Close()
}

// syncDir makes a new name in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
