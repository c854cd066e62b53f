package sigv4

import "net/http"

// ClaimedService returns the service that the credential scope of a request names, before
// anything about it is verified; empty: the request has no credential. It is for finding
// out whose request it is, never for trusting it.
func ClaimedService(r *http.Request) string {
	c, err := claimOf(r, targetOf(r))
	if err != nil || c == nil {
		return ""
	}
	return c.service
}
