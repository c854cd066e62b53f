package sts

import "sync"

// generation is how many tokens each of the two generations of a cache holds.
const generation = 2000

// cache keeps opened tokens in two generations: when the younger is full, the older is
// forgotten. It holds genuine tokens only, so that strangers cannot fill it.
type cache struct {
	mu         sync.RWMutex
	size       int
	young, old map[string]*opened
}

func newCache(size int) *cache { return &cache{size: size, young: map[string]*opened{}} }

func (c *cache) get(token string) *opened {
	c.mu.RLock()
	o, aged := c.young[token], false
	if o == nil {
		o = c.old[token]
		aged = o != nil
	}
	c.mu.RUnlock()
	if aged {
		c.put(token, o)
	}
	return o
}

func (c *cache) put(token string, o *opened) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.size {
		c.young, c.old = map[string]*opened{}, c.young
	}
	c.young[token] = o
}
