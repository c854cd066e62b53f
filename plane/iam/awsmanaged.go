package iam

import (
	"strings"
	"sync"

	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/managed"
)

// awsOwn is what the ARNs of AWS's policies have after the partition.
const awsOwn = ":iam::aws:policy/"

// awsManaged compiles each policy of AWS at most once in each of its partitions; by ARN.
var awsManaged = sync.OnceValue(func() map[string]func() *authz.Policy {
	all := map[string]func() *authz.Policy{}
	for _, p := range managed.All() {
		for _, partition := range p.Partitions {
			arn := "arn:" + partition + awsOwn + p.Name
			all[arn] = sync.OnceValue(func() *authz.Policy { return authz.Compile(arn, p.Document) })
		}
	}
	return all
})

// isAWS says whether an ARN is that of a policy of AWS, known here or not.
func isAWS(arn string) bool {
	partition, path, found := strings.Cut(arn, awsOwn)
	return found && path != "" && strings.HasPrefix(partition, "arn:aws") && strings.Count(partition, ":") == 1
}

// awsCompiled is an AWS managed policy by its ARN; nil: this plane does not know it.
func awsCompiled(arn string) *authz.Policy {
	if !isAWS(arn) {
		return nil
	}
	if f := awsManaged()[arn]; f != nil {
		return f()
	}
	return nil
}
