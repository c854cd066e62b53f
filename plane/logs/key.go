package logs

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot is that of the catalogue, for the events of a group.
const slot = "log-group"

func subject(r *emulate.Request, name string) *behalf.Subject {
	s := r.Subject("AWS::Logs::LogGroup", slot, r.ARN("log-group:"+name))
	s.Name = name
	return s
}

// keyed tries a key for a group, and makes the data key for its events.
func keyed(ctx context.Context, r *emulate.Request, name, key string) (*records.Sealed, error) {
	if !strings.HasPrefix(key, "arn:") {
		// Recorded: https://github.com/hashicorp/terraform/issues/24194
		return nil, r.Fail(invalid, "The specified KMS Key Id could not be found. '%s'", name)
	}
	return r.SealObject(ctx, subject(r, name), key, "use", nil)
}

// refused is how the service answers when a key is not there for it. A policy in the way is
// recorded: https://github.com/hashicorp/terraform-provider-aws/issues/29282. That a key that
// does not exist or is disabled is an InvalidParameterException is documented, its text is
// unconfirmed: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html.
// That reading and writing events is refused alike is unconfirmed.
func refused(r *emulate.Request, e *behalf.Error) error {
	if e.Denied() {
		return r.Fail("AccessDeniedException", "The specified KMS key does not exist or is not allowed to be used with Arn '%s'", r.ARN("log-group:"+groupName(r)))
	}
	return r.Fail(invalid, "The specified KMS key could not be used: %s", e.Message)
}

func associateKey(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := ofGroup(r); err != nil {
		return nil, err
	}
	if _, err := group(r, r.Service.Records.Get); err != nil {
		return nil, err
	}
	sealed, err := keyed(ctx, r, groupName(r), r.In.Text("kmsKeyId"))
	if err != nil {
		return nil, err
	}
	return nil, changeGroup(ctx, r, func(rec *records.Record) (*records.Record, error) {
		rec = rec.Change(r.Service.Now(), r.In.Pick("kmsKeyId"))
		rec.Sealed = map[string]*records.Sealed{slot: sealed}
		return rec, nil
	})
}

func disassociateKey(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := ofGroup(r); err != nil {
		return nil, err
	}
	return nil, changeGroup(ctx, r, func(rec *records.Record) (*records.Record, error) {
		rec = rec.Change(r.Service.Now(), wire.Object{"kmsKeyId": nil})
		rec.Sealed = nil
		return rec, nil
	})
}

// ofGroup refuses keys of query results.
func ofGroup(r *emulate.Request) error {
	identifier := r.In.Text("resourceIdentifier")
	switch {
	case identifier != "" && r.In.Has("logGroupName"):
		return r.Fail(invalid, "Only one of logGroupName or resourceIdentifier can be specified.")
	case strings.Contains(identifier, ":query-result:"):
		return r.Fail(invalid, "not implemented by the local plane: keys of query results")
	}
	return nil
}

// reader unlocks the data keys of a group, each of them once in a call.
type reader struct {
	request  *emulate.Request
	subject  *behalf.Subject
	unlocked []*behalf.Unlocked
}

// unlock returns the data key of sealed events; nil: those of a group without a key.
func (d *reader) unlock(ctx context.Context, sealed *records.Sealed) (*behalf.Unlocked, error) {
	if sealed == nil {
		sealed = &records.Sealed{}
	}
	for _, u := range d.unlocked {
		if u.Fits(sealed) {
			return u, nil
		}
	}
	u, err := d.request.Service.Keys.Unlock(ctx, d.request.Call, d.subject, sealed, "use")
	if err == nil {
		d.unlocked = append(d.unlocked, u)
	}
	return u, err
}
