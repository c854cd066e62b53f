// Command bedlock shows on which rung of the ladder every Amazon Bedrock
// encryption slot stands, why, and what to do.
//
// Results go to standard output, progress and problems to standard error. The
// exit codes are 0 clean, 1 the program failed, 2 usage or bad input, 3 findings
// at or above --fail-on, 5 inconclusive and 130 interrupted, the same for every
// format.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], environment{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
	}))
}

// environment is what the program takes from the outside, so that tests can run
// the whole program in process.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, env environment) int {
	root := newRoot(env)
	root.SetArgs(args)
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	return exitCode(ctx, root.ExecuteContext(ctx), env.stderr)
}
