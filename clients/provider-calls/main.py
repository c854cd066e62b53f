"""Makes with boto3 the calls by which the AWS provider of OpenTofu and Terraform manages resources.

The provider itself could not be had: docs/local.md says what was tried. These are its calls by resource: what
applying calls, what each refresh and plan reads, the change of the key, and what destroying calls and then
waits for. Reads may be answered with an error only where the provider takes it for "there is none". That a
second plan has no difference is looked at for the key alone.

Those of buckets and prompts were compared with its sources (internal/service of
github.com/hashicorp/terraform-provider-aws); that those of the others are complete is unconfirmed.
"""

import json
import pathlib
import sys

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent))

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

from steps import begin, done, same, step

session = boto3.Session(profile_name="stranger")
ACCOUNT = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/bedrock"


def call(to, **arguments):
    """call("s3:GetBucketAcl", Bucket=…) answers what the operation does."""
    service, operation = to.split(":")
    return getattr(session.client(service), xform_name(operation))(**arguments)


def absent(code, to, **arguments):
    """The operation is refused with this code, which says that there is nothing."""
    try:
        call(to, **arguments)
    except ClientError as e:
        same(e.response["Error"]["Code"], code)
        return
    raise AssertionError(f"{to} found something, want {code}")


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]})


def allow_services(*names):
    return document(
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Principal": {"Service": names}, "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*"},
    )


def new_key():
    return call("kms:CreateKey", Policy=allow_services("bedrock.amazonaws.com", "logs.eu-west-1.amazonaws.com"))["KeyMetadata"]["Arn"]


begin(boto3.__version__)
key, other = new_key(), new_key()
tags = [{"Key": "team", "Value": "a"}]


