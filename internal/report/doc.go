// Package report renders the one message stream of the program, bedlock/v1 (see
// [bedlock.Message]), for people and for machines. It decides nothing and counts
// nothing that is not in the stream, so [Replay] of a saved json report gives
// every other format, byte for byte the same as the run itself would have.
//
// # The stream
//
// One JSON object per line, each with exactly one member that names its kind:
// config (always first), progress, input, slot, finding and summary (always
// last). A stream stays valid when its progress messages are removed. The user's
// description with every field is docs/stream.md.
//
// # Formats
//
// text, html, sarif, junit and markdown collect the stream and write on Close;
// json and csv write as they go and hold nothing, whatever the number of slots.
//
// # Hostile text
//
// Names, paths and evidence come from files that others wrote. Every format
// passes them through [visible], which shows control characters, escape
// sequences, bidirectional overrides and invalid UTF-8 as backslash escapes, and
// then through the escaping of its own grammar: formula guard in csv, elements
// and attributes in html and junit, table cells, mentions and links in markdown.
// The json format keeps the value and escapes the characters.
package report
