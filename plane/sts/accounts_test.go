package sts

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestTrustDecidesTagging: tags and a source identity are given to a role by its trust
// policy, across accounts and within one, as the role itself is.
func TestTrustDecidesTagging(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", everyone)
	all := []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}
	first := l.role(home, "/", "first", trusts(rootOf(home), all...), everyone)
	second := l.role(abroad, "/", "second", trusts(first.ARN, all...))
	only := l.role(home, "/", "only", trusts(rootOf(home)))
	named := func(in *input) { in.SourceIdentity = aws.String("alice") }

	one := l.assumed(l.key("alice"), first, "one", tagged("Team", "blue"), transitive("Team"), named)
	l.arnOf(l.assumed(one, second, "two"))
	c := l.calls.last.Caller
	if got := c.Context["aws:principaltag/team"].Values; len(got) != 1 || got[0] != "blue" || c.Session.SourceIdentity != "alice" {
		t.Errorf("tag %q, source identity %q", got, c.Session.SourceIdentity)
	}
	_, err := l.assume(l.key("alice"), only, "one", tagged("Team", "blue"))
	cannot(t, err, "arn:aws:iam::111122223333:user/alice", "sts:TagSession", only.ARN, "")
	_, err = l.assume(l.key("alice"), only, "one", named)
	cannot(t, err, "arn:aws:iam::111122223333:user/alice", "sts:SetSourceIdentity", only.ARN, "")
}
