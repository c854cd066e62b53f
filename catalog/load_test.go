package catalog

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// valid is one correct entry; the cases below each break it once.
const valid = `
- type: AWS::Test::Thing
  title: thing
  service: test
  family: store
  terraform: [aws_test_thing, awscc_test_thing]
  roles: [{name: service, at: {cloudformation: RoleArn}}]
  events: [CreateThing]
  sources:
    type: [https://example.com/type]
    events: [https://example.com/events]
  slots:
    - name: storage
      title: things
      at: {cloudformation: KmsKeyId, aws_test_thing: kms_key_id}
      fields: {read: [GetThing.kmsKeyId]}
      default: {owner: aws-owned}
      change: in-place
      key: {forms: [key-arn]}
      needs:
        - {who: "role:service", for: use, actions: [Decrypt], source: "unconfirmed: not documented"}
      sources:
        fields: [https://example.com/fields]
        default: [https://example.com/default]
        change: [https://example.com/change]
        key: [https://example.com/key]
`

func loadText(files ...string) (*Catalog, error) {
	fsys := fstest.MapFS{}
	for i, text := range files {
		fsys[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(fsys)
}

func TestLoadValid(t *testing.T) {
	c, err := loadText(valid, "", "# nothing but a comment\n")
	if err != nil {
		t.Fatal(err)
	}
	e := c.Type("AWS::Test::Thing")
	if len(c.Entries()) != 1 || e.Kind != KindResource || e.CloudFormation != Registered {
		t.Errorf("entry = %+v", e)
	}
}

func TestLoadRefuses(t *testing.T) {
	const at = "catalogue AWS::Test::Thing: "
	for _, x := range []struct{ name, old, new, want string }{
		{"unknown field", "title: thing\n", "title: thing\n  colour: red\n",
			"load catalogue a.yaml: yaml: unmarshal errors:\n  line 4: field colour not found in type catalog.Entry"},
		{"unknown field in a slot", "change: in-place", "chance: in-place",
			"load catalogue a.yaml: yaml: unmarshal errors:\n  line 18: field chance not found in type catalog.Slot"},
		{"not a list", valid, "type: AWS::Test::Thing",
			"load catalogue a.yaml: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!map into []catalog.Entry"},
		{"two documents", "\n- type", "[]\n---\n- type", "load catalogue a.yaml: more than one YAML document"},
		{"bad path", "KmsKeyId,", `"Kms[0].KeyId",`, `load catalogue a.yaml: parse path "Kms[0].KeyId": bad member name "Kms[0]"`},
		{"empty path", "KmsKeyId,", `"",`, `load catalogue a.yaml: parse path: empty`},
		{"no source", "        change: [https://example.com/change]\n", "", at + `slot storage: no source for "change"`},
		{"no entry source", "    events: [https://example.com/events]\n", "", at + `entry: no source for "events"`},
		{"no key source", "        key: [https://example.com/key]\n", "", at + `slot storage: no source for "key"`},
		{"source without scheme", "https://example.com/change", "example.com/change",
			at + `slot storage: change: source "example.com/change" is neither an https URL nor "unconfirmed: reason"`},
		{"unconfirmed without reason", "https://example.com/change", `"unconfirmed: "`,
			at + `slot storage: change: source "unconfirmed: " is neither an https URL nor "unconfirmed: reason"`},
		{"need without source", `, source: "unconfirmed: not documented"`, "",
			at + `slot storage: need 1: source "" is neither an https URL nor "unconfirmed: reason"`},
		{"unknown role", "role:service", "role:other", at + `slot storage: need 1: no role "other"`},
		{"unknown principal", `"role:service"`, "everyone", at + `slot storage: need 1: who "everyone"`},
		{"action with prefix", "[Decrypt]", `["kms:Decrypt"]`, at + `slot storage: need 1: action "kms:Decrypt" has a prefix`},
		{"calls of a role", "[Decrypt]", `[Decrypt], calls: ["x:Get"]`, at + `slot storage: need 1: calls are of callers, and on is of calls`},
		{"call without prefix", `"role:service", for: use, actions: [Decrypt]`, `caller, for: use, actions: [Decrypt], calls: [Get]`, at + `slot storage: need 1: call "Get" is not of the form service:Action`},
		{"unknown owner", "owner: aws-owned", "owner: nobody", at + "slot storage: default owner is nobody, want one of [none aws-owned aws-managed]"},
		{"managed without alias", "owner: aws-owned", "owner: aws-managed", at + `slot storage: default alias ""`},
		{"unknown change", "change: in-place", "change: never",
			at + "slot storage: change is never, want one of [in-place once recreate new-version elsewhere history]"},
		{"unknown form", "[key-arn]", "[key-name]", at + "slot storage: form is key-name, want one of [key-arn alias-arn key-id alias]"},
		{"unknown family", "family: store", "family: shop", at + "family is shop, want one of [bedrock agentcore store kms]"},
		{"unknown dialect", "aws_test_thing: kms_key_id", "aws_other_thing: kms_key_id", at + "slot storage: aws_other_thing is no dialect of this type"},
		{"api path of a foreign operation", "aws_test_thing: kms_key_id", "aws_test_thing: kms_key_id, api: CreateThing.kmsKeyId",
			at + "slot storage: the api path CreateThing.kmsKeyId does not begin with an operation that gets or lists the type"},
		{"bad terraform type", "[aws_test_thing, awscc_test_thing]", "[aws_test_thing, google_thing]", at + `terraform type "google_thing"`},
		{"bad type", "AWS::Test::Thing", "Test::Thing", "catalogue Test::Thing: type is not of the form AWS::Service::Name"},
		{"absent type with a path", "service: test", "service: test\n  cloudformation: absent",
			at + "role service: has a cloudformation path, but CloudFormation lacks the type\n" +
				at + "slot storage: has a cloudformation path, but CloudFormation lacks the type"},
		{"bad field", "GetThing.kmsKeyId", "getThing", at + `slot storage: field "getThing" is not Operation.path`},
		{"unknown through type", "default: {owner: aws-owned}", "through: [{at: {cloudformation: X}, type: AWS::Test::Other, slot: storage}]",
			at + `slot storage: through AWS::Test::Other slot storage does not exist` + "\n" + at + `slot storage: no source for "through"`},
		{"unknown through slot", "default: {owner: aws-owned}", "through: [{at: {cloudformation: X}, type: AWS::Test::Thing, slot: other}]",
			at + `slot storage: through AWS::Test::Thing slot other does not exist` + "\n" + at + `slot storage: no source for "through"`},
		{"empty condition", "change: in-place", "change: in-place\n      applies: [{at: {cloudformation: X}}]", at + "slot storage: a condition that says nothing"},
		{"slots and noSlot", "events: [CreateThing]", "events: [CreateThing]\n  noSlot: nothing to encrypt",
			at + "both slots and noSlot\n" + at + `entry: no source for "noSlot"`},
	} {
		text := strings.Replace(valid, x.old, x.new, 1)
		if text == valid {
			t.Errorf("%s: the case changes nothing", x.name)
			continue
		}
		_, err := loadText(text)
		if err == nil || err.Error() != x.want {
			t.Errorf("%s:\n%v\nwant\n%s", x.name, err, x.want)
		}
	}
}

func TestLoadRefusesDuplicates(t *testing.T) {
	twice := valid + strings.TrimPrefix(valid, "\n")
	_, err := loadText(twice)
	want := "load catalogue a.yaml: AWS::Test::Thing: defined twice\n" +
		"load catalogue a.yaml: AWS::Test::Thing: terraform type aws_test_thing belongs to AWS::Test::Thing already\n" +
		"load catalogue a.yaml: AWS::Test::Thing: terraform type awscc_test_thing belongs to AWS::Test::Thing already"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	other := strings.NewReplacer("AWS::Test::Thing", "AWS::Test::Other", "awscc_test_thing", "awscc_test_other").Replace(valid)
	_, err = loadText(valid, other)
	want = "load catalogue b.yaml: AWS::Test::Other: terraform type aws_test_thing belongs to AWS::Test::Thing already"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	companion := "  companions: [{type: aws_test_part, by: thing}]\n  sources:\n    type:"
	one := strings.Replace(valid, "  sources:\n    type:", companion, 1)
	two := strings.NewReplacer("AWS::Test::Thing", "AWS::Test::Other", "test_thing", "test_other").Replace(one)
	_, err = loadText(one, two)
	want = "load catalogue b.yaml: AWS::Test::Other: companion aws_test_part belongs to AWS::Test::Thing already"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	slot := valid[strings.Index(valid, "    - name: storage"):]
	if _, err = loadText(valid + slot); err == nil || err.Error() != "catalogue AWS::Test::Thing: slot storage: defined twice" {
		t.Errorf("slot twice: %v", err)
	}
}

func TestEverySlotHasSources(t *testing.T) {
	slots := map[Family]int{}
	entries := map[Family]int{}
	for _, e := range embedded(t).Entries() {
		entries[e.Family]++
		for _, s := range e.Slots {
			slots[e.Family]++
			groups := []string{"change"}
			if len(s.Through) > 0 {
				groups = append(groups, "through")
			} else {
				groups = append(groups, "default", "fields")
			}
			for _, g := range groups {
				if len(s.Sources[g]) == 0 {
					t.Errorf("%s slot %s: no source for %s", e.Type, s.Name, g)
				}
			}
			if len(s.Through) == 0 && len(s.Fields.Read)+len(s.Fields.Create) == 0 {
				t.Errorf("%s slot %s: no API field", e.Type, s.Name)
			}
		}
	}
	for _, f := range []Family{FamilyBedrock, FamilyStore} {
		if slots[f] < 20 {
			t.Errorf("family %s has %d slots: entries are missing", f, slots[f])
		}
	}
	if entries[FamilyKMS] != 4 {
		t.Errorf("family kms has %d entries, want 4", entries[FamilyKMS])
	}
	for _, f := range slices.Sorted(maps.Keys(entries)) {
		t.Logf("%s: %d entries, %d slots", f, entries[f], slots[f])
	}
}

var (
	placeholder = regexp.MustCompile(`\{[^}]*\}`)
	allowedIn   = []string{"{partition}", "{region}", "{account}", "{name}", "{id}", "{arn}"}
	viaService  = regexp.MustCompile(`^[a-z0-9-]+\.\{region\}\.amazonaws\.com$`)
	principal   = regexp.MustCompile(`^service:[a-z0-9.-]+(\.\{region\})?\.amazonaws\.com$`)
	actionName  = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)
	terraformTy = regexp.MustCompile(`^awscc_[a-z0-9]+_[a-z0-9_]+$`)
)

// TestFormOfFacts checks what the loader leaves to the writer of an entry.
func TestFormOfFacts(t *testing.T) {
	for _, e := range embedded(t).Entries() {
		known := func(where, s string) {
			for _, p := range placeholder.FindAllString(s, -1) {
				if !slices.Contains(allowedIn, p) {
					t.Errorf("%s: %s: placeholder %s in %q", e.Type, where, p, s)
				}
			}
		}
		known("arn", e.ARN)
		if e.ARN != "" && !strings.HasPrefix(e.ARN, "arn:{partition}:") {
			t.Errorf("%s: arn %q names a partition", e.Type, e.ARN)
		}
		for _, tf := range e.Terraform {
			if strings.HasPrefix(tf, "awscc_") && !terraformTy.MatchString(tf) {
				t.Errorf("%s: terraform type %s", e.Type, tf)
			}
			if strings.HasPrefix(tf, "awscc_") && e.CloudFormation == Missing {
				t.Errorf("%s: %s exists only for types of CloudFormation", e.Type, tf)
			}
		}
		for _, n := range e.Notes {
			if !strings.HasSuffix(n, ".") {
				t.Errorf("%s: note %q is no sentence", e.Type, n)
			}
		}
		for _, s := range e.Slots {
			checkSlotFacts(t, e, &s, known)
		}
	}
}

func checkSlotFacts(t *testing.T, e *Entry, s *Slot, known func(where, s string)) {
	where := e.Type + " slot " + s.Name
	if s.Mode != nil {
		for v, d := range s.Mode.Values {
			if d.Owner == OwnerAWSManaged && !strings.HasPrefix(d.Alias, "alias/aws/") {
				t.Errorf("%s: mode %s: an AWS managed key without alias", where, v)
			}
		}
		for _, v := range s.Mode.Wins {
			if _, ok := s.Mode.Values[v]; !ok {
				t.Errorf("%s: mode %s wins, but says nothing", where, v)
			}
		}
	}
	for _, n := range s.Needs {
		if n.Via != "" && !viaService.MatchString(n.Via) {
			t.Errorf("%s: via %q", where, n.Via)
		}
		if strings.HasPrefix(n.Who, "service:") && !principal.MatchString(n.Who) {
			t.Errorf("%s: who %q", where, n.Who)
		}
		for _, a := range slices.Concat(n.Actions, n.GrantOperations) {
			if !actionName.MatchString(a) {
				t.Errorf("%s: action %q", where, a)
			}
		}
		known(s.Name+" sourceArn", n.SourceARN)
		for _, v := range n.Context {
			known(s.Name+" context", v)
		}
	}
}

// The actions and grant operations of needs are those of the KMS API.
func TestNeedsNameKMSOperations(t *testing.T) {
	kms := load(t, "kms")
	for _, e := range embedded(t).Entries() {
		for _, s := range e.Slots {
			for _, n := range s.Needs {
				for _, a := range slices.Concat(n.Actions, n.GrantOperations) {
					if a == "ReEncryptFrom" || a == "ReEncryptTo" { // actions of the operation ReEncrypt
						continue
					}
					if kms.Operations[a] == nil {
						t.Errorf("%s slot %s: KMS has no operation %s", e.Type, s.Name, a)
					}
				}
			}
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(valid)
	f.Add("- type: &a AWS::Test::Thing\n  title: *a\n")
	f.Add("[{slots: [{through: [{type: x}]}]}]")
	files, err := fs.Glob(data, "data/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		b, err := fs.ReadFile(data, name)
		if err != nil {
			f.Fatal(err)
		}
		for entry := range strings.SplitSeq(string(b), "\n- type:") { // small seeds mutate better
			f.Add("- type:" + strings.TrimPrefix(entry, "- type:"))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := loadText(text)
		if err != nil {
			return
		}
		for _, e := range c.Entries() {
			if c.Type(e.Type) != e || c.Lookup(e.Type) == nil {
				t.Fatalf("entry %s is not found by its type", e.Type)
			}
			for _, tf := range e.Terraform {
				if c.Terraform(tf) != e {
					t.Fatalf("entry %s is not found by %s", e.Type, tf)
				}
			}
			for i := range e.Slots {
				if e.Slot(e.Slots[i].Name) != &e.Slots[i] {
					t.Fatalf("slot %s of %s is not found", e.Slots[i].Name, e.Type)
				}
			}
		}
	})
}
