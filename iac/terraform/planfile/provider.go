package planfile

import (
	"strings"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// site is where a provider configuration works, as far as the plan says.
type site struct{ account, region, partition string }

// locate tells a resource where it will be deployed: from its provider
// configuration, and from its own region argument, which the AWS provider has since
// version 6 (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support).
func (p *plan) locate(e *entry, r *graph.Resource) {
	var s site
	if conf := e.configuration(); conf != nil && p.providers != nil {
		s = p.siteOf(text(conf.Get("provider_config_key")))
	}
	if strings.HasPrefix(e.kind, "aws_") {
		if own := text(p.get(e.after, "region")); isRegion(own) {
			s.region, s.partition = own, partitionOf(own)
		}
	}
	r.Account, r.Region, r.Partition = s.account, s.region, s.partition
}

func (p *plan) siteOf(key string) site {
	if known, ok := p.sites[key]; ok {
		return known
	}
	s := p.readSite(key)
	p.sites[key] = s
	return s
}

// readSite reads a provider configuration. A module that does not configure a
// provider inherits that of the module around it; older versions still name it after
// the module: "module.m:aws", "m:aws".
func (p *plan) readSite(key string) site {
	var s site
	config := p.providers.Get(key)
	if config == nil {
		_, name, inherited := strings.Cut(key, ":")
		if !inherited || strings.Contains(name, ".") {
			return s
		}
		if config = p.onlyProvider(name); config == nil {
			return s
		}
	}
	at := p.root
	if path := text(config.Get("module_address")); path != "" {
		if at = p.at(path); at == nil {
			return s
		}
	}
	expressions := config.Get("expressions")
	if region := text(p.known(expressions.Get("region"), at, 0)); isRegion(region) {
		s.region, s.partition = region, partitionOf(region)
	}
	role := expressions.Get("assume_role")
	if blocks := items(role); len(blocks) == 1 {
		role = &blocks[0]
	}
	if arn := strings.Split(text(p.known(role.Get("role_arn"), at, 0)), ":"); len(arn) > 5 && arn[0] == "arn" && isAccount(arn[4]) {
		s.account = arn[4]
		if s.partition == "" {
			s.partition = arn[1]
		}
	}
	if ids := items(p.known(expressions.Get("allowed_account_ids"), at, 0)); len(ids) == 1 && isAccount(ids[0].Text) {
		s.account = ids[0].Text // any other account is refused by the provider
	}
	return s
}

// onlyProvider returns the configuration of a provider that has just one.
func (p *plan) onlyProvider(name string) *syntax.Node {
	var only *syntax.Node
	for _, m := range members(p.providers) {
		if text(m.value.Get("name")) != name && m.key.Text != name {
			continue
		}
		if only != nil {
			return nil
		}
		only = m.value
	}
	return only
}

// known returns the value of an expression that is a constant or only passes on a
// variable with a known value; nil for others.
func (p *plan) known(expression *syntax.Node, at *place, steps int) *syntax.Node {
	if c := expression.Get("constant_value"); c != nil {
		return c
	}
	refs := p.references(expression)
	if len(refs) != 1 || refs[0].kind != toVariable || refs[0].rest != "" || steps > mostSteps {
		return nil
	}
	name := refs[0].name
	if at.up == nil {
		if v := p.variables[name]; v != nil {
			return v
		}
		return p.defaultOf(at, name)
	}
	call := at.up.call(at.name)
	if call == nil {
		return nil
	}
	if argument := p.get(call.node.Get("expressions"), name); argument != nil {
		return p.known(argument, at.up, steps+1)
	}
	return p.defaultOf(at, name)
}

// isRegion reports whether a text has the form of a Region name, such as us-east-1
// or us-gov-west-1.
func isRegion(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(parts) > 4 || len(s) > 32 {
		return false
	}
	for i, part := range parts {
		digits := i == len(parts)-1
		for j := range len(part) {
			if c := part[j]; digits && (c < '0' || c > '9') || !digits && (c < 'a' || c > 'z') {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}

// partitionOf returns the partition of a Region; "" for those that it does not know
// to be of one. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.Count(region, "-") == 2 && !strings.HasPrefix(region, "eusc-"):
		return "aws"
	}
	return "" // isolated and sovereign partitions
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
