package iam

// defaultSession is how long sessions of a role are unless it says otherwise, in seconds.
const defaultSession = 3600

// createPolicy makes a customer managed policy with its first version.
func (c *change) createPolicy(p *managedPolicy, document string) (*managedPolicy, error) {
	if c.policies[p.order()] != nil {
		return nil, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", p.Name)
	}
	if len(c.policies) >= maxPolicies {
		return nil, limitExceeded("PoliciesPerAccount", maxPolicies)
	}
	if err := checkTags(p.Tags, false); err != nil {
		return nil, err
	}
	id, err := newID(c.service.random, policyPrefix)
	if err != nil {
		return nil, err
	}
	p.ID, p.Account, p.Created, p.Updated, p.Default, p.Next = id, c.id, c.now, c.now, 1, 1
	if p.Path == "" {
		p.Path = "/"
	}
	sortTags(p.Tags)
	if _, err := c.addVersion(p, document); err != nil {
		return nil, err
	}
	c.putPolicy(p)
	return p, nil
}

// addVersion adds a version to a policy that is not published yet.
func (c *change) addVersion(p *managedPolicy, document string) (*policyVersion, error) {
	compiled, err := identityDocument(p.arn(), document)
	if err != nil {
		return nil, err
	}
	if size(document) > maxPolicySize {
		return nil, limitExceeded("PolicySize", maxPolicySize)
	}
	p.Versions = append(p.Versions, policyVersion{p.Next, document, c.now, compiled})
	p.Next++
	return &p.Versions[len(p.Versions)-1], nil
}
