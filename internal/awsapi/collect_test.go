package awsapi

import (
	"os"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

const company = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
    keys:
      - {region: eu-west-1, alias: alias/records, description: patient records, rotation: true, tags: {team: ml}}
`

func TestCollect(t *testing.T) {
	p := serve(t, company)
	inv, err := Collect(t.Context(), p.fast("admin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := inventory.Write(os.Stdout, inv); err != nil {
		t.Fatal(err)
	}
}
