package main

import (
	"encoding/json"
	"errors"

	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// compareKind is a way of using policies, as --as names it.
type compareKind struct {
	name, plural string
	kind         symbolic.Kind
}

var compareKinds = []compareKind{
	{"identity", "identity-based policies", symbolic.Identity},
	{"boundary", "permissions boundaries", symbolic.Identity},
	{"session", "session policies", symbolic.Identity},
	{"scp", "service control policies", symbolic.Identity},
	{"key", "key policies", symbolic.KeyPolicy},
	{"rcp", "resource control policies", symbolic.ResourceControl},
	{"endpoint", "VPC endpoint policies", symbolic.Endpoint},
}

func compareKindNames() (names []string) {
	for _, k := range compareKinds {
		names = append(names, k.name)
	}
	return names
}

// compareFlags are the flags of compare besides those of output.
type compareFlags struct {
	as, key string
	denies  bool
}

func newCompare(env environment) *cobra.Command {
	o := output{env: env}
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Prove that a policy allows no more than another, or show what more",
		Long: `Compare asks, of all requests there can be, whether policy A allows one that policy B does
not, and the reverse. "Proved" is a proof; a difference comes with a request that shows
it, which the engine has decided under both. Neither is guessed: what cannot be settled is
said to be not known.

A and B are files with a policy document, or with what 'aws kms get-key-policy' and the like
print; one of them may be - for standard input. Key, resource control and endpoint policies
are compared on one key, for the actions of KMS; the others for every action and resource.

Documents are compared by themselves. That A leaves out a Deny which takes nothing from
what B allows is said, and counts with --denies: beside other policies it may matter.

Exit codes: 0 A allows no more than B · 3 A allows something that B does not ·
5 not known · 2 a file is at fault`,
		Example: `  bedlock prove compare new.json old.json
  git show main:key-policy.json | bedlock prove compare key-policy.json - --as key --denies
  bedlock prove compare policy.json ceiling.json --as identity --format json`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if o.format != "text" && o.format != "json" {
				return usage("use text or json", "unknown format %q", o.format)
			}
			r, err := f.compare(&files{env: env}, args[0], args[1])
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			if err := finish(r.write(w, o.format)); err != nil {
				return err
			}
			if r.ExitCode != exitClean {
				return &exitError{code: r.ExitCode}
			}
			return nil
		},
	}
	fs := c.Flags()
	fs.StringVar(&f.as, "as", "", "what both policies are `KIND`: "+list(compareKindNames())+" (default: what they look like)")
	fs.StringVar(&f.key, "key", "", "`ARN` of the key that key, resource control and endpoint policies are compared on (default: a key that does not exist, of the account that the policies delegate to)")
	fs.BoolVar(&f.denies, "denies", false, "A must also deny all that B denies")
	_ = c.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(compareKindNames(), cobra.ShellCompDirectiveNoFileComp))
	o.flags(c, []string{"text", "json"}, "text")
	return c
}

// compare reads and compares two files.
func (f *compareFlags) compare(in *files, a, b string) (*comparison, error) {
	var errs []error
	var pair [2]*document
	for i, name := range []string{a, b} {
		d, err := in.policy(name, "policy "+string('A'+rune(i)))
		if err != nil {
			errs = append(errs, err)
		}
		pair[i] = d
	}
	if len(errs) > 0 {
		return nil, usage(policyHint, "%w", errors.Join(errs...))
	}
	kind, err := f.kind(pair)
	if err != nil {
		return nil, err
	}
	if err := kind.fits(pair); err != nil {
		return nil, err
	}
	key := ""
	if kind.kind != symbolic.Identity {
		if key, err = f.keyOf(pair); err != nil {
			return nil, err
		}
	}
	return f.answer(pair, kind, key), nil
}

// kind is what the policies are.
func (f *compareFlags) kind(pair [2]*document) (compareKind, error) {
	if f.as != "" {
		i := slices.Index(compareKindNames(), f.as)
		if i < 0 {
			return compareKind{}, usage("use "+list(compareKindNames()), "unknown kind %q", f.as)
		}
		return compareKinds[i], nil
	}
	looks := ""
	kms := false
	for _, d := range pair {
		for i := range d.doc.Statements {
			s := &d.doc.Statements[i]
			kms = kms || s.Touches("kms")
			here := "identity"
			if s.Principals != nil || s.NotPrincipals != nil {
				here = "key"
			}
			if looks == "" {
				looks = here
			}
			if here != looks {
				return compareKind{}, usage("say with --as what both are: "+list(compareKindNames()),
					"%s: the policies do not look alike: some statements have a Principal, others have none", d.at(s.At))
			}
		}
	}
	if looks == "" {
		looks = "identity"
	}
	if looks == "key" && !kms {
		return compareKind{}, usage("say with --as what they are: "+list(compareKindNames()),
			"%s and %s are policies of a resource that is no key: they allow nothing of KMS", pair[0].file, pair[1].file)
	}
	return compareKinds[slices.Index(compareKindNames(), looks)], nil
}

