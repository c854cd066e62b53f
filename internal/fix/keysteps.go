package fix

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/prove"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// RunTag is the tag by which a key that a step has created is found again.
const RunTag = "bedlock:run"

// add appends a step and gives it its ID.
func (m *maker) add(s Step, name string) *Step {
	s.ID = m.nextID(s.Kind, name)
	m.plan.Steps = append(m.plan.Steps, s)
	return &m.plan.Steps[len(m.plan.Steps)-1]
}

// nextID is the ID of the step that is added next.
func (m *maker) nextID(kind Kind, name string) string {
	return fmt.Sprintf("s%02d-%s-%s", len(m.plan.Steps)+1, kind, slug(name))
}

// keySteps plans the keys and what lets the principals with a need use them.
func (m *maker) keySteps(ctx context.Context) error {
	// What one new key needs does not depend on the policies of the others, so that one estate
	// does for all, and they are put into it together.
	e, policies := estate.New(m.planned, m.Catalog), map[string]string{}
	for _, g := range m.groups {
		if g.key == "" {
			continue
		}
		if m.Target.Aim != New {
			e = estate.New(m.planned, m.Catalog)
		}
		if err := m.keyOf(ctx, e, g, policies); err != nil {
			return err
		}
	}
	return m.setPolicies(policies)
}

// keyOf plans the key of a group. The policy of a new one is put into policies.
func (m *maker) keyOf(ctx context.Context, e *estate.Estate, g *group, policies map[string]string) error {
	k := m.planned.Key(g.key)
	least, err := prove.LeastFor(e, k, prove.LeastOptions{Administrators: m.Target.Administrators, Unproved: true})
	if errors.Is(err, prove.ErrNoNeeds) {
		least, err = []prove.Least{{Policy: accountPolicy(g.Place)}}, nil
	}
	if err != nil {
		return err
	}
	m.undocumented(g)
	if len(least) != 1 {
		return fmt.Errorf("the policy of %s depends on where the source is deployed", cmp.Or(g.alias, g.key))
	}
	m.plan.Open = append(m.plan.Open, least[0].Open...)
	services, err := m.serviceStatements(g)
	if err != nil {
		return err
	}
	if m.Target.Aim == New {
		if least[0].Policy, err = merged(least[0].Policy, services); err == nil {
			m.create(g, &least[0])
			policies[g.key] = least[0].Policy
		}
	} else {
		err = m.admit(ctx, g, &least[0], services)
	}
	if err != nil {
		return err
	}
	for _, role := range least[0].Identity {
		if err := m.attach(ctx, g, &role); err != nil {
			return err
		}
	}
	return nil
}

// accountPolicy leaves everything to the identity policies of the account, as KMS does by default.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func accountPolicy(p Place) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Action":"kms:*","Resource":"*"}]}`, arn.PartitionOf(p.Region), p.Account)
}

// undocumented tells of the slots whose needs nobody documents: no policy can be made for them.
func (m *maker) undocumented(g *group) {
	for _, c := range g.choices {
		if len(c.slot.Needs) == 0 {
			m.plan.Open = append(m.plan.Open, bedlock.Evidence{Text: c.subject.Title + ": which permissions on the key it needs is not documented; try it before you rely on it"})
		}
	}
}

