package catalog

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
)

// ServicePrincipal is the principal that a service is in a Region, of a template of [Need].Who without
// "service:". The name of one that has a Region in it ends like the hosts of the partition; others
// are the same everywhere, and so is kms:ViaService.
// Source: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts
func ServicePrincipal(template, region string) string {
	suffix := arn.SuffixOf(arn.PartitionOf(region))
	return strings.ReplaceAll(strings.Replace(template, "{region}.amazonaws.com", "{region}."+suffix, 1), "{region}", region)
}
