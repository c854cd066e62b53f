package logs

import "testing"

func FuzzPattern(f *testing.F) {
	for _, text := range []string{"", "ERROR", "-a ?b ?c", `"two words" x`, `"`, "- ", "?", "{ $.x = 1 }", "[a, b]", "%x%", "a-b"} {
		f.Add(text, "an ERROR with two words")
	}
	f.Fuzz(func(t *testing.T, text, message string) {
		match, problem := pattern(text)
		if (match == nil) == (problem == "") {
			t.Fatalf("%q: problem %q", text, problem)
		}
		if match != nil {
			_ = match(message)
		}
	})
}
