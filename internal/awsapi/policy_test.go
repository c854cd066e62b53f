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
	all := doc.Statement[0].Action
	var roles strings.Builder
	role := func(name string, actions []string) {
		doc.Statement[0].Action = actions
		policy, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&roles, `
      - {name: %s, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}, policies: {own: %s}}`, name, policy)
	}
	role("full", all)
	for i := range all {
		role(fmt.Sprintf("without%d", i), slices.Delete(slices.Clone(all), i, i+1))
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
		if !served.actions[action] {
			continue
		}
		proved++
		g.Go(func() error {
			inv, err := collectAs(ctx, p, fmt.Sprintf("without%d", i), nil)
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
	if proved < 9 {
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

func collectAs(ctx context.Context, p served, role string, change func(*aws.Config)) (*inventory.Inventory, error) {
	o := p.fast("admin")
	o.Role = role
	if change != nil {
		change(&o.Config)
	}
	return Collect(ctx, o)
}
