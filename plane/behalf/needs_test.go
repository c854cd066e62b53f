package behalf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/plane/seed"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// world is a plane with a caller, another one who needs nothing, and a role that every
// service may assume.
type world struct {
	*local.Plane
	caller *plane.Caller
	role   string
}

func newWorld(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	s, err := seed.Read("seed", []byte(`accounts:
  "111122223333":
    users: [{name: caller}, {name: other}]
    roles:
      - name: service
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, bedrock-agentcore.amazonaws.com, lambda.amazonaws.com, states.amazonaws.com, firehose.amazonaws.com]}, Action: "sts:AssumeRole"}]}
      - name: other
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := local.Options{Seed: s}
	for _, f := range change {
		f(&o)
	}
	p, err := local.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{p, p.STS.UserCaller(p.IAM.User(account, "caller")), "arn:aws:iam::" + account + ":role/service"}
}

// element is a part of a need: what is taken away from a key policy that has just what is
// needed.
type element struct{ kind, name string }

// elements of a need.
func elements(n *catalog.Need) []element {
	out := []element{{"principal", n.Who}}
	for _, a := range n.Actions {
		out = append(out, element{"action", a})
	}
	for key := range n.Context {
		out = append(out, element{"context", key})
	}
	if n.Via != "" {
		out = append(out, element{"via", n.Via})
	}
	if n.SourceARN != "" {
		out = append(out, element{"source", n.SourceARN})
	}
	if n.SourceAccount {
		out = append(out, element{"account", account})
	}
	return out
}

// withoutContext are the actions that carry no encryption context, so that a statement with a
// condition on it does not match them.
var withoutContext = []string{"DescribeKey", "RetireGrant", "ListGrants"}

// statements allow exactly what a need says, but for one element; a zero element takes
// nothing away.
func statements(w *world, s *behalf.Subject, n *catalog.Need, without element) []any {
	who, name, _ := strings.Cut(n.Who, ":")
	var principal any
	switch who {
	case "caller":
		principal = map[string]string{"AWS": w.caller.Principal.ARN}
	case "role":
		principal = map[string]string{"AWS": w.role}
	case "service":
		principal = map[string]string{"Service": strings.ReplaceAll(name, "{region}", region)}
	}
	if without.kind == "principal" {
		principal = map[string]string{"AWS": "arn:aws:iam::" + account + ":user/other"}
	}
	equal := map[string]string{}
	put := func(kind, name, key, value string) {
		if without == (element{kind, name}) {
			value += "-not"
		}
		equal[key] = value
	}
	if n.Via != "" {
		put("via", n.Via, "kms:ViaService", s.Fill(n.Via))
	}
	if n.SourceARN != "" {
		put("source", n.SourceARN, "aws:SourceArn", s.ARN)
		if !strings.HasSuffix(s.Fill(n.SourceARN), "*") {
			put("source", n.SourceARN, "aws:SourceArn", s.Fill(n.SourceARN))
		}
	}
	if n.SourceAccount {
		put("account", account, "aws:SourceAccount", account)
	}
	plain := maps.Clone(equal)
	for key, v := range s.EncryptionContext(n) {
		put("context", key, "kms:EncryptionContext:"+key, v)
	}
	var with, bare []string
	for _, a := range n.Actions {
		switch {
		case without == (element{"action", a}):
		case slices.Contains(withoutContext, a):
			bare = append(bare, "kms:"+a)
		default:
			with = append(with, "kms:"+a)
		}
	}
	statement := func(actions []string, equal map[string]string) any {
		out := map[string]any{"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
		if len(equal) > 0 {
			out["Condition"] = map[string]any{"StringEquals": equal}
		}
		return out
	}
	var out []any
	if len(with) > 0 {
		out = append(out, statement(with, equal))
	}
	if len(bare) > 0 {
		out = append(out, statement(bare, plain))
	}
	return out
}

// key makes a key with a policy of which only the root user may change anything, and what
// the statements allow.
func (w *world) key(t *testing.T, allowed []any) string {
	t.Helper()
	admin := map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::" + account + ":root"}, "Resource": "*",
		"Action": []string{"kms:Create*", "kms:PutKeyPolicy", "kms:GenerateDataKeyWithoutPlaintext"}, "Condition": map[string]any{"StringEquals": map[string]string{"aws:PrincipalArn": "arn:aws:iam::" + account + ":root"}},
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": append([]any{admin}, allowed...)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, call := plane.As(t.Context(), w.IAM.Root(account), region)
	out, err := w.KMS.CreateKey(ctx, call, &kms.CreateKeyInput{Policy: string(text), BypassPolicyLockoutSafetyCheck: new(true)})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out.KeyMetadata.Arn
}

// subject is a resource of a catalogue's type.
func (w *world) subject(e *catalog.Entry, slot *catalog.Slot) *behalf.Subject {
	s := &behalf.Subject{Type: e.Type, Slot: slot.Name, ID: "abcdefghij", Name: "thing", Account: account, Region: region, Roles: map[string]string{}}
	s.ARN = s.Fill(e.ARN)
	for _, n := range slot.Needs {
		who, name, _ := strings.Cut(n.Who, ":")
		if who == "role" {
			s.Roles[name] = w.role
		}
		if template := n.SourceARN; strings.HasSuffix(template, "*") {
			s.ARN = strings.TrimSuffix(s.Fill(template), "*") + "abcdefghij"
		}
	}
	if m, err := model.Load(e.Service); err == nil {
		s.Service = m.SigningName + ".amazonaws.com"
	} else {
		s.Service = e.Service + ".amazonaws.com"
	}
	return s
}

// has says whether a need of a slot, or a grant that it makes, has one of the actions.
func has(slot *catalog.Slot, actions ...string) bool {
	for _, n := range slot.Needs {
		for _, a := range actions {
			if slices.Contains(n.Actions, a) || slices.Contains(n.GrantOperations, a) {
				return true
			}
		}
	}
	return slices.ContainsFunc(slot.Needs, func(n catalog.Need) bool { return slices.Contains(n.Actions, "CreateGrant") })
}

// use does everything with a slot that its needs are for: content is sealed, used and opened.
// A need to retire a grant is left out: who may is said by the grant, and no policy can.
func (w *world) use(t *testing.T, s *behalf.Subject, slot *catalog.Slot, key string) error {
	t.Helper()
	call := plane.Start(w.caller, region, w.World.Now())
	sealed, err := w.sealed(t, call, s, slot, key)
	if err != nil {
		return err
	}
	done := map[string]bool{"create": true, "validate": true, "grant": true, "delete": true}
	for _, n := range slot.Needs {
		if done[n.For] {
			continue
		}
		done[n.For] = true
		if err := w.World.Keys.Meet(t.Context(), call, s, key, sealed, n.For); err != nil {
			return err
		}
	}
	if sealed.Ciphertext == nil || !has(slot, "Decrypt") {
		return nil // such as logs, which are opened by whoever their owner lets
	}
	purpose := "create"
	if done["use"] {
		purpose = "use"
	}
	opened, err := w.World.Keys.Open(t.Context(), call, s, sealed, purpose)
	if err == nil && string(opened) != "content" {
		err = fmt.Errorf("content became %q", opened)
	}
	return err
}

// sealed is content of a slot. Where no need makes a data key, the content is that of another
// resource, and so is the data key; where none uses one, only the key is looked at.
func (w *world) sealed(t *testing.T, call *plane.Call, s *behalf.Subject, slot *catalog.Slot, key string) (*records.Sealed, error) {
	t.Helper()
	if has(slot, "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt") {
		return w.World.Keys.Seal(t.Context(), call, s, key, "create", []byte("content"))
	}
	sealed := &records.Sealed{Key: key}
	for i := range slot.Needs {
		n := &slot.Needs[i]
		if slices.Contains(n.Actions, "Decrypt") {
			ctx, root := plane.As(t.Context(), w.IAM.Root(account), region)
			sealed.Context = s.EncryptionContext(n)
			out, err := w.KMS.GenerateDataKeyWithoutPlaintext(ctx, root, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: key, KeySpec: "AES_256", EncryptionContext: sealed.Context})
			if err != nil {
				t.Fatal(err)
			}
			sealed.DataKey = out.CiphertextBlob
		}
	}
	return sealed, w.World.Keys.Meet(t.Context(), call, s, key, sealed, "validate")
}

// TestNeeds: with exactly what the needs of a slot say it works, and without any one element
// of any need KMS refuses. Nothing here names a type: the cases are the catalogue's.
func TestNeeds(t *testing.T) {
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	pairs := 0
	for _, e := range known.Entries() {
		for i := range e.Slots {
			slot := &e.Slots[i]
			if len(slot.Needs) == 0 {
				continue
			}
			t.Run(e.Type+" "+slot.Name, func(t *testing.T) { pairs += w.pairs(t, e, slot) })
		}
	}
	t.Logf("%d pairs", pairs)
	if pairs < 400 {
		t.Errorf("%d pairs; the catalogue has more", pairs)
	}
}

func (w *world) pairs(t *testing.T, e *catalog.Entry, slot *catalog.Slot) (pairs int) {
	s := w.subject(e, slot)
	allowed := func(of int, without element) (out []any) {
		for i := range slot.Needs {
			if i != of {
				out = append(out, statements(w, s, &slot.Needs[i], element{})...)
				continue
			}
			out = append(out, statements(w, s, &slot.Needs[i], without)...)
		}
		return out
	}
	if err := w.use(t, s, slot, w.key(t, allowed(-1, element{}))); err != nil {
		t.Fatalf("with what the needs say: %v", err)
	}
	for i := range slot.Needs {
		n := &slot.Needs[i]
		for _, part := range elements(n) {
			if n.Optional || spare(slot, i, part) {
				continue
			}
			pairs++
			err := w.use(t, s, slot, w.key(t, allowed(i, part)))
			var refused *behalf.Error
			if !errors.As(err, &refused) || refused.Code != string(kms.AccessDenied) || !strings.Contains(refused.Message, "is not authorized to perform: kms:"+refused.Operation) && refused.Operation != "ReEncrypt" {
				t.Errorf("need %d (%s, %s) without %s %s: %v", i, n.Who, n.For, part.kind, part.name, err)
			}
		}
	}
	return pairs
}

// spare says whether other needs of the same principal allow what an element of one allows:
// then the slot works without it.
func spare(slot *catalog.Slot, of int, part element) bool {
	n := &slot.Needs[of]
	if part.kind == "action" {
		return part.name == "RetireGrant" || covered(slot, of, part.name)
	}
	for _, a := range n.Actions {
		if !(part.kind == "context" && slices.Contains(withoutContext, a)) && a != "RetireGrant" && !covered(slot, of, a) {
			return false
		}
	}
	return true
}

// covered says whether another need of the same principal allows an action as well.
func covered(slot *catalog.Slot, of int, action string) bool {
	n := &slot.Needs[of]
	for i := range slot.Needs {
		other := &slot.Needs[i]
		if i == of || other.Who != n.Who || !slices.Contains(other.Actions, action) {
			continue
		}
		within := func(theirs, ours string) bool { return theirs == "" || theirs == ours }
		same := within(other.Via, n.Via) && within(other.SourceARN, n.SourceARN) && (!other.SourceAccount || n.SourceAccount)
		for key, v := range other.Context {
			same = same && n.Context[key] == v
		}
		if same {
			return true
		}
	}
	return false
}
