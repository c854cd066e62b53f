package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/verify"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

const estate = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, description: d, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "dynamodb:CreateTable", with: {TableName: table, AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}}
`

var (
	newKey = fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock"}
	types  = []string{"AWS::Bedrock::Guardrail", "AWS::DynamoDB::Table"}
)

// moved is a plane whose resources went under a new key.
type moved struct {
	*fixtest.Plane
	t       *testing.T
	plan    *fix.Plan
	journal *apply.Journal
}

func move(t *testing.T) moved {
	t.Helper()
	p := fixtest.Open(t, estate)
	m := moved{p, t, p.Plan(newKey, fix.Selection{}, types...), nil}
	j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), m.plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	m.journal = j
	if err := apply.Apply(t.Context(), j, m.options()); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m moved) options() apply.Options {
	return apply.Options{Estate: m.Estate(), Poll: time.Millisecond, Pause: time.Millisecond}
}

// verify verifies, with what change does to the options.
func (m moved) verify(change func(*verify.Options)) *verify.Record {
	m.t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		m.t.Fatal(err)
	}
	o := verify.Options{
		Plan: m.plan, Answers: m.journal.Answers(), Run: m.journal.Run(), Since: m.journal.Begun(), Back: m.journal.Undoing(), Tool: "test", Catalog: cat,
		Now: time.Now(), Estate: m.Estate().(verify.Estate), Inventory: m.Inventory(types...),
	}
	if change != nil {
		change(&o)
	}
	r, err := verify.Run(m.t.Context(), o)
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// guardrail is where the record has the guardrail.
func guardrail(r *verify.Record) *verify.Subject {
	i := slices.IndexFunc(r.Subjects, func(s verify.Subject) bool { return s.Type == "AWS::Bedrock::Guardrail" })
	return &r.Subjects[i]
}

// TestApplied: after a run everything is as planned, and CloudTrail shows the key in use.
func TestApplied(t *testing.T) {
	m := move(t)
	r := m.verify(nil)
	key := m.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock"}).Text("KeyMetadata.Arn")
	g := guardrail(r)
	switch {
	case r.Verdict != verify.AsPlanned || len(r.Subjects) != 2 || len(r.Steps) != len(m.plan.Steps) || len(r.Unread) != 0:
		t.Fatalf("%+v", r)
	case r.Callers[fixtest.Account] != "arn:aws:iam::111122223333:user/admin":
		t.Errorf("the callers are %v", r.Callers)
	case g.Key != key || g.Found != key || g.Rung < g.Planned || g.Planned != bedlock.Exposed:
		t.Errorf("%+v", g)
	case len(g.Uses) == 0 || g.Unused != "":
		t.Fatalf("no use: %+v", g)
	}
	u := g.Uses[0]
	if u.Event == "" || u.Operation == "" || u.Principal != "arn:aws:iam::111122223333:user/admin" || u.Context["aws:bedrock:guardrail-id"] == "" || !strings.Contains(g.Resource, "/"+u.Context["aws:bedrock:guardrail-id"]) && u.Context["aws:bedrock:guardrail-id"] != g.Resource {
		t.Errorf("%+v", u)
	}
	var b bytes.Buffer
	if err := verify.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	var again verify.Record
	if err := json.Unmarshal(b.Bytes(), &again); err != nil || again.Version != "bedlock-evidence/v1" || again.Digest != r.Digest || len(again.Digest) != 64 {
		t.Errorf("%v: %s", err, b.Bytes())
	}
}

// TestByAlias: without a journal the key is found by its alias; without the alias nothing is.
func TestByAlias(t *testing.T) {
	m := move(t)
	without := func(o *verify.Options) { o.Answers, o.Run, o.Since = nil, "", time.Time{} }
	if r := m.verify(without); r.Verdict != verify.AsPlanned || guardrail(r).Key == "" || len(guardrail(r).Uses) == 0 {
		t.Errorf("%+v", r)
	}
	m.Call("kms", "DeleteAlias", wire.Object{"AliasName": "alias/bedrock"})
	r := m.verify(without)
	if g := guardrail(r); r.Verdict != verify.NotPlanned || g.Verdict != verify.NotPlanned || g.Why != "its key is not there: no journal names it and no alias of the plan leads to it" {
		t.Errorf("%+v", g)
	}
	var why []string
	for _, s := range r.Steps {
		why = append(why, s.Why)
	}
	if want := "it was not done"; why[0] != want {
		t.Errorf("%q, want %q", why[0], want)
	}
	for i, got := range why[1:] {
		if want := `what it is about is not there: "create the key of alias/bedrock" was not done`; got != want {
			t.Errorf("step %d: %q, want %q", i+2, got, want)
		}
	}
	if r := m.verify(nil); r.Verdict != verify.NotPlanned || guardrail(r).Verdict != verify.AsPlanned || !different(r, "alias/bedrock", "all of it is gone") {
		t.Errorf("%+v", r)
	}
}

// different says whether a step that is not as planned has a difference.
func different(r *verify.Record, title, difference string) bool {
	return slices.ContainsFunc(r.Steps, func(s verify.Step) bool {
		return s.Verdict == verify.NotPlanned && strings.Contains(s.Title, title) && slices.Contains(s.Differences, difference)
	})
}

// TestChangedSince: what somebody has changed after the run is told by its member, and a resource
// that is gone, or under another key, by its subject.
func TestChangedSince(t *testing.T) {
	m := move(t)
	id := m.Call("bedrock", "ListGuardrails", wire.Object{}).Objects("guardrails")[0].Text("id")
	update := wire.Object{"guardrailIdentifier": id, "name": "g", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "wordPolicyConfig": wire.Object{"wordsConfig": []any{wire.Object{"text": "w"}}}}
	key := m.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock"}).Text("KeyMetadata.Arn")
	m.Call("bedrock", "UpdateGuardrail", update.With(wire.Object{"kmsKeyId": key, "description": "another"}))
	r := m.verify(nil)
	if !different(r, "guardrail", "description differs") || guardrail(r).Verdict != verify.AsPlanned || r.Verdict != verify.NotPlanned {
		t.Errorf("%+v", r)
	}
	m.Call("bedrock", "UpdateGuardrail", update.With(wire.Object{"description": "d"}))
	r = m.verify(nil)
	if g := guardrail(r); g.Verdict != verify.NotPlanned || g.Why != "it is not under the key" || g.Rung != bedlock.Unkeyed || !different(r, "guardrail", "kmsKeyArn is gone") {
		t.Errorf("%+v", g)
	}
	m.Call("kms", "PutKeyPolicy", wire.Object{"KeyId": key, "Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`})
	if r = m.verify(nil); !different(r, "create the key", "Policy differs") {
		t.Errorf("%+v", r.Steps)
	}
	m.Call("bedrock", "DeleteGuardrail", wire.Object{"guardrailIdentifier": id})
	if g := guardrail(m.verify(nil)); g.Verdict != verify.NotPlanned || g.Why != "it is not there any more" || g.Rung != 0 {
		t.Errorf("%+v", g)
	}
}

