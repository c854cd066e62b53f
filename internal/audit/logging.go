package audit

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// loggingType is the Terraform type by which the catalogue's entry of the
// invocation logging configuration is found; CloudFormation has no type for it.
const loggingType = "aws_bedrock_model_invocation_logging_configuration"

// logging looks for Bedrock resources without invocation logging. In an account
// and Region that was read, its absence is a fact; in code it may only be
// configured elsewhere.
func (r *run) logging() error {
	entry := r.catalog.Terraform(loggingType)
	if entry == nil {
		return nil
	}
	type place struct{ account, region string }
	var live []place
	logged := map[place]bool{}
	var inCode *inventory.Resource
	coded, loggedInCode := 0, false
	for i := range r.parts.Resources {
		res := &r.parts.Resources[i]
		at := place{plain(res.Account.Or("")), plain(res.Region.Or(""))}
		isLive := res.At.IsZero() && at.account != "" && at.region != ""
		switch e := r.catalog.Type(res.Type); {
		case e == entry && isLive:
			logged[at] = true
		case e == entry:
			loggedInCode = true
		case e == nil || e.Family != catalog.FamilyBedrock:
		case isLive:
			if i, have := slices.BinarySearchFunc(live, at, func(a, b place) int {
				return strings.Compare(a.account+a.region, b.account+b.region)
			}); !have {
				live = slices.Insert(live, i, at)
			}
		default:
			coded++
			if inCode == nil {
				inCode = res
			}
		}
	}
	for _, at := range live {
		if logged[at] {
			continue
		}
		s := bedlock.Subject{ID: "account " + at.account + " region " + at.region, Type: entry.Type, Name: at.account + " " + at.region, Account: at.account, Region: at.region}
		if err := r.wide(ruleLoggingOff, s, "account "+at.account+" has Bedrock resources in "+at.region+" and no model invocation logging there", bedlock.Position{}); err != nil {
			return err
		}
	}
	if coded == 0 || loggedInCode {
		return nil
	}
	s := bedlock.Subject{ID: "inputs", Type: entry.Type, Name: "inputs", At: inCode.At}
	return r.wide(ruleLoggingUnseen, s, "the inputs create Bedrock resources, such as "+r.title(inCode)+", and no input configures model invocation logging", inCode.At)
}

func (r *run) wide(rule string, s bedlock.Subject, message string, at bedlock.Position) error {
	f := r.finding(fault{rule: rule, message: message, evidence: []bedlock.Evidence{evidence(at, message)}}, s, 0)
	f.Fingerprint = identity{typ: s.Type, name: s.ID}.fingerprint(rule, "", true)
	return r.out.finding(pending{finding: f, unique: true})
}
