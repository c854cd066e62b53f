package opensearchserverless

import (
	"strings"
	"testing"
)

func TestSpecific(t *testing.T) {
	d, err := read("encryption", `{"Rules":[{"ResourceType":"collection","Resource":["collection/*","collection/log*","collection/logs"]}],"AWSOwnedKey":true}`)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"other", "logging", "logs"} // each is matched better than the one before it
	for i, name := range names[1:] {
		if specific(d, "collection/"+name) <= specific(d, "collection/"+names[i]) {
			t.Error(name)
		}
	}
	if specific(d, "index/logs") != 0 {
		t.Error("an index is no collection")
	}
}

// FuzzRead: texts of policies are read or refused, and what is read has rules.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"Rules":[{"ResourceType":"collection","Resource":["collection/autopartsinventory"]}],"AWSOwnedKey":true}`,
		`{"Rules":[{"ResourceType":"collection","Resource":["collection/log*"]}],"KmsARN":"arn:aws:kms:us-east-1:111122223333:key/93fd6da4-a317-4c17-bfe9-382b5d988b36"}`,
		`[{"Rules":[{"ResourceType":"dashboard","Resource":["collection/finance*"]}],"AllowFromPublic":false,"SourceVPCEs":["vpce-050f79086ee71ac05"]}]`,
		`[{"Rules":[{"ResourceType":"index","Resource":["index/logs/*"],"Permission":["aoss:*"]}],"Principal":["saml/111122223333/myprovider/user/Annie"],"Description":"Provide access"}]`,
	} {
		for _, typ := range []string{"encryption", "network", "data"} {
			f.Add(typ, seed)
		}
	}
	f.Fuzz(func(t *testing.T, typ, text string) {
		d, err := read(typ, text)
		if err != nil {
			return
		}
		if len(d.resources()) == 0 {
			t.Error("it names nothing")
		}
		for _, r := range d.resources() {
			if !strings.Contains(r, "/") {
				t.Errorf("%q is no resource", r)
			}
		}
	})
}
