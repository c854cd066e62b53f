package cloudtrail

import (
	"time"

	"github.com/bedlock/bedlock/kms"
)

// internal is who does what no request asked for.
const internal = "AWS Internal"

// Event records what KMS did by itself; it is made for the option Events of package kms.
// Synchronizations of multi-Region keys are recorded as calls, as AWS does.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html,
// ct-delete-key.html, ct-deleteexpiredkeymaterial.html, ct-synchronize-multi-region-key.html
func (t *Trail) Event(x kms.Event) {
	e := Event{
		ID: newID(), Time: x.Time.UTC(), Account: x.Account, Region: x.Region, Who: internal,
		Source: "kms.amazonaws.com", Operation: x.Name, Resources: []Resource{{keyType, x.ARN}},
	}
	t.keep(&e, appendEvent(nil, &e, &x))
}

func appendEvent(dst []byte, e *Event, x *kms.Event) []byte {
	called := x.Name == kms.EventSynchronizeRegion
	dst = append(dst, `{"eventVersion":"1.11","userIdentity":{"accountId":`...)
	dst = appendString(dst, e.Account)
	dst = appendMember(dst, "invokedBy", internal)
	dst = append(dst, `},"eventTime":"`...)
	dst = e.Time.AppendFormat(dst, time.RFC3339)
	dst = append(dst, '"')
	dst = appendMember(dst, "eventSource", e.Source)
	dst = appendMember(dst, "eventName", e.Operation)
	dst = appendMember(dst, "awsRegion", e.Region)
	dst = appendMember(dst, "sourceIPAddress", internal)
	dst = appendMember(dst, "userAgent", internal)
	dst = append(dst, `,"requestParameters":null,"responseElements":`...)
	if called || x.Name == kms.EventDeleteKey {
		dst = appendKeyID(dst, x.ARN)
	} else {
		dst = append(dst, "null"...)
	}
	if called {
		dst = appendMember(dst, "requestID", newID())
	}
	dst = appendMember(dst, "eventID", e.ID)
	dst = append(dst, `,"readOnly":false`...)
	dst = appendResources(dst, e.Resources)
	if called {
		dst = appendMember(dst, "eventType", "AwsApiCall")
	} else {
		dst = appendMember(dst, "eventType", "AwsServiceEvent")
	}
	dst = append(dst, `,"managementEvent":true`...)
	dst = appendMember(dst, "recipientAccountId", e.Account)
	switch x.Name {
	case kms.EventRotateKey:
		dst = append(dst, `,"serviceEventDetails":{"rotationType":`...)
		dst = appendString(dst, x.RotationType)
		dst = appendMember(dst, "keyOrigin", string(x.Origin))
		dst = appendMember(dst, "previousKeyMaterialId", x.Previous)
		dst = appendMember(dst, "currentKeyMaterialId", x.Material)
		dst = appendMember(dst, "keyId", x.KeyID)
		dst = append(dst, '}')
	case kms.EventExpiredMaterial:
		dst = append(dst, `,"serviceEventDetails":{"keyId":`...)
		dst = appendString(dst, x.KeyID)
		dst = appendMember(dst, "keyMaterialId", x.Material)
		dst = append(dst, '}')
	}
	return append(dst, `,"eventCategory":"Management"}`...)
}
