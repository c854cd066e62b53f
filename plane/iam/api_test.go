package iam

import "testing"

func TestOperations(t *testing.T) {
	api, err := open(t, Options{}).API()
	if err != nil {
		t.Fatal(err)
	}
	if len(api.Operations) != 78 || !api.Global || api.Name != "iam" {
		t.Errorf("%d operations", len(api.Operations))
	}
}
