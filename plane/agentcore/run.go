package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// failed is how what a model would do ends here.
const failed = "FAILED"

// runKinds are runs of the service: batch evaluations and recommendations. The caller's rights
// on the key are tried when one is started, and the service's; it is the service that writes
// and reads what they hold.
// Sources: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
// and https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/recommendations-encryption.html
func runKinds() []*kind {
	return []*kind{batchEvaluation(), {
		noun: "Recommendation", plural: "Recommendations", verb: "Start", without: []string{"UpdateRecommendation"}, path: "recommendation/",
		in: "recommendationId", out: "recommendationId", arn: "recommendationArn", title: "name", ready: failed, begins: "PENDING",
		id: func(w *emulate.World, name string) string {
			return name + "-" + w.ID(emulate.UpperDigits, idSize)
		},
		key:     keyUse{typ: "AWS::BedrockAgentCore::Recommendation", slot: "content", member: "kmsKeyArn"},
		content: contentUse{members: []string{"recommendationConfig", "recommendationResult"}, write: "create", read: "use", also: []string{"use"}},
		hidden: func(r *emulate.Request, rec *records.Record) bool {
			status := r.In.Text("statusFilter")
			return status != "" && status != rec.Doc.Text("status")
		},
	}}
}

func batchEvaluation() *kind {
	return &kind{
		noun: "BatchEvaluation", plural: "BatchEvaluations", verb: "Start", without: []string{"UpdateBatchEvaluation"}, path: "batch-evaluate/",
		in: "batchEvaluationId", out: "batchEvaluationId", arn: "batchEvaluationArn", title: "batchEvaluationName", id: mixedID, ready: failed, begins: "PENDING",
		key:     keyUse{typ: "AWS::BedrockAgentCore::BatchEvaluation", slot: "output", member: "kmsKeyArn"},
		content: contentUse{members: []string{"dataSourceConfig", "evaluationMetadata", "datasetExecutionConfig"}, write: "create", read: "use", also: []string{"use"}},
		made: func(_ context.Context, _ *emulate.Request, n *draft) error {
			n.members["errorDetails"] = []any{"The local plane does not evaluate."}
			return nil
		},
	}
}

// batchOperations are those of batch evaluations beside the table's.
func batchOperations() operations {
	k := batchEvaluation()
	return operations{"StopBatchEvaluation": {Resource: k.resource, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := k.find(r)
		if err != nil {
			return nil, err
		}
		if status := rec.Doc.Text("status"); status != k.begins {
			return nil, r.Fail("ConflictException", "The batch evaluation %s cannot be stopped while its status is %s.", rec.ID, status)
		}
		next := rec.Change(r.Service.Now(), wire.Object{"status": "STOPPED"})
		err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
			tx.Put(next)
			return nil
		})
		return next.Doc, err
	}}}
}
