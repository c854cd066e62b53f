// The steps with the SDK's clients of Bedrock and AgentCore.
import * as control from '@aws-sdk/client-bedrock';
import * as agent from '@aws-sdk/client-bedrock-agent';
import * as talk from '@aws-sdk/client-bedrock-agent-runtime';
import * as agentcore from '@aws-sdk/client-bedrock-agentcore-control';
import * as runtime from '@aws-sdk/client-bedrock-runtime';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import assert from 'node:assert/strict';
import { step } from './steps.mjs';

const profile = { profile: 'app' };
const kms = new KMSClient(profile);
const role = 'arn:aws:iam::111122223333:role/service';
const instruction = 'You answer questions of customers about their orders.';

// Prompts are under the key by the service itself, not by who calls.
// https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-management-prereq.html
const policy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { Service: 'bedrock.amazonaws.com' }, Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: '*' },
  ],
};
const key = (await kms.send(new CreateKeyCommand({ Policy: JSON.stringify(policy) }))).KeyMetadata.Arn;

// caller calls operations of a package's client by their names.
const caller = (sdk, client) => (operation, input) => client.send(new sdk[`${operation}Command`](input));

// has says that an output has these values; undefined is what it must not have.
const has = (output, want) => assert.deepEqual(Object.fromEntries(Object.keys(want).map((k) => [k, output[k]])), want);
const recent = (when) => assert(when instanceof Date && Math.abs(Date.now() - when) < 60_000, `made at ${when}`);

// all are the results of a paginator, one a page.
async function all(paginate, client, member, input = {}) {
  const found = [];
  for await (const page of paginate({ client, pageSize: 1 }, input)) found.push(...page[member]);
  return found;
}

// needsKey: the call is refused while the key is disabled, and works again after that.
async function needsKey(exception, run) {
  await kms.send(new DisableKeyCommand({ KeyId: key }));
  try {
    await assert.rejects(run(), (e) => e instanceof exception && e.message === `${key} is disabled.`);
  } finally {
    await kms.send(new EnableKeyCommand({ KeyId: key }));
  }
  await run();
}

async function guardrails() {
  const client = new control.BedrockClient(profile);
  const [call, speak] = [caller(control, client), caller(runtime, new runtime.BedrockRuntimeClient(profile))];
  const texts = { name: 'javascript', blockedInputMessaging: 'No.', blockedOutputsMessaging: 'Not that.', kmsKeyId: key };
  let guardrailIdentifier;
  const apply = (guardrailVersion) => speak('ApplyGuardrail', { guardrailIdentifier, guardrailVersion, source: 'INPUT', content: [{ text: { text: 'a zebra' } }] });

  await step('bedrock: CreateGuardrail under a key, GetGuardrail', async () => {
    const out = await call('CreateGuardrail', { ...texts, description: 'words', wordPolicyConfig: { wordsConfig: [{ text: 'zebra' }] } });
    guardrailIdentifier = out.guardrailId;
    recent(out.createdAt);
    const got = await call('GetGuardrail', { guardrailIdentifier });
    has(got, { name: 'javascript', description: 'words', kmsKeyArn: key, status: 'READY', version: 'DRAFT' });
    assert.deepEqual(got.wordPolicy.words.map((w) => w.text), ['zebra']);
  });
  await step('bedrock: CreateGuardrailVersion, ApplyGuardrail', async () => {
    has(await call('CreateGuardrailVersion', { guardrailIdentifier }), { guardrailId: guardrailIdentifier, version: '1' });
    has(await apply('1'), { action: 'GUARDRAIL_INTERVENED', outputs: [{ text: 'No.' }] });
  });
  await step('bedrock: what UpdateGuardrail leaves out is gone, and stays in the version', async () => {
    await call('UpdateGuardrail', { ...texts, guardrailIdentifier, contentPolicyConfig: { filtersConfig: [{ type: 'HATE', inputStrength: 'HIGH', outputStrength: 'HIGH' }] } });
    has(await call('GetGuardrail', { guardrailIdentifier }), { description: undefined, wordPolicy: undefined, kmsKeyArn: key });
    has(await apply('DRAFT'), { action: 'NONE' });
    has(await apply('1'), { action: 'GUARDRAIL_INTERVENED' });
  });
  await step('bedrock: ListGuardrails page by page', async () => {
    assert((await all(control.paginateListGuardrails, client, 'guardrails')).some((g) => g.id === guardrailIdentifier));
    const versions = await all(control.paginateListGuardrails, client, 'guardrails', { guardrailIdentifier });
    assert.deepEqual(versions.map((g) => g.version).sort(), ['1', 'DRAFT']);
  });
  await step('bedrock: ApplyGuardrail with a disabled key is refused', () => needsKey(runtime.ValidationException, () => apply('1')));
  await step('bedrock: a deleted guardrail is not found', async () => {
    await call('DeleteGuardrail', { guardrailIdentifier });
    await assert.rejects(call('GetGuardrail', { guardrailIdentifier }), control.ResourceNotFoundException);
  });
}

