package page

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

// outcome says what came of a call. The zero value is invalid.
type outcome string

const (
	outcomeOK     outcome = "ok"
	outcomeDenied outcome = "denied"
	outcomeError  outcome = "error"
)

// record is what the page keeps of a call. It is never changed.
type record struct {
	n    int // counts the calls from 1
	at   time.Time
	took time.Duration

	service, operation, account, region string
	principal, accessKeyID              string
	requestID, remote, agent            string
	keys                                []string // ARNs

	status        int
	code, message string
	outcome       outcome
	decisions     []plane.Decision
}

// Bounds of what is kept of a call, in bytes and grants.
const (
	maxAgent   = 256
	maxMessage = 4096
	maxGrants  = 100
)

// Observe keeps a call. It keeps neither input nor output.
func (p *Page) Observe(c *plane.Call) {
	if p.opts.Off {
		return
	}
	r := &record{
		at: c.Began.UTC(), took: c.Took, service: c.Service.Name, operation: c.Operation, account: c.Account, region: c.Region,
		principal: c.Caller.Principal.ARN, accessKeyID: c.AccessKeyID, requestID: c.RequestID, remote: c.Remote,
		agent: kept(c.UserAgent, maxAgent), status: c.Status, code: c.Code, message: kept(withoutTokens(c.Message), maxMessage),
		outcome: outcomeOf(c), decisions: slices.Clone(c.Decisions),
	}
	if c.KMS != nil {
		r.keys = slices.Clone(c.KMS.Touched)
	}
	if made, ok := c.Output.(*kms.CreateKeyOutput); ok { // it resolves none
		r.keys = []string{made.KeyMetadata.Arn}
	}
	for i := range r.decisions {
		r.decisions[i] = bounded(&r.decisions[i])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total++
	r.n = p.total
	p.ring[r.n%Kept] = r
}

// withoutTokens leaves out of a message what AWS repeats of tokens that are not valid. It may
// leave out values that stand before them.
func withoutTokens(message string) string {
	if !strings.Contains(message, "oken") {
		return message
	}
	return tokenValue.ReplaceAllString(message, "Value '(not shown)' at '$1'")
}

var tokenValue = regexp.MustCompile(`(?s)Value '.*' at '([a-zA-Z0-9.]*[tT]oken[a-zA-Z0-9.]*)'`)

// kept is the beginning of a text, which does not keep the rest in memory.
func kept(s string, limit int) string { return strings.Clone(s[:min(len(s), limit)]) }

// bounded is a decision that keeps only some grants in memory: a key may have 50,000, and
// a list of its own after each change.
func bounded(d *plane.Decision) plane.Decision {
	out := *d
	if d.Layers != nil && len(d.Layers.Grants) > maxGrants {
		layers := *d.Layers
		layers.Grants = slices.Clone(layers.Grants[:maxGrants])
		out.Layers = &layers
	}
	return out
}

func outcomeOf(c *plane.Call) outcome {
	switch {
	case c.Code == "":
		return outcomeOK
	case c.Code == "AccessDenied", c.Code == "AccessDeniedException", slices.ContainsFunc(c.Decisions, func(d plane.Decision) bool { return d.Why != nil }):
		return outcomeDenied
	}
	return outcomeError
}

// last are the calls that are kept, newest first, and how many there were.
func (p *Page) last() (all []*record, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all = make([]*record, 0, min(p.total, Kept))
	for n := p.total; n > 0 && n > p.total-Kept; n-- {
		all = append(all, p.ring[n%Kept])
	}
	return all, p.total
}

// record returns a call by its number; nil: it is not kept.
func (p *Page) record(n int) *record {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.ring[max(n, 0)%Kept]; r != nil && r.n == n {
		return r
	}
	return nil
}

// filter chooses calls; empty members choose all.
type filter struct{ outcome, operation, account, key string }

func (f *filter) matches(r *record) bool {
	return (f.outcome == "" || f.outcome == string(r.outcome)) &&
		(f.operation == "" || strings.EqualFold(f.operation, r.operation)) &&
		(f.account == "" || f.account == r.account) &&
		(f.key == "" || slices.ContainsFunc(r.keys, func(arn string) bool { return arn == f.key || strings.HasSuffix(arn, "/"+f.key) }))
}
