package stepfunctions

import (
	"strings"

	"github.com/bedlock/bedlock/plane/emulate"
)

// known refuses an ARN of no state machine and no activity of the caller's.
func known(r *emulate.Request, arn string) error {
	for kind, record := range map[string]string{"stateMachine": machineKind, "activity": activityKind} {
		if name, ok := strings.CutPrefix(arn, r.ARN(kind+":")); ok && r.Service.Records.Get(r.Key(record, name)) != nil {
			return nil
		}
	}
	return r.Fail(notFound, "Resource not found: '%s'", arn)
}

// fewTags holds to the quota. The text is unconfirmed.
func fewTags(r *emulate.Request, _ map[string]string, count int) error {
	if count > mostTags {
		return r.Fail("TooManyTags", "The resource would have %d tags; the quota is %d.", count, mostTags)
	}
	return nil
}