// create plans a new key with the least policy.
func (m *maker) create(g *group, least *prove.Least) {
	name := strings.TrimPrefix(g.alias, "alias/")
	tags := []any{}
	for _, k := range slices.Sorted(maps.Keys(m.Target.Tags)) {
		tags = append(tags, wire.Object{"TagKey": k, "TagValue": m.Target.Tags[k]})
	}
	key := m.add(Step{
		Kind: CreateKey, Place: g.Place, Title: "create the key of " + g.alias,
		Find: &Find{Tag: RunTag},
	}, name)
	g.made = key.ID
	id := Ref(key.ID, "KeyMetadata.KeyId")
	key.Subject = Ref(key.ID, "KeyMetadata.Arn")
	key.Find.Value = Ref(Run, "id") + "/" + key.ID
	tags = append(tags, wire.Object{"TagKey": RunTag, "TagValue": key.Find.Value})
	key.Do = []Call{kms("CreateKey", wire.Object{"Policy": least.Policy, "Description": cmp.Or(g.name, name), "Tags": tags})}
	key.Undo = []Call{{
		Service: "kms", Operation: "ScheduleKeyDeletion", Already: []string{"KMSInvalidStateException"},
		Input: wire.Object{"KeyId": id, "PendingWindowInDays": int64(cmp.Or(m.Target.DeletionDays, defaultDeletion))},
	}}
	days := int64(cmp.Or(m.Target.RotationDays, defaultRotation))
	m.add(Step{
		Kind: Rotation, Place: g.Place, Title: fmt.Sprintf("rotate %s every %d days", g.alias, days), Subject: key.Subject,
		State:  &State{Read: kms("GetKeyRotationStatus", wire.Object{"KeyId": id}), Only: []string{"KeyRotationEnabled"}},
		Before: wire.Object{"KeyRotationEnabled": false}, After: wire.Object{"KeyRotationEnabled": true},
		Do:   []Call{kms("EnableKeyRotation", wire.Object{"KeyId": id, "RotationPeriodInDays": days})},
		Undo: []Call{kms("DisableKeyRotation", wire.Object{"KeyId": id})},
	}, name)
	m.add(Step{
		Kind: Alias, Place: g.Place, Title: "name it " + g.alias, Subject: key.Subject,
		State: &State{Read: kms("ListAliases", wire.Object{"KeyId": id}), At: "Aliases", Pick: map[string]string{"AliasName": g.alias}, Only: []string{"AliasName", "TargetKeyId"}},
		After: wire.Object{"AliasName": g.alias, "TargetKeyId": id},
		Do:    []Call{kms("CreateAlias", wire.Object{"AliasName": g.alias, "TargetKeyId": id})},
		Undo:  []Call{kms("DeleteAlias", wire.Object{"AliasName": g.alias})},
	}, name)
}

func kms(operation string, in wire.Object) Call {
	return Call{Service: "kms", Operation: operation, Input: in}
}

// setPolicy puts a key policy into the planned inventory.
func (m *maker) setPolicy(key, text string) error {
	return m.setPolicies(map[string]string{key: text})
}

func (m *maker) setPolicies(texts map[string]string) error {
	parts := m.planned.Parts()
	parts.Keys = slices.Clone(parts.Keys)
	for i := range parts.Keys {
		if text, ok := texts[parts.Keys[i].ID]; ok {
			parts.Keys[i].Policy = known(inventory.Policy{Text: text})
		}
	}
	var err error
	m.planned, err = inventory.New(parts)
	return err
}

// admit adds to the policy of an existing key what the needs lack, and the statements of services
// that it does not have. Nothing is taken out of it.
func (m *maker) admit(ctx context.Context, g *group, least *prove.Least, services []json.RawMessage) error {
	state := &State{Read: kms("GetKeyPolicy", wire.Object{"KeyId": g.key, "PolicyName": "default"}), Only: []string{"Policy"}, JSON: []string{"Policy"}}
	before, err := state.Observe(ctx, m.Estate, g.Place)
	if err != nil {
		return fmt.Errorf("the policy of %s: %w", g.key, err)
	}
	if p, ok := m.Inventory.Key(g.key).Policy.Get(); !ok || canonical(p.Text) != before.Text("Policy") {
		return fmt.Errorf("the policy of %s is another than in the source: collect it again", g.key)
	}
	lacking, err := m.lacking(g, before.Text("Policy"), least.Policy)
	if err != nil {
		return err
	}
	if services, err = without(before.Text("Policy"), services); err != nil {
		return err
	}
	if lacking = append(lacking, services...); len(lacking) == 0 {
		return nil
	}
	text, err := merged(before.Text("Policy"), lacking)
	if err != nil {
		return err
	}
	put := func(policy string) []Call {
		return []Call{kms("PutKeyPolicy", wire.Object{"KeyId": g.key, "PolicyName": "default", "Policy": policy})}
	}
	m.add(Step{
		Kind: KeyPolicy, Place: g.Place, Title: fmt.Sprintf("add %d statements to the policy of %s", len(lacking), keyName(m.Inventory, g.key)), Subject: g.key,
		State: state, Before: before, After: wire.Object{"Policy": canonical(text)},
		Do: put(text), Undo: put(before.Text("Policy")),
	}, keyName(m.Inventory, g.key))
	return m.setPolicy(g.key, text)
}

