package iam

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy"
)

// limits are the quotas of each kind, as IAM's errors name them. AWS raises some of them on
// request; here they are the defaults.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var limits = map[kind]struct {
	quota      string
	count      int
	inlineSize int
	attached   string
}{
	kindUser:  {"UsersPerAccount", 5000, 2048, "PoliciesPerUser"},
	kindGroup: {"GroupsPerAccount", 300, 5120, "PoliciesPerGroup"},
	kindRole:  {"RolesPerAccount", 1000, 10240, "PoliciesPerRole"},
}

const (
	maxAttached   = 10
	maxGroups     = 10 // of a user
	maxKeys       = 2  // of a user
	maxPolicies   = 1500
	maxVersions   = 5
	maxPolicySize = 6144
	maxTrustSize  = 2048
	maxTags       = 50
)

// title begins a sentence with a kind.
func title(k kind) string { return strings.ToUpper(string(k[:1])) + string(k[1:]) }

// create makes an entity, whose date is not set yet; it gets an id unless it has one.
func (c *change) create(e *entity) error {
	limit := limits[e.Kind]
	if c.entities[e.Kind][e.order()] != nil {
		return alreadyExists("%s with name %s already exists.", title(e.Kind), e.Name)
	}
	if len(c.entities[e.Kind]) >= limit.count && !c.service.unlimited.Load() {
		return limitExceeded(limit.quota, limit.count)
	}
	if err := checkTags(e.Tags, true); err != nil {
		return err
	}
	if e.Boundary != "" {
		if err := c.attachable(e.Boundary); err != nil {
			return err
		}
	}
	if e.ID == "" {
		id, err := newID(c.service.random, idPrefix[e.Kind])
		if err != nil {
			return err
		}
		e.ID = id
	}
	e.Account, e.Partition, e.Created = c.id, c.partition, c.now
	if e.Path == "" {
		e.Path = "/"
	}
	sortTags(e.Tags)
	c.put(nil, e)
	return nil
}

// rename gives an entity another name or path; an empty one stays.
func (c *change) rename(e *entity, name, path string) error {
	n := e.clone()
	if name != "" {
		n.Name = name
	}
	if path != "" {
		n.Path = path
	}
	if other := c.entities[e.Kind][n.order()]; other != nil && other.ID != e.ID {
		return alreadyExists("%s with name %s already exists.", title(e.Kind), name)
	}
	c.put(e, n)
	return nil
}

// removable says why an entity cannot be deleted yet. In which order AWS looks is not
// documented; it is that of the documentation of DeleteUser:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
func (c *change) removable(e *entity) error {
	members := slices.ContainsFunc(c.sorted(kindUser), func(u *entity) bool { return slices.Contains(u.Groups, e.ID) })
	switch {
	case e.Kind == kindUser && len(c.keysOf(e.ID)) > 0:
		return deleteConflict("Cannot delete entity, must delete access keys first.")
	case len(e.Inline) > 0:
		return deleteConflict("Cannot delete entity, must delete policies first.")
	case len(e.Attached) > 0:
		return deleteConflict("Cannot delete entity, must detach all policies first.")
	case len(e.Groups) > 0 || members:
		return deleteConflict("Cannot delete entity, must remove users from group first.")
	}
	return nil
}

// putInline adds or replaces an inline policy.
func (c *change) putInline(e *entity, name, document string) error {
	compiled, err := identityDocument("inline/"+name, document)
	if err != nil {
		return err
	}
	n := e.clone()
	i, found := n.inline(name)
	if !found {
		n.Inline = slices.Insert(n.Inline, i, inline{})
	}
	n.Inline[i] = inline{name, document, compiled}
	total := 0
	for _, p := range n.Inline {
		total += size(p.Document)
	}
	if limit := limits[e.Kind].inlineSize; total > limit {
		return &plane.Error{Status: 409, Code: "LimitExceeded", Message: "Maximum policy size of " + number(limit) + " bytes exceeded for " + string(e.Kind) + " " + e.Name}
	}
	c.put(e, n)
	return nil
}

// inline is where an inline policy is, or would be.
func (e *entity) inline(name string) (int, bool) {
	return slices.BinarySearchFunc(e.Inline, name, func(p inline, name string) int { return strings.Compare(p.Name, name) })
}

