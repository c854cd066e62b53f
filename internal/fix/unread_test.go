package fix

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// half is an inventory of which much could not be read.
func half(t *testing.T) *inventory.Inventory {
	t.Helper()
	resource := func(typ, id, name, slot string, named inventory.Value[string]) inventory.Resource {
		return inventory.Resource{
			ID: id, Type: typ, Name: known(name), Place: inventory.Place{Account: known("111122223333"), Region: known("eu-west-1")},
			Slots: []inventory.Slot{{Name: slot, Named: []inventory.Named{{Text: named, Owner: catalog.OwnerAWSOwned}}}},
		}
	}
	denied := inventory.Unread[string]("AccessDeniedException: no", bedlock.Position{})
	none := inventory.Absent[string](bedlock.Position{})
	inv, err := inventory.New(inventory.Parts{
		Inputs: []bedlock.Input{
			{Path: "aws/111122223333", Kind: "aws", Status: bedlock.InputAudited},
			{Path: "aws/111122223333/eu-west-1", Kind: "aws", Status: bedlock.InputFailed, Reason: "AWS::SQS::Queue could not be listed: sqs ListQueues: AccessDenied: no"},
		},
		Resources: []inventory.Resource{
			resource("AWS::Bedrock::Flow", "arn:aws:bedrock:eu-west-1:111122223333:flow/a", "triage", "content", denied),
			resource("AWS::Bedrock::Guardrail", "arn:aws:bedrock:eu-west-1:111122223333:guardrail/a", "closed", "configuration", denied),
			resource("AWS::Bedrock::Guardrail", "arn:aws:bedrock:eu-west-1:111122223333:guardrail/b", "open", "configuration", none),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// TestUnread are the things that a plan does not know: they are in it, as far as it was asked for
// them, and they are neither planned nor left out in silence.
func TestUnread(t *testing.T) {
	queue := "aws/111122223333/eu-west-1: AWS::SQS::Queue could not be listed: sqs ListQueues: AccessDenied: no"
	flow := `flow "triage", content: unread: could not be read: AccessDeniedException: no`
	guardrail := `guardrail "closed", configuration: unread: could not be read: AccessDeniedException: no`
	for name, c := range map[string]struct {
		only   Selection
		chosen int
		unread []string
	}{
		"everything":      {Selection{}, 1, []string{queue, flow, guardrail}},
		"of a type":       {Selection{Types: []string{"AWS::Bedrock::Guardrail"}}, 1, []string{queue, guardrail}},
		"elsewhere":       {Selection{Regions: []string{"us-east-1"}}, 0, []string{queue}},
		"what is named":   {Selection{Resources: []string{"open"}}, 1, []string{queue}},
		"on another rung": {Selection{Rungs: []bedlock.Rung{bedlock.AWSManaged}}, 0, []string{queue, flow, guardrail}},
	} {
		t.Run(name, func(t *testing.T) {
			m := &maker{Request: Request{Inventory: half(t), Catalog: embedded(t), Target: Target{Aim: New}, Only: c.only}, plan: &Plan{}}
			if err := m.choose(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range m.plan.Unread {
				got = append(got, e.Text)
			}
			slices.Sort(got)
			slices.Sort(c.unread)
			if d := cmp.Diff(c.unread, got); d != "" {
				t.Error(d)
			}
			if len(m.chosen) != c.chosen {
				t.Errorf("%d slots are planned, want %d", len(m.chosen), c.chosen)
			}
		})
	}
}

// TestNothingWasRead: where everything that was asked for is unread, that nothing is to be done
// would be a lie.
func TestNothingWasRead(t *testing.T) {
	_, err := Make(t.Context(), Request{
		Inventory: half(t), Catalog: embedded(t), Target: Target{Aim: New, Per: PerRegion, Alias: "alias/a"},
		Only: Selection{Types: []string{"AWS::Bedrock::Flow"}},
	})
	if want := "nothing to plan: no slot of the source is selected, or all stand where they should; 2 things could not be read"; !errors.Is(err, ErrNothing) || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
