package cloudtrail

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/awsjson"
)

// LookupEventsInput is the input of LookupEvents.
type LookupEventsInput struct {
	LookupAttributes []LookupAttribute `json:",omitempty"`
	StartTime        time.Time         `json:",omitzero"`
	EndTime          time.Time         `json:",omitzero"`
	EventCategory    string            `json:",omitempty"`
	MaxResults       *int              `json:",omitempty"`
	NextToken        string            `json:",omitempty"`
}

// LookupAttribute is what events are looked up by.
type LookupAttribute struct{ AttributeKey, AttributeValue string }

// LookupEventsOutput is the output of LookupEvents.
type LookupEventsOutput struct {
	Events    []LookedUpEvent
	NextToken string `json:",omitempty"`
}

// LookedUpEvent is the Event of the API.
type LookedUpEvent struct {
	EventId         string
	EventName       string
	ReadOnly        string // true or false
	AccessKeyId     string `json:",omitempty"`
	EventTime       time.Time
	EventSource     string
	Username        string `json:",omitempty"`
	Resources       []LookedUpResource
	CloudTrailEvent string // the record
}

// LookedUpResource is the Resource of the API.
type LookedUpResource struct{ ResourceType, ResourceName string }

// Service is LookupEvents of the service cloudtrail; package trails has its other operations.
// The error is a defect of the API model.
func (t *Trail) Service() (*plane.Service, error) {
	m, err := model.Load("cloudtrail")
	if err != nil {
		return nil, fmt.Errorf("cloudtrail: %w", err)
	}
	api, err := awsjson.New(m, ownErrors(m))
	if err != nil {
		return nil, fmt.Errorf("cloudtrail: %w", err)
	}
	decoder, err := awsjson.NewDecoder[LookupEventsInput](api, "LookupEvents")
	if err != nil {
		return nil, fmt.Errorf("cloudtrail: %w", err)
	}
	encoder, err := awsjson.NewEncoder[LookupEventsOutput](api, "LookupEvents")
	if err != nil {
		return nil, fmt.Errorf("cloudtrail: %w", err)
	}
	lookup := func(ctx context.Context, c *plane.Call, body []byte) ([]byte, error) {
		in, err := decoder.Decode(body)
		if err != nil {
			return nil, err
		}
		c.Input = in
		if err := t.opts.Authorizer.Allow(ctx, &plane.Asked{Action: "cloudtrail:LookupEvents", Resource: "*"}); err != nil {
			return nil, denied(err)
		}
		out, err := t.lookup(c.Account, c.Region, in)
		if err != nil {
			return nil, err
		}
		c.Output = out
		return encoder.Append(nil, out), nil
	}
	return &plane.Service{Name: "cloudtrail", Protocol: protocol{plane.JSON(api), api}, Operations: map[string]plane.Operation{"LookupEvents": lookup}}, nil
}

// protocol takes operations by both names that clients call them: botocore puts a package
// before the service, com.amazonaws.cloudtrail.v20131101., other SDKs do not.
type protocol struct {
	plane.Protocol
	api *awsjson.Service
}

// Target returns the operation that a request names, when it is LookupEvents.
func (p protocol) Target(r *http.Request) (operation string, ok bool) {
	header := r.Header.Get("X-Amz-Target")
	if strings.HasPrefix(header, "CloudTrail_20131101.") {
		header = "com.amazonaws.cloudtrail.v20131101." + header
	}
	operation, ok = p.api.Target(header)
	return operation, ok && operation == "LookupEvents"
}

// ownErrors takes from the model what LookupEvents refuses with errors of its own. That it
// does so before the framework's check is unconfirmed.
func ownErrors(m *model.Service) awsjson.Observed {
	changed := map[string]*model.Shape{}
	for _, name := range []string{"MaxResults", "EventCategory", "LookupAttributeKey"} {
		sh := *m.Shapes[name]
		sh.Min, sh.Max, sh.Enum = nil, nil, nil
		changed[name] = &sh
	}
	return awsjson.Observed{Shapes: changed}
}

// denied gives a refusal the code and status of the protocol.
func denied(err error) error {
	var e *plane.Error
	if errors.As(err, &e) && e.Code == accessDenied {
		return invalid("AccessDeniedException", e.Message)
	}
	return err
}

// invalid is a refusal. The texts that it is called with are ours: AWS's are unconfirmed.
func invalid(code, message string) error {
	return &plane.Error{Status: http.StatusBadRequest, Code: code, Message: message}
}

// lookup finds the events of an account in a Region, the newest first. Insights are not
// made here, so there are none.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
func (t *Trail) lookup(account, region string, in *LookupEventsInput) (*LookupEventsOutput, error) {
	matches, err := in.filter()
	if err != nil {
		return nil, err
	}
	most := maxEvents
	if in.MaxResults != nil {
		most = *in.MaxResults
	}
	if most < 1 || most > maxEvents {
		return nil, invalid("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
	}
	fingerprint := in.fingerprint(account, region)
	t.mu.Lock()
	defer t.mu.Unlock()
	from := t.ring.next
	if in.NextToken != "" {
		var ok bool
		if from, ok = parseToken(in.NextToken, fingerprint); !ok || from > t.ring.next {
			return nil, invalid("InvalidNextTokenException", "The token is not valid, or was returned for a request with other parameters.")
		}
	}
	out := &LookupEventsOutput{Events: []LookedUpEvent{}}
	if in.EventCategory != "" {
		return out, nil
	}
	for s, n := range t.ring.before(from) {
		if s.event.Account != account || s.event.Region != region || !matches(&s.event) {
			continue
		}
		if len(out.Events) == most {
			out.NextToken = token(n+1, fingerprint)
			break
		}
		out.Events = append(out.Events, lookedUp(s))
	}
	return out, nil
}

func lookedUp(s *slot) LookedUpEvent {
	e := &s.event
	out := LookedUpEvent{
		EventId: e.ID, EventName: e.Operation, ReadOnly: strconv.FormatBool(e.ReadOnly), AccessKeyId: e.AccessKeyID,
		EventTime: e.Time.Truncate(time.Second), EventSource: e.Source, Username: e.Username, Resources: []LookedUpResource{}, CloudTrailEvent: string(s.record),
	}
	for _, r := range e.Resources {
		out.Resources = append(out.Resources, LookedUpResource{r.Type, r.ARN})
	}
	return out
}
