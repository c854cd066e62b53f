package material

import (
	"testing"

	"filippo.io/mldsa"
)

// TestHints: a hint has one encoding only (FIPS 204 algorithm 21).
func TestHints(t *testing.T) {
	p := muParameters(mldsa.MLDSA44())
	encode := func(positions []byte, ends ...byte) []byte {
		b := make([]byte, p.omega+p.k)
		copy(b, positions)
		copy(b[p.omega:], ends)
		return b
	}
	good, ok := p.unpackHints(encode([]byte{3, 200, 0, 255}, 2, 2, 4, 4))
	if !ok {
		t.Fatal("a good encoding is refused")
	}
	for i, want := range [][]int{{3, 200}, nil, {0, 255}, nil} {
		var got []int
		for n, set := range good[i] {
			if set {
				got = append(got, n)
			}
		}
		if len(got) != len(want) || len(want) == 2 && (got[0] != want[0] || got[1] != want[1]) {
			t.Errorf("polynomial %d has hints %v, want %v", i, got, want)
		}
	}
	for name, b := range map[string][]byte{
		"ends that fall":        encode([]byte{3, 200}, 2, 1, 2, 2),
		"an end past ω":         encode([]byte{3, 200}, 2, 2, 2, 81),
		"falling positions":     encode([]byte{200, 3}, 2, 2, 2, 2),
		"a position twice":      encode([]byte{3, 3}, 2, 2, 2, 2),
		"something behind them": encode([]byte{3, 200, 1}, 2, 2, 2, 2),
	} {
		if _, ok := p.unpackHints(b); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestTransforms: the inverse undoes the NTT, and products are those of polynomials
// modulo x^256+1.
func TestTransforms(t *testing.T) {
	z := newZetas()
	var a, b polynomial
	for i := range a {
		a[i], b[i] = uint32(i*i*7919%ringQ), uint32((ringQ-i*31)%ringQ)
	}
	same := a
	z.transform(&same)
	z.inverse(&same)
	if same != a {
		t.Error("the inverse of the transform is another polynomial")
	}
	var want polynomial
	for i := range a {
		for j := range b {
			if v := multiply(a[i], b[j]); i+j < ringN {
				want[i+j] = (want[i+j] + v) % ringQ
			} else {
				want[i+j-ringN] = (want[i+j-ringN] + ringQ - v) % ringQ
			}
		}
	}
	x, y := a, b
	z.transform(&x)
	z.transform(&y)
	for i := range x {
		x[i] = multiply(x[i], y[i])
	}
	z.inverse(&x)
	if x != want {
		t.Error("the product by NTT is another polynomial")
	}
}
