package audit

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock"
)

//go:embed rules.yaml
var rulesYAML []byte

// The rules by what they find; rules.yaml says everything else about them.
const (
	ruleUnread        = "BDL101"
	ruleUnresolved    = "BDL102"
	ruleUnkeyed       = "BDL110"
	ruleStoreUnkeyed  = "BDL111"
	ruleAWSManaged    = "BDL112"
	ruleDisabled      = "BDL120"
	ruleDeletion      = "BDL121"
	ruleImport        = "BDL122"
	ruleUnavailable   = "BDL123"
	rulePartition     = "BDL124"
	ruleRegion        = "BDL125"
	ruleAccount       = "BDL126"
	ruleSpec          = "BDL127"
	ruleUsage         = "BDL128"
	ruleMultiRegion   = "BDL129"
	ruleForm          = "BDL130"
	ruleNoKey         = "BDL131"
	ruleUnusable      = "BDL140"
	ruleRotationOff   = "BDL201"
	ruleRotationLong  = "BDL202"
	ruleRotationBad   = "BDL203"
	ruleWindow        = "BDL204"
	ruleIdle          = "BDL205"
	ruleNoDescription = "BDL206"
	ruleNoTags        = "BDL207"
	ruleNoAlias       = "BDL208"
	ruleBadPolicy     = "BDL301"
	ruleWildcard      = "BDL302"
	ruleWeakWildcard  = "BDL303"
	ruleBadPrincipal  = "BDL304"
	ruleDeputy        = "BDL305"
	ruleCrossAccount  = "BDL306"
	ruleBroadAdmin    = "BDL307"
	ruleNotPrincipal  = "BDL308"
	ruleAliasResource = "BDL309"
	rulePolicyLong    = "BDL310"
	ruleUnknownWho    = "BDL311"
	ruleNoEffect      = "BDL312"
	ruleGrammar       = "BDL313"
	ruleDeletedWho    = "BDL314"
	ruleOutside       = "BDL315"
	ruleSurplus       = "BDL316"
	rulePolicyLint    = "BDL317"
	ruleLocksOut      = "BDL318"
	ruleRoleBeside    = "BDL319"
	ruleRoleNowhere   = "BDL320"
	ruleShared        = "BDL401"
	ruleLoggingOff    = "BDL402"
	ruleLoggingUnseen = "BDL403"
	ruleAlarm         = "BDL404"
	ruleIntruder      = "BDL405"
	ruleExpired       = "BDL901"
	ruleUnused        = "BDL902"
	ruleStale         = "BDL903"
	ruleUndecided     = "BDL904"
)

// Rules returns every rule of the audit, sorted by id.
func Rules() []bedlock.Rule { return slices.Clone(table().list) }

type ruleTable struct {
	list []bedlock.Rule
	byID map[string]*bedlock.Rule
}

// table panics when the embedded file is at fault, which the tests rule out.
func table() *ruleTable {
	t, err := loadRules()
	if err != nil {
		panic(err)
	}
	return t
}

var loadRules = sync.OnceValues(func() (*ruleTable, error) { return parseRules(rulesYAML) })

func parseRules(b []byte) (*ruleTable, error) {
	var file struct {
		Rules []struct {
			ID          string           `yaml:"id"`
			Name        string           `yaml:"name"`
			Title       string           `yaml:"title"`
			Severity    bedlock.Severity `yaml:"severity"`
			Rationale   string           `yaml:"rationale"`
			Remediation string           `yaml:"remediation"`
			References  []string         `yaml:"references"`
			Controls    []string         `yaml:"controls"`
		} `yaml:"rules"`
		Controls map[string][]bedlock.Control `yaml:"controls"`
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	t := &ruleTable{byID: map[string]*bedlock.Rule{}}
	for _, r := range file.Rules {
		rule := bedlock.Rule{ID: r.ID, Name: r.Name, Title: r.Title, Severity: r.Severity, Rationale: r.Rationale, Remediation: r.Remediation, References: r.References}
		for _, set := range r.Controls {
			controls, ok := file.Controls[set]
			if !ok {
				return nil, fmt.Errorf("load rules: %s: there is no set of controls %q", r.ID, set)
			}
			rule.Controls = append(rule.Controls, controls...)
		}
		t.list = append(t.list, rule)
	}
	slices.SortFunc(t.list, func(a, b bedlock.Rule) int { return strings.Compare(a.ID, b.ID) })
	for i := range t.list {
		r := &t.list[i]
		if t.byID[r.ID] != nil {
			return nil, fmt.Errorf("load rules: %s is there twice", r.ID)
		}
		t.byID[r.ID] = r
	}
	return t, nil
}
