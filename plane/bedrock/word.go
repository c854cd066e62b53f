package bedrock

import (
	"strings"
	"unicode"
)

// word is one word of a text: letters and digits, in lower case.
type word struct {
	folded     string
	start, end int
}

// wordsOf are the words of a text, in order.
func wordsOf(text string) []word {
	var out []word
	start := -1
	end := func(at int) {
		if start >= 0 {
			out = append(out, word{strings.ToLower(text[start:at]), start, at})
			start = -1
		}
	}
	for i, c := range text {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			if start < 0 {
				start = i
			}
			continue
		}
		end(i)
	}
	end(len(text))
	return out
}

// phrase finds the first place in a text where the words of a phrase stand one after the
// other, in whatever case and with whatever between them. A phrase without a word, such as an
// emoji, is found where it stands.
func phrase(text string, of []word, sought string) (match string, found bool) {
	want := wordsOf(sought)
	if len(want) == 0 {
		return sought, sought != "" && strings.Contains(text, sought)
	}
	for i := 0; i+len(want) <= len(of); i++ {
		if alike(of[i:], want) {
			return text[of[i].start:of[i+len(want)-1].end], true
		}
	}
	return "", false
}

func alike(words, want []word) bool {
	for i := range want {
		if words[i].folded != want[i].folded {
			return false
		}
	}
	return true
}

// profanity is the managed word list. AWS's is not public and longer; this one is our own.
var profanity = []string{"damn", "bloody hell", "crap", "bastard", "shit", "bullshit", "asshole", "fuck", "fucking"}