// fits demands that statements have principals where the kind has them.
func (k *compareKind) fits(pair [2]*document) error {
	var errs []error
	for _, d := range pair {
		for i := range d.doc.Statements {
			s := &d.doc.Statements[i]
			if len(s.Undetermined) > 0 {
				continue
			}
			named := s.Principals != nil || s.NotPrincipals != nil
			switch {
			case named && k.kind == symbolic.Identity:
				errs = append(errs, &documentError{d.at(s.At), "the statement has a Principal, which " + k.plural + " do not have"})
			case !named && k.kind != symbolic.Identity:
				errs = append(errs, &documentError{d.at(s.At), "the statement has no Principal, which statements of " + k.plural + " need"})
			}
		}
	}
	if len(errs) > 0 {
		return usage("say with --as what the policies are: "+list(compareKindNames()), "%w", errors.Join(errs...))
	}
	return nil
}

// keyOf is the ARN of the key that policies are compared on.
func (f *compareFlags) keyOf(pair [2]*document) (string, error) {
	if f.key != "" {
		return f.key, checkKey(f.key)
	}
	out := arn.ARN{Partition: "aws", Service: "kms", Region: "us-east-1", Account: "111122223333", Resource: "key/1234abcd-12ab-34cd-56ef-1234567890ab"}
	for _, d := range pair {
		for _, s := range d.doc.Statements {
			if s.Principals == nil {
				continue
			}
			for _, p := range s.Principals.AWS {
				if a, err := arn.Parse(p); err == nil && a.Resource == "root" && !strings.Contains(p, "$") {
					out.Partition, out.Account = a.Partition, a.Account
					return out.String(), nil
				}
				if len(p) == 12 && strings.Trim(p, "0123456789") == "" {
					out.Account = p
					return out.String(), nil
				}
			}
		}
	}
	return out.String(), nil
}

// checkKey refuses what is not the ARN of a key.
func checkKey(key string) error {
	a, err := arn.Parse(key)
	if err != nil || a.Service != "kms" || !strings.HasPrefix(a.Resource, "key/") || a.Region == "" || a.Account == "" {
		return usage("give arn:aws:kms:REGION:ACCOUNT:key/ID", "--key %s is not the ARN of a key", key)
	}
	return nil
}

// besideFullAccess is a document beside one that allows everything: what it denies
// is all that is left to compare.
func besideFullAccess(d *policy.Document, k symbolic.Kind) *policy.Document {
	s := policy.Statement{Index: len(d.Statements), Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}}
	if k != symbolic.Identity {
		s.Principals = &policy.Principals{Any: true}
	}
	out := *d
	out.Statements = append(slices.Clip(d.Statements), s)
	return &out
}

func hasEffect(d *policy.Document, e policy.Effect) bool {
	return slices.ContainsFunc(d.Statements, func(s policy.Statement) bool { return s.Effect == e || s.Effect == 0 })
}

// answer compares.
func (f *compareFlags) answer(pair [2]*document, kind compareKind, key string) *comparison {
	r := &comparison{A: pair[0].file, B: pair[1].file, As: kind.name, Told: f.as == "", Key: key, kind: kind}
	u := &symbolic.Universe{}
	if a, err := arn.Parse(key); err == nil {
		u.Partition = a.Partition
	}
	a, b := pair[0].doc, pair[1].doc
	r.Faults = append(pair[0].faults(), pair[1].faults()...)
	r.Beside = kind.name == "rcp" || !hasEffect(a, policy.Allow) && !hasEffect(b, policy.Allow)
	if r.Beside {
		a, b = besideFullAccess(a, kind.kind), besideFullAccess(b, kind.kind)
	}
	c := u.Compare(a, b, kind.kind, key)
	r.Relation = c.Relation.String()
	r.More, r.Less = newDirection(c.More, pair[0], pair[1], b), newDirection(c.Less, pair[1], pair[0], a)
	worst := c.More.Verdict
	if !r.Beside && (hasEffect(a, policy.Deny) || hasEffect(b, policy.Deny)) {
		a, b := besideFullAccess(a, kind.kind), besideFullAccess(b, kind.kind)
		d := newDirection(u.NoMorePermissive(a, b, kind.kind, key), pair[0], pair[1], b)
		r.Denies, r.counted = &d, f.denies
		if f.denies {
			worst = worse(worst, d.verdict)
		}
	}
	r.ExitCode = map[symbolic.Verdict]int{symbolic.Never: exitClean, symbolic.Exists: exitFindings, symbolic.Unknown: exitInconclusive}[worst]
	return r
}

func worse(a, b symbolic.Verdict) symbolic.Verdict {
	for _, v := range []symbolic.Verdict{symbolic.Exists, symbolic.Unknown} {
		if a == v || b == v {
			return v
		}
	}
	return symbolic.Never
}

func (r *comparison) write(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	var b strings.Builder
	r.text(&b)
	_, err := io.WriteString(w, b.String())
	return err
}
