package workload

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Builtin are the names of the profiles that come with the program, sorted.
func Builtin() []string {
	entries, err := fs.ReadDir(profiles, "profiles")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}

// Text is the text of a profile that comes with the program.
func Text(name string) ([]byte, error) {
	if !slices.Contains(Builtin(), name) {
		return nil, fmt.Errorf("no workload %q comes with Bedlock: there is %s", name, strings.Join(Builtin(), ", "))
	}
	return profiles.ReadFile("profiles/" + name + ".yaml")
}

// Load reads a profile that comes with the program.
func Load(name string, c *catalog.Catalog) (*Profile, error) {
	b, err := Text(name)
	if err != nil {
		return nil, err
	}
	return Parse("workload "+name, b, c)
}
