package least

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Options are the choices that needs do not settle. The zero value is ready to use.
type Options struct {
	// Administrators are ARNs of users and roles of the key's account, or of its root
	// (arn:aws:iam::111122223333:root), which stands for whom the account's own
	// policies let administer keys. Empty: the root.
	Administrators []string
	// AdministratorsGrant gives administrators kms:CreateGrant as well, by which they
	// could give use of the key to anybody.
	AdministratorsGrant bool
	// Delegated leaves users and roles of the key's account to their identity-based
	// policies: the key policy then delegates to the account and says by
	// aws:PrincipalArn for whom, so that they need not exist yet. By default it names
	// them, and they need no policies of their own.
	Delegated bool
	// Work bounds the work on one question; 0: [symbolic.DefaultWork].
	Work int
}

// Result is the least policy for some needs.
type Result struct {
	KeyARN string
	// Needs are those given, then one for each administrator, from the index
	// Administration on.
	Needs          []symbolic.Need
	Administration int
	// Key is the key policy.
	Key *policy.Document
	// Identity are the identity-based policies by the ARN of the user or role that
	// must have them: principals of other accounts, those of the key's account when
	// they are left to their own policies, and who must retire grants.
	Identity map[string]*policy.Document
	// Open are the limits that were left out because the needs do not have them.
	Open []Open
}

// Open is a limit that a need does not have.
type Open struct {
	Need int // index in Result.Needs
	// Limit says what is not limited: "encryption context", "calling service" …
	Limit string
	// Unconfirmed: the requests are believed to keep the limit, and no source confirms
	// it. The text is the need's own.
	Unconfirmed bool
}

// MaxNeeds bounds the needs of one key.
const MaxNeeds = 500

const retireGrant = "kms:RetireGrant"

// For computes the least key policy and identity-based policies for needs on a key,
// whose ARN is given. Needs that others have already make no statement. The error
// names a need that no policy can meet, or that is none.
func For(key string, needs []symbolic.Need, o Options) (*Result, error) {
	k, ok := arn.ParseKey(key)
	if !ok || k.Form != arn.KeyARN || arn.IsToken(key) || strings.ContainsAny(key, "*?") {
		return nil, fmt.Errorf("key %q: not the ARN of a KMS key", key)
	}
	if len(needs) > MaxNeeds {
		return nil, fmt.Errorf("needs: %d are more than %d", len(needs), MaxNeeds)
	}
	r := &Result{KeyARN: key, Administration: len(needs)}
	admins, err := administration(k.ARN, &o)
	if err != nil {
		return nil, err
	}
	r.Needs = completed(slices.Concat(needs, admins))
	u := &symbolic.Universe{Work: o.Work}
	pieces, err := r.pieces(u, k.ARN, &o)
	if err != nil {
		return nil, err
	}
	b := &builder{key: k.ARN, text: key, own: map[string][]piece{}}
	for i := range pieces {
		b.place(&pieces[i])
	}
	r.Key = b.keyPolicy()
	if n := len(r.Key.Print()); n > policy.MaxKeyPolicySize {
		return nil, fmt.Errorf("key policy: %d bytes are more than the %d that KMS stores", n, policy.MaxKeyPolicySize)
	}
	r.Identity = map[string]*policy.Document{}
	for name, own := range b.own {
		if r.Identity[name], err = b.identityPolicy(u, own); err != nil {
			return nil, err
		}
	}
	r.Open = r.open()
	return r, nil
}

// completed fills in what follows from ARNs: accounts, and the roles of sessions,
// with the path when some need tells it.
func completed(needs []symbolic.Need) []symbolic.Need {
	roles := map[string]string{}
	for i := range needs {
		p := &needs[i].Principal
		for _, s := range []string{p.ARN, p.Role} {
			if a, err := arn.Parse(s); err == nil && p.Account == "" {
				p.Account = a.Account
			}
		}
		if p.Kind == authz.Session && p.Role != "" {
			roles[p.Account+":"+roleName(p)] = p.Role
		}
	}
	for i := range needs {
		if p := &needs[i].Principal; p.Kind == authz.Session && p.Role == "" {
			p.Role = roles[p.Account+":"+roleName(p)]
		}
	}
	return needs
}

// piece is a need of one action.
type piece struct {
	need  symbolic.Need
	admin bool
	// weak: the principal has a policy of its own for the piece, so that the key
	// policy need not name it. left: the key policy leaves the piece to the account
	// already.
	weak, left bool
}

// action is the piece's action as AWS writes it.
func (p *piece) action() string { return p.need.Actions[0] }

// delegates reports whether the piece is met by delegation to its account: its
// principals have what their account gives them, or are its root user.
func (p *piece) delegates() bool {
	return p.need.Principal.Kind == 0 || p.need.Principal.Kind == authz.Root
}

