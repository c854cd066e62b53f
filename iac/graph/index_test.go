package graph

import (
	"fmt"
	"strings"
	"testing"
)

// Thousands of things of one name, or in one list, take no time to speak of; compared
// each with each they took minutes.
func TestManyOfOneName(t *testing.T) {
	const many = 20_000
	var b strings.Builder
	for i := range many {
		fmt.Fprintf(&b, `"A%d": ["AWS::KMS::Alias", {"AliasName": "alias/same", "TargetKeyId": "alias/same"}], "B%d": ["AWS::T::Bucket", {"BucketName": "same"}], "C%d": ["AWS::T::Base", {"Bucket": "same"}],`, i, i, i)
	}
	volumes := strings.Repeat(`{"Key": "alias/x"},`, many)
	inv := assemble(t, build(t, "a.yaml", "{"+b.String()+`"T": ["AWS::T::Thing", {"Kind": "EBS", "KmsKeyArn": "alias/same", "Volumes": [`+volumes[:len(volumes)-1]+`]}]}`))
	if got := show(*inv.Resource("a.yaml#T").Slot("main")); got != "alias/same form=alias" {
		t.Errorf("an ambiguous alias is %s", got)
	}
	if got := show(*inv.Resource("a.yaml#C7").Slot("store")); got != "same" {
		t.Errorf("an ambiguous store is %s", got)
	}
	if got := len(inv.Resource("a.yaml#T").Slots); got != many+1 {
		t.Errorf("%d slots", got)
	}
}
