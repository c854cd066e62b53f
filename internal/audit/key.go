package audit

import (
	"fmt"
	"slices"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// keyVerdict is what was found about one key, once for all slots that name it.
type keyVerdict struct {
	key *inventory.Key
	// name is what a person calls the key.
	name                       string
	account, region, partition string // empty when not known
	// managed: the key is AWS's own; nothing else of it is judged.
	managed bool
	// broken: the key cannot serve any slot.
	broken *fault
	// serving are gaps about whether it can serve, other gaps about all else.
	serving, other []gap
	// held says why a slot with this key is not sound, most important first.
	held []holding
	// notes are facts that decide nothing; unjudged are open questions.
	notes    []bedlock.Evidence
	unjudged []string
	faults   faults
}

// holding is why slots are below sound, under a condition of its own.
type holding struct {
	bedlock.Evidence
	when, lift string
	rule       string
	// statement is that of the key policy, counted from 1; 0: none.
	statement int
}

// hold records a fault that keeps slots below sound.
func (v *keyVerdict) hold(rule, message, prefix string, at bedlock.Position) {
	v.holdWhen("", rule, message, prefix, at, 0)
}

func (v *keyVerdict) holdWhen(when, rule, message, prefix string, at bedlock.Position, statement int) {
	v.faults.add(rule, message, at)
	v.held = append(v.held, holding{evidence(at, prefix+message), when, table().byID[rule].Remediation, rule, statement})
}

const heldBelow = "held below sound: "

// judgeKey looks at one key on its own.
func judgeKey(inv *inventory.Inventory, k *inventory.Key, u *use, aliased bool, l linter) *keyVerdict {
	v := &keyVerdict{key: k, name: firstText(k.Name, k.Address, k.ID)}
	v.account, v.region = k.Account.Or(""), k.Region.Or("")
	if a, err := arn.Parse(k.ARN.Or("")); err == nil {
		v.partition = plain(a.Partition)
		v.account = firstText(plain(v.account), plain(a.Account))
		v.region = firstText(plain(v.region), plain(a.Region))
	}
	if v.partition == "" {
		v.partition = arn.PartitionOf(v.region)
	}
	switch owner, ok := k.Manager.Get(); {
	case ok && owner == catalog.OwnerAWSManaged:
		v.managed = true
		return v
	case !ok:
		addGap(&v.serving, k.Manager, "whether it is AWS-managed")
	}
	v.state(u)
	v.spec()
	judgePolicy(inv, v, l)
	v.rotation(inv)
	v.window()
	v.sharing(u)
	v.labels(aliased)
	return v
}

// addGap records a value that is unknown or unread; what names the fact.
func addGap[T any](gaps *[]gap, v inventory.Value[T], what string) {
	switch v.State() {
	case inventory.StateUnknown:
		*gaps = append(*gaps, gap{rung: bedlock.Unresolved, reason: what + " is not known: " + v.Why(), lift: liftUnknown(v.Why()), at: v.At()})
	case inventory.StateUnread:
		*gaps = append(*gaps, gap{rung: bedlock.Unread, reason: what + " could not be read: " + v.Why(), lift: liftUnread, at: v.At()})
	}
}

// states maps each KeyState in which a key cannot serve to its rule. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
var states = map[string]struct{ rule, phrase string }{
	"Disabled":               {ruleDisabled, "is disabled"},
	"PendingDeletion":        {ruleDeletion, "is pending deletion"},
	"PendingReplicaDeletion": {ruleDeletion, "is pending deletion as soon as its replicas are deleted"},
	"PendingImport":          {ruleImport, "has no key material: it was never imported, was deleted or has expired"},
	"Unavailable":            {ruleUnavailable, "is unavailable: its custom key store is not connected"},
}

func (v *keyVerdict) state(u *use) {
	k := v.key
	state, known := k.State.Get()
	if !known {
		addGap(&v.serving, k.State, "the state of key "+v.name)
		return
	}
	if s, bad := states[state]; bad {
		message := "key " + v.name + " " + s.phrase
		v.broken = &fault{rule: s.rule, message: message, evidence: []bedlock.Evidence{evidence(k.State.At(), message)}}
		if u == nil || u.slots == 0 {
			v.faults.add(ruleIdle, message, k.State.At())
		}
		return
	}
	switch state {
	case "Enabled", "Updating":
	case "Creating":
		v.serving = append(v.serving, gap{rung: bedlock.Unresolved, reason: "key " + v.name + " is still being created", lift: "audit again in a minute", at: k.State.At()})
	default:
		v.serving = append(v.serving, gap{rung: bedlock.Unread, reason: fmt.Sprintf("key %s is in state %q, which this version does not know", v.name, state), lift: liftUnread, at: k.State.At()})
	}
}

func (v *keyVerdict) spec() {
	addGap(&v.serving, v.key.Spec, "the spec of key "+v.name)
	addGap(&v.serving, v.key.Usage, "the usage of key "+v.name)
}

// specOf and usageOf fill in the defaults of the KMS API.
func specOf(k *inventory.Key) string  { return k.Spec.Or("SYMMETRIC_DEFAULT") }
func usageOf(k *inventory.Key) string { return k.Usage.Or("ENCRYPT_DECRYPT") }

// rotatable reports whether automatic rotation exists for the key. Only symmetric
// encryption keys with material made by KMS outside custom key stores have it,
// and a replica's rotation is that of its primary.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
func rotatable(k *inventory.Key) bool {
	return !k.Replica && specOf(k) == "SYMMETRIC_DEFAULT" && k.Origin.Or("AWS_KMS") == "AWS_KMS"
}

func (v *keyVerdict) rotation(inv *inventory.Inventory) {
	k := v.key
	if k.Replica {
		v.primaryRotation(inv)
		return
	}
	if v.broken != nil || !rotatable(k) {
		return
	}
	if s := k.Origin.State(); s == inventory.StateUnknown || s == inventory.StateUnread {
		addGap(&v.other, k.Origin, "the origin of key "+v.name)
		return
	}
	switch k.Rotation.State() {
	case inventory.Unrecorded:
		v.unjudged = append(v.unjudged, "rotation")
		return
	case inventory.StateUnknown, inventory.StateUnread:
		addGap(&v.other, k.Rotation, "whether key "+v.name+" is rotated")
		return
	}
	if on, _ := k.Rotation.Get(); !on {
		v.hold(ruleRotationOff, "automatic rotation of key "+v.name+" is off", heldBelow, orAt(k.Rotation.At(), k.At))
		return
	}
	addGap(&v.other, k.RotationDays, "the rotation period of key "+v.name)
	if days, ok := k.RotationDays.Get(); ok {
		message := fmt.Sprintf("key %s is rotated every %d days", v.name, days)
		switch {
		case days < 90 || days > 2560:
			v.faults.add(ruleRotationBad, message+"; KMS accepts 90 to 2560", k.RotationDays.At())
		case days > 365:
			v.faults.add(ruleRotationLong, message, k.RotationDays.At())
		}
	}
}

// primaryRotation judges a replica by its primary when that is in the inventory;
// the finding is the primary's.
func (v *keyVerdict) primaryRotation(inv *inventory.Inventory) {
	primary := inv.Key(v.key.Primary.Or(""))
	if primary == nil || primary.Replica {
		v.unjudged = append(v.unjudged, "rotation of the primary key")
		return
	}
	if !rotatable(primary) {
		return
	}
	switch s := primary.Rotation.State(); s {
	case inventory.Unrecorded:
		v.unjudged = append(v.unjudged, "rotation of the primary key")
	case inventory.StateUnknown, inventory.StateUnread:
		addGap(&v.other, primary.Rotation, "whether the primary key of "+v.name+" is rotated")
	default:
		if on, _ := primary.Rotation.Get(); !on {
			message := heldBelow + "automatic rotation of the primary key " + firstText(primary.Name, primary.Address, primary.ID) + " is off"
			v.held = append(v.held, holding{evidence(orAt(primary.Rotation.At(), primary.At), message), "", table().byID[ruleRotationOff].Remediation, ruleRotationOff, 0})
		}
	}
}

// minWindow is the shortest waiting period, in days, that leaves time to notice.
const minWindow = 14

func (v *keyVerdict) window() {
	k := v.key
	addGap(&v.other, k.DeletionDays, "the deletion waiting period of key "+v.name)
	if days, ok := k.DeletionDays.Get(); ok && days < minWindow {
		v.hold(ruleWindow, fmt.Sprintf("key %s can be deleted after %d days; %d or more leave time to notice", v.name, days, minWindow), heldBelow, k.DeletionDays.At())
	}
}

func (v *keyVerdict) sharing(u *use) {
	if u == nil || len(u.groups) < 2 {
		return
	}
	names := u.names()
	v.hold(ruleShared, "key "+v.name+" is used by isolation groups "+list(shortened(names)), "", v.key.At)
	f := &v.faults[slices.IndexFunc(v.faults, func(f fault) bool { return f.rule == ruleShared })]
	for _, group := range names[:min(len(names), maxExamples)] {
		r := u.groups[group]
		f.evidence = append(f.evidence, evidence(r.At, resourceName(r)+" is of isolation group "+group))
	}
}

// maxExamples bounds the evidence of one finding.
const maxExamples = 50

func (v *keyVerdict) labels(aliased bool) {
	k := v.key
	if d, known := k.Description.Get(); k.Description.State() == inventory.StateAbsent || known && d == "" {
		v.faults.add(ruleNoDescription, "key "+v.name+" has no description", orAt(k.Description.At(), k.At))
	}
	if len(k.Tags.Known) == 0 && k.Tags.Open == "" {
		v.faults.add(ruleNoTags, "key "+v.name+" has no tags", k.At)
	}
	if !aliased {
		v.faults.add(ruleNoAlias, "key "+v.name+" has no alias", k.At)
	}
}
