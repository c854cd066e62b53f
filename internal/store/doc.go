// Package store and the packages below it keep the records of [kms.Store] on disk. The
// contract is kms.Store; package storetest is the same contract as tests, which every
// implementation runs, and package sqlite is the implementation.
//
// A store opens whole or not at all. An error says which file is wrong, what is wrong with
// it and, where there is one, the way out. Its kind is one of the errors of this package.
package store

import "errors"

// The kinds of errors that a caller may want to tell apart.
var (
	// ErrInUse: another process has the store open.
	ErrInUse = errors.New("in use")
	// ErrDamaged: records are missing or not what was committed.
	ErrDamaged = errors.New("damaged")
	// ErrForeign: the file is no store of Bedlock's, or one of a newer version.
	ErrForeign = errors.New("not readable by this version")
	// ErrUnusable: a fault left it open whether a commit is on disk, so that nothing more is
	// committed until the store is opened again.
	ErrUnusable = errors.New("unusable")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("closed")
)
