package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
)

// cachedKeys bounds the cache of signing keys: two generations of so many.
const cachedKeys = 512

// signingKey is derived from a secret for one day, Region and service.
type signingKey [sha256.Size]byte

func deriveKey(secret, day, region, service string) signingKey {
	sum := func(key []byte, data string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(data))
		return h.Sum(nil)
	}
	k := sum([]byte("AWS4"+secret), day)
	k = sum(k, region)
	k = sum(k, service)
	return signingKey(sum(k, terminator))
}

func (k *signingKey) sign(text []byte) (signature [2 * sha256.Size]byte) {
	h := hmac.New(sha256.New, k[:])
	h.Write(text)
	var sum [sha256.Size]byte
	hex.Encode(signature[:], h.Sum(sum[:0]))
	return signature
}

type keyName struct{ accessKeyID, day, region, service string }

type cachedKey struct {
	secret string // a key that got a new secret must not verify with the old one
	key    signingKey
}

// keyCache keeps the signing keys of good signatures. Two generations: when
// the young one is full it becomes the old one, so a flood costs at most a
// derivation per request and never memory.
type keyCache struct {
	mu         sync.Mutex
	young, old map[keyName]cachedKey
}

func (k *keyCache) get(n keyName, secret string) (signingKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.young[n]
	if !ok {
		if e, ok = k.old[n]; !ok {
			return signingKey{}, false
		}
		k.add(n, e)
	}
	if subtle.ConstantTimeCompare([]byte(e.secret), []byte(secret)) != 1 {
		return signingKey{}, false
	}
	return e.key, true
}

func (k *keyCache) put(n keyName, e cachedKey) {
	// The parts of a name are cut out of the request's headers and would keep
	// all of them in memory.
	n = keyName{strings.Clone(n.accessKeyID), strings.Clone(n.day), strings.Clone(n.region), strings.Clone(n.service)}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.add(n, e)
}

func (k *keyCache) add(n keyName, e cachedKey) {
	if len(k.young) >= cachedKeys {
		k.old, k.young = k.young, nil
	}
	if k.young == nil {
		k.young = make(map[keyName]cachedKey)
	}
	k.young[n] = e
}

// check computes the signature and compares it. It returns the signing key,
// with which chunks are signed.
func (v *Verifier) check(r *http.Request, t target, c *claim, p payload, secret string) (signingKey, error) {
	buffer, _ := v.buffers.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	defer v.release(buffer)

	canonical, refusal := appendCanonical((*buffer)[:0], r, t, c, p.hash[:], false)
	*buffer = canonical
	if refusal != nil {
		return signingKey{}, refusal
	}
	sum := sha256.Sum256(canonical)
	toSign := appendStringToSign(canonical[:0], c, sum)
	*buffer = toSign

	name := keyName{c.accessKeyID, c.day, c.region, c.service}
	key, cached := v.keys.get(name, secret)
	if !cached {
		key = deriveKey(secret, c.day, c.region, c.service)
	}
	want := key.sign(toSign)
	if subtle.ConstantTimeCompare(want[:], []byte(c.signature)) != 1 {
		e := refuse(Mismatch, textMismatch)
		e.StringToSign = string(toSign)
		shown, _ := appendCanonical(nil, r, t, c, p.hash[:], true)
		e.CanonicalRequest = string(shown)
		return signingKey{}, e
	}
	if !cached {
		// Only now, so that nobody without the secret can push keys out.
		v.keys.put(name, cachedKey{secret, key})
	}
	return key, nil
}

// release gives a buffer back unless it grew beyond what requests need.
func (v *Verifier) release(b *[]byte) {
	if cap(*b) <= 16<<10 {
		v.buffers.Put(b)
	}
}

func appendStringToSign(b []byte, c *claim, canonical [sha256.Size]byte) []byte {
	b = append(b, algorithm+"\n"...)
	b = c.signed.AppendFormat(b, basicISO)
	b = append(b, '\n')
	b = append(b, c.scope()...)
	b = append(b, '\n')
	return hex.AppendEncode(b, canonical[:])
}
