package fix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
)

// What is lost with any key of the customer.
const (
	// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-owned-key
	lostToOwned = "a key that AWS owns has no policy of yours and no events in CloudTrail, and nobody can disable it: who may call the service reads what is under it (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-owned-key)"
	// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
	lostToManaged = "the policy of a key that AWS manages lets in every principal of the account who may call the service, and nobody else; it cannot be changed, and the key cannot be disabled (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key)"
)

// shut says where AWS documents that others cannot use the key that it manages.
var shut = map[string]string{
	"AWS::DynamoDB::Table":        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html",
	"AWS::S3::Bucket":             "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
	"AWS::SNS::Topic":             "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
	"AWS::SQS::Queue":             "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
	"AWS::SSM::Parameter":         "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html",
	"AWS::SecretsManager::Secret": "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
}

// leaving says what becomes of keys that slots leave, and of who used them.
func (m *maker) leaving() {
	m.losses()
	m.former()
}

// losses says what slots lose that leave a key of the customer for one of AWS, or that others lose
// by a key that AWS manages.
func (m *maker) losses() {
	if !m.Target.Aim.OfAWS() {
		return
	}
	e := estate.New(m.Inventory, m.Catalog)
	for _, c := range m.chosen {
		if c.subject.Why != "" {
			continue
		}
		general := lostToOwned
		if c.owner == catalog.OwnerAWSManaged {
			general = lostToManaged
		}
		if m.Inventory.Key(c.subject.From) != nil {
			m.open("%s", general)
		}
		if group := c.resource.Tags.Known[m.IsolationTag]; group != "" {
			m.open("%s is of isolation group %q: no key keeps it apart from the other groups any more", c.subject.Title, group)
		}
		m.lossOf(e, c)
	}
	m.plan.Open = distinct(m.plan.Open)
}

// lossOf says who else has to do with a slot that goes under a key of AWS.
func (m *maker) lossOf(e *estate.Estate, c *choice) {
	own := admitted(c.resource.Policy, c.subject.Account)
	var key others
	if k := m.Inventory.Key(c.subject.From); k != nil && k.Manager.Or(catalog.OwnerCustomer) == catalog.OwnerCustomer {
		key = m.admittedByKey(e, k, c)
	}
	if c.owner == catalog.OwnerAWSManaged {
		if who := m.callersOf(e, c, own.with(key)); len(who) > 0 {
			m.open("%s: its policy or that of its key lets in %s; that of %s does not%s, and nobody can change it (%s)",
				c.subject.Title, inWords(who), c.offer.Alias, exception(c.entry.Type), cmp.Or(shut[c.entry.Type], c.offer.Source))
		}
		return
	}
	own.accounts = slices.DeleteFunc(own.accounts, func(a string) bool { return key.any || slices.Contains(key.accounts, a) })
	if own.any = own.any && !key.any; own.any || len(own.accounts) > 0 {
		own.services = nil
		m.open("%s: its policy lets in %s, whom the policy of its key kept out; without that key nothing does", c.subject.Title, inWords(own.list()))
	}
}

// exception says who of those who cannot use a key is not concerned.
func exception(typ string) string {
	if typ == "AWS::S3::Bucket" {
		return " (new objects are under it unless the request names another key)"
	}
	return ""
}

// others are those outside an account whom a policy lets in.
type others struct {
	accounts []string // ids, and ARNs of single principals
	services []string
	any      bool
}

func (o others) with(more others) others {
	out := others{slices.Concat(o.accounts, more.accounts), slices.Concat(o.services, more.services), o.any || more.any}
	slices.Sort(out.accounts)
	slices.Sort(out.services)
	out.accounts, out.services = slices.Compact(out.accounts), slices.Compact(out.services)
	return out
}

// list are they in words.
func (o others) list() (out []string) {
	out = append(out, o.services...)
	for _, a := range o.accounts {
		if !strings.HasPrefix(a, "arn:") {
			a = "account " + a
		}
		out = append(out, a)
	}
	if o.any {
		out = append(out, "whoever else its conditions fit")
	}
	return out
}

// callersOf are others in words, with those of the inventory who can use the slot's key instead of
// their account.
func (m *maker) callersOf(e *estate.Estate, c *choice, o others) (out []string) {
	for i, account := range o.accounts {
		var ids, found []string
		for _, p := range m.Inventory.Parts().Principals {
			if p.Kind != inventory.Group && p.Account.Or("") == account {
				ids = append(ids, p.ID)
			}
		}
		if len(ids) > 0 && m.Inventory.Key(c.subject.From) != nil {
			for _, action := range []string{"kms:Decrypt", "kms:GenerateDataKey"} {
				found = append(found, e.Reach(c.subject.From, action, ids)...)
			}
		}
		slices.Sort(found)
		if found = slices.Compact(found); len(found) > 0 {
			o.accounts = slices.Clone(o.accounts)
			o.accounts[i] = account + " (" + few(found) + ")"
		}
	}
	return o.list()
}

