package config

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The types of compliance.
const (
	compliant    = "COMPLIANT"
	noncompliant = "NON_COMPLIANT"
	insufficient = "INSUFFICIENT_DATA"
)

// managed is a managed rule.
type managed struct {
	typ string // of the resources
	// periodic rules are evaluated whether or not anything is recorded.
	periodic   bool
	parameters []string
	// judge returns for each resource in question whether it complies; an error says that they
	// cannot be listed.
	judge func(ctx context.Context, r *emulate.Request, role string, given map[string]string) (map[string]bool, error)
}

// rules are the managed rules by identifier.
var rules = map[string]*managed{
	// https://docs.aws.amazon.com/config/latest/developerguide/cmk-backing-key-rotation-enabled.html
	"CMK_BACKING_KEY_ROTATION_ENABLED": {typ: "AWS::KMS::Key", periodic: true, judge: keys(func(v *kms.View) (in, ok bool) {
		return v.Key.Spec == material.Symmetric && v.Key.Origin == kms.OriginKMS && v.Now == kms.Enabled, v.Key.Rotation
	})},
	// https://docs.aws.amazon.com/config/latest/developerguide/kms-cmk-not-scheduled-for-deletion.html
	"KMS_CMK_NOT_SCHEDULED_FOR_DELETION": {typ: "AWS::KMS::Key", periodic: true, parameters: []string{"kmsKeyIds"}, judge: keys(func(v *kms.View) (in, ok bool) {
		return true, v.Now != kms.PendingDeletion && v.Now != kms.PendingReplicaDeletion
	})},
	// https://docs.aws.amazon.com/config/latest/developerguide/cloud-trail-encryption-enabled.html;
	// that the id is the ARN is unconfirmed.
	"CLOUD_TRAIL_ENCRYPTION_ENABLED": {typ: "AWS::CloudTrail::Trail", periodic: true, judge: listed("cloudtrail", "DescribeTrails", "", "", "trailList", "TrailARN", func(o wire.Object, _ map[string]string) bool {
		return o.Text("KmsKeyId") != ""
	})},
	// https://docs.aws.amazon.com/config/latest/developerguide/rds-storage-encrypted.html
	"RDS_STORAGE_ENCRYPTED": {typ: "AWS::RDS::DBInstance", parameters: []string{"kmsKeyId"}, judge: listed("rds", "DescribeDBInstances", "Marker", "Marker", "DBInstances", "DbiResourceId", func(o wire.Object, given map[string]string) bool {
		return o.Bool("StorageEncrypted") && (given["kmsKeyId"] == "" || o.Text("KmsKeyId") == given["kmsKeyId"])
	})},
	// https://docs.aws.amazon.com/config/latest/developerguide/cloudwatch-log-group-encrypted.html
	"CLOUDWATCH_LOG_GROUP_ENCRYPTED": {typ: "AWS::Logs::LogGroup", periodic: true, parameters: []string{"KmsKeyId"}, judge: listed("logs", "DescribeLogGroups", "nextToken", "nextToken", "logGroups", "logGroupName", func(o wire.Object, given map[string]string) bool {
		return o.Text("kmsKeyId") != "" && (given["KmsKeyId"] == "" || o.Text("kmsKeyId") == given["KmsKeyId"])
	})},
	// https://docs.aws.amazon.com/config/latest/developerguide/secretsmanager-using-cmk.html
	"SECRETSMANAGER_USING_CMK": {typ: "AWS::SecretsManager::Secret", parameters: []string{"kmsKeyArns"}, judge: listed("secretsmanager", "ListSecrets", "NextToken", "NextToken", "SecretList", "ARN", func(o wire.Object, given map[string]string) bool {
		key := o.Text("KmsKeyId")
		return key != "" && !strings.HasSuffix(key, "alias/aws/secretsmanager") && (given["kmsKeyArns"] == "" || slices.Contains(strings.Split(given["kmsKeyArns"], ","), key))
	})},
}

// keys judges the keys of the customer in the account and Region: those that are in question.
func keys(of func(*kms.View) (in, ok bool)) func(context.Context, *emulate.Request, string, map[string]string) (map[string]bool, error) {
	return func(_ context.Context, r *emulate.Request, _ string, given map[string]string) (map[string]bool, error) {
		out := map[string]bool{}
		for v := range r.Service.KMS.All() {
			k := v.Key
			if k.Account != r.Account || k.Region != r.Region || k.Manager == "AWS" {
				continue
			}
			if ids := given["kmsKeyIds"]; ids != "" && !slices.Contains(strings.Split(ids, ","), k.ID) {
				continue
			}
			if in, ok := of(v); in {
				out[k.ID] = ok
			}
		}
		return out, nil
	}
}

