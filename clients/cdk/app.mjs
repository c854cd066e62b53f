// A stack as users of the CDK write it: one key for what an assistant keeps. In the context, key is "none"
// for a stack without the key, and statements is JSON of what its policy has beside the CDK's default.
import { App, Stack } from 'aws-cdk-lib';
import * as bedrock from 'aws-cdk-lib/aws-bedrock';
import * as agentcore from 'aws-cdk-lib/aws-bedrockagentcore';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';

const app = new App();
const stack = new Stack(app, 'Assistant', { env: { account: '111122223333', region: 'eu-west-1' } });

const key = app.node.tryGetContext('key') === 'none'
  ? undefined
  : new kms.Key(stack, 'Key', { alias: 'assistant', description: 'what the assistant keeps', enableKeyRotation: true });
for (const s of JSON.parse(app.node.tryGetContext('statements') ?? '[]')) key.addToResourcePolicy(iam.PolicyStatement.fromJson(s));

const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('bedrock.amazonaws.com') });
new s3.Bucket(stack, 'Documents', { encryptionKey: key }).grantRead(role);
new bedrock.CfnAgent(stack, 'Agent', {
  agentName: 'helper', agentResourceRoleArn: role.roleArn, foundationModel: 'amazon.nova-lite-v1:0',
  instruction: 'Answer questions about the documents you are given.', customerEncryptionKeyArn: key?.keyArn,
});
new bedrock.CfnGuardrail(stack, 'Guardrail', {
  name: 'words', blockedInputMessaging: 'no', blockedOutputsMessaging: 'no', kmsKeyArn: key?.keyArn,
  wordPolicyConfig: { wordsConfig: [{ text: 'fox' }] },
});
new bedrock.CfnPrompt(stack, 'Prompt', { name: 'greet', customerEncryptionKeyArn: key?.keyArn });
new agentcore.CfnMemory(stack, 'Memory', { name: 'memory', eventExpiryDuration: 30, encryptionKeyArn: key?.keyArn });
