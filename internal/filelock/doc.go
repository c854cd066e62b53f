// Package filelock keeps processes of one machine out of each other's way.
package filelock

import "errors"

// ErrHeld is what Open returns when another process has the file open by it.
var ErrHeld = errors.New("held by another process")
