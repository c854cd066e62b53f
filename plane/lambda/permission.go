package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// statement is one of the policy of a function, in the order in which AWS writes it.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// document is the policy of a function.
type document struct {
	Version   string
	ID        string `json:"Id"`
	Statement []json.RawMessage
}

// policyKey is where the policy of a function, a version or an alias is.
func policyKey(r *emulate.Request, t target) records.Key {
	return t.key(r, policyKind+t.name, "policy:"+t.qualifier)
}

// policyText is the policy of a target; empty: there is none.
func policyText(r *emulate.Request, get func(records.Key) *records.Record, t target) string {
	if rec := get(policyKey(r, t)); rec != nil {
		return rec.Doc.Text("policy")
	}
	return ""
}

// accountID is an account as a principal.
var accountID = regexp.MustCompile(`^\d{12}$`)

// statementOf is the statement that a request adds.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
func statementOf(r *emulate.Request, t target) *statement {
	s := &statement{Sid: r.In.Text("StatementId"), Effect: "Allow", Action: r.In.Text("Action"), Resource: t.arn(r, t.qualifier)}
	switch who := r.In.Text("Principal"); {
	case who == "*":
		s.Principal = who
	case accountID.MatchString(who):
		s.Principal = map[string]string{"AWS": "arn:" + r.Partition() + ":iam::" + who + ":root"}
	case strings.HasPrefix(who, "arn:"):
		s.Principal = map[string]string{"AWS": who}
	default:
		s.Principal = map[string]string{"Service": who}
	}
	for _, c := range []struct{ member, operator, key string }{
		{"SourceAccount", "StringEquals", "AWS:SourceAccount"},
		{"SourceArn", "ArnLike", "AWS:SourceArn"},
		{"PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"},
		{"FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"},
		{"EventSourceToken", "StringEquals", "lambda:EventSourceToken"},
		{"InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"},
	} {
		if !r.In.Has(c.member) {
			continue
		}
		if s.Condition == nil {
			s.Condition = map[string]map[string]string{}
		}
		if s.Condition[c.operator] == nil {
			s.Condition[c.operator] = map[string]string{}
		}
		s.Condition[c.operator][c.key] = fmt.Sprint(r.In.At(c.member))
	}
	return s
}

func addPermission(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", true)
	text, err := json.Marshal(statementOf(r, t))
	if err != nil {
		return nil, err
	}
	err = changePolicy(ctx, r, t, func(d *document) error {
		if slices.ContainsFunc(d.Statement, func(s json.RawMessage) bool { return sid(s) == r.In.Text("StatementId") }) {
			return r.Fail(conflict, "The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", r.In.Text("StatementId"))
		}
		d.Statement = append(d.Statement, text)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"Statement": string(text)}, nil
}

func removePermission(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", true)
	return nil, changePolicy(ctx, r, t, func(d *document) error {
		before := len(d.Statement)
		d.Statement = slices.DeleteFunc(d.Statement, func(s json.RawMessage) bool { return sid(s) == r.In.Text("StatementId") })
		if len(d.Statement) == before {
			return r.Fail(notFound, "Statement %s is not found in resource policy.", r.In.Text("StatementId"))
		}
		return nil
	})
}

func sid(text json.RawMessage) string {
	var s statement
	_ = json.Unmarshal(text, &s) // it was written here
	return s.Sid
}

// changePolicy changes the policy of a target, which may be none yet.
func changePolicy(ctx context.Context, r *emulate.Request, t target, f func(d *document) error) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if _, err := t.version(r, tx.Get); err != nil {
			return err
		}
		d := &document{Version: "2012-10-17", ID: "default"}
		k := policyKey(r, t)
		old := tx.Get(k)
		if old != nil {
			if err := unchanged(r, old); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(old.Doc.Text("policy")), d); err != nil {
				return err
			}
		}
		if err := f(d); err != nil {
			return err
		}
		if len(d.Statement) == 0 {
			tx.Delete(k)
			return nil
		}
		text, err := json.Marshal(d)
		if err != nil {
			return err
		}
		doc := wire.Object{"policy": string(text), "RevisionId": r.Service.UUID()}
		if old != nil {
			tx.Put(old.Change(tx.Now(), doc))
			return nil
		}
		tx.Put(&records.Record{Key: k, Doc: doc})
		return nil
	})
}

func getPolicy(_ context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", true)
	if _, err := t.version(r, r.Service.Records.Get); err != nil {
		return nil, err
	}
	rec := r.Service.Records.Get(policyKey(r, t))
	if rec == nil {
		return nil, r.Fail(notFound, "The resource you requested does not exist.")
	}
	return wire.Object{"Policy": rec.Doc.Text("policy"), "RevisionId": rec.Doc.Text("RevisionId")}, nil
}
