package audit

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

var testCatalog = sync.OnceValue(func() *catalog.Catalog {
	b, err := os.ReadFile("testdata/catalog.yaml")
	if err != nil {
		panic(err)
	}
	c, err := catalog.Load(fstest.MapFS{"catalog.yaml": {Data: b}})
	if err != nil {
		panic(err)
	}
	return c
})

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

const (
	account = "111122223333"
	other   = "444455556666"
	uuid    = "1234abcd-12ab-34cd-56ef-1234567890ab"
	keyARN  = "arn:aws:kms:eu-west-1:" + account + ":key/" + uuid
)

// at is a position in the tests' only file; the line tells facts apart.
func at(line int32) bedlock.Position {
	return bedlock.Position{File: "t.yaml", Line: line, Column: 1}
}

func known[T any](v T) inventory.Value[T]          { return inventory.Known(v, at(9)) }
func unknown[T any](why string) inventory.Value[T] { return inventory.Unknown[T](why, at(9)) }
func unreadV[T any](why string) inventory.Value[T] { return inventory.Unread[T](why, at(9)) }
func absent[T any]() inventory.Value[T]            { return inventory.Absent[T](at(9)) }
func text(s string) inventory.Named                { return inventory.Named{Text: known(s)} }
func toKey(s, id, how string) inventory.Named {
	return inventory.Named{Text: known(s), Key: id, How: how}
}
func none(o catalog.Owner, s string) inventory.Named {
	return inventory.Named{Text: absent[string](), Owner: o, Default: s}
}

// res builds a resource of a CloudFormation template with one slot.
func res(typ, address, slot string, named ...inventory.Named) inventory.Resource {
	return inventory.Resource{ID: "t.yaml#" + address, Type: typ, Address: address, At: at(3), Slots: []inventory.Slot{{Name: slot, Named: named}}}
}

func guardrail(named ...inventory.Named) inventory.Resource {
	return res("AWS::Bedrock::Guardrail", "Guard", "configuration", named...)
}

func agent(named ...inventory.Named) inventory.Resource {
	return res("AWS::Bedrock::Agent", "Helper", "agent", named...)
}

func placed(r inventory.Resource, account, region string) inventory.Resource {
	r.Account, r.Region = known(account), known(region)
	return r
}

// goodKey is a key about which there is nothing to say.
func goodKey(change ...func(*inventory.Key)) inventory.Key {
	k := inventory.Key{
		ID: "t.yaml#Key", Address: "Key", Name: "Key", At: at(5),
		Manager: known(catalog.OwnerCustomer), State: known("Enabled"), Spec: known("SYMMETRIC_DEFAULT"), Usage: known("ENCRYPT_DECRYPT"), Origin: known("AWS_KMS"),
		MultiRegion: known(false), Rotation: known(true), RotationDays: known(365), DeletionDays: known(30), Description: known("prompts"),
		Tags: inventory.Tags{Known: map[string]string{"owner": "ml"}}, Policy: absent[inventory.Policy](),
	}
	for _, f := range change {
		f(&k)
	}
	return k
}

func aliasOf(k inventory.Key) inventory.Alias {
	return inventory.Alias{ID: k.ID + "/alias", Name: known("alias/app"), Target: known(k.ID), Key: k.ID}
}

func withPolicy(text string, whens ...string) func(*inventory.Key) {
	return func(k *inventory.Key) {
		k.Policy = known(inventory.Policy{Text: text, Statements: []bedlock.Position{at(21), at(22), at(23)}, Whens: whens})
	}
}

func allow(principal, action, rest string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Principal":%s,"Action":%s,"Resource":"*"%s}]}`, principal, action, rest)
}

type outcome struct {
	messages []bedlock.Message
	slots    []*bedlock.Slot
	findings []*bedlock.Finding
	summary  bedlock.Summary
}

func (o *outcome) slot(t *testing.T, id string) *bedlock.Slot {
	t.Helper()
	i := slices.IndexFunc(o.slots, func(s *bedlock.Slot) bool { return s.Subject.ID == id })
	if i < 0 {
		t.Fatalf("there is no slot of %s", id)
	}
	return o.slots[i]
}

// broken lists the rules that are broken, sorted.
func (o *outcome) rules() []string {
	out := []string{}
	for _, f := range o.findings {
		out = append(out, f.Rule)
		exercised.Store(f.Rule, true)
	}
	slices.Sort(out)
	return out
}

// exercised are the rules that some test saw broken; see TestEveryRuleIsExercised.
var exercised sync.Map

func audit(t *testing.T, p inventory.Parts, change ...func(*Options)) *outcome {
	t.Helper()
	inv, err := inventory.New(p)
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{Catalog: testCatalog(), Now: now}
	for _, f := range change {
		f(&opts)
	}
	out := &outcome{}
	out.summary, err = Run(context.Background(), inv, opts, func(m bedlock.Message) error {
		out.messages = append(out.messages, m)
		if m.Slot != nil {
			out.slots = append(out.slots, m.Slot)
		}
		if m.Finding != nil {
			out.findings = append(out.findings, m.Finding)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// keyed audits a guardrail whose key is in the inventory.
func keyed(t *testing.T, change ...func(*inventory.Key)) *outcome {
	t.Helper()
	k := goodKey(change...)
	return audit(t, inventory.Parts{
		Resources: []inventory.Resource{guardrail(toKey("${bedlock:ref:t.yaml#Key#Arn}", k.ID, "by reference"))},
		Keys:      []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)},
	})
}

func texts(list []bedlock.Evidence) []string {
	out := []string{}
	for _, e := range list {
		out = append(out, e.Text)
	}
	return out
}

// without drops a rule that says nothing about what a test is about.
func without(list []string, rule string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == rule })
}
