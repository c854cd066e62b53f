package bedrock

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var evaluationJobs = collection{
	kind: "evaluation-job", noun: "evaluation job", arn: "jobArn", name: "jobName", status: "status", created: "creationTime", updated: "lastModifiedTime",
	summary: []string{"jobArn", "jobName", "status", "creationTime", "jobType", "evaluationTaskTypes", "modelIdentifiers", "applicationType"},
	equals:  map[string]string{"statusEquals": "status", "applicationTypeEquals": "applicationType"},
}

// evaluations are the operations of evaluation jobs.
func evaluations() operations {
	return operations{
		"CreateEvaluationJob":      {Action: emulate.ByItself, Do: createEvaluation},
		"GetEvaluationJob":         evaluationJobs.get("jobIdentifier"),
		"ListEvaluationJobs":       evaluationJobs.list(),
		"StopEvaluationJob":        {Resource: evaluationJobs.resource("jobIdentifier"), Do: stopEvaluation},
		"BatchDeleteEvaluationJob": {Action: emulate.ByItself, Do: evaluationJobs.removeAll("evaluationJobs")},
	}
}

// What the plane can evaluate: the accuracy of answers to questions is the F1 score of their
// words. Every other metric, and every other task, needs a model or people.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-evaluation-report-programmatic.html
const (
	accuracy        = "Builtin.Accuracy"
	answerQuestions = "QuestionAndAnswer"
)

// evaluated is what is sealed of a job: its prompts and the answers.
const evaluated = "content"

// createEvaluation evaluates at once, as the role; what it cannot do fails the job. Texts of
// failures are the plane's own.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-evaluation-security-kms.html
func createEvaluation(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	job := evaluationJobs.make(r, "", r.In.Pick("jobName", "jobDescription", "roleArn", "applicationType", "evaluationConfig", "inferenceConfig", "outputDataConfig"))
	arn, tags := job.Doc.Text("jobArn"), r.TagsIn("jobTags")
	models, err := evaluatedModels(r)
	if err != nil {
		return nil, err
	}
	var resources []string
	for _, m := range models {
		resources = append(resources, m.arn(r))
	}
	if resources == nil {
		resources = []string{"*"}
	}
	if err := allowAll(ctx, r, "CreateEvaluationJob", resources, arn, tags); err != nil {
		return nil, err
	}
	who, err := jobRole(ctx, r, arn)
	if err != nil {
		return nil, err
	}
	if err := evaluationJobs.free(r, r.Service.Records, r.In.Text("jobName")); err != nil {
		return nil, err
	}
	job.Doc = job.Doc.With(summaryOf(r))
	e := &evaluation{r: r, who: who, job: job}
	set := wire.Object{"status": "Completed"}
	if err := e.run(ctx, models); err != nil {
		set = wire.Object{"status": "Failed", "failureMessages": []any{err.Error()}}
	}
	if err := e.seal(ctx); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := evaluationJobs.free(r, tx, r.In.Text("jobName")); err != nil {
			return err
		}
		tx.Put(becomes(r, job, set))
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return wire.Object{"jobArn": arn}, err
}

