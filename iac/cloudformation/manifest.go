package cloudformation

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/bedlock/bedlock/iac/syntax"
)

// Artifact is one stack of a CDK assembly.
type Artifact struct {
	// ID is the artifact's name in the manifest.
	ID string
	// TemplateFile is the template's path: the manifest's folder joined with what
	// the manifest says, slash-separated.
	TemplateFile string
	// StackName is the name under which the stack is deployed.
	StackName string
	// Account and Region are empty when the assembly leaves them open.
	Account, Region string
	// Parameters are the values that the assembly gives.
	Parameters map[string]string
}

// Environment returns what the artifact says about its template.
func (a Artifact) Environment() Environment {
	return Environment{Account: a.Account, Region: a.Region, StackName: a.StackName, Parameters: a.Parameters}
}

const (
	stackArtifact    = "aws:cloudformation:stack"
	assemblyArtifact = "cdk:cloud-assembly"
)

// DetectManifest reports whether a file is the manifest of a CDK assembly
// (cdk.out/manifest.json) with stacks or nested assemblies.
func DetectManifest(n *syntax.Node) bool {
	if n == nil || n.Get("version") == nil {
		return false
	}
	list := n.Get("artifacts")
	if list == nil || list.Kind != syntax.Map {
		return false
	}
	for i := 1; i < len(list.Items); i += 2 {
		if t := list.Items[i].Get("type"); t != nil && (t.Text == stackArtifact || t.Text == assemblyArtifact) {
			return true
		}
	}
	return false
}

// Manifest returns the stacks of a CDK assembly, sorted by ID. Nested assemblies
// (the stages of an app) have manifests of their own: see [NestedManifests].
// Errors are [*syntax.Error].
func Manifest(file string, n *syntax.Node) ([]Artifact, error) {
	var out []Artifact
	err := artifacts(file, n, stackArtifact, func(id string, a, p *syntax.Node) error {
		template, err := inside(file, p.Get("templateFile"), a, "templateFile")
		if err != nil {
			return err
		}
		one := Artifact{ID: id, TemplateFile: template, StackName: id, Parameters: map[string]string{}}
		if s := p.Get("stackName"); s != nil && s.Text != "" {
			one.StackName = s.Text
		}
		if env := a.Get("environment"); env != nil {
			one.Account, one.Region = environment(env.Text)
		}
		if list := p.Get("parameters"); list != nil && list.Kind == syntax.Map {
			for i := 0; i+1 < len(list.Items); i += 2 {
				one.Parameters[list.Items[i].Text] = list.Items[i+1].Text
			}
		}
		out = append(out, one)
		return nil
	})
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, err
}

// NestedManifests returns the paths of the manifests of nested assemblies, sorted.
func NestedManifests(file string, n *syntax.Node) ([]string, error) {
	var out []string
	err := artifacts(file, n, assemblyArtifact, func(_ string, a, p *syntax.Node) error {
		dir, err := inside(file, p.Get("directoryName"), a, "directoryName")
		if err == nil {
			out = append(out, path.Join(dir, "manifest.json"))
		}
		return err
	})
	sort.Strings(out)
	return out, err
}

func artifacts(file string, n *syntax.Node, kind string, visit func(id string, artifact, properties *syntax.Node) error) error {
	list := n.Get("artifacts")
	if list == nil || list.Kind != syntax.Map {
		return &syntax.Error{At: n.At(file), Message: "the CDK manifest has no artifacts", Hint: "run cdk synth again"}
	}
	for i := 0; i+1 < len(list.Items); i += 2 {
		a := &list.Items[i+1]
		if t := a.Get("type"); t == nil || t.Text != kind {
			continue
		}
		if err := visit(list.Items[i].Text, a, a.Get("properties")); err != nil {
			return err
		}
	}
	return nil
}

// inside joins a path of the manifest to its folder, which it must not leave.
func inside(file string, n, artifact *syntax.Node, what string) (string, error) {
	if n == nil || n.Kind != syntax.String || n.Text == "" {
		return "", &syntax.Error{At: artifact.At(file), Message: fmt.Sprintf("the artifact has no %s", what), Hint: "run cdk synth again"}
	}
	clean := path.Clean(n.Text)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
		return "", &syntax.Error{At: n.At(file), Message: fmt.Sprintf("%s %q leads out of the assembly", what, n.Text)}
	}
	return path.Join(path.Dir(file), clean), nil
}

// environment reads aws://ACCOUNT/REGION.
func environment(s string) (account, region string) {
	account, region, _ = strings.Cut(strings.TrimPrefix(s, "aws://"), "/")
	if !isAccount(account) {
		account = ""
	}
	if region == "unknown-region" {
		region = ""
	}
	return account, region
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }
