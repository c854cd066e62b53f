package awsapi

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// lookUpEvents is the operation that finds the record of the last use of a key.
const lookUpEvents = "LookupEvents"

// eventLookup is LookupEvents for one event.
type eventLookup struct{ EventId string }

func lookUpEvent(c *cloudtrail.Client, ctx context.Context, in *eventLookup, o ...func(*cloudtrail.Options)) (*cloudtrail.LookupEventsOutput, error) {
	return c.LookupEvents(ctx, &cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{
		{AttributeKey: types.LookupAttributeKeyEventId, AttributeValue: aws.String(in.EventId)},
	}}, o...)
}

// lastUse looks up the record of CloudTrail that the answer of GetKeyLastUsage names, for the
// encryption context in it. Of the record nothing else is kept.
func (u *unit) lastUse(ctx context.Context, res *resource, answer document) error {
	use, _ := answer["KeyLastUsage"].(document)
	id := text(use, "CloudTrailEventId")
	if id == "" {
		return nil
	}
	doc, err := u.caller.get(ctx, services()["cloudtrail"], lookUpEvents, map[string]any{"EventId": id})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return u.fail("", services()["cloudtrail"], lookUpEvents, err)
	}
	events, _ := doc["Events"].([]any)
	for _, e := range events {
		event, _ := e.(document)
		if kept, ok := contextOf(text(event, "CloudTrailEvent")); ok {
			res.answer(lookUpEvents, document{"CloudTrailEvent": kept})
		}
	}
	return nil
}

// contextOf is a record with nothing in it but its id and the encryption context of its request;
// that of ReEncrypt is what it encrypted under. A call that failed, as each dry run does, is none of
// a use.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-reencrypt.html
func contextOf(record string) (string, bool) {
	type parameters struct {
		EncryptionContext map[string]string `json:"encryptionContext,omitempty"`
		Destination       map[string]string `json:"destinationEncryptionContext,omitempty"`
	}
	var r struct {
		EventID           string     `json:"eventID"`
		ErrorCode         string     `json:"errorCode,omitempty"`
		RequestParameters parameters `json:"requestParameters"`
	}
	if json.Unmarshal([]byte(record), &r) != nil || r.EventID == "" || r.ErrorCode != "" {
		return "", false
	}
	if r.RequestParameters.EncryptionContext == nil {
		r.RequestParameters.EncryptionContext = r.RequestParameters.Destination
	}
	r.RequestParameters.Destination = nil
	kept, err := json.Marshal(r)
	return string(kept), err == nil
}
