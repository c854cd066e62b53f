package sts

import (
	"context"
	"maps"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// opened is a token that was opened, and the caller that was made of it.
type opened struct {
	id      string
	session *session
	inline  *authz.Policy
	made    atomic.Pointer[made]
}

// made is a caller with what it was made of. It is good while the directory answers the
// same.
type made struct {
	of      subject
	managed []*authz.Policy
	caller  *plane.Caller
}

// subject is whose session it is: a role or user, or else a root user.
type subject struct {
	entity *Entity
	root   *plane.Caller
}

// Caller returns who holds an access key, long-term or temporary, as [plane.Identities]
// says. A session whose role or user is gone, or was made anew, is [sigv4.ErrTokenInvalid]
// (AWS documents that it ends, not with which error).
func (s *Service) Caller(ctx context.Context, accessKeyID, token string) (*plane.Caller, error) {
	if token == "" || !strings.HasPrefix(accessKeyID, "ASIA") {
		return s.directory.Caller(ctx, accessKeyID, token)
	}
	o := s.opened.get(token)
	if o == nil {
		of, err := s.open(token, accessKeyID)
		if err != nil {
			return nil, sigv4.ErrTokenInvalid
		}
		if o, err = newOpened(accessKeyID, of); err != nil {
			return nil, sigv4.ErrTokenInvalid
		}
		s.opened.put(token, o)
	}
	if o.id != accessKeyID {
		return nil, sigv4.ErrTokenInvalid
	}
	if s.now().Unix() >= o.session.Expires {
		return &plane.Caller{Secret: o.session.Secret}, sigv4.ErrTokenExpired
	}
	who, ok := s.subject(o.session)
	if !ok {
		return &plane.Caller{Secret: o.session.Secret}, sigv4.ErrTokenInvalid
	}
	if m := o.made.Load(); m != nil && m.of == who && s.sameManaged(o.session, m.managed) {
		return m.caller, nil
	}
	m := s.build(o, who)
	o.made.Store(m)
	return m.caller, nil
}

func newOpened(id string, of *session) (*opened, error) {
	o := &opened{id: id, session: of}
	if of.Policy != "" {
		doc, err := policy.Parse(of.Policy)
		if err != nil {
			return nil, err
		}
		o.inline = authz.Compile("session policy", doc)
	}
	return o, nil
}

// subject looks up whose session it is. It is not ok for a role or user that is gone.
func (s *Service) subject(of *session) (subject, bool) {
	switch of.Kind {
	case roleSession:
		e := s.directory.Role(of.Account, of.Name)
		return subject{entity: e}, e != nil && e.ID == of.ID
	case userSession, federatedUser:
		e := s.directory.User(of.Account, of.Name)
		return subject{entity: e}, e != nil && e.ID == of.ID
	case rootSession, federatedRoot:
		root := s.directory.Root(of.Account)
		return subject{root: root}, root != nil
	}
	return subject{}, false
}

func (s *Service) sameManaged(of *session, before []*authz.Policy) bool {
	for i, name := range of.PolicyARNs {
		if s.directory.ManagedPolicy(of.Account, name) != before[i] {
			return false
		}
	}
	return true
}

// everything is what a root user may.
var everything = compile("root user", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)

func compile(name, text string) *authz.Policy {
	doc, err := policy.Parse(text)
	if err != nil {
		panic(err) // the text is ours
	}
	return authz.Compile(name, doc)
}

// build makes the caller of a session.
func (s *Service) build(o *opened, who subject) *made {
	of, m := o.session, &made{of: who}
	c := &plane.Caller{Secret: of.Secret, Principal: principal(of, who), Context: authz.Context{}}
	if who.entity != nil {
		c.Layers = who.entity.Layers
		maps.Copy(c.Context, who.entity.Context)
		for key, v := range who.entity.Tags {
			c.Context["aws:principaltag/"+strings.ToLower(key)] = one(v)
		}
	} else {
		c.Layers = who.root.Layers
		maps.Copy(c.Context, who.root.Context)
		if of.Kind == federatedRoot {
			c.Layers.Identity = []*authz.Policy{everything}
		}
	}
	for _, t := range of.Tags {
		c.Context["aws:principaltag/"+strings.ToLower(t.Key)] = one(t.Value)
	}
	created := time.Unix(of.Issued, 0).UTC().Format(time.RFC3339)
	c.Context["aws:tokenissuetime"] = one(created)
	c.Context["aws:multifactorauthpresent"] = one("false")
	if of.SourceIdentity != "" {
		c.Context["aws:sourceidentity"] = one(of.SourceIdentity)
	}
	if o.inline != nil || len(of.PolicyARNs) > 0 {
		c.Layers.Session = []*authz.Policy{}
	}
	if o.inline != nil {
		c.Layers.Session = append(c.Layers.Session, o.inline)
	}
	for _, name := range of.PolicyARNs {
		p := s.directory.ManagedPolicy(of.Account, name)
		if m.managed = append(m.managed, p); p != nil {
			c.Layers.Session = append(c.Layers.Session, p)
		}
	}
	c.Session = sessionOf(of, who, created)
	m.caller = c
	return m
}

func principal(of *session, who subject) authz.Principal {
	if who.root != nil {
		p := who.root.Principal
		if of.Kind == federatedRoot {
			p = authz.Principal{Kind: authz.Federated, ARN: sessionARN(p.ARN, of.Account, "federated-user/"+of.Session), Parent: p.ARN, Account: p.Account, Management: p.Management}
		}
		return p
	}
	e := who.entity
	p := authz.Principal{Kind: authz.User, ARN: e.ARN, Account: e.Account, ID: e.ID, Management: e.Management}
	switch of.Kind {
	case roleSession:
		p.Kind, p.Role, p.ID = authz.Session, e.ARN, e.ID+":"+of.Session
		p.ARN = sessionARN(e.ARN, e.Account, "assumed-role/"+e.Name+"/"+of.Session)
		p.ServiceLinked = strings.Contains(e.ARN, ":role/aws-service-role/")
	case federatedUser:
		p.Kind, p.Parent = authz.Federated, e.ARN
		p.ARN = sessionARN(e.ARN, e.Account, "federated-user/"+of.Session)
	}
	return p
}

func sessionOf(of *session, who subject, created string) *plane.Session {
	out := &plane.Session{Created: created, SourceIdentity: of.SourceIdentity}
	if who.entity != nil {
		out.Issuer, out.IssuerID = who.entity.ARN, who.entity.ID
	} else {
		out.Issuer, out.IssuerID = who.root.Principal.ARN, of.Account
	}
	for _, t := range of.Tags {
		if t.Transitive {
			if out.Transitive == nil {
				out.Transitive = map[string]string{}
			}
			out.Transitive[t.Key] = t.Value
		}
	}
	return out
}

// sessionARN is the ARN of a session in the partition of what it is of.
func sessionARN(of, account, resource string) string {
	a, _ := arn.Parse(of) // an ARN of the directory
	return arn.ARN{Partition: a.Partition, Service: "sts", Account: account, Resource: resource}.String()
}

func one(s string) authz.Value { return authz.Value{Values: []string{s}} }
