// Package drive is what the Go programs here have in common: they say step by step what
// they did with a client, and set up keys with AWS's SDK.
//
// A program prints "version V", then "ok STEP" or "failed STEP: what differed" for each
// step, and "done" at its end; clients/run reads that.
package drive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"
)

// Client is a client under way.
type Client struct {
	ctx    context.Context
	failed bool
}

// stepTime is how long a step may take.
const stepTime = time.Minute

// Library begins with a library that this program is built with, by its module path.
func Library(module string) *Client {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == module {
				version = strings.TrimPrefix(d.Version, "v")
			}
		}
	}
	return Version(version)
}

// Version begins with a client of a known version.
func Version(version string) *Client {
	fmt.Println("version", version)
	return &Client{ctx: context.Background()}
}

// Step does one step and says how it went.
func (c *Client) Step(name string, do func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(c.ctx, stepTime)
	defer cancel()
	if err := do(ctx); err != nil {
		c.failed = true
		fmt.Printf("failed %s: %s\n", name, strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	fmt.Println("ok", name)
}

// Done ends the program.
func (c *Client) Done() {
	fmt.Println("done")
	if c.failed {
		os.Exit(1)
	}
}

// Same is an error unless got is want.
func Same(got, want string) error {
	if got != want {
		return fmt.Errorf("got %q, want %q", got, want)
	}
	return nil
}

// Refused is an error unless err tells the error code. Many clients flatten what AWS
// answered into text, so text is looked at.
func Refused(err error, code string) error {
	if err == nil {
		return fmt.Errorf("was allowed, want %s", code)
	}
	if !strings.Contains(err.Error(), code) {
		return fmt.Errorf("want %s, got: %w", code, err)
	}
	return nil
}

// As runs do with a profile. Clients made in do have its rights.
func As(profile string, do func() error) error {
	before := os.Getenv("AWS_PROFILE")
	if err := os.Setenv("AWS_PROFILE", profile); err != nil {
		return err
	}
	err := do()
	return errors.Join(err, os.Setenv("AWS_PROFILE", before))
}

// Run runs a command and returns what it printed on standard output. The error has what it
// printed on standard error.
func Run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", name, err, complaint.String())
	}
	return out.String(), nil
}
