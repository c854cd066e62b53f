package arn

import "testing"

func TestParse(t *testing.T) {
	for in, want := range map[string]ARN{
		"arn:aws:kms:us-east-1:111122223333:key/mrk-1": {"aws", "kms", "us-east-1", "111122223333", "key/mrk-1"},
		"arn:aws:s3:::bucket":                          {"aws", "s3", "", "", "bucket"},
		"arn:aws:lambda:eu-west-1:1:function:f:1":      {"aws", "lambda", "eu-west-1", "1", "function:f:1"},
		"arn:${bedlock:partition}:kms:${bedlock:region}:${bedlock:account}:key/${bedlock:ref:a.yaml#K#Ref}": {
			"${bedlock:partition}", "kms", "${bedlock:region}", "${bedlock:account}", "key/${bedlock:ref:a.yaml#K#Ref}"},
	} {
		got, err := Parse(in)
		if err != nil || got != want {
			t.Errorf("Parse(%s) = %+v, %v; want %+v", in, got, err, want)
		}
		if got.String() != in {
			t.Errorf("String() = %s, want %s", got, in)
		}
	}
	for _, in := range []string{"", "arn", "arn:aws:kms:r:a", "arn::kms:r:a:key/x", "arn:aws::r:a:key/x", "arn:aws:kms:r:a:", "x:aws:kms:r:a:key/x", "arn:${aws:kms:r:a:key/x"} {
		if got, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", in, got)
		}
	}
}

func TestParseKey(t *testing.T) {
	const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
	for in, want := range map[string]KeyForm{
		"arn:aws:kms:us-east-1:111122223333:key/" + id:                                       KeyARN,
		"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/" + id:                            KeyARN,
		"arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab":    KeyARN,
		"arn:aws:kms:us-east-1:111122223333:alias/app":                                       AliasARN,
		"arn:aws:kms:us-east-1:111122223333:alias/aws/s3":                                    AliasARN,
		"arn:${bedlock:partition}:kms:${bedlock:region}:1:key/${bedlock:ref:t.yaml#Key#Ref}": KeyARN,
		id:                   KeyID,
		"alias/app":          Alias,
		"alias/aws/dynamodb": Alias,
		"alias/":             NoKey,
		"alias":              NoKey,
		"":                   NoKey,
		"$aws_kms_key.k.arn": NoKey,
		"arn:aws:kms:us-east-1:111122223333:key/short": NoKey,
		"arn:aws:s3:::bucket":                          NoKey,
		"true":                                         NoKey,
	} {
		k, ok := ParseKey(in)
		if k.Form != want || ok != (want != NoKey) {
			t.Errorf("ParseKey(%q) = %+v, %v; want form %d", in, k, ok, want)
		}
	}
	if k, _ := ParseKey("arn:aws:kms:us-east-1:111122223333:alias/aws/s3"); !k.IsAWSManaged() {
		t.Error("alias/aws/s3 by ARN is not seen as AWS-managed")
	}
}

func TestPartitionOf(t *testing.T) {
	for in, want := range map[string]string{
		"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "eusc-de-east-1": "aws-eusc", "${bedlock:region}": "", "": "", "nowhere": "",
	} {
		if got := PartitionOf(in); got != want {
			t.Errorf("PartitionOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
	f.Add("arn:${bedlock:partition}:s3:::b")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err == nil && a.String() != s {
			t.Fatalf("%q prints as %q", s, a)
		}
		ParseKey(s)
	})
}

func TestHomes(t *testing.T) {
	for partition, want := range map[string][2]string{
		"aws": {"us-east-1", "amazonaws.com"}, "aws-cn": {"cn-north-1", "amazonaws.com.cn"}, "aws-us-gov": {"us-gov-west-1", "amazonaws.com"},
		"aws-eusc": {"eusc-de-east-1", "amazonaws.eu"}, "nothing": {"", "amazonaws.com"},
	} {
		if got := [2]string{HomeOf(partition), SuffixOf(partition)}; got != want {
			t.Errorf("%s: %v, want %v", partition, got, want)
		}
	}
	for _, p := range partitions {
		if got := PartitionOf(p.home); got != p.name {
			t.Errorf("the home %s of %s is in %s", p.home, p.name, got)
		}
	}
}
