package fix

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// users are those who need the key of a slot and are known: roles that its resource names, and
// callers that the plan is made for.
func (m *maker) users(c *choice) (out []string) {
	if c.group == nil || c.group.key == "" {
		return nil
	}
	for i := range c.slot.Needs {
		n := &c.slot.Needs[i]
		if n.Who == "caller" {
			for j := range m.Callers {
				if m.Callers[j].needs(c.resource.Type, n.For) {
					out = append(out, m.Callers[j].ARN)
				}
			}
		}
		for _, p := range RolesOf(m.Inventory, c.resource, n) {
			if full := p.ARN.Or(""); full != "" {
				out = append(out, full)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// RolesOf are the roles of the inventory by which a resource meets a need.
func RolesOf(inv *inventory.Inventory, r *inventory.Resource, n *catalog.Need) (out []*inventory.Principal) {
	role, ok := strings.CutPrefix(n.Who, "role:")
	if !ok {
		return nil
	}
	for i := range r.Roles {
		if p := inv.Principal(r.Roles[i].Principal); p != nil && bare(r.Roles[i].Name) == role {
			out = append(out, p)
		}
	}
	return out
}

// contentOnly are types whose key is used with content alone: to name it needs no use of it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
var contentOnly = []string{"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"}

// Configures says whether a service may meet a need in the name of whoever changes a resource of a
// type, and not only of those who use its content.
func Configures(n *catalog.Need, typ string) bool {
	switch {
	case n.Who != "caller", n.For == "use" && slices.Contains(contentOnly, typ):
		return false
	case n.For == "read":
		// Lambda decrypts the environment for whoever changes the configuration; what others
		// read is their content.
		return typ == "AWS::Lambda::Function"
	}
	return slices.Contains([]string{"create", "validate", "grant", "use"}, n.For)
}
