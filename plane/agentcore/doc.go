// Package agentcore is Amazon Bedrock AgentCore in the local plane: the control API
// bedrock-agentcore-control, and of the API bedrock-agentcore the batch evaluations and the
// recommendations. It has gateways with targets, rules and rate limits; policy
// engines and policies; memories and harnesses; evaluators, online evaluations, datasets and
// configuration bundles; the token vault, credential providers and workload identities;
// payment managers and connectors; capacity providers; runtimes, browsers and code
// interpreters; resource policies, which are kept and govern nothing, as what they govern (invocations) is not here; tags.
//
// Most resources are alike and stand in tables ([kind]); only what differs is written by
// hand. What a resource holds in confidence is kept under its key, as the pages on encryption
// of https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/data-encryption.html say;
// where they do not say which members that are, it is marked.
//
// Nothing runs here: no agent, no browser; evaluations and recommendations fail and say so.
// Policy generations, the registry of
// the preview, consent portals and the rotation of payment credentials are missing, and so are
// the resources that AWS gives everybody, such as the browser aws.browser.v1. The texts of
// errors are the plane's own where no source is named; their codes are those of the model.
package agentcore
