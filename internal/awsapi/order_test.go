package awsapi

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// ordered notes the calls in their order; those of KMS take longer than all others.
type ordered struct {
	mu    sync.Mutex
	calls []string
}

func (o *ordered) Do(r *http.Request) (*http.Response, error) {
	name := r.Header.Get("X-Amz-Target")
	if name == "" {
		name = r.URL.Path
	}
	if strings.HasPrefix(name, "TrentService.") {
		time.Sleep(20 * time.Millisecond)
	}
	o.mu.Lock()
	o.calls = append(o.calls, name)
	o.mu.Unlock()
	return http.DefaultClient.Do(r)
}

// TestKeysAreReadFirst: a guardrail under a key is read by a use of the key, which would be the last
// one if KMS were asked for that afterwards.
func TestKeysAreReadFirst(t *testing.T) {
	o := serve(t, furnished).fast("admin")
	calls := &ordered{}
	o.Config.HTTPClient, o.Types = calls, []string{"AWS::Bedrock::Guardrail"}
	if _, err := Collect(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	last := -1
	for i, name := range calls.calls {
		if name == "TrentService.GetKeyLastUsage" {
			last = i
		}
	}
	first := slices.IndexFunc(calls.calls, func(name string) bool { return strings.HasPrefix(name, "/guardrails/") })
	if last < 0 || first < 0 || first < last {
		t.Errorf("the first guardrail is call %d, the last use of a key call %d of %v", first, last, calls.calls)
	}
}
