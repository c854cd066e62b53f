package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// The exit codes, the same for every command and format.
const (
	exitClean        = 0
	exitFailed       = 1
	exitUsage        = 2
	exitFindings     = 3
	exitIncomplete   = 4
	exitInconclusive = 5
	exitInterrupted  = 130
)

// exitError ends the program with a code. With an error it is printed, with a
// hint about the way out; without one the report has said everything.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage is an error of how the program was called or of what it was given.
func usage(hint, format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// ending is what a run ends with for an error.
func ending(ctx context.Context, err error) *exitError {
	var e *exitError
	named := errors.As(err, &e)
	// A failure that is named as such is told even by a run that was to end.
	if ctx.Err() != nil && (!named || e.code != exitFailed) {
		out := &exitError{code: exitInterrupted, err: errors.New("interrupted")}
		if named && (e.code == exitInterrupted || e.code == exitIncomplete) {
			out.hint = e.hint
		}
		return out
	}
	if !named {
		return &exitError{code: exitFailed, err: err}
	}
	return e
}

func exitCode(ctx context.Context, err error, stderr io.Writer) int {
	if err == nil {
		return exitClean
	}
	e := ending(ctx, err)
	if e.err != nil {
		fmt.Fprintf(stderr, "bedlock: %v\n", e.err)
	}
	if e.hint != "" {
		fmt.Fprintf(stderr, "  hint: %s\n", e.hint)
	}
	return e.code
}
