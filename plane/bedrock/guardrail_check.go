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

// geographies are the parts of the world that inference crosses Regions in, by the beginnings
// of the Regions in them; the first that fits counts.
// Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrail-profiles-supported.html,
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
var geographies = []struct{ region, id string }{{"us-gov-", "us-gov"}, {"us-", "us"}, {"eu-", "eu"}, {"ap-", "apac"}}

// geography is that of the Region of a request; empty: it is in none.
func geography(r *emulate.Request) string {
	for _, g := range geographies {
		if strings.HasPrefix(r.Region, g.region) {
			return g.id
		}
	}
	return ""
}

// crossRegion is the crossRegionDetails of an input; nil: it has none.
func crossRegion(r *emulate.Request) (wire.Object, error) {
	identifier := r.In.Text("crossRegionConfig.guardrailProfileIdentifier")
	if identifier == "" {
		return nil, nil
	}
	id := geography(r) + ".guardrail.v1:0"
	profile := r.ARN("guardrail-profile/" + id)
	if identifier != id && identifier != profile {
		return nil, r.Fail("ValidationException", "The guardrail profile %s does not exist in %s.", identifier, r.Region)
	}
	return wire.Object{"guardrailProfileId": id, "guardrailProfileArn": profile}, nil
}
