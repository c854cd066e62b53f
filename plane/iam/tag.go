package iam

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

func number(n int) string { return strconv.Itoa(n) }

// checkTags refuses a key that is there twice. Keys of users and roles are not told apart
// by case, those of policies are:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
func checkTags(tags []Tag, fold bool) error {
	seen := map[string]bool{}
	for _, t := range tags {
		key := foldKey(t.Key, fold)
		if seen[key] && fold {
			return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if seen[key] {
			return invalidInput("Duplicate tag keys found.")
		}
		seen[key] = true
	}
	if len(tags) > maxTags {
		return limitExceeded("TagsPerEntity", maxTags) // the name is not confirmed
	}
	return nil
}

func foldKey(key string, fold bool) string {
	if fold {
		return strings.ToLower(key)
	}
	return key
}

func sortTags(tags []Tag) {
	slices.SortFunc(tags, func(x, y Tag) int { return strings.Compare(x.Key, y.Key) })
}

// merged are tags with more, which win.
func merged(tags, more []Tag, fold bool) ([]Tag, error) {
	if err := checkTags(more, fold); err != nil {
		return nil, err
	}
	var keys []string
	for _, t := range more {
		keys = append(keys, t.Key)
	}
	out := append(without(tags, keys, fold), more...)
	sortTags(out)
	return out, checkTags(out, fold)
}

// without are tags without some keys.
func without(tags []Tag, keys []string, fold bool) []Tag {
	var out []Tag
	for _, t := range tags {
		gone := slices.ContainsFunc(keys, func(key string) bool { return foldKey(key, fold) == foldKey(t.Key, fold) })
		if !gone {
			out = append(out, t)
		}
	}
	return out
}

// requestTags are the condition keys of tags in a request.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
func requestTags(tags []Tag) authz.Context {
	if len(tags) == 0 {
		return nil
	}
	out := authz.Context{}
	var keys []string
	for _, t := range tags {
		out["aws:requesttag/"+strings.ToLower(t.Key)] = one(t.Value)
		keys = append(keys, t.Key)
	}
	out["aws:tagkeys"] = authz.Value{Values: keys}
	return out
}

func tagKeys(keys []string) authz.Context {
	return authz.Context{"aws:tagkeys": authz.Value{Values: keys}}
}

// resourceTags adds the condition keys of a resource's tags.
func resourceTags(to authz.Context, tags []Tag) {
	for _, t := range tags {
		key := strings.ToLower(t.Key)
		to["aws:resourcetag/"+key], to["iam:resourcetag/"+key] = one(t.Value), one(t.Value)
	}
}
