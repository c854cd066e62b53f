package opensearchserverless

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// document is the text of a policy, by type.
type document interface {
	// check returns what is wrong.
	check() error
	// resources are those that the rules name: collection/logs*.
	resources() []string
}

// rule names resources of a type.
type rule struct {
	ResourceType string
	Resource     []string
	Permission   []string `json:",omitempty"` // of data access policies
}

// encryptionDocument says under which key collections are.
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-encryption.html
type encryptionDocument struct {
	Rules       []rule
	AWSOwnedKey bool
	KmsARN      string
}

// networkDocument says from where collections can be reached.
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-network.html
type networkDocument []struct {
	Description     string
	Rules           []rule
	AllowFromPublic bool
	SourceVPCEs     []string
	SourceServices  []string
}

// dataDocument says who may do what with collections and indexes.
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html
type dataDocument []struct {
	Description string
	Rules       []rule
	Principal   []string
}

// kinds of resources that the rules of each type of policy can name.
var (
	encryptionKinds = map[string]string{"collection": "collection/"}
	networkKinds    = map[string]string{"collection": "collection/", "dashboard": "collection/"}
	dataKinds       = map[string]string{"collection": "collection/", "index": "index/", "model": "model/"}
)

func (d *encryptionDocument) check() error {
	if !d.AWSOwnedKey && d.KmsARN == "" {
		return errors.New("it must have AWSOwnedKey or KmsARN")
	}
	return checkRules(d.Rules, encryptionKinds, false)
}

func (d *encryptionDocument) resources() []string { return named(d.Rules) }

func (d *networkDocument) check() error {
	if len(*d) == 0 {
		return errors.New("it must have a rule")
	}
	for _, part := range *d {
		if err := checkRules(part.Rules, networkKinds, false); err != nil {
			return err
		}
	}
	return nil
}

func (d *networkDocument) resources() (all []string) {
	for _, part := range *d {
		all = append(all, named(part.Rules)...)
	}
	return all
}

func (d *dataDocument) check() error {
	if len(*d) == 0 {
		return errors.New("it must have a rule")
	}
	for _, part := range *d {
		if len(part.Principal) == 0 {
			return errors.New("it must name principals")
		}
		if err := checkRules(part.Rules, dataKinds, true); err != nil {
			return err
		}
	}
	return nil
}

func (d *dataDocument) resources() (all []string) {
	for _, part := range *d {
		all = append(all, named(part.Rules)...)
	}
	return all
}

func named(rules []rule) (all []string) {
	for _, r := range rules {
		all = append(all, r.Resource...)
	}
	return all
}

func checkRules(rules []rule, kinds map[string]string, permissions bool) error {
	if len(rules) == 0 {
		return errors.New("it must have a rule")
	}
	for _, r := range rules {
		prefix, ok := kinds[r.ResourceType]
		if !ok {
			return fmt.Errorf("there is no ResourceType %q in this type of policy", r.ResourceType)
		}
		if len(r.Resource) == 0 || permissions != (len(r.Permission) > 0) {
			return errors.New("a rule must name resources, and permissions in data access policies only")
		}
		for _, name := range r.Resource {
			if !strings.HasPrefix(name, prefix) || name == prefix {
				return fmt.Errorf("the resource %q does not begin with %s", name, prefix)
			}
		}
	}
	return nil
}

// read reads the text of a policy of a type: encryption, network or data.
func read(typ, text string) (document, error) {
	var d document
	switch typ {
	case "encryption":
		d = new(encryptionDocument)
	case "network":
		d = new(networkDocument)
	case "data":
		d = new(dataDocument)
	default:
		return nil, fmt.Errorf("there is no type %q", typ)
	}
	in := json.NewDecoder(bytes.NewReader([]byte(text)))
	in.DisallowUnknownFields()
	if err := in.Decode(d); err != nil {
		return nil, err
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errors.New("there is more text after it")
	}
	return d, d.check()
}

// matches says whether a pattern, which can end with a star, matches a resource.
func matches(pattern, resource string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(resource, prefix)
	}
	return pattern == resource
}

// specific is how specific the best pattern of a document for a resource is; 0: none matches.
// A name counts more than any prefix, and a longer prefix more than a shorter one.
func specific(d document, resource string) int {
	best := 0
	for _, pattern := range d.resources() {
		if !matches(pattern, resource) {
			continue
		}
		n := 2 * len(pattern)
		if pattern == resource {
			n++
		}
		best = max(best, n)
	}
	return best
}