// few are the first of a list in words.
func few(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

func inWords(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// admittedByKey are those whom the policy and the grants of a slot's key let in. Services that
// other slots of the key need are not meant by it.
func (m *maker) admittedByKey(e *estate.Estate, k *inventory.Key, c *choice) others {
	out := admitted(k.Policy, c.subject.Account)
	for _, g := range m.Inventory.Parts().Grants {
		a, err := arn.Parse(g.Grantee.Or(""))
		if g.Key == k.ID && err == nil && a.Account != "" && a.Account != c.subject.Account {
			out.accounts = append(out.accounts, g.Grantee.Or(""))
		}
	}
	needs := func(s *catalog.Slot, service string) bool {
		return slices.ContainsFunc(s.Needs, func(n catalog.Need) bool {
			return catalog.ServicePrincipal(n.Who, c.subject.Region) == "service:"+service
		})
	}
	out.services = slices.DeleteFunc(out.services, func(service string) bool {
		return !needs(c.slot, service) && slices.ContainsFunc(e.Slots(k.ID), func(r estate.SlotRef) bool { return r.Slot != nil && needs(r.Slot, service) })
	})
	return out
}

// admitted are those outside an account, and the services, whom the statements of a policy let in.
func admitted(v inventory.Value[inventory.Policy], account string) (out others) {
	text, ok := v.Get()
	if !ok {
		return out
	}
	doc, err := policy.Parse(text.Text)
	if err != nil {
		return out // the audit says so
	}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect != policy.Allow {
			continue
		}
		within := slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return ofAccount(c, account) })
		if s.NotPrincipals != nil {
			out.any = out.any || !within
		}
		if s.Principals == nil {
			continue
		}
		out.any = out.any || s.Principals.Any && !within
		out.services = append(out.services, s.Principals.Service...)
		for _, p := range s.Principals.AWS {
			a, err := arn.Parse(p)
			switch {
			case p == "*":
				out.any = out.any || !within
			case err == nil && a.Account != "" && a.Account != account && a.Resource == "root":
				out.accounts = append(out.accounts, a.Account)
			case err == nil && a.Account != "" && a.Account != account, err != nil && len(p) == len(account) && p != account:
				out.accounts = append(out.accounts, p)
			}
		}
	}
	return others{}.with(out)
}

// ofAccount says whether a condition lets in nobody but principals, or resources, of an account.
func ofAccount(c policy.Condition, account string) bool {
	known := []string{"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount", "aws:principalarn", "aws:sourcearn"}
	if c.Operator.Negated() || c.Operator.IfExists || c.Operator.Set == "ForAllValues" || !slices.Contains(known, strings.ToLower(c.Key)) || len(c.Values) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.Values, func(v string) bool {
		a, err := arn.Parse(v)
		return v != account && (err != nil || a.Account != account)
	})
}

// former says of each key that slots leave who uses it afterwards.
func (m *maker) former() {
	left := map[string][]string{}
	for _, c := range m.chosen {
		k := m.Inventory.Key(c.subject.From)
		if c.subject.Why == "" && k != nil && k.Manager.Or(catalog.OwnerCustomer) == catalog.OwnerCustomer && c.subject.To != c.subject.From {
			left[k.ID] = append(left[k.ID], c.subject.Title+", "+c.subject.Slot)
		}
	}
	if len(left) == 0 {
		return
	}
	e := estate.New(m.planned, m.Catalog)
	parts := m.Inventory.Parts()
	for i := range parts.Keys {
		k := &parts.Keys[i]
		if left[k.ID] == nil {
			continue
		}
		f := Former{Key: k.ARN.Or(k.ID), Name: estate.KeyName(k), Left: left[k.ID]}
		for _, r := range e.Slots(k.ID) {
			title := r.Resource.Type
			if entry := m.Catalog.Type(r.Resource.Type); entry != nil {
				title = entry.Title
			}
			f.Users = append(f.Users, fmt.Sprintf("%s %q, %s", title, cmp.Or(r.Resource.Name.Or(""), r.Resource.ID), r.Name))
		}
		m.plan.Former = append(m.plan.Former, f)
	}
}
