package report

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// sarifNotices are the reasons for tool notifications, as descriptors.
// A slot that could not be judged is a notification, never a result: viewers
// show every result as a defect, whatever its kind.
var sarifNotices = [...]sarifRule{
	{ID: "input-failed", ShortDescription: &sarifText{Text: "An input could not be read."}},
	{ID: "input-note", ShortDescription: &sarifText{Text: "Something in an input was met but not resolved."}},
	{ID: "slot-unread", ShortDescription: &sarifText{Text: "A slot could not be judged because something was not readable."}},
	{ID: "slot-unresolved", ShortDescription: &sarifText{Text: "A slot could not be judged because its value is not known yet."}},
}

// writeSARIF writes one SARIF 2.1.0 log with one run. Every rule is listed, also
// those without a result, so that a viewer can close what was fixed. Columns are
// those of the stream (bytes), which equal code points on ASCII lines.
func writeSARIF(w io.Writer, r *run) error {
	index := map[string]int{}
	var rules []sarifRule
	add := func(rule bedlock.Rule) {
		if _, ok := index[rule.ID]; !ok {
			index[rule.ID] = len(rules)
			rules = append(rules, sarifRuleOf(rule))
		}
	}
	for _, rule := range r.config.Rules {
		add(rule)
	}
	results := make([]sarifResult, 0, len(r.findings))
	for _, f := range r.findings {
		if _, ok := index[f.Rule]; !ok {
			add(bedlock.Rule{ID: f.Rule, Title: f.Rule, Severity: f.Severity})
		}
		results = append(results, sarifResultOf(f, index[f.Rule]))
	}
	c, s := r.config, r.summary
	rungs := map[string]int{}
	for rung, n := range s.Rungs {
		rungs[rung.String()] = n
	}
	sarif := sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{Driver: sarifDriver{
				Name: markup.Visible(c.Tool), Version: markup.Visible(c.Version),
				InformationURI: "https://github.com/bedlock/bedlock",
				Rules:          append([]sarifRule{}, rules...), Notifications: sarifNotices[:],
			}},
			Invocations: []sarifInvocation{{
				ExecutionSuccessful: s.ExitCode != 1 && s.ExitCode != 2,
				ExitCode:            s.ExitCode, ExitCodeDescription: markup.Visible(s.ExitReason),
				StartTimeUTC:  c.Started.UTC().Format(time.RFC3339),
				Notifications: sarifNotifications(r),
			}},
			ColumnKind: "unicodeCodePoints",
			Results:    results,
			Properties: sarifRunBag{Sources: allVisible(c.Sources), Slots: s.Slots, Rungs: rungs, Notes: allVisible(c.Notes)},
		}},
	}
	buf := bufio.NewWriterSize(w, 64<<10)
	if err := json.MarshalWrite(buf, sarif, jsontext.WithIndent("  "), json.Deterministic(true)); err != nil {
		return fmt.Errorf("write sarif: %w", err)
	}
	_ = buf.WriteByte('\n')
	return buf.Flush()
}

func allVisible(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = markup.Visible(s)
	}
	return out
}

func sarifRuleOf(r bedlock.Rule) sarifRule {
	bag := &sarifRuleBag{Tags: []string{"security", "encryption"}, Severity: securitySeverity(r.Severity)}
	if r.Custom {
		bag.Tags = append(bag.Tags, "custom")
	}
	for _, c := range r.Controls {
		bag.Controls = append(bag.Controls, markup.Visible(controlName(c)))
	}
	rule := sarifRule{
		ID: markup.Visible(r.ID), Name: markup.Visible(r.Name),
		ShortDescription:     &sarifText{Text: markup.Visible(r.Title)},
		DefaultConfiguration: &sarifDefault{Level: sarifLevel(r.Severity)},
		Properties:           bag,
	}
	if r.Rationale != "" {
		rule.FullDescription = &sarifText{Text: markup.Visible(r.Rationale)}
	}
	if help := strings.TrimSpace(markup.Visible(r.Remediation)); help != "" {
		plain := help
		for _, ref := range r.References {
			plain += "\n" + markup.Visible(ref)
		}
		rule.Help = &sarifText{Text: plain, Markdown: sarifHelp(r)}
	}
	for _, ref := range r.References {
		if link(ref) != "" {
			rule.HelpURI = link(ref)
			break
		}
	}
	return rule
}

func sarifHelp(r bedlock.Rule) string {
	help := markdown(r.Remediation)
	if r.Rationale != "" {
		help = markdown(r.Rationale) + "\n\n" + help
	}
	for _, ref := range r.References {
		if u := link(ref); u != "" {
			help += "\n- <" + u + ">"
		}
	}
	return help
}

// controlName is "NIST 800-53 r5 SC-28(1)", marked when the mapping is ours.
func controlName(c bedlock.Control) string {
	name := c.Framework + " " + c.ID
	if c.Derived {
		name += " (derived)"
	}
	return name
}

