// Package agents is Agents for Amazon Bedrock in the local plane: the APIs bedrock-agent and
// bedrock-agent-runtime. It has agents with their versions, aliases, action groups,
// collaborators and knowledge base associations; flows with theirs, and what of a flow is
// deterministic is really invoked; prompts; knowledge bases; sessions.
//
// What a resource holds in confidence by AWS's documentation is kept under its key:
// instructions, prompts, definitions, the texts of action groups. Names, statuses and roles
// are not.
//
// Ingestion jobs really read S3, as the service role, and cut what they read into chunks; a
// managed knowledge base keeps them under its key, by its grant. Of the vector stores S3 Vectors
// is used where it is; chunks for the others are with their documents, under the plane's key.
// Ingested are text, Markdown, CSV and HTML in S3, or what a request hands in; retrieval has no
// filters and no reranking. Sources, stores and parsers outside of the plane are configuration.
//
// No model is here: agents are not invoked, a flow's prompt is answered by a rule, and texts are
// compared by the words that they share.
package agents
