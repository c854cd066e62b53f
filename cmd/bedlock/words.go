package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"golang.org/x/term"

	"github.com/bedlock/bedlock/internal/markup"
)

// say appends a line to a text for people. What a terminal would act on, line ends too, is made
// visible, for much of it comes from others.
func say(b *strings.Builder, format string, args ...any) {
	b.WriteString(markup.Visible(fmt.Sprintf(format, args...)))
	b.WriteByte('\n')
}

// words writes a text for people. On a terminal it is wrapped, and headings are bold unless colours
// are off.
func (o *output) words(w io.Writer, text string) error {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			text = wrapText(text, columns)
		}
		if !o.noColor && o.env.getenv("NO_COLOR") == "" && o.env.getenv("TERM") != "dumb" {
			text = bold(text)
		}
	}
	_, err := io.WriteString(w, text)
	return err
}

// marker is what a line begins with and what follows it stands under.
var marker = regexp.MustCompile(`^ *(?:- |[0-9]+\. |[0-9]+  )?`)

// wrapText breaks lines at spaces. What goes on stands under the text of a list, else two columns
// further in. A longer word has a line of its own: ARNs must stay whole to be copied.
func wrapText(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		hang := len(marker.FindString(line))
		if indent := len(line) - len(strings.TrimLeft(line, " ")); hang == indent {
			hang += 2
		}
		hang = min(hang, width/2)
		for {
			at := breakAt(line, width)
			if at < 0 {
				break
			}
			fmt.Fprintln(&b, strings.TrimRight(line[:at], " "))
			line = strings.Repeat(" ", hang) + strings.TrimLeft(line[at:], " ")
		}
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

// breakAt is where a line is broken, at a space; -1: nowhere.
func breakAt(line string, width int) int {
	if displaywidth.String(line) <= width {
		return -1
	}
	at, start := -1, len(line)-len(strings.TrimLeft(line, " "))
	if m := len(marker.FindString(line)); m > start {
		start = m
	}
	for i := start; i < len(line); i++ {
		if line[i] != ' ' {
			continue
		}
		if at >= 0 && displaywidth.String(line[:i]) > width {
			break
		}
		at = i
		if displaywidth.String(line[:i]) > width {
			break
		}
	}
	if at < 0 || strings.TrimLeft(line[at:], " ") == "" {
		return -1
	}
	return at
}

// bold makes the lines bold that are not indented.
func bold(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && line[0] != ' ' {
			line = "\033[1m" + line + "\033[0m"
		}
		fmt.Fprintln(&b, line)
	}
	return b.String()
}
