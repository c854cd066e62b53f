package wire

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/model"
)

// inCBOR is the API as a request in CBOR has it.
func inCBOR(t testing.TB, service string) *API {
	t.Helper()
	api := load(t, service).Spoken(request(t, "POST", "/", protocolHeader, protocolCBOR))
	if api.protocol != model.ProtocolCBOR {
		t.Fatal(service, "speaks", api.protocol)
	}
	return api
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeCBOR(t *testing.T) {
	api := inCBOR(t, "cloudwatch")
	r := request(t, "POST", "/")
	for name, c := range map[string]struct {
		operation, body string
		want            Object
	}{
		// {"AlarmNames": ["a"], "MaxRecords": 5}
		"a list": {"DescribeAlarms", "a26a416c61726d4e616d6573816161" + "6a4d61785265636f726473" + "05", Object{"AlarmNames": []any{"a"}, "MaxRecords": int64(5)}},
		// of no known length: {_ "AlarmNames": [_ "a"]}
		"streamed": {"DescribeAlarms", "bf6a416c61726d4e616d65739f6161ffff", Object{"AlarmNames": []any{"a"}}},
		"nothing":  {"DescribeAlarms", "", Object{}},
		"empty":    {"DescribeAlarms", "a0", Object{}},
		// {"AlarmName": null}
		"null": {"DescribeAlarmHistory", "a169416c61726d4e616d65f6", Object{}},
		// {"StartDate": 1(1767323045.678)}
		"time": {"DescribeAlarmHistory", "a1695374617274446174" + "65c1fb41da55cd696b645a", Object{"StartDate": time.Date(2026, 1, 2, 3, 4, 5, 678000000, time.UTC)}},
		// {"StartDate": 1(1767323045)}
		"whole seconds": {"DescribeAlarmHistory", "a169537461727444617465" + "c11a695735a5", Object{"StartDate": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
	} {
		got, err := api.Decode(c.operation, r, unhex(t, c.body))
		if at := got.Time("StartDate"); !at.IsZero() {
			got["StartDate"] = at.Round(time.Millisecond) // a double has no more
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v: %v", name, got, err)
		}
	}
	_, err := api.Decode("PutMetricAlarm", r, unhex(t, "a1695468726573686f6c64fb7ff0000000000000"))
	if got := said(t, err); got != "SerializationException: NUMBER_VALUE can not be converted to a Double" {
		t.Error("infinity:", got)
	}
	_, err = api.Decode("DescribeAlarmHistory", r, unhex(t, "a169537461727444617465c11b7000000000000000"))
	if got := said(t, err); !strings.HasPrefix(got, "SerializationException") {
		t.Error("a time far away:", got)
	}
	for name, c := range map[string]struct{ body, want string }{
		"cut off":      {"a26a", "SerializationException"},
		"more behind":  {"a0a0", "SerializationException"},
		"a text":       {"6161", "SerializationException: Expected null"},
		"a key twice":  {"a2694d61785265636f72056a4d61785265636f726473056a", "SerializationException"},
		"another type": {"a16a416c61726d4e616d657305", "SerializationException: Expected list or null"},
		"number":       {"a16a4d61785265636f7264736135", "SerializationException: STRING_VALUE can not be converted to a Integer"},
		"unknown":      {"a1616105", `ValidationException: unknown member "a" of DescribeAlarmsInput; the local plane knows the API as of its model`},
		"constraint":   {"a16a4d61785265636f72647300", "ValidationException: 1 validation error detected: Value '0' at 'maxRecords' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		"no number":    {"a16a4d61785265636f726473fb7ff8000000000000", "SerializationException: NUMBER_VALUE can not be converted to a Integer"},
		"too deep":     {string(bytes.Repeat([]byte("81"), 1000)), "SerializationException"},
	} {
		_, err := api.Decode("DescribeAlarms", r, unhex(t, c.body))
		if got := said(t, err); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestEncodeCBOR(t *testing.T) {
	api := inCBOR(t, "cloudwatch")
	m, err := api.Encode("DescribeAlarms", Object{"NextToken": "x", "MetricAlarms": []any{Object{"ActionsEnabled": true, "Threshold": 1.5, "StateUpdatedTimestamp": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}}, "id")
	if err != nil || m.Header.Get("Content-Type") != "application/cbor" || m.Header.Get(protocolHeader) != protocolCBOR {
		t.Fatal(m, err)
	}
	want := "a2" + "694e657874546f6b656e" + "6178" + "6c4d6574726963416c61726d73" + "81a3" +
		"695468726573686f6c64" + "fb3ff8000000000000" + "6e416374696f6e73456e61626c6564" + "f5" + "7553746174655570646174656454696d657374616d70" + "c1fb41da55cd69400000"
	if got := hex.EncodeToString(m.Body); got != want {
		t.Error(got)
	}
	if _, err := api.Encode("DescribeAlarms", Object{"NextToken": int64(1)}, "id"); err == nil || err.Error() != "wire encode cloudwatch DescribeAlarms: NextToken: a int64 is no string" {
		t.Error(err)
	}
	e := api.EncodeError("DescribeAlarms", &Error{0, "InvalidNextToken", "no"}, nil, "id")
	if e.Status != http.StatusBadRequest || e.Header.Get("X-Amzn-Query-Error") != "InvalidNextToken;Sender" || hex.EncodeToString(e.Body) != "a2665f5f74797065"+"70496e76616c69644e657874546f6b656e"+"676d657373616765"+"626e6f" {
		t.Errorf("%d %v %x", e.Status, e.Header, e.Body)
	}
}

// TestSpoken: the protocol is that of the request, of those that the API has.
func TestSpoken(t *testing.T) {
	for name, c := range map[string]struct {
		service string
		r       *http.Request
		want    model.Protocol
	}{
		"no request": {"cloudwatch", nil, model.ProtocolCBOR},
		"cbor":       {"cloudwatch", request(t, "POST", "/", protocolHeader, protocolCBOR), model.ProtocolCBOR},
		"json":       {"cloudwatch", request(t, "POST", "/", "X-Amz-Target", "GraniteServiceVersion20100801.DescribeAlarms"), model.ProtocolJSON},
		"a form":     {"cloudwatch", request(t, "POST", "/", "Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), model.ProtocolQuery},
		"a link":     {"cloudwatch", request(t, "GET", "/?Action=DescribeAlarms"), model.ProtocolQuery},
		"not spoken": {"dynamodb", request(t, "POST", "/", protocolHeader, protocolCBOR), model.ProtocolJSON},
		"rest":       {"s3", request(t, "GET", "/?list-type=2"), model.ProtocolRESTXML},
	} {
		if got := load(t, c.service).Spoken(c.r); got.protocol != c.want {
			t.Errorf("%s: %s", name, got.protocol)
		}
	}
}

// TestThreeProtocols: one operation in each protocol of CloudWatch.
func TestThreeProtocols(t *testing.T) {
	api := load(t, "cloudwatch")
	want := Object{"AlarmNames": []any{"a"}}
	for _, c := range []struct {
		r    *http.Request
		body string
		out  string
	}{
		{request(t, "POST", "/", protocolHeader, protocolCBOR), "\xa1\x6aAlarmNames\x81\x61a", "\xa1\x69NextToken\x61x"},
		{request(t, "POST", "/", "X-Amz-Target", "GraniteServiceVersion20100801.DescribeAlarms"), `{"AlarmNames":["a"]}`, `{"NextToken":"x"}`},
		{
			request(t, "POST", "/", "Content-Type", "application/x-www-form-urlencoded"), "Action=DescribeAlarms&AlarmNames.member.1=a",
			`<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><DescribeAlarmsResult><NextToken>x</NextToken></DescribeAlarmsResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DescribeAlarmsResponse>`,
		},
	} {
		spoken := api.Spoken(c.r)
		if got, err := spoken.Decode("DescribeAlarms", c.r, []byte(c.body)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v %v", spoken.protocol, got, err)
		}
		if m, err := spoken.Encode("DescribeAlarms", Object{"NextToken": "x"}, "id"); err != nil || string(m.Body) != c.out {
			t.Errorf("%s: %q %v", spoken.protocol, m.Body, err)
		}
	}
}
