package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/markup"
)

// TestNoFormatEmitsControlCharacters is the promise of [markup.Visible] for every
// format, with and without colour.
func TestNoFormatEmitsControlCharacters(t *testing.T) {
	for _, file := range streams(t) {
		for _, format := range Formats() {
			out := render(t, file, format, Options{Width: 80, Verbose: true})
			if !utf8.Valid(out) {
				t.Errorf("%s %s: invalid UTF-8", file, format)
			}
			for _, r := range string(out) {
				if r != '\n' && markup.Acted(r) {
					t.Errorf("%s %s: emits %U", file, format, r)
					break
				}
			}
		}
		color := render(t, file, "text", Options{Color: true})
		rest := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAll(color, nil)
		if bytes.ContainsRune(rest, 0x1b) {
			t.Errorf("%s: coloured text has an escape sequence that is not a colour", file)
		}
		if plain := render(t, file, "text", Options{}); !bytes.Equal(rest, plain) {
			t.Errorf("%s: coloured text differs from plain text by more than colour", file)
		}
	}
}

func TestWrapAndClip(t *testing.T) {
	if got := strings.Join(wrap("one two three arn:aws:kms:eu-central-1:111122223333:key/x four", 9), "|"); got != "one two|three|arn:aws:kms:eu-central-1:111122223333:key/x|four" {
		t.Errorf("wrap: %s", got)
	}
	if got := wrap("日本 日本 日本", 9); strings.Join(got, "|") != "日本 日本|日本" {
		t.Errorf("wrap of wide characters: %q", got)
	}
	if got := clip("abcdefghij", 6); got != "abc..." {
		t.Errorf("clip: %q", got)
	}
	if got := clip("a"+strings.Repeat("\u0301", 1<<20), 10); len(got) > 100 {
		t.Errorf("clip leaves %d bytes of combining marks", len(got))
	}
}

func TestCellDisarmsFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@A1": "'@A1", " =1": "' =1", "＝1": "'＝1",
		"|cmd": "'|cmd", "\t=1": `\t=1`, "a=1": "a=1", "": "", "arn:aws:kms": "arn:aws:kms",
	} {
		if got := cell(in); got != want {
			t.Errorf("cell(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCSVParses(t *testing.T) {
	for _, file := range streams(t) {
		rows, err := csv.NewReader(bytes.NewReader(render(t, file, "csv", Options{}))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := 1 + bytes.Count(source, []byte(`{"slot": {`)) + bytes.Count(source, []byte(`{"finding": {`))
		if len(rows) != want {
			t.Errorf("%s: %d rows, want %d", file, len(rows), want)
		}
		for _, row := range rows[1:] {
			for _, c := range row {
				if c != "" && strings.ContainsAny(c[:1], "=+-@|%\t\r") {
					t.Errorf("%s: cell %q would run", file, c)
				}
			}
		}
	}
}

func TestJUnitParses(t *testing.T) {
	for _, file := range streams(t) {
		out := render(t, file, "junit", Options{})
		dec := xml.NewDecoder(bytes.NewReader(out))
		elements := map[string]int{}
		for {
			tok, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if e, ok := tok.(xml.StartElement); ok {
				elements[e.Name.Local]++
			}
		}
		var doc junitSuites
		if err := xml.Unmarshal(out, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Tests != elements["testcase"] || doc.Failures != elements["failure"] || doc.Errors != elements["error"] || doc.Skipped != elements["skipped"] {
			t.Errorf("%s: counts %d/%d/%d/%d, elements %v", file, doc.Tests, doc.Failures, doc.Errors, doc.Skipped, elements)
		}
		if strings.HasSuffix(file, "estate.ndjson") && [4]int{doc.Tests, doc.Failures, doc.Errors, doc.Skipped} != [4]int{29, 16, 1, 5} {
			t.Errorf("estate: %d tests, %d failures, %d errors, %d skipped", doc.Tests, doc.Failures, doc.Errors, doc.Skipped)
		}
	}
}

// TestHTMLIsClosed walks the page as a tokenizer would and holds every element
// and attribute against what the page itself writes, so that no text of the
// stream can have become markup.
func TestHTMLIsClosed(t *testing.T) {
	for _, file := range streams(t) {
		page := string(render(t, file, "html", Options{}))
		for _, own := range []string{pageCSS, pageJS} {
			if strings.Count(page, own) != 1 {
				t.Fatalf("%s: the page lacks its own style or script", file)
			}
			page = strings.Replace(page, own, "", 1)
		}
		checkMarkup(t, file, page)
		if strings.Contains(page, "javascript:") && strings.Contains(page, `href="javascript:`) {
			t.Errorf("%s: a script address became a link", file)
		}
	}
}

var (
	tagPattern  = regexp.MustCompile(`^<(/?)([a-zA-Z][a-zA-Z0-9]*)((?: [a-zA-Z-]+(?:="[^"<>]*")?)*)(/?)>`)
	attrPattern = regexp.MustCompile(` ([a-zA-Z-]+)`)
	attrValue   = regexp.MustCompile(`="[^"]*"`)
	voidTags    = map[string]bool{"meta": true, "br": true, "input": true, "rect": true}
	pageTags    = set("html head meta title style body a header div h1 h2 h3 p strong span code time nav main section dl dt dd " +
		"table caption thead tbody tr th td svg rect form label input select option button ul li details summary article footer script br")
	pageAttrs = set("lang charset http-equiv content name class href aria-label aria-hidden aria-sort id scope viewBox preserveAspectRatio " +
		"width height x type placeholder autocomplete value hidden role datetime title rel data-key data-rank data-rung data-severity data-severities data-type data-name data-label")
)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

func checkMarkup(t *testing.T, file, page string) {
	t.Helper()
	page = strings.TrimPrefix(page, "<!DOCTYPE html>\n")
	var stack []string
	for i := 0; i < len(page); {
		if page[i] == '>' {
			t.Fatalf("%s: bare > near %q", file, near(page, i))
		}
		if page[i] != '<' {
			i++
			continue
		}
		m := tagPattern.FindStringSubmatch(page[i:])
		if m == nil || !pageTags[m[2]] {
			t.Fatalf("%s: foreign markup near %q", file, near(page, i))
		}
		for _, a := range attrPattern.FindAllStringSubmatch(attrValue.ReplaceAllString(m[3], ""), -1) {
			if !pageAttrs[a[1]] {
				t.Fatalf("%s: foreign attribute %q near %q", file, a[1], near(page, i))
			}
		}
		switch {
		case m[1] == "/":
			if len(stack) == 0 || stack[len(stack)-1] != m[2] {
				t.Fatalf("%s: </%s> closes %v near %q", file, m[2], stack, near(page, i))
			}
			stack = stack[:len(stack)-1]
		case !voidTags[m[2]]:
			stack = append(stack, m[2])
		}
		i += len(m[0])
	}
	if len(stack) > 0 {
		t.Errorf("%s: left open: %v", file, stack)
	}
}

func near(s string, i int) string { return s[max(0, i-60):min(len(s), i+120)] }

func TestHTMLMakesNoRequests(t *testing.T) {
	page := string(render(t, "testdata/estate.ndjson", "html", Options{}))
	for _, want := range []string{"default-src &#39;none&#39;", "script-src &#39;" + hashOf(pageJS), "style-src &#39;" + hashOf(pageCSS)} {
		if !strings.Contains(page, want) {
			t.Errorf("the content security policy lacks %s", want)
		}
	}
	for _, bad := range []string{"src=\"", "@import", "url(", "<link", "<iframe", "fetch(", "style=\""} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
}

func TestMarkdownStaysMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"a|b":              "a&#124;b",
		"`x`":              "&#96;x&#96;",
		"<script>":         "&#60;script&#62;",
		"@octocat":         "&#64;&#8203;octocat",
		"#12":              "&#35;&#8203;12",
		"[x](http://y)":    "&#91;x&#93;(http&#58;//y)",
		"www.evil.example": "www&#46;evil.example",
		"&lt;":             "&#38;lt;",
		"two\nlines":       "two&#92;nlines",
		"my-guardrail.1":   "my-guardrail.1",
	} {
		if got := markdown(in); got != want {
			t.Errorf("markdown(%q) = %q, want %q", in, got, want)
		}
	}
	out := string(render(t, "testdata/hostile.ndjson", "markdown", Options{}))
	for l := range strings.Lines(out) {
		if strings.HasPrefix(l, "| <code>") && strings.Count(l, "|") != 4 {
			t.Errorf("table row with %d bars: %s", strings.Count(l, "|"), l)
		}
	}
	bare := regexp.MustCompile(`</?(details|summary|b|code)>`).ReplaceAllString(out, "")
	if strings.ContainsAny(strings.ReplaceAll(bare, "\n> ", "\n"), "<>") {
		t.Error("text became HTML")
	}
}
