// Package bedrock is Amazon Bedrock in the local plane: the APIs bedrock and bedrock-runtime.
//
// It has guardrails with their versions, resource policies and the guardrail that an account
// enforces; ApplyGuardrail; foundation models, inference profiles, InvokeModel and Converse,
// in streams too, StartAsyncInvoke and CountTokens; the logging of model invocations; the
// account's data retention, and that of projects; tags. There are no streams in both directions.
//
// It has custom and imported models, the jobs that make, import and copy them, deployments and
// provisioned throughput that serve them; batch inference; evaluation and prompt optimization
// jobs; automated reasoning policies with their versions; prompt routers and marketplace
// endpoints, by which nothing can be invoked. Models are not shared with other accounts, nothing
// is built of documents for reasoning policies, and no storage retains data of an organization.
//
// What the key of a model protects is its artifacts, which whoever invokes the model decrypts:
// of the plane's models they are what says how it answers. The service has a grant from the
// making of a model to its deletion
// (https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html). Jobs do
// their work when they are made, as the role that they name; their status says so later.
//
// What a guardrail's key protects is its configuration: policies and messages. Name,
// description, status and version are shown by ListGuardrails, which calls no key. GetGuardrail
// and whatever applies the guardrail decrypt as the caller
// (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html; to read
// a guardrail CloudFormation needs kms:Decrypt, to list them it does not, as the handlers in
// AWS_Bedrock_Guardrail.json of https://github.com/hashicorp/terraform-provider-awscc say). What
// AWS answers when the key is disabled is unconfirmed.
//
// No model is here. What a guardrail finds, it finds by rules that always answer the same, see
// [assess]; content filters, contextual grounding and automated reasoning need a model, are
// kept and shown, and never assessed: they find nothing and count no units. What a foundation
// model answers is an echo of what it was asked, see [reply].
//
// Texts of refusals that were seen of AWS have their source beside them; the others are
// unconfirmed.
package bedrock
