package account_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	admin = "AKIAADMIN0000000"
	other = "AKIAOTHER0000000" // may list Regions of another account alone
)

const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: other
        access-keys: [{id: AKIAOTHER0000000, secret: secret}]
        policies:
          p: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "account:*", Resource: "arn:aws:account::444455556666:account"}]}
`

func TestListRegions(t *testing.T) {
	api := localtest.Open(t, estate).API("account", admin)
	var names []string
	pages, token := 0, ""
	for {
		page := api.Do(t, "ListRegions", `{"MaxResults": 20`+token+`}`)
		pages++
		for _, r := range page.Objects("Regions") {
			names = append(names, r.Text("RegionName")+" "+r.Text("RegionOptStatus"))
		}
		if page.Text("NextToken") == "" {
			break
		}
		token = fmt.Sprintf(`, "NextToken": %q`, page.Text("NextToken"))
	}
	if pages != 2 || len(names) != 34 || names[0] != "af-south-1 ENABLED" || names[33] != "us-west-2 ENABLED_BY_DEFAULT" {
		t.Errorf("%d pages, %d Regions: %s", pages, len(names), strings.Join(names, ", "))
	}
	if n := len(api.Do(t, "ListRegions", `{"RegionOptStatusContains": ["ENABLED_BY_DEFAULT"]}`).Objects("Regions")); n != 17 {
		t.Errorf("%d Regions are enabled by default", n)
	}
	if n := len(api.Do(t, "ListRegions", `{"RegionOptStatusContains": ["DISABLED", "ENABLING"]}`).Objects("Regions")); n != 0 {
		t.Errorf("%d Regions are disabled", n)
	}
}

func TestGetRegionOptStatus(t *testing.T) {
	api := localtest.Open(t, estate).API("account", admin)
	localtest.Exactly(t, "status", api.Do(t, "GetRegionOptStatus", `{"RegionName": "eu-central-2"}`), `{"RegionName": "eu-central-2", "RegionOptStatus": "ENABLED"}`)
	if m := api.Refused(t, admin, "GetRegionOptStatus", `{"RegionName": "mars-north-1"}`, "ValidationException"); m != "The Region mars-north-1 is not one of the partition aws." {
		t.Error(m)
	}
}

func TestRefused(t *testing.T) {
	api := localtest.Open(t, estate).API("account", admin)
	want := "User: arn:aws:iam::111122223333:user/other is not authorized to perform: account:ListRegions on resource: arn:aws:account::111122223333:account"
	if m := api.Refused(t, other, "ListRegions", `{}`, "AccessDeniedException"); !strings.HasPrefix(m, want) {
		t.Error(m)
	}
	if m := api.Refused(t, admin, "ListRegions", `{"AccountId": "444455556666"}`, "ValidationException"); m != "The local plane answers for the account of the caller: leave AccountId out." {
		t.Error(m)
	}
}
