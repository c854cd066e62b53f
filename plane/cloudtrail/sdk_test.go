package cloudtrail

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscloudtrail "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// TestSDK: AWS's client pages through events, and knows the errors.
func TestSDK(t *testing.T) {
	l := newLocal(t, Options{Now: time.Now}) // the client signs with the machine's clock
	for range 7 {
		l.kmsCall("AKIAALICE", "ListKeys", `{}`)
	}
	client := awscloudtrail.New(awscloudtrail.Options{
		Region: region, BaseEndpoint: aws.String(l.server.URL), Retryer: aws.NopRetryer{}, HTTPClient: l.server.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAALICE", SecretAccessKey: "secret"}, nil
		}),
	})
	in := &awscloudtrail.LookupEventsInput{
		MaxResults: aws.Int32(3), StartTime: aws.Time(time.Now().Add(-time.Minute)), EndTime: aws.Time(time.Now().Add(time.Minute)),
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: aws.String("ListKeys")}},
	}
	var pages []int
	ids := map[string]bool{}
	for p := awscloudtrail.NewLookupEventsPaginator(client, in); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, len(page.Events))
		for _, e := range page.Events {
			ids[*e.EventId] = true
			if *e.Username != "alice" || *e.ReadOnly != "true" || time.Since(*e.EventTime).Abs() > time.Minute {
				t.Errorf("%+v", e)
			}
		}
	}
	if fmt.Sprint(pages) != "[3 3 1]" || len(ids) != 7 {
		t.Errorf("pages of %v, %d events", pages, len(ids))
	}
	_, err := client.LookupEvents(t.Context(), &awscloudtrail.LookupEventsInput{MaxResults: aws.Int32(51)})
	if e := (*types.InvalidMaxResultsException)(nil); !errors.As(err, &e) {
		t.Errorf("%v", err)
	}
	in.EndTime = aws.Time(in.StartTime.Add(-time.Second))
	_, err = client.LookupEvents(t.Context(), in)
	if e := (*types.InvalidTimeRangeException)(nil); !errors.As(err, &e) {
		t.Errorf("%v", err)
	}
}
