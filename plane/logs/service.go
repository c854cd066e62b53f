package logs

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
)

const principal = "logs.amazonaws.com"

// target is the resource that an operation is authorized against, after the account.
type target func(r *emulate.Request) string

// operations are all that there are.
var operations = map[string]struct {
	on target
	do func(context.Context, *emulate.Request) (wire.Object, error)
}{
	"CreateLogGroup":                {onGroup, createGroup},
	"DescribeLogGroups":             {onGroup, describeGroups},
	"DeleteLogGroup":                {onGroup, deleteGroup},
	"AssociateKmsKey":               {onGroup, associateKey},
	"DisassociateKmsKey":            {onGroup, disassociateKey},
	"PutRetentionPolicy":            {onGroup, putRetention},
	"DeleteRetentionPolicy":         {onGroup, deleteRetention},
	"PutLogGroupDeletionProtection": {onGroup, putProtection},

	"CreateLogStream":    {onStream, createStream},
	"DescribeLogStreams": {onGroup, describeStreams},
	"DeleteLogStream":    {onStream, deleteStream},
	"PutLogEvents":       {onStream, putEvents},
	"GetLogEvents":       {onStream, getEvents},
	"FilterLogEvents":    {onGroup, filterEvents},

	"PutSubscriptionFilter":       {onGroup, subscriptions.put},
	"DescribeSubscriptionFilters": {onGroup, subscriptions.describe},
	"DeleteSubscriptionFilter":    {onGroup, subscriptions.delete},
	"PutMetricFilter":             {onGroup, metrics.put},
	"DescribeMetricFilters":       {onGroup, metrics.describe},
	"DeleteMetricFilter":          {onGroup, metrics.delete},

	"PutResourcePolicy":        {nil, putPolicy},
	"DescribeResourcePolicies": {nil, describePolicies},
	"DeleteResourcePolicy":     {nil, deletePolicy},

	"TagResource":         {onTagged, tagger.Tag},
	"UntagResource":       {onTagged, tagger.Untag},
	"ListTagsForResource": {onTagged, listTags},
	"TagLogGroup":         {onTagged, formerly.Tag},
	"UntagLogGroup":       {onTagged, formerly.Untag},
	"ListTagsLogGroup":    {onTagged, listTags},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: "logs", Refused: refused, Invalid: invalid, Tagged: tagged})
	if err != nil {
		return nil, fmt.Errorf("logs: %w", err)
	}
	for name, o := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, name, o.on); err != nil {
				return nil, err
			}
			return o.do(ctx, r)
		}})
	}
	return []*emulate.Service{s}, nil
}

// allow authorizes an operation, with the resource policies of the account.
func allow(ctx context.Context, r *emulate.Request, action string, on target) error {
	resource := "*"
	if on != nil {
		resource = r.ARN(on(r))
	}
	return r.AllowAs(ctx, &plane.Asked{Action: "logs:" + action, Resource: resource, Policy: policies(r)})
}

// onGroup is a group as actions other than those of tags name it: they ask for what is in it,
// so that a policy has to end with ":*". Recorded:
// "logs:DescribeLogStreams on resource: arn:aws:logs:us-east-1:…:log-group:NAME:log-stream:".
func onGroup(r *emulate.Request) string { return "log-group:" + groupName(r) + ":log-stream:" }

func onStream(r *emulate.Request) string { return onGroup(r) + r.In.Text("logStreamName") }

func onTagged(r *emulate.Request) string { return "log-group:" + groupName(r) }

// tagged is the ARN of the group that a resource is in.
func tagged(resource string) string {
	group, _, _ := strings.Cut(resource, ":log-stream:")
	return group
}

// groupName is the name of the group of a request, however it is said.
func groupName(r *emulate.Request) string {
	if name := r.In.Text("logGroupName"); name != "" {
		return name
	}
	for _, member := range []string{"logGroupIdentifier", "resourceArn", "resourceIdentifier"} {
		if text := r.In.Text(member); text != "" {
			return nameOf(text)
		}
	}
	return ""
}

// nameOf is the name of a group in its ARN, with or without ":*", or the name itself.
func nameOf(identifier string) string {
	if _, name, ok := strings.Cut(identifier, ":log-group:"); ok {
		identifier = name
	}
	return strings.TrimSuffix(identifier, ":*")
}
