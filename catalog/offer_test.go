package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBack: what a slot goes back to when it names no key any more, and whether it can be under the
// other key of AWS.
func TestBack(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const none = "none"
	type keys struct {
		Back           Owner
		Owned, Managed string
	}
	for slot, want := range map[string]keys{
		"AWS::Bedrock::Guardrail configuration":               {OwnerAWSOwned, "key that AWS owns and manages", none},
		"AWS::BedrockAgentCore::TokenVault tokens":            {OwnerAWSOwned, "key that the service manages", none},
		"AWS::S3::Bucket default-encryption":                  {OwnerAWSOwned, "SSE-S3", "alias/aws/s3"},
		"AWS::DynamoDB::Table table":                          {OwnerAWSOwned, "key owned by AWS", "alias/aws/dynamodb"},
		"AWS::DynamoDB::GlobalTable table":                    {OwnerAWSOwned, "key owned by AWS", "alias/aws/dynamodb"},
		"AWS::SQS::Queue messages":                            {OwnerAWSOwned, "SSE-SQS", "alias/aws/sqs"},
		"AWS::SNS::Topic messages":                            {OwnerAWSOwned, "disk encryption by Amazon SNS, server-side encryption is off", "alias/aws/sns"},
		"AWS::SecretsManager::Secret secret":                  {OwnerAWSManaged, none, "alias/aws/secretsmanager"},
		"AWS::SSM::Parameter value":                           {OwnerAWSManaged, none, "alias/aws/ssm"},
		"AWS::Lambda::Function environment":                   {OwnerAWSManaged, none, "alias/aws/lambda"},
		"AWS::Logs::LogGroup log-group":                       {OwnerAWSOwned, "encrypted by CloudWatch Logs without KMS", none},
		"AWS::CloudTrail::Trail logs":                         {OwnerAWSOwned, "SSE-S3", none},
		"AWS::StepFunctions::StateMachine definition":         {OwnerAWSOwned, "key owned by AWS", none},
		"AWS::KinesisFirehose::DeliveryStream stream":         {OwnerAWSOwned, "key owned by AWS", none},
		"AWS::KinesisFirehose::DeliveryStream s3-destination": {OwnerAWSOwned, "the bucket's default encryption applies", none},
		"AWS::OpenSearchServerless::SecurityPolicy encryption": {
			OwnerAWSOwned, "key owned by AWS", none},
		"AWS::S3Vectors::VectorBucket encryption": {OwnerAWSOwned, "SSE-S3", none},
		"AWS::Kinesis::Stream stream":             {OwnerAWSManaged, none, "alias/aws/kinesis"},
	} {
		typ, name, _ := strings.Cut(slot, " ")
		s := c.Type(typ).Slot(name)
		owned, managed := s.Offered(OwnerAWSOwned), s.Offered(OwnerAWSManaged)
		got := keys{s.Back(), owned.Text, managed.Alias}
		if owned.None != "" {
			got.Owned = none
		}
		if managed.None != "" {
			got.Managed = none
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", slot, d)
		}
	}
}

// TestOffersHaveSources: whatever is said of keys of AWS, of every slot whose key changes in place,
// is documented somewhere.
func TestOffersHaveSources(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Entries() {
		for i := range e.Slots {
			s := &e.Slots[i]
			if s.Change != InPlace && s.Change != Once || len(s.Through) > 0 {
				continue
			}
			for _, owner := range []Owner{OwnerAWSOwned, OwnerAWSManaged} {
				o := s.Offered(owner)
				if !strings.HasPrefix(o.Source, "https://docs.aws.amazon.com/") && !strings.HasPrefix(o.Source, "unconfirmed: ") {
					t.Errorf("%s %s, %s: source %q", e.Type, s.Name, owner, o.Source)
				}
				if (o.None == "") == (o.Text == "") {
					t.Errorf("%s %s, %s: %+v", e.Type, s.Name, owner, o)
				}
			}
		}
	}
}

// TestOfferFaults: what a file says wrongly of a key of AWS is told.
func TestOfferFaults(t *testing.T) {
	for _, c := range []struct {
		o       Offer
		managed bool
		want    string
	}{
		{Offer{Text: "key", Source: "https://x"}, false, ""},
		{Offer{Text: "key", Alias: "alias/aws/x", Source: "https://x"}, true, ""},
		{Offer{None: "why", Source: "unconfirmed: nobody says"}, true, ""},
		{Offer{Source: "https://x"}, false, "either a text, or why there is none"},
		{Offer{Text: "key", None: "why", Source: "https://x"}, false, "either a text, or why there is none"},
		{Offer{Text: "key", Source: "https://x"}, true, `alias ""`},
		{Offer{Text: "key", Alias: "alias/aws/x", Source: "https://x"}, false, `alias "alias/aws/x"`},
		{Offer{None: "why"}, true, `source "" is neither`},
	} {
		k := &checker{entry: &Entry{Type: "T"}}
		k.offer("slot", &c.o, c.managed)
		got := ""
		for _, err := range k.errs {
			got += err.Error()
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.o, got, c.want)
		}
	}
}
