package emit

import (
	"os/exec"
	"testing"
)

// TestQuotes: the shell reads of a quoted text what was quoted, whatever it has in it.
func TestQuotes(t *testing.T) {
	s := &script{}
	for _, text := range []string{
		"", "plain", "two words", `it's "quoted"`, "`id` $(id) $HOME ${HOME}", `back\slash\`, "line\nbreak\n", "tab\tand ünïcode 鍵", "*?[a]~!#&;|<>", "-n", "'", `"`, "``",
	} {
		for form, quoted := range map[string]string{"word": word(text), "double": s.double(text)} {
			out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", "printf '%s' "+quoted).Output()
			if err != nil || string(out) != text {
				t.Errorf("%s of %q is %s, which the shell reads as %q (%v)", form, text, quoted, out, err)
			}
		}
	}
}
