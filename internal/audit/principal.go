package audit

import (
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/arn"
)

// who is an AWS principal of a statement as far as its text tells.
type who struct {
	kind    whoKind
	account string // 12 digits; empty: the key's own account, or not known
	why     string // of unknownWho
}

type whoKind uint8

const (
	everyone    whoKind = iota + 1
	accountRoot         // the account as a whole
	person              // a user, role or session
	unknownWho
	deletedWho // the bare unique id of a deleted identity
	invalidWho
)

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	// uniqueID: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	uniqueID = regexp.MustCompile(`^(AIDA|AROA|AGPA|ANPA)[A-Z0-9]{12,}$`)
)

// readPrincipal reads one entry of {"AWS": …}.
func readPrincipal(s string) who {
	switch {
	case s == "*":
		return who{kind: everyone}
	case accountID.MatchString(s):
		return who{kind: accountRoot, account: s}
	case s == tokenAccount:
		return who{kind: accountRoot}
	case uniqueID.MatchString(s):
		return who{kind: deletedWho}
	}
	a, err := arn.Parse(s)
	if err != nil {
		return readToken(s)
	}
	if a.Service != "iam" && a.Service != "sts" || strings.Contains(a.Resource+a.Account, "*") {
		return who{kind: invalidWho}
	}
	w := who{kind: person, account: a.Account}
	if a.Resource == "root" {
		w.kind = accountRoot
	}
	switch {
	case a.Account == tokenAccount:
		w.account = ""
	case arn.IsToken(a.Account):
		return who{kind: unknownWho, why: firstText(unknownPart(a.Account), "its account is not known")}
	case !accountID.MatchString(a.Account):
		// arn:aws:iam::cloudfront:user/… and the like: AWS's own accounts.
		w.account = ""
	}
	return w
}

// readToken reads a text that is no ARN: a reference to an identity of the inputs,
// or something unknown.
func readToken(s string) who {
	if strings.Contains(s, tokenUnknown) {
		return who{kind: unknownWho, why: unknownPart(s)}
	}
	if strings.HasPrefix(s, tokenRef) && strings.IndexByte(s, '}') == len(s)-1 {
		return who{kind: person}
	}
	if arn.IsToken(s) {
		return who{kind: unknownWho, why: firstText(unknownPart(s), "it depends on where the policy is deployed")}
	}
	return who{kind: invalidWho}
}