// who names those whose needs could be had by one another: an account with its
// root user, a role with its sessions.
func (p *piece) who() string {
	q := &p.need.Principal
	switch {
	case p.delegates():
		return q.Account
	case q.Kind == authz.Session:
		return q.Account + ":" + roleName(q)
	}
	return q.ARN
}

// roleName is the name, without path, of the role of a session.
func roleName(q *authz.Principal) string {
	if q.Role != "" {
		return q.Role[strings.LastIndexByte(q.Role, '/')+1:]
	}
	_, rest, _ := strings.Cut(q.ARN, ":assumed-role/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// pieces takes the needs apart and leaves out what others have.
func (r *Result) pieces(u *symbolic.Universe, key arn.ARN, o *Options) ([]piece, error) {
	groups := map[string][]piece{}
	for i := range r.Needs {
		n := &r.Needs[i]
		if err := n.Check(); err != nil {
			return nil, fmt.Errorf("need %d: %w", i, err)
		}
		if err := possible(n, key); err != nil {
			return nil, fmt.Errorf("need %d: %w", i, err)
		}
		for _, a := range authz.KMSActions() {
			if !a.OnKey || !n.Covers(a.Name) {
				continue
			}
			p := piece{need: only(n, a.Name), admin: i >= r.Administration}
			q := &n.Principal
			stranger := q.Kind != authz.Service && q.Account != key.Account
			p.weak = !p.delegates() && (stranger || o.Delegated && !p.admin && isOwn(q))
			g := p.who() + " " + a.Name
			groups[g] = append(groups[g], p)
		}
	}
	var out []piece
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		kept, err := irredundant(u, r.KeyARN, groups[g])
		if err != nil {
			return nil, err
		}
		out = append(out, kept...)
	}
	return out, leave(u, r.KeyARN, out)
}

// only is the need restricted to one action, with the limits that count there.
func only(n *symbolic.Need, action string) symbolic.Need {
	out := *n
	out.Actions = []string{action}
	if !hasContext(action) {
		out.Context = nil
	}
	if action != "kms:CreateGrant" {
		out.GrantOperations, out.GrantForAWSResource = nil, false
	}
	return out
}

func hasContext(action string) bool { return authz.HasKey(action, "kms:EncryptionContext:any") }

// possible reports why no policy can meet a need on a key.
func possible(n *symbolic.Need, key arn.ARN) error {
	p := &n.Principal
	for _, s := range []string{p.ARN, p.Role} {
		if a, err := arn.Parse(s); err == nil && a.Partition != key.Partition {
			return fmt.Errorf("principal %q: not of the key's partition %s", s, key.Partition)
		}
	}
	service, stranger := p.Kind == authz.Service, p.Account != key.Account
	switch {
	case p.Kind == authz.Federated && (stranger || n.Covers(retireGrant)): // which only its own policies can allow
		return fmt.Errorf("principal %q: what a federated session may do by its own policies is up to the session; state the user's need", p.ARN)
	case service && n.Covers(retireGrant):
		return fmt.Errorf("action %s: a service can retire a grant only by the grant itself", retireGrant)
	case service || !stranger:
		return nil
	case n.Covers(retireGrant):
		return fmt.Errorf("action %s: another account can retire a grant only by the grant itself", retireGrant)
	}
	for _, a := range authz.KMSActions() {
		if a.OnKey && !a.AcrossAccounts && n.Covers(a.Name) {
			return fmt.Errorf("action %s: not usable on keys of another account", a.Name)
		}
	}
	return nil
}

// open lists what the given needs do not limit.
func (r *Result) open() (out []Open) {
	for i := range r.Needs[:r.Administration] {
		n := &r.Needs[i]
		add := func(missing bool, limit string) {
			if missing {
				out = append(out, Open{Need: i, Limit: limit})
			}
		}
		context := false
		for _, a := range authz.KMSActions() {
			context = context || a.OnKey && n.Covers(a.Name) && hasContext(a.Name)
		}
		add(context && len(n.Context) == 0, "encryption context")
		service := n.Principal.Kind == authz.Service
		add(!service && n.Via == "" && !n.Direct, "calling service")
		add(service && n.SourceARN == "", "source ARN")
		add(service && n.SourceAccount == "", "source account")
		grants := n.Covers("kms:CreateGrant")
		add(grants && n.GrantOperations == nil, "grant operations")
		add(grants && !n.GrantForAWSResource, "grants for AWS resources")
		for _, s := range n.Unconfirmed {
			out = append(out, Open{Need: i, Limit: s, Unconfirmed: true})
		}
	}
	return out
}
