package main

import (
	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix/workload"
)

// completer completes a word of a command line.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// filesOf completes the one file that a command takes, by what its name ends with.
func filesOf(endings ...string) completer {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

// sourcesOr completes a source: AWS, the demo, or any file.
func sourcesOr(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{sourceAWS + "\twhat the credentials reach", sourceDemo + "\ta company on a local AWS"}, cobra.ShellCompDirectiveDefault
}

// inventories completes the value of a flag that is a source.
func inventories(c *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return sourcesOr(c, nil, word)
}

// rungs completes the rungs of the ladder.
func rungs(*cobra.Command, []string, string) (out []string, _ cobra.ShellCompDirective) {
	for _, r := range bedlock.Rungs() {
		out = append(out, r.String()+"\t"+r.Meaning())
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// workloads completes the names of the workloads that are known; files may have others.
func workloads(*cobra.Command, []string, string) (out []string, _ cobra.ShellCompDirective) {
	cat, err := catalog.Embedded()
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	for _, name := range workload.Builtin() {
		if p, err := workload.Load(name, cat); err == nil {
			name += "\t" + p.Title
		}
		out = append(out, name)
	}
	return out, cobra.ShellCompDirectiveDefault
}

// complete registers how the value of a flag is completed.
func complete(c *cobra.Command, flag string, by completer) {
	if err := c.RegisterFlagCompletionFunc(flag, by); err != nil {
		panic(err) // the flag is not there: a defect that every test sees
	}
}