@step("aws_kms_key, aws_kms_alias, aws_kms_grant")
def _():
    made = call("kms:CreateKey", Description="d", Tags=[{"TagKey": "team", "TagValue": "a"}], BypassPolicyLockoutSafetyCheck=False)["KeyMetadata"]["KeyId"]
    call("kms:EnableKeyRotation", KeyId=made, RotationPeriodInDays=180)
    same(call("kms:DescribeKey", KeyId=made)["KeyMetadata"]["Description"], "d")
    same(json.loads(call("kms:GetKeyPolicy", KeyId=made, PolicyName="default")["Policy"])["Version"], "2012-10-17")
    same(call("kms:GetKeyRotationStatus", KeyId=made)["RotationPeriodInDays"], 180)
    same(call("kms:ListResourceTags", KeyId=made)["Tags"], [{"TagKey": "team", "TagValue": "a"}])
    call("kms:CreateAlias", AliasName="alias/managed", TargetKeyId=made)
    call("kms:UpdateAlias", AliasName="alias/managed", TargetKeyId=other)
    same([a["TargetKeyId"] for a in call("kms:ListAliases")["Aliases"] if a["AliasName"] == "alias/managed"], [other.split("/")[-1]])
    grant = call("kms:CreateGrant", KeyId=made, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:root", Operations=["Decrypt"], Name="g")["GrantId"]
    same([g["GrantId"] for g in call("kms:ListGrants", KeyId=made)["Grants"]], [grant])
    call("kms:RevokeGrant", KeyId=made, GrantId=grant)
    call("kms:DeleteAlias", AliasName="alias/managed")
    call("kms:ScheduleKeyDeletion", KeyId=made, PendingWindowInDays=7)
    same(call("kms:DescribeKey", KeyId=made)["KeyMetadata"]["KeyState"], "PendingDeletion")


@step("aws_iam_role, aws_iam_role_policy")
def _():
    trust = document({"Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"})
    call("iam:CreateRole", RoleName="bedrock", AssumeRolePolicyDocument=trust, Path="/", MaxSessionDuration=3600, Tags=tags)
    call("iam:PutRolePolicy", RoleName="bedrock", PolicyName="all", PolicyDocument=document({"Action": "*", "Resource": "*"}))
    same(call("iam:GetRole", RoleName="bedrock")["Role"]["Arn"], ROLE)
    same(call("iam:ListRolePolicies", RoleName="bedrock")["PolicyNames"], ["all"])
    same(call("iam:ListAttachedRolePolicies", RoleName="bedrock")["AttachedPolicies"], [])
    same(call("iam:GetRolePolicy", RoleName="bedrock", PolicyName="all")["PolicyDocument"]["Statement"][0]["Action"], "*")
    call("iam:UpdateRole", RoleName="bedrock", MaxSessionDuration=7200)
    same(call("iam:GetRole", RoleName="bedrock")["Role"]["MaxSessionDuration"], 7200)


@step("aws_s3_bucket, aws_s3_bucket_server_side_encryption_configuration")
def _():
    bucket = {"Bucket": "managed-records"}

    def encrypt(with_key):
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": with_key}}
        call("s3:PutBucketEncryption", **bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        found = call("s3:GetBucketEncryption", **bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        same(found["ApplyServerSideEncryptionByDefault"], rule["ApplyServerSideEncryptionByDefault"])

    call("s3:CreateBucket", **bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    encrypt(key)
    same(call("s3:HeadBucket", **bucket)["BucketRegion"], "eu-west-1")
    for reads in ("Acl", "Versioning", "AccelerateConfiguration", "RequestPayment", "Logging"):
        call("s3:GetBucket" + reads, **bucket)
    absent("NoSuchBucketPolicy", "s3:GetBucketPolicy", **bucket)
    absent("NoSuchCORSConfiguration", "s3:GetBucketCors", **bucket)
    absent("NoSuchWebsiteConfiguration", "s3:GetBucketWebsite", **bucket)
    absent("NoSuchLifecycleConfiguration", "s3:GetBucketLifecycleConfiguration", **bucket)
    absent("ReplicationConfigurationNotFoundError", "s3:GetBucketReplication", **bucket)
    absent("ObjectLockConfigurationNotFoundError", "s3:GetObjectLockConfiguration", **bucket)
    absent("NoSuchTagSet", "s3:GetBucketTagging", **bucket)
    encrypt(other)
    call("s3:DeleteBucketEncryption", **bucket)
    call("s3:DeleteBucket", **bucket)
    absent("404", "s3:HeadBucket", **bucket)


@step("aws_dynamodb_table")
def _():
    table = {"TableName": "managed"}

    def encrypted(with_key):
        same(call("dynamodb:DescribeTable", **table)["Table"]["SSEDescription"]["KMSMasterKeyArn"], with_key)

    made = call(
        "dynamodb:CreateTable", **table, BillingMode="PAY_PER_REQUEST", Tags=tags, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )["TableDescription"]["TableArn"]
    encrypted(key)
    call("dynamodb:DescribeContinuousBackups", **table)
    call("dynamodb:DescribeTimeToLive", **table)
    same(call("dynamodb:ListTagsOfResource", ResourceArn=made)["Tags"], tags)
    call("dynamodb:UpdateTable", **table, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": other})
    encrypted(other)
    call("dynamodb:DeleteTable", **table)
    absent("ResourceNotFoundException", "dynamodb:DescribeTable", **table)


@step("aws_secretsmanager_secret, aws_secretsmanager_secret_version")
def _():
    secret = {"SecretId": call("secretsmanager:CreateSecret", Name="managed", KmsKeyId=key, Tags=tags)["ARN"]}
    same(call("secretsmanager:DescribeSecret", **secret)["KmsKeyId"], key)
    same(call("secretsmanager:GetResourcePolicy", **secret).get("ResourcePolicy"), None)
    version = call("secretsmanager:PutSecretValue", **secret, SecretString="x")["VersionId"]
    same(call("secretsmanager:GetSecretValue", **secret, VersionId=version)["SecretString"], "x")
    call("secretsmanager:UpdateSecret", **secret, Description="d", KmsKeyId=other)
    same(call("secretsmanager:DescribeSecret", **secret)["KmsKeyId"], other)
    call("secretsmanager:DeleteSecret", **secret, RecoveryWindowInDays=7)
    same("DeletedDate" in call("secretsmanager:DescribeSecret", **secret), True)


@step("aws_ssm_parameter")
def _():
    named = {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["/managed"]}]}
    call("ssm:PutParameter", Name="/managed", Value="v", Type="SecureString", KeyId=key, Tier="Standard", Tags=tags)
    same(call("ssm:GetParameter", Name="/managed", WithDecryption=True)["Parameter"]["Value"], "v")
    same(call("ssm:DescribeParameters", **named)["Parameters"][0]["KeyId"], key)
    same(call("ssm:ListTagsForResource", ResourceType="Parameter", ResourceId="/managed")["TagList"], tags)
    call("ssm:PutParameter", Name="/managed", Value="w", Type="SecureString", KeyId=other, Overwrite=True)
    same(call("ssm:DescribeParameters", **named)["Parameters"][0]["KeyId"], other)
    call("ssm:DeleteParameter", Name="/managed")
    absent("ParameterNotFound", "ssm:GetParameter", Name="/managed")


@step("aws_sqs_queue")
def _():
    queue = {"QueueUrl": call("sqs:CreateQueue", QueueName="managed", Attributes={"KmsMasterKeyId": key, "VisibilityTimeout": "30"}, tags={"team": "a"})["QueueUrl"]}
    same(call("sqs:GetQueueAttributes", **queue, AttributeNames=["All"])["Attributes"]["KmsMasterKeyId"], key)
    same(call("sqs:ListQueueTags", **queue)["Tags"], {"team": "a"})
    call("sqs:SetQueueAttributes", **queue, Attributes={"KmsMasterKeyId": other})
    same(call("sqs:GetQueueAttributes", **queue, AttributeNames=["All"])["Attributes"]["KmsMasterKeyId"], other)
    call("sqs:DeleteQueue", **queue)
    absent("AWS.SimpleQueueService.NonExistentQueue", "sqs:GetQueueAttributes", **queue, AttributeNames=["All"])


@step("aws_cloudwatch_log_group")
def _():
    def found():
        return [g.get("kmsKeyId") for g in call("logs:DescribeLogGroups", logGroupNamePrefix="/managed")["logGroups"]]

    group = {"logGroupName": "/managed"}
    call("logs:CreateLogGroup", **group, kmsKeyId=key, tags={"team": "a"})
    call("logs:PutRetentionPolicy", **group, retentionInDays=30)
    same(found(), [key])
    same(call("logs:ListTagsForResource", resourceArn=f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/managed")["tags"], {"team": "a"})
    call("logs:AssociateKmsKey", **group, kmsKeyId=other)
    same(found(), [other])
    call("logs:DeleteLogGroup", **group)
    same(found(), [])


@step("aws_bedrock_guardrail, aws_bedrock_guardrail_version")
def _():
    words = {"name": "managed", "blockedInputMessaging": "a", "blockedOutputsMessaging": "b", "wordPolicyConfig": {"wordsConfig": [{"text": "fox"}]}}
    made = call("bedrock:CreateGuardrail", **words, kmsKeyId=key, tags=[{"key": "team", "value": "a"}])
    guardrail = {"guardrailIdentifier": made["guardrailId"]}
    same(call("bedrock:GetGuardrail", **guardrail, guardrailVersion="DRAFT")["kmsKeyArn"], key)
    same(call("bedrock:ListTagsForResource", resourceARN=made["guardrailArn"])["tags"], [{"key": "team", "value": "a"}])
    call("bedrock:UpdateGuardrail", **guardrail, **words, kmsKeyId=other)
    version = call("bedrock:CreateGuardrailVersion", **guardrail)["version"]
    same(call("bedrock:GetGuardrail", **guardrail, guardrailVersion=version)["kmsKeyArn"], other)
    call("bedrock:DeleteGuardrail", **guardrail, guardrailVersion=version)
    call("bedrock:DeleteGuardrail", **guardrail)
    absent("ResourceNotFoundException", "bedrock:GetGuardrail", **guardrail)


@step("aws_bedrockagent_agent, aws_bedrockagent_agent_action_group, aws_bedrockagent_agent_alias")
def _():
    members = {"agentName": "managed", "agentResourceRoleArn": ROLE, "foundationModel": "amazon.nova-lite-v1:0", "instruction": "Answer questions about the documents you are given."}
    made = call("bedrock-agent:CreateAgent", **members, customerEncryptionKeyArn=key, tags={"team": "a"})["agent"]
    agent = {"agentId": made["agentId"]}
    same(call("bedrock-agent:GetAgent", **agent)["agent"]["customerEncryptionKeyArn"], key)
    call("bedrock-agent:PrepareAgent", **agent)
    same(call("bedrock-agent:ListTagsForResource", resourceArn=made["agentArn"])["tags"], {"team": "a"})
    group = {**agent, "agentVersion": "DRAFT", "actionGroupName": "ask", "actionGroupExecutor": {"customControl": "RETURN_CONTROL"}, "functionSchema": {"functions": [{"name": "f"}]}}
    group = {**agent, "agentVersion": "DRAFT", "actionGroupId": call("bedrock-agent:CreateAgentActionGroup", **group)["agentActionGroup"]["actionGroupId"]}
    call("bedrock-agent:PrepareAgent", **agent)
    same(call("bedrock-agent:GetAgentActionGroup", **group)["agentActionGroup"]["actionGroupState"], "ENABLED")
    alias = {**agent, "agentAliasId": call("bedrock-agent:CreateAgentAlias", **agent, agentAliasName="live")["agentAlias"]["agentAliasId"]}
    same(call("bedrock-agent:GetAgentAlias", **alias)["agentAlias"]["agentAliasStatus"], "PREPARED")
    call("bedrock-agent:UpdateAgent", **agent, **members, customerEncryptionKeyArn=other)
    same(call("bedrock-agent:GetAgent", **agent)["agent"]["customerEncryptionKeyArn"], other)
    call("bedrock-agent:DeleteAgentAlias", **alias)
    call("bedrock-agent:DeleteAgentActionGroup", **group, skipResourceInUseCheck=True)
    call("bedrock-agent:DeleteAgent", **agent, skipResourceInUseCheck=False)
    absent("ResourceNotFoundException", "bedrock-agent:GetAgent", **agent)


@step("aws_bedrockagent_prompt, aws_bedrockagent_flow")
def _():
    variant = {"name": "v", "modelId": "amazon.nova-lite-v1:0", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "Say {{word}}", "inputVariables": [{"name": "word"}]}}}
    members = {"name": "managed", "defaultVariant": "v", "variants": [variant]}
    prompt = {"promptIdentifier": call("bedrock-agent:CreatePrompt", **members, customerEncryptionKeyArn=key)["id"]}
    got = call("bedrock-agent:GetPrompt", **prompt)
    same((got["customerEncryptionKeyArn"], got["variants"]), (key, [variant]))
    call("bedrock-agent:UpdatePrompt", **prompt, **members, customerEncryptionKeyArn=other)
    same(call("bedrock-agent:GetPrompt", **prompt)["customerEncryptionKeyArn"], other)
    call("bedrock-agent:DeletePrompt", **prompt)
    absent("ResourceNotFoundException", "bedrock-agent:GetPrompt", **prompt)
    members = {"name": "managed", "executionRoleArn": ROLE}
    flow = {"flowIdentifier": call("bedrock-agent:CreateFlow", **members, customerEncryptionKeyArn=key)["id"]}
    same(call("bedrock-agent:GetFlow", **flow)["customerEncryptionKeyArn"], key)
    call("bedrock-agent:UpdateFlow", **flow, **members, customerEncryptionKeyArn=other)
    same(call("bedrock-agent:GetFlow", **flow)["customerEncryptionKeyArn"], other)
    call("bedrock-agent:DeleteFlow", **flow)
    absent("ResourceNotFoundException", "bedrock-agent:GetFlow", **flow)


@step("aws_s3vectors_vector_bucket, aws_s3vectors_index, aws_bedrockagent_knowledge_base, aws_bedrockagent_data_source")
def _():
    vectors = call("s3vectors:CreateVectorBucket", vectorBucketName="managed")["vectorBucketArn"]
    index = call("s3vectors:CreateIndex", vectorBucketArn=vectors, indexName="texts", dataType="float32", dimension=1024, distanceMetric="cosine")["indexArn"]
    same(call("s3vectors:GetVectorBucket", vectorBucketArn=vectors)["vectorBucket"]["vectorBucketName"], "managed")
    same(call("s3vectors:GetIndex", indexArn=index)["index"]["dimension"], 1024)
    embedding = {"embeddingModelArn": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"}
    members = {"roleArn": ROLE, "knowledgeBaseConfiguration": {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": embedding}}
    members["storageConfiguration"] = {"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": index}}
    base = {"knowledgeBaseId": call("bedrock-agent:CreateKnowledgeBase", **members, name="managed")["knowledgeBase"]["knowledgeBaseId"]}
    same(call("bedrock-agent:GetKnowledgeBase", **base)["knowledgeBase"]["status"], "ACTIVE")
    call("bedrock-agent:UpdateKnowledgeBase", **base, **members, name="renamed")
    same(call("bedrock-agent:GetKnowledgeBase", **base)["knowledgeBase"]["name"], "renamed")
    members = {"name": "managed", "dataSourceConfiguration": {"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::documents"}}}
    made = call("bedrock-agent:CreateDataSource", **base, **members, serverSideEncryptionConfiguration={"kmsKeyArn": key})["dataSource"]
    source = {**base, "dataSourceId": made["dataSourceId"]}
    same(call("bedrock-agent:GetDataSource", **source)["dataSource"]["serverSideEncryptionConfiguration"], {"kmsKeyArn": key})
    call("bedrock-agent:UpdateDataSource", **source, **members, serverSideEncryptionConfiguration={"kmsKeyArn": other})
    same(call("bedrock-agent:GetDataSource", **source)["dataSource"]["serverSideEncryptionConfiguration"], {"kmsKeyArn": other})
    call("bedrock-agent:DeleteDataSource", **source)
    absent("ResourceNotFoundException", "bedrock-agent:GetDataSource", **source)
    call("bedrock-agent:DeleteKnowledgeBase", **base)
    absent("ResourceNotFoundException", "bedrock-agent:GetKnowledgeBase", **base)
    call("s3vectors:DeleteIndex", indexArn=index)
    call("s3vectors:DeleteVectorBucket", vectorBucketArn=vectors)
    absent("NotFoundException", "s3vectors:GetVectorBucket", vectorBucketArn=vectors)


@step("aws_bedrock_model_invocation_logging_configuration")
def _():
    call("logs:CreateLogGroup", logGroupName="/invocations", kmsKeyId=key)
    config = {"cloudWatchConfig": {"logGroupName": "/invocations", "roleArn": ROLE}, "textDataDeliveryEnabled": True}
    call("bedrock:PutModelInvocationLoggingConfiguration", loggingConfig=config)
    same(call("bedrock:GetModelInvocationLoggingConfiguration")["loggingConfig"], config)
    call("bedrock:DeleteModelInvocationLoggingConfiguration")
    same(call("bedrock:GetModelInvocationLoggingConfiguration").get("loggingConfig"), None)


@step("destroy of aws_iam_role")
def _():
    call("iam:ListInstanceProfilesForRole", RoleName="bedrock")
    call("iam:DeleteRolePolicy", RoleName="bedrock", PolicyName="all")
    call("iam:DeleteRole", RoleName="bedrock")
    absent("NoSuchEntity", "iam:GetRole", RoleName="bedrock")


done()
