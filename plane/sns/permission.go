package sns

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// topicActions are the actions that a policy of a topic can have.
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
var topicActions = []string{
	"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish",
}

// policyOf is the policy of a topic: its own, else the one that every topic begins with.
func policyOf(r *emulate.Request, rec *records.Record) string {
	if own := attributesOf(rec).Text("Policy"); own != "" {
		return own
	}
	var actions []string
	for _, a := range topicActions {
		actions = append(actions, `"SNS:`+a+`"`)
	}
	return fmt.Sprintf(`{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":[%s],"Resource":%q,"Condition":{"StringEquals":{"AWS:SourceOwner":%q}}}]}`,
		strings.Join(actions, ","), arnOf(r, rec.Key), rec.Account)
}

// document is a policy, whose statements are kept as they are.
type document struct {
	Version   string
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// statement is one that AddPermission makes.
type statement struct {
	Sid       string
	Effect    string
	Principal map[string]any
	Action    any
	Resource  string
}

func parse(text string) (*document, error) {
	var one struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &one); err != nil {
		return nil, fmt.Errorf("sns: the policy of a topic: %w", err)
	}
	d := &document{Version: one.Version, ID: one.ID}
	if err := json.Unmarshal(one.Statement, &d.Statement); err != nil {
		d.Statement = []json.RawMessage{one.Statement} // a policy may have one without a list
	}
	return d, nil
}

// label is the Sid of a statement.
func label(s json.RawMessage) string {
	var named struct{ Sid string }
	_ = json.Unmarshal(s, &named) // the policy was parsed when it was set
	return named.Sid
}

func addPermission(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var actions, accounts []string
	for _, a := range r.In.Texts("ActionName") {
		if !slices.Contains(topicActions, a) {
			return nil, r.Fail(invalid, "Invalid parameter: Policy statement action out of service scope!")
		}
		actions = append(actions, "SNS:"+a)
	}
	for _, a := range r.In.Texts("AWSAccountId") {
		accounts = append(accounts, "arn:"+r.Partition()+":iam::"+a+":root")
	}
	if len(actions) == 0 || len(accounts) == 0 {
		return nil, r.Fail(invalid, "Invalid parameter: ActionName and AWSAccountId must not be empty")
	}
	return nil, edit(ctx, r, func(topic string, d *document) error {
		if slices.ContainsFunc(d.Statement, func(s json.RawMessage) bool { return label(s) == r.In.Text("Label") }) {
			return r.Fail(invalid, "Invalid parameter: Statement already exists")
		}
		text, err := json.Marshal(statement{r.In.Text("Label"), "Allow", map[string]any{"AWS": single(accounts)}, single(actions), topic})
		if err == nil {
			d.Statement = append(d.Statement, text)
		}
		return err
	})
}

// removePermission takes the statements with a label away. That a label which is not there is
// no error is unconfirmed.
func removePermission(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, edit(ctx, r, func(_ string, d *document) error {
		d.Statement = slices.DeleteFunc(d.Statement, func(s json.RawMessage) bool { return label(s) == r.In.Text("Label") })
		return nil
	})
}

// edit changes the policy of a topic.
func edit(ctx context.Context, r *emulate.Request, f func(topic string, d *document) error) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, "TopicArn", tx.Get)
		if err != nil {
			return err
		}
		d, err := parse(policyOf(r, rec))
		if err != nil {
			return err
		}
		if err := f(arnOf(r, rec.Key), d); err != nil {
			return err
		}
		text, err := json.Marshal(d)
		if err == nil {
			change(tx, rec, "Policy", string(text))
		}
		return err
	})
}

// single is a list of one as its element, as AWS writes policies.
func single(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
