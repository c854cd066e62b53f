package bedrock_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// raw calls an operation that the SDK does not have yet: the status, the code of a refusal and
// the body, in one line.
func (w *world) raw(method, path, body string) string {
	w.t.Helper()
	r := localtest.Must(http.NewRequestWithContext(w.t.Context(), method, w.URL+path, strings.NewReader(body)))(w.t)
	out := localtest.Must(w.Client(admin, "bedrock").Do(r))(w.t)
	defer func() { _ = out.Body.Close() }()
	return fmt.Sprint(out.StatusCode, " ", out.Header.Get("X-Amzn-ErrorType"), string(localtest.Must(io.ReadAll(out.Body))(w.t)))
}

func TestDataRetention(t *testing.T) {
	w := newWorld(t)
	if got := w.raw("GET", "/data-retention", ""); got != `200 {"mode":"default"}` {
		t.Error(got)
	}
	want := `200 {"mode":"none","updatedAt":"` + w.Now().Format("2006-01-02T15:04:05.999Z") + `"}`
	if got := w.raw("PUT", "/data-retention", `{"mode":"none"}`); got != want {
		t.Error(got)
	}
	if got := w.raw("GET", "/data-retention", ""); got != want {
		t.Error(got)
	}
}

func TestDataRetentionStorage(t *testing.T) {
	w := newWorld(t)
	w.bucket("retained", `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["s3:PutObject","s3:GetObject","s3:DeleteObject"],`+
		`"Resource":["arn:aws:s3:::retained/*"],"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`)
	w.bucket("foreign", "")
	const path = "/v1/data_retention/storage/anthropic"
	key := w.key("alias/guardrails")
	config := func(bucket string) string {
		return `{"kmsKeyArn":"` + key + `","s3BucketArn":"arn:aws:s3:::` + bucket + `","s3BucketOwner":"111122223333"}`
	}
	put := func(destination, config string) string {
		t.Helper()
		body := `{"storageDestination":"` + destination + `"`
		if config != "" {
			body += `,"storageConfiguration":` + config
		}
		return w.raw("PUT", path, body+"}")
	}
	is := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
	is(w.raw("GET", path, ""), `404 ResourceNotFoundException{"message":"The account has no retention storage for anthropic."}`)
	is(put("customer_managed", ""), `400 ValidationException{"message":"storageConfiguration is required for the destination customer_managed."}`)
	is(put("amazon_managed", config("retained")), `400 ValidationException{"message":"storageConfiguration must not be given for the destination amazon_managed."}`)
	unusable := `400 ValidationException{"message":"Amazon Bedrock cannot use the key ` + key + `. Its policy must allow kms:GenerateDataKey and kms:Decrypt to bedrock.amazonaws.com, directly and through S3."}`
	is(put("customer_managed", config("retained")), unusable)

	policy := func(service string) {
		w.SetKeyPolicy(account, region, "alias/guardrails", `{"Version":"2012-10-17","Statement":[`+
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`+service+`]}`)
	}
	const direct = `,{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`
	const through = `,{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*",` +
		`"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com","kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::retained"}}}`
	for _, half := range []string{direct, through} {
		policy(half)
		is(put("customer_managed", config("retained")), unusable)
	}
	policy(direct + strings.ReplaceAll(through, "retained", "foreign"))
	is(put("customer_managed", config("foreign")),
		`400 ValidationException{"message":"Amazon Bedrock cannot use the bucket arn:aws:s3:::foreign. Its policy must allow bedrock.amazonaws.com to put, get and delete objects."}`)

	policy(direct + through)
	shown := func(key string) string {
		return `200 {"scope":"account","modelProvider":"anthropic","storageDestination":"customer_managed","storageConfiguration":` + config("retained") +
			`,"updatedAt":"` + w.Now().Format("2006-01-02T15:04:05.999Z") + `","kmsKeyStatus":"` + key + `","s3BucketStatus":"active"}`
	}
	is(put("customer_managed", config("retained")), shown("active"))
	if names := w.objects("retained"); names != nil {
		t.Errorf("the test of the bucket left %q", names)
	}
	policy(direct)
	is(w.raw("GET", path, ""), shown("access_denied"))
	// Replaced as a whole.
	managed := `200 {"scope":"account","modelProvider":"anthropic","storageDestination":"amazon_managed","updatedAt":"` + w.Now().Format("2006-01-02T15:04:05.999Z") + `"}`
	is(put("amazon_managed", ""), managed)
	is(w.raw("GET", path, ""), managed)
	is(w.raw("DELETE", path, ""), `200 {}`)
	is(w.raw("GET", path, ""), `404 ResourceNotFoundException{"message":"The account has no retention storage for anthropic."}`)
}
