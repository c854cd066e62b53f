package dynamodb

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func updateTimeToLive(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	spec := r.In.Object("TimeToLiveSpecification")
	err := change(ctx, r, func(rec *records.Record) (wire.Object, error) {
		switch on := rec.Doc.Has(ttlMember); {
		case on && spec.Bool("Enabled"):
			return nil, r.Fail(invalid, "TimeToLive is already enabled")
		case !on && !spec.Bool("Enabled"):
			return nil, r.Fail(invalid, "TimeToLive is already disabled")
		case !spec.Bool("Enabled"):
			return wire.Object{ttlMember: nil}, nil
		}
		return wire.Object{ttlMember: spec.Text("AttributeName")}, nil
	})
	return wire.Object{"TimeToLiveSpecification": spec}, err
}

func describeTimeToLive(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	out := wire.Object{"TimeToLiveStatus": "DISABLED"}
	if name := rec.Doc.Text(ttlMember); name != "" {
		out = wire.Object{"TimeToLiveStatus": "ENABLED", "AttributeName": name}
	}
	return wire.Object{"TimeToLiveDescription": out}, nil
}

// defaultRecovery is for how many days a table can be restored.
const defaultRecovery = 35

func updateBackups(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := find(r, r.Service.Records.Get); err != nil {
		return nil, tableNotFound(r)
	}
	spec := r.In.Object("PointInTimeRecoverySpecification")
	err := change(ctx, r, func(*records.Record) (wire.Object, error) {
		if !spec.Bool("PointInTimeRecoveryEnabled") {
			return wire.Object{backupsMember: nil}, nil
		}
		days := spec.Int("RecoveryPeriodInDays")
		if days == 0 {
			days = defaultRecovery
		}
		return wire.Object{backupsMember: days}, nil
	})
	if err != nil {
		return nil, err
	}
	return describeBackups(ctx, r)
}

func describeBackups(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, tableNotFound(r)
	}
	recovery := wire.Object{"PointInTimeRecoveryStatus": "DISABLED"}
	if days := rec.Doc.Int(backupsMember); days > 0 {
		recovery = wire.Object{"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": days}
	}
	return wire.Object{"ContinuousBackupsDescription": wire.Object{"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}}, nil
}

// tableNotFound is how the operations of backups say it.
func tableNotFound(r *emulate.Request) error {
	return r.Fail("TableNotFoundException", "Table not found: %s", tableKey(r).ID)
}
