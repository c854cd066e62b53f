package emulate

import (
	"crypto/rand"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/records"
)

// World is what the services of a plane share.
type World struct {
	Records    *records.Store
	Keys       *behalf.Keys
	KMS        *kms.Service
	IAM        *iam.Service
	Authorizer *plane.Authorizer
	// Settle is how long changes of a status take: until then a resource is CREATING, say.
	// 0: the answer that makes it says so, and the next one that it is there.
	Settle time.Duration
	// Random is the source of ids; nil: crypto/rand.
	Random io.Reader
	// Sessions are the sessions of roles that services assume.
	Sessions behalf.Sessions
	// Collections are those of OpenSearch Serverless, which sets it.
	Collections Collections
	// Observers are shown what services do in others.
	Observers []plane.Observer
	// MadeUp: the contents of resources are made up, so that what they are like is not checked.
	MadeUp bool
	// Unlimited: the quotas on how many resources an account has, which AWS raises on request, do not
	// count.
	Unlimited bool

	services map[string]*Service
	expected []string
}

// Now is the time of the world's clock.
func (w *World) Now() time.Time { return w.Records.Now() }

// The alphabets of ids.
const (
	UpperDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	LowerDigits = "abcdefghijklmnopqrstuvwxyz0123456789"
	Letters     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	Hex         = "0123456789abcdef"
)

// Expect has the next ids that could be one of these be it, each once: those of a resource that
// is made as it is somewhere else. Without any, ids are random again. The world must not be in use
// meanwhile.
func (w *World) Expect(ids ...string) { w.expected = ids }

// take returns the first expected id of a form, and expects it no more; empty: there is none.
func (w *World) take(fits func(id string) bool) string {
	i := slices.IndexFunc(w.expected, fits)
	if i < 0 {
		return ""
	}
	id := w.expected[i]
	w.expected = slices.Concat(w.expected[:i], w.expected[i+1:])
	return id
}

// ID makes a random id of so many characters of an alphabet.
func (w *World) ID(alphabet string, size int) string {
	if id := w.take(func(id string) bool { return len(id) == size && strings.Trim(id, alphabet) == "" }); id != "" {
		return id
	}
	source := w.Random
	if source == nil {
		source = rand.Reader
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(source, b); err != nil {
		panic(err) // a source of randomness that ends is a defect
	}
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// UUID makes a random id in the form of a UUID.
func (w *World) UUID() string {
	if id := w.take(uuid.MatchString); id != "" {
		return id
	}
	s := w.ID(Hex, 32)
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:]
}
