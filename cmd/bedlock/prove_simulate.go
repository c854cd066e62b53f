package main

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/simulate"
)

const simulateHint = "docs/simulate.md describes request files"

func newSimulate(env environment) *cobra.Command {
	o := output{env: env}
	var f requestFlags
	c := &cobra.Command{
		Use:   "simulate {FILE... | --principal WHO --action ACTION --resource ARN}",
		Short: "Decide requests, of a file or said by flags",
		Long: `Simulate decides requests: who asks for what, in which context, under which policies,
grants and organization. A request stands in a request file, which docs/simulate.md
describes (- is standard input), or is said by flags.

Policies for flags are files with a policy document, or with what 'aws kms get-key-policy',
'aws iam get-role-policy', 'aws iam get-policy-version' and the like print. A layer without
a flag does not apply. One of the files may be - for standard input.

Every --scp and --rcp is one level, from the root of the organization down to the account;
write LEVEL=FILE, with the same LEVEL again, for several policies of one level. Every level
of service control policies must allow: FullAWSAccess stands for the policy that AWS
attaches. RCPFullAWSAccess, which cannot be detached, is at every level of --rcp.

Exit codes: 0 every request is allowed, or is as the file expects · 3 one is denied, or
is not as expected · 5 one cannot be decided by what is known · 2 a file is at fault`,
		Example: `  bedlock prove simulate examples/requests.yaml
  bedlock prove simulate request.yaml --format json
  aws kms get-key-policy --key-id KEY | bedlock prove simulate --key-policy - \
    --principal arn:aws:iam::111122223333:role/reader --identity reader.json \
    --action kms:Decrypt --resource arn:aws:kms:us-east-1:111122223333:key/KEY \
    --context kms:ViaService=s3.us-east-1.amazonaws.com --context 'aws:SourceIp?'
  bedlock prove simulate … --scp root=FullAWSAccess --scp root=deny.json --scp FullAWSAccess`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch flag := f.given(cmd); {
			case len(args) > 0 && flag != "":
				return usage("give a request file, or say the request by flags", "simulate: a file and --%s", flag)
			case len(args) == 0 && flag == "":
				return usage(simulateHint+"; or give --principal, --action and --resource", "simulate: no file given")
			}
			if o.format != "text" && o.format != "json" {
				return usage("use text or json", "unknown format %q", o.format)
			}
			answers, err := simulated(env, &f, args)
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			code, err := writeAnswers(w, o.format, answers)
			if err := finish(err); err != nil {
				return err
			}
			if code != exitClean {
				return &exitError{code: code}
			}
			return nil
		},
	}
	f.flags(c)
	o.flags(c, []string{"text", "json"}, "text")
	return c
}

// simulated decides the request of the flags, or those of the files.
func simulated(env environment, f *requestFlags, names []string) (all []answer, err error) {
	in := files{env: env}
	if len(names) == 0 {
		a, err := f.answer(&in)
		return []answer{a}, err
	}
	for _, name := range names {
		file, b, err := in.read(name, "requests", simulate.MaxSize)
		if err != nil {
			return nil, usage(simulateHint, "%w", err)
		}
		s := origins{request: file}
		r := simulate.Reader{Open: s.beside(filepath.Dir(name))}
		cases, err := r.Read(file, b)
		if err != nil {
			return nil, usage(simulateHint, "%w", err)
		}
		for i := range cases {
			all = append(all, decide(&s, &cases[i]))
		}
	}
	return all, nil
}

// beside opens the policy files that a request file in a folder names.
func (s *origins) beside(dir string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if !filepath.IsLocal(name) {
			return nil, errors.New("policy files must lie beside the request file")
		}
		path := filepath.Join(dir, name)
		b, err := readLimited(path, maxPolicyFile)
		if err != nil {
			return nil, plainError(err)
		}
		d, err := parseDocument(path, b)
		if err != nil {
			return nil, err
		}
		s.opened = append(s.opened, d)
		return []byte(d.text), nil
	}
}

// writeAnswers returns the exit code.
func writeAnswers(w io.Writer, format string, all []answer) (code int, err error) {
	denied, open := false, false
	for _, a := range all {
		switch {
		case a.Expected:
			denied = denied || len(a.Unmet) > 0
		case a.Outcome == authz.Unknown.String():
			open = true
		default:
			denied = denied || a.Outcome != authz.Allow.String()
		}
	}
	switch {
	case denied:
		code = exitFindings
	case open:
		code = exitInconclusive
	}
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for i := range all {
			if err := e.Encode(all[i]); err != nil {
				return code, err
			}
		}
		return code, nil
	}
	var b strings.Builder
	for i := range all {
		all[i].text(&b)
	}
	_, err = io.WriteString(w, b.String())
	return code, err
}
