// Package account is AWS Account Management in the local plane, as far as Regions: which there
// are, and that each is enabled. The plane has every Region, so those that accounts of AWS must
// enable first are enabled here.
//
// What AWS has and this has not: EnableRegion and DisableRegion, contacts, names and emails of
// accounts, the members of an organization by AccountId.
//
// Operations: https://docs.aws.amazon.com/accounts/latest/reference/API_Operations.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html.
// Regions, on 2026-11-25: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html.
package account

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// byDefault are the Regions that every account has, optIn those that it enables.
var (
	byDefault = strings.Fields(`ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
		eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2`)
	optIn = strings.Fields(`af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
		ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1`)
	// elsewhere are those of the other partitions of customers, all of which every account has.
	elsewhere = strings.Fields("cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1")
)

// pageSize is the largest page. https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
const pageSize = 50

const invalid = "ValidationException"

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: "account", Global: true})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s.Handle("ListRegions", emulate.Op{Resource: own, Do: listRegions})
	s.Handle("GetRegionOptStatus", emulate.Op{Resource: own, Do: getStatus})
	return []*emulate.Service{s}, nil
}

// own is the ARN of the caller's account, which is the only one that is answered for.
func own(r *emulate.Request) (string, error) {
	if r.In.Has("AccountId") {
		return "", r.Fail(invalid, "The local plane answers for the account of the caller: leave AccountId out.")
	}
	return "arn:" + r.Partition() + ":account::" + r.Account + ":account", nil
}

// status is how a Region is enabled in a partition; empty: there is no such Region.
func status(partition, region string) string {
	switch {
	case arn.PartitionOf(region) != partition:
	case slices.Contains(byDefault, region), slices.Contains(elsewhere, region):
		return "ENABLED_BY_DEFAULT"
	case slices.Contains(optIn, region):
		return "ENABLED"
	}
	return ""
}

func listRegions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	wanted := r.In.List("RegionOptStatusContains")
	var all []wire.Object
	for _, region := range slices.Sorted(slices.Values(slices.Concat(byDefault, optIn, elsewhere))) {
		if s := status(r.Partition(), region); s != "" && (len(wanted) == 0 || slices.Contains(wanted, any(s))) {
			all = append(all, wire.Object{"RegionName": region, "RegionOptStatus": s})
		}
	}
	return r.Page(all, pageSize, invalid)
}

func getStatus(_ context.Context, r *emulate.Request) (wire.Object, error) {
	region := r.In.Text("RegionName")
	s := status(r.Partition(), region)
	if s == "" {
		return nil, r.Fail(invalid, "The Region %s is not one of the partition %s.", region, r.Partition()) // unconfirmed text
	}
	return wire.Object{"RegionName": region, "RegionOptStatus": s}, nil
}
