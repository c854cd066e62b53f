package lint

// overlap reports whether some text matches both patterns. In a, * stands for any
// text and ? for one character; in b, * stands for any text, % for any without a
// slash, # for any without a colon. It takes time proportional to the product of the
// lengths.
//
// Entries of policies are compared as texts, in which * crosses colons: the
// documentation keeps wildcards inside the parts of an ARN, but AWS's own policies
// rely on more (arn:aws:logs:*:*:/aws-glue/* for log groups), and what may match is
// not called wrong.
func overlap(a, b string) bool {
	// reach[j]: a text that a[:i] matches also matches b[:j].
	reach := make([]bool, len(b)+1)
	reach[0] = true
	skip(reach, b)
	for i := range len(a) {
		next := make([]bool, len(b)+1)
		if a[i] == '*' {
			// Any text: whatever of b is still to come may be in it.
			on := false
			for j := range reach {
				on = on || reach[j]
				next[j] = on
			}
			reach = next
			continue
		}
		for j := range b {
			switch {
			case !reach[j]:
			case isRun(b[j]):
				next[j] = next[j] || a[i] != without(b[j]) // the character is in the run, which goes on
			case a[i] == '?' || a[i] == b[j]:
				next[j+1] = true
			}
		}
		skip(next, b)
		reach = next
	}
	return reach[len(b)]
}

func isRun(c byte) bool { return c == '*' || c == '%' || c == '#' }

// without is the character that a run does not have.
func without(run byte) byte {
	switch run {
	case '%':
		return '/'
	case '#':
		return ':'
	}
	return 0
}

// skip lets runs of b be empty.
func skip(reach []bool, b string) {
	for j := range b {
		if reach[j] && isRun(b[j]) {
			reach[j+1] = true
		}
	}
}