async function agents() {
  const client = new agent.BedrockAgentClient(profile);
  const call = caller(agent, client);
  const needed = { agentName: 'javascript', agentResourceRoleArn: role, foundationModel: 'anthropic.claude-3-haiku-20240307-v1:0', instruction };
  let agentId;
  const get = async () => (await call('GetAgent', { agentId })).agent;

  await step('bedrock-agent: CreateAgent under a key, GetAgent', async () => {
    const out = await call('CreateAgent', { ...needed, description: 'orders', customerEncryptionKeyArn: key });
    ({ agentId } = out.agent);
    recent(out.agent.createdAt);
    has(await get(), { ...needed, description: 'orders', customerEncryptionKeyArn: key, agentStatus: 'NOT_PREPARED' });
  });
  await step('bedrock-agent: PrepareAgent, CreateAgentAlias cuts a version', async () => {
    await call('PrepareAgent', { agentId });
    has(await get(), { agentStatus: 'PREPARED' });
    const { agentAliasId } = (await call('CreateAgentAlias', { agentId, agentAliasName: 'live' })).agentAlias;
    const alias = (await all(agent.paginateListAgentAliases, client, 'agentAliasSummaries', { agentId })).find((a) => a.agentAliasId === agentAliasId);
    assert.deepEqual(alias.routingConfiguration.map((r) => r.agentVersion), ['1']);
    has((await call('GetAgentVersion', { agentId, agentVersion: '1' })).agentVersion, { instruction, customerEncryptionKeyArn: key });
  });
  await step('bedrock-agent: GetAgent with a disabled key is refused', () => needsKey(agent.ValidationException, get));
  await step('bedrock-agent: what UpdateAgent leaves out is gone, the key too', async () => {
    await call('UpdateAgent', { ...needed, agentId });
    has(await get(), { ...needed, description: undefined, customerEncryptionKeyArn: undefined });
  });
  await step('bedrock-agent: a client token makes one agent, and not another', async () => {
    const once = { agentName: 'javascript-once', clientToken: 'javascript'.repeat(4) };
    assert.deepEqual((await call('CreateAgent', once)).agent, (await call('CreateAgent', once)).agent);
    await assert.rejects(call('CreateAgent', { ...once, agentName: 'javascript-twice' }), agent.ConflictException);
  });
  await step('bedrock-agent: ListAgents page by page; unknown and deleted ones are not found', async () => {
    assert((await all(agent.paginateListAgents, client, 'agentSummaries')).some((a) => a.agentId === agentId));
    await assert.rejects(call('GetAgent', { agentId: 'UNKNOWN123' }), agent.ResourceNotFoundException);
    await call('DeleteAgent', { agentId, skipResourceInUseCheck: true });
    await assert.rejects(get(), agent.ResourceNotFoundException);
  });
}

async function prompts() {
  const client = new agent.BedrockAgentClient(profile);
  const call = caller(agent, client);
  const needed = (text) => ({
    name: 'javascript', customerEncryptionKeyArn: key,
    variants: [{ name: 'v', templateType: 'TEXT', templateConfiguration: { text: { text, inputVariables: [{ name: 'who' }] } }, inferenceConfiguration: { text: { temperature: 0.5, maxTokens: 20 } } }],
  });
  let promptIdentifier;
  const get = (promptVersion) => call('GetPrompt', { promptIdentifier, promptVersion });

  await step('bedrock-agent: CreatePrompt under a key, GetPrompt', async () => {
    const out = await call('CreatePrompt', { ...needed('Hello {{who}}'), description: 'greets', defaultVariant: 'v' });
    promptIdentifier = out.id;
    recent(out.createdAt);
    has(await get(), { ...needed('Hello {{who}}'), description: 'greets', defaultVariant: 'v', version: 'DRAFT' });
  });
  await step('bedrock-agent: CreatePromptVersion; what UpdatePrompt leaves out is gone, and stays in the version', async () => {
    has(await call('CreatePromptVersion', { promptIdentifier }), { version: '1' });
    await call('UpdatePrompt', { ...needed('Bye {{who}}'), promptIdentifier });
    has(await get(), { ...needed('Bye {{who}}'), description: undefined, defaultVariant: undefined });
    has(await get('1'), { ...needed('Hello {{who}}'), defaultVariant: 'v' });
  });
  await step('bedrock-agent: GetPrompt with a disabled key is refused', () => needsKey(agent.ValidationException, get));
  await step('bedrock-agent: ListPrompts page by page; unknown and deleted ones are not found', async () => {
    assert((await all(agent.paginateListPrompts, client, 'promptSummaries')).some((p) => p.id === promptIdentifier));
    const versions = await all(agent.paginateListPrompts, client, 'promptSummaries', { promptIdentifier });
    assert.deepEqual(versions.map((p) => p.version).sort(), ['1', 'DRAFT']);
    await assert.rejects(call('GetPrompt', { promptIdentifier: 'UNKNOWN123' }), agent.ResourceNotFoundException);
    await call('DeletePrompt', { promptIdentifier });
    await assert.rejects(get(), agent.ResourceNotFoundException);
  });
}

