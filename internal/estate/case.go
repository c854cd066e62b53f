package estate

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Case is a key under one deployment.
type Case struct {
	Key *inventory.Key
	// Target is the key with its policy, grants and resource control policies.
	Target *symbolic.Target
	// Account and Region are where it is taken to be.
	Account, Region string
	// Deployed says which deployment this is, in words, when there are several.
	Deployed string

	w *world
	// anyRegion: the Region stands for one that no policy names.
	anyRegion bool
}

type caseKey struct{ key, when string }

const (
	// maxCases bounds the deployments of one key that are looked at.
	maxCases = 12
	// unnamedAccount stands for an account that no policy names.
	unnamedAccount = "000000000000"
)

var (
	principalAccount = regexp.MustCompile(`arn:[a-z0-9-]+:(?:iam|sts)::([^:"*$]+):`)
	accountNumber    = regexp.MustCompile(`\b[0-9]{12}\b`)
	regionName       = regexp.MustCompile(`\b(?:us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-gov|-iso[a-z]?)?-[a-z]+-[0-9]\b`)
	// unnamedRegions stand for a Region that no policy names.
	unnamedRegions = [...]string{"us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1"}
)

// Cases returns the key under every deployment that makes a difference, under a
// condition of the source ("" for none). It is one when account and Region are known.
// ok is false when there are more than are looked at.
func (e *Estate) Cases(key, when string) (cases []*Case, ok bool) {
	k := e.inv.Key(key)
	if k == nil {
		return nil, false
	}
	id := caseKey{key, when}
	e.mu.Lock()
	cases, done := e.cases[id]
	e.mu.Unlock()
	if !done {
		cases = e.build(k, when)
		e.mu.Lock()
		e.cases[id] = cases
		e.mu.Unlock()
	}
	return cases, len(cases) > 0
}

// build makes the cases. Two goroutines may do it at once, with the same result.
func (e *Estate) build(k *inventory.Key, when string) []*Case {
	text := k.Policy.Or(inventory.Policy{}).Text
	parsed, _ := arn.Parse(k.ARN.Or(""))
	accounts := []string{firstText(known(k.Account), plain(parsed.Account))}
	if accounts[0] == "" {
		accounts = []string{unnamedAccount}
		for _, m := range principalAccount.FindAllStringSubmatch(text, -1) {
			accounts = append(accounts, m[1])
		}
		accounts = distinct(append(accounts, accountNumber.FindAllString(text, -1)...))
	}
	regions := []string{firstText(known(k.Region), plain(parsed.Region))}
	anyRegion := regions[0] == ""
	if anyRegion {
		named := distinct(regionName.FindAllString(text, -1))
		for _, r := range unnamedRegions {
			if !slices.Contains(named, r) {
				named = append([]string{r}, named...)
				break
			}
		}
		regions = named
	}
	if len(accounts)*len(regions) > maxCases {
		return nil
	}
	var cases []*Case
	for _, account := range accounts {
		for _, region := range regions {
			d := deployment{account: account, region: region, when: when}
			d.partition = firstText(plain(parsed.Partition), arn.PartitionOf(region), "aws")
			c := e.newCase(k, d)
			c.anyRegion = anyRegion && region == regions[0]
			if len(accounts) > 1 && account != unnamedAccount {
				c.Deployed = "when it is deployed in account " + account
			}
			if len(regions) > 1 && region != regions[0] {
				c.Deployed = Both(c.Deployed, "when it is deployed in "+region)
			}
			cases = append(cases, c)
		}
	}
	return deployable(cases)
}

// deployable leaves out the accounts that the key policy would lock out: KMS refuses
// such a policy, so the key cannot be theirs.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func deployable(cases []*Case) []*Case {
	if len(cases) < 2 {
		return cases
	}
	locked := map[string]bool{}
	var left []*Case
	for _, c := range cases {
		out, seen := locked[c.Account]
		if !seen {
			out = c.locksOut()
			locked[c.Account] = out
		}
		if !out {
			left = append(left, c)
		}
	}
	if len(left) == 0 {
		return cases
	}
	if len(left) == 1 {
		left[0].Deployed = ""
	}
	return left
}

// policyKey is all that the answers about principals outside the inventory depend on:
// many keys have the same policy, and only their ARNs differ.
type policyKey struct {
	deployment
	account, region, text string
	absent                bool
}

