package material

import (
	"bytes"
	"crypto/sha3"
	"math/bits"

	"filippo.io/mldsa"
)

// filippo.io/mldsa signs an external μ but only verifies messages, so what follows is
// ML-DSA.Verify_internal of FIPS 204 (https://doi.org/10.6028/NIST.FIPS.204, algorithm 8)
// from μ on. All of it is public, so nothing here needs constant time. Tests hold it
// against the library on every vector.

const (
	ringN = 256
	ringQ = 8380417
	// inverseN is 256⁻¹ mod q.
	inverseN = 8347681
	dropped  = 13 // d: the bits of t that the public key leaves out
)

type polynomial [ringN]uint32 // coefficients mod q

// mldsaParameters are those of FIPS 204 table 1.
type mldsaParameters struct {
	k, l       int
	challenge  int // bytes of c~, λ/4
	tau        int
	gamma1Bits int // γ1 is 2 to this
	gamma2     uint32
	beta       uint32
	omega      int
}

func muParameters(p mldsa.Parameters) mldsaParameters {
	switch p {
	case mldsa.MLDSA44():
		return mldsaParameters{4, 4, 32, 39, 17, (ringQ - 1) / 88, 78, 80}
	case mldsa.MLDSA65():
		return mldsaParameters{6, 5, 48, 49, 19, (ringQ - 1) / 32, 196, 55}
	}
	return mldsaParameters{8, 7, 64, 60, 19, (ringQ - 1) / 32, 120, 75}
}

// verifyMu reports whether signature is that of the message with this μ.
func verifyMu(key *mldsa.PublicKey, mu, signature []byte) bool {
	p, public := muParameters(key.Parameters()), key.Bytes()
	c, z, hints, ok := p.decodeSignature(signature)
	if !ok {
		return false
	}
	zetas := newZetas()
	challenge := p.sampleInBall(c)
	zetas.transform(&challenge)
	for i := range z {
		zetas.transform(&z[i])
	}
	h := sha3.NewSHAKE256()
	h.Write(mu)
	for i := range p.k {
		t := unpackT1(public[32+320*i:][:320])
		for j := range t {
			t[j] <<= dropped
		}
		zetas.transform(&t)
		var w polynomial
		for j := range z {
			a := expandA(public[:32], byte(j), byte(i))
			for n := range w {
				w[n] = (w[n] + multiply(a[n], z[j][n])) % ringQ
			}
		}
		for n := range w {
			w[n] = (w[n] + ringQ - multiply(challenge[n], t[n])) % ringQ
		}
		zetas.inverse(&w)
		for n := range w {
			w[n] = p.useHint(hints[i][n], w[n])
		}
		h.Write(p.packW1(&w))
	}
	again := make([]byte, p.challenge)
	h.Read(again)
	return bytes.Equal(again, c)
}

// decodeSignature is algorithm 27, with the bound on z of algorithm 8.
func (p mldsaParameters) decodeSignature(b []byte) (c []byte, z []polynomial, hints [][ringN]bool, ok bool) {
	size := 32 * (p.gamma1Bits + 1)
	if len(b) != p.challenge+p.l*size+p.omega+p.k {
		return nil, nil, nil, false
	}
	c, b = b[:p.challenge], b[p.challenge:]
	gamma1 := uint32(1) << p.gamma1Bits
	z = make([]polynomial, p.l)
	for i := range z {
		for n, v := range unpackBits(b[:size], p.gamma1Bits+1) {
			// v stands for γ1 - v, whose norm must be below γ1 - β.
			if v <= p.beta || v >= 2*gamma1-p.beta {
				return nil, nil, nil, false
			}
			z[i][n] = (gamma1 + ringQ - v) % ringQ
		}
		b = b[size:]
	}
	hints, ok = p.unpackHints(b)
	return c, z, hints, ok
}

// unpackHints is algorithm 21: every polynomial's positions in ascending order, and
// nothing behind the last.
func (p mldsaParameters) unpackHints(b []byte) ([][ringN]bool, bool) {
	hints := make([][ringN]bool, p.k)
	from := 0
	for i := range hints {
		to := int(b[p.omega+i])
		if to < from || to > p.omega {
			return nil, false
		}
		for n := from; n < to; n++ {
			if n > from && b[n-1] >= b[n] {
				return nil, false
			}
			hints[i][b[n]] = true
		}
		from = to
	}
	for _, rest := range b[from:p.omega] {
		if rest != 0 {
			return nil, false
		}
	}
	return hints, true
}

