package bedrock

import (
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
)

// readNames are the names that members of CreateGuardrail and UpdateGuardrail have in
// GetGuardrail, at whatever depth. Elements have the same members in both.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetGuardrail.html
var readNames = map[string]string{
	"topicPolicyConfig":                "topicPolicy",
	"contentPolicyConfig":              "contentPolicy",
	"wordPolicyConfig":                 "wordPolicy",
	"sensitiveInformationPolicyConfig": "sensitiveInformationPolicy",
	"contextualGroundingPolicyConfig":  "contextualGroundingPolicy",
	"automatedReasoningPolicyConfig":   "automatedReasoningPolicy",
	"topicsConfig":                     "topics",
	"filtersConfig":                    "filters",
	"wordsConfig":                      "words",
	"managedWordListsConfig":           "managedWordLists",
	"piiEntitiesConfig":                "piiEntities",
	"regexesConfig":                    "regexes",
	"tierConfig":                       "tier",
}

// policies are the policies of an input.
var policies = slices.DeleteFunc(slices.Sorted(maps.Keys(readNames)), func(name string) bool { return !isPolicy(name) })

func isPolicy(name string) bool {
	const suffix = "PolicyConfig"
	return len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix
}

// messages are the members of a guardrail's content that have the same name in both.
var messages = []string{"blockedInputMessaging", "blockedOutputsMessaging"}

// configured is the content of a guardrail as GetGuardrail shows it.
func configured(in wire.Object) wire.Object {
	out := in.Pick(messages...)
	for _, name := range policies {
		if p := in.Object(name); p != nil {
			out[readNames[name]] = p.Renamed(readNames)
		}
	}
	return out
}
