package fixtest

import (
	"github.com/bedlock/bedlock/internal/awsapi"
)

// In is the same plane from another Region, which is the one that is collected then.
func (p *Plane) In(region string) *Plane {
	p.t.Helper()
	out := *p
	out.o.Config = p.o.Config.Copy()
	out.o.Config.Region, out.region = region, region
	var err error
	if out.client, err = awsapi.NewClient(p.t.Context(), awsapi.ClientOptions{Config: out.o.Config, Rate: p.o.Rate}); err != nil {
		p.t.Fatal(err)
	}
	return &out
}
