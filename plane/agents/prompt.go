package agents

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// prompts are the operations of prompts.
func prompts() operations {
	return operations{
		"CreatePrompt":        {Do: createPrompt},
		"GetPrompt":           {Resource: promptARN, Do: getPrompt},
		"ListPrompts":         {Resource: promptsARN, Do: listPrompts},
		"UpdatePrompt":        {Resource: promptARN, Do: updatePrompt},
		"DeletePrompt":        {Resource: promptARN, Do: deletePrompt},
		"CreatePromptVersion": {Resource: promptARN, Do: createPromptVersion},
	}
}

// The kinds of records and the types of the catalogue.
const (
	kindPrompt        = "prompt"
	kindPromptVersion = "prompt-version"

	typePrompt        = "AWS::Bedrock::Prompt"
	typePromptVersion = "AWS::Bedrock::PromptVersion"
)

// Quotas of prompts. https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const (
	mostPrompts        = 500
	mostPromptVersions = 10
)

// promptMembers are those that an update replaces, apart from the variants, which the key
// protects.
var promptMembers = []string{"name", "description", "customerEncryptionKeyArn", "defaultVariant"}

// promptNamed is the prompt that the input names, by its id or ARN, and its version; empty:
// none is named.
func promptNamed(r *emulate.Request) (id, version string) {
	id = r.In.Text("promptIdentifier")
	if i := strings.Index(id, "prompt/"); i >= 0 {
		id = id[i+len("prompt/"):]
	}
	id, version, _ = strings.Cut(id, ":")
	if v := r.In.Text("promptVersion"); v != "" {
		version = v
	}
	if version == draft {
		version = ""
	}
	return id, version
}

func promptARN(r *emulate.Request) (string, error) {
	id, version := promptNamed(r)
	if version != "" {
		id += ":" + version
	}
	return r.ARN("prompt/" + id), nil
}

// promptsARN is what a list of prompts, or of the versions of one, is authorized against.
func promptsARN(r *emulate.Request) (string, error) {
	if !r.In.Has("promptIdentifier") {
		return "*", nil
	}
	return promptARN(r)
}

// findPrompt returns the prompt, or the version of it, that the input names.
func findPrompt(r *emulate.Request) (*records.Record, error) {
	id, version := promptNamed(r)
	k := r.Key(kindPrompt, id)
	if version != "" {
		k = r.Key(kindPromptVersion, id+":"+version)
	}
	if rec := r.Service.Records.Get(k); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

func createPrompt(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := checkVariants(r); err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.UpperDigits, 10)
	prompt := &records.Record{Key: r.Key(kindPrompt, id), Doc: r.In.Pick(promptMembers...).With(wire.Object{
		"id": id, "arn": r.ARN("prompt/" + id), "version": draft,
	})}
	sealed, err := sealVariants(ctx, r, typePrompt, prompt, "use", r.In.Pick("variants"))
	if err != nil {
		return nil, err
	}
	prompt.Sealed = map[string]*records.Sealed{content: sealed}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := tx.List(control, kindPrompt, r.Account, r.Region)
		if err := full(r, "prompts per account", len(all), mostPrompts); err != nil {
			return err
		}
		if err := nameFree(r, "prompt", all, ""); err != nil {
			return err
		}
		emulate.PutTags(tx, prompt.Doc.Text("arn"), r.TagsIn("tags"))
		tx.Put(prompt)
		return nil
	})
	return dated(prompt).With(r.In.Pick("variants")), err
}

// nameFree refuses a name that another resource has. Unconfirmed: the text.
func nameFree(r *emulate.Request, what string, all []*records.Record, but string) error {
	for _, other := range all {
		if other.ID != but && other.Doc.Text("name") == r.In.Text("name") {
			return r.Fail(conflict, "Could not complete the request because a %s with the name %s already exists.", what, r.In.Text("name"))
		}
	}
	return nil
}

// checkVariants refuses what the API reference does not allow. Unconfirmed: the texts.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_PromptVariant.html
func checkVariants(r *emulate.Request) error {
	chosen := r.In.Text("defaultVariant")
	for _, v := range r.In.Objects("variants") {
		if v.Text("name") == chosen {
			chosen = ""
		}
		if member := strings.ToLower(v.Text("templateType")); !v.Has("templateConfiguration." + member) {
			return r.Fail(invalid, "The variant %s has the template type %s: its templateConfiguration must have the member %s.", v.Text("name"), v.Text("templateType"), member)
		}
	}
	if chosen != "" {
		return r.Fail(invalid, "The default variant %s is not one of the variants.", chosen)
	}
	return nil
}

// sealVariants seals under the key that the document of a prompt names. The context has the
// ARN of the prompt, without a version.
func sealVariants(ctx context.Context, r *emulate.Request, typ string, prompt *records.Record, purpose string, variants wire.Object) (*records.Sealed, error) {
	return r.SealObject(ctx, r.Subject(typ, content, ofPrompt(prompt)), prompt.Doc.Text("customerEncryptionKeyArn"), purpose, variants)
}

