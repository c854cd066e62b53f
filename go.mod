module github.com/bedlock/bedlock

go 1.26.0

require (
	cel.dev/cel-go v0.33.2 // custom rules: typed, cost-bounded expressions
	filippo.io/mldsa v1.0.0 // ML-DSA keys of KMS with external mu; standard library from Go 1.27 on
	github.com/aws/aws-sdk-go-v2 v1.47.7 // live collection: signing, retries, one client for all services
	github.com/aws/aws-sdk-go-v2/config v1.33.15 // live collection: endpoint, Region, profile and credentials as every AWS tool finds them
	github.com/aws/aws-sdk-go-v2/credentials v1.20.15 // live collection: roles of other accounts
	github.com/aws/aws-sdk-go-v2/service/bedrock v1.63.0 // live collection
	github.com/aws/aws-sdk-go-v2/service/bedrockagent v1.54.2 // live collection
	github.com/aws/aws-sdk-go-v2/service/bedrockagentcore v1.56.3 // live collection
	github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol v1.78.0 // live collection
	github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime v1.41.0 // tests: AWS's own client of sessions and flows; never linked
	github.com/aws/aws-sdk-go-v2/service/bedrockruntime v1.63.11 // live collection
	github.com/aws/aws-sdk-go-v2/service/cloudtrail v1.56.0 // live collection
	github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs v1.92.0 // live collection
	github.com/aws/aws-sdk-go-v2/service/dynamodb v1.73.1 // live collection
	github.com/aws/aws-sdk-go-v2/service/elasticsearchservice v1.42.0 // live collection
	github.com/aws/aws-sdk-go-v2/service/firehose v1.52.10 // live collection
	github.com/aws/aws-sdk-go-v2/service/iam v1.64.8 // live collection
	github.com/aws/aws-sdk-go-v2/service/kendra v1.60.25 // live collection
	github.com/aws/aws-sdk-go-v2/service/kinesis v1.56.11 // live collection
	github.com/aws/aws-sdk-go-v2/service/kms v1.62.4 // live collection
	github.com/aws/aws-sdk-go-v2/service/lambda v1.114.2 // live collection
	github.com/aws/aws-sdk-go-v2/service/neptune v1.44.7 // live collection
	github.com/aws/aws-sdk-go-v2/service/neptunegraph v1.22.1 // live collection
	github.com/aws/aws-sdk-go-v2/service/opensearch v1.70.2 // live collection
	github.com/aws/aws-sdk-go-v2/service/opensearchserverless v1.31.1 // live collection
	github.com/aws/aws-sdk-go-v2/service/organizations v1.62.6 // live collection
	github.com/aws/aws-sdk-go-v2/service/rds v1.132.1 // live collection
	github.com/aws/aws-sdk-go-v2/service/redshift v1.62.10 // live collection
	github.com/aws/aws-sdk-go-v2/service/redshiftserverless v1.35.2 // live collection
	github.com/aws/aws-sdk-go-v2/service/s3 v1.114.8 // live collection
	github.com/aws/aws-sdk-go-v2/service/s3vectors v1.7.2 // live collection
	github.com/aws/aws-sdk-go-v2/service/secretsmanager v1.50.10 // live collection
	github.com/aws/aws-sdk-go-v2/service/sfn v1.41.2 // live collection
	github.com/aws/aws-sdk-go-v2/service/sns v1.47.9 // live collection
	github.com/aws/aws-sdk-go-v2/service/sqs v1.52.10 // live collection
	github.com/aws/aws-sdk-go-v2/service/ssm v1.81.4 // live collection
	github.com/aws/aws-sdk-go-v2/service/sts v1.51.8 // live collection
	github.com/aws/smithy-go v1.28.8 // live collection: middleware and errors of the SDK
	github.com/cedar-policy/cedar-go v1.9.0 // tests: the same decisions in another policy language, side by side; never linked
	github.com/clipperhouse/displaywidth v0.11.0 // column widths of names in any script
	github.com/cloudflare/circl v1.6.5 // ML-KEM-512 keys of KMS; the standard library has 768 and 1024 only
	github.com/decred/dcrd/dcrec/secp256k1/v4 v4.4.1 // ECC_SECG_P256K1 keys of KMS; not in the standard library
	github.com/fxamacker/cbor/v2 v2.9.0 // what CloudWatch and the tagging API speak by default (rpc-v2-cbor); not in the standard library
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // strict replay of the message stream: duplicate and wrong-case members are errors
	github.com/google/go-cmp v0.7.0 // tests: readable differences
	github.com/hashicorp/hcl/v2 v2.25.0 // Terraform's own parser
	github.com/klauspost/compress v1.20.1 // zstd for the embedded API tables
	github.com/owenrumney/go-sarif/v3 v3.3.1 // tests: carries the official SARIF schema; never linked
	github.com/prometheus/client_golang v1.25.0 // metrics of the plane for Prometheus, and those of the Go runtime
	github.com/rogpeppe/go-internal v1.16.0 // tests: scripts of the command line
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // tests: validates SARIF against the schema
	github.com/spf13/cobra v1.10.2 // commands, help, completion for four shells
	github.com/spf13/pflag v1.0.9 // cobra's flags, where commands share some
	github.com/zclconf/go-cty v1.19.0 // values and functions of Terraform's language
	go.yaml.in/yaml/v3 v3.0.5 // YAML with positions, tags and spelling kept
	golang.org/x/crypto v0.57.0 // Argon2id: the root key from a passphrase; not in the standard library
	golang.org/x/sync v0.23.0 // errgroup: bounded parallel reading
	golang.org/x/term v0.48.0 // is it a terminal, and how wide
	golang.org/x/time v0.16.0 // request quotas of the plane: a token bucket
	modernc.org/sqlite v1.60.1 // the store in one file, without cgo; libc is kept at the version it names
	pgregory.net/rapid v1.3.0 // tests: properties
)

require (
	cel.dev/expr v0.25.2 // indirect
	github.com/agext/levenshtein v1.2.1 // indirect
	github.com/antlr4-go/antlr/v4 v4.13.1 // indirect
	github.com/apparentlymart/go-textseg/v15 v15.0.0 // indirect
	github.com/apparentlymart/go-textseg/v17 v17.0.1 // indirect
	github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream v1.7.26 // the reader that tests of event streams use
	github.com/aws/aws-sdk-go-v2/feature/ec2/imds v1.20.7 // indirect
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/v4a v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.24 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/checksum v1.11.11 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/endpoint-discovery v1.13.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.14.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/s3shared v1.20.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/signin v1.12.3 // indirect
	github.com/aws/aws-sdk-go-v2/service/sso v1.39.3 // indirect
	github.com/aws/aws-sdk-go-v2/service/ssooidc v1.44.3 // indirect
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/clipperhouse/uax29/v2 v2.7.0 // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mitchellh/go-wordwrap v1.0.1 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/ncruces/go-strftime v1.0.0 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/x448/float16 v0.8.4 // indirect
	github.com/xeipuuv/gojsonpointer v0.0.0-20180127040702-4e3ac2762d5f // indirect
	github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect
	github.com/xeipuuv/gojsonschema v1.2.0 // indirect
	golang.org/x/exp v0.0.0-20260824195058-e88cd73687aa // indirect
	golang.org/x/mod v0.41.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.42.0 // indirect
	golang.org/x/tools v0.50.0 // indirect
	google.golang.org/genproto/googleapis/api v0.0.0-20260928230214-8a89bd6388cc // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260928230214-8a89bd6388cc // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	modernc.org/libc v1.77.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)
