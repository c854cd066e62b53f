package syntax

import (
	"bytes"
	"errors"
)

// Parse parses a file as JSON when it begins with "{" or "[", else as YAML. What
// begins so but is not JSON may still be YAML's flow style; when it is neither,
// the error is the one that helps more. See [ParseJSON] and [ParseYAML].
func Parse(name string, data []byte, lim Limits) (*Node, error) {
	lim = lim.withDefaults()
	if len(data) > lim.MaxBytes {
		return nil, tooLarge(name, len(data), lim.MaxBytes)
	}
	data, err := Decode(name, data)
	if err != nil {
		return nil, err
	}
	head := bytes.TrimLeft(data, " \t\r\n")
	if len(head) == 0 {
		return nil, empty(name)
	}
	if bytes.HasPrefix(head, []byte("{{")) || bytes.HasPrefix(head, []byte("{%")) {
		return nil, &Error{
			At:      position(name, data, len(data)-len(head)),
			Message: "the file begins with a template expression",
			Hint:    rawTemplate,
		}
	}
	if head[0] != '{' && head[0] != '[' {
		return ParseYAML(name, data, lim)
	}
	n, err := ParseJSON(name, data, lim)
	if err == nil || len(data) > lim.MaxYAMLBytes || !maybeFlow(err) {
		return n, err
	}
	inner := bytes.TrimLeft(head[1:], " \t\r\n")
	asYAML, yamlErr := ParseYAML(name, data, lim)
	if yamlErr == nil {
		return asYAML, nil
	}
	if len(inner) > 0 && wordByte(inner[0]) {
		return nil, yamlErr // unquoted keys: it was meant as YAML
	}
	return nil, err
}

// maybeFlow reports whether a JSON error may only mean that the text is YAML.
func maybeFlow(err error) bool {
	var e *Error
	return errors.As(err, &e) && !e.everySyntax
}
