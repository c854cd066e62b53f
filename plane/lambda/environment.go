package lambda

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The slots of the catalogue.
const (
	environment = "environment"
	code        = "code"
)

// The needs of the environment's key: that of callers who write it, of callers who read it, and
// that of the execution role.
const (
	byWriter = "create"
	byReader = "read"
	byRole   = "use"
)

// subject is a function for a key, with its execution role. The grant of an environment is for the
// role (https://aws.amazon.com/premiumsupport/knowledge-center/lambda-kmsaccessdeniedexception-errors/),
// in its sessions that are named after the function: so say refusals, "ARN does not refer to a
// valid principal: arn:aws:sts::…:assumed-role/{role}/{function}".
func subject(r *emulate.Request, t target, slot, role string) *behalf.Subject {
	s := r.Subject("AWS::Lambda::Function", slot, t.arn(r, ""))
	s.Account, s.Name, s.Session = t.account, t.name, t.name
	s.Roles = map[string]string{"execution": role}
	s.Grantee = "arn:" + r.Partition() + ":sts::" + t.account + ":assumed-role/" + role[strings.LastIndexByte(role, '/')+1:] + "/" + t.name
	return s
}

// sealEnvironment seals the variables of a function. Without variables and without a key of the
// customer there is nothing to seal.
func sealEnvironment(ctx context.Context, r *emulate.Request, t target, doc, variables wire.Object) (*records.Sealed, error) {
	key := doc.Text("KMSKeyArn")
	s := subject(r, t, environment, doc.Text("Role"))
	if key == "" {
		if len(variables) == 0 {
			return nil, nil
		}
		managed, err := r.Service.KMS.Managed(ctx, t.account, r.Region, api)
		if err != nil {
			return nil, err
		}
		key = managed.ARN()
		s.Only = []string{"Encrypt"} // a grant is for keys of the customer
	}
	return r.SealObject(ctx, s, key, byWriter, variables)
}

// openEnvironment opens the variables of a function; nil: there are none.
func openEnvironment(ctx context.Context, r *emulate.Request, t target, rec *records.Record, purpose string) (wire.Object, error) {
	sealed := rec.Sealed[environment]
	if sealed == nil {
		return nil, nil
	}
	return r.OpenObject(ctx, subject(r, t, environment, rec.Doc.Text("Role")), sealed, purpose)
}

// shownEnvironment is the environment for a caller: the variables, or why they cannot be
// decrypted; nil: there is none.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_EnvironmentResponse.html
func shownEnvironment(ctx context.Context, r *emulate.Request, t target, rec *records.Record) (wire.Object, error) {
	variables, err := openEnvironment(ctx, r, t, rec, byReader)
	var refused *behalf.Error
	switch {
	case errors.As(err, &refused):
		return wire.Object{"Error": wire.Object{"ErrorCode": refused.Code, "Message": unable("decrypt your environment variables", refused)}}, nil
	case err != nil || len(variables) == 0:
		return nil, err
	}
	return wire.Object{"Variables": variables}, nil
}

// unable says what the service could not do with a key. The text of CreateGrant is recorded in
// https://github.com/hashicorp/terraform/issues/20813, that of a denied Decrypt is quoted in public
// repositories; the others are alike, and unconfirmed.
func unable(what string, e *behalf.Error) string {
	why := "the KMS key is invalid for " + e.Operation + ". Please check your KMS key settings."
	switch {
	case e.Denied():
		why = "the KMS access was denied. Please check your KMS permissions."
	case e.Code == "DisabledException":
		why = "the KMS key used is disabled. Please check your KMS key settings."
	}
	return fmt.Sprintf("Lambda was unable to %s because %s KMS Exception: %s KMS Message: %s", what, why, e.Code, e.Message)
}

// refused is how the service answers when a key is not there for it: with the codes that are
// documented of an invocation (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html), else
// with that of other parameters; that a policy in the way has another code is unconfirmed.
func refused(r *emulate.Request, e *behalf.Error) error {
	if e.Code == behalf.RoleRefused {
		return noRole(r)
	}
	if r.Operation == "Invoke" {
		f := failureOf(e)
		return r.Fail(f.code, "Lambda was unable to decrypt the environment variables because %s. Please check the function's KMS key settings. KMS Exception: %sKMS Message: %s", f.why, e.Code, e.Message)
	}
	what := map[string]string{
		"CreateGrant": "configure access to your environment variables", "Encrypt": "encrypt your environment variables",
		"Decrypt": "decrypt your environment variables",
	}[e.Operation]
	if e.Need != nil && e.Need.Who == "service:"+principal {
		what = "use the KMS key of your deployment package"
	}
	text := unable(what, e)
	if e.Denied() {
		return r.Fail("AccessDeniedException", "%s", text)
	}
	return r.Fail(invalid, "%s", text)
}

// failure is why an invocation fails before code runs.
type failure struct{ code, why string }

// failureOf is the failure that a refusal of KMS makes. The text of the first is recorded:
// https://github.com/cattle-ops/terraform-aws-gitlab-runner/pull/1253; the others are those of the
// documentation of the codes.
func failureOf(e *behalf.Error) failure {
	switch {
	case e.Denied():
		return failure{"KMSAccessDeniedException", "KMS access was denied"}
	case e.Code == "DisabledException":
		return failure{"KMSDisabledException", "the KMS key used is disabled"}
	case e.Code == "NotFoundException":
		return failure{"KMSNotFoundException", "the KMS key was not found"}
	}
	return failure{"KMSInvalidStateException", "the state of the KMS key used is not valid for Decrypt"}
}

func noRole(r *emulate.Request) error {
	return r.Fail(invalid, "The role defined for the function cannot be assumed by Lambda.")
}
