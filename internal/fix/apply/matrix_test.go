package apply

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// killed is what a process is stopped with.
type killed struct{ point string }

// clock counts the points of a run at which a process can be killed, and kills it at one.
type clock struct {
	n, at int
	where string
}

func (c *clock) point(what string) {
	c.n++
	if c.n == c.at {
		c.where = what
		panic(killed{what})
	}
}

// fragile is an estate whose user is killed before and after calls.
type fragile struct {
	fix.Estate
	clock *clock
}

func (f fragile) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	f.clock.point("before " + c.Operation)
	out, err := f.Estate.Call(ctx, at, c)
	f.clock.point("after " + c.Operation)
	return out, err
}

// run does something with a journal, as a process that the clock kills does. It says whether it
// was killed.
func (c *clock) run(j *Journal, o Options, do func(context.Context, *Journal, Options) error) (dead bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(killed); !ok {
				panic(r)
			}
			dead = true
		}
		_ = j.Close()
	}()
	j.before = func(when string) { c.point(when + " a journal write") }
	o.Estate = fragile{o.Estate, c}
	return false, do(context.Background(), j, o)
}

// quick are options without pauses.
func quick(e fix.Estate) Options {
	return Options{Estate: e, Pause: time.Microsecond, Poll: time.Microsecond}
}

// snapshot is what the plan's steps are about, as it stands.
func snapshot(t *testing.T, p *fixtest.Plane, plan *fix.Plan) []string {
	t.Helper()
	var out []string
	for i := range plan.Steps {
		s := &plan.Steps[i]
		if s.Kind != fix.Update {
			continue
		}
		now, err := s.State.Observe(t.Context(), p.Estate(), s.Place)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s.ID+" "+fix.Digest(now))
	}
	for _, a := range p.Call("kms", "ListAliases", wire.Object{}).Objects("Aliases") {
		if name := a.Text("AliasName"); !strings.HasPrefix(name, "alias/aws/") {
			out = append(out, name)
		}
	}
	for _, k := range p.Call("kms", "ListKeys", wire.Object{}).Objects("Keys") {
		m := p.Call("kms", "DescribeKey", wire.Object{"KeyId": k.Text("KeyId")}).Object("KeyMetadata")
		if m.Text("KeyManager") == "CUSTOMER" && m.Text("KeyState") == "Enabled" {
			out = append(out, "key "+m.Text("Description"))
		}
	}
	return out
}

// reached says whether every step of a plan stands at its end.
func reached(t *testing.T, p *fixtest.Plane, j *Journal) error {
	t.Helper()
	for i := range j.plan.Steps {
		s := &j.plan.Steps[i]
		if s.State == nil {
			continue
		}
		state, err := j.answers().State(*s.State)
		if err != nil {
			return err
		}
		after, err := j.answers().Object(s.After)
		if err != nil {
			return err
		}
		now, err := state.Observe(t.Context(), p.Estate(), s.Place)
		if err != nil {
			return err
		}
		if d := fix.Compare(after, now); len(d) > 0 || !fix.Equal(after, now) {
			return fmt.Errorf("step %s: %v", s.ID, d)
		}
	}
	return nil
}

