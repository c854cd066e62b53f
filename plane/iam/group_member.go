package iam

import "slices"

// join puts a user into a group.
func (c *change) join(user *entity, group string) error {
	g := c.entity(kindGroup, group)
	if g == nil {
		return noSuch(kindGroup, group)
	}
	if slices.Contains(user.Groups, g.ID) {
		return nil
	}
	if len(user.Groups) >= maxGroups {
		return limitExceeded("GroupsPerUser", maxGroups)
	}
	n := user.clone()
	n.Groups = append(n.Groups, g.ID)
	c.put(user, n)
	return nil
}
