package bedrock

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/wire"
)

// Sources of texts.
const (
	input  = "INPUT"
	output = "OUTPUT"
)

// What policies do, as configured and as reported.
const (
	block     = "BLOCK"
	anonymize = "ANONYMIZE"
	nothing   = "NONE"
)

var reported = map[string]string{block: "BLOCKED", anonymize: "ANONYMIZED", nothing: nothing}

// outcome is what a guardrail finds in texts.
type outcome struct {
	// policies are the members of the assessment, of the policies that found something.
	policies wire.Object
	usage    wire.Object
	// blocked, or masked: texts are then the texts with what was found replaced.
	blocked, masked bool
	texts           []string
	// characters are those of all texts.
	characters int
}

// assessing is the assessment of texts by the configuration of a guardrail.
type assessing struct {
	config wire.Object
	source string
	// full: what was looked for and not found is reported too, of topics and personal
	// information, as AWS documents for outputScope.
	full  bool
	texts []string
	words [][]word
	masks []map[span]string
	out   *outcome
}

// assess applies a guardrail to texts. It is deterministic:
//   - a word is found as package-level phrase says, those of the list PROFANITY in a list of
//     our own;
//   - a topic is found as [onTopic] says;
//   - personal information is found by [patterns], other sensitive information by the regexes
//     of the guardrail, which are Go's.
//
// Content filters, contextual grounding and automated reasoning are not assessed.
func assess(config wire.Object, source string, full bool, texts []string) *outcome {
	a := &assessing{config: config, source: source, full: full, texts: texts, out: &outcome{policies: wire.Object{}}}
	for _, text := range texts {
		a.words = append(a.words, wordsOf(text))
		a.masks = append(a.masks, map[span]string{})
		a.out.characters += utf8.RuneCountInString(text)
	}
	a.usage()
	a.topics()
	a.wordPolicy()
	a.sensitive()
	for i, text := range texts {
		a.out.texts = append(a.out.texts, masked(text, a.masks[i]))
	}
	return a.out
}

// rule is what an element of a policy does to the source; off: it is not looked for.
func (a *assessing) rule(element wire.Object) (action string, on bool) {
	side := strings.ToLower(a.source)
	if element.Has(side+"Enabled") && !element.Bool(side+"Enabled") {
		return "", false
	}
	return cmp.Or(element.Text(side+"Action"), element.Text("action"), block), true
}

// report makes an entry of the assessment, and the action count.
func (a *assessing) report(action string, members wire.Object) wire.Object {
	a.out.blocked = a.out.blocked || action == block
	a.out.masked = a.out.masked || action == anonymize
	return members.With(wire.Object{"action": reported[action], "detected": true})
}

// absent is the entry of what was not found.
func absent(members wire.Object) wire.Object {
	return members.With(wire.Object{"action": nothing, "detected": false})
}

func (a *assessing) add(policy string, lists map[string][]any) {
	o, some := wire.Object{}, false
	for name, list := range lists {
		if list == nil {
			list = []any{}
		}
		o[name] = list
		some = some || len(list) > 0
	}
	if some {
		a.out.policies[policy] = o
	}
}

func (a *assessing) topics() {
	var list []any
	for _, t := range a.config.Objects("topicPolicy.topics") {
		action, on := a.rule(t)
		if !on {
			continue
		}
		entry := wire.Object{"name": t.Text("name"), "type": "DENY"}
		found := slices.ContainsFunc(a.words, func(words []word) bool {
			return onTopic(words, t.Text("name"), t.Text("definition"), t.Texts("examples"))
		})
		switch {
		case found:
			list = append(list, a.report(action, entry))
		case a.full:
			list = append(list, absent(entry))
		}
	}
	a.add("topicPolicy", map[string][]any{"topics": list})
}

