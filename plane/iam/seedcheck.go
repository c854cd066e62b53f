package iam

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// The patterns of IAM's model; the longest names are those of its API.
var (
	namePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathPattern = regexp.MustCompile(`^(/|/[!-~]+/)$`)
)

func invalid(what, value, want string) error {
	return validationError("%s %q: want %s", what, value, want)
}

func checkName(what, name, path string, longest int) error {
	if !namePattern.MatchString(name) || len(name) > longest {
		return invalid("name of a "+what, name, fmt.Sprintf("1 to %d letters, digits and +=,.@_-", longest))
	}
	if path != "" && (!pathPattern.MatchString(path) || len(path) > 512) {
		return invalid("path of "+what+" "+name, path, "up to 512 characters that begin and end with /")
	}
	return nil
}

// ensure makes what f makes, unless have says that it is there.
func (s *Service) ensure(ctx context.Context, id string, have func(*account) bool, f func(*change) error) error {
	return s.change(ctx, id, func(c *change) error {
		if have(c.account) {
			return nil
		}
		return f(c)
	})
}

// fill gives a new entity its policies.
func (c *change) fill(k kind, name string, policies map[string]string, attached []string) error {
	for _, policy := range slices.Sorted(maps.Keys(policies)) {
		if err := checkName("policy", policy, "", 128); err != nil {
			return err
		}
		if err := c.putInline(c.entity(k, name), policy, policies[policy]); err != nil {
			return fmt.Errorf("policy %s: %w", policy, err)
		}
	}
	for _, arn := range attached {
		if err := c.attach(c.entity(k, name), arn); err != nil {
			return err
		}
	}
	return nil
}
