package apply_test

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/fix/verify"
)

// ofAWS are the targets of AWS.
var ofAWS = []fix.Aim{fix.Default, fix.AWSOwned, fix.AWSManaged}

// ofEncryption are the members that say how something is encrypted.
var ofEncryption = regexp.MustCompile(`(?i)kms|sse|encryption|KeyId|OwnedKey`)

// goes says where a slot goes from a key of the customer with each target: where it stands then, or
// "-" where it stays. Those that are not here go to unkeyed, and have no key that AWS manages.
var goes = map[string]string{
	"AWS::S3::Bucket":                            "unkeyed unkeyed aws-managed",
	"AWS::DynamoDB::Table":                       "unkeyed unkeyed aws-managed",
	"AWS::SQS::Queue":                            "unkeyed unkeyed aws-managed",
	"AWS::SNS::Topic":                            "unkeyed unkeyed aws-managed",
	"AWS::SecretsManager::Secret":                "aws-managed - aws-managed",
	"AWS::SSM::Parameter":                        "aws-managed - aws-managed",
	"AWS::Lambda::Function":                      "aws-managed - aws-managed",
	"AWS::CloudTrail::EventDataStore":            "- - -", // never taken away
	"AWS::BedrockAgentCore::Evaluator":           "- - -",
	"AWS::BedrockAgentCore::PaymentManager":      "- - -",
	"AWS::BedrockAgentCore::ConfigurationBundle": "- - -",
}

// TestKeysOfAWS: every resource that a plan can change goes from a key of the customer to each of the
// keys of AWS that its service has for it, and back, with every member as it was but the key; where
// the service has none it stays, and the plan says why.
func TestKeysOfAWS(t *testing.T) {
	for _, c := range slices.Concat(bedrockChanges, storeChanges) {
		for i, aim := range ofAWS {
			t.Run(strings.ReplaceAll(c.name, " ", "-")+"/"+string(aim), func(t *testing.T) {
				t.Parallel()
				c := c
				c.target, c.every = newKey, true
				b, _ := c.open(t)
				b.applied(c.plan(b))
				want := "unkeyed"
				if aim == fix.AWSManaged {
					want = "-"
				}
				c.target, c.every = fix.Target{Aim: aim}, false
				plan := c.plan(b)
				keyed := b.read(c.read)
				for j := range plan.Subjects {
					s := &plan.Subjects[j]
					want := want
					if strings.HasPrefix(s.Why, "its key is that of another") {
						continue
					}
					if g := strings.Fields(goes[s.Type]); len(g) > 0 {
						want = g[i]
					}
					got := s.Reaches.String()
					if s.Why != "" {
						got = "-"
					}
					if got != want {
						t.Errorf("%s, %s: goes to %s, want %s (%s)", s.Title, s.Slot, got, want, s.Why)
					}
				}
				if len(plan.Steps) == 0 || aim == fix.Default { // it is one of the two others
					return
				}
				b.written(plan)
				inv := b.Inventory(c.types...)
				if r := rehearsed(t, inv, plan); !r.OK {
					t.Errorf("the rehearsal: unexpected %q, left %q", r.Unexpected, r.Left)
				}
				j, o := b.applied(plan)
				between := b.read(c.read)
				for n, r := range c.read {
					for _, d := range fix.Compare(keyed[n], between[n]) {
						if !ofEncryption.MatchString(d.Path) {
							t.Errorf("%s changed: %s", r.do, d)
						}
					}
				}
				b.stands(plan, &c)
				b.verified(plan, j, false, &c)
				if err := apply.Undo(t.Context(), j, o); err != nil {
					t.Fatal(err)
				}
				for n, out := range b.read(c.read) {
					if d := cmp.Diff(keyed[n], out); d != "" {
						t.Errorf("%s after undo: %s", c.read[n].do, d)
					}
				}
				b.verified(plan, j, true, &c)
			})
		}
	}
}

// applied applies a plan.
func (b *bench) applied(plan *fix.Plan) (*apply.Journal, apply.Options) {
	b.t.Helper()
	j := journal(b.t, plan)
	o := apply.Options{Estate: b.Estate(), Poll: time.Millisecond, Pause: time.Millisecond}
	if err := apply.Apply(b.t.Context(), j, o); err != nil {
		b.t.Fatal(err)
	}
	return j, o
}

// written wants what is written of a plan in the other languages on the rung that is planned.
func (b *bench) written(plan *fix.Plan) {
	b.t.Helper()
	known, err := catalog.Embedded()
	if err != nil {
		b.t.Fatal(err)
	}
	var code, template bytes.Buffer
	if err := errors.Join(emit.Terraform(&code, plan, known), emit.CloudFormation(&template, plan, known, emit.Places(plan)[0])); err != nil {
		b.t.Fatal(err)
	}
	for language, text := range map[string][]byte{"terraform": code.Bytes(), "cloudformation": template.Bytes()} {
		said := *plan
		said.Subjects = slices.DeleteFunc(slices.Clone(plan.Subjects), func(s fix.Subject) bool {
			return s.Slot == "s3-destination" || bytes.Contains(text, []byte("# Not here: "+s.Title))
		})
		e := emitted{t: b.t, b: b, cat: known, plan: &said, text: text}
		e.audited(language, bytes.Count(text, []byte("# Not here: "))+bytes.Count(text, []byte("; the script of the plan does it")))
	}
}

// stands wants an audit of what there is to find each slot on the rung that the plan promised.
func (b *bench) stands(plan *fix.Plan, c *changing) {
	b.t.Helper()
	known, err := catalog.Embedded()
	if err != nil {
		b.t.Fatal(err)
	}
	found := map[[2]string]bedlock.Rung{}
	_, err = audit.Run(b.t.Context(), b.Inventory(c.types...), audit.Options{Catalog: known, Now: time.Now()}, func(m bedlock.Message) error {
		if m.Slot != nil {
			found[[2]string{m.Slot.Subject.ID, m.Slot.Subject.Slot}] = m.Slot.Rung
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, s := range plan.Subjects {
		if s.Slot == "s3-destination" && s.Reaches == bedlock.Unkeyed {
			continue // it is the bucket's then
		}
		if got := found[[2]string{s.Resource, s.Slot}]; got != s.Reaches {
			b.t.Errorf("%s, %s: stands on %s, planned %s", s.Title, s.Slot, got, s.Reaches)
		}
	}
}

// verified wants the evidence of a run to say that all is as planned.
func (b *bench) verified(plan *fix.Plan, j *apply.Journal, back bool, c *changing) {
	b.t.Helper()
	known, err := catalog.Embedded()
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := verify.Run(b.t.Context(), verify.Options{
		Plan: plan, Answers: j.Answers(), Run: "r", Back: back, Inventory: b.Inventory(c.types...), Catalog: known, Estate: b.Estate().(live.Estate), Now: time.Now(),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if r.Verdict != verify.AsPlanned {
		b.t.Errorf("back %v: %s: %+v %+v %q", back, r.Verdict, r.Subjects, r.Steps, r.Unread)
	}
}