// evaluatedModels are the models that a job asks.
func evaluatedModels(r *emulate.Request) ([]*target, error) {
	var out []*target
	for _, m := range r.In.Objects("inferenceConfig.models") {
		identifier := m.Text("bedrockModel.modelIdentifier")
		if identifier == "" {
			continue
		}
		t, err := invoked(requesting(r, identifier))
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// summaryOf is what listings say of the configuration of a job.
func summaryOf(r *emulate.Request) wire.Object {
	out := wire.Object{"status": "InProgress", "jobType": "Automated"}
	kind := "automated"
	if r.In.Has("evaluationConfig.human") {
		kind, out["jobType"] = "human", "Human"
	}
	if !r.In.Has("applicationType") {
		out["applicationType"] = "ModelEvaluation"
	}
	tasks, models := []any{}, []any{}
	for _, c := range r.In.Objects("evaluationConfig." + kind + ".datasetMetricConfigs") {
		if !slices.Contains(tasks, c["taskType"]) {
			tasks = append(tasks, c["taskType"])
		}
	}
	for _, m := range r.In.Objects("inferenceConfig.models") {
		if id := m.Text("bedrockModel.modelIdentifier"); id != "" {
			models = append(models, id)
		}
	}
	out["evaluationTaskTypes"], out["modelIdentifiers"] = tasks, models
	return out
}

// evaluation is a job while it runs.
type evaluation struct {
	r   *emulate.Request
	who *plane.Caller
	job *records.Record
	// results are the lines of all files.
	results []any
}

// seal puts the results under the key of the job, which the caller can use and the service
// can: it is the service that uses it from then on.
func (e *evaluation) seal(ctx context.Context) error {
	r := e.r
	s := &behalf.Subject{Type: "AWS::Bedrock::EvaluationJob", Slot: evaluated, ARN: e.job.Doc.Text("jobArn"), ID: e.job.ID, Account: r.Account, Region: r.Region, Service: principal}
	key := r.In.Text("customerEncryptionKeyId")
	sealed, err := r.SealObject(ctx, s, key, "create", wire.Object{"results": e.results})
	if err != nil {
		return err
	}
	if err := r.Service.Keys.Meet(ctx, r.Call, s, sealed.Key, sealed, "use"); err != nil {
		return err
	}
	e.job.Sealed = map[string]*records.Sealed{evaluated: sealed}
	if sealed.Key != "" {
		e.job.Doc["customerEncryptionKeyId"] = sealed.Key
	}
	return nil
}

func (e *evaluation) run(ctx context.Context, models []*target) error {
	configs := e.r.In.Objects("evaluationConfig.automated.datasetMetricConfigs")
	for _, c := range configs {
		if c.Text("taskType") != answerQuestions || !slices.Equal(c.Texts("metricNames"), []string{accuracy}) {
			return fmt.Errorf("the local plane evaluates %s of the task %s only", accuracy, answerQuestions)
		}
		if !c.Has("dataset.datasetLocation.s3Uri") {
			return fmt.Errorf("the local plane does not have the dataset %s: give its location", c.Text("dataset.name"))
		}
	}
	if len(configs) == 0 || len(models) == 0 {
		return fmt.Errorf("the local plane evaluates models of its own, by metrics: there are none of both")
	}
	for _, m := range models {
		if err := m.load(ctx, e.r); err != nil {
			return err
		}
		for _, c := range configs {
			if err := e.dataset(ctx, m, c.Object("dataset")); err != nil {
				return err
			}
		}
	}
	return nil
}

// dataset asks a model the questions of a dataset, and writes the results.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-evaluation-report-s3.html
func (e *evaluation) dataset(ctx context.Context, m *target, of wire.Object) error {
	from := placeOf(e.r, e.who, of.Text("datasetLocation.s3Uri"))
	text, err := from.get(ctx, from.key)
	if err != nil {
		return err
	}
	questions, err := lines(text)
	if err != nil {
		return fmt.Errorf("%s: %w", of.Text("name"), err)
	}
	var out bytes.Buffer
	for _, q := range questions {
		i := &inference{last: -1}
		i.ask(q.Text("prompt"), true)
		said := i.run(nil, false).text
		result := wire.Object{
			"automatedEvaluationResult": wire.Object{"scores": []any{wire.Object{"metricName": "Accuracy", "result": f1(said, q.Text("referenceResponse"))}}},
			"inputRecord":               q,
			"modelResponses":            []any{wire.Object{"response": said, "modelIdentifier": m.id}},
		}
		e.results = append(e.results, result)
		line, err := json.Marshal(result)
		if err != nil {
			return err
		}
		out.Write(append(line, '\n'))
	}
	to := placeOf(e.r, e.who, e.r.In.Text("outputDataConfig.s3Uri"))
	return to.put(ctx, fmt.Sprintf("%s/%s/models/%s/taskTypes/%s/datasets/%s/%s_output.jsonl",
		e.r.In.Text("jobName"), e.job.ID, m.id, answerQuestions, of.Text("name"), e.r.Service.UUID()), out.Bytes(), "")
}

// f1 is the harmonic mean of how many words of an answer are in the reference, and how many
// of the reference are in the answer.
func f1(answer, reference string) float64 {
	said, wanted := wordCounts(answer), wordCounts(reference)
	var both, saidAll, wantedAll float64
	for word, n := range said {
		saidAll += n
		both += min(n, wanted[word])
	}
	for _, n := range wanted {
		wantedAll += n
	}
	if both == 0 {
		return 0
	}
	precision, recall := both/saidAll, both/wantedAll
	return 2 * precision * recall / (precision + recall)
}

func wordCounts(text string) map[string]float64 {
	out := map[string]float64{}
	for _, w := range strings.Fields(strings.ToLower(text)) {
		if w = strings.Trim(w, ".,;:!?\"'()"); w != "" {
			out[w]++
		}
	}
	return out
}

func stopEvaluation(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	job, err := evaluationJobs.named(r, "jobIdentifier")
	if err != nil {
		return nil, err
	}
	return nil, evaluationJobs.stop(ctx, r, job)
}
