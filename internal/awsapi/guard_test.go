package awsapi

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestNothingIsWritten: a client refuses what is not read, before anything is sent.
func TestNothingIsWritten(t *testing.T) {
	f := &fleet{}
	o := fleetOptions(t, serveFleet(t, f), 1)
	c := newCollection(o)
	client := c.caller(c.base, own, region).client(services()["kms"]).(*kms.Client)
	_, err := client.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: aws.String("x")})
	if err == nil || err.Error() != "kms: operation ScheduleKeyDeletion is not one that is read" {
		t.Errorf("%v", err)
	}
	if n := f.calls.Load(); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
	if _, err := client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("arn:aws:kms:eu-west-1:111122223333:key/1")}); err != nil {
		t.Error(err)
	}
}
