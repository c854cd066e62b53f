// Drives the AWS CDK: what `cdk synth` makes of a Bedrock stack is audited, mended as the audit says, and audited again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { done, step } from './steps.mjs';

const here = (path) => new URL(path, import.meta.url).pathname;
const version = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`))).version;
console.log('version', version('aws-cdk-lib'), 'with CLI', version('aws-cdk'));

function run(want, command, ...args) {
  const out = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: '1' } });
  assert.equal(out.status, want, `${command}: ${out.error ?? out.stderr}`);
  return out.stdout;
}

// audit synthesizes the stack with a context, and returns its slots by rung and its findings. It exits as wanted.
function audit(exit, context) {
  const values = Object.entries(context).flatMap(([k, v]) => ['--context', `${k}=${v}`]);
  run(0, process.execPath, here('node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--no-notices', '--output', 'cdk.out', '--app', `${process.execPath} ${here('app.mjs')}`, ...values);
  const lines = run(exit, process.env.BEDLOCK, 'audit', 'cdk.out', '--format', 'json').trim().split('\n').map((l) => JSON.parse(l));
  const slots = lines.flatMap((l) => l.slot ?? []).map((s) => `${s.subject.type} ${s.subject.slot}: ${s.rung}`).sort();
  return { slots, findings: lines.flatMap((l) => l.finding ?? []) };
}

const slots = (agent, guardrail, prompt, memory, bucket) => [
  `AWS::Bedrock::Agent content: ${agent}`, `AWS::Bedrock::Guardrail configuration: ${guardrail}`, `AWS::Bedrock::Prompt content: ${prompt}`,
  `AWS::BedrockAgentCore::Memory content: ${memory}`, `AWS::S3::Bucket default-encryption: ${bucket}`,
];
let statement;

await step('synth a stack without a key: every place is found without one', () => {
  const { slots: got } = audit(3, { key: 'none' });
  assert.deepEqual(got, slots('unkeyed', 'unkeyed', 'unkeyed', 'unkeyed', 'unkeyed'));
});
await step('synth with kms.Key: the policy that the CDK writes does not let Bedrock read the prompt', () => {
  const { slots: got, findings } = audit(3, {});
  assert.deepEqual(got, slots('sound', 'sound', 'unusable', 'sound', 'sound'));
  const [first, ...others] = findings.filter((f) => f.severity === 'high');
  assert.deepEqual([first.rule, first.subject.name, others], ['BDL140', 'greet', []]);
  statement = first.remediation.slice(first.remediation.indexOf('{'));
});
await step('synth with the statement of the finding: every place is sound', () => {
  const { slots: got } = audit(0, { statements: `[${statement}]` });
  assert.deepEqual(got, slots('sound', 'sound', 'sound', 'sound', 'sound'));
});
done();
