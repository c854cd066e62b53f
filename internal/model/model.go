// Package model holds the API models of the AWS services that Bedlock talks
// to, emulates or reasons about: operations with their HTTP bindings, shapes
// with their constraints, errors with their status codes.
//
// The tables are embedded, written by tools/modelgen from a pinned release of
// botocore (see NOTICE and data/MANIFEST.json) and hold no documentation text.
// A table is decompressed and checked when its service is first asked for.
// What is returned is shared between callers and must not be modified.
//
// The package describes; it does not serialise, validate or send anything. A
// constraint is what the model says, and a service may refuse less or more.
package model

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.json.zst
var files embed.FS

// suffix ends the name of every table file; the rest is the service.
const suffix = ".json.zst"

// Service is the model of one API at its newest version.
type Service struct {
	// Name is the name in Services, e.g. "bedrock-agent": botocore's name of
	// the client, which is also that of the AWS CLI.
	Name string
	Metadata
	// Operations and Shapes are keyed by their Name.
	Operations map[string]*Operation
	Shapes     map[string]*Shape
}

// Metadata says how an API is reached and signed.
type Metadata struct {
	// ID is the service id that the SDKs share, e.g. "Bedrock Agent".
	ID string `json:"id"`
	// FullName is the display name, e.g. "Agents for Amazon Bedrock".
	FullName string `json:"fullName"`
	// APIVersion is the date of the API, e.g. "2023-06-05". The query
	// protocol sends it.
	APIVersion string `json:"apiVersion"`
	// Protocol is the protocol that botocore prefers, Protocols all that the
	// service speaks, in the model's order.
	Protocol  Protocol   `json:"protocol"`
	Protocols []Protocol `json:"protocols"`
	// EndpointPrefix begins the host name, e.g. "aoss". It is neither the
	// service name nor the IAM prefix.
	EndpointPrefix string `json:"endpointPrefix"`
	// GlobalEndpoint is the host of a service without regions, e.g.
	// "iam.amazonaws.com"; empty for the others.
	GlobalEndpoint string `json:"globalEndpoint,omitempty"`
	// SigningName is the service in the credential scope of SigV4. Never
	// empty: where the source says nothing it is the endpoint prefix.
	SigningName string `json:"signingName"`
	// SignatureVersion is the source's name of the scheme, e.g. "v4", "s3".
	SignatureVersion string `json:"signatureVersion"`
	// Auth lists the schemes that the service accepts in order of
	// preference, e.g. "aws.auth#sigv4", "smithy.api#httpBearerAuth".
	Auth []string `json:"auth"`
	// JSONVersion is "1.0" or "1.1" and chooses the content type of the JSON
	// protocol. Some other services have it without a use for it.
	JSONVersion string `json:"jsonVersion,omitempty"`
	// TargetPrefix and a dot begin X-Amz-Target in the JSON protocol.
	TargetPrefix string `json:"targetPrefix,omitempty"`
	// XMLNamespace is the namespace of query responses; empty elsewhere.
	XMLNamespace string `json:"xmlNamespace,omitempty"`
	// QueryCompatible says that a service that left the query protocol still
	// sends the old error code in x-amzn-query-error.
	QueryCompatible bool `json:"queryCompatible,omitempty"`
}

// Services returns the sorted names that Load knows.
func Services() []string {
	return slices.Clone(embedded().names)
}

// Load returns the model of a service. It fails for a name that is not in
// Services; with the embedded tables it cannot fail otherwise, which a test
// shows for each. It is safe for concurrent use and does the work once.
func Load(service string) (*Service, error) {
	load, ok := embedded().loads[service]
	if !ok {
		return nil, fmt.Errorf("load model %q: no such service", service)
	}
	return load()
}

// loader knows the embedded tables and the way to each.
type loader struct {
	names []string
	loads map[string]func() (*Service, error)
}

// embedded lists the tables once, on first use.
var embedded = sync.OnceValue(func() *loader {
	entries, err := files.ReadDir("data")
	if err != nil {
		// The folder is part of the binary.
		panic(fmt.Sprintf("model: embedded data: %v", err))
	}
	l := &loader{loads: make(map[string]func() (*Service, error), len(entries))}
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), suffix)
		l.names = append(l.names, name)
		l.loads[name] = sync.OnceValues(func() (*Service, error) {
			plain, err := table(name)
			if err != nil {
				return nil, err
			}
			s, err := decode(plain)
			if err != nil {
				return nil, fmt.Errorf("load model %s: %w", name, err)
			}
			if s.Name != name {
				return nil, fmt.Errorf("load model %s: the table is of %q", name, s.Name)
			}
			return s, nil
		})
	}
	slices.Sort(l.names)
	return l
})