// thirty is an estate whose plan has thirty steps: three tenants with a key each, and resources
// of all kinds.
func thirty() string {
	var b strings.Builder
	b.WriteString(`
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
calls:
`)
	call := func(do, with string) {
		fmt.Fprintf(&b, "  - {account: \"111122223333\", region: eu-west-1, as: user/admin, do: \"%s\", with: %s}\n", do, with)
	}
	for _, tenant := range []string{"acme", "globex", "initech"} {
		tags := `tags: [{key: "bedlock:isolation-group", value: ` + tenant + `}]`
		tagMap := `tags: {"bedlock:isolation-group": ` + tenant + `}`
		call("bedrock:CreateGuardrail", `{name: `+tenant+`, description: d, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}, `+tags+`}`)
		call("bedrock-agent:CreateAgent", `{agentName: `+tenant+`, agentResourceRoleArn: "arn:aws:iam::111122223333:role/app", foundationModel: "amazon.nova-pro-v1:0", instruction: "You answer what customers ask about their orders, and nothing else.", idleSessionTTLInSeconds: 600, `+tagMap+`}`)
		call("bedrock-agent:CreateFlow", `{name: `+tenant+`, executionRoleArn: "arn:aws:iam::111122223333:role/app", `+tagMap+`}`)
		call("bedrock-agent:CreatePrompt", `{name: `+tenant+`, description: d, defaultVariant: a, variants: [{name: a, templateType: TEXT, templateConfiguration: {text: {text: "hello {{x}}", inputVariables: [{name: x}]}}}], `+tagMap+`}`)
		call("logs:CreateLogGroup", `{logGroupName: /`+tenant+`, `+tagMap+`}`)
		call("secretsmanager:CreateSecret", `{Name: `+tenant+`, SecretString: x, Tags: [{Key: "bedlock:isolation-group", Value: `+tenant+`}]}`)
		call("dynamodb:CreateTable", `{TableName: `+tenant+`, AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}], BillingMode: PAY_PER_REQUEST, Tags: [{Key: "bedlock:isolation-group", Value: `+tenant+`}]}`)
	}
	return b.String()
}

var perTenant = fix.Target{Aim: fix.New, Per: fix.PerIsolation, Alias: "alias/tenant/{group}"}

// crashes is how many points one plane sees: keys that were taken back stay listed for a month, and
// a plane with thousands of them is slow.
const crashes = 40

// TestCrashMatrix kills a run of thirty steps at every point that it has, before and after each
// write of the journal and each call. What goes on afterwards ends where the plan ends; what is
// taken back ends where it began.
func TestCrashMatrix(t *testing.T) {
	p := fixtest.Open(t, thirty())
	plan := p.Plan(perTenant, fix.Selection{})
	if len(plan.Steps) < 30 {
		t.Fatalf("the plan has %d steps", len(plan.Steps))
	}
	j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	all := &clock{}
	if _, err := all.run(j, quick(p.Estate()), Apply); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d steps, %d points", len(plan.Steps), all.n)
	for from := 1; from <= all.n; from += crashes {
		t.Run(fmt.Sprintf("from-%d", from), func(t *testing.T) {
			t.Parallel()
			crash(t, from, min(from+crashes-1, all.n))
		})
	}
}

// crash kills runs at the points from first to last.
func crash(t *testing.T, first, last int) {
	p := fixtest.Open(t, thirty())
	plan := p.Plan(perTenant, fix.Selection{})
	original := snapshot(t, p, plan)
	for at := first; at <= last; at++ {
		path := filepath.Join(t.TempDir(), "journal")
		j, err := Create(path, plan, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		c := &clock{at: at}
		dead, err := c.run(j, quick(p.Estate()), Apply)
		if err != nil || !dead {
			t.Fatalf("point %d: killed is %t, %v", at, dead, err)
		}
		if j, err = Open(path, time.Now); err != nil {
			t.Fatalf("point %d, %s: %v", at, c.where, err)
		}
		if at%2 == 0 {
			if err := Apply(t.Context(), j, quick(p.Estate())); err != nil {
				t.Fatalf("point %d, %s, on: %v", at, c.where, err)
			}
			if err := reached(t, p, j); err != nil {
				t.Fatalf("point %d, %s, on: %v", at, c.where, err)
			}
		}
		// The way back is interrupted too, at a point that moves with the first.
		back := &clock{at: 1 + at*7%90}
		if _, err := back.run(j, quick(p.Estate()), Undo); err != nil {
			t.Fatalf("point %d, %s, back until %s: %v", at, c.where, back.where, err)
		}
		if j, err = Open(path, time.Now); err != nil {
			t.Fatal(err)
		}
		if err := Undo(t.Context(), j, quick(p.Estate())); err != nil {
			t.Fatalf("point %d, %s, back again after %s: %v", at, c.where, back.where, err)
		}
		_ = j.Close()
		if d := cmp.Diff(original, snapshot(t, p, plan)); d != "" {
			t.Fatalf("point %d, %s, back: %s", at, c.where, d)
		}
	}
}
