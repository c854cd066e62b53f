// Package agents is Agents for Amazon Bedrock in the local plane: the APIs bedrock-agent and
// bedrock-agent-runtime. It has agents with their versions, aliases, action groups,
// collaborators and knowledge base associations; flows with theirs, and what of a flow is
// deterministic is really invoked; prompts; knowledge bases; sessions.
//
// What a resource holds in confidence by AWS's documentation is kept under its key:
// instructions, prompts, definitions, the texts of action groups. Names, statuses and roles
// are not.
//
// No model is here: agents are not invoked, and a flow's prompt is answered by a rule.
package agents
