package local

import (
	"github.com/bedlock/bedlock/plane/account"
	"github.com/bedlock/bedlock/plane/agentcore"
	"github.com/bedlock/bedlock/plane/agents"
	"github.com/bedlock/bedlock/plane/automation"
	"github.com/bedlock/bedlock/plane/bedrock"
	"github.com/bedlock/bedlock/plane/config"
	"github.com/bedlock/bedlock/plane/dynamodb"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/firehose"
	"github.com/bedlock/bedlock/plane/lambda"
	"github.com/bedlock/bedlock/plane/logs"
	"github.com/bedlock/bedlock/plane/opensearchserverless"
	"github.com/bedlock/bedlock/plane/organizations"
	"github.com/bedlock/bedlock/plane/rds"
	"github.com/bedlock/bedlock/plane/registry"
	"github.com/bedlock/bedlock/plane/s3"
	"github.com/bedlock/bedlock/plane/s3vectors"
	"github.com/bedlock/bedlock/plane/secretsmanager"
	"github.com/bedlock/bedlock/plane/sns"
	"github.com/bedlock/bedlock/plane/sqs"
	"github.com/bedlock/bedlock/plane/ssm"
	"github.com/bedlock/bedlock/plane/stepfunctions"
	"github.com/bedlock/bedlock/plane/tagging"
)

// services make the services that are driven by their models, in no particular order. Each
// package below plane has one row.
var services = []func(*emulate.World) ([]*emulate.Service, error){
	account.New,
	agentcore.New,
	agents.New,
	automation.New,
	bedrock.New,
	config.New,
	dynamodb.New,
	firehose.New,
	lambda.New,
	logs.New,
	opensearchserverless.New,
	organizations.New,
	rds.New,
	registry.New,
	s3.New,
	s3vectors.New,
	secretsmanager.New,
	sns.New,
	sqs.New,
	ssm.New,
	stepfunctions.New,
	tagging.New,
}
