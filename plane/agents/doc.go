// Package agents is Agents for Amazon Bedrock in the local plane: the APIs bedrock-agent and
// bedrock-agent-runtime. It has agents with their versions, aliases, action groups,
// collaborators and knowledge base associations; flows with versions, aliases and executions;
// prompts; retrieval instructions; knowledge bases with data sources and ingestion; policies of
// managed knowledge bases; InvokeAgent and the memory of agents; sessions with their
// invocations and steps; tags.
//
// What a resource holds in confidence by AWS's documentation is kept under its key:
// instructions, prompts, definitions, the texts of action groups, what sessions remember.
// Names, statuses and roles are not. Lists need no key, but for those of an agent's parts,
// whose entries have texts that the key protects.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-agents-new.html,
// https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-flows.html,
// https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-management-prereq.html,
// https://docs.aws.amazon.com/bedrock/latest/userguide/sessions-encryption.html
//
// No model is here but that of plane/bedrock, which says what it is told. An agent is invoked
// with it, as its role and between its guardrails: the model uses no tools, so that no action
// group, collaborator or knowledge base takes part. RetrieveAndGenerate answers with what it
// retrieves. A flow runs on nodes whose answer is determined: inputs, outputs, conditions,
// iterators, collectors, S3, knowledge bases, agents. A prompt is answered with the text that it
// makes of its variables. Flows with other nodes can be kept, and are refused when they are
// invoked. Loops are neither checked inside nor run; a run does not stop to ask for input.
package agents
