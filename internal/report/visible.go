package report

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// clip shortens s to at most limit columns, with an ellipsis of three dots when
// something was cut.
func clip(s string, limit int) string {
	// A column is never more than a few bytes of ordinary text, so a string this
	// short fits and need not be measured.
	if len(s) <= limit {
		return s
	}
	// Combining marks have no width, so columns alone do not bound the bytes.
	if most := 8 * limit; len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return displaywidth.TruncateString(s, limit, "...")
}

// wrap breaks s at spaces into lines of at most width columns; a longer word has
// a line of its own, since paths and ARNs must stay whole to be copied. A width
// of 0 or less means one line. It never returns an empty slice.
func wrap(s string, width int) []string {
	if width <= 0 || len(s) <= width {
		return []string{s}
	}
	var lines []string
	var line strings.Builder
	used := 0
	for word := range strings.FieldsSeq(s) {
		n := displaywidth.String(word)
		if used > 0 && used+1+n > width {
			lines = append(lines, line.String())
			line.Reset()
			used = 0
		}
		if used > 0 {
			line.WriteByte(' ')
			used++
		}
		line.WriteString(word)
		used += n
	}
	return append(lines, line.String())
}

// pad fills s with spaces to width columns.
func pad(s string, width int) string {
	if n := width - displaywidth.String(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// counted is "1 slot", "2 slots".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// percent is n of total with one decimal, and "0.0%" of nothing.
func percent(n, total int) string {
	if total == 0 {
		return "0.0%"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(total))
}
