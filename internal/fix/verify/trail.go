package verify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// The bounds of what is asked of CloudTrail, which answers two requests a second with fifty
// events each: pages for one key, and uses that a record keeps of one subject.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
const (
	maxPages = 20
	maxUses  = 5
)

// event is what counts of a record of KMS.
// https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
type event struct {
	ID        string `json:"eventID"`
	Time      string `json:"eventTime"`
	Name      string `json:"eventName"`
	ErrorCode string `json:"errorCode"`
	Identity  struct {
		Type      string `json:"type"`
		ARN       string `json:"arn"`
		InvokedBy string `json:"invokedBy"`
	} `json:"userIdentity"`
	Parameters struct {
		Context     map[string]string `json:"encryptionContext"`
		Destination map[string]string `json:"destinationEncryptionContext"`
		Constraints struct {
			Subset map[string]string `json:"encryptionContextSubset"`
			Equals map[string]string `json:"encryptionContextEquals"`
		} `json:"constraints"`
	} `json:"requestParameters"`
}

// parse reads the text of a record; it is not ok for one that is no successful use.
func parse(text string) (u Use, ok bool) {
	var e event
	if json.Unmarshal([]byte(text), &e) != nil || e.ID == "" || e.ErrorCode != "" {
		return u, false
	}
	p := &e.Parameters
	for _, c := range []map[string]string{p.Context, p.Destination, p.Constraints.Equals, p.Constraints.Subset} {
		if u.Context == nil && len(c) > 0 {
			u.Context = c
		}
	}
	if u.Context == nil && !uses(e.Name) {
		return u, false
	}
	u.Event, u.Time, u.Operation = e.ID, e.Time, e.Name
	u.Principal, u.Service = cmp.Or(e.Identity.ARN, e.Identity.InvokedBy, e.Identity.Type), e.Identity.InvokedBy
	return u, true
}

// uses says whether an operation uses the material of a key.
func uses(operation string) bool {
	return strings.HasPrefix(operation, "GenerateDataKey") || slices.Contains([]string{"Encrypt", "Decrypt", "ReEncrypt", "CreateGrant"}, operation)
}

// uses looks for the keys in use, once for each key.
func (v *verifier) uses(ctx context.Context) {
	type under struct {
		fix.Place
		key string
	}
	byKey := map[under][]*Subject{}
	var order []under
	for i := range v.record.Subjects {
		s := &v.record.Subjects[i]
		if v.Plan.Subjects[i].Why != "" || v.Plan.Subjects[i].Owner != "" || s.Key == "" {
			continue
		}
		u := under{fix.Place{Account: s.Account, Region: s.Region}, s.Key}
		if byKey[u] == nil {
			order = append(order, u)
		}
		byKey[u] = append(byKey[u], s)
	}
	for _, u := range order {
		if ctx.Err() == nil {
			v.usesOf(ctx, u.Place, u.key, byKey[u])
		}
	}
}

func (v *verifier) usesOf(ctx context.Context, at fix.Place, key string, subjects []*Subject) {
	pages, others := 0, 0
	err := v.Estate.Pages(ctx, at, fix.Call{Service: "cloudtrail", Operation: "LookupEvents", Input: wire.Object{
		"LookupAttributes": []any{wire.Object{"AttributeKey": "ResourceName", "AttributeValue": key}},
		"StartTime":        v.Since.UTC().Truncate(time.Second), // as records have it
		"EndTime":          v.Now.UTC(),                         // not what this verification reads
	}}, func(page wire.Object) bool {
		pages++
		for _, e := range page.Objects("Events") {
			if u, ok := parse(e.Text("CloudTrailEvent")); ok && !v.give(subjects, u) {
				others++
			}
		}
		return pages < maxPages && slices.ContainsFunc(subjects, func(s *Subject) bool { return len(s.Uses) == 0 })
	})
	if err != nil {
		v.record.Unread = append(v.record.Unread, fmt.Sprintf("LookupEvents in account %s, %s: %v", at.Account, at.Region, err))
	}
	for _, s := range subjects {
		if len(s.Uses) > 0 {
			continue
		}
		s.Would = v.would(s)
		switch {
		case err != nil:
			s.Unused = "CloudTrail could not be asked"
		case pages == maxPages:
			s.Unused = fmt.Sprintf("not among the newest %d events of the key", maxPages*50)
		case others > 0:
			s.Unused = fmt.Sprintf("not yet used for this resource, as far as encryption contexts tell; %d other uses of the key", others)
		default:
			s.Unused = "not yet used"
		}
	}
}

// give gives a use to the subjects whose resource it names.
func (v *verifier) give(subjects []*Subject, u Use) (named bool) {
	for _, s := range subjects {
		r, slot := v.resources[s.Resource], v.slot(s)
		if r == nil || slot == nil {
			continue
		}
		if _, ok := audit.Names(slot, r, u.Context); ok {
			named = true
			if len(s.Uses) < maxUses {
				s.Uses = append(s.Uses, u)
			}
		}
	}
	return named
}

func (v *verifier) slot(s *Subject) *catalog.Slot {
	e := v.Catalog.Type(s.Type)
	if e == nil {
		return nil
	}
	name, _, _ := strings.Cut(s.Slot, "[")
	return e.Slot(name)
}

// would says what would use the key of a subject.
func (v *verifier) would(s *Subject) (out []string) {
	slot := v.slot(s)
	if slot == nil {
		return nil
	}
	for i := range slot.Needs {
		n := &slot.Needs[i]
		if !slices.ContainsFunc(n.Actions, uses) {
			continue
		}
		who := n.Who
		if kind, name, ok := strings.Cut(n.Who, ":"); ok && kind != "service" {
			who = kind + " " + name
		} else if ok {
			who = catalog.ServicePrincipal(name, s.Region)
		}
		text := fmt.Sprintf("%s, to %s: kms:%s", who, n.For, strings.Join(n.Actions, ", kms:"))
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
