"""The steps with Bedrock and AgentCore that boto3 and the AWS CLI have in common.

How a client calls is its own program's: call(service, operation, **input) answers the output, and
every(service, operation, member, **input) what a list has, one result a page. Both raise Refused;
call takes a profile too. Operations and members are written as AWS's API has them.
"""

import datetime
import json

from steps import same, step

ROLE = "arn:aws:iam::111122223333:role/service"
MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
INSTRUCTION = "You answer questions of customers about their orders."

# Prompts are under the key by the service itself, not by who calls.
# https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-management-prereq.html
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"},
    ],
}

# A flow that answers what it is asked.
FLOW = {
    "nodes": [
        {"name": "In", "type": "Input", "configuration": {"input": {}}, "outputs": [{"name": "document", "type": "String"}]},
        {"name": "Out", "type": "Output", "configuration": {"output": {}}, "inputs": [{"name": "document", "type": "String", "expression": "$.data"}]},
    ],
    "connections": [
        {"name": "Through", "source": "In", "target": "Out", "type": "Data", "configuration": {"data": {"sourceOutput": "document", "targetInput": "document"}}},
    ],
}


class Refused(Exception):
    """AWS's error."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Client:
    """A client that calls as its program does, and a key for what it makes."""

    def __init__(self, name, call, every):
        self.name, self.call, self.every = name, call, every
        self.key = call("kms", "CreateKey", Policy=json.dumps(POLICY))["KeyMetadata"]["Arn"]

    def refused(self, code, service, operation, **arguments):
        try:
            self.call(service, operation, **arguments)
        except Refused as e:
            same(e.code, code)
            return e.message
        raise AssertionError(f"{operation} was allowed, want {code}")

    def needs_key(self, service, operation, **arguments):
        """The call is refused while the key is disabled, and works again after that."""
        self.call("kms", "DisableKey", KeyId=self.key)
        try:
            same(self.refused("ValidationException", service, operation, **arguments), self.key + " is disabled.")
        finally:
            self.call("kms", "EnableKey", KeyId=self.key)
        self.call(service, operation, **arguments)


def drive(name, call, every):
    client = Client(name, call, every)
    for steps in guardrails, agents, prompts, flows, memories, gateways, denied:
        steps(client)


def recent(when):
    """A time of the last minute: a datetime of boto3, or what is on the wire, which the CLI prints."""
    if isinstance(when, float):
        when = datetime.datetime.fromtimestamp(when, datetime.timezone.utc)
    if isinstance(when, str):
        when = datetime.datetime.fromisoformat(when)
    age = (datetime.datetime.now(datetime.timezone.utc) - when).total_seconds()
    same(-1 <= age < 60, True)


def picked(output, *members):
    return {m: output.get(m) for m in members}


def guardrails(c):
    texts = {"blockedInputMessaging": "No.", "blockedOutputsMessaging": "Not that."}
    made = {}

    def applied(version, text):
        return c.call("bedrock-runtime", "ApplyGuardrail", source="INPUT", content=[{"text": {"text": text}}], guardrailIdentifier=made["id"], guardrailVersion=version)

    @step("bedrock: a guardrail is created under a key, read")
    def _():
        out = c.call("bedrock", "CreateGuardrail", name=c.name, description="words", kmsKeyId=c.key, wordPolicyConfig={"wordsConfig": [{"text": "zebra"}]}, **texts)
        made["id"] = out["guardrailId"]
        same(picked(out, "guardrailArn", "version"), {"guardrailArn": f"arn:aws:bedrock:eu-west-1:111122223333:guardrail/{made['id']}", "version": "DRAFT"})
        recent(out["createdAt"])
        got = c.call("bedrock", "GetGuardrail", guardrailIdentifier=made["id"])
        same(picked(got, "name", "description", "kmsKeyArn", "status"), {"name": c.name, "description": "words", "kmsKeyArn": c.key, "status": "READY"})
        same([w["text"] for w in got["wordPolicy"]["words"]], ["zebra"])

    @step("bedrock: a version of a guardrail is cut, and applied")
    def _():
        same(c.call("bedrock", "CreateGuardrailVersion", guardrailIdentifier=made["id"]), {"guardrailId": made["id"], "version": "1"})
        out = applied("1", "a zebra")
        same((out["action"], out["outputs"]), ("GUARDRAIL_INTERVENED", [{"text": "No."}]))
        same(applied("1", "a horse")["action"], "NONE")

    @step("bedrock: what an update of a guardrail leaves out is gone, and stays in its version")
    def _():
        content = {"filtersConfig": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}]}
        c.call("bedrock", "UpdateGuardrail", guardrailIdentifier=made["id"], name=c.name, kmsKeyId=c.key, contentPolicyConfig=content, **texts)
        got = c.call("bedrock", "GetGuardrail", guardrailIdentifier=made["id"])
        same(picked(got, "description", "wordPolicy", "kmsKeyArn"), {"description": None, "wordPolicy": None, "kmsKeyArn": c.key})
        same([f["type"] for f in got["contentPolicy"]["filters"]], ["HATE"])
        same(applied("DRAFT", "a zebra")["action"], "NONE")
        same(applied("1", "a zebra")["action"], "GUARDRAIL_INTERVENED")

    @step("bedrock: guardrails and their versions are listed")
    def _():
        same([g["name"] for g in c.every("bedrock", "ListGuardrails", "guardrails") if g["id"] == made["id"]], [c.name])
        same(sorted(g["version"] for g in c.every("bedrock", "ListGuardrails", "guardrails", guardrailIdentifier=made["id"])), ["1", "DRAFT"])

    @step("bedrock: a guardrail whose key is disabled is not applied")
    def _():
        c.needs_key("bedrock-runtime", "ApplyGuardrail", source="INPUT", content=[{"text": {"text": "a zebra"}}], guardrailIdentifier=made["id"], guardrailVersion="1")

    @step("bedrock: a deleted guardrail is not found")
    def _():
        c.call("bedrock", "DeleteGuardrail", guardrailIdentifier=made["id"])
        c.refused("ResourceNotFoundException", "bedrock", "GetGuardrail", guardrailIdentifier=made["id"])


def agents(c):
    made = {}

    @step("bedrock-agent: an agent is created under a key, read")
    def _():
        out = c.call("bedrock-agent", "CreateAgent", agentName=c.name, agentResourceRoleArn=ROLE, foundationModel=MODEL, instruction=INSTRUCTION, description="orders", customerEncryptionKeyArn=c.key)["agent"]
        made["id"] = out["agentId"]
        recent(out["createdAt"])
        got = c.call("bedrock-agent", "GetAgent", agentId=made["id"])["agent"]
        want = {"instruction": INSTRUCTION, "description": "orders", "customerEncryptionKeyArn": c.key, "agentStatus": "NOT_PREPARED"}
        same(picked(got, *want), want)

    @step("bedrock-agent: an agent is prepared, and an alias cuts a version")
    def _():
        c.call("bedrock-agent", "PrepareAgent", agentId=made["id"])
        same(c.call("bedrock-agent", "GetAgent", agentId=made["id"])["agent"]["agentStatus"], "PREPARED")
        c.call("bedrock-agent", "CreateAgentAlias", agentId=made["id"], agentAliasName="live")
        found = {a["agentAliasName"]: [r["agentVersion"] for r in a["routingConfiguration"]] for a in c.every("bedrock-agent", "ListAgentAliases", "agentAliasSummaries", agentId=made["id"])}
        same(found["live"], ["1"])
        got = c.call("bedrock-agent", "GetAgentVersion", agentId=made["id"], agentVersion="1")["agentVersion"]
        same(picked(got, "instruction", "customerEncryptionKeyArn"), {"instruction": INSTRUCTION, "customerEncryptionKeyArn": c.key})

    @step("bedrock-agent: an agent whose key is disabled is not read")
    def _():
        c.needs_key("bedrock-agent", "GetAgent", agentId=made["id"])

    @step("bedrock-agent: what an update of an agent leaves out is gone, the key too")
    def _():
        c.call("bedrock-agent", "UpdateAgent", agentId=made["id"], agentName=c.name, agentResourceRoleArn=ROLE, foundationModel=MODEL, instruction=INSTRUCTION + " Be brief.")
        got = c.call("bedrock-agent", "GetAgent", agentId=made["id"])["agent"]
        want = {"instruction": INSTRUCTION + " Be brief.", "description": None, "customerEncryptionKeyArn": None}
        same(picked(got, *want), want)

    @step("bedrock-agent: a client token makes one agent, and not another")
    def _():
        token = f"{c.name}-{'0123456789' * 4}"
        first = c.call("bedrock-agent", "CreateAgent", agentName=c.name + "-once", clientToken=token)
        same(c.call("bedrock-agent", "CreateAgent", agentName=c.name + "-once", clientToken=token), first)
        c.refused("ConflictException", "bedrock-agent", "CreateAgent", agentName=c.name + "-twice", clientToken=token)

    @step("bedrock-agent: agents are listed; unknown and deleted ones are not found")
    def _():
        same([a["agentName"] for a in c.every("bedrock-agent", "ListAgents", "agentSummaries") if a["agentId"] == made["id"]], [c.name])
        c.refused("ResourceNotFoundException", "bedrock-agent", "GetAgent", agentId="UNKNOWN123")
        c.call("bedrock-agent", "DeleteAgent", agentId=made["id"], skipResourceInUseCheck=True)
        c.refused("ResourceNotFoundException", "bedrock-agent", "GetAgent", agentId=made["id"])


def prompts(c):
    made = {}

    def variants(text):
        return [{"name": "v", "templateType": "TEXT", "templateConfiguration": {"text": {"text": text, "inputVariables": [{"name": "who"}]}}, "inferenceConfiguration": {"text": {"temperature": 0.5, "maxTokens": 20}}}]

    @step("bedrock-agent: a prompt is created under a key, read")
    def _():
        out = c.call("bedrock-agent", "CreatePrompt", name=c.name, description="greets", customerEncryptionKeyArn=c.key, defaultVariant="v", variants=variants("Hello {{who}}"))
        made["id"] = out["id"]
        recent(out["createdAt"])
        got = c.call("bedrock-agent", "GetPrompt", promptIdentifier=made["id"])
        want = {"name": c.name, "description": "greets", "customerEncryptionKeyArn": c.key, "version": "DRAFT", "variants": variants("Hello {{who}}")}
        same(picked(got, *want), want)

    @step("bedrock-agent: a version of a prompt is cut, and stays as it was")
    def _():
        same(c.call("bedrock-agent", "CreatePromptVersion", promptIdentifier=made["id"])["version"], "1")
        c.call("bedrock-agent", "UpdatePrompt", promptIdentifier=made["id"], name=c.name, customerEncryptionKeyArn=c.key, variants=variants("Bye {{who}}"))
        got = c.call("bedrock-agent", "GetPrompt", promptIdentifier=made["id"])
        want = {"description": None, "defaultVariant": None, "customerEncryptionKeyArn": c.key, "variants": variants("Bye {{who}}")}
        same(picked(got, *want), want)
        same(c.call("bedrock-agent", "GetPrompt", promptIdentifier=made["id"], promptVersion="1")["variants"], variants("Hello {{who}}"))

    @step("bedrock-agent: a prompt whose key is disabled is not read")
    def _():
        c.needs_key("bedrock-agent", "GetPrompt", promptIdentifier=made["id"])

    @step("bedrock-agent: prompts and their versions are listed; unknown and deleted ones are not found")
    def _():
        same([p["name"] for p in c.every("bedrock-agent", "ListPrompts", "promptSummaries") if p["id"] == made["id"]], [c.name])
        same(sorted(p["version"] for p in c.every("bedrock-agent", "ListPrompts", "promptSummaries", promptIdentifier=made["id"])), ["1", "DRAFT"])
        c.refused("ResourceNotFoundException", "bedrock-agent", "GetPrompt", promptIdentifier="UNKNOWN123")
        c.call("bedrock-agent", "DeletePrompt", promptIdentifier=made["id"])
        c.refused("ResourceNotFoundException", "bedrock-agent", "GetPrompt", promptIdentifier=made["id"])


def flows(c):
    service, made = "bedrock-agent", {}
    needed = {"name": c.name, "executionRoleArn": ROLE, "customerEncryptionKeyArn": c.key}

    @step("bedrock-agent: a flow is created under a key, read")
    def _():
        out = c.call(service, "CreateFlow", description="passes on", definition=FLOW, **needed)
        made["id"] = out["id"]
        recent(out["createdAt"])
        got = c.call(service, "GetFlow", flowIdentifier=made["id"])
        want = needed | {"description": "passes on", "definition": FLOW, "status": "NotPrepared", "version": "DRAFT"}
        same(picked(got, *want), want)

    @step("bedrock-agent: a flow is prepared, a version of it is cut")
    def _():
        c.call(service, "PrepareFlow", flowIdentifier=made["id"])
        same(c.call(service, "GetFlow", flowIdentifier=made["id"])["status"], "Prepared")
        same(c.call(service, "CreateFlowVersion", flowIdentifier=made["id"])["version"], "1")

    @step("bedrock-agent: what an update of a flow leaves out is gone, and stays in its version")
    def _():
        c.call(service, "UpdateFlow", flowIdentifier=made["id"], **needed)
        got = c.call(service, "GetFlow", flowIdentifier=made["id"])
        same(picked(got, "description", "customerEncryptionKeyArn"), {"description": None, "customerEncryptionKeyArn": c.key})
        same((got.get("definition") or {}).get("nodes", []), [])
        same(c.call(service, "GetFlowVersion", flowIdentifier=made["id"], flowVersion="1")["definition"], FLOW)

    @step("bedrock-agent: a flow whose key is disabled is not read")
    def _():
        c.call(service, "UpdateFlow", flowIdentifier=made["id"], definition=FLOW, **needed)
        c.needs_key(service, "GetFlow", flowIdentifier=made["id"])

    @step("bedrock-agent: flows are listed; unknown and deleted ones are not found")
    def _():
        same([f["name"] for f in c.every(service, "ListFlows", "flowSummaries") if f["id"] == made["id"]], [c.name])
        c.refused("ResourceNotFoundException", service, "GetFlow", flowIdentifier="UNKNOWN123")
        c.call(service, "DeleteFlow", flowIdentifier=made["id"])
        c.refused("ResourceNotFoundException", service, "GetFlow", flowIdentifier=made["id"])


def memories(c):
    service, made = "bedrock-agentcore-control", {}
    title = c.name.replace("-", "_")

    @step("bedrock-agentcore-control: a memory is created under a key, read")
    def _():
        out = c.call(service, "CreateMemory", name=title, description="chats", eventExpiryDuration=30, encryptionKeyArn=c.key)["memory"]
        made["id"] = out["id"]
        recent(out["createdAt"])
        got = c.call(service, "GetMemory", memoryId=made["id"])["memory"]
        want = {"name": title, "description": "chats", "eventExpiryDuration": 30, "encryptionKeyArn": c.key, "status": "ACTIVE"}
        same(picked(got, *want), want)

    @step("bedrock-agentcore-control: what an update of a memory leaves out stays")
    def _():
        c.call(service, "UpdateMemory", memoryId=made["id"], eventExpiryDuration=60)
        got = c.call(service, "GetMemory", memoryId=made["id"])["memory"]
        want = {"description": "chats", "eventExpiryDuration": 60, "encryptionKeyArn": c.key}
        same(picked(got, *want), want)

    @step("bedrock-agentcore-control: a memory whose key is disabled is not read")
    def _():
        c.needs_key(service, "GetMemory", memoryId=made["id"])

    @step("bedrock-agentcore-control: memories are listed; unknown and deleted ones are not found")
    def _():
        same([m["status"] for m in c.every(service, "ListMemories", "memories") if m["id"] == made["id"]], ["ACTIVE"])
        c.refused("ResourceNotFoundException", service, "GetMemory", memoryId="unknown-0123456789")
        c.call(service, "DeleteMemory", memoryId=made["id"])
        c.refused("ResourceNotFoundException", service, "GetMemory", memoryId=made["id"])


def gateways(c):
    service, made = "bedrock-agentcore-control", {}
    needed = {"name": c.name, "roleArn": ROLE, "protocolType": "MCP", "authorizerType": "AWS_IAM", "kmsKeyArn": c.key}

    @step("bedrock-agentcore-control: a gateway is created under a key, read")
    def _():
        out = c.call(service, "CreateGateway", description="tools", protocolConfiguration={"mcp": {"instructions": "Use the tools."}}, **needed)
        made["id"] = out["gatewayId"]
        recent(out["createdAt"])
        got = c.call(service, "GetGateway", gatewayIdentifier=made["id"])
        want = needed | {"description": "tools", "protocolConfiguration": {"mcp": {"instructions": "Use the tools."}}, "status": "READY"}
        same(picked(got, *want), want)

    @step("bedrock-agentcore-control: what an update of a gateway leaves out is gone")
    def _():
        c.call(service, "UpdateGateway", gatewayIdentifier=made["id"], **needed)
        got = c.call(service, "GetGateway", gatewayIdentifier=made["id"])
        same(picked(got, "description", "protocolConfiguration", "kmsKeyArn"), {"description": None, "protocolConfiguration": None, "kmsKeyArn": c.key})

    @step("bedrock-agentcore-control: a gateway whose key is disabled is not read")
    def _():
        c.call(service, "UpdateGateway", gatewayIdentifier=made["id"], protocolConfiguration={"mcp": {"instructions": "Again."}}, **needed)
        c.needs_key(service, "GetGateway", gatewayIdentifier=made["id"])

    @step("bedrock-agentcore-control: gateways are listed; unknown and deleted ones are not found")
    def _():
        same([g["name"] for g in c.every(service, "ListGateways", "items") if g["gatewayId"] == made["id"]], [c.name])
        c.refused("ResourceNotFoundException", service, "GetGateway", gatewayIdentifier="unknown-0123456789")
        c.call(service, "DeleteGateway", gatewayIdentifier=made["id"])
        c.refused("ResourceNotFoundException", service, "GetGateway", gatewayIdentifier=made["id"])


def denied(c):
    for service, operation in ("bedrock", "ListGuardrails"), ("bedrock-agent", "ListAgents"), ("bedrock-agentcore-control", "ListGateways"):

        @step(f"{service}: a user without policies is denied")
        def _():
            c.refused("AccessDeniedException", service, operation, profile="nobody")
