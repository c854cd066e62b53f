package fix

// Prices in US dollars, of the Regions where they are lowest.
// https://aws.amazon.com/kms/pricing/
const keyMonthly = 1.0

// costOf is what a plan changes of the bill.
func costOf(p *Plan) Cost {
	c := Cost{Source: "https://aws.amazon.com/kms/pricing/"}
	for i := range p.Steps {
		if p.Steps[i].Kind == CreateKey {
			c.Keys++
		}
	}
	c.Monthly = float64(c.Keys) * keyMonthly
	if c.Keys > 0 {
		c.Notes = append(c.Notes, "the first and the second rotation of a key add a dollar a month each")
	}
	if !p.Target.Aim.OfAWS() {
		c.Notes = append(c.Notes, "requests to KMS cost 0.03 dollars for 10,000; buckets with a Bucket Key make few")
	}
	return c
}
