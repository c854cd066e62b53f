package awsquery

import (
	"bytes"
	"encoding/xml"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/model"
)

type assumeRoleOutput struct {
	AssumedRoleUser *struct{ AssumedRoleId, Arn string }
	Credentials     *struct {
		AccessKeyId, SecretAccessKey, SessionToken string
		Expiration                                 time.Time
	}
	PackedPolicySize int32 `json:",omitempty"`
}

// TestAnswersOfSTS has the bytes that were measured of STS.
func TestAnswersOfSTS(t *testing.T) {
	who := newEncoder[struct{ Arn, UserId, Account string }](t, sts(t), "GetCallerIdentity")
	got := who.Append([]byte("x"), "id-1", &struct{ Arn, UserId, Account string }{"arn:aws:iam::111122223333:user/u", "AIDA", "111122223333"})
	equal(t, got, `x<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::111122223333:user/u</Arn>
    <UserId>AIDA</UserId>
    <Account>111122223333</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>id-1</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`)
	var out assumeRoleOutput
	e := newEncoder[assumeRoleOutput](t, sts(t), "AssumeRole")
	equal(t, e.Append(nil, "id-1", &out), `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult/>
  <ResponseMetadata>
    <RequestId>id-1</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>
`)
	out.AssumedRoleUser = &struct{ AssumedRoleId, Arn string }{"AROA:s", "arn:aws:sts::111122223333:assumed-role/r/s"}
	out.Credentials = &struct {
		AccessKeyId, SecretAccessKey, SessionToken string
		Expiration                                 time.Time
	}{"ASIA", "s/+", "t==", time.Date(2026, 7, 13, 12, 0, 5, 999, time.FixedZone("", 3600))}
	equal(t, e.Append(nil, "id-1", &out), `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>AROA:s</AssumedRoleId>
      <Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIA</AccessKeyId>
      <SecretAccessKey>s/+</SecretAccessKey>
      <SessionToken>t==</SessionToken>
      <Expiration>2026-07-13T11:00:05Z</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>id-1</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>
`)
}

func TestAppendEmpty(t *testing.T) {
	equal(t, iam(t).AppendEmpty([]byte("x"), "DeleteUser", "<1>"), `x<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <ResponseMetadata>
    <RequestId>&lt;1&gt;</RequestId>
  </ResponseMetadata>
</DeleteUserResponse>
`)
}

// TestShapes: lists, maps, what is left out, every simple type.
func TestShapes(t *testing.T) {
	type user struct {
		UserName         string
		UserId, Arn      string `json:",omitempty"`
		Path             string `json:",omitempty"`
		CreateDate       time.Time
		PasswordLastUsed *time.Time
		Tags             []tag `json:",omitempty"`
	}
	type users struct {
		Users       []*user
		IsTruncated bool
	}
	list := newEncoder[users](t, iam(t), "ListUsers")
	equal(t, result(list.Append(nil, "", &users{})), `<Users/>
<IsTruncated>false</IsTruncated>
`)
	ms := time.Date(2026, 1, 2, 3, 4, 5, 67e6, time.UTC)
	equal(t, result(list.Append(nil, "", &users{Users: []*user{nil, {UserName: "<&>\"'", PasswordLastUsed: &ms, Tags: []tag{{"a\r\n\tb", ""}}}}, IsTruncated: true})), `<Users>
  <member/>
  <member>
    <UserName>&lt;&amp;&gt;"'</UserName>
    <PasswordLastUsed>2026-01-02T03:04:05.067Z</PasswordLastUsed>
    <Tags>
      <member>
        <Key>a&#xD;
	b</Key>
        <Value></Value>
      </member>
    </Tags>
  </member>
</Users>
<IsTruncated>true</IsTruncated>
`)
	summary := newEncoder[struct{ SummaryMap map[string]int }](t, iam(t), "GetAccountSummary")
	equal(t, result(summary.Append(nil, "", &struct{ SummaryMap map[string]int }{map[string]int{"Users": 2, "Roles": -1}})), `<SummaryMap>
  <entry>
    <key>Roles</key>
    <value>-1</value>
  </entry>
  <entry>
    <key>Users</key>
    <value>2</value>
  </entry>
</SummaryMap>
`)
	type statistics struct {
		Label      string `json:",omitempty"`
		Datapoints []struct {
			Average            float64
			ExtendedStatistics map[string]float64 `json:",omitempty"`
		}
	}
	var s statistics
	s.Datapoints = append(s.Datapoints, struct {
		Average            float64
		ExtendedStatistics map[string]float64 `json:",omitempty"`
	}{1e10, nil})
	equal(t, result(newEncoder[statistics](t, service(t, "cloudwatch"), "GetMetricStatistics").Append(nil, "", &s)), `<Datapoints>
  <member>
    <Average>1.0E10</Average>
  </member>
</Datapoints>
`)
	if got := formatTimestamp(time.Unix(0, 1e6)); got != "1970-01-01T00:00:00.001Z" {
		t.Error(got)
	}
	report := newEncoder[struct{ Content []byte }](t, iam(t), "GetCredentialReport")
	equal(t, result(report.Append(nil, "", &struct{ Content []byte }{[]byte{0, 0xff}})), "<Content>AP8=</Content>\n")
	// What XML cannot have.
	equal(t, appendEscaped(nil, "a\x00\x1f\ufffe\xffb\u0085\U0001F600"), "a\ufffd\ufffd\ufffd\ufffdb\u0085\U0001F600")
}

