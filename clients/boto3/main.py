"""Drives AWS's SDK for Python."""

import functools
import json
import pathlib
import sys

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent))

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

import bedrock
from steps import begin, done, same, step


def kms(profile):
    return boto3.Session(profile_name=profile).client("kms")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        same((e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]), (code, 400))
        return
    raise AssertionError(f"was allowed, want {code}")


begin(boto3.__version__)
app = kms("app")
key = app.create_key(Description="boto3")["KeyMetadata"]["Arn"]
records = {"tenant": "a", "purpose": "records"}
sealed = app.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext=records)["CiphertextBlob"]


def opens(blob):
    out = app.decrypt(CiphertextBlob=blob, EncryptionContext=records)
    same((out["Plaintext"], out["KeyId"]), (b"hello", key))


@step("encrypt, decrypt with a context")
def _():
    opens(sealed)


@step("decrypt with another context is refused")
def _():
    refused("InvalidCiphertextException", app.decrypt, CiphertextBlob=sealed, EncryptionContext={"tenant": "b"})


@step("contexts that read the same when written together are not the same")
def _():
    blob = app.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext={"a": "bc"})["CiphertextBlob"]
    refused("InvalidCiphertextException", app.decrypt, CiphertextBlob=blob, EncryptionContext={"ab": "c"})


@step("rotate_key_on_demand, the old ciphertext opens")
def _():
    app.rotate_key_on_demand(KeyId=key)
    same([r["RotationType"] for r in app.list_key_rotations(KeyId=key)["Rotations"]], ["ON_DEMAND"])
    opens(sealed)


@step("a user without policies is denied")
def _():
    refused("AccessDeniedException", kms("nobody").decrypt, CiphertextBlob=sealed, EncryptionContext=records)


@step("a role: its own session, no rights, not its to take")
def _():
    me = boto3.Session(profile_name="operator").client("sts").get_caller_identity()["Arn"]
    same(me.rsplit("/", 1)[0], "arn:aws:sts::111122223333:assumed-role/operator")
    same(kms("operator").decrypt(CiphertextBlob=sealed, EncryptionContext=records)["Plaintext"], b"hello")
    refused("AccessDeniedException", kms("visitor").decrypt, CiphertextBlob=sealed, EncryptionContext=records)
    try:
        kms("intruder").list_keys()
    except ClientError as e:
        same((e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]), ("AccessDenied", 403))
        return
    raise AssertionError("took a role that does not trust it")


@step("a user who only decrypts is denied encrypt")
def _():
    reader = kms("reader")
    same(reader.decrypt(CiphertextBlob=sealed, EncryptionContext=records)["Plaintext"], b"hello")
    refused("AccessDeniedException", reader.encrypt, KeyId=key, Plaintext=b"hello")


@step("iam: a new user with a policy, whose key works, until the policy is deleted")
def _():
    admin = boto3.Session(profile_name="stranger")
    iam = admin.client("iam")
    own = admin.client("kms").create_key()["KeyMetadata"]["Arn"]
    arn = iam.create_user(UserName="made", Path="/ml/")["User"]["Arn"]
    same(arn, "arn:aws:iam::444455556666:user/ml/made")
    made = iam.create_access_key(UserName="made")["AccessKey"]
    session = boto3.Session(aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])
    same(session.client("sts").get_caller_identity()["Arn"], arn)
    refused("AccessDeniedException", session.client("kms").encrypt, KeyId=own, Plaintext=b"hello")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": own}]}
    iam.put_user_policy(UserName="made", PolicyName="encrypt", PolicyDocument=json.dumps(policy))
    same(iam.get_user_policy(UserName="made", PolicyName="encrypt")["PolicyDocument"], policy)
    session.client("kms").encrypt(KeyId=own, Plaintext=b"hello")
    iam.delete_user_policy(UserName="made", PolicyName="encrypt")
    refused("AccessDeniedException", session.client("kms").encrypt, KeyId=own, Plaintext=b"hello")


@step("cloudtrail lookup_events tells who made a key")
def _():
    admin = boto3.Session(profile_name="stranger")
    own = admin.client("kms").create_key()["KeyMetadata"]["Arn"]
    found = admin.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateKey"}])
    records = [json.loads(e["CloudTrailEvent"]) for e in found["Events"]]
    same([r["userIdentity"]["arn"] for r in records if r["responseElements"]["keyMetadata"]["arn"] == own], ["arn:aws:iam::444455556666:user/stranger"])


@step("aliases: create, use, list page by page, delete")
def _():
    app.create_alias(AliasName="alias/boto3", TargetKeyId=key)
    same(app.describe_key(KeyId="alias/boto3")["KeyMetadata"]["Arn"], key)
    pages = app.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 1})
    same([a["TargetKeyId"] for p in pages for a in p["Aliases"] if a["AliasName"] == "alias/boto3"], [key.split("/")[1]])
    app.delete_alias(AliasName="alias/boto3")
    refused("NotFoundException", app.describe_key, KeyId="alias/boto3")


