package bedrock_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

// full is a guardrail with every member that an update can leave out.
func full(name string) *bedrock.CreateGuardrailInput {
	return &bedrock.CreateGuardrailInput{
		Name: &name, Description: aws.String("all of it"),
		BlockedInputMessaging: aws.String("not asked"), BlockedOutputsMessaging: aws.String("not said"),
		TopicPolicyConfig: &types.GuardrailTopicPolicyConfig{
			TopicsConfig: []types.GuardrailTopicConfig{{
				Name: aws.String("Invoices"), Definition: aws.String("Questions about unpaid invoices"), Type: "DENY", InputAction: "BLOCK", OutputEnabled: aws.Bool(false),
			}},
			TierConfig: &types.GuardrailTopicsTierConfig{TierName: "STANDARD"},
		},
		ContentPolicyConfig: &types.GuardrailContentPolicyConfig{
			FiltersConfig: []types.GuardrailContentFilterConfig{{
				Type: "HATE", InputStrength: "HIGH", OutputStrength: "LOW", InputModalities: []types.GuardrailModality{"TEXT", "IMAGE"}, OutputAction: "NONE",
			}},
			TierConfig: &types.GuardrailContentFiltersTierConfig{TierName: "CLASSIC"},
		},
		WordPolicyConfig: &types.GuardrailWordPolicyConfig{
			WordsConfig:            []types.GuardrailWordConfig{{Text: aws.String("gizmo"), InputAction: "NONE"}},
			ManagedWordListsConfig: []types.GuardrailManagedWordsConfig{{Type: "PROFANITY"}},
		},
		SensitiveInformationPolicyConfig: &types.GuardrailSensitiveInformationPolicyConfig{
			PiiEntitiesConfig: []types.GuardrailPiiEntityConfig{{Type: "EMAIL", Action: "ANONYMIZE"}},
			RegexesConfig:     []types.GuardrailRegexConfig{{Name: aws.String("order"), Pattern: aws.String(`ORD-\d{4}`), Action: "BLOCK"}},
		},
		ContextualGroundingPolicyConfig: &types.GuardrailContextualGroundingPolicyConfig{
			FiltersConfig: []types.GuardrailContextualGroundingFilterConfig{{Type: "GROUNDING", Threshold: aws.Float64(0.5)}},
		},
		CrossRegionConfig: &types.GuardrailCrossRegionConfig{GuardrailProfileIdentifier: aws.String("eu.guardrail.v1:0")},
		Tags:              []types.Tag{{Key: aws.String("team"), Value: aws.String("legal")}},
	}
}

// plain is a guardrail with nothing that can be left out.
func plain(name string) *bedrock.CreateGuardrailInput {
	return &bedrock.CreateGuardrailInput{Name: &name, BlockedInputMessaging: aws.String("not asked"), BlockedOutputsMessaging: aws.String("not said")}
}

func (w *world) create(in *bedrock.CreateGuardrailInput) *bedrock.CreateGuardrailOutput {
	w.t.Helper()
	return localtest.Must(w.as(admin).CreateGuardrail(w.t.Context(), in))(w.t)
}

func (w *world) get(id, version *string) *bedrock.GetGuardrailOutput {
	w.t.Helper()
	return localtest.Must(w.as(admin).GetGuardrail(w.t.Context(), &bedrock.GetGuardrailInput{GuardrailIdentifier: id, GuardrailVersion: version}))(w.t)
}

