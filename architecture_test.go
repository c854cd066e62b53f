package bedlock_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/bedlock/bedlock"

// arrows says what each package of ours may import, by path below the module;
// "..." at the end includes what is below. Arrows point down only.
var arrows = map[string][]string{
	"":                              {},
	"arn":                           {},
	"policy":                        {"arn"},
	"policy/authz":                  {"arn", "policy"},
	"policy/authz/spec":             {"arn", "policy", "policy/authz"},
	"policy/symbolic":               {"arn", "policy", "policy/authz"},
	"policy/simulate":               {"policy", "policy/authz"},
	"policy/explain":                {"policy", "policy/authz"},
	"policy/managed":                {"arn", "policy"},
	"policy/lint":                   {"arn", "policy", "policy/authz", "policy/symbolic"},
	"policy/least":                  {"arn", "policy", "policy/authz", "policy/symbolic"},
	"catalog":                       {"", "arn"},
	"inventory":                     {"", "catalog"},
	"iac/syntax":                    {""},
	"iac/graph":                     {"", "arn", "catalog", "inventory", "iac/syntax"},
	"iac/cloudformation":            {"", "iac/syntax", "iac/graph"},
	"iac/terraform":                 {"", "arn", "iac/syntax", "iac/graph"},
	"iac":                           {"", "catalog", "inventory", "iac/syntax", "iac/graph", "iac/cloudformation", "iac/terraform"},
	"internal/model":                {},
	"internal/demo":                 {"plane/seed"},
	"internal/keystates":            {},
	"kms/material":                  {},
	"kms":                           {"arn", "policy", "policy/authz", "kms/material"},
	"internal/wire":                 {"internal/model", "internal/shape"},
	"plane":                         {"arn", "internal/model", "internal/wire", "kms", "kms/material", "plane/awsjson", "plane/awsquery", "plane/sigv4", "policy", "policy/authz"},
	"plane/records":                 {"internal/wire", "kms"},
	"plane/behalf":                  {"arn", "catalog", "kms", "plane", "plane/records", "policy/authz"},
	"plane/emulate":                 {"arn", "internal/model", "internal/wire", "kms", "plane", "plane/behalf", "plane/iam", "plane/records", "policy", "policy/authz"},
	"plane/agents":                  {"arn", "catalog", "internal/model", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/registry":                {"arn", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records"},
	"plane/automation":              {"arn", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records"},
	"plane/agentcore":               {"arn", "internal/model", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/s3":                      {"arn", "internal/model", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/s3vectors":               {"arn", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/opensearchserverless":    {"arn", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/bedrock":                 {"arn", "internal/model", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/local":                   {"catalog", "internal/store", "internal/wire", "kms", "plane", "plane/..."},
	"plane/local/localtest/sdktest": {"plane/local/localtest"},
	"plane/local/localtest":         {"internal/store", "internal/store/sqlite", "internal/wire", "kms", "plane", "plane/local", "plane/seed", "plane/sigv4"},
	"plane/seed":                    {"arn", "kms", "kms/material", "plane", "plane/iam", "policy"},
	"plane/iam":                     {"arn", "kms", "plane", "plane/awsquery", "plane/sigv4", "plane/sts", "policy", "policy/authz", "policy/managed"},
	"plane/trails":                  {"arn", "internal/wire", "plane", "plane/behalf", "plane/cloudtrail", "plane/emulate", "plane/records", "policy/authz"},
	"plane/sts":                     {"arn", "plane", "plane/awsquery", "plane/sigv4", "policy", "policy/authz"},
	"plane/cloudtrail":              {"arn", "internal/model", "kms", "kms/material", "plane", "plane/awsjson", "internal/shape", "internal/wire", "policy/authz"},
	"plane/page":                    {"internal/markup", "kms", "plane", "policy", "policy/authz", "policy/explain"},
	"plane/logs":                    {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/secretsmanager":          {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/cloudwatch":              {"arn", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/metrics", "plane/records", "policy/authz"},
	"plane/dynamodb":                {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/ssm":                     {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/sns":                     {"arn", "internal/wire", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy/authz"},
	"plane/sqs":                     {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/lambda":                  {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/stepfunctions":           {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/firehose":                {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy", "policy/authz"},
	"plane/account":                 {"arn", "internal/wire", "plane/emulate"},
	"plane/organizations":           {"internal/wire", "plane", "plane/emulate", "plane/iam", "plane/records", "policy", "policy/authz", "policy/lint"},
	"plane/config":                  {"internal/wire", "kms", "kms/material", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy/authz"},
	"plane/tagging":                 {"arn", "internal/wire", "kms", "plane/behalf", "plane/emulate", "policy/authz"},
	"plane/rds":                     {"arn", "internal/wire", "kms", "plane", "plane/behalf", "plane/emulate", "plane/records", "policy/authz"},
	"plane/sigv4":                   {},
	"plane/xks":                     {"kms", "plane/sigv4"},
	"plane/metrics":                 {"kms", "plane"},
	"plane/awsjson":                 {"internal/model", "internal/shape"},
	"plane/awsquery":                {"internal/model", "internal/shape"},
	"internal/shape":                {"internal/model"},
	"internal/store":                {"kms"},
	"internal/store/sqlite":         {"kms", "internal/filelock", "internal/store"},
	"internal/filelock":             {},
	"internal/fix":                  {"", "arn", "catalog", "inventory", "internal/audit", "internal/estate", "internal/model", "internal/prove", "internal/wire", "policy", "policy/..."},
	"internal/fix/apply":            {"", "internal/filelock", "internal/fix", "internal/wire"},
	"internal/fix/dryrun":           {"", "arn", "catalog", "inventory", "internal/estate", "internal/fix", "internal/wire", "policy/authz"},
	"internal/fix/emit":             {"", "arn", "catalog", "internal/fix", "internal/model", "internal/wire"},
	"internal/fix/live":             {"internal/awsapi", "internal/fix", "internal/wire"},
	"internal/fix/fixtest":          {"", "catalog", "inventory", "internal/awsapi", "internal/demo", "internal/fix", "internal/fix/live", "internal/wire", "plane/local", "plane/seed"},
	"internal/fix/permit":           {"", "arn", "catalog", "internal/awsapi", "internal/fix", "internal/wire"},
	"internal/fix/verify":           {"", "catalog", "inventory", "internal/audit", "internal/fix", "internal/fix/dryrun", "internal/wire"},
	"internal/fix/workload":         {"", "arn", "catalog", "inventory", "internal/fix", "internal/wire", "policy"},
	"internal/rehearse":             {"", "arn", "catalog", "inventory", "internal/audit", "internal/awsapi", "internal/estate", "internal/fix", "internal/fix/apply", "internal/fix/live", "internal/model", "internal/prove", "internal/wire", "kms", "kms/material", "plane", "plane/...", "policy", "policy/..."},
	"internal/estate":               {"", "arn", "catalog", "inventory", "policy", "policy/authz", "policy/managed", "policy/symbolic"},
	"internal/prove":                {"", "arn", "catalog", "inventory", "policy", "policy/authz", "policy/symbolic", "policy/least", "internal/estate"},
	"internal/audit":                {"", "arn", "catalog", "inventory", "policy", "policy/lint", "internal/estate"},
	"internal/awsapi":               {"", "arn", "catalog", "inventory", "iac/graph", "internal/filelock", "internal/model", "internal/wire"},
	"internal/markup":               {},
	"internal/report":               {"", "internal/markup"},
	"cmd/bedlock":                   {"...", "", "arn", "catalog", "inventory", "policy", "policy/...", "iac", "iac/syntax", "internal/...", "kms", "plane", "plane/..."},
}

// fences says which packages alone may import something, and why.
var fences = []struct {
	imports string // import path prefix
	only    []string
	why     string
}{
	{"github.com/aws/aws-sdk-go-v2", []string{"internal/awsapi", "plane/local/localtest/sdktest"}, "every answer comes from an inventory; only the collector and the applier talk to AWS"},
	{"database/sql", []string{"internal/store"}, "SQL lives behind the store contract"},
	{"github.com/spf13/", []string{"cmd/bedlock"}, "flags are resolved in cmd only"},
	{"flag", []string{"cmd/bedlock"}, "flags are resolved in cmd only"},
	{"net/http", []string{"plane", "internal/web", "internal/wire", "internal/awsapi", "internal/monitor", "internal/fix/fixtest"}, "the audit of files never opens a connection"},
	{"text/template", nil, "its method lookup switches off dead-code elimination: +15 MB"},
	{"html/template", nil, "its method lookup switches off dead-code elimination: +15 MB"},
	{"unsafe", nil, "nothing here needs it"},
}

// calls that only cmd may make.
var environmentCalls = []string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.Exit", "os.Args"}

type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages; the test would check nothing", len(all))
	}
	return all
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		from := below(p.ImportPath)
		allowed, known := lookup(from)
		if !known {
			t.Errorf("package %s is not in the table of arrows; add it with what it may import", from)
			continue
		}
		for _, imp := range p.Imports {
			if imp != module && !strings.HasPrefix(imp, module+"/") {
				continue
			}
			if to := below(imp); !matches(allowed, to) {
				t.Errorf("%s imports %s: arrows point down only, it may import %q", from, to, allowed)
			}
		}
	}
}

func TestFences(t *testing.T) {
	for _, p := range packages(t) {
		from := below(p.ImportPath)
		for _, imp := range p.Imports {
			for _, f := range fences {
				if imp != f.imports && !strings.HasPrefix(imp, strings.TrimSuffix(f.imports, "/")+"/") {
					continue
				}
				if !slices.ContainsFunc(f.only, func(o string) bool { return from == o || strings.HasPrefix(from, o+"/") }) {
					t.Errorf("%s imports %s: %s (allowed in %q)", from, imp, f.why, f.only)
				}
			}
		}
		if strings.HasPrefix(from, "cmd/") || strings.HasPrefix(from, "tools/") {
			continue
		}
		for _, file := range p.GoFiles {
			for _, call := range selectors(t, filepath.Join(p.Dir, file)) {
				if slices.Contains(environmentCalls, call) {
					t.Errorf("%s/%s uses %s: environment, arguments and exit codes belong to cmd", from, file, call)
				}
			}
		}
	}
}

func TestEveryPackageHasOneDoc(t *testing.T) {
	for _, p := range packages(t) {
		docs := 0
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				docs++
			}
		}
		if docs != 1 {
			t.Errorf("%s has %d package comments, want 1", p.ImportPath, docs)
		}
	}
}

// sizes bounds files and functions; a concept that wants a name hides behind
// every longer one. Exceptions are listed here by name.
func TestSizes(t *testing.T) {
	const fileLines, functionLines = 600, 100
	for _, p := range packages(t) {
		entries, err := os.ReadDir(p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) != ".go" {
				continue
			}
			name := filepath.Join(p.Dir, e.Name())
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if n := fset.Position(f.End()).Line; n > fileLines {
				t.Errorf("%s has %d lines, more than %d", name, n, fileLines)
			}
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || strings.HasSuffix(name, "_test.go") {
					continue
				}
				if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > functionLines {
					t.Errorf("%s: %s has %d lines, more than %d", name, fn.Name.Name, n, functionLines)
				}
				if fn.Name.Name == "init" && fn.Recv == nil {
					t.Errorf("%s: init functions have hidden effects", name)
				}
			}
		}
	}
}

// TestFuzzTargetsHaveSeeds: a fuzz target without seeds runs on nothing under
// plain go test.
func TestFuzzTargetsHaveSeeds(t *testing.T) {
	targets := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			targets++
			seeded := false
			ast.Inspect(fn, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Add" {
					seeded = true
				}
				return true
			})
			if !seeded {
				t.Errorf("%s: %s adds no seeds", path, fn.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if targets < 5 {
		t.Errorf("found %d fuzz targets; every reader must have one", targets)
	}
}

func below(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

// lookup finds the row of a package; subfolders share the row of the nearest one.
func lookup(pkg string) ([]string, bool) {
	if strings.HasPrefix(pkg, "tools/") {
		return []string{"..."}, true
	}
	for p := pkg; ; {
		if allowed, ok := arrows[p]; ok && (p != "" || pkg == "") {
			if p != pkg { // a subfolder may import its parent's siblings below, and its parent
				allowed = append([]string{p}, allowed...)
			} else {
				allowed = append([]string{p + "/..."}, allowed...)
			}
			return allowed, true
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return nil, false
		}
		p = p[:i]
	}
}

func matches(allowed []string, to string) bool {
	for _, a := range allowed {
		if prefix, wild := strings.CutSuffix(a, "..."); wild && (prefix == "" || strings.HasPrefix(to, prefix)) || a == to {
			return true
		}
	}
	return false
}

func selectors(t *testing.T, file string) (found []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				found = append(found, fmt.Sprintf("%s.%s", x.Name, s.Sel.Name))
			}
		}
		return true
	})
	return found
}

// TestTheRulesBite: the checks above see what they forbid.
func TestTheRulesBite(t *testing.T) {
	allowed, _ := lookup("catalog")
	if matches(allowed, "internal/audit") {
		t.Error("catalog may import internal/audit: the table of arrows forbids nothing")
	}
	if _, known := lookup("nowhere/else"); known {
		t.Error("an unknown package has a row")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "x.go")
	if err := os.WriteFile(file, []byte("package x\nimport \"os\"\nvar _ = os.Getenv(\"A\")\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(selectors(t, file), "os.Getenv") {
		t.Error("os.Getenv is not seen")
	}
}
