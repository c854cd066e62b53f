package syntax

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalarKind resolves a YAML scalar as CloudFormation does, which follows YAML 1.1
// without timestamps: yes, no, on and off are booleans
// (https://github.com/aws/aws-cli/pull/5257, where the AWS CLI quotes them for that
// reason), y and n are text.
func scalarKind(n *yaml.Node) Kind {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&yaml.TaggedStyle != 0 || strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		switch n.Tag {
		case "!!null":
			return Null
		case "!!bool":
			return Bool
		case "!!int", "!!float":
			return Number
		}
		return String
	}
	if n.Style&quoted != 0 {
		return String
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE", "false", "False", "FALSE",
		"yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF":
		return Bool
	}
	if isNumber(n.Value) {
		return Number
	}
	return String
}

// isNumber reports whether an unquoted text is an integer or a decimal fraction
// with an optional exponent, or 0x, 0o or 0b digits. Base 60 ("22:30") stays text.
func isNumber(s string) bool {
	s = strings.TrimLeft(s[:1], "+-") + s[1:]
	if len(s) > 2 && s[0] == '0' {
		switch s[1] {
		case 'x':
			return only(s[2:], "0123456789abcdefABCDEF_")
		case 'o':
			return only(s[2:], "01234567_")
		case 'b':
			return only(s[2:], "01_")
		}
	}
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !only(whole+fraction, "0123456789_") || (whole + fraction)[0] == '_' {
		return false
	}
	if hasExponent {
		if exponent == "" {
			return false
		}
		exponent = strings.TrimLeft(exponent[:1], "+-") + exponent[1:]
		return exponent != "" && only(exponent, "0123456789")
	}
	// An account id such as 012345678901 is no octal number, so it is text.
	if len(whole) > 1 && whole[0] == '0' && mantissa == whole {
		return only(whole, "01234567_")
	}
	return true
}

func only(s, set string) bool { return strings.Trim(s, set) == "" }
