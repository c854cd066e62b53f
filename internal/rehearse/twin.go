package rehearse

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/local"
)

// twin is a plane with the inventory in it.
type twin struct {
	*local.Plane
	// estate is what the applier reaches: with the client that would do it in earnest.
	estate fix.Estate
	// missing are the IDs of the steps whose subjects the twin does not have.
	missing []string
	// whole are the resources of which a plan has read a part, by the IDs of their steps.
	whole map[string]wire.Object
	// granted are the grants that were there before the plan: the key's ARN and their ids.
	granted map[string]bool
}

// Names in the twin that no inventory has.
const (
	standIn    = "bedlock-rehearsal" // applies the plan where the inventory has no role for it
	standInKey = "AKIABEDLOCKREHEARSAL"
	// service is a role for resources whose own is not what the plan is about.
	service    = "bedlock-rehearsal-service"
	everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// partitions says in which partitions the accounts are: in those of the Regions where the plan does
// something, or of what they have.
func (r *rehearsal) partitions() error {
	of := map[string]string{}
	note := func(account, partition string) {
		if account != "" && of[account] == "" {
			of[account] = partition
		}
	}
	for i := range r.Plan.Steps {
		note(r.Plan.Steps[i].Account, arn.PartitionOf(r.Plan.Steps[i].Region))
	}
	parts := r.Inventory.Parts()
	var names []string
	for i := range parts.Principals {
		names = append(names, parts.Principals[i].ARN.Or(""))
	}
	for i := range parts.Keys {
		names = append(names, parts.Keys[i].ARN.Or(""))
	}
	for _, full := range append(names, principalsIn(r.Plan)...) {
		if a, err := arn.Parse(full); err == nil && arn.HomeOf(a.Partition) != "" {
			note(a.Account, a.Partition)
		}
	}
	for account, partition := range of {
		if err := r.twin.IAM.SetPartition(account, cmp.Or(partition, "aws")); err != nil {
			return err
		}
	}
	return nil
}

// arn is the ARN of something of an account, or of AWS: "iam::…" without the partition.
func (t *twin) arn(account, rest string) string {
	return "arn:" + t.IAM.Partition(account) + ":" + rest
}

// build makes the twin.
func (r *rehearsal) build(ctx context.Context) (err error) {
	r.twin = &twin{}
	r.twin.Plane, err = local.Open(ctx, local.Options{NoPage: true})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			r.twin.close()
		}
	}()
	r.twin.World.MadeUp, r.twin.World.Unlimited = true, true
	r.twin.IAM.Unlimited() // the inventory's accounts have what they have
	if err := r.partitions(); err != nil {
		return err
	}
	if err := r.identities(ctx); err != nil {
		return err
	}
	if err := r.organizations(); err != nil {
		return err
	}
	if err := r.applier(ctx); err != nil {
		return err
	}
	r.named(ctx)
	r.adopt(ctx)
	r.resources(ctx)
	return nil
}

// close ends the twin. What it held is gone then.
func (t *twin) close() {
	_ = t.Close() // it writes nothing that anybody reads
}

// as makes everything allowed while f runs: the twin is made as it is in the inventory, whoever
// made that. Nobody else may be calling.
func (t *twin) allowed(f func() error) error {
	t.World.Authorizer.AllowAll = true
	defer func() { t.World.Authorizer.AllowAll = false }()
	return f()
}

