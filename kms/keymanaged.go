package kms

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/kms/material"
)

// managedKeys are the services whose AWS managed keys every account has an alias for, with
// what the key's description says that it protects, and the name in kms:ViaService where
// it is another. The list is ours: which aliases an account shows from its beginning is
// unconfirmed.
var managedKeys = []struct{ service, protects, via string }{
	{"acm", "ACM private keys", ""},
	{"backup", "Backup data", ""},
	{"dynamodb", "DynamoDB data", ""},
	{"ebs", "EBS volumes", "ec2"},
	{"elasticfilesystem", "EFS filesystems", ""},
	{"glue", "Glue data", ""},
	{"lambda", "Lambda functions", ""},
	{"rds", "RDS database volumes", ""},
	{"s3", "S3 objects", ""},
	{"sns", "SNS data", ""},
	{"sqs", "SQS messages", ""}, // unconfirmed text
	{"ssm", "SSM parameters", ""},
	{"secretsmanager", "Secrets Manager secrets", ""}, // unconfirmed text
}

const managedPrefix = "alias/aws/"

// managedAliases are the names of the aliases of AWS managed keys.
func managedAliases() []string {
	out := make([]string, len(managedKeys))
	for i, m := range managedKeys {
		out[i] = managedPrefix + m.service
	}
	return out
}

// managedAlias reports whether the caller names one of its account's AWS managed keys by
// alias, and of which service.
func managedAlias(c *Call, name string) (service string, ok bool) {
	if strings.HasPrefix(name, "arn:") {
		a, err := arn.Parse(name)
		if err != nil || a.Service != "kms" || a.Account != c.Account || a.Region != c.Region {
			return "", false
		}
		name = a.Resource
	}
	service, ok = strings.CutPrefix(name, managedPrefix)
	return service, ok && slices.Contains(managedAliases(), name)
}

// Managed returns the AWS managed key of a service in an account and Region, and makes it
// when it does not exist yet. service is the end of the alias: ebs, s3 …; services that
// have no AWS managed key are an error.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
func (s *Service) Managed(ctx context.Context, account, region, service string) (*Key, error) {
	i := slices.Index(managedAliases(), managedPrefix+service)
	if i < 0 {
		return nil, fmt.Errorf("aws managed key %s: there is no such service", service)
	}
	a := named(&Call{Account: account, Region: region}, managedPrefix+service)
	if k := s.managedKey(a); k != nil {
		return k, nil
	}
	m, err := material.Generate(material.Symmetric)
	if err != nil {
		return nil, internal(err)
	}
	s.several.Lock()
	defer s.several.Unlock()
	if k := s.managedKey(a); k != nil {
		return k, nil
	}
	now := s.instant()
	k := Key{
		Account: account, Region: region, Partition: a.Partition, Created: now, Spec: material.Symmetric, Usage: material.EncryptDecrypt,
		Origin: OriginKMS, State: Enabled, Manager: "AWS", Service: service,
		Description: "Default key that protects my " + managedKeys[i].protects + " when no other key is defined",
		Rotation:    true, RotationPeriod: yearlyRotation, NextRotation: now.AddDate(0, 0, yearlyRotation),
	}
	if k.ID, err = s.newKeyID(false); err != nil {
		return nil, err
	}
	k.Policy = managedPolicy(&k, managedVia(service))
	if k.Current, err = material.MaterialID(k.ID, m); err != nil {
		return nil, internal(err)
	}
	k.Materials = []Generation{{ID: k.Current, State: "CURRENT", Created: now}}
	a.Key, a.Created, a.Updated = k.ID, now, now
	name, err := a.record()
	if err != nil {
		return nil, err
	}
	v := (&version{materials: map[string]*material.Material{k.Current: m}, aliases: []string{a.Name}}).with(k)
	if _, err := s.insert(ctx, v, s.materialRecord(&k, k.Current, m), name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.enterAlias(a)
	s.mu.Unlock()
	return &v.Key, nil
}

// managedVia is the name of a service in kms:ViaService.
func managedVia(service string) string {
	for _, m := range managedKeys {
		if m.service == service && m.via != "" {
			return m.via
		}
	}
	return service
}

func (s *Service) managedKey(a *Alias) *Key {
	s.mu.RLock()
	defer s.mu.RUnlock()
	known := s.aliases[aliasID{a.Account, a.Region, a.Name}]
	if known == nil {
		return nil
	}
	return &s.keys[keyID{a.Account, a.Region, known.Key}].now.Load().Key
}
