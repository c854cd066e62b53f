package fix

import (
	"os"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/catalog"
)

// TestDocsOfKeysOfAWS: the table in the documentation says of each recipe what the catalogue says.
func TestDocsOfKeysOfAWS(t *testing.T) {
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../docs/fix.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		for name := range strings.SplitSeq(cells[0], ", ") {
			rows[name] = cells[1:]
		}
	}
	called := map[string]string{
		"AWS::S3::Bucket": "buckets", "AWS::DynamoDB::Table": "tables", "AWS::SQS::Queue": "queues", "AWS::SNS::Topic": "topics", "AWS::SecretsManager::Secret": "secrets",
		"AWS::SSM::Parameter": "parameters", "AWS::Lambda::Function": "environments of functions", "AWS::Logs::LogGroup": "log groups", "AWS::CloudTrail::Trail": "trails",
		"AWS::StepFunctions::StateMachine": "state machines", "AWS::KinesisFirehose::DeliveryStream": "delivery streams", "AWS::OpenSearchServerless::SecurityPolicy": "encryption policies of OpenSearch Serverless",
	}
	for _, list := range [][]recipe{bedrockRecipes, storeRecipes} {
		for i := range list {
			r := &list[i]
			e := c.Type(r.Type)
			name := called[r.Type]
			switch {
			case e.Family != catalog.FamilyStore:
				name = "Bedrock and AgentCore"
			case r.Type == "AWS::CloudTrail::EventDataStore":
				continue // its key is never taken away
			}
			row := rows[name]
			if row == nil {
				t.Errorf("%s: no row %q", r.Type, name)
				continue
			}
			for j := range e.Slots {
				s := &e.Slots[j]
				if recipeOf(r.Type, s.Name) != r || s.Change != catalog.InPlace {
					continue
				}
				managed := s.Offered(catalog.OwnerAWSManaged).Alias
				if managed == "" {
					managed = "no"
				}
				if owned := s.Offered(catalog.OwnerAWSOwned).None == ""; row[0] != string(s.Back()) || owned != (row[1] != "no") || row[2] != managed {
					t.Errorf("%s %s: the row says %q, the catalogue %s, %v, %s", r.Type, s.Name, row, s.Back(), owned, managed)
				}
			}
		}
	}
}