// policyKey is comparable with that of other keys; ok is false when more than the policy
// counts, or it is not known.
func (c *Case) policyKey() (k policyKey, ok bool) {
	p, is := c.Key.Policy.Get()
	absent := c.Key.Policy.State() == inventory.StateAbsent
	k = policyKey{c.w.deployment, c.Account, c.Region, p.Text, absent}
	return k, (is || absent) && len(p.Whens) == 0 && len(c.w.e.grants[c.Key.ID]) == 0
}

// LocksOut reports that the key policy locks its account out, wherever the key is
// deployed: whatever identity policies there are, nobody of the account can change it.
func (e *Estate) LocksOut(key string) bool {
	cases, ok := e.Cases(key, "")
	if !ok {
		return false
	}
	for _, c := range cases {
		if !c.locksOut() {
			return false
		}
	}
	return true
}

// locksOut reports that the key policy certainly locks its account out.
func (c *Case) locksOut() bool {
	k, shared := c.policyKey()
	if shared {
		if out, ok := c.w.e.locked.Load(k); ok {
			return out.(bool)
		}
	}
	u := symbolic.Universe{}
	answer, err := u.LocksOut(c.Target)
	out := err == nil && answer.Verdict == symbolic.Never
	if shared {
		c.w.e.locked.Store(k, out)
	}
	return out
}

func (e *Estate) newCase(k *inventory.Key, d deployment) *Case {
	w := e.world(d)
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &Case{Key: k, w: w, Account: w.accountOf(k.Account), Region: w.regionOf(k.Region)}
	if parsed, err := arn.Parse(k.ARN.Or("")); err == nil {
		c.Account, c.Region = firstText(plain(parsed.Account), c.Account), firstText(plain(parsed.Region), c.Region)
	}
	c.Target = &symbolic.Target{Key: w.keyARN(k), RCPs: w.control(c.Account).rcps}
	what := "the policy of key " + KeyName(k)
	if k.Policy.State() == inventory.StateAbsent {
		c.Target.Policy = w.add(&source{what: "the default key policy of key " + KeyName(k), at: k.At}, defaultPolicy(w.partition, c.Account))
	} else {
		c.Target.Policy = w.compile(what, k.Policy, k.At)
	}
	for _, g := range e.grants[k.ID] {
		c.Target.Grants = append(c.Target.Grants, w.grant(g)...)
	}
	return c
}

// grant reads a grant; one whose grantee or operations are not known is left out, and
// [Estate.OpenGrants] tells of it.
func (w *world) grant(g *inventory.Grant) []authz.Grant {
	grantee := w.text(g.Grantee.Or(""))
	operations, ok := g.Operations.Get()
	if grantee == "" || arn.IsToken(grantee) || !ok {
		return nil
	}
	return []authz.Grant{{
		ID: g.ID, Grantee: grantee, Retiring: plain(w.text(g.Retiring.Or(""))), Operations: w.texts(operations),
		ContextEquals: w.pairs(g.ContextEquals), ContextSubset: w.pairs(g.ContextSubset), SourceARN: w.text(g.SourceARN.Or("")),
	}}
}

func (w *world) pairs(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[w.text(k)] = w.text(v)
	}
	return out
}

// OpenGrants are the grants of a key of which grantee or operations are not known, in
// words.
func (c *Case) OpenGrants() (why []bedlock.Evidence) {
	for _, g := range c.w.e.grants[c.Key.ID] {
		if len(c.w.grant(g)) == 0 {
			why = append(why, bedlock.Evidence{Text: "who may do what by grant " + g.ID + " is not known", At: g.At})
		}
	}
	return why
}

// KeyName is what a person calls a key.
func KeyName(k *inventory.Key) string { return firstText(k.Name, k.Address, k.ID) }

func plain(s string) string {
	if arn.IsToken(s) {
		return ""
	}
	return s
}

func distinct(list []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// readable replaces what stands for an unnamed account.
func readable(s string) string {
	return strings.ReplaceAll(s, unnamedAccount, "ACCOUNT")
}

// readable also replaces what stands for an unnamed Region.
func (c *Case) readable(s string) string {
	if c.anyRegion {
		s = strings.ReplaceAll(s, c.Region, "REGION")
	}
	return readable(s)
}
