package agents

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/wire"
)

// words are those of a text, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// count says how often each word is in a text.
func count(text string) map[string]float64 {
	out := map[string]float64{}
	for _, w := range words(text) {
		out[w]++
	}
	return out
}

// overlap is how alike two texts are by the words that both have: the cosine of their counts.
// It stands in for an embedding model.
func overlap(a, b map[string]float64) float64 {
	var dot, aa, bb float64
	for w, n := range a {
		dot += n * b[w]
		aa += n * n
	}
	for _, n := range b {
		bb += n * n
	}
	if dot == 0 {
		return 0
	}
	return min(1, dot/math.Sqrt(aa*bb))
}

// embed makes a vector of a text, of length 1: the counts of its words, each word in the
// dimension that its hash says. It stands in for an embedding model, whatever the
// configuration names: texts that share words are near each other.
func embed(text string, dimensions int) []any {
	v := make([]float64, dimensions)
	for _, w := range words(text) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(w))
		v[int(h.Sum32())%dimensions]++
	}
	var sum float64
	for _, x := range v {
		sum += x * x
	}
	out := make([]any, dimensions)
	for i, x := range v {
		out[i] = x / math.Sqrt(max(sum, 1))
	}
	return out
}

// nearest are the best hits, the best first.
func nearest(hits []hit, most int) []hit {
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(-cmp.Compare(a.score, b.score), cmp.Compare(a.ID, b.ID)) })
	return hits[:min(len(hits), most)]
}

// defaultTokens is the size of a chunk without a chunking configuration.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-chunking.html
const defaultTokens = 300

// chunking says how texts are cut.
type chunking struct{ size, overlap int } // in words; a size of 0: not at all

// chunkingOf reads a configuration. A word counts as a token; semantic chunking, which needs
// a model, cuts at the largest size, and of hierarchical chunking there are the children.
func chunkingOf(configuration wire.Object) chunking {
	switch configuration.Text("chunkingStrategy") {
	case "NONE":
		return chunking{}
	case "FIXED_SIZE":
		size := int(configuration.Int("fixedSizeChunkingConfiguration.maxTokens"))
		return chunking{size, size * int(configuration.Int("fixedSizeChunkingConfiguration.overlapPercentage")) / 100}
	case "HIERARCHICAL":
		levels := configuration.Objects("hierarchicalChunkingConfiguration.levelConfigurations")
		size := int(levels[len(levels)-1].Int("maxTokens"))
		return chunking{size, min(int(configuration.Int("hierarchicalChunkingConfiguration.overlapTokens")), size-1)}
	case "SEMANTIC":
		return chunking{int(configuration.Int("semanticChunkingConfiguration.maxTokens")), 0}
	}
	return chunking{defaultTokens, 0}
}

// cut cuts a text into parts of so many words, each of which begins with the last words of
// the part before it.
func (c chunking) cut(text string) []string {
	if len(words(text)) == 0 {
		return nil
	}
	if c.size == 0 {
		return []string{strings.TrimSpace(text)}
	}
	starts := fields(text)
	var out []string
	for from := 0; ; from += max(1, c.size-c.overlap) {
		to := len(text)
		last := from+c.size >= len(starts)
		if !last {
			to = starts[from+c.size]
		}
		if part := strings.TrimSpace(text[starts[from]:to]); len(words(part)) > 0 {
			out = append(out, part)
		}
		if last {
			return out
		}
	}
}

// fields are where words begin in a text that has some.
func fields(text string) []int {
	var starts []int
	inside := false
	for i, c := range text {
		if space := unicode.IsSpace(c); space == inside {
			inside = !space
			if inside {
				starts = append(starts, i)
			}
		}
	}
	return starts
}

// plainText is the text of a file; not ok: its format is not one that the plane reads.
func plainText(name string, body []byte) (text string, ok bool) {
	if !utf8.Valid(body) {
		return "", false
	}
	switch name = strings.ToLower(name); {
	case strings.HasSuffix(name, ".txt"), strings.HasSuffix(name, ".md"), strings.HasSuffix(name, ".csv"):
		return string(body), true
	case strings.HasSuffix(name, ".html"), strings.HasSuffix(name, ".htm"):
		return untagged(string(body)), true
	}
	return "", false
}

// untagged is HTML without its tags.
func untagged(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte(' ')
		if _, text, found = strings.Cut(rest, ">"); !found {
			return b.String()
		}
	}
}
