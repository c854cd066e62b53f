package bedrock

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var optimizationJobs = collection{
	kind: "advanced-prompt-optimization-job", noun: "prompt optimization job", arn: "jobArn", name: "jobName", status: "jobStatus",
	created: "creationTime", updated: "lastModifiedTime",
	summary: []string{"jobArn", "jobName", "jobStatus", "creationTime", "lastModifiedTime"},
}

// optimizing are the operations of advanced prompt optimization jobs. They read and encrypt
// what they are given, and then fail: the plane has no model that could make a prompt better.
func optimizing() operations {
	return operations{
		"CreateAdvancedPromptOptimizationJob":      {Action: emulate.ByItself, Do: createOptimization},
		"GetAdvancedPromptOptimizationJob":         optimizationJobs.get("jobIdentifier"),
		"ListAdvancedPromptOptimizationJobs":       optimizationJobs.list(),
		"StopAdvancedPromptOptimizationJob":        {Resource: optimizationJobs.resource("jobIdentifier"), Do: stopOptimization},
		"BatchDeleteAdvancedPromptOptimizationJob": {Action: emulate.ByItself, Do: optimizationJobs.removeAll("advancedPromptOptimizationJobs")},
	}
}

// prompts is what is sealed of a job.
const prompts = "content"

// createOptimization reads the prompts as the caller: a job has no role.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateAdvancedPromptOptimizationJob.html
func createOptimization(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	job := optimizationJobs.make(r, "", r.In.Pick("jobName", "jobDescription", "inputConfig", "outputConfig", "modelConfigurations").With(wire.Object{"jobStatus": "InProgress"}))
	arn, tags := job.Doc.Text("jobArn"), r.TagsIn("tags")
	var models []string
	for _, m := range r.In.Objects("modelConfigurations") {
		t, err := invoked(requesting(r, m.Text("modelId")))
		if err != nil {
			return nil, err
		}
		models = append(models, t.arn(r))
		if t.profile != "" {
			models = append(models, t.profile)
		}
	}
	if err := allowAll(ctx, r, "CreateAdvancedPromptOptimizationJob", models, arn, tags); err != nil {
		return nil, err
	}
	from := placeOf(r, r.Caller, r.In.Text("inputConfig.s3Uri"))
	text, err := from.get(ctx, from.key)
	failure := "The local plane has no model that optimizes prompts."
	if err != nil {
		failure = err.Error()
	}
	s := &behalf.Subject{Type: "AWS::Bedrock::AdvancedPromptOptimizationJob", Slot: prompts, ARN: arn, ID: job.ID, Account: r.Account, Region: r.Region, Service: principal}
	sealed, err := r.Service.Keys.Seal(ctx, r.Call, s, r.In.Text("encryptionKeyArn"), "create", text)
	if err != nil {
		return nil, err
	}
	job.Sealed = map[string]*records.Sealed{prompts: sealed}
	if sealed.Key != "" {
		job.Doc["encryptionKeyArn"] = sealed.Key
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := optimizationJobs.free(r, tx, r.In.Text("jobName")); err != nil {
			return err
		}
		tx.Put(becomes(r, job, wire.Object{"jobStatus": "Failed", "failureMessage": failure}))
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return wire.Object{"jobArn": arn}, err
}

// requesting is a request for a model.
func requesting(r *emulate.Request, model string) *emulate.Request {
	return &emulate.Request{Call: r.Call, Service: r.Service, In: wire.Object{"modelId": model}}
}

func stopOptimization(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	job, err := optimizationJobs.named(r, "jobIdentifier")
	if err != nil {
		return nil, err
	}
	return nil, optimizationJobs.stop(ctx, r, job)
}

// removeAll deletes the jobs of a request that have ended. result is the member of the answer
// with those that are deleted; the others are in errors, whose codes and texts are unconfirmed.
func (c *collection) removeAll(result string) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		removed, failed := []any{}, []any{}
		fail := func(identifier, code, message string) {
			failed = append(failed, wire.Object{"jobIdentifier": identifier, "code": code, "message": message})
		}
		for _, identifier := range r.In.Texts("jobIdentifiers") {
			resource := identifier
			job := c.find(r, identifier)
			if job != nil {
				resource = job.Doc.Text(c.arn)
			}
			if err := r.Allow(ctx, "bedrock:"+r.Operation, resource); err != nil {
				return nil, err
			}
			switch {
			case job == nil:
				fail(identifier, "404", "The "+c.noun+" does not exist.")
				continue
			case !over(job.Doc.Text(c.status)):
				fail(identifier, "409", "The "+c.noun+" has not ended.")
				continue
			}
			if err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
				gone := job.Change(tx.Now(), wire.Object{c.status: "Deleting"})
				gone.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Gone: true}
				tx.Put(gone)
				emulate.PutTags(tx, resource, nil)
				return nil
			}); err != nil {
				return nil, err
			}
			removed = append(removed, wire.Object{"jobIdentifier": identifier, "jobStatus": "Deleting"})
		}
		return wire.Object{"errors": failed, result: removed}, nil
	}
}
