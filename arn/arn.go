// Package arn parses, prints and compares Amazon Resource Names, and reads the
// four ways of naming a KMS key. It understands the ${…} tokens that an inventory
// uses for parts which its source does not know: a token is never split, although
// it may contain colons.
//
// It checks form, not existence.
package arn

import (
	"fmt"
	"regexp"
	"strings"
)

// ARN is a parsed Amazon Resource Name: arn:partition:service:region:account:resource.
// Region and Account are empty for services that have none in their ARNs.
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// Parse parses an ARN. The parts may contain ${…} tokens.
func Parse(s string) (ARN, error) {
	parts := split(s, 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return ARN{}, fmt.Errorf("parse arn %q: not of the form arn:partition:service:region:account:resource", s)
	}
	if parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return ARN{}, fmt.Errorf("parse arn %q: partition, service and resource must not be empty", s)
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}, nil
}

// split cuts s at colons outside ${…} into at most n parts.
func split(s string, n int) []string {
	var parts []string
	start, depth := 0, 0
	for i := 0; i < len(s) && len(parts) < n-1; i++ {
		switch {
		case s[i] == '$' && i+1 < len(s) && s[i+1] == '{':
			depth++
			i++
		case s[i] == '}' && depth > 0:
			depth--
		case s[i] == ':' && depth == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// String prints the ARN.
func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, a.Resource}, ":")
}

// IsToken reports whether a part is, or contains, a token: its value is not known.
func IsToken(part string) bool { return strings.Contains(part, "${") }

// PartitionOf returns the partition a Region belongs to, "" when it cannot be told.
// Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func PartitionOf(region string) string {
	if !regionName.MatchString(region) {
		return ""
	}
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return ""
}

// HomeOf returns the Region where a partition has what it has once, such as its endpoint of IAM; ""
// of a partition that is not known.
// Source: internal/endpoints of aws-sdk-go-v2/service/iam, https://docs.aws.amazon.com/general/latest/gr/iam-service.html
func HomeOf(partition string) string { return partitionNamed(partition).home }

// SuffixOf returns how the names of the hosts of a partition end: amazonaws.com, also of a
// partition that is not known.
// Source: as of [HomeOf].
func SuffixOf(partition string) string {
	if p := partitionNamed(partition); p.suffix != "" {
		return p.suffix
	}
	return "amazonaws.com"
}

type partition struct{ prefix, name, home, suffix string }

func partitionNamed(name string) partition {
	for _, p := range partitions {
		if p.name == name {
			return p
		}
	}
	return partition{}
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)
	// partitions by the beginnings of their Regions; the last has all others.
	partitions = [...]partition{
		{"cn-", "aws-cn", "cn-north-1", "amazonaws.com.cn"}, {"us-gov-", "aws-us-gov", "us-gov-west-1", "amazonaws.com"},
		{"us-isob-", "aws-iso-b", "us-isob-east-1", "sc2s.sgov.gov"}, {"us-isof-", "aws-iso-f", "us-isof-south-1", "csp.hci.ic.gov"},
		{"eu-isoe-", "aws-iso-e", "eu-isoe-west-1", "cloud.adc-e.uk"}, {"us-iso-", "aws-iso", "us-iso-east-1", "c2s.ic.gov"},
		{"eusc-", "aws-eusc", "eusc-de-east-1", "amazonaws.eu"}, {"", "aws", "us-east-1", "amazonaws.com"},
	}
)
