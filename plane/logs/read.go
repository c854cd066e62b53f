package logs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// mostEvents is the largest page of events, in number; mostPage is it in bytes.
const (
	mostEvents = 10_000
	mostPage   = 1 << 20
)

// within says whether an event is of the times that a request asks for.
func within(r *emulate.Request, e event) bool {
	return (!r.In.Has("startTime") || e.Timestamp >= r.In.Int("startTime")) &&
		(!r.In.Has("endTime") || e.Timestamp < r.In.Int("endTime"))
}

// byTime sorts events; those of the same time stay in the order in which they came.
func byTime(events []event) {
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
}

// getEvents returns a page of a stream. Tokens are places between events: f/N goes on after
// N events, b/N with those before.
func getEvents(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := group(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	s, err := stream(r, r.Service.Records.Get, g.ID, r.In.Text("logStreamName"))
	if err != nil {
		return nil, err
	}
	d := reader{request: r, subject: subject(r, g.ID)}
	all, err := d.read(ctx, g, s.ID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(e event) bool { return !within(r, e) })
	byTime(all)
	from, to, err := page(r, all)
	if err != nil {
		return nil, err
	}
	events := []any{}
	for _, e := range all[from:to] {
		events = append(events, wire.Object{"timestamp": e.Timestamp, "message": e.Message, "ingestionTime": e.Ingested})
	}
	return wire.Object{"events": events, "nextForwardToken": place("f", to), "nextBackwardToken": place("b", from)}, nil
}

func place(direction string, at int) string { return fmt.Sprintf("%s/%056d/s", direction, at) }

// page is the part of the events that a request asks for: from the end of the stream, from its
// head, or on from a token.
func page(r *emulate.Request, all []event) (from, to int, err error) {
	forward, at := r.In.Bool("startFromHead"), len(all)
	if forward {
		at = 0
	}
	if token := r.In.Text("nextToken"); token != "" {
		parts := strings.Split(token, "/")
		if at, err = strconv.Atoi(parts[min(1, len(parts)-1)]); err != nil || len(parts) != 3 || at < 0 || at > len(all) || parts[0] != "f" && parts[0] != "b" {
			return 0, 0, r.Fail(invalid, "The specified nextToken is invalid.")
		}
		forward = parts[0] == "f"
	}
	limit := mostEvents
	if n := int(r.In.Int("limit")); n > 0 {
		limit = min(n, limit)
	}
	from, to = at, at
	for size := 0; to-from < limit; {
		var e event
		switch {
		case forward && to < len(all):
			e = all[to]
		case !forward && from > 0:
			e = all[from-1]
		default:
			return from, to, nil
		}
		if size += len(e.Message) + eventOverhead; size > mostPage && to > from {
			return from, to, nil
		}
		if forward {
			to++
		} else {
			from--
		}
	}
	return from, to, nil
}

func filterEvents(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := group(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	match, problem := pattern(r.In.Text("filterPattern"))
	if problem != "" {
		return nil, r.Fail(invalid, "%s", problem)
	}
	names, prefix := r.In.Texts("logStreamNames"), r.In.Text("logStreamNamePrefix")
	if names != nil && prefix != "" {
		return nil, r.Fail(invalid, "Only one of logStreamNames or logStreamNamePrefix can be specified.")
	}
	for _, name := range names {
		if _, err := stream(r, r.Service.Records.Get, g.ID, name); err != nil {
			return nil, err
		}
	}
	d := reader{request: r, subject: subject(r, g.ID)}
	var found []event
	for _, s := range r.List(streamKind(g.ID)) {
		if !strings.HasPrefix(s.ID, prefix) || names != nil && !slices.Contains(names, s.ID) {
			continue
		}
		events, err := d.read(ctx, g, s.ID)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if within(r, e) && match(e.Message) {
				found = append(found, e)
			}
		}
	}
	byTime(found)
	items := make([]wire.Object, len(found))
	for i, e := range found {
		items[i] = wire.Object{"logStreamName": e.stream, "timestamp": e.Timestamp, "message": e.Message, "ingestionTime": e.Ingested, "eventId": e.id}
	}
	out, err := r.Page(items, mostEvents, invalid)
	if err == nil {
		// "Starting on May 15, 2020, this field is always an empty list":
		// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
		out["searchedLogStreams"] = []any{}
	}
	return out, err
}
