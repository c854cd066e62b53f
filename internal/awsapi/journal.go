package awsapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/bedlock/bedlock/internal/filelock"
	"github.com/bedlock/bedlock/inventory"
)

// journal is the file to which a collection writes what it reads, so that memory does not grow
// with it, and from which an interrupted one goes on. Each line is a JSON record. What counts
// are the records of a unit between whose first and its "done" no new run began: a unit that
// was cut off is read again.
type journal struct {
	mu      sync.Mutex
	file    *os.File
	w       *bufio.Writer
	run     int
	done    map[string]int // unit → the run that finished it
	flushed time.Time
	temp    bool
}

// record is one line.
type record struct {
	// Settings begin the journal, once.
	Settings json.RawMessage `json:"settings,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Run      int             `json:"run,omitempty"`
	Done     bool            `json:"done,omitempty"`

	Resource *resource `json:"resource,omitempty"`
	// Failed is a list that could not be read.
	Failed  *failure                 `json:"failed,omitempty"`
	Account *inventory.Account       `json:"account,omitempty"`
	Policy  *inventory.ControlPolicy `json:"policy,omitempty"`
}

// resource is what was read of one resource.
type resource struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Account string `json:"account"`
	Region  string `json:"region,omitempty"`
	// Answers are documents by operation, Errors those of operations that failed.
	Answers map[string]any    `json:"answers,omitempty"`
	Errors  map[string]string `json:"errors,omitempty"`
	// Tags is nil where there are none; an error is in Errors under "Tags".
	Tags map[string]string `json:"tags,omitempty"`
}

// failure is a call that failed and what cannot be told because of it.
type failure struct {
	Account string `json:"account"`
	Region  string `json:"region,omitempty"`
	Service string `json:"service,omitempty"`
	// Subject is the type whose resources are not known.
	Subject   string `json:"subject,omitempty"`
	Operation string `json:"operation"`
	Error     string `json:"error"`
	// Unoffered: the endpoint does not have the operation, so there is nothing to list.
	Unoffered bool `json:"unoffered,omitempty"`
}

// flushEvery is how much work a crash of the machine loses at most.
const flushEvery = time.Second

// openJournal opens the journal in a folder, or a temporary one that goes with the collection.
// A journal of other settings is refused, and one that another process writes.
func openJournal(dir string, settings any) (*journal, error) {
	j := &journal{done: map[string]int{}, run: 1, temp: dir == ""}
	header, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	if j.temp {
		j.file, err = os.CreateTemp("", "bedlock-*.journal")
	} else if err = os.MkdirAll(dir, 0o700); err == nil {
		j.file, err = openLocked(filepath.Join(dir, "aws.journal"))
	}
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := j.resume(header); err != nil {
		j.file.Close()
		return nil, fmt.Errorf("open journal %s: %w", j.file.Name(), err)
	}
	j.w = bufio.NewWriterSize(j.file, 1<<16)
	return j, nil
}

// errBusy says that two collections would write one journal.
var errBusy = errors.New("another collection is writing it: wait for its end, or choose another folder")

// openLocked opens a file for this process alone. One that its former owner removed in between
// is not the file that the next process would open.
func openLocked(path string) (*os.File, error) {
	for {
		f, err := filelock.Open(path)
		if errors.Is(err, filelock.ErrHeld) {
			return nil, fmt.Errorf("%s: %w", path, errBusy)
		}
		if err != nil {
			return nil, err
		}
		mine, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if now, err := os.Stat(path); err == nil && os.SameFile(mine, now) {
			return f, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// errSettings says that a journal is not of this collection.
var errSettings = errors.New("it is of a collection with other accounts, Regions or types: finish that one, or remove the file")

// resume reads what earlier runs finished. A last line that was cut off is cut away.
func (j *journal) resume(header []byte) error {
	var end int64
	first := true
	err := readLines(j.file, func(line []byte, r record) error {
		end += int64(len(line)) + 1
		switch {
		case first && !bytes.Equal(r.Settings, header):
			return errSettings
		case r.Done:
			j.done[r.Unit] = r.Run
		}
		first = false
		j.run = max(j.run, r.Run+1)
		return nil
	})
	if err != nil {
		return err
	}
	if err := j.file.Truncate(end); err != nil {
		return err
	}
	if _, err := j.file.Seek(end, io.SeekStart); err != nil {
		return err
	}
	if !first {
		return nil
	}
	line, err := json.Marshal(record{Settings: header})
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// readLines calls each for every whole line of a journal.
func readLines(f *os.File, each func(line []byte, r record) error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	b := bufio.NewReaderSize(f, 1<<16)
	for n := 1; ; n++ {
		line, err := b.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line = line[:len(line)-1]
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("line %d is damaged (%w): remove the file to begin anew", n, err)
		}
		if err := each(line, r); err != nil {
			return err
		}
	}
}

// finished says whether an earlier run finished a unit.
func (j *journal) finished(unit string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done[unit] != 0
}

// write appends a record. Everything written before a call of write that is a second older
// than the one before is on the disk.
func (j *journal) write(r record) error {
	r.Run = j.run
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if r.Done {
		j.done[r.Unit] = j.run
	}
	if now := time.Now(); r.Done && now.Sub(j.flushed) > flushEvery {
		j.flushed = now
		return j.sync()
	}
	return nil
}

func (j *journal) sync() error {
	if err := j.w.Flush(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if j.temp {
		return nil
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// records calls each for every record that counts.
func (j *journal) records(each func(record) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.sync(); err != nil {
		return err
	}
	return readLines(j.file, func(_ []byte, r record) error {
		if r.Unit == "" || r.Done || j.done[r.Unit] != r.Run {
			return nil
		}
		return each(r)
	})
}

// close keeps the journal for the next run, remove is for a collection that is complete.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := errors.Join(j.sync(), j.file.Close())
	if j.temp {
		err = errors.Join(err, os.Remove(j.file.Name()))
	}
	return err
}

func (j *journal) remove() error {
	err := j.close()
	if !j.temp {
		err = errors.Join(err, os.Remove(j.file.Name()))
	}
	return err
}
