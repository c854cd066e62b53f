package bedrock

import "strings"

// onTopic says whether a text is about a topic, given the words of its name, its definition
// and its examples. It is when
//   - all telling words of the name are in it, or
//   - half of the telling words of the definition, or of one of the examples, are in it, and
//     two at least.
//
// Telling words have four letters or more and are not in [empty]; a final s does not count.
// AWS asks a model, so that its answer is another for some texts.
func onTopic(text []word, name, definition string, examples []string) bool {
	in := map[string]bool{}
	for _, w := range text {
		in[stem(w.folded)] = true
	}
	if have, all := shared(in, name); all > 0 && have == all {
		return true
	}
	for _, s := range append([]string{definition}, examples...) {
		if have, all := shared(in, s); have >= 2 && 2*have >= all {
			return true
		}
	}
	return false
}

// shared counts the telling words of a text, and those of them that are in a set.
func shared(in map[string]bool, text string) (have, all int) {
	seen := map[string]bool{}
	for _, w := range wordsOf(text) {
		s := stem(w.folded)
		if len(w.folded) < 4 || empty[w.folded] || seen[s] {
			continue
		}
		seen[s] = true
		all++
		if in[s] {
			have++
		}
	}
	return have, all
}

func stem(w string) string { return strings.TrimSuffix(w, "s") }

// empty are words that tell nothing of a topic.
var empty = map[string]bool{
	"about": true, "also": true, "answer": true, "asking": true, "could": true, "does": true, "from": true, "give": true, "have": true,
	"into": true, "like": true, "make": true, "need": true, "other": true, "question": true, "questions": true, "related": true,
	"should": true, "some": true, "tell": true, "than": true, "that": true, "their": true, "them": true, "there": true, "these": true,
	"they": true, "this": true, "those": true, "topic": true, "topics": true, "want": true, "what": true, "when": true, "where": true,
	"which": true, "will": true, "with": true, "would": true, "your": true,
}