// unpackBits reads 256 little-endian numbers of so many bits.
func unpackBits(b []byte, size int) *polynomial {
	var out polynomial
	var window uint64
	have := 0
	for i := range out {
		for have < size {
			window |= uint64(b[0]) << have
			b, have = b[1:], have+8
		}
		out[i] = uint32(window & (1<<size - 1))
		window >>= size
		have -= size
	}
	return &out
}

func unpackT1(b []byte) polynomial { return *unpackBits(b, 10) }

// expandA is one entry of algorithm 32: RejNTTPoly.
func expandA(rho []byte, s, r byte) polynomial {
	x := sha3.NewSHAKE128()
	x.Write(rho)
	x.Write([]byte{s, r})
	var out polynomial
	var b [168]byte
	for n := 0; n < ringN; {
		x.Read(b[:])
		for i := 0; i < len(b) && n < ringN; i += 3 {
			if v := uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2]&0x7f)<<16; v < ringQ {
				out[n] = v
				n++
			}
		}
	}
	return out
}

// sampleInBall is algorithm 29.
func (p mldsaParameters) sampleInBall(c []byte) polynomial {
	x := sha3.NewSHAKE256()
	x.Write(c)
	var signs [8]byte
	x.Read(signs[:])
	var out polynomial
	var j [1]byte
	for i := ringN - p.tau; i < ringN; i++ {
		x.Read(j[:])
		for int(j[0]) > i {
			x.Read(j[:])
		}
		out[i] = out[j[0]]
		out[j[0]] = 1
		if n := i + p.tau - ringN; signs[n/8]>>(n%8)&1 == 1 {
			out[j[0]] = ringQ - 1
		}
	}
	return out
}

// useHint is algorithm 40 for one coefficient.
func (p mldsaParameters) useHint(hint bool, r uint32) uint32 {
	m := (ringQ - 1) / (2 * p.gamma2)
	high, low := p.decompose(r)
	switch {
	case hint && low > 0:
		return (high + 1) % m
	case hint:
		return (high + m - 1) % m
	}
	return high
}

// decompose is algorithm 36: r = high·2γ2 + low with low in (-γ2, γ2].
func (p mldsaParameters) decompose(r uint32) (high uint32, low int32) {
	low = int32(r % (2 * p.gamma2))
	if low > int32(p.gamma2) {
		low -= int32(2 * p.gamma2)
	}
	if int32(r)-low == ringQ-1 {
		return 0, low - 1
	}
	return uint32(int32(r)-low) / (2 * p.gamma2), low
}

// packW1 is algorithm 28 for one polynomial.
func (p mldsaParameters) packW1(w *polynomial) []byte {
	size := bits.Len32((ringQ-1)/(2*p.gamma2) - 1)
	out := make([]byte, 0, 32*size)
	var window uint32
	have := 0
	for _, v := range w {
		window |= v << have
		for have += size; have >= 8; have -= 8 {
			out = append(out, byte(window))
			window >>= 8
		}
	}
	return out
}

func multiply(a, b uint32) uint32 { return uint32(uint64(a) * uint64(b) % ringQ) }

// zetas are the powers of the root of unity 1753 in bit-reversed order.
type zetas [ringN]uint32

func newZetas() *zetas {
	var z zetas
	power := uint32(1)
	for i := range ringN {
		z[bits.Reverse8(uint8(i))] = power
		power = multiply(power, 1753)
	}
	return &z
}

// transform is the NTT, algorithm 41.
func (z *zetas) transform(w *polynomial) {
	m := 0
	for size := ringN / 2; size >= 1; size /= 2 {
		for start := 0; start < ringN; start += 2 * size {
			m++
			for j := start; j < start+size; j++ {
				t := multiply(z[m], w[j+size])
				w[j+size] = (w[j] + ringQ - t) % ringQ
				w[j] = (w[j] + t) % ringQ
			}
		}
	}
}

// inverse is the inverse NTT, algorithm 42.
func (z *zetas) inverse(w *polynomial) {
	m := ringN
	for size := 1; size < ringN; size *= 2 {
		for start := 0; start < ringN; start += 2 * size {
			m--
			for j := start; j < start+size; j++ {
				t := w[j]
				w[j] = (t + w[j+size]) % ringQ
				w[j+size] = multiply(ringQ-z[m], (t+ringQ-w[j+size])%ringQ)
			}
		}
	}
	for j := range w {
		w[j] = multiply(w[j], inverseN)
	}
}
