package metrics

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSeries(t *testing.T) {
	var s Series
	begin := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	m := Metric{"111122223333", "eu-west-1", "App", "Load", map[string]string{"a": "b"}}
	for i, v := range []float64{3, 1, 7} {
		s.Put(m, begin.Add(time.Duration(i)*40*time.Second), One(v))
	}
	minutes := []Point{{begin, 2, 4, 1, 3}, {begin.Add(time.Minute), 1, 7, 7, 7}}
	if d := cmp.Diff(minutes, s.Points(m, begin, begin.Add(time.Hour), time.Minute)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(minutes[:1], s.Points(m, begin, begin.Add(time.Minute), time.Minute)); d != "" {
		t.Errorf("the end does not count: %s", d)
	}
	if d := cmp.Diff([]Point{{begin, 3, 11, 1, 7}}, s.Points(m, begin, begin.Add(time.Hour), 5*time.Minute)); d != "" {
		t.Error(d)
	}
	for _, other := range []Metric{
		{"444455556666", m.Region, m.Namespace, m.Name, m.Dimensions}, {m.Account, "us-east-1", m.Namespace, m.Name, m.Dimensions}, {m.Account, m.Region, "Ap", "pLoad", m.Dimensions},
		{m.Account, m.Region, m.Namespace, m.Name, nil}, {m.Account, m.Region, m.Namespace, m.Name, map[string]string{"a": "c"}},
	} {
		if got := s.Points(other, begin, begin.Add(time.Hour), time.Minute); got != nil {
			t.Errorf("%v has %v", other, got)
		}
	}
	if d := cmp.Diff([]Metric{m}, s.List(m.Account, m.Region)); d != "" {
		t.Error(d)
	}
	// After three hours a minute is forgotten, with the next that comes.
	s.Put(m, begin.Add(kept+time.Minute), One(5))
	if got := s.Points(m, begin, begin.Add(24*time.Hour), time.Minute); len(got) != 2 || !got[0].At.Equal(begin.Add(time.Minute)) {
		t.Errorf("kept %v", got)
	}
}

// TestSeriesAreBounded: data for more metrics than are kept is dropped.
func TestSeriesAreBounded(t *testing.T) {
	var s Series
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	for i := range maxMetrics + 1 {
		s.Put(Metric{Account: "a", Region: "r", Namespace: "n", Name: strconv.Itoa(i)}, now, One(1))
	}
	if got := len(s.List("a", "r")); got != maxMetrics {
		t.Errorf("%d metrics", got)
	}
	s.count(call{"a", "r", "Encrypt", ""}, now)
	s.Put(Metric{Account: "a", Region: "r", Namespace: "n", Name: "0"}, now, One(1))
	if got := s.Points(Metric{Account: "a", Region: "r", Namespace: "n", Name: "0"}, now, now.Add(time.Minute), time.Minute); len(got) != 1 || got[0].Count != 2 {
		t.Errorf("a metric that is there got %v", got)
	}
}
