package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bedlock/bedlock/policy"
)

// testCase is one document of testdata with the findings expected: the code, the
// statement and the place of each, in order.
type testCase struct {
	name, url, text string
	options         Options
	want            []string
}

// readCases reads a file of cases. A case begins with "== NAME", has lines "kind:",
// "url:" and perhaps "key:", then the document, then "--" and the findings.
func readCases(t testing.TB, path string) (cases []testCase) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+string(b), "\n== ")[1:] {
		c := testCase{}
		head, rest, ok := strings.Cut(part, "\n{")
		text, want, ok2 := strings.Cut("{"+rest, "\n--\n")
		if !ok || !ok2 {
			t.Fatalf("%s: case %q has no document or no end", path, part)
		}
		lines := strings.Split(head, "\n")
		c.name, c.text, c.want = lines[0], text+"\n", strings.FieldsFunc(want, func(r rune) bool { return r == '\n' })
		for _, line := range lines[1:] {
			switch name, value, _ := strings.Cut(line, ": "); name {
			case "kind":
				if c.options.Kind, err = ParseKind(value); err != nil {
					t.Fatalf("%s: %s: %v", path, c.name, err)
				}
			case "url":
				c.url = value
			case "key":
				c.options.Key = value
			default:
				t.Fatalf("%s: %s: line %q", path, c.name, line)
			}
		}
		if !strings.HasPrefix(c.url, "https://docs.a") || c.options.Kind == 0 {
			t.Fatalf("%s: %s: no URL or no kind", path, c.name)
		}
		cases = append(cases, c)
	}
	return cases
}

func (c *testCase) check(t *testing.T) []Finding {
	t.Helper()
	doc, err := policy.Parse(c.text)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return Check(doc, c.options)
}

// lines prints findings as the cases have them.
func lines(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		at := fmt.Sprintf("%d:%d", f.At.Line, f.At.Column)
		if f.Statement < 0 {
			out = append(out, f.Code+" - "+at)
		} else {
			out = append(out, fmt.Sprintf("%s %d %s", f.Code, f.Statement, at))
		}
	}
	return out
}

func caseFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 8 {
		t.Fatalf("files of cases: %v, %v", files, err)
	}
	return files
}

func TestCases(t *testing.T) {
	cases := 0
	for _, file := range caseFiles(t) {
		for _, c := range readCases(t, file) {
			cases++
			t.Run(filepath.Base(file)+"/"+c.name, func(t *testing.T) {
				findings := c.check(t)
				if diff := cmp.Diff(c.want, lines(findings), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if filepath.Base(file) == "clean.txt" && len(c.want) > 0 {
					t.Error("a clean document has findings")
				}
				for _, f := range findings {
					if f.Text == "" || !strings.HasPrefix(f.Source, "https://docs.") || f.Severity.String() == "invalid" {
						t.Errorf("finding %+v lacks something", f)
					}
				}
			})
		}
	}
	t.Logf("%d cases", cases)
}
