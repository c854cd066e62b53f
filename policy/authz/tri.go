package authz

// tri is a truth value of Kleene's logic. Its order makes "and" the minimum and
// "or" the maximum.
type tri uint8

const (
	no    tri = iota // certainly not
	maybe            // depends on what is not known
	yes              // certainly
)

func (t tri) not() tri { return yes - t }

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}
