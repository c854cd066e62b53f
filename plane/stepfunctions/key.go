package stepfunctions

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// The slots of the catalogue, and what an execution read and wrote.
const (
	definition = "definition"
	tasks      = "tasks"
	execution  = "execution"
)

// The needs of a state machine's key: that of callers who write or read the definition, and that
// of the role in executions.
const (
	byCaller = "create"
	byRole   = "use"
)

// The types of keys.
const (
	customer = "CUSTOMER_MANAGED_KMS_KEY"
	owned    = "AWS_OWNED_KEY"
)

// defaultReuse is how long data keys are used, in seconds, when nothing is said.
// Source: https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
const defaultReuse = 300

// subject is a state machine with its role for its key.
func subject(r *emulate.Request, arn, role string) *behalf.Subject {
	s := r.Subject("AWS::StepFunctions::StateMachine", definition, arn)
	s.Name = arn[strings.LastIndexByte(arn, ':')+1:]
	s.Roles = map[string]string{"execution": role}
	return s
}

// encryptionOf is the encryption that a request asks for, as it is shown, and its key.
func encryptionOf(r *emulate.Request) (shown wire.Object, key string, err error) {
	in := r.In.Object("encryptionConfiguration")
	if in.Text("type") != customer {
		return wire.Object{"type": owned}, "", nil
	}
	if key = in.Text("kmsKeyId"); key == "" {
		// That it is refused is documented, the text is unconfirmed.
		return nil, "", r.Fail("InvalidEncryptionConfiguration", "Invalid Encryption Configuration: 'kmsKeyId must be specified when type is CUSTOMER_MANAGED_KMS_KEY'")
	}
	return wire.Object{"kmsDataKeyReusePeriodSeconds": int64(defaultReuse)}.With(in), key, nil
}

// sealDefinition seals the definition of a state machine as the caller.
func sealDefinition(ctx context.Context, r *emulate.Request, s *behalf.Subject, key, text string) (*records.Sealed, error) {
	return r.Service.Keys.Seal(ctx, r.Call, s, key, byCaller, []byte(text))
}

// openDefinition opens it: for a caller, or for an execution.
func openDefinition(ctx context.Context, r *emulate.Request, s *behalf.Subject, rec *records.Record, purpose string) (string, error) {
	text, err := r.Service.Keys.Open(ctx, r.Call, s, rec.Sealed[definition], purpose)
	return string(text), err
}

// metadataOnly says whether a caller does without what is encrypted.
func metadataOnly(r *emulate.Request) bool { return r.In.Text("includedData") == "METADATA_ONLY" }

// refused is how the service answers when a key is not there for it. The codes are documented,
// the texts are those of KMS, which is unconfirmed:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html.
func refused(r *emulate.Request, e *behalf.Error) error {
	switch {
	case e.Code == behalf.RoleRefused:
		return noRole(r)
	case e.Denied():
		return r.Fail("KmsAccessDeniedException", "%s", e.Message)
	case strings.HasPrefix(r.Operation, "Create") || strings.HasPrefix(r.Operation, "Update"):
		return r.Fail("InvalidEncryptionConfiguration", "Invalid Encryption Configuration: '%s'", e.Message)
	}
	return r.Fail("KmsInvalidStateException", "%s", e.Message)
}

// noRole is recorded: https://github.com/lumigo-io/lumigo-CLI/issues/83.
func noRole(r *emulate.Request) error {
	return r.Fail("AccessDeniedException", "Neither the global service principal %s, nor the regional one is authorized to assume the provided role.", principal)
}

// checkRole refuses a role that the caller may not hand to the service, or that the service
// cannot assume.
func checkRole(ctx context.Context, r *emulate.Request, role, machine string) error {
	if err := r.PassRole(ctx, role, principal); err != nil {
		return err
	}
	_, err := r.Service.Sessions.ServiceSession(ctx, principal, role, "states", authz.Context{
		"aws:sourceaccount": {Values: []string{r.Account}}, "aws:sourcearn": {Values: []string{machine}},
	})
	if err != nil {
		return noRole(r)
	}
	return nil
}
