package iam

import (
	"strings"
	"sync"

	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/managed"
)

const awsPrefix = "arn:aws:iam::aws:policy/"

// awsManaged compiles each policy of AWS at most once; by ARN.
var awsManaged = sync.OnceValue(func() map[string]func() *authz.Policy {
	all := map[string]func() *authz.Policy{}
	for _, p := range managed.All() {
		arn := awsPrefix + p.Name
		all[arn] = sync.OnceValue(func() *authz.Policy { return authz.Compile(arn, p.Document) })
	}
	return all
})

// awsCompiled is an AWS managed policy by its ARN; nil: this plane does not know it.
func awsCompiled(arn string) *authz.Policy {
	if !strings.HasPrefix(arn, awsPrefix) {
		return nil
	}
	if f := awsManaged()[arn]; f != nil {
		return f()
	}
	return nil
}
