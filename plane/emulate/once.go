package emulate

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
)

// How long an idempotency token is remembered, and how many are. AWS documents neither for
// most services. Tokens are in memory only: an answer can hold what its resource keeps under
// a key, and must not outlive it on disk.
const (
	tokenLife  = time.Hour
	mostTokens = 10_000
)

// tokens are the idempotency tokens of a service.
type tokens struct {
	mu   sync.Mutex
	used map[tokenKey]*answer
}

// tokenKey is a token of the principal that used it: another one is not told what was answered.
type tokenKey struct{ principal, account, region, operation, token string }

// answer is what was answered to an idempotency token.
type answer struct {
	input [sha256.Size]byte
	out   wire.Object
	until time.Time
}

// once does an operation, or answers as before to an idempotency token that was used for the
// same input.
func (r *Request) once(ctx context.Context, op Op) (wire.Object, error) {
	member := r.Service.tokenOf(r.Operation)
	token := r.In.Text(member)
	if member == "" || token == "" {
		return op.Do(ctx, r)
	}
	text, err := json.Marshal(r.In.Without(member))
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(text)
	k := tokenKey{r.Caller.Principal.ARN, r.Account, r.Region, r.Operation, token}
	if before := r.Service.tokens.get(k, r.Service.Now()); before != nil {
		if before.input != digest {
			return nil, r.Fail("ConflictException", "The client token was used with other parameters.")
		}
		return before.out, nil
	}
	out, err := op.Do(ctx, r)
	if err == nil {
		r.Service.tokens.put(k, &answer{digest, out, r.Service.Now().Add(tokenLife)}, r.Service.Now())
	}
	return out, err
}

func (t *tokens) get(k tokenKey, now time.Time) *answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.used[k]; a != nil && now.Before(a.until) {
		return a
	}
	return nil
}

// put remembers an answer; when there are too many, the old are forgotten, else all.
func (t *tokens) put(k tokenKey, a *answer, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.used) >= mostTokens {
		for k, a := range t.used {
			if !now.Before(a.until) {
				delete(t.used, k)
			}
		}
	}
	if t.used == nil || len(t.used) >= mostTokens {
		t.used = map[tokenKey]*answer{}
	}
	t.used[k] = a
}

// tokenOf is the member of an operation's input that is an idempotency token; empty: none is.
func (s *Service) tokenOf(operation string) string {
	op := s.model.Operations[operation]
	if op.Input == "" || s.def.OwnTokens {
		return ""
	}
	for _, m := range s.model.Shapes[op.Input].Members {
		if m.IdempotencyToken {
			return m.Name
		}
	}
	return ""
}
