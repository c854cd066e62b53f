package catalog

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// MarshalJSON writes the entry with the names of the catalogue's YAML form.
func (e *Entry) MarshalJSON() ([]byte, error) {
	type plain Entry // without this method
	b, err := yaml.Marshal((*plain)(e))
	if err != nil {
		return nil, err
	}
	var v any
	if err := yaml.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