func TestCreateGuardrail(t *testing.T) {
	w := newWorld(t)
	made := w.create(full("first"))
	id := *made.GuardrailId
	if len(id) != 12 || *made.GuardrailArn != "arn:aws:bedrock:eu-west-1:111122223333:guardrail/"+id || *made.Version != "DRAFT" || !made.CreatedAt.Equal(w.Now()) {
		t.Errorf("%+v", made)
	}
	for _, name := range []*string{made.GuardrailId, made.GuardrailArn} {
		got := w.get(name, nil)
		topic, filter := got.TopicPolicy.Topics[0], got.ContentPolicy.Filters[0]
		switch {
		case *got.Name != "first", *got.Description != "all of it", got.Status != "READY", *got.Version != "DRAFT":
			t.Errorf("%+v", got)
		case *topic.Definition != "Questions about unpaid invoices", topic.InputAction != "BLOCK", *topic.OutputEnabled, topic.InputEnabled != nil, got.TopicPolicy.Tier.TierName != "STANDARD":
			t.Errorf("%+v", topic)
		case filter.Type != "HATE", filter.InputStrength != "HIGH", filter.OutputAction != "NONE", len(filter.InputModalities) != 2, got.ContentPolicy.Tier.TierName != "CLASSIC":
			t.Errorf("%+v", filter)
		case *got.WordPolicy.Words[0].Text != "gizmo", got.WordPolicy.Words[0].InputAction != "NONE", got.WordPolicy.ManagedWordLists[0].Type != "PROFANITY":
			t.Errorf("%+v", got.WordPolicy)
		case got.SensitiveInformationPolicy.PiiEntities[0].Action != "ANONYMIZE", *got.SensitiveInformationPolicy.Regexes[0].Pattern != `ORD-\d{4}`:
			t.Errorf("%+v", got.SensitiveInformationPolicy)
		case *got.ContextualGroundingPolicy.Filters[0].Threshold != 0.5:
			t.Errorf("%+v", got.ContextualGroundingPolicy)
		case *got.CrossRegionDetails.GuardrailProfileId != "eu.guardrail.v1:0",
			*got.CrossRegionDetails.GuardrailProfileArn != "arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu.guardrail.v1:0":
			t.Errorf("%+v", got.CrossRegionDetails)
		case *got.BlockedInputMessaging != "not asked", *got.BlockedOutputsMessaging != "not said", got.KmsKeyArn != nil:
			t.Errorf("%+v", got)
		}
	}
	tags := localtest.Must(w.as(admin).ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: made.GuardrailArn}))(t).Tags
	if len(tags) != 1 || *tags[0].Key != "team" || *tags[0].Value != "legal" {
		t.Errorf("%+v", tags)
	}
}

func TestCreateGuardrailRefused(t *testing.T) {
	w := newWorld(t)
	w.create(plain("taken"))
	for name, c := range map[string]struct {
		change     func(*bedrock.CreateGuardrailInput)
		code, text string
	}{
		"name": {func(in *bedrock.CreateGuardrailInput) { in.Name = aws.String("taken") }, "ConflictException", "Another guardrail in your account already has this name."},
		"tier": {func(in *bedrock.CreateGuardrailInput) { in.CrossRegionConfig = nil }, "ValidationException", "The STANDARD tier needs cross-Region inference."},
		"profile": {func(in *bedrock.CreateGuardrailInput) {
			in.CrossRegionConfig.GuardrailProfileIdentifier = aws.String("us.guardrail.v1:0")
		}, "ValidationException", "The guardrail profile us.guardrail.v1:0 does not exist in eu-west-1."},
		"regex": {func(in *bedrock.CreateGuardrailInput) {
			in.SensitiveInformationPolicyConfig.RegexesConfig[0].Pattern = aws.String("(?=x)")
		}, "ValidationException", "The pattern of the regex order is not valid."},
		"key":  {func(in *bedrock.CreateGuardrailInput) { in.KmsKeyId = aws.String("alias/none") }, "ValidationException", "Alias arn:aws:kms:eu-west-1:111122223333:alias/none is not found."},
		"long": {func(in *bedrock.CreateGuardrailInput) { in.Name = aws.String(strings.Repeat("x", 51)) }, "ValidationException", "Member must have length less than or equal to 50"},
	} {
		t.Run(name, func(t *testing.T) {
			in := full("other")
			c.change(in)
			_, err := w.as(admin).CreateGuardrail(t.Context(), in)
			refused(t, err, c.code, c.text)
		})
	}
	_, err := w.as(keyless).CreateGuardrail(t.Context(), &bedrock.CreateGuardrailInput{
		Name: aws.String("keyed"), BlockedInputMessaging: aws.String("a"), BlockedOutputsMessaging: aws.String("b"), KmsKeyId: aws.String(w.key("alias/guardrails")),
	})
	refused(t, err, "AccessDeniedException", "is not authorized to perform: kms:DescribeKey")
}