// listed judges what an operation lists, page by page, with the role of the recorder. token and
// next are the members of the tokens; empty: there is one page.
func listed(api, operation, token, next, items, id string, ok func(o wire.Object, given map[string]string) bool) func(context.Context, *emulate.Request, string, map[string]string) (map[string]bool, error) {
	return func(ctx context.Context, r *emulate.Request, role string, given map[string]string) (map[string]bool, error) {
		out, in := map[string]bool{}, wire.Object{}
		for {
			page, err := asRole(ctx, r, role, api, operation, in)
			if err != nil {
				return nil, err
			}
			for _, o := range page.Objects(items) {
				out[o.Text(id)] = ok(o, given)
			}
			if page.Text(next) == "" {
				return out, nil
			}
			in[token] = page.Text(next)
		}
	}
}

// result is what a rule says of a resource.
type result struct{ id, compliance string }

// evaluate evaluates a rule. Without results there is not enough data.
func evaluate(ctx context.Context, r *emulate.Request, rec *records.Record) []result {
	m := rules[rec.Doc.Text("Source.SourceIdentifier")]
	by := recorder(r, r.Service.Records.List)
	types := rec.Doc.Texts("Scope.ComplianceResourceTypes")
	if m == nil || by == nil || !m.periodic && !by.Doc.Bool(recording) || len(types) > 0 && !slices.Contains(types, m.typ) {
		return nil
	}
	given, err := parameters(rec.Doc)
	if err != nil {
		return nil
	}
	judged, err := m.judge(ctx, r, by.Doc.Text("roleARN"), given)
	if err != nil {
		return nil // the role may not list them
	}
	only := rec.Doc.Text("Scope.ComplianceResourceId")
	var out []result
	for id, ok := range judged {
		if only != "" && id != only {
			continue
		}
		compliance := noncompliant
		if ok {
			compliance = compliant
		}
		out = append(out, result{id, compliance})
	}
	slices.SortFunc(out, func(a, b result) int { return strings.Compare(a.id, b.id) })
	return out
}

// mostCounted are the resources that a rule's compliance counts.
const mostCounted = 25

// compliance is what a rule says of all its resources.
func compliance(results []result) wire.Object {
	bad := 0
	for _, one := range results {
		if one.compliance == noncompliant {
			bad++
		}
	}
	switch {
	case len(results) == 0:
		return wire.Object{"ComplianceType": insufficient}
	case bad == 0:
		return wire.Object{"ComplianceType": compliant}
	}
	return wire.Object{"ComplianceType": noncompliant, "ComplianceContributorCount": wire.Object{"CappedCount": int64(min(bad, mostCounted)), "CapExceeded": bad > mostCounted}}
}

// asked says whether an input asks for a type of compliance.
func asked(r *emulate.Request, typ string) bool {
	types := r.In.Texts("ComplianceTypes")
	return len(types) == 0 || slices.Contains(types, typ)
}

func describeCompliance(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	list, err := wantedRules(r)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, rec := range list {
		c := compliance(evaluate(ctx, r, rec))
		if asked(r, c.Text("ComplianceType")) {
			items = append(items, wire.Object{"ConfigRuleName": rec.ID, "Compliance": c})
		}
	}
	return r.Page(items, mostPerPage, badToken)
}

func complianceDetails(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := ruleNamed(r, r.Service.Records.Get, r.In.Text("ConfigRuleName"))
	if err != nil {
		return nil, err
	}
	m, now := rules[rec.Doc.Text("Source.SourceIdentifier")], r.Service.Now()
	var items []wire.Object
	for _, one := range evaluate(ctx, r, rec) {
		if !asked(r, one.compliance) {
			continue
		}
		items = append(items, wire.Object{
			"ComplianceType": one.compliance, "ResultRecordedTime": now, "ConfigRuleInvokedTime": now,
			"EvaluationResultIdentifier": wire.Object{
				"OrderingTimestamp":         now,
				"EvaluationResultQualifier": wire.Object{"ConfigRuleName": rec.ID, "ResourceType": m.typ, "ResourceId": one.id, "EvaluationMode": "DETECTIVE"},
			},
		})
	}
	return r.Page(items, mostPerPage, badToken)
}
