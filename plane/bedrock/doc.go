// Package bedrock is Amazon Bedrock in the local plane: the APIs bedrock and bedrock-runtime.
//
// It has guardrails with their versions, resource policies and the guardrail that an account
// enforces; ApplyGuardrail; foundation models, inference profiles, InvokeModel and Converse,
// in streams too, StartAsyncInvoke and CountTokens; the logging of model invocations; the
// account's data retention; tags. There are no streams in both directions, no prompt routers
// and no provisioned throughput.
//
// What a guardrail's key protects is its configuration: policies and messages. Name,
// description, status and version are shown by ListGuardrails, which calls no key. GetGuardrail
// and whatever applies the guardrail decrypt as the caller
// (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html).
//
// No model is here. What a guardrail finds, it finds by rules that always answer the same, see
// [assess]; content filters, contextual grounding and automated reasoning need a model, are
// kept and shown, and never assessed: they find nothing and count no units. What a foundation
// model answers is an echo of what it was asked, see [reply].
//
// Texts of refusals that were seen of AWS have their source beside them; the others are
// unconfirmed.
package bedrock
