package agents

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// jobKind is the kind of the ingestion jobs of a data source.
func jobKind(source *records.Record) string { return "ingestion-job/" + source.ID }

// abandoned is when a job counts as failed that nobody finished, such as when the plane
// stopped.
const abandoned = time.Hour

// running says whether a job is not done.
func running(job *records.Record) bool {
	return slices.Contains([]string{"STARTING", "IN_PROGRESS", "STOPPING"}, job.Doc.Text("status"))
}

// noneRunning refuses when one of the jobs of a data source is running. That a second one is refused
// is documented, the text is not recorded.
// Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html (concurrent ingestion jobs per data source)
func noneRunning(r *emulate.Request, jobs []*records.Record) error {
	for _, job := range jobs {
		if running(job) {
			return r.Fail(conflict, "There is an ongoing ingestion job %s for the data source. Retry your request when it is done.", job.ID)
		}
	}
	return nil
}

// startJob ingests the data source at once. Its status says so when the plane's statuses
// settle. What is in the way is not the caller's: it is the job that fails.
func startJob(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	base, err := readyBase(r)
	if err != nil {
		return nil, err
	}
	_, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.UpperDigits, 10)
	job := &records.Record{Key: r.Key(jobKind(source), id), Doc: r.In.Pick("knowledgeBaseId", "dataSourceId", "description")}
	job.Doc["ingestionJobId"], job.Doc["status"], job.Doc["statistics"] = id, "STARTING", newStatistics()
	job.Next = &records.Next{At: r.Service.Now().Add(abandoned), Set: wire.Object{"status": "FAILED", "failureReasons": []any{"The ingestion was interrupted."}}}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(source.Key) == nil {
			return missing(r)
		}
		if err := noneRunning(r, tx.List(control, job.Kind, r.Account, r.Region)); err != nil {
			return err
		}
		tx.Put(job)
		return nil
	})
	if err != nil {
		return nil, err
	}
	ended := ingest(ctx, r, base, source)
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(job.Key)
		if now == nil || now.Doc.Text("status") != "STARTING" {
			return nil // it was stopped, or went with its data source
		}
		next := *now
		next.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Set: ended}
		tx.Put(&next)
		return nil
	})
	return wire.Object{"ingestionJob": jobOut(r, job)}, err
}

// jobOut is a job as it is answered: after its start it is in progress.
func jobOut(r *emulate.Request, job *records.Record) wire.Object {
	out := job.Doc.With(wire.Object{"startedAt": job.Created, "updatedAt": job.Updated})
	if out.Text("status") == "STARTING" && r.Service.Now().After(job.Created) {
		out["status"] = "IN_PROGRESS"
	}
	return out
}

func findJob(r *emulate.Request) (*records.Record, error) {
	_, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	if job := r.Service.Records.Get(r.Key(jobKind(source), r.In.Text("ingestionJobId"))); job != nil {
		return job, nil
	}
	return nil, missing(r)
}

func getJob(_ context.Context, r *emulate.Request) (wire.Object, error) {
	job, err := findJob(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"ingestionJob": jobOut(r, job)}, nil
}

// listJobs lists the newest first, unless the request sorts them otherwise.
func listJobs(_ context.Context, r *emulate.Request) (wire.Object, error) {
	_, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	all := []wire.Object{}
	for _, job := range r.List(jobKind(source)) {
		out := jobOut(r, job)
		wanted := true
		for _, f := range r.In.Objects("filters") {
			wanted = wanted && slices.Contains(f.Texts("values"), out.Text("status"))
		}
		if wanted {
			all = append(all, out.Without("failureReasons"))
		}
	}
	if r.In.Text("sortBy.attribute") == "STATUS" {
		slices.SortStableFunc(all, func(a, b wire.Object) int { return cmp.Compare(a.Text("status"), b.Text("status")) })
	}
	if r.In.Text("sortBy.order") != "ASCENDING" {
		slices.Reverse(all)
	}
	return r.Page(all, mostListed, invalid)
}

// stopJob stops a job. What it ingested until then stays.
func stopJob(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	found, err := findJob(r)
	if err != nil {
		return nil, err
	}
	var job *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(found.Key)
		if now == nil {
			return missing(r)
		}
		if now.Doc.Text("status") != "STARTING" {
			return r.Fail(conflict, "The ingestion job %s is in the status %s and can't be stopped.", now.ID, now.Doc.Text("status")) // unconfirmed text
		}
		set := wire.Object{"status": "STOPPING"}
		if s := now.Next.Set.Object("statistics"); s != nil {
			set["statistics"] = s
		}
		job = becomes(r, now.Change(tx.Now(), set), wire.Object{"status": "STOPPED"})
		tx.Put(job)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"ingestionJob": jobOut(r, job)}, nil
}