// statements are those of a policy.
func statements(text string) ([]json.RawMessage, error) {
	var doc struct{ Statement []json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		var one struct{ Statement json.RawMessage }
		if json.Unmarshal([]byte(text), &one) != nil {
			return nil, err
		}
		return []json.RawMessage{one.Statement}, nil
	}
	return doc.Statement, nil
}

// merged is a policy with more statements at its end. KMS takes each Sid once, so one whose Sid
// another has gets the first that is free.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
func merged(text string, more []json.RawMessage) (string, error) {
	have, err := statements(text)
	if err != nil {
		return "", err
	}
	if more, err = named(have, more); err != nil {
		return "", err
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return "", err
	}
	if doc["Statement"], err = json.Marshal(slices.Concat(have, more)); err != nil {
		return "", err
	}
	out, err := json.Marshal(doc)
	if err == nil && len(out) > maxPolicy {
		err = fmt.Errorf("the policy would have %d bytes, and KMS takes %d: use another key, or fewer resources for it", len(out), maxPolicy)
	}
	return string(out), err
}

// named are statements with Sids that no statement before them has.
func named(have, more []json.RawMessage) ([]json.RawMessage, error) {
	taken := map[string]bool{}
	for _, s := range have {
		name, err := sidOf(s)
		if err != nil {
			return nil, err
		}
		taken[name] = true
	}
	more = slices.Clone(more)
	for i, s := range more {
		name, err := sidOf(s)
		if err != nil {
			return nil, err
		}
		free := name
		for n := 2; free != "" && taken[free]; n++ {
			free = fmt.Sprintf("%s %d", name, n)
		}
		taken[free] = true
		if free == name {
			continue
		}
		if more[i], err = withSid(s, free); err != nil {
			return nil, err
		}
	}
	return more, nil
}

func sidOf(statement json.RawMessage) (string, error) {
	var s struct{ Sid string }
	err := json.Unmarshal(statement, &s)
	return s.Sid, err
}