// accounts are those in which the plan does something, sorted.
func (r *rehearsal) accounts() (out []string) {
	for i := range r.Plan.Steps {
		out = append(out, r.Plan.Steps[i].Account)
	}
	for i := range r.Plan.Subjects {
		out = append(out, r.Plan.Subjects[i].Account)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// applies says who applies the plan: a role, or a user of the inventory who has no role to
// assume. roleName is without a path.
func (r *rehearsal) applies() (role, roleName string, user *inventory.Principal) {
	role = cmp.Or(r.Role, standIn)
	accounts := r.accounts()
	if a, err := arn.Parse(r.As); err == nil && r.Role == "" && slices.Equal(accounts, []string{a.Account}) {
		kind, name, _ := strings.Cut(a.Resource, "/")
		switch kind {
		case "user":
			if p := r.principal(a.Account, inventory.User, name[strings.LastIndexByte(name, '/')+1:]); p != nil {
				return "", "", p
			}
		case "assumed-role":
			name, _, _ = strings.Cut(name, "/")
			if p := r.principal(a.Account, inventory.Role, name); p != nil {
				role = r.twin.arn(a.Account, "iam::"+a.Account+":role"+p.Path.Or("/")+name)
			}
		}
	}
	return role, role[strings.LastIndexByte(role, '/')+1:], nil
}

// principal returns a user or role of the inventory, nil when there is none.
func (r *rehearsal) principal(account string, kind inventory.PrincipalKind, name string) *inventory.Principal {
	parts := r.Inventory.Parts()
	for i := range parts.Principals {
		if p := &parts.Principals[i]; p.Kind == kind && accountOf(p) == account && p.Name.Or("") == name {
			return p
		}
	}
	return nil
}

// accessKeys are those of a user in the twin: that of the one who applies the plan.
func (r *rehearsal) accessKeys(p *inventory.Principal) []iam.KeySeed {
	if _, _, user := r.applies(); user != nil && user.ID == p.ID {
		return []iam.KeySeed{{ID: standInKey, Secret: standIn}}
	}
	return nil
}

// applier makes the client of whoever applies the plan.
func (r *rehearsal) applier(ctx context.Context) error {
	accounts := r.accounts()
	if len(accounts) == 0 {
		return fmt.Errorf("plan %s is about no account", r.Plan.ID)
	}
	role, name, user := r.applies()
	if user == nil {
		if err := r.roles(ctx, accounts, name); err != nil {
			return err
		}
	}
	h, err := r.twin.Handler()
	if err != nil {
		return err
	}
	region := arn.HomeOf(r.twin.IAM.Partition(accounts[0]))
	if len(r.Plan.Steps) > 0 {
		region = r.Plan.Steps[0].Region
	}
	client, err := awsapi.NewClient(ctx, awsapi.ClientOptions{
		Config: awsapi.At(local.Endpoint, standInKey, standIn, region, local.Client(h)), Role: role, Rate: 100_000,
	})
	if err != nil {
		return err
	}
	r.keys, r.made = map[string]string{}, map[string]bool{}
	r.twin.estate = &watching{live.Estate{Client: client}, r}
	return nil
}

// roles makes the user of the twin and the roles that it assumes, where the inventory has none.
func (r *rehearsal) roles(ctx context.Context, accounts []string, name string) error {
	own := accounts[0]
	err := r.twin.IAM.EnsureUser(ctx, own, iam.UserSeed{Name: standIn, Policies: map[string]string{"all": everything}, AccessKeys: []iam.KeySeed{{ID: standInKey, Secret: standIn}}})
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if r.twin.IAM.Role(account, name) != nil {
			continue
		}
		r.assumed("in account %s the plan is applied by a role that may do all that control policies and key policies leave to the account", account)
		trust, err := trusting("", r.standIn(own))
		if err != nil {
			return err
		}
		if err := r.twin.IAM.EnsureRole(ctx, account, iam.RoleSeed{Name: name, Trust: trust, Policies: map[string]string{"all": everything}}); err != nil {
			return err
		}
	}
	return nil
}

// standIn is the ARN of the twin's user, who is of the first account.
func (r *rehearsal) standIn(account string) string {
	return r.twin.arn(account, "iam::"+account+":user/"+standIn)
}

// trusting adds to a trust policy that somebody may assume the role.
func trusting(text, who string) (string, error) {
	doc := map[string]any{"Version": "2012-10-17"}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			return "", err
		}
	}
	list, ok := doc["Statement"].([]any)
	if one := doc["Statement"]; !ok && one != nil {
		list = []any{one}
	}
	doc["Statement"] = append(list, map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"AWS": who},
	})
	b, err := json.Marshal(doc)
	return string(b), err
}

// named makes the principals that policies of the plan name and of which the inventory does not
// know whether they are there: KMS refuses policies with others.
func (r *rehearsal) named(ctx context.Context) {
	for _, full := range principalsIn(r.Plan) {
		a, err := arn.Parse(full)
		if err != nil {
			continue
		}
		if known := r.Inventory.Account(a.Account); known != nil && known.Complete {
			continue
		}
		kind, path, _ := strings.Cut(a.Resource, "/")
		name := path[strings.LastIndexByte(path, '/')+1:]
		path = "/" + strings.TrimSuffix(path, name)
		switch kind {
		case "role":
			if r.twin.IAM.Role(a.Account, name) != nil {
				continue
			}
			err = r.twin.IAM.EnsureRole(ctx, a.Account, iam.RoleSeed{Name: name, Path: path, Trust: nobody})
		case "user":
			if r.twin.IAM.User(a.Account, name) != nil {
				continue
			}
			err = r.twin.IAM.EnsureUser(ctx, a.Account, iam.UserSeed{Name: name, Path: path})
		}
		if err != nil {
			r.left("%s, which the plan names, cannot be made in the twin: %v", full, err)
			continue
		}
		r.assumed("%s exists, which the plan names and the inventory does not have", full)
	}
}

// nobody is a trust policy that lets nobody in.
const nobody = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`
