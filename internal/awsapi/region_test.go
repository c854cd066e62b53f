package awsapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/wire"
)

// enabledRegions answers ListRegions in two pages for the first account, and refuses the second.
func enabledRegions(operation, account string, in wire.Object) (wire.Object, *wire.Error) {
	region := func(name, status string) wire.Object {
		return wire.Object{"RegionName": name, "RegionOptStatus": status}
	}
	switch {
	case operation != "ListRegions":
		return nil, nil
	case account != "100000000000":
		return nil, &wire.Error{Code: "AccessDeniedException", Message: "not allowed", Status: 403}
	case in.Text("NextToken") == "":
		return wire.Object{"NextToken": "more", "Regions": []any{region("eu-west-1", "ENABLED_BY_DEFAULT"), region("ap-east-1", "DISABLED")}}, nil
	}
	return wire.Object{"Regions": []any{region("eu-south-2", "ENABLED")}}, nil
}

// TestAllRegionsOfAnEndpointWithoutThem: that is no account without Regions.
func TestAllRegionsOfAnEndpointWithoutThem(t *testing.T) {
	o := fleetOptions(t, serveFleet(t, &fleet{other: func(operation, _ string, _ wire.Object) (wire.Object, *wire.Error) {
		if operation != "ListRegions" {
			return nil, nil
		}
		return nil, &wire.Error{Code: "UnknownOperationException", Message: "not here", Status: 400}
	}}), 1)
	o.Regions, o.Rate = []string{AllRegions}, 10000
	inv, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if in := inv.Parts().Inputs[0]; in.Status != bedlock.InputFailed || in.Reason != "the enabled Regions could not be listed: account ListRegions: UnknownOperationException: not here" {
		t.Errorf("%+v", in)
	}
}

// TestAllRegions: each account is read in the Regions that it has enabled, and one that does not
// tell them has failed.
func TestAllRegions(t *testing.T) {
	o := fleetOptions(t, serveFleet(t, &fleet{other: enabledRegions}), 2)
	o.Regions, o.Rate = []string{AllRegions}, 10000
	inv, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range inv.Parts().Inputs {
		got = append(got, strings.TrimSpace(in.Path+" "+string(in.Status)+" "+in.Reason))
	}
	want := []string{
		"aws/100000000000 audited",
		"aws/100000000000/eu-south-2 audited",
		"aws/100000000000/eu-west-1 audited",
		"aws/100000000001 failed the enabled Regions could not be listed: account ListRegions: AccessDeniedException: not allowed",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := len(inv.Parts().Keys); n != 2*fleetKeys {
		t.Errorf("%d keys, want %d", n, 2*fleetKeys)
	}
}

func TestAllRegionsOptions(t *testing.T) {
	o := Options{Catalog: embedded(t), Regions: []string{AllRegions}}
	if err := o.Validate(); err != nil {
		t.Error(err)
	}
	text, err := MinimalPolicy(o)
	if err != nil || !strings.Contains(text, `"account:ListRegions"`) {
		t.Errorf("the policy does not allow account:ListRegions: %v", err)
	}
	o.Regions = slices.Insert(o.Regions, 0, "eu-west-1")
	if err := o.Validate(); err == nil || err.Error() != "all Regions are named, and others beside" {
		t.Errorf("%v", err)
	}
	if text, err := MinimalPolicy(Options{Catalog: embedded(t), Regions: []string{"eu-west-1"}}); err != nil || strings.Contains(text, "account:") {
		t.Errorf("the policy allows account: calls that nobody makes: %v", err)
	}
}
