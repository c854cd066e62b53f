package config

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	api       = "config"
	principal = "config.amazonaws.com"
	invalid   = "InvalidParameterValueException"
	badToken  = "InvalidNextTokenException"
)

// operations are those that are authorized on everything; those of one rule are below.
var operations = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"PutConfigurationRecorder":            putRecorder,
	"DescribeConfigurationRecorders":      describeRecorders,
	"DescribeConfigurationRecorderStatus": describeRecorderStatus,
	"StartConfigurationRecorder":          startRecorder,
	"StopConfigurationRecorder":           stopRecorder,
	"DeleteConfigurationRecorder":         deleteRecorder,

	"PutDeliveryChannel":       putChannel,
	"DescribeDeliveryChannels": describeChannels,
	"DeleteDeliveryChannel":    deleteChannel,

	"DescribeConfigRules":            describeRules,
	"DescribeComplianceByConfigRule": describeCompliance,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api})
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	for name, do := range operations {
		s.Handle(name, emulate.Op{Do: do})
	}
	named := func(member string) func(*emulate.Request) (string, error) {
		return func(r *emulate.Request) (string, error) {
			if rec := rule(r, r.Service.Records.Get, r.In.Text(member)); rec != nil {
				return rec.Doc.Text("ConfigRuleArn"), nil
			}
			return r.ARN("config-rule/*"), nil
		}
	}
	s.Handle("PutConfigRule", emulate.Op{Resource: named("ConfigRule.ConfigRuleName"), Do: putRule})
	s.Handle("DeleteConfigRule", emulate.Op{Resource: named("ConfigRuleName"), Do: deleteRule})
	s.Handle("GetComplianceDetailsByConfigRule", emulate.Op{Resource: named("ConfigRuleName"), Do: complianceDetails})
	for name, do := range tagging {
		s.Handle(name, emulate.Op{Resource: func(r *emulate.Request) (string, error) { return r.In.Text("ResourceArn"), nil }, Do: do})
	}
	return []*emulate.Service{s}, nil
}

// asRole does an operation of another service with the role of the recorder.
func asRole(ctx context.Context, r *emulate.Request, role, api, operation string, in wire.Object) (wire.Object, error) {
	with := authz.Context{"aws:sourceaccount": {Values: []string{r.Account}}}
	who, err := r.Service.Sessions.ServiceSession(ctx, principal, role, "ConfigResourceCompositionSession", with)
	if err != nil {
		return nil, err
	}
	return invoke(ctx, r, who, api, operation, in)
}

func invoke(ctx context.Context, r *emulate.Request, who *plane.Caller, api, operation string, in wire.Object) (wire.Object, error) {
	return r.Service.Invoke(ctx, r.Call, who, principal, nil, api, operation, in)
}