// ofPrompt is the ARN of a prompt without that of a version.
func ofPrompt(rec *records.Record) string {
	return strings.TrimSuffix(rec.Doc.Text("arn"), ":"+rec.Doc.Text("version"))
}

func openVariants(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	typ := typePrompt
	if rec.Kind == kindPromptVersion {
		typ = typePromptVersion
	}
	return r.OpenObject(ctx, r.Subject(typ, content, ofPrompt(rec)), rec.Sealed[content], "use")
}

// getPrompt needs the key only for what the key protects. Unconfirmed: that AWS answers a
// request for metadata without it.
func getPrompt(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	prompt, err := findPrompt(r)
	if err != nil {
		return nil, err
	}
	if r.In.Text("includedData") == "METADATA_ONLY" {
		return dated(prompt), nil
	}
	opened, err := openVariants(ctx, r, prompt)
	if err != nil {
		return nil, err
	}
	return dated(prompt).With(opened), nil
}

// listPrompts lists the drafts, or the draft and the versions of one prompt.
func listPrompts(_ context.Context, r *emulate.Request) (wire.Object, error) {
	all := r.List(kindPrompt)
	if r.In.Has("promptIdentifier") {
		prompt, err := findPrompt(r)
		if err != nil {
			return nil, err
		}
		all = append([]*records.Record{prompt}, promptVersions(r.List(kindPromptVersion), prompt.ID)...)
	}
	var entries []wire.Object
	for _, rec := range all {
		entries = append(entries, dated(rec).Pick("name", "description", "id", "arn", "version", "createdAt", "updatedAt"))
	}
	return r.Page(entries, pageSize, invalid)
}

func promptVersions(all []*records.Record, prompt string) []*records.Record {
	var out []*records.Record
	for _, rec := range all {
		if rec.Doc.Text("id") == prompt {
			out = append(out, rec)
		}
	}
	return out
}

// updatePrompt replaces a prompt: what is left out is gone afterwards, the key too.
// Unconfirmed: that of the key, which the API reference does not except.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdatePrompt.html
func updatePrompt(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findPrompt(r)
	if err != nil {
		return nil, err
	}
	if old.Kind != kindPrompt {
		return nil, r.Fail(invalid, "Only the draft of a prompt can be updated.") // unconfirmed text
	}
	if err := checkVariants(r); err != nil {
		return nil, err
	}
	prompt := old.Change(r.Service.Now(), nil)
	prompt.Doc = old.Doc.Pick("id", "arn", "version", lastVersion).With(r.In.Pick(promptMembers...))
	if prompt.Sealed[content], err = sealVariants(ctx, r, typePrompt, prompt, "use", r.In.Pick("variants")); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		if err := nameFree(r, "prompt", tx.List(control, kindPrompt, r.Account, r.Region), old.ID); err != nil {
			return err
		}
		tx.Put(prompt)
		return nil
	})
	return dated(prompt).With(r.In.Pick("variants")), err
}

// createPromptVersion makes a version under the key that the draft has.
func createPromptVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	prompt, err := findPrompt(r)
	if err != nil {
		return nil, err
	}
	opened, err := openVariants(ctx, r, prompt)
	if err != nil {
		return nil, err
	}
	sealed, err := sealVariants(ctx, r, typePromptVersion, prompt, "create", opened)
	if err != nil {
		return nil, err
	}
	n := prompt.Doc.Int(lastVersion) + 1
	number := fmt.Sprint(n)
	version := &records.Record{Key: r.Key(kindPromptVersion, prompt.ID+":"+number), Sealed: map[string]*records.Sealed{content: sealed}}
	version.Doc = prompt.Doc.Without("description", lastVersion).With(r.In.Pick("description")).With(wire.Object{
		"version": number, "arn": r.ARN("prompt/" + prompt.ID + ":" + number),
	})
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, prompt); err != nil {
			return err
		}
		have := promptVersions(tx.List(control, kindPromptVersion, r.Account, r.Region), prompt.ID)
		if err := full(r, "versions per prompt", len(have), mostPromptVersions); err != nil {
			return err
		}
		emulate.PutTags(tx, version.Doc.Text("arn"), r.TagsIn("tags"))
		tx.Put(version)
		tx.Put(prompt.Change(prompt.Updated, wire.Object{lastVersion: n}))
		return nil
	})
	return dated(version).With(opened), err
}

// deletePrompt deletes a version, or a prompt with all its versions.
func deletePrompt(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	prompt, err := findPrompt(r)
	if err != nil {
		return nil, err
	}
	gone := []*records.Record{prompt}
	out := prompt.Doc.Pick("id", "version")
	if prompt.Kind == kindPrompt {
		out = prompt.Doc.Pick("id")
		gone = append(gone, promptVersions(r.List(kindPromptVersion), prompt.ID)...)
	}
	return out, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, rec := range gone {
			emulate.PutTags(tx, rec.Doc.Text("arn"), nil)
			tx.Delete(rec.Key)
		}
		return nil
	})
}