func TestGuardrailQuotas(t *testing.T) {
	w := newWorld(t)
	first := w.create(plain("guardrail-0"))
	for i := 1; i < 100; i++ {
		w.create(plain(fmt.Sprintf("guardrail-%d", i)))
	}
	_, err := w.as(admin).CreateGuardrail(t.Context(), plain("one-more"))
	refused(t, err, "ServiceQuotaExceededException", "quota of 100")

	version := func() (*bedrock.CreateGuardrailVersionOutput, error) {
		return w.as(admin).CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: first.GuardrailId})
	}
	for i := 1; i <= 20; i++ {
		if got := *localtest.Must(version())(t).Version; got != fmt.Sprint(i) {
			t.Fatalf("version %s, want %d", got, i)
		}
	}
	_, err = version()
	refused(t, err, "ServiceQuotaExceededException", "quota of 20")
	localtest.Must(w.as(admin).DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: first.GuardrailId, GuardrailVersion: aws.String("20")}))(t)
	if got := *localtest.Must(version())(t).Version; got != "21" {
		t.Errorf("a number is used again: %s", got)
	}

	pages := bedrock.NewListGuardrailsPaginator(w.as(admin), &bedrock.ListGuardrailsInput{MaxResults: aws.Int32(40)})
	var sizes []int
	for pages.HasMorePages() {
		sizes = append(sizes, len(localtest.Must(pages.NextPage(t.Context()))(t).Guardrails))
	}
	if fmt.Sprint(sizes) != "[40 40 20]" {
		t.Errorf("pages of %v", sizes)
	}
	_, err = w.as(admin).ListGuardrails(t.Context(), &bedrock.ListGuardrailsInput{NextToken: aws.String("x")})
	refused(t, err, "ValidationException", "pagination token")
}

// TestUpdateGuardrailReplaces: whatever the update leaves out is gone, the key too.
func TestUpdateGuardrailReplaces(t *testing.T) {
	w := newWorld(t)
	in := full("first")
	in.KmsKeyId = aws.String("alias/guardrails")
	made := w.create(in)
	key := w.key("alias/guardrails")
	if got := w.get(made.GuardrailId, nil); *got.KmsKeyArn != key {
		t.Fatalf("key %v", *got.KmsKeyArn)
	}
	if n := w.grants("alias/guardrails"); n != 1 {
		t.Fatalf("%d grants", n)
	}
	w.Pass(time.Minute)
	out := localtest.Must(w.as(admin).UpdateGuardrail(t.Context(), &bedrock.UpdateGuardrailInput{
		GuardrailIdentifier: made.GuardrailArn, Name: aws.String("second"), BlockedInputMessaging: aws.String("a"), BlockedOutputsMessaging: aws.String("b"),
	}))(t)
	if *out.GuardrailId != *made.GuardrailId || *out.Version != "DRAFT" || !out.UpdatedAt.Equal(w.Now()) {
		t.Errorf("%+v", out)
	}
	got := w.get(made.GuardrailId, nil)
	switch {
	case got.Description != nil, got.TopicPolicy != nil, got.ContentPolicy != nil, got.WordPolicy != nil, got.SensitiveInformationPolicy != nil,
		got.ContextualGroundingPolicy != nil, got.AutomatedReasoningPolicy != nil, got.CrossRegionDetails != nil, got.KmsKeyArn != nil:
		t.Errorf("still there: %+v", got)
	case *got.Name != "second", *got.BlockedInputMessaging != "a", *got.BlockedOutputsMessaging != "b", got.Status != "READY",
		!got.CreatedAt.Equal(*made.CreatedAt), !got.UpdatedAt.Equal(*out.UpdatedAt):
		t.Errorf("%+v", got)
	}
	if n := w.grants("alias/guardrails"); n != 0 {
		t.Errorf("%d grants of the former content", n)
	}
	tags := localtest.Must(w.as(admin).ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: made.GuardrailArn}))(t).Tags
	if len(tags) != 1 {
		t.Errorf("tags are not in the update: %+v", tags)
	}
	_, err := w.as(admin).UpdateGuardrail(t.Context(), &bedrock.UpdateGuardrailInput{
		GuardrailIdentifier: aws.String("aaaaaaaaaaaa"), Name: aws.String("x"), BlockedInputMessaging: aws.String("a"), BlockedOutputsMessaging: aws.String("b"),
	})
	refused(t, err, "ResourceNotFoundException", "does not exist")
}

