package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// written are the records in the files below a folder by file, and that there is nothing
// else.
func written(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(z)
		if err != nil {
			return err
		}
		var all struct{ Records []json.RawMessage }
		if err := json.Unmarshal(text, &all); err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		for _, r := range all.Records {
			out[name] = append(out[name], string(r))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trail")
	l := newLocal(t, Options{Dir: dir, Every: time.Hour})
	l.newKey(`{}`)
	l.kmsCall("AKIAALICE", "ListKeys", `{}`)
	l.kmsCall("AKIABOB", "ListKeys", `{}`)
	if got := written(t, dir); len(got) != 0 {
		t.Errorf("written before the time: %v", got)
	}
	for range 2 {
		if err := l.trail.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l.kmsCall("AKIABOB", "ListKeys", `{}`) // in memory only
	got, all := written(t, dir), l.records()
	if len(got) != 2 || len(all) != 4 {
		t.Fatalf("%d files, %d records: %v", len(got), len(all), got)
	}
	for account, want := range map[string][]string{home: all[:2], abroad: all[2:3]} {
		name := regexp.MustCompile(`^AWSLogs/` + account + `/CloudTrail/eu-west-1/2026/11/05/` + account + `_CloudTrail_eu-west-1_20261105T1204Z_[A-Z2-7]{16}\.json\.gz$`)
		found := false
		for file, records := range got {
			if name.MatchString(file) {
				found = true
				if !slices.Equal(records, want) {
					t.Errorf("%s: %v, want %v", file, records, want)
				}
			}
		}
		if !found {
			t.Errorf("%v: none for %s", got, name)
		}
	}
}

func listKeys() *plane.Call {
	return &plane.Call{
		Service: &plane.Service{Name: "kms"}, Operation: "ListKeys", Account: home, Region: region, Began: time.Now(), EventID: newID(),
		Caller: &plane.Caller{Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home}},
	}
}

// TestFilesInTime: a file is closed every few seconds, if there is something to write.
func TestFilesInTime(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		trail, err := New(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int{0, 1, 1, 2} {
			if i%2 == 0 {
				trail.Observe(listKeys())
				trail.Observe(listKeys())
				time.Sleep(4 * time.Second)
			} else {
				time.Sleep(time.Second + time.Minute)
			}
			synctest.Wait()
			if got := written(t, dir); len(got) != want {
				t.Errorf("step %d: %d files, want %d", i, len(got), want)
			}
		}
		if err := trail.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestFilesMuch: much is written before its time.
func TestFilesMuch(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		trail, err := New(Options{Dir: dir, Every: time.Hour, Keep: 1})
		if err != nil {
			t.Fatal(err)
		}
		c, n := listKeys(), 0
		c.UserAgent = strings.Repeat("x", 1000)
		for len(written(t, dir)) == 0 && n < 3*soon/1000 {
			for range 1000 {
				trail.Observe(c)
				n++
			}
			synctest.Wait()
		}
		if want := soon / 1400; n < want || n > 2*want {
			t.Errorf("%d records were observed before a file was there", n)
		}
		if err := trail.Close(); err != nil {
			t.Error(err)
		}
		sum := 0
		for _, records := range written(t, dir) {
			sum += len(records)
		}
		if sum != n {
			t.Errorf("%d records are written, want %d", sum, n)
		}
	})
}

// TestFilesRefused: what cannot be written waits, and is written when it can be.
func TestFilesRefused(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		trail, err := New(Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		obstacle := filepath.Join(dir, "AWSLogs")
		if err := os.WriteFile(obstacle, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			trail.Observe(listKeys())
			time.Sleep(5 * time.Second)
			synctest.Wait()
		}
		if n := strings.Count(log.String(), "CloudTrail log files are not written; their records wait in memory"); n != 2 || !strings.Contains(log.String(), obstacle+": not a directory") {
			t.Errorf("%d times: %s", n, log.String())
		}
		if err := os.Remove(obstacle); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		var all []string
		for _, records := range written(t, dir) {
			all = append(all, records...)
		}
		if first := string(trail.ring.slots[0].record); len(all) != 2 || all[0] != first {
			t.Errorf("%v", all)
		}
		trail.Observe(listKeys())
		if err := os.RemoveAll(obstacle); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(obstacle, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := trail.Close(); err == nil || err.Error() != "cloudtrail: mkdir "+obstacle+": not a directory" {
				t.Errorf("%v", err)
			}
		}
	})
	if _, err := New(Options{Dir: filepath.Join(dir, "AWSLogs", "x")}); err == nil || err.Error() != "cloudtrail: mkdir "+filepath.Join(dir, "AWSLogs")+": not a directory" {
		t.Errorf("%v", err)
	}
}

// TestFilesTooMuch: what cannot be written has bounds, and what was lost is said.
func TestFilesTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trail, err := New(Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		trail.files.mu.Lock()
		trail.files.size = tooMuch - 10
		trail.files.mu.Unlock()
		trail.Observe(listKeys())
		if err := trail.Close(); err == nil || err.Error() != "cloudtrail: 1 records were not kept" {
			t.Errorf("%v", err)
		}
	})
}
