package emit

import (
	"regexp"
	"strings"
)

// command is the name of a service in the AWS CLI, where it has another than in the models.
func command(service string) string {
	switch service {
	case "s3":
		return "s3api"
	case "config":
		return "configservice"
	}
	return service
}

// Where a word begins in a name in camel case, by the rules of botocore (xform_name), which give
// the commands of the AWS CLI their names.
// https://github.com/boto/botocore/blob/develop/botocore/__init__.py
var (
	plural   = regexp.MustCompile(`[A-Z]{2,}s$`)
	firstCap = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	endCap   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// kebab is the name of an operation in the AWS CLI.
func kebab(name string) string { return words(name, "-") }

// words writes a name in camel case in lower case, with a sign between its words.
func words(name, sign string) string {
	switch name {
	case "GetOTelEnrichment", "StartOTelEnrichment", "StopOTelEnrichment": // exceptions of botocore's, as far as our models have them
		name = strings.Replace(name, "OTel", "Otel", 1)
	}
	if m := plural.FindString(name); m != "" {
		name = strings.TrimSuffix(name, m) + sign + strings.ToLower(m)
	}
	name = firstCap.ReplaceAllString(name, "${1}"+sign+"${2}")
	return strings.ToLower(endCap.ReplaceAllString(name, "${1}"+sign+"${2}"))
}
