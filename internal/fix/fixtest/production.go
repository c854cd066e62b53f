package fixtest

// Production is a seed of a guardrail without a key, whose version 1 an agent names that is in
// production by the alias live.
const Production = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}, keep: {guardrail: guardrailId}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrailVersion", with: {guardrailIdentifier: "${guardrail}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgent", with: {agentName: a, agentResourceRoleArn: "arn:aws:iam::111122223333:role/app", foundationModel: "amazon.nova-pro-v1:0", instruction: "You answer what customers ask about their orders, and nothing else.", guardrailConfiguration: {guardrailIdentifier: "${guardrail}", guardrailVersion: "1"}}, keep: {agent: agent.agentId}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:PrepareAgent", with: {agentId: "${agent}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgentAlias", with: {agentId: "${agent}", agentAliasName: live}}
`