func (a *assessing) wordPolicy() {
	var custom, managed []any
	for _, w := range a.config.Objects("wordPolicy.words") {
		action, on := a.rule(w)
		if match, found := a.phrase(w.Text("text")); on && found {
			custom = append(custom, a.report(action, wire.Object{"match": match}))
		}
	}
	for _, list := range a.config.Objects("wordPolicy.managedWordLists") {
		action, on := a.rule(list)
		if !on {
			continue
		}
		for _, w := range profanity {
			if match, found := a.phrase(w); found {
				managed = append(managed, a.report(action, wire.Object{"match": match, "type": list.Text("type")}))
			}
		}
	}
	a.add("wordPolicy", map[string][]any{"customWords": custom, "managedWordLists": managed})
}

func (a *assessing) phrase(sought string) (match string, found bool) {
	for i, text := range a.texts {
		if match, found = phrase(text, a.words[i], sought); found {
			return match, true
		}
	}
	return "", false
}

func (a *assessing) sensitive() {
	var entities, regexes []any
	for _, p := range a.config.Objects("sensitiveInformationPolicy.piiEntities") {
		action, on := a.rule(p)
		if !on {
			continue
		}
		typ := p.Text("type")
		known := patterns[typ]
		found := a.matches(known, action, "{"+typ+"}")
		for _, match := range found {
			entities = append(entities, a.report(action, wire.Object{"match": match, "type": typ}))
		}
		if len(found) == 0 && a.full {
			entities = append(entities, absent(wire.Object{"match": "", "type": typ}))
		}
	}
	for _, x := range a.config.Objects("sensitiveInformationPolicy.regexes") {
		action, on := a.rule(x)
		expression, err := regexp.Compile(x.Text("pattern"))
		if !on || err != nil { // it was compiled when it was put
			continue
		}
		for _, match := range a.matches(pattern{expression: expression}, action, "{"+x.Text("name")+"}") {
			regexes = append(regexes, a.report(action, wire.Object{"match": match, "name": x.Text("name"), "regex": x.Text("pattern")}))
		}
	}
	a.add("sensitiveInformationPolicy", map[string][]any{"piiEntities": entities, "regexes": regexes})
}

// matches are the different texts that a pattern finds; when they are to be replaced, by what.
func (a *assessing) matches(p pattern, action, by string) []string {
	if p.expression == nil {
		return nil
	}
	var out []string
	for i, text := range a.texts {
		for _, at := range p.find(text) {
			if match := text[at.start:at.end]; !slices.Contains(out, match) {
				out = append(out, match)
			}
			if action == anonymize {
				a.masks[i][at] = by
			}
		}
	}
	return out
}

// masked replaces parts of a text. Of parts that overlap, the first counts, and of those the
// longest.
func masked(text string, by map[span]string) string {
	var spans []span
	for at := range by {
		spans = append(spans, at)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var out strings.Builder
	from := 0
	for _, at := range spans {
		if at.start < from {
			continue
		}
		out.WriteString(text[from:at.start])
		out.WriteString(by[at])
		from = at.end
	}
	out.WriteString(text[from:])
	return out.String()
}

// usage counts text units of 1,000 characters for each policy that has something to look for.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailUsage.html
func (a *assessing) usage() {
	units := int64(a.out.characters+999) / 1000
	count := func(paths ...string) int64 {
		for _, path := range paths {
			for _, element := range a.config.Objects(path) {
				if _, on := a.rule(element); on {
					return units
				}
			}
		}
		return 0
	}
	a.out.usage = wire.Object{
		"topicPolicyUnits":                    count("topicPolicy.topics"),
		"contentPolicyUnits":                  int64(0),
		"wordPolicyUnits":                     count("wordPolicy.words", "wordPolicy.managedWordLists"),
		"sensitiveInformationPolicyUnits":     count("sensitiveInformationPolicy.piiEntities"),
		"sensitiveInformationPolicyFreeUnits": count("sensitiveInformationPolicy.regexes"),
		"contextualGroundingPolicyUnits":      int64(0),
	}
}
