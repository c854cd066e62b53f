package emulate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const admin = "AKIAADMIN0000000"

const company = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: ` + admin + `, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: tagged
        access-keys: [{id: AKIATAGGED000000, secret: secret}]
        policies:
          own:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "bedrock:CreateGuardrail", Resource: "*", Condition: {StringEquals: {"aws:RequestTag/team": ml}, "ForAllValues:StringEquals": {"aws:TagKeys": [team]}}}
              - {Effect: Allow, Action: "bedrock:TagResource", Resource: "*"}
              - {Effect: Allow, Action: "bedrock:GetGuardrail", Resource: "*", Condition: {StringEquals: {"aws:ResourceTag/team": ml}}}
  "222233334444":
    users:
      - name: admin
        access-keys: [{id: AKIAOTHER0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

func create(name, more string) string {
	return `{"name": "` + name + `", "blockedInputMessaging": "no", "blockedOutputsMessaging": "no"` + more + `}`
}

// TestPages: a listing is handed out page by page, each entry once and in order, and a token is
// good for the listing that it was given for and for no other.
func TestPages(t *testing.T) {
	p := localtest.Open(t, company)
	api := p.API("bedrock", admin)
	for i := range 7 {
		api.Do(t, "CreateGuardrail", create(fmt.Sprintf("g%d", i), ""))
		if _, err := api.As(t, "AKIAOTHER0000000", "CreateGuardrail", create(fmt.Sprintf("g%d", i), "")); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	first, token := "", ""
	for pages := 1; ; pages++ {
		out := api.Do(t, "ListGuardrails", `{"maxResults": 3`+token+`}`)
		for _, g := range out.Objects("guardrails") {
			names = append(names, g.Text("name"))
		}
		if out.Text("nextToken") == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		token = `, "nextToken": "` + out.Text("nextToken") + `"`
		if first == "" {
			first = token
		}
	}
	if got := strings.Join(names, " "); got != "g0 g1 g2 g3 g4 g5 g6" {
		t.Errorf("got %s", got)
	}
	// Another size of the page is the same listing.
	if got := len(api.Do(t, "ListGuardrails", `{"maxResults": 2`+first+`}`).Objects("guardrails")); got != 2 {
		t.Errorf("%d entries", got)
	}
	for name, refused := range map[string]struct{ key, input string }{
		"garbage":         {admin, `{"nextToken": "AAAA"}`},
		"another account": {"AKIAOTHER0000000", `{"maxResults": 3` + first + `}`},
	} {
		if got := api.Refused(t, refused.key, "ListGuardrails", refused.input, "ValidationException"); got != "The pagination token is not valid." {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestOnce: an operation is done once for an idempotency token, answers the same again, and
// refuses the token for another input; for an hour, and in another account never.
func TestOnce(t *testing.T) {
	p := localtest.Open(t, company)
	api := p.API("bedrock", admin)
	const token = `, "clientRequestToken": "token-1"`
	made := api.Do(t, "CreateGuardrail", create("one", token))
	if again := api.Do(t, "CreateGuardrail", create("one", token)); again.Text("guardrailId") != made.Text("guardrailId") {
		t.Errorf("made %s, then %s", made.Text("guardrailId"), again.Text("guardrailId"))
	}
	if got := api.Refused(t, admin, "CreateGuardrail", create("two", token), "ConflictException"); got != "The client token was used with other parameters." {
		t.Error(got)
	}
	if n := len(api.Do(t, "ListGuardrails", `{}`).Objects("guardrails")); n != 1 {
		t.Errorf("%d guardrails", n)
	}
	if other, err := api.As(t, "AKIAOTHER0000000", "CreateGuardrail", create("one", token)); err != nil || other.Text("guardrailId") == made.Text("guardrailId") {
		t.Errorf("in another account: %v, %v", other, err)
	}
	if tagged, err := api.As(t, "AKIATAGGED000000", "CreateGuardrail", create("mine", token+`, "tags": [{"key": "team", "value": "ml"}]`)); err != nil || tagged.Text("guardrailId") == made.Text("guardrailId") {
		t.Errorf("by another principal: %v, %v", tagged, err)
	}
	p.Pass(time.Hour)
	if later := api.Do(t, "CreateGuardrail", create("two", token)); later.Text("guardrailId") == made.Text("guardrailId") {
		t.Error("the token was remembered for good")
	}
}

// TestTagConditions: the tags of a request and of a resource are condition keys.
func TestTagConditions(t *testing.T) {
	p := localtest.Open(t, company)
	api := p.API("bedrock", admin)
	const user = "AKIATAGGED000000"
	own, err := api.As(t, user, "CreateGuardrail", create("own", `, "tags": [{"key": "team", "value": "ml"}]`))
	if err != nil {
		t.Fatal(err)
	}
	for name, tags := range map[string]string{
		"no tag": "", "another value": `, "tags": [{"key": "team", "value": "web"}]`, "one more": `, "tags": [{"key": "team", "value": "ml"}, {"key": "x", "value": "y"}]`,
	} {
		if got := api.Refused(t, user, "CreateGuardrail", create("other", tags), "AccessDeniedException"); !strings.Contains(got, "is not authorized to perform: bedrock:CreateGuardrail") {
			t.Errorf("%s: %s", name, got)
		}
	}
	other := api.Do(t, "CreateGuardrail", create("other", ""))
	if _, err := api.As(t, user, "GetGuardrail", `{"guardrailIdentifier": "`+own.Text("guardrailId")+`"}`); err != nil {
		t.Error(err)
	}
	api.Refused(t, user, "GetGuardrail", `{"guardrailIdentifier": "`+other.Text("guardrailId")+`"}`, "AccessDeniedException")
}

// TestNotImplemented: an operation that AWS has and the plane has not says so, by its name.
func TestNotImplemented(t *testing.T) {
	p := localtest.Open(t, company)
	api := p.API("sns", admin)
	if got := api.Refused(t, admin, "ListSMSSandboxPhoneNumbers", `{}`, "UnknownOperationException"); got != "not implemented by the local plane: sns:ListSMSSandboxPhoneNumbers" {
		t.Error(got)
	}
}

// TestStatuses: a status settles by itself after the world's time for it.
func TestStatuses(t *testing.T) {
	p := localtest.Open(t, company)
	p.World.Settle = time.Minute
	api := p.API("bedrock", admin)
	id := api.Do(t, "CreateGuardrail", create("slow", "")).Text("guardrailId")
	status := func() string {
		return api.Do(t, "GetGuardrail", `{"guardrailIdentifier": "`+id+`"}`).Text("status")
	}
	if got := status(); got != "CREATING" {
		t.Errorf("at once it is %s", got)
	}
	p.Pass(time.Minute)
	if got := status(); got != "READY" {
		t.Errorf("after its time it is %s", got)
	}
}

// tagList is a list of tags, numbered.
func tagList(from, to int) string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf(`{"key": "k%d", "value": "v"}`, i))
	}
	return strings.Join(all, ", ")
}

// TestTagging: tags are added to those that are there, counted with them, listed in order and
// taken away.
func TestTagging(t *testing.T) {
	p := localtest.Open(t, company)
	api := p.API("bedrock", admin)
	arn := api.Do(t, "CreateGuardrail", create("tagged", "")).Text("guardrailArn")
	at := `"resourceARN": "` + arn + `"`
	api.Do(t, "TagResource", `{`+at+`, "tags": [`+tagList(0, 30)+`]}`)
	if got := api.Refused(t, admin, "TagResource", `{`+at+`, "tags": [`+tagList(25, 51)+`]}`, "TooManyTagsException"); got != "The resource would have 51 tags; the quota is 50." {
		t.Error(got)
	}
	api.Do(t, "TagResource", `{`+at+`, "tags": [`+tagList(25, 50)+`]}`)
	api.Do(t, "UntagResource", `{`+at+`, "tagKeys": ["k0", "absent"]}`)
	list := api.Do(t, "ListTagsForResource", `{`+at+`}`).Objects("tags")
	if len(list) != 49 || list[0].Text("key") != "k1" || list[48].Text("key") != "k9" {
		t.Errorf("%d tags: %v", len(list), list)
	}
	api.Refused(t, admin, "TagResource", `{"resourceARN": "`+arn[:len(arn)-1]+`", "tags": []}`, "ResourceNotFoundException")
}
