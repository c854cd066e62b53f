package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// evaluationKinds are evaluators, online evaluations, datasets and configuration bundles.
func evaluationKinds() []*kind {
	return []*kind{evaluatorKind(), onlineEvaluation(), datasetKind(), bundleKind()}
}

// evaluatorKind is a custom evaluator. Its instructions and its rating scale are under the
// key, the rest is not.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations-encryption.html
func evaluatorKind() *kind {
	return &kind{
		noun: "Evaluator", plural: "Evaluators", path: "evaluator/",
		in: "evaluatorId", out: "evaluatorId", arn: "evaluatorArn", title: "evaluatorName", id: mixedID, ready: "ACTIVE", update: merges,
		key: keyUse{typ: "AWS::BedrockAgentCore::Evaluator", slot: "content", member: "kmsKeyArn"},
		content: contentUse{
			members: []string{"instructions", "ratingScale"}, from: []string{"evaluatorConfig"}, write: "create", read: "create",
			without: func(r *emulate.Request) bool { return r.In.Text("includedData") == "METADATA_ONLY" },
		},
		made: newEvaluator, changed: changedEvaluator, shown: joinEvaluator,
	}
}

func newEvaluator(_ context.Context, _ *emulate.Request, n *draft) error {
	n.members["provider"], n.members["lockedForModification"] = "Custom", false
	splitEvaluator(n)
	return nil
}

func changedEvaluator(_ context.Context, r *emulate.Request, n *draft) error {
	if n.old.Bool("lockedForModification") {
		return r.Fail("ConflictException", "Evaluator '%s' is locked for modification.", n.id)
	}
	if r.In.Has("evaluatorConfig") {
		delete(n.members, "instructions")
		delete(n.members, "ratingScale")
		splitEvaluator(n)
	}
	return nil
}

// splitEvaluator takes what is under the key out of the configuration.
func splitEvaluator(n *draft) {
	config := n.members.Object("evaluatorConfig")
	n.members["evaluatorType"] = "Custom"
	switch judge := config.Object("llmAsAJudge"); {
	case judge != nil:
		n.members = n.members.With(judge.Pick("instructions", "ratingScale"))
		n.members["evaluatorConfig"] = wire.Object{"llmAsAJudge": judge.Without("instructions", "ratingScale")}
	case config.Has("codeBased"):
		n.members["evaluatorType"] = "CustomCode"
	case config.Has("derived"):
		n.members["evaluatorType"] = "CustomDerived"
	}
}

// joinEvaluator puts it back.
func joinEvaluator(_ *emulate.Request, o wire.Object) {
	if judge := o.Object("evaluatorConfig.llmAsAJudge"); judge != nil {
		o["evaluatorConfig"] = wire.Object{"llmAsAJudge": judge.With(o.Pick("instructions", "ratingScale"))}
	}
}

// onlineEvaluation evaluates what agents do by evaluators, which the service decrypts by
// itself. Whether it can is asked when the configuration is made or changed: AWS validates
// there that the execution role can, and the guide says the service must be able to.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations-encryption.html
func onlineEvaluation() *kind {
	return &kind{
		noun: "OnlineEvaluationConfig", plural: "OnlineEvaluationConfigs", path: "online-evaluation-config/",
		in: "onlineEvaluationConfigId", out: "onlineEvaluationConfigId", arn: "onlineEvaluationConfigArn", title: "onlineEvaluationConfigName", id: mixedID,
		ready: "ACTIVE", role: "evaluationExecutionRoleArn", update: merges,
		made: func(ctx context.Context, r *emulate.Request, n *draft) error {
			n.members["executionStatus"] = "DISABLED"
			if n.members.Bool("enableOnCreate") {
				n.members["executionStatus"] = "ENABLED"
			}
			delete(n.members, "enableOnCreate")
			if n.members["outputConfig"] == nil {
				n.members["outputConfig"] = wire.Object{"cloudWatchConfig": wire.Object{"logGroupName": "/aws/bedrock-agentcore/evaluations/results/" + n.id}}
			}
			return readEvaluators(ctx, r, n)
		},
		changed: readEvaluators, kept: lockEvaluators, gone: lockEvaluators,
	}
}

// readEvaluators asks whether the service can read the evaluators of a configuration.
func readEvaluators(ctx context.Context, r *emulate.Request, n *draft) error {
	k := evaluatorKind()
	k.content.read = "evaluate"
	for _, ref := range n.members.Objects("evaluators") {
		id := ref.Text("evaluatorId")
		if givenByAWS(id) {
			continue
		}
		rec, err := k.at(r, "", id)
		if err != nil {
			return r.Fail("ValidationException", "Evaluator '%s' was not found.", id)
		}
		if _, err := k.open(ctx, r, rec, nil); err != nil {
			return err
		}
	}
	return nil
}

// lockEvaluators marks the evaluators that enabled configurations use.
func lockEvaluators(tx *records.Tx, _ *emulate.Request, rec *records.Record) {
	used := map[string]bool{}
	for _, config := range tx.List(rec.Service, rec.Kind, rec.Account, rec.Region) {
		if config.Doc.Text("executionStatus") != "ENABLED" || config.Doc.Text("status") == "DELETING" {
			continue
		}
		for _, ref := range config.Doc.Objects("evaluators") {
			used[ref.Text("evaluatorId")] = true
		}
	}
	for _, evaluator := range tx.List(rec.Service, evaluatorKind().name(), rec.Account, rec.Region) {
		if evaluator.Doc.Bool("lockedForModification") != used[evaluator.ID] {
			locked := *evaluator
			locked.Doc = evaluator.Doc.With(wire.Object{"lockedForModification": used[evaluator.ID]})
			tx.Put(&locked)
		}
	}
}
