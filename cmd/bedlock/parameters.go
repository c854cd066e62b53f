package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// readParameters reads the values of --parameters: NAME=VALUE, or a file in
// one of the forms of the AWS CLI: a list of ParameterKey and ParameterValue, an
// object with Parameters, or a plain object of names and values.
func readParameters(values []string) (map[string]string, error) {
	all := map[string]string{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if ok && !strings.HasPrefix(v, "file://") {
			all[name] = value
			continue
		}
		file := strings.TrimPrefix(v, "file://")
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, usage("give NAME=VALUE or the name of a parameters file", "read parameters %q: %w", v, err)
		}
		if err := parameterFile(b, all); err != nil {
			return nil, usage(`expected [{"ParameterKey": …, "ParameterValue": …}] or {"NAME": "VALUE"}`, "read parameters %s: %w", file, err)
		}
	}
	return all, nil
}

func parameterFile(b []byte, into map[string]string) error {
	var entries []struct{ ParameterKey, ParameterValue string }
	if json.Unmarshal(b, &entries) == nil {
		for i, e := range entries {
			if e.ParameterKey == "" {
				return fmt.Errorf("entry %d has no ParameterKey", i+1)
			}
			into[e.ParameterKey] = e.ParameterValue
		}
		return nil
	}
	var wrapped struct{ Parameters map[string]string }
	if json.Unmarshal(b, &wrapped) == nil && wrapped.Parameters != nil {
		for k, v := range wrapped.Parameters {
			into[k] = v
		}
		return nil
	}
	var plain map[string]string
	if err := json.Unmarshal(b, &plain); err != nil {
		return err
	}
	for k, v := range plain {
		into[k] = v
	}
	return nil
}
