package workload_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/permit"
	"github.com/bedlock/bedlock/internal/fix/workload"
	"github.com/bedlock/bedlock/internal/prove"
	"github.com/bedlock/bedlock/internal/wire"
)

// stack is a plane with the stack of Bedrock Budgeteer, and its profile.
type stack struct {
	*fixtest.Plane
	t   *testing.T
	cat *catalog.Catalog
	w   *workload.Workload
}

func open(t *testing.T) *stack {
	t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p, err := workload.Load("budgeteer", cat)
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.With(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &stack{fixtest.Open(t, seed()), t, cat, w}
}

// plan makes the workload's plan; nothing that it names may be missing.
func (s *stack) plan(target fix.Target) *fix.Plan {
	s.t.Helper()
	q := s.Request(target, fix.Selection{}, s.w.Types()...)
	if missing := s.w.Extend(&q); len(missing) > 0 {
		s.t.Errorf("missing: %v", missing)
	}
	plan, err := fix.Make(s.t.Context(), q)
	if err != nil {
		s.t.Fatal(err)
	}
	return fixtest.Again(s.t, plan)
}

func (s *stack) apply(plan *fix.Plan) *apply.Journal {
	s.t.Helper()
	j, err := apply.Create(filepath.Join(s.t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = j.Close() })
	if err := apply.Apply(s.t.Context(), j, s.options()); err != nil {
		s.t.Fatal(err)
	}
	return j
}

func (s *stack) undo(j *apply.Journal) {
	s.t.Helper()
	if err := apply.Undo(s.t.Context(), j, s.options()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stack) options() apply.Options {
	return apply.Options{Estate: s.Estate(), Poll: time.Millisecond, Pause: time.Millisecond}
}

// rungs are where the slots of everything stand, by resource and slot.
func (s *stack) rungs() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	_, err := audit.Run(s.t.Context(), s.Inventory(s.w.Types()...), audit.Options{Catalog: s.cat, Now: time.Now()}, func(m bedlock.Message) error {
		if m.Slot != nil {
			rung := m.Slot.Rung
			if rung == bedlock.Proved { // which uses CloudTrail tells of is not of the plan
				rung = bedlock.Sound
			}
			out[m.Slot.Subject.ID+" "+m.Slot.Subject.Slot] = rung.String()
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// reached compares the audit with what a plan says; it returns how many slots changed.
func (s *stack) reached(plan *fix.Plan) (changed int) {
	s.t.Helper()
	rungs := s.rungs()
	for i := range plan.Subjects {
		sub := &plan.Subjects[i]
		if have := rungs[sub.Resource+" "+sub.Slot]; have != min(sub.Reaches, bedlock.Sound).String() { // what proves it is a use
			s.t.Errorf("%s, %s: %s, planned %s", sub.Title, sub.Slot, have, sub.Reaches)
		}
		if sub.Why == "" {
			changed++
		}
	}
	return changed
}

// users are the roles that can do an action on the key of the workload, by their names.
func (s *stack) users(action string) []string {
	s.t.Helper()
	inv := s.Inventory(s.w.Types()...)
	k, err := prove.FindKey(inv, "alias/bedrock-budgeteer-production")
	if err != nil {
		s.t.Fatal(err)
	}
	who, err := prove.WhoCan(estate.New(inv, s.cat), action, k)
	if err != nil || len(who) != 1 {
		s.t.Fatal(err, len(who))
	}
	var out []string
	for _, h := range who[0].Who {
		if name, ok := strings.CutPrefix(h.Who, "role "); ok && h.Verdict == "can" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (s *stack) alarms() (out []string) {
	for _, a := range s.Call("cloudwatch", "DescribeAlarms", wire.Object{}).Objects("MetricAlarms") {
		line := a.Text("AlarmName") + " " + a.Text("Namespace") + " " + a.Text("MetricName")
		for _, d := range a.Objects("Dimensions") {
			v := d.Text("Value")
			if d.Text("Name") == "KeyArn" && !strings.HasSuffix(v, "/old") {
				v = s.Call("kms", "DescribeKey", wire.Object{"KeyId": v}).Text("KeyMetadata.KeyState")
			}
			line += " " + d.Text("Name") + "=" + v
		}
		out = append(out, line)
	}
	return out
}

// stores is how many slots of a type there are in the stack.
var stores = map[string]int{
	"AWS::DynamoDB::Table": 5, "AWS::S3::Bucket": 1, "AWS::Logs::LogGroup": 5, "AWS::CloudTrail::Trail": 1, "AWS::KinesisFirehose::DeliveryStream": 2,
	"AWS::SQS::Queue": 16, "AWS::SNS::Topic": 3, "AWS::Lambda::Function": 18, "AWS::StepFunctions::StateMachine": 4, "AWS::SSM::Parameter": 16,
}

// stored are the slots that a plan changes: all but parameters.
const stored = 55

// TestBudgeteer: the whole stack goes under a new key, back to what AWS does without one, and
// each of these back again.
func TestBudgeteer(t *testing.T) {
	t.Parallel()
	s := open(t)
	original := s.rungs()
	forth := s.plan(s.w.Target())
	have := map[string]int{}
	for i := range forth.Subjects {
		have[forth.Subjects[i].Type]++
	}
	if d := cmp.Diff(stores, have); d != "" {
		t.Errorf("stores: %s", d)
	}
	first := s.apply(forth)
	if n := s.reached(forth); n != stored {
		t.Errorf("%d slots changed, there are %d", n, stored)
	}
	// Parameter Store does not make a String a SecureString, so these are for people.
	for i := range forth.Subjects {
		sub := &forth.Subjects[i]
		if parameter := sub.Type == "AWS::SSM::Parameter"; parameter != (sub.Why != "") || !parameter && sub.Reaches != bedlock.Sound {
			t.Errorf("%s: %s, %s, %v", sub.Title, sub.Reaches, sub.Why, sub.Because)
		}
	}
	if len(forth.Manual) != stores["AWS::SSM::Parameter"] {
		t.Errorf("%d things are for people", len(forth.Manual))
	}
	if rung := s.rungs()["arn:aws:dynamodb:eu-west-1:111122223333:table/elsewhere table"]; rung != "unkeyed" {
		t.Errorf("a table of others: %s", rung)
	}
	// Whoever the code gives permissions has them, and the other roles do not.
	for action, want := range map[string][]string{
		"kms:GenerateDataKey": {roles[5].name, roles[0].name, roles[1].name},
		"kms:Encrypt":         {roles[0].name, roles[1].name},
	} {
		slices.Sort(want)
		if d := cmp.Diff(want, s.users(action)); d != "" {
			t.Errorf("%s: %s", action, d)
		}
	}
	if d := cmp.Diff([]string{
		"bedrock-budgeteer-production-kms-decrypt AWS/KMS SuccessfulRequest KeyArn=Enabled Operation=Decrypt",
		"bedrock-budgeteer-production-kms-denied Bedlock/budgeteer KMSDenied",
		"bedrock-budgeteer-production-kms-endangered Bedlock/budgeteer KMSEndangered",
		"bedrock-budgeteer-production-kms-generate-data-key AWS/KMS SuccessfulRequest KeyArn=Enabled Operation=GenerateDataKey",
	}, s.alarms()); d != "" {
		t.Errorf("alarms: %s", d)
	}
	if forth.Cost.Keys != 1 || forth.Cost.Monthly != 2 { // a key, 4 alarms and 2 metrics
		t.Errorf("cost: %+v", forth.Cost)
	}

	between := s.rungs()
	back := s.plan(fix.Target{Aim: fix.Default})
	second := s.apply(back)
	s.reached(back)
	for i := range back.Subjects {
		if sub := &back.Subjects[i]; sub.Reaches >= bedlock.Broken {
			t.Errorf("%s: %s", sub.Title, sub.Reaches)
		}
	}
	s.undo(second)
	if d := cmp.Diff(between, s.rungs()); d != "" {
		t.Errorf("undo of the way back: %s", d)
	}
	s.undo(first)
	if d := cmp.Diff(original, s.rungs()); d != "" {
		t.Errorf("undo: %s", d)
	}
	if left := s.alarms(); len(left) > 0 {
		t.Errorf("alarms are left: %v", left)
	}
}

// TestExistingKey: the policy of a key that is there gets what it lacks, and a second plan finds
// nothing to do.
func TestExistingKey(t *testing.T) {
	t.Parallel()
	s := open(t)
	key := s.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/company"}).Text("KeyMetadata.Arn")
	target := fix.Target{Aim: fix.Existing, Key: key}
	plan := s.plan(target)
	s.apply(plan)
	if n := s.reached(plan); n != stored {
		t.Errorf("%d slots changed, there are %d", n, stored)
	}
	policy := s.Call("kms", "GetKeyPolicy", wire.Object{"KeyId": key, "PolicyName": "default"}).Text("Policy")
	for _, part := range []string{
		`"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*"`, `"aws:SourceAccount":"111122223333"`,
		`"Service":"logs.eu-west-1.amazonaws.com"`, `kms:EncryptionContext:aws:logs:arn`, `"Service":"cloudtrail.amazonaws.com"`,
	} {
		if !strings.Contains(policy, part) {
			t.Errorf("the key policy lacks %s: %s", part, policy)
		}
	}
	q := s.Request(target, fix.Selection{}, s.w.Types()...)
	s.w.Extend(&q)
	if again, err := fix.Make(t.Context(), q); err != nil || len(again.Steps) > 0 {
		t.Errorf("again: %v, %v", err, again)
	}
}

// TestMissing: what a profile names and is not there is said, and an alarm that nothing can raise
// is not made.
func TestMissing(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := workload.Parse("p.yaml", []byte(`version: bedlock-workload/v1
name: other
key: {to: new}
stores: [{type: AWS::SQS::Queue, names: [bedrock-budgeteer-user_setup-dlq-production, none]}]
callers: [{names: [nobody], uses: [AWS::SQS::Queue]}]
alarms: {topic: other-alarms, list: [{name: other-denied, events: denied, above: 0, seconds: 60}, {name: other-use, metric: SuccessfulRequest, operation: Decrypt, above: 1, seconds: 60}]}
`), cat)
	if err != nil {
		t.Fatal(err)
	}
	w, err := profile.With(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t)
	s.w = w
	q := s.Request(w.Target(), fix.Selection{}, w.Types()...)
	missing := w.Extend(&q)
	if d := cmp.Diff([]bedlock.Evidence{
		{Text: "no AWS::SQS::Queue of the source is called none"},
		{Text: "no role or user of the source is called nobody: what it needs of the key is not given to it"},
	}, missing); d != "" {
		t.Error(d)
	}
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, e := range plan.Open {
		open = append(open, e.Text)
	}
	if d := cmp.Diff([]string{
		"nobody is subscribed to the topic other-alarms yet",
		"no alarm other-denied in eu-west-1: KMS has no metric of what is denied, so it is counted in a log group of CloudTrail, and the workload names no trail",
	}, open); d != "" {
		t.Error(d)
	}
	var kinds []fix.Kind
	for i := range plan.Steps {
		kinds = append(kinds, plan.Steps[i].Kind)
	}
	if d := cmp.Diff([]fix.Kind{fix.CreateKey, fix.Rotation, fix.Alias, fix.Update, fix.Alarm, fix.Alarm}, kinds); d != "" {
		t.Error(d)
	}
	s.undo(s.apply(fixtest.Again(t, plan)))
	// One on the same metric, of another key, is of an earlier plan: what is not of the workload stays.
	earlier := wire.Object{
		"AlarmName": "other-use", "AlarmDescription": "ours", "Namespace": "AWS/KMS", "MetricName": "SuccessfulRequest", "Statistic": "Sum", "Period": int64(300), "EvaluationPeriods": int64(1),
		"Threshold": 7.0, "ComparisonOperator": "GreaterThanThreshold", "Dimensions": []any{wire.Object{"Name": "KeyArn", "Value": "arn:aws:kms:eu-west-1:111122223333:key/old"}},
	}
	s.Call("cloudwatch", "PutMetricAlarm", earlier)
	if plan, err = fix.Make(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	was := s.alarms()
	j := s.apply(fixtest.Again(t, plan))
	now := s.Call("cloudwatch", "DescribeAlarms", wire.Object{}).Objects("MetricAlarms")
	if len(now) != 1 || now[0].Text("AlarmDescription") != "ours" || now[0].Int("Period") != 60 || len(now[0].Objects("Dimensions")) != 2 {
		t.Errorf("the alarm is %v", now)
	}
	s.undo(j)
	if d := cmp.Diff(was, s.alarms()); d != "" {
		t.Error(d)
	}
	// An alarm of that name that is another is nobody's to write over.
	s.Call("cloudwatch", "PutMetricAlarm", wire.Object{"AlarmName": "other-use", "Namespace": "x", "MetricName": "y", "Statistic": "Sum", "Period": int64(60), "EvaluationPeriods": int64(1), "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"})
	const want = "workload other: alarm other-use: more than 1 in 60 seconds: there is one already, and it is another: delete it, or call the one of the workload otherwise"
	if _, err := fix.Make(t.Context(), q); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestApplier: the policy that a plan asks for its applier is enough for the whole stack, there and
// back.
func TestApplier(t *testing.T) {
	t.Parallel()
	s := open(t)
	plan := s.plan(s.w.Target())
	text, err := permit.Policy(plan, s.cat)
	if err != nil {
		t.Fatal(err)
	}
	s.Call("iam", "CreateRole", wire.Object{"RoleName": "applier", "AssumeRolePolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`})
	for i, part := range parts(t, text) {
		arn := s.Call("iam", "CreatePolicy", wire.Object{"PolicyName": fmt.Sprintf("apply-%d", i), "PolicyDocument": part}).Text("Policy.Arn")
		s.Call("iam", "AttachRolePolicy", wire.Object{"RoleName": "applier", "PolicyArn": arn})
	}
	j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	o := s.options()
	o.Estate = s.As("applier", permit.May(plan))
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	s.reached(plan)
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
}

// parts are managed policies with the statements of one that is too long for it.
func parts(t *testing.T, text string) (out []string) {
	t.Helper()
	var doc struct{ Statement []json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	const head, tail, most = `{"Version":"2012-10-17","Statement":[`, `]}`, 6144
	var now string
	for _, s := range doc.Statement {
		var b bytes.Buffer
		if err := json.Compact(&b, s); err != nil {
			t.Fatal(err)
		}
		if now != "" && len(head)+len(now)+1+b.Len()+len(tail) > most {
			out, now = append(out, head+now+tail), ""
		}
		if now != "" {
			now += ","
		}
		now += b.String()
	}
	return append(out, head+now+tail)
}
