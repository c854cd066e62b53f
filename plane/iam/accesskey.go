package iam

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/bedlock/bedlock/plane"
)

// accessKeyShape is AccessKey and AccessKeyMetadata of the API. The root user's have no
// name.
type accessKeyShape struct {
	UserName            string `json:",omitempty"`
	AccessKeyId, Status string
	SecretAccessKey     string `json:",omitempty"`
	CreateDate          time.Time
}

// accessKeyMetadata is an access key without its secret.
type accessKeyMetadata struct {
	UserName            string `json:",omitempty"`
	AccessKeyId, Status string
	CreateDate          time.Time
}

type accessKeyOutput struct{ AccessKey accessKeyShape }

type accessKeyList struct {
	AccessKeyMetadata []accessKeyMetadata
	IsTruncated       bool
	Marker            string `json:",omitempty"`
}

type accessKeyLastUsed struct {
	LastUsedDate        *time.Time `json:",omitempty"`
	ServiceName, Region string
}

type accessKeyLastUsedOutput struct {
	UserName          string `json:",omitempty"`
	AccessKeyLastUsed accessKeyLastUsed
}

func (s *Service) accessKeyOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "CreateAccessKey", func(ctx context.Context, c *plane.Call, in *userName) (*accessKeyOutput, error) {
		out := &accessKeyOutput{}
		return out, s.change(ctx, c.Account, func(ch *change) error {
			owner, err := s.owner(ctx, c, ch.account, in.UserName)
			if err != nil {
				return err
			}
			k, err := ch.createKey(owner.ID)
			if err != nil {
				return err
			}
			out.AccessKey = accessKeyShape{owner.Name, k.ID, k.status(), k.secret, k.Created}
			return nil
		})
	})
	plane.AddQuerySilent(t, "UpdateAccessKey", func(ctx context.Context, c *plane.Call, in *struct{ UserName, AccessKeyId, Status string }) error {
		return s.editKey(ctx, c, in.UserName, in.AccessKeyId, func(ch *change, k *accessKey) error {
			n := *k
			switch in.Status {
			case "Active", "Inactive":
				n.Active = in.Status == "Active"
			default:
				return validationError("Invalid Status value: %s", in.Status) // AWS sets Expired by itself
			}
			ch.putKey(&n)
			return nil
		})
	})
	plane.AddQuerySilent(t, "DeleteAccessKey", func(ctx context.Context, c *plane.Call, in *struct{ UserName, AccessKeyId string }) error {
		return s.editKey(ctx, c, in.UserName, in.AccessKeyId, func(ch *change, k *accessKey) error {
			ch.removeKey(k)
			return nil
		})
	})
	plane.AddQuery(t, "ListAccessKeys", s.listAccessKeys)
	plane.AddQuery(t, "GetAccessKeyLastUsed", s.getAccessKeyLastUsed)
}

// owner authorizes a call on the access keys of a user and returns it: the caller for an
// empty name. The root user is an entity without name and id.
func (s *Service) owner(ctx context.Context, c *plane.Call, a *account, name string) (*entity, error) {
	if name == "" {
		var err error
		if name, err = implied(c); err != nil {
			return nil, err
		}
	}
	if name == "" {
		return &entity{}, s.allow(ctx, c, c.Caller.Principal.ARN, "", nil)
	}
	return s.find(ctx, c, a, kindUser, name, nil)
}

func (s *Service) editKey(ctx context.Context, c *plane.Call, user, id string, f func(*change, *accessKey) error) error {
	return s.change(ctx, c.Account, func(ch *change) error {
		owner, err := s.owner(ctx, c, ch.account, user)
		if err != nil {
			return err
		}
		k := ch.keys[id]
		if k == nil || k.User != owner.ID {
			return noSuchEntity("The Access Key with id %s cannot be found.", id)
		}
		return f(ch, k)
	})
}

func (s *Service) listAccessKeys(ctx context.Context, c *plane.Call, in *userPage) (*accessKeyList, error) {
	a := s.view(c.Account)
	owner, err := s.owner(ctx, c, a, in.UserName)
	if err != nil {
		return nil, err
	}
	all, next, err := paginate(a.keysOf(owner.ID), (*accessKey).order, in.Marker, in.MaxItems)
	out := &accessKeyList{AccessKeyMetadata: []accessKeyMetadata{}, IsTruncated: next.IsTruncated, Marker: next.Marker}
	for _, k := range all {
		out.AccessKeyMetadata = append(out.AccessKeyMetadata, accessKeyMetadata{owner.Name, k.ID, k.status(), k.Created})
	}
	return out, err
}

// getAccessKeyLastUsed answers for keys of the caller's account. Of others AWS says that
// the caller may not, in words of its own.
func (s *Service) getAccessKeyLastUsed(ctx context.Context, c *plane.Call, in *struct{ AccessKeyId string }) (*accessKeyLastUsedOutput, error) {
	a := s.view(c.Account)
	k := a.keys[in.AccessKeyId]
	if k == nil {
		return nil, &plane.Error{
			Status: http.StatusForbidden, Code: "AccessDenied",
			Message: "User: " + c.Caller.Principal.ARN + " is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key " + in.AccessKeyId,
		}
	}
	out := &accessKeyLastUsedOutput{AccessKeyLastUsed: accessKeyLastUsed{ServiceName: "N/A", Region: "N/A"}}
	resource, called := a.arnOf("root"), ""
	if k.User != "" {
		user := a.byID(kindUser, k.User)
		out.UserName, resource, called = user.Name, user.arn(), "user "+user.Name
	}
	if err := s.allow(ctx, c, resource, called, nil); err != nil {
		return nil, err
	}
	if last, used := s.lastUse(k.ID); used {
		out.AccessKeyLastUsed = accessKeyLastUsed{&last.At, last.Service, last.Region}
	}
	return out, nil
}

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
