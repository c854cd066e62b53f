package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what is kept in memory: CloudWatch keeps minutes for 15 days, and ListMetrics has
// what got data in two weeks.
const (
	kept        = 3 * time.Hour
	maxMetrics  = 10_000
	resolution  = time.Minute
	minutesKept = int64(kept / resolution)
)

// Metric is one metric of an account in a Region, as CloudWatch names it.
type Metric struct {
	Account, Region, Namespace, Name string
	// Dimensions are names and values.
	Dimensions map[string]string
}

// key is the same for equal metrics.
func (m *Metric) key() string {
	parts := []string{m.Account, m.Region, m.Namespace, m.Name}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		parts = append(parts, name, m.Dimensions[name])
	}
	return strings.Join(parts, "\x00")
}

// Point is what came in one period.
type Point struct {
	// At is when the period begins.
	At                      time.Time
	Count, Sum, Least, Most float64
}

// Add adds another point, which may have several values.
func (p *Point) Add(more Point) {
	if p.Count == 0 {
		p.Least, p.Most = more.Least, more.Most
	}
	p.Count, p.Sum = p.Count+more.Count, p.Sum+more.Sum
	p.Least, p.Most = min(p.Least, more.Least), max(p.Most, more.Most)
}

// One is the point of a single value.
func One(v float64) Point { return Point{Count: 1, Sum: v, Least: v, Most: v} }

// Series are metrics by the minute, of the last three hours and of at most 10,000 metrics;
// data for others is dropped. The zero value is empty. It is safe for concurrent use.
type Series struct {
	mu  sync.Mutex
	all map[string]*line
	// calls are the lines of calls of KMS.
	calls map[call]*line
}

type line struct {
	metric Metric
	points map[int64]*Point // by minute
}

// call tells calls of KMS apart; key is empty for the count of all.
type call struct{ account, region, operation, key string }

// Put adds values to a metric at a time.
func (s *Series) Put(m Metric, at time.Time, p Point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.line(m); l != nil {
		l.put(at, p)
	}
}

// line is the line of a metric, which is made; nil: there are too many.
func (s *Series) line(m Metric) *line {
	k := m.key()
	if l := s.all[k]; l != nil {
		return l
	}
	if len(s.all) >= maxMetrics {
		return nil
	}
	if s.all == nil {
		s.all, s.calls = map[string]*line{}, map[call]*line{}
	}
	l := &line{m, map[int64]*Point{}}
	s.all[k] = l
	return l
}

func (l *line) put(at time.Time, p Point) {
	minute := at.Unix() / int64(resolution/time.Second)
	to := l.points[minute]
	if to == nil {
		to = &Point{}
		l.points[minute] = to
		maps.DeleteFunc(l.points, func(m int64, _ *Point) bool { return m < minute-minutesKept })
	}
	to.Add(p)
}

// count counts a call of KMS.
func (s *Series) count(c call, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.calls[c]
	if l == nil {
		m := Metric{c.account, c.region, "AWS/Usage", "CallCount", map[string]string{"Service": "KMS", "Type": "API", "Class": "None", "Resource": c.operation}}
		if c.key != "" {
			m = Metric{c.account, c.region, "AWS/KMS", "SuccessfulRequest", map[string]string{"KeyArn": c.key, "Operation": c.operation}}
		}
		if l = s.line(m); l == nil {
			return
		}
		s.calls[c] = l
	}
	l.put(at, One(1))
}

// List returns the metrics of an account in a Region, in the order of their names.
func (s *Series) List(account, region string) []Metric {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Metric
	for _, l := range s.all {
		if l.metric.Account == account && l.metric.Region == region {
			out = append(out, l.metric)
		}
	}
	slices.SortFunc(out, func(a, b Metric) int { return cmp.Compare(a.key(), b.key()) })
	return out
}

// Points returns the points of a metric by periods, which begin at multiples of the period from
// the first to before the last, the oldest first. Periods without data have none.
func (s *Series) Points(m Metric, from, to time.Time, period time.Duration) []Point {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.all[m.key()]
	if l == nil {
		return nil
	}
	by := map[time.Time]*Point{}
	for minute, p := range l.points {
		at := time.Unix(minute*int64(resolution/time.Second), 0).UTC()
		if at.Before(from) || !at.Before(to) {
			continue
		}
		begin := time.Unix(at.Unix()-at.Unix()%int64(period/time.Second), 0).UTC()
		if by[begin] == nil {
			by[begin] = &Point{At: begin}
		}
		by[begin].Add(*p)
	}
	var out []Point
	for _, p := range by {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Point) int { return a.At.Compare(b.At) })
	return out
}
