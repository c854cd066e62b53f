package bedrock

import (
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// checkGuardrail refuses configurations that the model allows and the service does not.
func checkGuardrail(r *emulate.Request) error {
	// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tiers.html
	if !r.In.Has("crossRegionConfig") {
		for _, policy := range policies {
			if r.In.Text(policy+".tierConfig.tierName") == "STANDARD" {
				return r.Fail("ValidationException", "The STANDARD tier needs cross-Region inference. Add crossRegionConfig, or use the CLASSIC tier.")
			}
		}
	}
	// Lookaround is not supported, as in Go's expressions.
	// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html
	for _, x := range r.In.Objects("sensitiveInformationPolicyConfig.regexesConfig") {
		if _, err := regexp.Compile(x.Text("pattern")); err != nil {
			return r.Fail("ValidationException", "The pattern of the regex %s is not valid.", x.Text("name"))
		}
	}
	return nil
}

// profiles are the guardrail profiles by the beginnings of the Regions that they are for.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrail-profiles-supported.html
var profiles = []struct{ region, id string }{
	{"us-gov-", "us-gov.guardrail.v1:0"},
	{"us-", "us.guardrail.v1:0"},
	{"eu-", "eu.guardrail.v1:0"},
	{"ap-", "apac.guardrail.v1:0"},
}

// crossRegion is the crossRegionDetails of an input; nil: it has none.
func crossRegion(r *emulate.Request) (wire.Object, error) {
	identifier := r.In.Text("crossRegionConfig.guardrailProfileIdentifier")
	if identifier == "" {
		return nil, nil
	}
	for _, p := range profiles {
		if !strings.HasPrefix(r.Region, p.region) {
			continue
		}
		if profile := r.ARN("guardrail-profile/" + p.id); identifier == p.id || identifier == profile {
			return wire.Object{"guardrailProfileId": p.id, "guardrailProfileArn": profile}, nil
		}
		break
	}
	return nil, r.Fail("ValidationException", "The guardrail profile %s does not exist in %s.", identifier, r.Region)
}
