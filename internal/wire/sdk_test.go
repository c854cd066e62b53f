package wire

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// TestSNS: the SDK and this package understand each other in the query protocol.
func TestSNS(t *testing.T) {
	api := load(t, "sns")
	var got Object
	answer := func(operation string) *Message {
		m, err := api.Encode(operation, Object{"TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Attributes": Object{"KmsMasterKeyId": "k&<>"}, "Tags": []any{}}, "id")
		if err != nil {
			t.Error(err)
		}
		return m
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		operation, ok := api.Named(body)
		if !ok {
			t.Errorf("%s names no operation", body)
		}
		m := answer(operation)
		var err error
		if got, err = api.Decode(operation, r, body); err != nil {
			t.Error(err)
		}
		if operation == "DeleteTopic" {
			m = api.EncodeError(operation, &Error{0, "NotFoundException", "no such <topic>"}, nil, "id")
		}
		w.Header().Set("Content-Type", m.Header.Get("Content-Type"))
		w.WriteHeader(m.Status)
		_, _ = w.Write(m.Body)
	}))
	defer server.Close()
	c := sns.New(sns.Options{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), RetryMaxAttempts: 1})
	made, err := c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t"), Attributes: map[string]string{"KmsMasterKeyId": "alias/a b"}, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("")}}})
	if err != nil || *made.TopicArn != "arn:aws:sns:eu-west-1:111122223333:t" {
		t.Error(made, err)
	}
	if want := (Object{"Name": "t", "Attributes": Object{"KmsMasterKeyId": "alias/a b"}, "Tags": []any{Object{"Key": "k", "Value": ""}}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%#v", got)
	}
	read, err := c.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String("x")})
	if err != nil || !reflect.DeepEqual(read.Attributes, map[string]string{"KmsMasterKeyId": "k&<>"}) {
		t.Error(read, err)
	}
	_, err = c.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: aws.String("x")})
	var missing *types.NotFoundException
	if !errors.As(err, &missing) || *missing.Message != "no such <topic>" {
		t.Error(err)
	}
}
