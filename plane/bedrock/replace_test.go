package bedrock_test

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// TestUpdatesReplace: what an update leaves out is gone, whichever member it is.
func TestUpdatesReplace(t *testing.T) {
	w := newWorld(t)
	api := w.API("bedrock", admin)
	id := api.Do(t, "CreateGuardrail", `{"name": "first", "blockedInputMessaging": "a", "blockedOutputsMessaging": "b"}`).Text("guardrailId")
	fill := strings.NewReplacer("$id", id, "$key", w.key("alias/guardrails"))
	api.Replaces(t, localtest.Replacement{
		Update: "UpdateGuardrail", Get: "GetGuardrail", Name: fill.Replace(`{"guardrailIdentifier": "$id"}`),
		Whole: fill.Replace(`{"name": "whole", "description": "d", "blockedInputMessaging": "not asked", "blockedOutputsMessaging": "not said", "kmsKeyId": "$key",
			"topicPolicyConfig": {"topicsConfig": [{"name": "Invoices", "definition": "Unpaid invoices", "examples": ["Who owes?"], "type": "DENY"}], "tierConfig": {"tierName": "STANDARD"}},
			"contentPolicyConfig": {"filtersConfig": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "LOW"}], "tierConfig": {"tierName": "CLASSIC"}},
			"wordPolicyConfig": {"wordsConfig": [{"text": "gizmo"}], "managedWordListsConfig": [{"type": "PROFANITY"}]},
			"sensitiveInformationPolicyConfig": {"piiEntitiesConfig": [{"type": "EMAIL", "action": "BLOCK"}], "regexesConfig": [{"name": "order", "pattern": "ORD", "action": "BLOCK"}]},
			"contextualGroundingPolicyConfig": {"filtersConfig": [{"type": "GROUNDING", "threshold": 0.5}]},
			"automatedReasoningPolicyConfig": {"policies": ["arn:aws:bedrock:eu-west-1:111122223333:automated-reasoning-policy/abcdefghijkl:1"], "confidenceThreshold": 0.5},
			"crossRegionConfig": {"guardrailProfileIdentifier": "eu.guardrail.v1:0"}}`),
		Always: fill.Replace(`{"guardrailId": "$id", "guardrailArn": "*", "version": "DRAFT", "status": "READY", "createdAt": "*", "updatedAt": "*"}`),
		Full: fill.Replace(`{"kmsKeyId": null, "topicPolicyConfig": null, "contentPolicyConfig": null, "wordPolicyConfig": null, "sensitiveInformationPolicyConfig": null,
			"contextualGroundingPolicyConfig": null, "automatedReasoningPolicyConfig": null, "crossRegionConfig": null, "kmsKeyArn": "$key",
			"topicPolicy": {"topics": [{"name": "Invoices", "definition": "Unpaid invoices", "examples": ["Who owes?"], "type": "DENY"}], "tier": {"tierName": "STANDARD"}},
			"contentPolicy": {"filters": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "LOW"}], "tier": {"tierName": "CLASSIC"}},
			"wordPolicy": {"words": [{"text": "gizmo"}], "managedWordLists": [{"type": "PROFANITY"}]},
			"sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "action": "BLOCK"}], "regexes": [{"name": "order", "pattern": "ORD", "action": "BLOCK"}]},
			"contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "threshold": 0.5}]},
			"automatedReasoningPolicy": {"policies": ["arn:aws:bedrock:eu-west-1:111122223333:automated-reasoning-policy/abcdefghijkl:1"], "confidenceThreshold": 0.5},
			"crossRegionDetails": {"guardrailProfileId": "eu.guardrail.v1:0", "guardrailProfileArn": "arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu.guardrail.v1:0"}}`),
		Least: `{"name": "least", "blockedInputMessaging": "x", "blockedOutputsMessaging": "y"}`,
	})
}

// TestPutLoggingReplaces is TestUpdatesReplace of the configuration, whose members are all in
// one: each destination is all that is left of both.
func TestPutLoggingReplaces(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	w.logGroup()
	for _, least := range []string{
		`{"s3Config": {"bucketName": "records", "keyPrefix": "p"}}`,
		`{"cloudWatchConfig": {"logGroupName": "invocations", "roleArn": "arn:aws:iam::111122223333:role/logging"}}`,
	} {
		w.API("bedrock", admin).Replaces(t, localtest.Replacement{
			Update: "PutModelInvocationLoggingConfiguration", Get: "GetModelInvocationLoggingConfiguration", Name: "{}",
			Whole: `{"loggingConfig": {"s3Config": {"bucketName": "records", "keyPrefix": "p"},
				"cloudWatchConfig": {"logGroupName": "invocations", "roleArn": "arn:aws:iam::111122223333:role/logging", "largeDataDeliveryS3Config": {"bucketName": "records", "keyPrefix": "p"}},
				"textDataDeliveryEnabled": true, "imageDataDeliveryEnabled": true, "embeddingDataDeliveryEnabled": true, "videoDataDeliveryEnabled": true, "audioDataDeliveryEnabled": true}}`,
			Least: `{"loggingConfig": ` + least + `}`,
		})
	}
}
