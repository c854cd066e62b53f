package managed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy"
)

// FuzzLoad: no text makes the loader panic, and what it accepts says the same when its
// documents are printed and parsed, in a partition that is a token too.
func FuzzLoad(f *testing.F) {
	f.Add(sample)
	for _, file := range []string{"admin", "bedrock", "compute", "data", "observe"} {
		text, err := data.ReadFile("data/" + file + ".txt")
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), "\n\n") {
			f.Add(part)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		table := newTable()
		if err := table.load("fuzz", text); err != nil {
			if !strings.HasPrefix(err.Error(), "load fuzz:") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			return
		}
		for _, p := range table.policies {
			again, err := policy.Parse(p.Document.Print())
			if err != nil || len(again.Problems) > 0 {
				t.Fatalf("%v %v", err, again)
			}
			if diff := cmp.Diff(p.Document, again, ignored); diff != "" {
				t.Fatal(diff)
			}
			for _, partition := range append([]string{"${bedlock:partition}"}, p.Partitions...) {
				if got, ok := table.lookup("arn:" + partition + ":iam::aws:policy/" + p.Name); !ok || got.Name != p.Name {
					t.Fatalf("%s is not found in %s", p.Name, partition)
				}
			}
		}
	})
}

// FuzzLookup: no ARN makes Lookup panic or change the table; what it finds has the
// ARN's name, and its text is the table's but for the partition.
func FuzzLookup(f *testing.F) {
	for _, s := range []string{
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
		"arn:${bedlock:partition}:iam::aws:policy/AmazonBedrockFullAccess",
		"arn:${bedlock:unknown:\"\\}:iam::aws:policy/AWSLambdaExecute",
		"arn:${bedlock:ref:data.aws_partition.x#partition}:iam::aws:policy/SecretsManagerReadWrite",
		"arn:${bedlock:\x99}:iam::aws:policy/SecretsManagerReadWrite",
		"arn:aws-cn:iam::aws:policy/AmazonS3FullAccess",
		"arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::111122223333:policy/mine",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		p, ok := Lookup(name)
		if !ok {
			return
		}
		partition, rest, _ := strings.Cut(name, ":iam::aws:policy/")
		partition = strings.TrimPrefix(partition, "arn:")
		if rest != p.Name || partition != "aws" && !isToken(partition) {
			t.Fatalf("found %s", p.Name)
		}
		exact, _ := Lookup("arn:aws:iam::aws:policy/" + p.Name)
		if len(p.Document.Problems) > 0 || len(p.Document.Statements) != len(exact.Document.Statements) {
			t.Fatalf("%+v", p.Document)
		}
		for i, s := range p.Document.Statements {
			own := exact.Document.Statements[i]
			if len(s.Undetermined) > 0 || !cmp.Equal(s.Actions, own.Actions) || !cmp.Equal(exact.withPartition(own.Resources, partition), s.Resources) {
				t.Fatalf("statement %d: %+v", i, s)
			}
		}
	})
}
