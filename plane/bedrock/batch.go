package bedrock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var invocationJobs = collection{
	kind: "model-invocation-job", noun: "batch inference job", arn: "jobArn", name: "jobName", status: "status",
	created: "submitTime", updated: "lastModifiedTime", ended: "endTime",
	summary: []string{
		"jobArn", "jobName", "modelId", "clientRequestToken", "roleArn", "status", "message", "submitTime", "lastModifiedTime", "endTime", "inputDataConfig",
		"outputDataConfig", "vpcConfig", "timeoutDurationInHours", "jobExpirationTime", "modelInvocationType", countTotal, countDone, countGood, countBad,
	},
	equals: map[string]string{"statusEquals": "status"},
}

// The members with the counts of records.
const (
	countTotal = "totalRecordCount"
	countDone  = "processedRecordCount"
	countGood  = "successRecordCount"
	countBad   = "errorRecordCount"
)

// fewestRecords is how many records a job must have, for most models.
// Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const fewestRecords = 100

// batches are the operations of batch inference jobs.
func batches() operations {
	return operations{
		"CreateModelInvocationJob": {Action: emulate.ByItself, Do: createInvocationJob},
		"GetModelInvocationJob":    {Resource: invocationJobs.resource("jobIdentifier"), Do: getInvocationJob},
		"ListModelInvocationJobs":  invocationJobs.list(),
		"StopModelInvocationJob":   {Resource: invocationJobs.resource("jobIdentifier"), Do: stopInvocationJob},
	}
}

// createInvocationJob answers all records at once; the status says so when the plane's
// statuses settle. What is in the way of the role fails the job.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html
func createInvocationJob(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	m, err := servedBy(r, r.In.Text("modelId"), true)
	if m == nil && err == nil {
		m, err = invoked(r)
	}
	if err != nil {
		return nil, err
	}
	job := invocationJobs.make(r, "", r.In.Pick("jobName", "roleArn", "clientRequestToken", "modelId", "inputDataConfig", "outputDataConfig", "vpcConfig", "timeoutDurationInHours"))
	arn, tags := job.Doc.Text("jobArn"), r.TagsIn("tags")
	if err := allowAll(ctx, r, "CreateModelInvocationJob", []string{m.arn(r), arn}, arn, tags); err != nil {
		return nil, err
	}
	who, err := jobRole(ctx, r, arn)
	if err != nil {
		return nil, err
	}
	if err := invocationJobs.free(r, r.Service.Records, r.In.Text("jobName")); err != nil {
		return nil, err
	}
	if err := m.load(ctx, r); err != nil {
		return nil, err
	}
	b := &batch{r: r, model: m, who: who, id: job.ID, converse: r.In.Text("modelInvocationType") == "Converse"}
	set := wire.Object{"status": "Completed"}
	if err := b.run(ctx); err != nil {
		set = wire.Object{"status": "Failed", "message": err.Error()}
	}
	job.Doc["status"], job.Doc["modelInvocationType"] = "Submitted", "InvokeModel"
	if b.converse {
		job.Doc["modelInvocationType"] = "Converse"
	}
	if !job.Doc.Has("timeoutDurationInHours") {
		job.Doc["timeoutDurationInHours"] = int64(24)
	}
	set = set.With(b.counts())
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := invocationJobs.free(r, tx, r.In.Text("jobName")); err != nil {
			return err
		}
		tx.Put(becomes(r, job, set))
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return wire.Object{"jobArn": arn}, err
}

func getInvocationJob(_ context.Context, r *emulate.Request) (wire.Object, error) {
	job, err := invocationJobs.named(r, "jobIdentifier")
	if err != nil {
		return nil, err
	}
	hours := time.Duration(job.Doc.Int("timeoutDurationInHours"))
	return invocationJobs.shown(job).With(wire.Object{"jobExpirationTime": job.Created.Add(hours * time.Hour)}), nil
}

func stopInvocationJob(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	job, err := invocationJobs.named(r, "jobIdentifier")
	if err != nil {
		return nil, err
	}
	return nil, invocationJobs.stop(ctx, r, job)
}

// batch is a job while it runs.
type batch struct {
	r        *emulate.Request
	model    *target
	who      *plane.Caller
	id       string
	converse bool

	total, good, bad, in, out int64
}

func (b *batch) counts() wire.Object {
	return wire.Object{countTotal: b.total, countDone: b.good + b.bad, countGood: b.good, countBad: b.bad}
}

