package fix

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
)

var aliasForm = regexp.MustCompile(`^alias/[a-zA-Z0-9/_{}-]+$`)

// The bounds of KMS.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
const (
	leastRotation, mostRotation = 90, 2560
	leastDeletion, mostDeletion = 7, 30
)

// validate reports every problem at once.
func (t *Target) validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch t.Aim {
	case Existing:
		if _, err := arn.Parse(t.Key); err != nil {
			bad("key %q: name it by its ARN", t.Key)
		}
	case Default, AWSOwned, AWSManaged:
	case New:
		switch t.Per {
		case PerRegion, PerIsolation, PerResource:
		default:
			bad("a key per %q: a key is made per region, isolation-group or resource", t.Per)
		}
		if !aliasForm.MatchString(t.Alias) || strings.HasPrefix(t.Alias, "alias/aws/") {
			bad("alias %q: an alias begins with alias/, not with alias/aws/, and has letters, digits, /, _ and -", t.Alias)
		}
		if t.Per != PerRegion && !strings.Contains(t.Alias, "{group}") {
			bad("alias %q: with a key per %s it needs {group}, which tells the keys apart", t.Alias, t.Per)
		}
		if t.RotationDays != 0 && (t.RotationDays < leastRotation || t.RotationDays > mostRotation) {
			bad("rotation every %d days: KMS rotates every %d to %d days", t.RotationDays, leastRotation, mostRotation)
		}
		if t.DeletionDays != 0 && (t.DeletionDays < leastDeletion || t.DeletionDays > mostDeletion) {
			bad("a deletion window of %d days: KMS waits %d to %d days", t.DeletionDays, leastDeletion, mostDeletion)
		}
		for _, k := range slices.Sorted(maps.Keys(t.Tags)) {
			if strings.HasPrefix(k, "aws:") {
				bad("tag %q: names with aws: belong to AWS", k)
			}
		}
	default:
		bad("target %q: a target is existing, new, default, aws-owned or aws-managed", t.Aim)
	}
	return errors.Join(errs...)
}