func sarifResultOf(f *bedlock.Finding, rule int) sarifResult {
	res := sarifResult{
		RuleID: markup.Visible(f.Rule), RuleIndex: rule, Kind: "fail", Level: sarifLevel(f.Severity),
		Message:   sarifText{Text: sarifMessage(f)},
		Locations: sarifLocations(f.Subject, f.Subject.At),
		Properties: sarifResultBag{
			Severity: f.Severity.String(), Remediation: markup.Visible(f.Remediation),
		},
	}
	if f.Rung != 0 {
		res.Properties.Rung = f.Rung.String()
	}
	if f.Fingerprint != "" {
		res.PartialFingerprints = map[string]string{"bedlock/v1": markup.Visible(f.Fingerprint)}
	}
	for _, e := range f.Evidence {
		res.Properties.Evidence = append(res.Properties.Evidence, markup.Visible(e.Text))
		if phys := sarifPlace(e.At); phys != nil {
			res.RelatedLocations = append(res.RelatedLocations, sarifLocation{
				ID: len(res.RelatedLocations) + 1, Physical: phys, Message: &sarifText{Text: sarifPlain(e.Text)},
			})
		}
	}
	switch f.Status {
	case bedlock.FindingExcepted:
		res.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: markup.Visible(f.Exception)}}
	case bedlock.FindingBaseline:
		res.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: "in the baseline"}}
	}
	return res
}

// sarifMessage is the finding and the way out in one text, because viewers show
// the message and little else.
func sarifMessage(f *bedlock.Finding) string {
	text := f.Message
	if text == "" {
		text = f.Rule
	}
	if f.Remediation != "" {
		text += " Fix: " + f.Remediation
	}
	return sarifPlain(text)
}

// sarifPlain escapes brackets, since SARIF messages read [text](1) as a link.
func sarifPlain(text string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(markup.Visible(text))
}

func sarifLocations(s bedlock.Subject, at bedlock.Position) []sarifLocation {
	full := s.Type + " " + s.ID
	if s.Slot != "" {
		full += " / " + s.Slot
	}
	return []sarifLocation{{
		Physical: sarifPlace(at),
		Logical:  []sarifLogicalLoc{{Name: markup.Visible(s.Name), FullyQualifiedName: markup.Visible(full), Kind: "resource"}},
	}}
}

func sarifPlace(at bedlock.Position) *sarifPhysical {
	if at.File == "" {
		return nil
	}
	p := &sarifPhysical{Artifact: sarifArtifact{URI: fileURI(at.File)}}
	if at.Line > 0 {
		p.Region = &sarifRegion{StartLine: at.Line, StartColumn: at.Column}
	}
	return p
}

// fileURI turns a path as the user gave it into a URI reference: relative when
// the path is, so that it resolves against the checkout.
func fileURI(file string) string {
	u := url.URL{Path: path.Clean(strings.ToValidUTF8(file, "\ufffd"))}
	if path.IsAbs(u.Path) {
		u.Scheme = "file"
	}
	return u.String()
}

func sarifNotifications(r *run) []sarifNotification {
	var all []sarifNotification
	add := func(notice int, level, text string, at []sarifLocation) {
		all = append(all, sarifNotification{
			Descriptor: sarifReference{ID: sarifNotices[notice].ID, Index: notice},
			Level:      level, Message: sarifText{Text: sarifPlain(text)}, Locations: at,
		})
	}
	file := func(at bedlock.Position, path string) []sarifLocation {
		if at.File == "" {
			at.File = path
		}
		return []sarifLocation{{Physical: sarifPlace(at)}}
	}
	for _, in := range r.inputs {
		if in.Status == bedlock.InputFailed {
			text := in.Path + ": " + in.Reason
			if in.Hint != "" {
				text += " (" + in.Hint + ")"
			}
			add(0, "error", text, file(in.At, in.Path))
		}
		for _, n := range in.Notes {
			add(1, "note", n.Text, file(n.At, in.Path))
		}
	}
	for _, s := range r.slots {
		if s.Rung.Judged() {
			continue
		}
		text := label(s.Subject) + " is " + s.Rung.String()
		if len(s.Evidence) > 0 {
			text += ": " + s.Evidence[0].Text
		}
		if s.Rung == bedlock.Unread {
			add(2, "warning", text, sarifLocations(s.Subject, s.Subject.At))
		} else {
			add(3, "note", text, sarifLocations(s.Subject, s.Subject.At))
		}
	}
	return all
}

func sarifLevel(v bedlock.Severity) string {
	switch v {
	case bedlock.Critical, bedlock.High:
		return "error"
	case bedlock.Medium:
		return "warning"
	default:
		return "note"
	}
}

// securitySeverity is the score by which GitHub code scanning names a severity:
// over 9.0 critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low. Info has
// none. See https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
func securitySeverity(v bedlock.Severity) string {
	return [...]string{bedlock.Low: "2.5", bedlock.Medium: "5.5", bedlock.High: "8.0", bedlock.Critical: "9.5"}[v]
}

// link returns ref when it is a web address that may be shown as a link, with
// everything that is not plain URL text escaped; else the empty string.
func link(ref string) string {
	u, err := url.Parse(ref)
	if err != nil || !slices.Contains([]string{"https", "http"}, u.Scheme) || u.Host == "" || u.User != nil {
		return ""
	}
	return strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", "'", "%27", "`", "%60", " ", "%20", "|", "%7C").Replace(u.String())
}