// withSid is a statement of another name; without an empty one.
func withSid(statement json.RawMessage, name string) (json.RawMessage, error) {
	var s map[string]json.RawMessage
	err := json.Unmarshal(statement, &s)
	if delete(s, "Sid"); err == nil && name != "" {
		s["Sid"], err = json.Marshal(name)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

// maxPolicy is the longest key policy.
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const maxPolicy = 32 << 10

// lacking are the statements of the least policy that the needs miss in a policy: without any of
// them a use that they are made for, or one by a caller who is named, is not allowed. Of the administrators'
// statement it is no more than kms:DescribeKey, for the key has administrators of its own.
func (m *maker) lacking(g *group, have, least string) ([]json.RawMessage, error) {
	wanted, err := statements(least)
	if err != nil {
		return nil, err
	}
	for i := range wanted {
		if wanted[i], err = described(wanted[i]); err != nil {
			return nil, err
		}
	}
	var callers []string
	for _, p := range m.planned.Parts().Principals {
		if slices.ContainsFunc(m.Callers, func(c Caller) bool { return c.ARN == p.ARN.Or("") }) {
			callers = append(callers, p.ID)
		}
	}
	works := func(extra []json.RawMessage) (int, error) {
		text, err := merged(have, extra)
		if err != nil {
			return 0, err
		}
		if err := m.setPolicy(g.key, text); err != nil {
			return 0, err
		}
		e, n := estate.New(m.planned, m.Catalog), 0
		for _, u := range prove.Uses(e, prove.Subject{Key: m.planned.Key(g.key)}) {
			if u.Verdict == "can" {
				n++
			}
		}
		// A use counts when anybody can make it. Those who are named must.
		for _, action := range prove.Actions() {
			if len(callers) > 0 {
				n += len(e.Reach(g.key, action, callers))
			}
		}
		return n, nil
	}
	all, err := works(wanted)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(wanted); {
		without := slices.Delete(slices.Clone(wanted), i, i+1)
		n, err := works(without)
		if err != nil {
			return nil, err
		}
		if n == all {
			wanted = without
			continue
		}
		i++
	}
	return wanted, nil
}

// administration begins the names of the statements by which the least policy has a key managed.
const administration = "Administration by "

// described is what needs use of the administrators' statement; others are as they are.
func described(statement json.RawMessage) (json.RawMessage, error) {
	var s map[string]any
	if err := json.Unmarshal(statement, &s); err != nil {
		return nil, err
	}
	sid, _ := s["Sid"].(string)
	who, ok := strings.CutPrefix(sid, administration)
	if !ok {
		return statement, nil
	}
	s["Sid"], s["Action"] = "DescribeKey by "+who, "kms:DescribeKey"
	return json.Marshal(s)
}

func keyName(inv *inventory.Inventory, id string) string {
	if k := inv.Key(id); k != nil {
		return estate.KeyName(k)
	}
	return id
}

// role returns a role of the source by its ARN, name or address; nil: there is none.
func (m *maker) role(who string) *inventory.Principal {
	if m.roles == nil {
		m.roles = map[string]*inventory.Principal{}
		parts := m.Inventory.Parts()
		for i := range parts.Principals {
			if p := &parts.Principals[i]; p.Kind == inventory.Role {
				m.roles[p.ARN.Or("")], m.roles[p.Name.Or("")], m.roles[p.Address] = p, p, p
			}
		}
	}
	return m.roles[who]
}

// attach plans the identity policy that a role needs besides the key policy.
func (m *maker) attach(ctx context.Context, g *group, l *prove.LeastForRole) error {
	role := m.role(l.Who)
	if role == nil || role.Name.Or("") == "" {
		return fmt.Errorf("%s needs an identity policy for %s and is no role of the source", l.Who, cmp.Or(g.alias, g.key))
	}
	name := "bedlock-" + slug(cmp.Or(g.alias, keyName(m.Inventory, g.key)))
	at := Place{Account: role.Account.Or(g.Account), Region: g.Region}
	in := wire.Object{"RoleName": role.Name.Or(""), "PolicyName": name}
	state := &State{Read: Call{Service: "iam", Operation: "GetRolePolicy", Input: in}, Only: []string{"PolicyDocument"}, JSON: []string{"PolicyDocument"}, Absent: "NoSuchEntity"}
	before, err := state.Observe(ctx, m.Estate, at)
	if err != nil {
		return fmt.Errorf("the policy %s of %s: %w", name, l.Who, err)
	}
	if before != nil {
		return errors.New("role " + l.Who + " has a policy " + name + " already: remove it, or name another alias")
	}
	m.add(Step{
		Kind: IdentityPolicy, Place: at, Title: "let role " + role.Name.Or("") + " use the key", Subject: role.ARN.Or(role.ID),
		State: state, After: wire.Object{"PolicyDocument": canonical(l.Policy)},
		Do:   []Call{{Service: "iam", Operation: "PutRolePolicy", Input: in.With(wire.Object{"PolicyDocument": l.Policy})}},
		Undo: []Call{{Service: "iam", Operation: "DeleteRolePolicy", Input: in, Already: []string{"NoSuchEntity"}}},
	}, role.Name.Or(""))
	return nil
}
