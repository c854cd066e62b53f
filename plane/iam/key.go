package iam

import (
	"regexp"

	"github.com/bedlock/bedlock/plane"
)

// createKey makes an access key of a user by its unique id, of the root user for an empty
// one.
func (c *change) createKey(user string) (*accessKey, error) {
	id, err := newKeyID(c.service.random, c.id)
	if err != nil {
		return nil, err
	}
	secret, err := newSecret(c.service.random)
	if err != nil {
		return nil, err
	}
	return c.addKey(user, KeySeed{id, secret})
}

func (c *change) addKey(user string, key KeySeed) (*accessKey, error) {
	if len(c.keysOf(user)) >= maxKeys {
		return nil, limitExceeded("AccessKeysPerUser", maxKeys)
	}
	if _, taken := c.service.keys.Load(key.ID); taken || c.keys[key.ID] != nil {
		return nil, alreadyExists("The Access Key with id %s already exists.", key.ID)
	}
	k := &accessKey{ID: key.ID, User: user, Active: true, Created: c.now, secret: key.Secret}
	k.Sealed = c.service.seal.Seal(nil, nil, []byte(key.Secret), place(c.id+"/"+key.ID))
	c.putKey(k)
	return k, nil
}

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9]{16,128}$`)

// checkKey refuses what no access key is. The secret is not quoted.
func checkKey(k KeySeed) error {
	if !keyPattern.MatchString(k.ID) {
		return invalid("access key id", k.ID, "16 to 128 letters and digits")
	}
	if k.Secret == "" {
		return &plane.Error{Status: 400, Code: "ValidationError", Message: "access key " + k.ID + ": it has no secret"}
	}
	return nil
}