func TestGuardrailStatuses(t *testing.T) {
	w := newWorld(t, func(o *local.Options) { o.Settle = time.Minute })
	made := w.create(plain("slow"))
	status := func(version *string, want types.GuardrailStatus) {
		t.Helper()
		if got := w.get(made.GuardrailId, version).Status; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	update := func() error {
		_, err := w.as(admin).UpdateGuardrail(t.Context(), &bedrock.UpdateGuardrailInput{
			GuardrailIdentifier: made.GuardrailId, Name: aws.String("slow"), BlockedInputMessaging: aws.String("a"), BlockedOutputsMessaging: aws.String("b"),
		})
		return err
	}
	status(nil, "CREATING")
	refused(t, update(), "ConflictException", "CREATING")
	w.Pass(time.Minute)
	status(nil, "READY")
	if err := update(); err != nil {
		t.Fatal(err)
	}
	status(nil, "UPDATING")
	_, err := w.as(admin).CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: made.GuardrailId})
	refused(t, err, "ConflictException", "UPDATING")
	w.Pass(time.Minute)
	localtest.Must(w.as(admin).CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: made.GuardrailId}))(t)
	status(aws.String("1"), "VERSIONING")
	w.Pass(time.Minute)
	status(aws.String("1"), "READY")
	localtest.Must(w.as(admin).DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailId}))(t)
	status(nil, "DELETING")
	status(aws.String("1"), "DELETING")
	w.Pass(time.Minute)
	_, err = w.as(admin).GetGuardrail(t.Context(), &bedrock.GetGuardrailInput{GuardrailIdentifier: made.GuardrailId})
	refused(t, err, "ResourceNotFoundException", "does not exist")
}

func TestGuardrailVersions(t *testing.T) {
	w := newWorld(t)
	in := full("versioned")
	in.KmsKeyId = aws.String(w.key("alias/guardrails"))
	made := w.create(in)
	client := w.as(admin)
	one := localtest.Must(client.CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: made.GuardrailId, Description: aws.String("for spring")}))(t)
	if *one.GuardrailId != *made.GuardrailId || *one.Version != "1" {
		t.Errorf("%+v", one)
	}
	localtest.Must(client.UpdateGuardrail(t.Context(), &bedrock.UpdateGuardrailInput{
		GuardrailIdentifier: made.GuardrailId, Name: aws.String("versioned"), BlockedInputMessaging: aws.String("a"), BlockedOutputsMessaging: aws.String("b"),
		KmsKeyId: aws.String(w.key("alias/next")),
	}))(t)
	// A version keeps its content and the key that it was cut with.
	got := w.get(made.GuardrailId, aws.String("1"))
	if *got.Description != "for spring" || *got.Version != "1" || *got.WordPolicy.Words[0].Text != "gizmo" || *got.KmsKeyArn != w.key("alias/guardrails") {
		t.Errorf("%+v", got)
	}
	if now := w.get(made.GuardrailId, nil); *now.KmsKeyArn != w.key("alias/next") || now.WordPolicy != nil {
		t.Errorf("%+v", now)
	}
	list := localtest.Must(client.ListGuardrails(t.Context(), &bedrock.ListGuardrailsInput{GuardrailIdentifier: made.GuardrailArn}))(t).Guardrails
	if len(list) != 2 || *list[0].Version != "DRAFT" || *list[1].Version != "1" || *list[1].Arn != *made.GuardrailArn || *list[1].Id != *made.GuardrailId {
		t.Errorf("%+v", list)
	}
	if n := w.grants("alias/guardrails"); n != 1 {
		t.Errorf("%d grants for the version", n)
	}
	localtest.Must(client.DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailId, GuardrailVersion: aws.String("1")}))(t)
	_, err := client.GetGuardrail(t.Context(), &bedrock.GetGuardrailInput{GuardrailIdentifier: made.GuardrailId, GuardrailVersion: aws.String("1")})
	refused(t, err, "ResourceNotFoundException", "does not exist")
	if n := w.grants("alias/guardrails"); n != 0 {
		t.Errorf("%d grants for a version that is gone", n)
	}
	localtest.Must(client.DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailId}))(t)
	if n := w.grants("alias/next"); n != 0 {
		t.Errorf("%d grants for a guardrail that is gone", n)
	}
}

