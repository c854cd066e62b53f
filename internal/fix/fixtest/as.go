package fixtest

import (
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/live"
)

// As is what a role of the account reaches, which the user admin assumes; may is as in
// [awsapi.ClientOptions].
func (p *Plane) As(role string, may func(service, operation string) bool) fix.Estate {
	p.t.Helper()
	c, err := awsapi.NewClient(p.t.Context(), awsapi.ClientOptions{Config: p.o.Config, Role: role, Rate: p.o.Rate, May: may})
	if err != nil {
		p.t.Fatal(err)
	}
	return live.Estate{Client: c}
}
