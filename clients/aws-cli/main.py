"""Drives the AWS CLI, as a person at a shell does."""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent))

import bedrock
from steps import begin, done, same, step

AWS = str(pathlib.Path(sys.executable).parent / "aws")


def aws(*arguments, profile="app"):
    ended = subprocess.run([AWS, *arguments], env=os.environ | {"AWS_PROFILE": profile}, capture_output=True, text=True, timeout=60)
    if ended.returncode:
        raise RuntimeError(ended.stderr)
    return json.loads(ended.stdout) if ended.stdout.strip() else None


def refused(message, *arguments, profile="app"):
    try:
        aws(*arguments, profile=profile)
    except RuntimeError as e:
        if message not in str(e):
            raise
        return
    raise AssertionError(f"was allowed, want {message}")


begin(subprocess.run([AWS, "--version"], capture_output=True, text=True).stdout.split()[0].split("/")[1])
key = aws("kms", "create-key", "--tags", "TagKey=app,TagValue=cli")["KeyMetadata"]["Arn"]
pathlib.Path("plain").write_bytes(b"hello\x00\xff")
out = aws("kms", "encrypt", "--key-id", key, "--plaintext", "fileb://plain", "--encryption-context", "tenant=a")
pathlib.Path("sealed").write_bytes(base64.b64decode(out["CiphertextBlob"]))


def opens():
    out = aws("kms", "decrypt", "--ciphertext-blob", "fileb://sealed", "--encryption-context", "tenant=a")
    same((base64.b64decode(out["Plaintext"]), out["KeyId"]), (b"hello\x00\xff", key))


@step("encrypt, decrypt with a context")
def _():
    opens()


@step("decrypt with another context is refused")
def _():
    refused("(InvalidCiphertextException)", "kms", "decrypt", "--ciphertext-blob", "fileb://sealed", "--encryption-context", "tenant=b")


@step("rotate-key-on-demand, the old ciphertext opens")
def _():
    same(aws("kms", "rotate-key-on-demand", "--key-id", key)["KeyId"], key)
    opens()


@step("a user without policies is denied")
def _():
    denied = "An error occurred (AccessDeniedException) when calling the {} operation: User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: "
    sealed = ("--ciphertext-blob", "fileb://sealed", "--encryption-context", "tenant=a")
    refused(denied.format("Decrypt") + "kms:Decrypt on the resource associated with this ciphertext", "kms", "decrypt", *sealed, profile="nobody")
    refused(denied.format("Decrypt") + f"kms:Decrypt on resource: {key}", "kms", "decrypt", "--key-id", key, *sealed, profile="nobody")


@step("assume-role by profile, get-caller-identity")
def _():
    me = aws("sts", "get-caller-identity", profile="operator")
    same((me["Account"], me["Arn"].rsplit("/", 1)[0]), ("111122223333", "arn:aws:sts::111122223333:assumed-role/operator"))
    out = aws("kms", "decrypt", "--ciphertext-blob", "fileb://sealed", "--encryption-context", "tenant=a", profile="operator")
    same(base64.b64decode(out["Plaintext"]), b"hello\x00\xff")
    refused("(AccessDenied) when calling the AssumeRole operation", "kms", "list-keys", profile="intruder")


@step("list-resource-tags")
def _():
    same(aws("kms", "list-resource-tags", "--key-id", key)["Tags"], [{"TagKey": "app", "TagValue": "cli"}])


@step("put-key-policy, get-key-policy")
def _():
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}
    aws("kms", "put-key-policy", "--key-id", key, "--policy", json.dumps(policy))
    same(json.loads(aws("kms", "get-key-policy", "--key-id", key)["Policy"]), policy)


def hyphenated(name):
    return re.sub("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def call(service, operation, *flags, profile="app", **arguments):
    for name, value in arguments.items():
        flags += ("--" + hyphenated(name),)
        if value is not True:
            flags += (value if isinstance(value, str) else json.dumps(value),)
    try:
        return aws(service, hyphenated(operation), *flags, profile=profile)
    except RuntimeError as e:
        error = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation: (.*)", str(e))
        if not error:
            raise
        raise bedrock.Refused(*error.groups())


def every(service, operation, member, **arguments):
    return call(service, operation, "--page-size", "1", **arguments)[member]


bedrock.drive("aws-cli", call, every)

done()