async function flows() {
  const client = new agent.BedrockAgentClient(profile);
  const call = caller(agent, client);
  const needed = { name: 'javascript', executionRoleArn: role, customerEncryptionKeyArn: key };
  const definition = {
    nodes: [
      { name: 'In', type: 'Input', configuration: { input: {} }, outputs: [{ name: 'document', type: 'String' }] },
      { name: 'Out', type: 'Output', configuration: { output: {} }, inputs: [{ name: 'document', type: 'String', expression: '$.data' }] },
    ],
    connections: [{ name: 'Through', source: 'In', target: 'Out', type: 'Data', configuration: { data: { sourceOutput: 'document', targetInput: 'document' } } }],
  };
  let flowIdentifier;
  const get = () => call('GetFlow', { flowIdentifier });

  await step('bedrock-agent: CreateFlow under a key, GetFlow', async () => {
    const out = await call('CreateFlow', { ...needed, definition, description: 'passes on' });
    flowIdentifier = out.id;
    recent(out.createdAt);
    has(await get(), { ...needed, definition, description: 'passes on', status: 'NotPrepared', version: 'DRAFT' });
  });
  await step('bedrock-agent: PrepareFlow, CreateFlowVersion', async () => {
    await call('PrepareFlow', { flowIdentifier });
    has(await get(), { status: 'Prepared' });
    has(await call('CreateFlowVersion', { flowIdentifier }), { version: '1' });
  });
  await step('bedrock-agent: GetFlow with a disabled key is refused', () => needsKey(agent.ValidationException, get));
  await step('bedrock-agent: what UpdateFlow leaves out is gone, and stays in the version', async () => {
    await call('UpdateFlow', { ...needed, flowIdentifier });
    const got = await get();
    has(got, { ...needed, description: undefined });
    assert.deepEqual(got.definition?.nodes ?? [], []);
    has(await call('GetFlowVersion', { flowIdentifier, flowVersion: '1' }), { definition });
  });
  await step('bedrock-agent: ListFlows page by page; unknown and deleted ones are not found', async () => {
    assert((await all(agent.paginateListFlows, client, 'flowSummaries')).some((f) => f.id === flowIdentifier));
    await assert.rejects(call('GetFlow', { flowIdentifier: 'UNKNOWN123' }), agent.ResourceNotFoundException);
    await call('DeleteFlow', { flowIdentifier });
    await assert.rejects(get(), agent.ResourceNotFoundException);
  });
}

async function memories() {
  const client = new agentcore.BedrockAgentCoreControlClient(profile);
  const call = caller(agentcore, client);
  let memoryId;
  const get = async () => (await call('GetMemory', { memoryId })).memory;

  await step('bedrock-agentcore-control: CreateMemory under a key, GetMemory', async () => {
    const { memory } = await call('CreateMemory', { name: 'javascript', description: 'chats', eventExpiryDuration: 30, encryptionKeyArn: key });
    memoryId = memory.id;
    recent(memory.createdAt);
    has(await get(), { name: 'javascript', description: 'chats', eventExpiryDuration: 30, encryptionKeyArn: key, status: 'ACTIVE' });
  });
  await step('bedrock-agentcore-control: what UpdateMemory leaves out stays', async () => {
    await call('UpdateMemory', { memoryId, eventExpiryDuration: 60 });
    has(await get(), { description: 'chats', eventExpiryDuration: 60, encryptionKeyArn: key });
  });
  await step('bedrock-agentcore-control: GetMemory with a disabled key is refused', () => needsKey(agentcore.ValidationException, get));
  await step('bedrock-agentcore-control: ListMemories page by page; unknown and deleted ones are not found', async () => {
    assert((await all(agentcore.paginateListMemories, client, 'memories')).some((m) => m.id === memoryId));
    await assert.rejects(call('GetMemory', { memoryId: 'unknown-0123456789' }), agentcore.ResourceNotFoundException);
    await call('DeleteMemory', { memoryId });
    await assert.rejects(get(), agentcore.ResourceNotFoundException);
  });
}

