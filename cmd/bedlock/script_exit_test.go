package main

import (
	"errors"
	"os/exec"
	"strconv"
)

func exitStatus(err error) (int, bool) {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode(), true
	}
	return 0, false
}

func itoa(n int) string { return strconv.Itoa(n) }