// TestFlatAnswers: flattened lists and maps, which no model at hand has.
func TestFlatAnswers(t *testing.T) {
	m, err := model.Load("rds")
	if err != nil {
		t.Fatal(err)
	}
	tags := *m.Shapes["TagList"]
	tags.Flattened = true
	type out struct{ TagList []tag }
	o := &out{[]tag{{"a", "1"}, {"b", "2"}}}
	equal(t, result(newEncoder[out](t, must(t)(New(m, Observed{})), "ListTagsForResource").Append(nil, "", o)), `<TagList>
  <Tag>
    <Key>a</Key>
    <Value>1</Value>
  </Tag>
  <Tag>
    <Key>b</Key>
    <Value>2</Value>
  </Tag>
</TagList>
`)
	flat := newEncoder[out](t, must(t)(New(m, Observed{Shapes: map[string]*model.Shape{"TagList": &tags}})), "ListTagsForResource")
	equal(t, result(flat.Append(nil, "", o)), `<Tag>
  <Key>a</Key>
  <Value>1</Value>
</Tag>
<Tag>
  <Key>b</Key>
  <Value>2</Value>
</Tag>
`)
	sns, err := model.Load("sns")
	if err != nil {
		t.Fatal(err)
	}
	attributes := *sns.Shapes["TopicAttributesMap"]
	attributes.Flattened = true
	type topic struct{ Attributes map[string]string }
	e := newEncoder[topic](t, must(t)(New(sns, Observed{Shapes: map[string]*model.Shape{"TopicAttributesMap": &attributes}})), "GetTopicAttributes")
	equal(t, result(e.Append(nil, "", &topic{map[string]string{"k": "v"}})), `<Attributes>
  <key>k</key>
  <value>v</value>
</Attributes>
`)
}

// result returns what an answer has in its result, without the indentation of there.
func result(answer []byte) []byte {
	_, rest, _ := bytes.Cut(answer, []byte("Result>\n"))
	rest, _, _ = bytes.Cut(rest, []byte("\n  </"))
	var out []byte
	for line := range bytes.Lines(rest) {
		out = append(out, bytes.TrimPrefix(line, []byte("    "))...)
	}
	return append(out, '\n')
}

func equal(t *testing.T, got []byte, want string) {
	t.Helper()
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// wellFormed says whether a document is XML.
func wellFormed(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return err
		}
	}
}
