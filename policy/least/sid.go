package least

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/arn"
)

// words says what a rule does, in letters, digits and spaces: all that every kind of
// policy takes in a Sid, spaces apart, which key policies take. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
func (r *rule) words() string {
	out := "Use"
	switch {
	case r.admin:
		out = "Administration"
	case len(r.actions) <= 3:
		var names []string
		for _, a := range r.actions {
			names = append(names, strings.TrimPrefix(a, "kms:"))
		}
		out = strings.Join(names, " and ")
	}
	if by := r.by(); by != "" {
		out += " by " + by
	}
	for i := range r.limits {
		if l := &r.limits[i]; l.key == viaService {
			switch {
			case l.kind == absence:
				out += " directly"
			case len(l.values) == 1:
				service, _, _ := strings.Cut(l.values[0], ".")
				out += " through " + service
			}
		}
	}
	return plain(out)
}

// by names the principals of a rule.
func (r *rule) by() string {
	names := r.who
	for i := range r.limits {
		if r.limits[i].key == principalARN {
			names = r.limits[i].values
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) > 1 && r.service:
		return strconv.Itoa(len(names)) + " services"
	case len(names) > 1:
		return strconv.Itoa(len(names)) + " principals"
	case r.service:
		service, _, _ := strings.Cut(names[0], ".")
		return "service " + service
	}
	a, err := arn.Parse(names[0])
	if err != nil {
		return names[0]
	}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	last := rest[strings.LastIndexByte(rest, '/')+1:]
	switch kind {
	case "root":
		if len(r.limits) > 0 && r.limits[0].key == principalARN {
			return "the root user of account " + a.Account
		}
		return "account " + a.Account
	case "assumed-role":
		role, _, _ := strings.Cut(rest, "/")
		return "session " + last + " of role " + role
	}
	return kind + " " + last
}

// plain replaces by single spaces what is no letter or digit of ASCII.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}), " ")
}

// camel joins words into one.
func camel(s string) string {
	var b strings.Builder
	for _, w := range strings.Fields(s) {
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

// numbered makes a Sid unique in its document.
func numbered(sid string, seen map[string]int) string {
	seen[sid]++
	n := seen[sid]
	if n == 1 {
		return sid
	}
	space := ""
	if strings.Contains(sid, " ") {
		space = " "
	}
	next := sid + space + strconv.Itoa(n)
	if seen[next] > 0 {
		return numbered(sid, seen)
	}
	seen[next]++
	return next
}
