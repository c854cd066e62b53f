package catalog

import "testing"

func TestEmbeddedLoads(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	e := c.Type("AWS::Bedrock::Guardrail")
	if e == nil || c.Terraform("awscc_bedrock_guardrail") != e {
		t.Fatal("guardrail entry is missing")
	}
	p, ok := e.Slots[0].At.Path("awscc_bedrock_guardrail")
	if !ok || p.String() != "kms_key_arn" {
		t.Fatalf("awscc path = %q, %v", p, ok)
	}
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"KmsKeyArn": "kms_key_arn", "KMSMasterKeyID": "kms_master_key_id", "SSEAlgorithm": "sse_algorithm",
		"S3Config.KeyARN": "s3_config.key_arn", "Policy:json.KmsARN": "policy:json.KmsARN",
	} {
		p, err := ParsePath(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Snake().String(); got != want {
			t.Errorf("Snake(%s) = %s, want %s", in, got, want)
		}
	}
}