// TestGuardrailKey: who may not decrypt sees the list only; without the key nobody sees the
// content.
func TestGuardrailKey(t *testing.T) {
	w := newWorld(t)
	in := plain("keyed")
	in.KmsKeyId = aws.String(w.key("alias/guardrails"))
	made := w.create(in)
	get := func(who string) error {
		_, err := w.as(who).GetGuardrail(t.Context(), &bedrock.GetGuardrailInput{GuardrailIdentifier: made.GuardrailId})
		return err
	}
	listed := func(who string) {
		t.Helper()
		list := localtest.Must(w.as(who).ListGuardrails(t.Context(), &bedrock.ListGuardrailsInput{}))(t).Guardrails
		if len(list) != 1 || *list[0].Name != "keyed" || list[0].Status != "READY" {
			t.Errorf("%+v", list)
		}
	}
	refused(t, get(keyless), "AccessDeniedException", "is not authorized to perform: kms:Decrypt")
	listed(keyless)
	key := w.key("alias/guardrails")
	w.DisableKey(account, region, "alias/guardrails")
	refused(t, get(admin), "ValidationException", key+" is disabled.")
	listed(admin)
	w.EnableKey(account, region, "alias/guardrails")
	if err := get(admin); err != nil {
		t.Fatal(err)
	}
	w.DeleteKey(account, region, "alias/guardrails")
	refused(t, get(admin), "ValidationException", "does not exist")
	listed(admin)
	localtest.Must(w.as(admin).DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailId}))(t)
}

// TestGuardrailKept: what was acknowledged is there when the plane starts again.
func TestGuardrailKept(t *testing.T) {
	dir := t.TempDir()
	w := &world{localtest.OpenKept(t, dir, estate), t}
	in := full("kept")
	key := w.key("alias/guardrails")
	in.KmsKeyId = &key
	made := w.create(in)
	localtest.Must(w.as(admin).CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: made.GuardrailId}))(t)
	w.Close()

	w = &world{localtest.OpenKept(t, dir, strings.Split(estate, "    keys:")[0]), t}
	for _, version := range []*string{nil, aws.String("1")} {
		got := w.get(made.GuardrailId, version)
		if *got.KmsKeyArn != key || *got.WordPolicy.Words[0].Text != "gizmo" || *got.ContextualGroundingPolicy.Filters[0].Threshold != 0.5 || !got.CreatedAt.Equal(*made.CreatedAt) {
			t.Errorf("%+v", got)
		}
	}
	tags := localtest.Must(w.as(admin).ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: made.GuardrailArn}))(t).Tags
	if len(tags) != 1 || *tags[0].Value != "legal" {
		t.Errorf("%+v", tags)
	}
}

// TestGuardrailNeeds: what AWS's page asks for is enough, and each part of it is needed. No
// grant stays, whoever deletes the guardrail.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html
func TestGuardrailNeeds(t *testing.T) {
	needs := []string{"kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt", "kms:CreateGrant"}
	w := newWorld(t)
	policy := func(actions []string) {
		w.SetKeyPolicy(account, region, "alias/guardrails", `{"Version":"2012-10-17","Statement":[`+
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/keyless"},"Action":["`+strings.Join(actions, `","`)+`"],"Resource":"*"}]}`)
	}
	client := w.as(keyless)
	life := func(name string) error {
		in := plain(name)
		in.KmsKeyId = aws.String(w.key("alias/guardrails"))
		made, err := client.CreateGuardrail(t.Context(), in)
		if err != nil {
			return err
		}
		if _, err := client.CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: made.GuardrailId}); err != nil {
			return err
		}
		if _, err := w.apply(keyless, made.GuardrailId, "1", "INPUT", "", "x"); err != nil {
			return err
		}
		_, err = client.DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailId})
		return err
	}
	policy(needs)
	if err := life("enough"); err != nil {
		t.Fatal(err)
	}
	if n := w.grants("alias/guardrails"); n != 0 {
		t.Errorf("%d grants are left", n)
	}
	for i, need := range needs {
		policy(slices.Delete(slices.Clone(needs), i, i+1))
		refused(t, life(fmt.Sprint("without-", i)), "AccessDeniedException", need+" on resource")
	}
}
