package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/report"
)

// The benchmarks run the whole way: walk, read, assemble, judge and render the
// text report.
func audits(b *testing.B, sources ...string) {
	b.Helper()
	var lines, size int64
	for _, s := range sources {
		err := filepath.WalkDir(s, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(p)
			lines += int64(bytes.Count(text, []byte("\n")))
			size += int64(len(text))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	cat, err := catalog.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	slots := 0
	var peak uint64
	for b.Loop() {
		inv, err := iac.Collect(context.Background(), cat, sources, iac.Options{})
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
		var out bytes.Buffer
		h, err := report.New("text", &out, report.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := h.Message(bedlock.Message{Config: &bedlock.Config{Protocol: bedlock.Protocol, Rules: audit.Rules()}}); err != nil {
			b.Fatal(err)
		}
		sum, err := audit.Run(context.Background(), inv, audit.Options{Catalog: cat}, h.Message)
		if err != nil {
			b.Fatal(err)
		}
		if sum.Slots == 0 {
			b.Fatal("no slot was found: the benchmark measures nothing")
		}
		slots = sum.Slots
		if err := h.Message(bedlock.Message{Summary: &sum}); err != nil {
			b.Fatal(err)
		}
		if err := h.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	b.ReportMetric(float64(slots), "slots")
	b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
}

func BenchmarkCorpus(b *testing.B) {
	root := os.Getenv("BEDLOCK_CORPUS")
	if root == "" {
		b.Skip("BEDLOCK_CORPUS is not set: the corpus is not measured")
	}
	audits(b, filepath.Join(root, "cfn"), filepath.Join(root, "cdk"), filepath.Join(root, "tf"))
}

// BenchmarkFolder50kLines is a repository of 50,000 lines: half templates, half
// Terraform code.
func BenchmarkFolder50kLines(b *testing.B) {
	dir := b.TempDir()
	write := func(name string, text string) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for f := range 50 {
		var t, h bytes.Buffer
		t.WriteString("AWSTemplateFormatVersion: 2010-09-09\nParameters:\n  Env: {Type: String, Default: prod}\nResources:\n")
		for i := range 31 {
			fmt.Fprintf(&t, "  Key%d:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: true\n      KeyPolicy:\n        Version: 2012-10-17\n        Statement:\n          - Effect: Allow\n            Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}\n            Action: kms:*\n            Resource: '*'\n  Guard%d:\n    Type: AWS::Bedrock::Guardrail\n    Properties:\n      Name: !Sub guard-%d-${Env}\n      KmsKeyArn: !GetAtt Key%d.Arn\n", i, i, i, i)
			fmt.Fprintf(&h, "resource \"aws_kms_key\" \"k%d\" {\n  description         = \"Key %d\"\n  enable_key_rotation = true\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Principal = { AWS = \"arn:aws:iam::111122223333:root\" }, Action = \"kms:*\", Resource = \"*\" }]\n  })\n}\nresource \"aws_bedrock_guardrail\" \"g%d\" {\n  name        = \"guard-%d\"\n  kms_key_arn = aws_kms_key.k%d.arn\n  blocked_input_messaging = \"no\"\n  content_policy_config {\n    filters_config {\n      type = \"HATE\"\n    }\n  }\n}\n", i, i, i, i, i)
		}
		write(fmt.Sprintf("cfn/t%d.yaml", f), t.String())
		write(fmt.Sprintf("tf/m%d/main.tf", f), h.String())
	}
	audits(b, dir)
}

// BenchmarkPlan100MB is one plan of 100 MB.
func BenchmarkPlan100MB(b *testing.B) {
	file := filepath.Join(b.TempDir(), "plan.json")
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	var p bytes.Buffer
	p.WriteString(`{"format_version":"1.2","terraform_version":"1.9.8","resource_changes":[`)
	const n = 60_000
	change := func(typ, name, after, unknown string) {
		fmt.Fprintf(&p, `{"address":"%s.%s","mode":"managed","type":"%s","name":"%s","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,"after":%s,"after_unknown":%s,"after_sensitive":{}}}`, typ, name, typ, name, after, unknown)
	}
	padding := string(bytes.Repeat([]byte("Some text that a person wrote. "), 20))
	for i := range n {
		if i > 0 {
			p.WriteByte(',')
		}
		change("aws_kms_key", fmt.Sprintf("k%d", i), `{"enable_key_rotation":true,"is_enabled":true,"description":"`+padding+`"}`, `{"arn":true,"id":true,"key_id":true,"policy":true}`)
		p.WriteByte(',')
		change("aws_bedrock_guardrail", fmt.Sprintf("g%d", i), fmt.Sprintf(`{"name":"g%d"}`, i), `{"kms_key_arn":true,"guardrail_arn":true}`)
	}
	p.WriteString(`],"configuration":{"root_module":{"resources":[`)
	for i := range n {
		if i > 0 {
			p.WriteByte(',')
		}
		fmt.Fprintf(&p, `{"address":"aws_kms_key.k%d","mode":"managed","type":"aws_kms_key","name":"k%d","expressions":{"enable_key_rotation":{"constant_value":true}}},`, i, i)
		fmt.Fprintf(&p, `{"address":"aws_bedrock_guardrail.g%d","mode":"managed","type":"aws_bedrock_guardrail","name":"g%d","expressions":{"kms_key_arn":{"references":["aws_kms_key.k%d.arn","aws_kms_key.k%d"]}}}`, i, i, i, i)
	}
	p.WriteString(`]}}}`)
	if p.Len() < 90<<20 {
		b.Fatalf("the plan has %d bytes, fewer than it should", p.Len())
	}
	if _, err := f.Write(p.Bytes()); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	p = bytes.Buffer{}
	audits(b, filepath.Dir(file))
}
