package terraform

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"net/netip"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// textFunctions are functions of texts to one text.
var textFunctions = map[string]func(args []string) (string, error){
	"base64encode": func(a []string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(a[0])), nil },
	"base64decode": func(a []string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(a[0])
		if err == nil && !utf8.Valid(b) {
			err = errors.New("the result is no text")
		}
		return string(b), err
	},
	"urlencode": func(a []string) (string, error) { return url.QueryEscape(a[0]), nil },
	"md5":       func(a []string) (string, error) { h := md5.Sum([]byte(a[0])); return hex.EncodeToString(h[:]), nil },
	"sha1":      func(a []string) (string, error) { h := sha1.Sum([]byte(a[0])); return hex.EncodeToString(h[:]), nil },
	"sha256": func(a []string) (string, error) {
		h := sha256.Sum256([]byte(a[0]))
		return hex.EncodeToString(h[:]), nil
	},
	"sha512": func(a []string) (string, error) {
		h := sha512.Sum512([]byte(a[0]))
		return hex.EncodeToString(h[:]), nil
	},
	"base64sha256": func(a []string) (string, error) {
		h := sha256.Sum256([]byte(a[0]))
		return base64.StdEncoding.EncodeToString(h[:]), nil
	},
	"cidrhost":   func(a []string) (string, error) { return cidr(a, false) },
	"cidrsubnet": func(a []string) (string, error) { return cidr(a, true) },
}

func textFunction(name string, f func([]string) (string, error), args []graph.Value, at bedlock.Position) graph.Value {
	texts := make([]string, 3)
	for i, a := range args[:min(len(args), len(texts))] {
		if !settled(a) {
			if a.IsScalar() || reasonOf(a) != "" {
				return graph.Unresolved(reasonOf(a), at)
			}
			return failure(name+" takes texts", at)
		}
		texts[i] = a.Text
	}
	s, err := f(texts)
	if err != nil {
		return failure(name+": "+err.Error(), at)
	}
	return graph.Str(s, at)
}

// cidr is cidrhost(prefix, number) and cidrsubnet(prefix, bits, number).
func cidr(a []string, subnet bool) (string, error) {
	p, err := netip.ParsePrefix(a[0])
	if err != nil {
		return "", errors.New("no CIDR block")
	}
	p = p.Masked()
	width, bits, number := p.Addr().BitLen(), p.Addr().BitLen(), a[1]
	if subnet {
		more, err := strconv.Atoi(a[1])
		if err != nil || more < 0 || p.Bits()+more > width {
			return "", errors.New("the prefix has no room for so many bits")
		}
		bits, number = p.Bits()+more, a[2]
	}
	n, ok := new(big.Int).SetString(number, 10)
	room := new(big.Int).Lsh(big.NewInt(1), uint(bits-p.Bits()))
	if ok && n.Sign() < 0 && !subnet {
		n.Add(n, room)
	}
	if !ok || n.Sign() < 0 || n.Cmp(room) >= 0 {
		return "", errors.New("the number is outside the block")
	}
	raw := new(big.Int).SetBytes(p.Addr().AsSlice())
	raw.Or(raw, n.Lsh(n, uint(width-bits)))
	addr, _ := netip.AddrFromSlice(raw.FillBytes(make([]byte, width/8)))
	if subnet {
		return netip.PrefixFrom(addr, bits).String(), nil
	}
	return addr.String(), nil
}