// deaf is an estate in which an operation is refused.
type deaf struct {
	verify.Estate
	to string
}

type refused struct{}

func (refused) Error() string     { return "AccessDeniedException: no" }
func (refused) ErrorCode() string { return "AccessDeniedException" }

func (d deaf) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation == d.to {
		return nil, refused{}
	}
	return d.Estate.Call(ctx, at, c)
}

func (d deaf) Pages(ctx context.Context, at fix.Place, c fix.Call, more func(wire.Object) bool) error {
	if c.Operation == d.to {
		return refused{}
	}
	return d.Estate.Pages(ctx, at, c, more)
}

// TestUnread: what cannot be read makes the verdict unread, whichever reading it is.
func TestUnread(t *testing.T) {
	m := move(t)
	for _, op := range []string{"LookupEvents", "GetGuardrail", "GetCallerIdentity"} {
		r := m.verify(func(o *verify.Options) { o.Estate = deaf{o.Estate, op} })
		if r.Verdict != verify.Unread {
			t.Errorf("%s: %s", op, r.Verdict)
		}
		if op == "LookupEvents" && guardrail(r).Unused != "CloudTrail could not be asked" {
			t.Errorf("%+v", guardrail(r))
		}
	}
	for reason, want := range map[string]verify.Verdict{"bedrock ListGuardrails: AccessDeniedException": verify.Unread, "": verify.NotPlanned} {
		parts := m.Inventory(types...).Parts()
		parts.Resources = nil
		if reason != "" {
			parts.Inputs = append(slices.Clone(parts.Inputs), bedlock.Input{Path: "aws/111122223333/eu-west-1/bedrock", Status: bedlock.InputFailed, Reason: reason})
		}
		inv, err := inventory.New(parts)
		if err != nil {
			t.Fatal(err)
		}
		r := m.verify(func(o *verify.Options) { o.Inventory = inv })
		if s := guardrail(r); s.Verdict != want || reason != "" && s.Why != "aws/111122223333/eu-west-1/bedrock: "+reason {
			t.Errorf("a list that failed with %q: %s, %s", reason, s.Verdict, s.Why)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cat, _ := catalog.Embedded()
	_, err := verify.Run(ctx, verify.Options{Plan: m.plan, Answers: m.journal.Answers(), Catalog: cat, Inventory: m.Inventory(types...), Estate: m.Estate().(verify.Estate), Now: time.Now()})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNotYetUsed: before the first use the report says what would be one.
func TestNotYetUsed(t *testing.T) {
	m := move(t)
	r := m.verify(func(o *verify.Options) { o.Since, o.Now = o.Now.Add(time.Hour), o.Now.Add(2*time.Hour) })
	g := guardrail(r)
	if r.Verdict != verify.AsPlanned || g.Unused != "not yet used" || len(g.Would) != 2 || g.Would[0] != "caller, to create: kms:Decrypt, kms:GenerateDataKey, kms:CreateGrant" {
		t.Errorf("%q, %q", g.Unused, g.Would)
	}
}

// TestTakenBack: after undo what is compared is what was before the run.
func TestTakenBack(t *testing.T) {
	m := move(t)
	if err := apply.Undo(t.Context(), m.journal, m.options()); err != nil {
		t.Fatal(err)
	}
	r := m.verify(nil)
	if g := guardrail(r); r.Verdict != verify.AsPlanned || !r.Back || g.Rung != bedlock.Unkeyed || g.Key != "" || len(g.Uses) != 0 {
		t.Errorf("%+v", r)
	}
	if r = m.verify(func(o *verify.Options) { o.Back = false }); r.Verdict != verify.NotPlanned {
		t.Errorf("not back: %s", r.Verdict)
	}
}

// TestDryRuns: what KMS says of the needs is in the record; what it refuses is not as planned, and
// to have been asked is no use of the key.
func TestDryRuns(t *testing.T) {
	p := fixtest.Open(t, estate)
	key := p.Call("kms", "CreateKey", wire.Object{}).Text("KeyMetadata.Arn")
	p.Call("kms", "EnableKeyRotation", wire.Object{"KeyId": key})
	m := moved{Plane: p, t: t, plan: p.Plan(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{}, "AWS::Bedrock::Guardrail")}
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	run := func(o dryrun.Options) *verify.Record {
		t.Helper()
		r, err := verify.Run(t.Context(), verify.Options{Plan: m.plan, Catalog: cat, Now: time.Now(), Estate: p.Estate().(verify.Estate), Inventory: p.Inventory(types...), DryRun: &o})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := run(dryrun.Options{Estate: p.Estate()})
	if n := dryrun.Count(r.DryRuns, dryrun.Proved); n != 5 || len(r.DryRuns) != 5 || guardrail(r).Unused != "not yet used" {
		t.Errorf("%d proved of %d; %s", n, len(r.DryRuns), guardrail(r).Unused)
	}
	// The record of the plane has them.
	tried := 0
	for _, e := range p.Call("cloudtrail", "LookupEvents", wire.Object{"LookupAttributes": []any{wire.Object{"AttributeKey": "ResourceName", "AttributeValue": key}}}).Objects("Events") {
		if strings.Contains(e.Text("CloudTrailEvent"), `"errorCode":"DryRunOperationException"`) {
			tried++
		}
	}
	if tried != 4 { // one of the five describes the key
		t.Errorf("CloudTrail has %d dry runs", tried)
	}
	j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), m.plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(apply.Apply(t.Context(), j, m.options()), j.Close()); err != nil {
		t.Fatal(err)
	}
	if r = run(dryrun.Options{Estate: p.Estate()}); r.Verdict != verify.AsPlanned {
		t.Fatalf("%+v", r)
	}
	r = run(dryrun.Options{Estate: deaf{p.Estate().(verify.Estate), "Decrypt"}, Patience: time.Nanosecond})
	if r.Verdict != verify.NotPlanned || dryrun.Count(r.DryRuns, dryrun.Refused) != 2 || len(r.Unread) != 0 {
		t.Errorf("%s, %+v", r.Verdict, r.DryRuns)
	}
	r = run(dryrun.Options{Estate: deaf{p.Estate().(verify.Estate), "GetCallerIdentity"}})
	if r.Verdict != verify.Unread || len(r.Unread) != 1 || !strings.HasPrefix(r.Unread[0], "dry runs: GetCallerIdentity in account 111122223333: ") {
		t.Errorf("%s, %q", r.Verdict, r.Unread)
	}
}
