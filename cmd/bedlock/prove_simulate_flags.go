package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/simulate"
)

// requestFlags say one request by flags.
type requestFlags struct {
	principal, principalID, role, parent      string
	management, serviceLinked                 bool
	action, resource, resourceAccount         string
	context, encryptionContext, grantTokens   []string
	identity, session, scps, rcps             []string
	boundary, endpoint, keyPolicy, ofResource string
	grants                                    string
}

// requestFlagNames are the flags that say a request.
var requestFlagNames = []string{
	"principal", "principal-id", "role", "parent", "management", "service-linked", "action", "resource", "resource-account", "context",
	"encryption-context", "grant-token", "identity", "boundary", "session", "scp", "rcp", "endpoint", "key-policy", "resource-policy", "grants",
}

func (r *requestFlags) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.principal, "principal", "", "`WHO` asks: the ARN of a user, role, session, federated user or root user, a service such as logs.amazonaws.com, or anonymous")
	f.StringVar(&r.principalID, "principal-id", "", "unique `ID` of the principal, AIDA… or AROA…")
	f.StringVar(&r.role, "role", "", "`ARN` of the role with its path, for a session")
	f.StringVar(&r.parent, "parent", "", "`ARN` of the user that made a federated session")
	f.BoolVar(&r.management, "management", false, "the principal's account manages its organization, so that --scp does not apply")
	f.BoolVar(&r.serviceLinked, "service-linked", false, "the role is a service-linked one (told from its path when --principal or --role has one)")
	f.StringVar(&r.action, "action", "", "`ACTION` such as kms:Decrypt")
	f.StringVar(&r.resource, "resource", "", "`ARN` of the resource, or * for actions without one")
	f.StringVar(&r.resourceAccount, "resource-account", "", "`ACCOUNT` that owns the resource, when its ARN does not say")
	f.StringArrayVar(&r.context, "context", nil, "`KEY=VALUE` of a condition key; again with the same KEY for several values; KEY? when it is not known")
	f.StringArrayVar(&r.encryptionContext, "encryption-context", nil, "`KEY=VALUE` of the encryption context; may be repeated")
	f.StringArrayVar(&r.grantTokens, "grant-token", nil, "`TOKEN` of a grant; may be repeated")
	f.StringArrayVar(&r.identity, "identity", nil, "identity-based policy `FILE` of the principal or its groups; may be repeated")
	f.StringVar(&r.boundary, "boundary", "", "permissions boundary `FILE`")
	f.StringArrayVar(&r.session, "session", nil, "session policy `FILE`; may be repeated")
	f.StringArrayVar(&r.scps, "scp", nil, "service control policy `[LEVEL=]FILE`, one level each, from the root down")
	f.StringArrayVar(&r.rcps, "rcp", nil, "resource control policy `[LEVEL=]FILE`, one level each, from the root down")
	f.StringVar(&r.endpoint, "endpoint", "", "VPC endpoint policy `FILE`")
	f.StringVar(&r.keyPolicy, "key-policy", "", "key policy `FILE`")
	f.StringVar(&r.ofResource, "resource-policy", "", "policy `FILE` of a resource that is no key")
	f.StringVar(&r.grants, "grants", "", "grants of the key: a `FILE` as 'aws kms list-grants' prints it, or with the grants of a request file")
	for _, name := range []string{"identity", "boundary", "session", "scp", "rcp", "endpoint", "key-policy", "resource-policy"} {
		_ = c.MarkFlagFilename(name, "json")
	}
	_ = c.MarkFlagFilename("grants", "json", "yaml", "yml")
	var actions []string
	for _, a := range authz.KMSActions() {
		actions = append(actions, a.Name)
	}
	_ = c.RegisterFlagCompletionFunc("action", cobra.FixedCompletions(actions, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("principal", cobra.FixedCompletions([]string{"anonymous", "arn:aws:iam::", "arn:aws:sts::"},
		cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	_ = c.RegisterFlagCompletionFunc("context", cobra.FixedCompletions(commonKeys, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// commonKeys are condition keys that key policies often ask for.
var commonKeys = []string{
	"aws:MultiFactorAuthPresent=", "aws:PrincipalOrgID=", "aws:SourceAccount=", "aws:SourceArn=", "aws:SourceIp=", "aws:SourceVpce=",
	"kms:EncryptionContext:", "kms:GrantIsForAWSResource=", "kms:ViaService=",
}

// given returns the first flag of a request that is there; empty without any.
func (r *requestFlags) given(c *cobra.Command) string {
	for _, name := range requestFlagNames {
		if c.Flags().Changed(name) {
			return name
		}
	}
	return ""
}

// answer decides the request.
func (r *requestFlags) answer(in *files) (answer, error) {
	c, from, err := r.read(in)
	if err != nil {
		return answer{}, err
	}
	return decide(from, c), nil
}

// read returns the request. It is written as a request file and read as one, so
// that there is one way of reading requests.
func (r *requestFlags) read(in *files) (*simulate.Case, *origins, error) {
	w := &requestText{in: in}
	w.request(r)
	grants, err := w.grants(r)
	if err != nil {
		w.errs = append(w.errs, err)
	}
	if len(w.errs) > 0 {
		hint := "see `bedlock prove simulate --help`"
		if w.unread {
			hint = policyHint
		}
		return nil, nil, usage(hint, "%w", errors.Join(w.errs...))
	}
	cases, err := simulate.Reader{Open: w.open}.Read("flags", []byte(w.b.String()))
	if err != nil {
		return nil, nil, usage("see `bedlock prove simulate --help`", "%w", w.explain(err))
	}
	c := &cases[0]
	c.Name, c.Line, c.Layers.Grants = "", 0, grants
	return c, &origins{opened: w.opened}, nil
}

// requestText writes a request file.
type requestText struct {
	in *files
	b  strings.Builder
	// flags are those that the lines stand for.
	flags  []string
	opened []*document
	errs   []error
	unread bool // one of them is of a policy
}

func (w *requestText) line(flag, format string, args ...any) {
	w.flags = append(w.flags, flag)
	fmt.Fprintf(&w.b, format+"\n", args...)
}

func (w *requestText) fail(flag, format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf("--"+flag+": "+format, args...))
}

// quote writes a text so that YAML reads it as it is.
func quote(s string) string { return strconv.QuoteToASCII(s) }

func (w *requestText) request(r *requestFlags) {
	for _, needed := range [...][2]string{{"principal", r.principal}, {"action", r.action}, {"resource", r.resource}} {
		if needed[1] == "" {
			w.errs = append(w.errs, fmt.Errorf("--%s is missing", needed[0]))
		}
	}
	w.line("principal", "principal:")
	w.line("principal", "  arn: %s", quote(r.principal))
	for _, f := range [...][3]string{{"principal-id", "id", r.principalID}, {"role", "role", r.role}, {"parent", "parent", r.parent}} {
		if f[2] != "" {
			w.line(f[0], "  %s: %s", f[1], quote(f[2]))
		}
	}
	if r.role != "" && !strings.Contains(r.principal, ":assumed-role/") {
		w.fail("role", "the principal is no session (give the session's ARN, arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, to --principal)")
	}
	if r.parent != "" && !strings.Contains(r.principal, ":federated-user/") {
		w.fail("parent", "the principal is no federated user")
	}
	w.line("management", "  management: %t", r.management)
	w.line("service-linked", "  service-linked: %t", r.serviceLinked)
	w.line("action", "action: %s", quote(r.action))
	w.line("resource", "resource: %s", quote(r.resource))
	if r.resourceAccount != "" {
		w.line("resource-account", "resource-account: %s", quote(r.resourceAccount))
	}
	w.context(r.context)
	w.pairs(r.encryptionContext)
	if len(r.grantTokens) > 0 {
		w.line("grant-token", "grant-tokens:%s", flow(r.grantTokens))
	}
	if len(r.identity)+len(r.session)+len(r.scps)+len(r.rcps) > 0 || r.boundary+r.endpoint+r.keyPolicy+r.ofResource != "" {
		w.line("identity", "policies:")
	}
	w.list("identity", r.identity)
	w.single("boundary", "boundary", r.boundary)
	w.list("session", r.session)
	w.levels("scp", r.scps, "")
	w.levels("rcp", r.rcps, `{name: RCPFullAWSAccess, document: {Version: "2012-10-17", Statement: {Effect: Allow, Principal: "*", Action: "*", Resource: "*"}}}`)
	w.single("endpoint", "endpoint", r.endpoint)
	if r.keyPolicy != "" && r.ofResource != "" {
		w.fail("resource-policy", "the key policy is given as well")
	}
	w.single("key-policy", "resource", r.keyPolicy)
	w.single("resource-policy", "resource", r.ofResource)
}

func flow(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return " [" + strings.Join(quoted, ", ") + "]"
}

// policy is the entry of a policy file; empty when it is at fault.
func (w *requestText) policy(flag, name string) string {
	d, err := w.in.policy(name, "--"+flag)
	if err != nil {
		w.errs, w.unread = append(w.errs, err), true
		return ""
	}
	w.opened = append(w.opened, d)
	return fmt.Sprintf("{name: %s, file: %s}", quote(d.file), quote(strconv.Itoa(len(w.opened)-1)))
}

// open returns a policy by its number.
func (w *requestText) open(number string) ([]byte, error) {
	i, err := strconv.Atoi(number)
	if err != nil || i >= len(w.opened) {
		return nil, fmt.Errorf("there is no policy %s", number)
	}
	return []byte(w.opened[i].text), nil
}

func (w *requestText) single(flag, layer, name string) {
	if name != "" {
		w.line(flag, "  %s: %s", layer, w.policy(flag, name))
	}
}

func (w *requestText) list(layer string, names []string) {
	if len(names) == 0 {
		return
	}
	w.line(layer, "  %s:", layer)
	for _, name := range names {
		w.line(layer, "    - %s", w.policy(layer, name))
	}
}

// levelForm is a file with the level that its policy is attached to.
var levelForm = regexp.MustCompile(`^([A-Za-z0-9_-]+)=(.+)$`)

// levels writes control policies: a level for each name, and for each file without
// one. attached is at every level.
func (w *requestText) levels(layer string, names []string, attached string) {
	var levels [][]string
	found := map[string]int{}
	for _, name := range names {
		level := len(levels)
		if m := levelForm.FindStringSubmatch(name); m != nil {
			name = m[2]
			if i, ok := found[m[1]]; ok {
				level = i
			}
			found[m[1]] = level
		}
		if level == len(levels) {
			levels = append(levels, nil)
		}
		entry := fullAccess[name]
		if entry == "" {
			entry = w.policy(layer, name)
		}
		levels[level] = append(levels[level], entry)
	}
	if len(levels) == 0 {
		return
	}
	w.line(layer, "  %ss:", layer)
	for _, level := range levels {
		if attached != "" {
			level = append(level, attached)
		}
		w.line(layer, "    - [%s]", strings.Join(level, ", "))
	}
}

// fullAccess are the policies that Organizations attaches, by name.
var fullAccess = map[string]string{
	"FullAWSAccess": `{name: FullAWSAccess, document: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}}`,
}

// context writes condition keys, those of several values as lists.
func (w *requestText) context(list []string) {
	type entry struct {
		key     string
		values  []string
		unknown bool
	}
	var all []*entry
	byName := map[string]*entry{}
	for _, s := range list {
		key, value, given := strings.Cut(s, "=")
		unknown := !given && strings.HasSuffix(key, "?")
		if unknown {
			key = strings.TrimSuffix(key, "?")
		}
		if key == "" || !given && !unknown {
			w.fail("context", "%q is not KEY=VALUE (or KEY? for a value that is not known)", s)
			continue
		}
		e := byName[strings.ToLower(key)]
		if e == nil {
			e = &entry{key: key, unknown: unknown}
			byName[strings.ToLower(key)] = e
			all = append(all, e)
		} else if unknown != e.unknown {
			w.fail("context", "%s is not known and has a value", key)
			continue
		}
		if given {
			e.values = append(e.values, value)
		}
	}
	if len(all) > 0 {
		w.line("context", "context:")
	}
	for _, e := range all {
		if e.unknown {
			w.line("context", "  %s: {unknown: true}", quote(e.key))
		} else {
			w.line("context", "  %s:%s", quote(e.key), flow(e.values))
		}
	}
}

// pairs writes the encryption context.
func (w *requestText) pairs(list []string) {
	if len(list) > 0 {
		w.line("encryption-context", "encryption-context:")
	}
	for _, s := range list {
		key, value, given := strings.Cut(s, "=")
		if !given || key == "" {
			w.fail("encryption-context", "%q is not KEY=VALUE", s)
			continue
		}
		w.line("encryption-context", "  %s: %s", quote(key), quote(value))
	}
}

// explain says which flags the faults of the request are of.
func (w *requestText) explain(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var all []error
	for _, err := range joined.Unwrap() {
		var fault *simulate.Error
		if errors.As(err, &fault) && fault.Line > 0 && fault.Line <= len(w.flags) {
			reason := fault.Reason
			if fault.Hint != "" {
				reason += " (" + fault.Hint + ")"
			}
			err = fmt.Errorf("--%s: %s", w.flags[fault.Line-1], printable(reason))
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}
