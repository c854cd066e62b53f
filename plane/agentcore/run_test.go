package agentcore_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	batchInput          = `{"batchEvaluationName": "night", "kmsKeyArn": %q, "evaluators": [{"evaluatorId": "Builtin.Helpfulness"}], "dataSourceConfig": {"cloudWatchLogs": {"serviceNames": ["s"], "logGroupNames": ["/a"]}}, "tags": {"team": "ml"}}`
	recommendationInput = `{"name": "better", "type": "SYSTEM_PROMPT_RECOMMENDATION", "kmsKeyArn": %q, "recommendationConfig": {"systemPromptRecommendationConfig": {"systemPrompt": {"text": "hush"}, "agentTraces": {"sessionSpans": [{}]}, "evaluationConfig": {"evaluators": [{"evaluatorArn": "arn:aws:bedrock-agentcore:::evaluator/Builtin.Helpfulness"}]}}}}`
)

// Runs are started with a key that the caller and the service may use; they fail and say so,
// and their list needs no key.
func TestRuns(t *testing.T) {
	w := newWorld(t, slow)
	api := w.API("bedrock-agentcore", admin)
	api.Refused(t, keyless, "StartBatchEvaluation", fmt.Sprintf(batchInput, w.key()), "AccessDeniedException")
	batch := api.Do(t, "StartBatchEvaluation", fmt.Sprintf(batchInput, w.key()))
	localtest.Same(t, "started", batch, fmt.Sprintf(`{"status": "PENDING", "kmsKeyArn": %q, "tags": {"team": "ml"}}`, w.key()))
	if arn := batch.Text("batchEvaluationArn"); !regexp.MustCompile("^" + prefix + "batch-evaluate/night-[a-zA-Z0-9]{10}$").MatchString(arn) {
		t.Errorf("arn = %q", arn)
	}
	named := fmt.Sprintf(`{"batchEvaluationId": %q}`, batch.Text("batchEvaluationId"))
	w.Pass(time.Minute)
	localtest.Same(t, "ended", api.Do(t, "GetBatchEvaluation", named), `{"status": "FAILED", "errorDetails": ["The local plane does not evaluate."], "dataSourceConfig": {"cloudWatchLogs": {"serviceNames": ["s"], "logGroupNames": ["/a"]}}}`)
	api.Refused(t, admin, "StopBatchEvaluation", named, "ConflictException")
	localtest.Same(t, "tags", w.do("ListTagsForResource", fmt.Sprintf(`{"resourceArn": %q}`, batch.Text("batchEvaluationArn"))), `{"tags": {"team": "ml"}}`)

	api.Refused(t, keyless, "StartRecommendation", fmt.Sprintf(recommendationInput, w.key()), "AccessDeniedException")
	recommendation := api.Do(t, "StartRecommendation", fmt.Sprintf(recommendationInput, w.key()))
	recommended := fmt.Sprintf(`{"recommendationId": %q}`, recommendation.Text("recommendationId"))
	w.Pass(time.Minute)
	localtest.Same(t, "ended", api.Do(t, "GetRecommendation", recommended), fmt.Sprintf(`{"status": "FAILED", "kmsKeyArn": %q, "recommendationConfig.systemPromptRecommendationConfig.systemPrompt.text": "hush"}`, w.key()))

	// The service must be able to use the key by itself.
	w.SetKeyPolicy(account, region, "alias/content", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}`)
	api.Refused(t, admin, "StartBatchEvaluation", fmt.Sprintf(batchInput, w.key()), "AccessDeniedException")
	api.Refused(t, admin, "GetRecommendation", recommended, "AccessDeniedException")
	if list := api.Do(t, "ListBatchEvaluations", "{}").Objects("batchEvaluations"); len(list) != 1 || list[0].Text("kmsKeyArn") != w.key() {
		t.Errorf("batch evaluations = %v", list)
	}
	for filter, want := range map[string]int{`{"statusFilter": "FAILED"}`: 1, `{"statusFilter": "PENDING"}`: 0} {
		if list := api.Do(t, "ListRecommendations", filter).Objects("recommendationSummaries"); len(list) != want {
			t.Errorf("%s: %v", filter, list)
		}
	}
	api.Do(t, "DeleteBatchEvaluation", named)
	api.Do(t, "DeleteRecommendation", recommended)
	w.Pass(time.Minute)
	api.Refused(t, admin, "GetBatchEvaluation", named, "ResourceNotFoundException")
	api.Refused(t, admin, "GetRecommendation", recommended, "ResourceNotFoundException")
}

// A run that has not ended can be stopped.
func TestStop(t *testing.T) {
	w := newWorld(t, slow)
	api := w.API("bedrock-agentcore", admin)
	named := fmt.Sprintf(`{"batchEvaluationId": %q}`, api.Do(t, "StartBatchEvaluation", fmt.Sprintf(batchInput, w.key())).Text("batchEvaluationId"))
	localtest.Same(t, "stopped", api.Do(t, "StopBatchEvaluation", named), `{"status": "STOPPED"}`)
	w.Pass(time.Minute)
	localtest.Same(t, "later", api.Do(t, "GetBatchEvaluation", named), `{"status": "STOPPED"}`)
}
