// Drives the AWS SDK for JavaScript.
import {
  CreateKeyCommand, DecryptCommand, EncryptCommand, GenerateDataKeyCommand, GetPublicKeyCommand, IncorrectKeyException,
  InvalidCiphertextException, KMSClient, paginateListKeys, RotateKeyOnDemandCommand, SignCommand,
} from '@aws-sdk/client-kms';
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bedrock } from './bedrock.mjs';
import { done, step } from './steps.mjs';

const manifest = new URL('./node_modules/@aws-sdk/client-kms/package.json', import.meta.url);
console.log('version', JSON.parse(readFileSync(manifest)).version);

const client = (profile) => new KMSClient({ profile });
const app = client('app');
const bytes = (text) => new TextEncoder().encode(text);
const create = async (input) => (await app.send(new CreateKeyCommand(input))).KeyMetadata.Arn;

const [key, other] = [await create({}), await create({})];
const records = { tenant: 'a', 'purpose ü': 'records 🔑' };
const sealed = (await app.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('hello'), EncryptionContext: records }))).CiphertextBlob;
const decrypt = (c, input) => c.send(new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: records, ...input }));
const opens = async () => {
  const out = await decrypt(app);
  assert.deepEqual(out.Plaintext, bytes('hello'));
  assert.equal(out.KeyId, key);
};

await step('Encrypt, Decrypt with a context', opens);
await step('Decrypt with another context is refused', () =>
  assert.rejects(decrypt(app, { EncryptionContext: { tenant: 'a' } }), InvalidCiphertextException));
await step('Decrypt with another key is refused', () =>
  assert.rejects(decrypt(app, { KeyId: other }), IncorrectKeyException));
await step('Decrypt with the session of a role', async () =>
  assert.deepEqual((await decrypt(client('operator'))).Plaintext, bytes('hello')));
await step('RotateKeyOnDemand, the old ciphertext opens', async () => {
  await app.send(new RotateKeyOnDemandCommand({ KeyId: key }));
  await opens();
});
await step('GenerateDataKey, Decrypt', async () => {
  const dk = await app.send(new GenerateDataKeyCommand({ KeyId: key, NumberOfBytes: 64 }));
  assert.equal(dk.Plaintext.length, 64);
  assert.deepEqual((await decrypt(app, { CiphertextBlob: dk.CiphertextBlob, EncryptionContext: undefined })).Plaintext, dk.Plaintext);
});
await step('ListKeys page by page', async () => {
  const found = new Set();
  for await (const page of paginateListKeys({ client: app, pageSize: 1 }, {})) page.Keys.forEach((k) => found.add(k.KeyArn));
  assert(found.has(key) && found.has(other), `keys are missing among ${found.size}`);
});
for (const [spec, algorithm, digest] of [['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'], ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', null]]) {
  await step(`Sign with ${spec}, node:crypto verifies`, async () => {
    const KeyId = await create({ KeySpec: spec, KeyUsage: 'SIGN_VERIFY' });
    const { Signature } = await app.send(new SignCommand({ KeyId, Message: bytes('hello'), SigningAlgorithm: algorithm, MessageType: 'RAW' }));
    const { PublicKey } = await app.send(new GetPublicKeyCommand({ KeyId }));
    const pub = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
    assert(verify(digest, bytes('hello'), pub, Signature), 'the signature is not of the public key');
    assert(!verify(digest, bytes('hallo'), pub, Signature), 'the signature is of another message');
  });
}
for (const [profile, code, status = 400] of [['nobody', 'AccessDeniedException'], ['visitor', 'AccessDeniedException'], ['stranger', 'AccessDeniedException'], ['forger', 'InvalidSignatureException'], ['intruder', 'AccessDenied', 403]]) {
  await step(`${profile} is refused: ${code}`, () =>
    assert.rejects(decrypt(client(profile)), (e) => e.name === code && e.$metadata.httpStatusCode === status));
}

await bedrock();

done();