async function gateways() {
  const client = new agentcore.BedrockAgentCoreControlClient(profile);
  const call = caller(agentcore, client);
  const needed = { name: 'javascript', roleArn: role, protocolType: 'MCP', authorizerType: 'AWS_IAM', kmsKeyArn: key };
  const tools = { description: 'tools', protocolConfiguration: { mcp: { instructions: 'Use the tools.' } } };
  let gatewayIdentifier;
  const get = () => call('GetGateway', { gatewayIdentifier });

  await step('bedrock-agentcore-control: CreateGateway under a key, GetGateway', async () => {
    const out = await call('CreateGateway', { ...needed, ...tools });
    gatewayIdentifier = out.gatewayId;
    recent(out.createdAt);
    has(await get(), { ...needed, ...tools, status: 'READY' });
  });
  await step('bedrock-agentcore-control: GetGateway with a disabled key is refused', () => needsKey(agentcore.ValidationException, get));
  await step('bedrock-agentcore-control: what UpdateGateway leaves out is gone', async () => {
    await call('UpdateGateway', { ...needed, gatewayIdentifier });
    has(await get(), { ...needed, description: undefined, protocolConfiguration: undefined });
  });
  await step('bedrock-agentcore-control: ListGateways page by page; unknown and deleted ones are not found', async () => {
    assert((await all(agentcore.paginateListGateways, client, 'items')).some((g) => g.gatewayId === gatewayIdentifier));
    await assert.rejects(call('GetGateway', { gatewayIdentifier: 'unknown-0123456789' }), agentcore.ResourceNotFoundException);
    await call('DeleteGateway', { gatewayIdentifier });
    await assert.rejects(get(), agentcore.ResourceNotFoundException);
  });
}

async function streams() {
  const model = 'amazon.nova-lite-v1:0';

  await step('bedrock-runtime: ConverseStream', async () => {
    const out = await caller(runtime, new runtime.BedrockRuntimeClient(profile))('ConverseStream', { modelId: model, messages: [{ role: 'user', content: [{ text: 'hello again' }] }] });
    const events = [];
    for await (const event of out.stream) events.push(event);
    assert.equal(events.map((e) => e.contentBlockDelta?.delta.text ?? '').join(''), 'You said: hello again');
    assert.equal(events.find((e) => e.messageStop).messageStop.stopReason, 'end_turn');
    has(events.at(-1).metadata.usage, { inputTokens: 2, outputTokens: 4, totalTokens: 6 });
  });
  await step('bedrock-agent-runtime: InvokeAgent', async () => {
    const call = caller(agent, new agent.BedrockAgentClient(profile));
    const { agentId } = (await call('CreateAgent', { agentName: 'javascript-invoked', agentResourceRoleArn: role, foundationModel: model, instruction, customerEncryptionKeyArn: key })).agent;
    await call('PrepareAgent', { agentId });
    const speak = (inputText) => caller(talk, new talk.BedrockAgentRuntimeClient(profile))('InvokeAgent', { agentId, agentAliasId: 'TSTALIASID', sessionId: 'javascript', inputText });
    const parts = [];
    for await (const event of (await speak('hello')).completion) parts.push(event.chunk.bytes);
    assert.equal(Buffer.concat(parts).toString(), 'You said: hello');
    await needsKey(talk.ValidationException, () => speak('hello'));
  });
}

async function denied() {
  const nobody = { profile: 'nobody' };
  for (const [sdk, client, operation] of [
    [control, new control.BedrockClient(nobody), 'ListGuardrails'],
    [agent, new agent.BedrockAgentClient(nobody), 'ListAgents'],
    [agentcore, new agentcore.BedrockAgentCoreControlClient(nobody), 'ListGateways'],
  ]) {
    await step(`${operation} by a user without policies is refused`, () =>
      assert.rejects(caller(sdk, client)(operation, {}), (e) => e instanceof sdk.AccessDeniedException && e.$metadata.httpStatusCode === 403));
  }
}

export async function bedrock() {
  for (const steps of [guardrails, agents, prompts, flows, memories, gateways, streams, denied]) await steps();
}