func (c *change) deleteInline(e *entity, name string) error {
	n := e.clone()
	i, found := n.inline(name)
	if !found {
		return noSuchInline(e.Kind, name)
	}
	n.Inline = slices.Delete(n.Inline, i, i+1)
	c.put(e, n)
	return nil
}

func noSuchInline(k kind, name string) error {
	return noSuchEntity("The %s policy with name %s cannot be found.", k, name)
}

func (c *change) attach(e *entity, arn string) error {
	if err := c.attachable(arn); err != nil {
		return err
	}
	if slices.Contains(e.Attached, arn) {
		return nil
	}
	if len(e.Attached) >= maxAttached {
		return limitExceeded(limits[e.Kind].attached, maxAttached)
	}
	n := e.clone()
	n.Attached = append(n.Attached, arn)
	c.put(e, n)
	return nil
}

// attachable says whether there is a managed policy. Of AWS's own, the plane knows the most
// used ones; that one is not among them is said besides.
func (a *account) attachable(arn string) error {
	switch {
	case a.compiled(arn) != nil:
		return nil
	case isAWS(arn):
		return noSuchEntity("Policy %s does not exist or is not attachable. The local plane does not know every AWS managed policy; a customer managed policy with its document does the same.", arn)
	}
	return noSuchEntity("Policy %s does not exist or is not attachable.", arn)
}

func (c *change) detach(e *entity, arn string) error {
	i := slices.Index(e.Attached, arn)
	if i < 0 {
		return noSuchEntity("Policy %s was not found.", arn)
	}
	n := e.clone()
	n.Attached = slices.Delete(n.Attached, i, i+1)
	c.put(e, n)
	return nil
}

// setBoundary sets the permissions boundary; empty: none.
func (c *change) setBoundary(e *entity, arn string) error {
	if arn != "" {
		if err := c.attachable(arn); err != nil {
			return err
		}
	}
	n := e.clone()
	n.Boundary = arn
	c.put(e, n)
	return nil
}

// setTrust sets the trust policy of a role that is not published yet. Principals are looked
// for where the plane has their account, unless lenient is set.
func (c *change) setTrust(e *entity, document string, lenient bool) error {
	trust, err := trustDocument(document)
	if err != nil {
		return err
	}
	if size(document) > maxTrustSize {
		return limitExceeded("ACLSizePerRole", maxTrustSize)
	}
	if !lenient {
		if err := c.checkPrincipals(trust.Document()); err != nil {
			return err
		}
	}
	e.Trust, e.trust = document, trust
	return nil
}

// checkPrincipals refuses principals that are not there, as IAM does. AWS keeps the unique
// id of a user or role instead of its ARN, so that one made anew does not count; here the
// ARN counts.
func (c *change) checkPrincipals(d *policy.Document) error {
	for _, s := range d.Statements {
		for _, p := range []*policy.Principals{s.Principals, s.NotPrincipals} {
			if p == nil {
				continue
			}
			for _, who := range p.AWS {
				if !c.exists(who) {
					return malformedDocument(`Invalid principal in policy: "AWS":"%s"`, who)
				}
			}
		}
	}
	return nil
}

var uniqueID = regexp.MustCompile(`^A(IDA|ROA)[A-Z2-7]{12,124}$`)

func (c *change) exists(principal string) bool {
	if principal == "*" || accountPattern.MatchString(principal) || uniqueID.MatchString(principal) {
		return true
	}
	parts := strings.Split(principal, ":")
	if len(parts) != 6 || parts[0] != "arn" || !accountPattern.MatchString(parts[4]) {
		return false
	}
	if parts[2] == "sts" || parts[5] == "root" {
		return true
	}
	k, _, ok := strings.Cut(parts[5], "/")
	if parts[2] != "iam" || !ok || kind(k) != kindUser && kind(k) != kindRole {
		return false
	}
	in := c.account
	if parts[4] != c.id {
		at, known := c.service.accounts.Load(parts[4])
		if !known {
			return true
		}
		in = at.(*current).Load()
	}
	e := in.entity(kind(k), principal[strings.LastIndexByte(principal, '/')+1:])
	return e != nil && e.arn() == principal
}
