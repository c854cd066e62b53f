package sts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy"
)

// Limits of session policies.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const (
	mostPolicyARNs = 10
	// packedSpace is how much the policies and tags of a session may take. AWS packs them
	// in a way that is not documented; here a document counts by its bytes without white
	// space, a managed policy by those of its ARN, and a tag twice. That gives 171 % and
	// 443 % where 157 % (1,690 characters and three tags) and 498 % (nine tags of 252) were
	// reported of AWS: https://github.com/aws-actions/configure-aws-credentials/issues/1898
	packedSpace = 1024
)

// limit puts session policies into a session, and returns their packed size with that of
// its tags, in percent.
func (s *Service) limit(of *session, document string, managed []PolicyDescriptorType) (percent int, err error) {
	if document != "" {
		if err := checkPolicy(document); err != nil {
			return 0, err
		}
		of.Policy = document
	}
	if len(managed) > mostPolicyARNs {
		// AWS's words are not confirmed.
		return 0, validationError(fmt.Sprintf("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to %d", mostPolicyARNs))
	}
	size := len(compact(document))
	for _, p := range managed {
		if s.directory.ManagedPolicy(of.Account, p.ARN) == nil {
			// AWS's words are not confirmed.
			return 0, invalidParameter("The managed policy " + p.ARN + " does not exist, or is one of AWS that the local plane does not know.")
		}
		of.PolicyARNs = append(of.PolicyARNs, p.ARN)
		size += len(p.ARN)
	}
	for _, t := range of.Tags {
		size += 2 * (len(t.Key) + len(t.Value))
	}
	percent = (size*100 + packedSpace - 1) / packedSpace
	if percent <= 100 {
		return percent, nil
	}
	// Both texts were observed; see packedSpace.
	text := "Packed size of session tags consumes %d%% of allotted space."
	if document != "" || len(managed) > 0 {
		text = "Packed policy consumes %d%% of allotted space, please use smaller policy."
	}
	return 0, &plane.Error{Status: http.StatusBadRequest, Code: "PackedPolicyTooLarge", Message: fmt.Sprintf(text, percent)}
}

func compact(document string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(document)) != nil {
		return document
	}
	return b.String()
}

// checkPolicy refuses a document that cannot be a session policy. The texts are those of
// IAM for identity-based policies; that STS uses them is not confirmed.
func checkPolicy(document string) error {
	malformed := func(message string) error {
		return &plane.Error{Status: http.StatusBadRequest, Code: "MalformedPolicyDocument", Message: message}
	}
	doc, err := policy.Parse(document)
	if err != nil {
		return malformed("This policy contains invalid Json")
	}
	if len(doc.Problems) > 0 || len(doc.Statements) == 0 {
		return malformed("Syntax errors in policy.")
	}
	for i := range doc.Statements {
		switch st := &doc.Statements[i]; {
		case st.Principals != nil || st.NotPrincipals != nil:
			return malformed("Policy document should not specify a principal.")
		case st.Resources == nil && st.NotResources == nil:
			return malformed("Policy statement must contain resources.")
		}
	}
	return nil
}
