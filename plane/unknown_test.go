package plane

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestUnknown: what the plane does not have is refused in the form that clients of the
// service read.
func TestUnknown(t *testing.T) {
	l := newLocal(t)
	const form, signature = "application/x-www-form-urlencoded; charset=utf-8", "AWS4-HMAC-SHA256 Credential=AKIAADMIN/20261125/eu-west-1/%/aws4_request, SignedHeaders=host, Signature=" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for name, c := range map[string]struct {
		method, path, service, media, body string
		status                             int
		want                               string // ID stands for the request's
	}{
		"query":               {"POST", "/", "sns", form, "Action=ListTopics&Version=2010-03-31", 400, "<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code><Message>not implemented by the local plane: sns:ListTopics</Message></Error><RequestId>ID</RequestId></ErrorResponse>"},
		"query, not signed":   {"POST", "/", "", form, "Action=AssumeRoleWithSAML", 400, "<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code><Message>not implemented by the local plane: AssumeRoleWithSAML without credentials</Message></Error><RequestId>ID</RequestId></ErrorResponse>"},
		"query, markup":       {"POST", "/", "sns", form, "Action=%3Cb%3E%0A%00", 400, "<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code><Message>not implemented by the local plane: sns:&lt;b&gt;??</Message></Error><RequestId>ID</RequestId></ErrorResponse>"},
		"EC2":                 {"POST", "/", "ec2", form, "Action=DescribeRegions", 400, "<Response><Errors><Error><Code>UnknownOperationException</Code><Message>not implemented by the local plane: ec2:DescribeRegions</Message></Error></Errors><RequestID>ID</RequestID></Response>"},
		"S3":                  {"GET", "/bucket", "s3", "", "", 404, "<Error><Code>UnknownOperationException</Code><Message>not implemented by the local plane: s3:GET /bucket</Message><RequestId>ID</RequestId></Error>"},
		"REST with JSON":      {"GET", "/guardrails", "bedrock", "", "", 404, `{"__type":"UnknownOperationException","Message":"not implemented by the local plane: bedrock:GET /guardrails"}`},
		"nothing of a client": {"POST", "/", "", "text/plain", "x", 400, `{"__type":"UnknownOperationException","Message":"not implemented by the local plane: POST / without X-Amz-Target and without credentials"}`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, l.server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.media != "" {
			r.Header.Set("Content-Type", c.media)
		}
		if c.service != "" {
			r.Header.Set("X-Amz-Date", "20261125T000000Z")
			r.Header.Set("Authorization", strings.Replace(signature, "%", c.service, 1))
		}
		answer, err := l.server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		id := answer.Header.Get("X-Amzn-Requestid")
		if got := strings.Replace(string(b), id, "ID", 1); answer.StatusCode != c.status || got != c.want || id == "" {
			t.Errorf("%s: HTTP %d %s\nwant %d %s", name, answer.StatusCode, got, c.status, c.want)
		}
	}
}