// run reads the input, one file or all of a folder, and writes an output for each file and the
// manifest. All is under the key of the output, where one is named.
func (b *batch) run(ctx context.Context) error {
	config := b.r.In.Object("inputDataConfig.s3InputDataConfig")
	from := placeOf(b.r, b.who, config.Text("s3Uri"))
	from.owner = config.Text("s3BucketOwner")
	names := []string{from.key}
	if !strings.HasSuffix(from.key, ".jsonl") {
		all, err := from.list(ctx)
		if err != nil {
			return err
		}
		names = names[:0]
		for _, name := range all {
			if strings.HasSuffix(name, ".jsonl") {
				names = append(names, name)
			}
		}
	}
	inputs := make([][]wire.Object, len(names))
	for i, name := range names {
		text, err := from.get(ctx, name)
		if err != nil {
			return err
		}
		if inputs[i], err = lines(text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.total += int64(len(inputs[i]))
	}
	if b.total < fewestRecords {
		// The text is unconfirmed.
		return fmt.Errorf("the batch job %s contains %d records, fewer than the required minimum of %d", b.id, b.total, fewestRecords)
	}
	output := b.r.In.Object("outputDataConfig.s3OutputDataConfig")
	to := placeOf(b.r, b.who, output.Text("s3Uri"))
	to.owner = output.Text("s3BucketOwner")
	for i, name := range names {
		var text bytes.Buffer
		for _, record := range inputs[i] {
			line, err := json.Marshal(b.answer(record))
			if err != nil {
				return err
			}
			text.Write(append(line, '\n'))
		}
		if err := to.put(ctx, b.id+"/"+idOf(name)+".out", text.Bytes(), output.Text("s3EncryptionKeyId")); err != nil {
			return err
		}
	}
	manifest, err := json.Marshal(b.counts().With(wire.Object{"inputTokenCount": b.in, "outputTokenCount": b.out}))
	if err != nil {
		return err
	}
	return to.put(ctx, b.id+"/manifest.json.out", manifest, output.Text("s3EncryptionKeyId"))
}

// lines reads objects, one a line.
func lines(text []byte) ([]wire.Object, error) {
	var out []wire.Object
	for i, line := range bytes.Split(text, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var o wire.Object
		if line[0] != '{' || json.Unmarshal(line, &o) != nil {
			return nil, fmt.Errorf("line %d is not a JSON object", i+1)
		}
		out = append(out, o)
	}
	return out, nil
}

// answer is the line of the output for a record.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html
func (b *batch) answer(record wire.Object) wire.Object {
	line := record.Pick("recordId", "modelInput")
	if !line.Has("recordId") {
		line["recordId"] = b.r.Service.ID(emulate.UpperDigits, 11)
	}
	out, err := b.infer(record)
	if err != nil {
		b.bad++
		var refused *wire.Error
		message := err.Error()
		if errors.As(err, &refused) {
			message = refused.Message
		}
		return line.With(wire.Object{"error": wire.Object{"errorCode": int64(400), "errorMessage": message}})
	}
	b.good++
	return line.With(wire.Object{"modelOutput": out})
}

func (b *batch) infer(record wire.Object) (wire.Object, error) {
	if b.converse {
		i, err := conversation(b.r, b.model, record.Object("modelInput"))
		if err != nil {
			return nil, err
		}
		return spoken(b.count(i)), nil
	}
	text, err := json.Marshal(record["modelInput"])
	if err != nil {
		return nil, err
	}
	i, in, err := read(b.r, b.model, text)
	if err != nil {
		return nil, err
	}
	if form := bodies[b.model.speaks]; form.embed != nil {
		b.in += int64(i.tokens)
		return form.embed(b.model, in, i), nil
	}
	return bodies[b.model.speaks].write(b.r, b.model, b.count(i)), nil
}

// count answers, and counts the tokens. Guardrails are not applied to batches.
func (b *batch) count(i *inference) *answer {
	a := i.run(nil, false)
	b.in, b.out = b.in+a.in, b.out+a.out
	return a
}

// spoken is an answer as the Converse API has it.
func spoken(a *answer) wire.Object {
	return wire.Object{
		"output":     wire.Object{"message": wire.Object{"role": "assistant", "content": []any{wire.Object{"text": a.text}}}},
		"stopReason": a.stop, "metrics": wire.Object{"latencyMs": int64(0)},
		"usage": wire.Object{"inputTokens": a.in, "outputTokens": a.out, "totalTokens": a.in + a.out},
	}
}
