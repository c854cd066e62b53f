// Package stepfunctions is AWS Step Functions of the local plane: state machines with their
// versions and aliases, activities, keys, tags, and executions of what needs no other service.
//
// The definition of a state machine is sealed by the caller through the service, and what its
// executions read and write by its execution role, both with the ARN of the state machine as
// encryption context. An execution keeps the definition and the key that it started with:
// https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html.
//
// Executions are of standard workflows in JSONPath whose states are Pass, Choice, Succeed, Fail
// and Wait for no time. Others are kept, and not started. An execution is done when it is
// started; until its status settles it shows as running. Members of outputs are in alphabetical
// order.
//
// What AWS has and this has not: Task, Map and Parallel states, JSONata, variables, intrinsic
// functions, the context object, express workflows' executions, stopping and redriving, tasks of
// activities, logs and traces; definitions are checked for their states and transitions only;
// data keys are not used again within kmsDataKeyReusePeriodSeconds, each execution has its own.
//
// Operations: https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html.
// Texts of refusals that say nothing else are those that LocalStack recorded of AWS:
// https://github.com/localstack/localstack/blob/v4.0.0/localstack-core/localstack/services/stepfunctions/provider.py.
package stepfunctions
