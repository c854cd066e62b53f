package terraform

import (
	"regexp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/iac/graph"
)

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

func placeOf(region, account string) place {
	if !accountID.MatchString(account) {
		account = ""
	}
	return place{account: account, region: region, partition: arn.PartitionOf(region)}
}

// accountOf is the account of an ARN, or what is known otherwise.
func accountOf(role, otherwise string) string {
	if a, err := arn.Parse(role); err == nil && accountID.MatchString(a.Account) {
		return a.Account
	}
	return otherwise
}

// wellKnown gives the attributes of data sources that say where things are deployed,
// and the documents that a data source makes of its arguments.
// Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/region
// and …/caller_identity, …/partition, …/iam_policy_document
func (i *instance) wellKnown(name string, at bedlock.Position) (graph.Value, bool) {
	if i.block.Type != "data" {
		return graph.Value{}, false
	}
	either := func(known, token string) (graph.Value, bool) {
		if known == "" {
			known = token
		}
		return graph.Str(known, at), true
	}
	switch i.block.Labels[0] + "." + name {
	case "aws_caller_identity.account_id", "aws_caller_identity.id":
		return either(i.place().account, graph.TokenAccount)
	case "aws_region.name", "aws_region.region", "aws_region.id":
		for _, argument := range []string{"region", "name"} {
			if v, set := i.configured(argument); set && v.Kind != graph.Absent {
				return v, true
			}
		}
		return either(i.place().region, graph.TokenRegion)
	case "aws_partition.partition", "aws_partition.id":
		return either(i.place().partition, graph.TokenPartition)
	case "aws_partition.dns_suffix":
		switch i.place().partition {
		case "aws", "aws-us-gov":
			return graph.Str("amazonaws.com", at), true
		case "aws-cn":
			return graph.Str("amazonaws.com.cn", at), true
		}
		return graph.Unresolved("the partition's domain is known only after apply", at), true
	case "aws_iam_policy_document.json", "aws_iam_policy_document.minified_json":
		return i.document(), true
	}
	return graph.Value{}, false
}

func (i *instance) document() graph.Value {
	const key = "the document" // no attribute has such a name
	l := i.attributes[key]
	if l == nil {
		l = &lazy{eval: func() graph.Value { return policyDocument(i.tree()) }}
		i.attributes[key] = l
	}
	return l.get(i.address, i.at())
}
