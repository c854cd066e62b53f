package awsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// unreadIn says what an inventory could not read, "" when nothing.
func unreadIn(t testing.TB, inv *inventory.Inventory) string {
	t.Helper()
	for _, in := range inv.Parts().Inputs {
		if in.Status == bedlock.InputFailed {
			return in.Reason
		}
	}
	var b bytes.Buffer
	if err := inventory.Write(&b, inv); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, `"unread": `) || strings.Contains(line, `"open": `) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

const decrypt = "kms:Decrypt"

// TestMinimalPolicyIsSufficientAndNecessary: with the policy nothing is unread; without any one
// of its actions something is.
func TestMinimalPolicyIsSufficientAndNecessary(t *testing.T) {
	text, err := MinimalPolicy(Options{Catalog: embedded(t)})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Version   string
		Statement []statement
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	var all []string // actions, and for those of more than one statement, the statement
	for _, s := range doc.Statement {
		for _, a := range s.Action {
			if a == decrypt {
				a = s.Sid
			}
			all = append(all, a)
		}
	}
	var roles strings.Builder
	role := func(name, without string) {
		less := doc
		less.Statement = nil
		for _, s := range doc.Statement {
			s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return a == without || a == decrypt && s.Sid == without })
			if len(s.Action) > 0 {
				less.Statement = append(less.Statement, s)
			}
		}
		policy, err := json.Marshal(less)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&roles, `
      - {name: %s, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}, policies: {own: %s}}`, name, policy)
	}
	role("full", "")
	for i, action := range all {
		role(fmt.Sprintf("without%d", i), action)
	}
	p := serve(t, strings.Replace(furnished, "    roles:\n", "    roles:"+roles.String()+"\n", 1))
	served := newAnswered(t)
	inv, err := collectAs(t.Context(), p, "full", served.watch)
	if err != nil {
		t.Fatal(err)
	}
	if u := unreadIn(t, inv); u != "" {
		t.Fatalf("with the whole policy this is unread: %s", u)
	}
	proved := 0
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(4)
	for i, action := range all {
		if !served.actions[action] && strings.Contains(action, ":") {
			continue
		}
		proved++
		g.Go(func() error {
			inv, err := collectAs(ctx, p, fmt.Sprintf("without%d", i), nil, typesOf(t, action)...)
			if err == nil && unreadIn(t, inv) == "" {
				t.Errorf("without %s nothing is unread", action)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d actions proved: the plane has nothing to read with the others", proved, len(all))
	if proved < 60 {
		t.Errorf("only %d actions were proved", proved)
	}
}

// answered are the actions of operations that the plane answered.
type answered struct {
	mu       sync.Mutex
	actions  map[string]bool
	services map[string]*service // by the SDK's id
}

func newAnswered(t *testing.T) *answered {
	a := &answered{actions: map[string]bool{}, services: map[string]*service{}}
	for name, s := range services() {
		if !s.modelless {
			a.services[loadModel(t, name).ID] = s
		}
	}
	return a
}

func (a *answered) watch(c *aws.Config) {
	c.APIOptions = append(c.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Watch",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				out, md, err := next.HandleInitialize(ctx, in)
				if err == nil {
					a.mu.Lock()
					defer a.mu.Unlock()
					if s := a.services[awsmiddleware.GetServiceID(ctx)]; s != nil {
						a.actions[made{s.model, stack.ID()}.action()] = true
					}
				}
				return out, md, err
			}), middleware.After)
	})
}

// typesOf are the types whose reading needs an action; none: every type's does.
func typesOf(t *testing.T, action string) (types []string) {
	cat := embedded(t)
	for _, typ := range Types() {
		if slices.ContainsFunc(calls(cat, []string{typ})[len(always):], func(m made) bool { return m.action() == action }) {
			types = append(types, typ)
		}
	}
	if len(types) == 0 && strings.Contains(action, ":") {
		types = []string{"AWS::Logs::LogGroup"} // what is always called
	}
	return types
}

func collectAs(ctx context.Context, p served, role string, change func(*aws.Config), types ...string) (*inventory.Inventory, error) {
	o := p.fast("admin")
	o.Role, o.Types = role, types
	if change != nil {
		change(&o.Config)
	}
	return Collect(ctx, o)
}