def signed(spec, algorithm):
    signing = app.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signature = app.sign(KeyId=signing, Message=b"hello", SigningAlgorithm=algorithm)["Signature"]
    public = serialization.load_der_public_key(app.get_public_key(KeyId=signing)["PublicKey"])
    return public, signature


@step("sign with P-384, cryptography verifies")
def _():
    public, signature = signed("ECC_NIST_P384", "ECDSA_SHA_384")
    public.verify(signature, b"hello", ec.ECDSA(hashes.SHA384()))


@step("sign with secp256k1, cryptography verifies")
def _():
    public, signature = signed("ECC_SECG_P256K1", "ECDSA_SHA_256")
    public.verify(signature, b"hello", ec.ECDSA(hashes.SHA256()))


@step("sign with PKCS #1 v1.5, cryptography verifies")
def _():
    public, signature = signed("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256")
    public.verify(signature, b"hello", padding.PKCS1v15(), hashes.SHA256())


@step("a deleted key is refused until the deletion is cancelled")
def _():
    other = app.create_key()["KeyMetadata"]["KeyId"]
    app.schedule_key_deletion(KeyId=other, PendingWindowInDays=7)
    refused("KMSInvalidStateException", app.encrypt, KeyId=other, Plaintext=b"hello")
    app.cancel_key_deletion(KeyId=other)
    refused("DisabledException", app.encrypt, KeyId=other, Plaintext=b"hello")
    app.enable_key(KeyId=other)
    app.encrypt(KeyId=other, Plaintext=b"hello")


@functools.cache
def client(service, profile="app"):
    return boto3.Session(profile_name=profile).client(service)


def call(service, operation, profile="app", **arguments):
    try:
        out = getattr(client(service, profile), xform_name(operation))(**arguments)
    except ClientError as e:
        raise bedrock.Refused(e.response["Error"]["Code"], e.response["Error"]["Message"])
    del out["ResponseMetadata"]
    return out


def every(service, operation, member, **arguments):
    pages = client(service).get_paginator(xform_name(operation)).paginate(**arguments, PaginationConfig={"PageSize": 1})
    return [one for page in pages for one in page[member]]


bedrock.drive("boto3", call, every)

MODEL = "amazon.nova-lite-v1:0"


# The AWS CLI has no command for it: it does without operations that answer streams.
@step("bedrock-agent-runtime: a flow is invoked by its alias, and answers a stream")
def _():
    agent = client("bedrock-agent")
    flow = agent.create_flow(name="boto3-invoked", executionRoleArn=bedrock.ROLE, definition=bedrock.FLOW)["id"]
    agent.prepare_flow(flowIdentifier=flow)
    version = agent.create_flow_version(flowIdentifier=flow)["version"]
    alias = agent.create_flow_alias(flowIdentifier=flow, name="live", routingConfiguration=[{"flowVersion": version}])["id"]
    asked = {"nodeName": "In", "nodeOutputName": "document", "content": {"document": "hello"}}
    events = client("bedrock-agent-runtime").invoke_flow(flowIdentifier=flow, flowAliasIdentifier=alias, inputs=[asked])["responseStream"]
    same(list(events), [
        {"flowOutputEvent": {"nodeName": "Out", "nodeType": "FlowOutputNode", "content": {"document": "hello"}}},
        {"flowCompletionEvent": {"completionReason": "SUCCESS"}},
    ])


@step("bedrock-runtime: a model answers a conversation in a stream")
def _():
    asked = [{"role": "user", "content": [{"text": "hello again"}]}]
    events = list(client("bedrock-runtime").converse_stream(modelId=MODEL, messages=asked)["stream"])
    same([next(iter(e)) for e in events], ["messageStart"] + ["contentBlockDelta"] * 4 + ["contentBlockStop", "messageStop", "metadata"])
    same("".join(e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e), "You said: hello again")
    same(events[-1]["metadata"]["usage"], {"inputTokens": 2, "outputTokens": 4, "totalTokens": 6})


@step("bedrock-agent-runtime: an agent is invoked, and answers a stream")
def _():
    agent = client("bedrock-agent")
    instruction = "You answer questions of customers about their orders."
    made = agent.create_agent(agentName="boto3-invoked", agentResourceRoleArn=bedrock.ROLE, foundationModel=MODEL, instruction=instruction)["agent"]["agentId"]
    agent.prepare_agent(agentId=made)
    events = client("bedrock-agent-runtime").invoke_agent(agentId=made, agentAliasId="TSTALIASID", sessionId="boto3", inputText="hello")["completion"]
    same(b"".join(e["chunk"]["bytes"] for e in events), b"You said: hello")


done()
